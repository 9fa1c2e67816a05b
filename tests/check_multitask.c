/*
 * check_multitask.c -- several tasks in one problem: hypergradients by reverse, forward and differences, against
 * PyTorch; tasks that share nothing against networks trained alone; refusals.
 */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "golden.h"
#include "how.h"

enum { FEATURES = 6, CLASSES = 4, TRAIN = 40, VALID = 31 };

/* A problem in a line. */
typedef struct {
    const char *label;
    size_t steps;
    double rate, decay;
    size_t widths, width[4];
    rg_sharing sharing[3];
    int one_vs_all;          /* 4 tasks, else 3 */
    const rg_sampler *sampler;
    uint32_t batch;          /* of each task; 0: all, 11 to 15 a task */
    int on_training;         /* the outer loss is that of the training set, and the inputs are hyperparameters */
    int one_strength;        /* of all interactions */
} scenario;

static const scenario scenarios[] = {
    { "shared, separate, shared; all examples", 100, .4, .5, 4, { FEATURES, 5, 4, CLASSES },
      { RG_SHARED, RG_SEPARATE, RG_SHARED }, 0, &rg_sampler_cyclic, 0, 0, 0 },
    { "tied, shared, separate; 400 steps at .9", 400, .1, .9, 4, { FEATURES, 5, 4, CLASSES },
      { RG_TIED, RG_SHARED, RG_SEPARATE }, 0, &rg_sampler_cyclic, 5, 0, 0 },
    { "one against all", 100, .3, .5, 3, { FEATURES, 5, 2 }, { RG_SHARED, RG_SEPARATE }, 1, &rg_sampler_cyclic, 13, 0, 0 },
    { "training loss, with its direct terms", 100, .3, .5, 3, { FEATURES, 5, CLASSES }, { RG_SEPARATE, RG_SHARED }, 0,
      &rg_sampler_cyclic, 0, 1, 0 },
    { "shuffled", 60, .3, .5, 3, { FEATURES, 5, CLASSES }, { RG_SHARED, RG_TIED }, 0, &rg_sampler_shuffled, 7, 1, 0 },
    { "one against all, random", 60, .3, .5, 2, { FEATURES, 2 }, { RG_SEPARATE }, 1, &rg_sampler_random, 9, 1, 1 },
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios, GOLDEN = 4 };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *train, *valid;
    rg_objective *inner, *outer;
    rg_multitask model;
    rg_problem problem;
} fixture;

static double
input (size_t i, size_t k)
{
    return sin (1.3 * (double) i + .7 * (double) k + .29 * (double) i * (double) k);
}

static int
task_of (size_t i)
{
    return (int) ((i + i / 7) % 3);
}

/* Examples of all tasks, or of one of them. */
static rg_dataset *
examples (size_t first, size_t count, int task)
{
    rg_array inputs, labels, tasks;
    rg_dataset *data;
    size_t kept = 0;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { count, FEATURES }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    ck_assert_int_eq (rg_array_new (&tasks, RG_INT64, 1, &count), RG_OK);
    for (size_t i = 0; i < count; i++) {
        const size_t e = first + i;
        if (task >= 0 && task_of (e) != task)
            continue;
        ((int32_t *) labels.data)[kept] = (int32_t) ((3 * e + e * e / 5) % CLASSES);
        ((int64_t *) tasks.data)[kept] = task_of (e);
        for (size_t k = 0; k < FEATURES; k++)
            ((double *) inputs.data)[kept * FEATURES + k] = input (e, k);
        kept++;
    }
    inputs.shape[0] = labels.shape[0] = tasks.shape[0] = kept;
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .classes = CLASSES }, NULL, NULL,
                                      NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, NULL, NULL), RG_OK);
    rg_array_clear (&tasks);
    return data;
}

static void
add (fixture *f, rg_role role, rg_scope scope, size_t count, const double *values)
{
    rg_block_spec spec = rg_block_defaults (role);
    rg_message message = { "" };
    spec.scope = scope;
    spec.count = count;
    spec.values = values;
    spec.per_step = 0;
    ck_assert_msg (rg_hyper_add (f->hyper, &spec, &message) == RG_OK, "%s", message.text);
}

/* All blocks; their values are those of golden/multitask.py. */
static void
add_blocks (fixture *f, const scenario *s)
{
    double values[512];
    const size_t weights = rg_layout_weights (f->layout), tasks = f->model.tasks;
    const size_t sharings = rg_multitask_sharings (&f->model), pairs = rg_multitask_interactions (&f->model);
    ck_assert_uint_le (weights, 512);
    for (size_t a = 0; a < rg_layout_arrays (f->layout); a++)
        values[a] = s->rate * (1 + .3 * sin ((double) a));
    add (f, RG_RATE, RG_PER_ARRAY, 0, values);
    values[0] = s->decay;
    add (f, RG_DECAY, RG_PER_ALL, 0, values);
    for (size_t i = 0; i < weights; i++)
        values[i] = .01 * (1 + .5 * sin ((double) i));
    add (f, RG_L2, RG_PER_WEIGHT, 0, values);
    for (size_t i = 0; i < sharings; i++)
        values[i] = .5 / (double) tasks + (i / tasks % tasks == i % tasks ? .5 : 0) + .1 * sin (1.9 * (double) i);
    if (sharings > 0)
        add (f, RG_SHARING, RG_PER_OWN, sharings, values);
    for (size_t i = 0; i < pairs; i++)
        values[i] = .02 * (1 + .5 * cos ((double) i));
    add (f, RG_INTERACTION, s->one_strength ? RG_PER_ALL : RG_PER_OWN, pairs, values);
    for (size_t i = 0; i < TRAIN; i++)
        values[i] = 1 + .3 * cos ((double) i);
    add (f, RG_EXAMPLE_WEIGHT, RG_PER_EXAMPLE, 0, values);
    for (size_t i = 0; i < weights; i++)
        values[i] = .5 * sin (2.1 * (double) i + .4);
    add (f, RG_WEIGHTS, RG_PER_OWN, weights, values);
    for (size_t i = 0; i < TRAIN * FEATURES; i++)
        values[i] = input (i / FEATURES, i % FEATURES);
    if (s->on_training)
        add (f, RG_INPUTS, RG_PER_OWN, TRAIN * FEATURES, values);
}

static void
fixture_init (fixture *f, const scenario *s, rg_precision precision)
{
    rg_message message = { "" };
    *f = (fixture) { 0 };
    f->train = examples (0, TRAIN, -1);
    f->valid = examples (100, VALID, -1);
    f->model = (rg_multitask) { { s->widths, s->width, RG_TANH }, s->one_vs_all ? 4 : 3, s->sharing, s->one_vs_all };
    ck_assert_int_eq (rg_multitask_layout (&f->layout, &f->model), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, s->steps, TRAIN, 14), RG_OK);
    add_blocks (f, s);
    rg_multitask_loss loss = { sizeof loss, f->model, precision, RG_INNER, f->train, s->on_training, s->sampler, s->batch, 7, f->hyper };
    ck_assert_msg (rg_objective_from_multitask (&f->inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.data = s->on_training ? f->train : f->valid;
    loss.batch = 0;
    ck_assert_msg (rg_objective_from_multitask (&f->outer, &loss, &message) == RG_OK, "%s", message.text);
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults () };
    f->problem.run.fraction_bits = 44;
}

static void
fixture_clear (fixture *f)
{
    rg_objective_free (f->inner);
    rg_objective_free (f->outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
    rg_dataset_free (f->train);
    rg_dataset_free (f->valid);
}

/* A hypergradient, to be freed. */
static double *
hypergradient (const fixture *f, rg_arithmetic arithmetic, const char *estimator, const char *trajectory,
               rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory),
                                              .settings = settings_of (estimator, "step: 2e-6"));
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 2, gradient, report,
                                     &message) == RG_OK, "%s", message.text);
    return gradient;
}

/* Each block of x is that of y, within a fraction of the block's largest component; none vanishes. */
static void
blocks_agree (const char *label, const fixture *f, const double *x, const double *y, double tolerance)
{
    for (size_t k = 0; k < rg_hyper_blocks (f->hyper); k++) {
        const rg_block b = rg_hyper_block (f->hyper, k);
        const double difference = relative_difference (x + b.first, y + b.first, b.size);
        double largest = 0;
        for (size_t i = 0; i < b.size; i++)
            largest = fmax (largest, fabs (y[b.first + i]));
        ck_assert_msg (largest > 1e-6, "%s: %s: a largest component of %g proves nothing", label, b.name, largest);
        ck_assert_msg (difference <= tolerance, "%s: %s: %g of the largest component", label, b.name, difference);
    }
}

START_TEST (reversible_is_stored_bit_for_bit_and_forward_to_rounding)
{
    const scenario *s = &scenarios[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, s, RG_DOUBLE);
    double *reversible = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *stored = hypergradient (&f, RG_EXACT, "reverse", "stored", &report);
    double *forward = hypergradient (&f, RG_EXACT, "forward", "stored", &report);
    ck_assert_msg (memcmp (reversible, stored, rg_hyper_size (f.hyper) * sizeof *stored) == 0, "%s", s->label);
    blocks_agree (s->label, &f, forward, stored, 1e-11);
    free (reversible);
    free (stored);
    free (forward);
    fixture_clear (&f);
}
END_TEST

START_TEST (floating_is_what_central_differences_say)
{
    const scenario *s = &scenarios[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, s, RG_DOUBLE);
    double *floating = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    double *differences = hypergradient (&f, RG_FLOATING, "differences", "stored", &report);
    blocks_agree (s->label, &f, floating, differences, 1e-6);
    free (floating);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (single_precision_is_exact_and_close)
{
    const scenario *s = &scenarios[_i];
    fixture f, g;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, s, RG_SINGLE);
    fixture_init (&g, s, RG_DOUBLE);
    double *single = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *twice = hypergradient (&g, RG_EXACT, "reverse", "reversible", &report);
    blocks_agree (s->label, &f, single, twice, 2e-3);
    free (single);
    free (twice);
    fixture_clear (&f);
    fixture_clear (&g);
}
END_TEST

/* ---- Golden numbers, printed by golden/multitask.py --------------------- */

static const struct {
    double outer;
    size_t wrong, examples;
    golden_block block[8];
} golden[GOLDEN] = {
    /* PyTorch 2.15.0, double precision */
    { 2.029113721681, 26, 31,
      {
        { "rate", 1.163323369599, { 0.1880897176248, -0.06912578604733, -0.1954111479629 } },
        { "decay", 0.05591472066583, { -0.05591472066583, -0.05591472066583, -0.05591472066583 } },
        { "l2", 0.1419085171268, { 0.00276701486607, 0.001195600754701, 0.0006538481368254 } },
        { "sharing", 4.860645446421, { 0.5680913483648, 1.233338547057, -0.8378284239982 } },
        { "interaction", 13.35297294726, { 5.468019165965, -10.60929943102, 5.987104351358 } },
        { "example_weight", 1.088897225469, { -0.2345887071525, 0.2563463142835, -0.01898634675454 } },
        { "weights", 3.862487720728, { -0.1058634892895, 0.6221693696562, -0.0617547172988 } },
      } },
    { 2.548157887287, 23, 31,
      {
        { "rate", 0.7998369144998, { 0.02912996968124, -0.007146792886648, 0.02303139622013 } },
        { "decay", 0.01921729956635, { -0.01921729956635, -0.01921729956635, -0.01921729956635 } },
        { "l2", 0.1307060230903, { 0.001662481369448, 0.01916340583173, 0.002680615258161 } },
        { "sharing", 1.480745000416, { 0.3664543414994, -0.4688679772891, 0.6941818841864 } },
        { "interaction", 8.28947596259, { 1.538563504296, 4.481744574134, 6.801632131321 } },
        { "example_weight", 0.4661748239548, { 0.1290971487897, 0.03181356114639, 0.03795757638509 } },
        { "weights", 5.415240365163, { 0.1445229264218, 0.6627197133725, 0.06446353511447 } },
      } },
    { 0.7107810429358, 27, 31,
      {
        { "rate", 0.0788636067305, { 0.07623423931813, 0.02003558501805, 0.002382070529061 } },
        { "decay", 0.00189010700181, { -0.00189010700181, -0.00189010700181, -0.00189010700181 } },
        { "l2", 0.0182740396494, { 0.0009367172094842, -0.0001646038496931, -0.0001000668874885 } },
        { "sharing", 0.2014806820276, { 0.05917541171583, 0.05289037292975, 0.04786438760736 } },
        { "interaction", 2.991228409911, { -1.176713294611, -0.8938573137254, -1.43128573081 } },
        { "example_weight", 0.05726749508468, { 0.006604663387733, 0.01121123741826, 0.00449930884657 } },
        { "weights", 0.3098885174545, { 0.005451421033056, 0.004180479076803, 0.001688430623473 } },
      } },
    { 0.2104058566841, 0, 40,
      {
        { "rate", 0.1434825684372, { -0.08387471735639, -0.1160501243937, -0.004806550224365 } },
        { "decay", 0.006151629702941, { 0.006151629702941, 0.006151629702941, 0.006151629702941 } },
        { "l2", 0.05027445058133, { -4.889838979493e-06, -5.034475301172e-05, -1.15525442914e-05 } },
        { "sharing", 0.3636618877641, { -0.1524844095161, -0.1129848170379, -0.1128145309359 } },
        { "interaction", 0.3154739422423, { 0.2782071538505, -0.004849288645326, 0.1486642935608 } },
        { "example_weight", 0.07058935660976, { -0.003515525502083, -0.004375163367751, -0.002487815179607 } },
        { "weights", 1.67106364561, { 0.0006712919801707, 0.02466277154605, 0.005208369313037 } },
        { "inputs", 0.1189133390499, { -0.01033315258704, 0.004072068736903, -0.002630576258034 } },
      } },
};

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const scenario *s = &scenarios[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, s, RG_DOUBLE);
    double *gradient = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    meets (s->label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    ck_assert_uint_eq (report.examples, golden[_i].examples);
    for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (s->label, &b, gradient, &golden[_i].block[k], 1e-3);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* ---- What the model means ------------------------------------------------ */

enum { WIDTH = 5, MATRIX = FEATURES * WIDTH, LAST = WIDTH * CLASSES, ALONE = MATRIX + WIDTH + LAST + CLASSES };
static const size_t two_layers[] = { FEATURES, WIDTH, CLASSES };

/* Weights after 50 steps from w_0, on an objective with a fixed rate and decay. */
static void
train (const rg_layout *layout, rg_hyper *hyper, rg_objective *inner, const double *w_0, double *w_50)
{
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = inner,
                                 .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults (),
                                 .initial = { .values = w_0 } };
    (void) layout;
    ck_assert_msg (rg_train (&problem, 0, w_50, &report, &message) == RG_OK, "%s", message.text);
}

static rg_hyper *
constants (const rg_layout *layout)
{
    static const rg_role roles[] = { RG_RATE, RG_DECAY, RG_L2 };
    static const double values[] = { .3, .75, .01 };
    rg_hyper *hyper;
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 50, 0, 14), RG_OK);
    for (int i = 0; i < 3; i++) {
        rg_block_spec spec = rg_block_defaults (roles[i]);
        spec.init = values[i];
        spec.fixed = 1;
        ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    }
    return hyper;
}

/* Where number i of a network trained alone is among those of three tasks. */
static size_t
place (int task, size_t i)
{
    static const size_t counts[] = { MATRIX, WIDTH, LAST, CLASSES };
    size_t at = 0;
    for (int a = 0;; a++) {
        if (i < counts[a])
            return at + (size_t) task * counts[a] + i;
        i -= counts[a];
        at += 3 * counts[a];
    }
}

/* Three tasks that share nothing, by separate layers or mixed by identities, are three networks. */
START_TEST (tasks_that_share_nothing_train_as_networks_alone)
{
    const rg_sharing kinds[2][2] = { { RG_SEPARATE, RG_SEPARATE }, { RG_SHARED, RG_SHARED } };
    const rg_multitask model = { { 3, two_layers, RG_TANH }, 3, kinds[_i], 0 };
    const rg_network one = { 3, two_layers, RG_TANH };
    rg_layout *layout, *layout_alone;
    rg_objective *objective;
    rg_message message = { "" };
    double w_0[3 * ALONE], w_50[3 * ALONE], identities[2 * 9];
    rg_dataset *data = examples (0, TRAIN, -1);
    ck_assert_int_eq (rg_multitask_layout (&layout, &model), RG_OK);
    ck_assert_int_eq (rg_network_layout (&layout_alone, &one), RG_OK);
    rg_hyper *hyper = constants (layout);
    for (size_t i = 0; i < 18; i++)
        identities[i] = i % 9 % 4 == 0;
    rg_block_spec sharing = rg_block_defaults (RG_SHARING);
    sharing.values = identities;
    sharing.count = 18;
    sharing.fixed = 1;
    if (_i == 1)
        ck_assert_int_eq (rg_hyper_add (hyper, &sharing, NULL), RG_OK);
    for (size_t i = 0; i < 3 * ALONE; i++)
        w_0[i] = .5 * sin (2.1 * (double) i + .4);
    const rg_multitask_loss loss = { sizeof loss, model, RG_DOUBLE, RG_INNER, data, 0, &rg_sampler_cyclic, 6, 7, hyper };
    ck_assert_msg (rg_objective_from_multitask (&objective, &loss, &message) == RG_OK, "%s", message.text);
    train (layout, hyper, objective, w_0, w_50);
    rg_objective_free (objective);
    for (int task = 0; task < 3; task++) {
        double start[ALONE], end[ALONE];
        rg_dataset *own = examples (0, TRAIN, task);
        rg_hyper *hyper_alone = constants (layout_alone);
        const rg_network_loss alone = { sizeof alone, one, RG_DOUBLE, RG_INNER, own, 0,
                                        { &rg_sampler_cyclic, rg_dataset_count (own), 6, 7 }, 0, hyper_alone, NULL };
        for (size_t i = 0; i < ALONE; i++)
            start[i] = w_0[place (task, i)];
        ck_assert_int_eq (rg_objective_from_network (&objective, &alone, NULL), RG_OK);
        train (layout_alone, hyper_alone, objective, start, end);
        for (size_t i = 0; i < ALONE; i++)
            ck_assert_double_eq_tol (end[i], w_50[place (task, i)], 1e-10);
        rg_objective_free (objective);
        rg_hyper_free (hyper_alone);
        rg_dataset_free (own);
    }
    rg_hyper_free (hyper);
    rg_layout_free (layout);
    rg_layout_free (layout_alone);
    rg_dataset_free (data);
}
END_TEST

/* ---- Refusals -------------------------------------------------------------- */

typedef enum {
    ONE_TASK, ONE_WIDTH, NO_TASKS, MORE_TASKS, EMPTY_TASK, LARGE_BATCH, OTHER_WIDTH, NO_SHARING, UNUSED_SHARING,
    SHORT_SHARING, SHORT_INTERACTION, ALL_TIED, WIDE_OUTPUT, FEW_OUTPUTS, OTHER_CLASSES
} refusal;

static const struct {
    refusal fault;
    rg_status status;
    const char *sentence;
} refusals[] = {
    { ONE_TASK, RG_ERANGE, "expected at least 2 tasks, got 1" },
    { ONE_WIDTH, RG_ERANGE, "expected at least 2 widths, got 1" },
    { NO_TASKS, RG_EUNSUPPORTED, "the examples have no tasks" },
    { MORE_TASKS, RG_EINPUT, "expected examples of 2 tasks, got a task 2" },
    { EMPTY_TASK, RG_EINPUT, "task 3 has no examples" },
    { LARGE_BATCH, RG_ERANGE, "expected a batch of at most the 13 examples of task 0, got 14" },
    { OTHER_WIDTH, RG_ESHAPE, "the layout of the hyperparameters is not that of the network" },
    { NO_SHARING, RG_EUNSUPPORTED, "a shared layer needs the hyperparameters sharing" },
    { UNUSED_SHARING, RG_EUNSUPPORTED, "sharing: no layer is shared" },
    { SHORT_SHARING, RG_ESHAPE, "sharing: expected 18 values, a matrix of 3 x 3 for each shared layer, got 9" },
    { SHORT_INTERACTION, RG_ESHAPE, "interaction: expected 3 values, one for each pair of 3 tasks, got 2" },
    { ALL_TIED, RG_EUNSUPPORTED, "interaction: all layers are tied" },
    { WIDE_OUTPUT, RG_ESHAPE, "one class against all the others needs 2 units in the last layer, got 4" },
    { FEW_OUTPUTS, RG_ESHAPE, "the last layer has 2 units, the labels have 4 classes" },
    { OTHER_CLASSES, RG_ESHAPE, "expected a task for each of 4 classes, got 3 tasks" },
};

static rg_dataset *
without_tasks (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { TRAIN, FEATURES }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { TRAIN }), RG_OK);
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .classes = CLASSES }, NULL, NULL,
                                      NULL), RG_OK);
    return data;
}

START_TEST (a_model_that_does_not_fit_is_refused_with_a_sentence)
{
    const refusal fault = refusals[_i].fault;
    static const rg_sharing separate[] = { RG_SEPARATE, RG_SEPARATE }, shared[] = { RG_SHARED, RG_SHARED },
                            tied[] = { RG_TIED, RG_TIED };
    static const size_t other[] = { FEATURES, WIDTH + 1, CLASSES }, pair[] = { FEATURES, WIDTH, 2 };
    const int shares = fault == NO_SHARING || fault == SHORT_SHARING;
    rg_multitask model = { { 3, two_layers, RG_TANH }, fault == MORE_TASKS ? 2 : fault == EMPTY_TASK ? 4 : 3,
                           shares ? shared : fault == ALL_TIED ? tied : separate,
                           fault == WIDE_OUTPUT || fault == OTHER_CLASSES };
    if (fault == FEW_OUTPUTS || fault == OTHER_CLASSES)
        model.network.width = pair;
    if (fault == WIDE_OUTPUT)
        model.tasks = 4;
    rg_layout *layout;
    rg_message message = { "" };
    rg_objective *objective;
    rg_dataset *data = fault == NO_TASKS ? without_tasks () : examples (0, TRAIN, -1);
    ck_assert_int_eq (rg_multitask_layout (&layout, &model), RG_OK);
    rg_hyper *hyper = constants (layout);
    rg_block_spec block = rg_block_defaults (fault == UNUSED_SHARING || fault == SHORT_SHARING ? RG_SHARING
                                                                                              : RG_INTERACTION);
    block.count = fault == SHORT_INTERACTION ? 2 : fault == ALL_TIED ? 3 : 9;
    if (fault == UNUSED_SHARING || fault == SHORT_SHARING || fault == SHORT_INTERACTION || fault == ALL_TIED)
        ck_assert_int_eq (rg_hyper_add (hyper, &block, NULL), RG_OK);
    if (fault == ONE_TASK)
        model.tasks = 1;
    if (fault == ONE_WIDTH)
        model.network.widths = 1;
    if (fault == OTHER_WIDTH)
        model.network.width = other;
    const rg_multitask_loss loss = { sizeof loss, model, RG_DOUBLE, RG_INNER, data, 0, &rg_sampler_cyclic,
                                     fault == LARGE_BATCH ? 14 : 6, 7, hyper };
    const rg_status status = rg_objective_from_multitask (&objective, &loss, &message);
    ck_assert_str_eq (message.text, refusals[_i].sentence);
    ck_assert_int_eq (status, refusals[_i].status);
    ck_assert_ptr_null (objective);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
    rg_dataset_free (data);
}
END_TEST

START_TEST (every_allocation_of_several_tasks_may_fail)
{
    fixture f;
    const scenario *s = &scenarios[_i];
    fixture_init (&f, s, RG_DOUBLE);
    const rg_multitask_loss loss = { sizeof loss, f.model, RG_DOUBLE, RG_INNER, f.train, s->on_training, s->sampler, s->batch, 7,
                                     f.hyper };
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_objective *objective;
        rg_layout *layout;
        rg_message message = { "" };
        failing_begin (&memory);
        rg_status status = rg_multitask_layout (&layout, &f.model);
        if (status == RG_OK)
            status = rg_objective_from_multitask (&objective, &loss, &message);
        else
            objective = NULL;
        failing_end (&memory, status);
        ck_assert_int_eq (objective == NULL, memory.failed);
        rg_objective_free (objective);
        rg_layout_free (layout);
    }
    ck_assert_int_ge (memory.failures, 20);
    fixture_clear (&f);
}
END_TEST

START_TEST (tasks_of_examples_are_checked_and_follow_a_subset)
{
    static const int64_t right[4] = { 0, 2, 1, 2 };
    rg_array inputs, labels, tasks = { .type = RG_INT64, .ndim = 1, .shape = { 4 }, .data = (void *) (uintptr_t) right };
    rg_dataset *data, *part;
    rg_message message;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { 4, 2 }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { 4 }), RG_OK);
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, NULL, NULL, NULL, NULL), RG_OK);
    ck_assert_ptr_null (rg_dataset_task (data));
    ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, "t.npy", &message), RG_OK);
    ck_assert_uint_eq (rg_dataset_tasks (data), 3);
    tasks.shape[0] = 3;
    ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, "t.npy", &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "t.npy: expected one task for each of 4 examples, got 3");
    const double broken[4] = { 0, 1.5, 0, 0 };
    tasks = (rg_array) { .type = RG_FLOAT64, .ndim = 1, .shape = { 4 }, .data = (void *) (uintptr_t) broken };
    ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, "t.npy", &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "t.npy: example 1: expected a whole number as task, got 1.5");
    ck_assert_int_eq (rg_dataset_task (data)[1], 2);
    ck_assert_int_eq (rg_dataset_subset (&part, data, 2, 2, NULL), RG_OK);
    ck_assert_uint_eq (rg_dataset_tasks (part), 3);
    ck_assert_int_eq (rg_dataset_task (part)[0], 1);
    rg_dataset_free (part);
    rg_dataset_free (data);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("multitask");
    TCase *hypergradients = tcase_create ("hypergradients"), *meaning = tcase_create ("meaning");
    tcase_set_timeout (hypergradients, 120);
    tcase_add_loop_test (hypergradients, reversible_is_stored_bit_for_bit_and_forward_to_rounding, 0, SCENARIOS);
    tcase_add_loop_test (hypergradients, floating_is_what_central_differences_say, 0, SCENARIOS);
    tcase_add_loop_test (hypergradients, single_precision_is_exact_and_close, 0, SCENARIOS);
    tcase_add_loop_test (hypergradients, floating_arithmetic_meets_the_golden_numbers, 0, GOLDEN);
    tcase_add_loop_test (meaning, tasks_that_share_nothing_train_as_networks_alone, 0, 2);
    tcase_add_loop_test (meaning, a_model_that_does_not_fit_is_refused_with_a_sentence, 0,
                         (int) (sizeof refusals / sizeof *refusals));
    tcase_add_loop_test (meaning, every_allocation_of_several_tasks_may_fail, 0, SCENARIOS);
    tcase_add_test (meaning, tasks_of_examples_are_checked_and_follow_a_subset);
    suite_add_tcase (suite, hypergradients);
    suite_add_tcase (suite, meaning);
    return run_suite (suite);
}

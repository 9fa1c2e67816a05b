/*
 * check_second_network.c -- second networks, whose weights are hyperparameters: hypergradients by reverse, forward and
 * differences, against PyTorch, against a deeper network whose first layers stand still, and by hand; the noise;
 * refusals.
 */
#include "testing.h"

#include <string.h>

#include "failing_memory.h"
#include "golden.h"
#include "how.h"
#include "network.h"

/* ---- Problems beside those of network.h ---------------------------------------- */

#define NONE { { 0, NULL, RG_TANH }, RG_TANH, 0 }
static const size_t bottle[] = { 9, 6, 9 }, one_layer[] = { 9, 9 }, few[] = { 9, 5, 9 }, narrow[] = { 9, 4, 9 },
                    judge[] = { 9, 4, 1 }, judge_at_once[] = { 9, 1 };

/* A problem in a line: base's example weights are there where no weighting is. */
typedef struct {
    scenario base;            /* first: what add_blocks is given */
    rg_second_networks second;
    int own_inputs, fixed;    /* fixed: the second networks are constants */
} problem_row;

#define BASE(label, dynamics, steps, rate, decay, swing, on_training, order, shard) \
    { label, dynamics, steps, rate, decay, swing, RG_TANH, on_training, 0, RG_PER_ARRAY, order, shard, 0, 0, 0, 0 }
static const problem_row rows[] = {
    { BASE ("representation, 400 steps at .9", DAMPED, 400, .1, .9, .03, 0, &rg_sampler_cyclic, 8),
      { { { 3, bottle, RG_TANH }, RG_TANH, 0 }, NONE, NONE }, 0, 0 },
    { BASE ("representation, training loss, own inputs", DAMPED, 100, .3, .5, .1, 1, &rg_sampler_cyclic, 0),
      { { { 2, one_layer, RG_TANH }, RG_SOFTPLUS_UNITS, 0 }, NONE, NONE }, 1, 0 },
    { BASE ("augmentation with noise", DAMPED, 100, .3, .5, .1, 0, &rg_sampler_cyclic, 8),
      { NONE, { { 3, few, RG_SOFTPLUS_UNITS }, RG_TANH, 2 }, NONE }, 0, 0 },
    { BASE ("weighting", DAMPED, 100, .3, .5, .1, 0, &rg_sampler_cyclic, 7),
      { NONE, NONE, { { 3, judge, RG_TANH }, RG_SOFTPLUS_UNITS, 0 } }, 0, 0 },
    { BASE ("all three, training loss, own inputs", DAMPED, 100, .2, .7, .1, 1, &rg_sampler_cyclic, 8),
      { { { 3, narrow, RG_SIGMOID }, RG_LINEAR, 0 }, { { 2, one_layer, RG_TANH }, RG_LINEAR, 1 },
        { { 2, judge_at_once, RG_TANH }, RG_SIGMOID, 0 } }, 1, 0 },
    { BASE ("all three, classical momentum, random", "momentum", 80, .03, .8, .05, 0, &rg_sampler_random, 6),
      { { { 3, bottle, RG_TANH }, RG_TANH, 0 }, { { 3, few, RG_TANH }, RG_LINEAR, 3 },
        { { 3, judge, RG_TANH }, RG_SIGMOID, 0 } }, 0, 0 },
    { BASE ("representation and augmentation, Adam", "adam", 60, .02, .9, .05, 0, &rg_sampler_shuffled, 8),
      { { { 3, bottle, RG_TANH }, RG_LINEAR, 0 }, { { 2, one_layer, RG_TANH }, RG_TANH, 0 }, NONE }, 0, 0 },
    { BASE ("constant second networks", DAMPED, 60, .3, .5, .1, 1, &rg_sampler_cyclic, 8),
      { { { 3, bottle, RG_TANH }, RG_TANH, 0 }, { { 3, few, RG_SOFTPLUS_UNITS }, RG_TANH, 2 },
        { { 3, judge, RG_TANH }, RG_SOFTPLUS_UNITS, 0 } }, 1, 1 },
};
enum { ROWS = sizeof rows / sizeof *rows, GOLDEN = 5, ITERATION = 2, MOST = TRAIN * FEATURES };

/* A block of one number each weight, input ...; values are copied. */
static rg_status
add_block (rg_hyper *hyper, rg_role role, size_t count, const double *values, int fixed, rg_message *message)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.count = count;
    spec.values = values;
    spec.fixed = fixed;
    return rg_hyper_add (hyper, &spec, message);
}

static void
must_add (rg_hyper *hyper, rg_role role, size_t count, const double *values, int fixed)
{
    rg_message message = { "" };
    ck_assert_msg (add_block (hyper, role, count, values, fixed, &message) == RG_OK, "%s", message.text);
}

/* The weights of a second network, as golden/second_network.py has them. */
static void
add_second (fixture *f, rg_role role, const rg_second_network *network, int fixed)
{
    const double size = role == RG_REPRESENTATION ? .6 : role == RG_AUGMENTATION ? .3 : .8;
    const double a = role == RG_REPRESENTATION ? 1.7 : role == RG_AUGMENTATION ? 1.1 : 2.3;
    const double b = role == RG_REPRESENTATION ? .3 : role == RG_AUGMENTATION ? .8 : .5;
    const size_t count = rg_second_network_size (network);
    double values[MOST];
    ck_assert_uint_le (count, MOST);
    for (size_t i = 0; i < count; i++)
        values[i] = size * sin (a * (double) i + b);
    if (count > 0)
        must_add (f->hyper, role, count, values, fixed);
}

static void
add_blocks (fixture *f, const scenario *s)
{
    const problem_row *row = (const problem_row *) s;
    double values[MOST];
    add_schedules (f, s);
    add_penalties (f, s);
    for (size_t i = 0; i < TRAIN; i++)
        values[i] = 1 + .3 * cos ((double) i);
    if (row->second.weighting.network.widths == 0)
        must_add (f->hyper, RG_EXAMPLE_WEIGHT, 0, values, 0);
    for (size_t i = 0; i < WEIGHTS; i++)
        values[i] = .5 * sin (2.1 * (double) i + .4);
    must_add (f->hyper, RG_WEIGHTS, WEIGHTS, values, 0);
    for (size_t i = 0; i < TRAIN * FEATURES; i++)
        values[i] = input (i / FEATURES, i % FEATURES);
    if (row->own_inputs)
        must_add (f->hyper, RG_INPUTS, TRAIN * FEATURES, values, 0);
    add_second (f, RG_REPRESENTATION, &row->second.representation, row->fixed);
    add_second (f, RG_AUGMENTATION, &row->second.augmentation, row->fixed);
    add_second (f, RG_WEIGHTING, &row->second.weighting, row->fixed);
    f->second = &row->second;
}

static void
init (fixture *f, const problem_row *row, rg_precision precision)
{
    fixture_init_with (f, &row->base, precision, add_blocks);
}

/* A hypergradient, to be freed. */
static double *
hypergradient (const fixture *f, rg_arithmetic arithmetic, const char *estimator, const char *trajectory, rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory), .slots = 5,
                                              .settings = settings_of (estimator, "step: 2e-6, steps: %zu", rg_hyper_steps (f->hyper)));
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, ITERATION, gradient, report,
                                     &message) == RG_OK, "%s", message.text);
    return gradient;
}

/* ---- Estimators against each other ---------------------------------------------- */

START_TEST (reversible_is_stored_bit_for_bit_and_forward_to_rounding)
{
    const char *label = rows[_i].base.label;
    fixture f;
    rg_report report = { .size = sizeof report };
    init (&f, &rows[_i], RG_DOUBLE);
    const size_t bytes = rg_hyper_size (f.hyper) * sizeof (double);
    double *reversible = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *stored = hypergradient (&f, RG_EXACT, "reverse", "stored", &report);
    double *checkpointed = hypergradient (&f, RG_EXACT, "reverse", "checkpointed", &report);
    double *truncated = hypergradient (&f, RG_EXACT, "truncated", "reversible", &report);
    double *forward = hypergradient (&f, RG_EXACT, "forward", "stored", &report);
    ck_assert_msg (memcmp (reversible, stored, bytes) == 0, "%s", label);
    ck_assert_msg (memcmp (checkpointed, stored, bytes) == 0, "%s", label);
    ck_assert_msg (memcmp (truncated, stored, bytes) == 0, "%s: truncated to all steps", label);
    blocks_agree (label, "forward", &f, forward, stored, 1e-10);
    free (reversible);
    free (stored);
    free (checkpointed);
    free (truncated);
    free (forward);
    fixture_clear (&f);
}
END_TEST

START_TEST (floating_is_what_central_differences_say)
{
    problem_row row = rows[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    row.base.steps = row.base.steps > 40 ? 40 : row.base.steps; /* two runs a number */
    init (&f, &row, RG_DOUBLE);
    double *floating = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    double *differences = hypergradient (&f, RG_FLOATING, "differences", "stored", &report);
    blocks_agree (row.base.label, "differences", &f, floating, differences, 1e-6);
    free (floating);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (single_precision_is_exact_and_close)
{
    fixture f, g;
    rg_report report = { .size = sizeof report };
    init (&f, &rows[_i], RG_SINGLE);
    init (&g, &rows[_i], RG_DOUBLE);
    double *single = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *twice = hypergradient (&g, RG_EXACT, "reverse", "reversible", &report);
    blocks_agree (rows[_i].base.label, "single", &f, single, twice, 2e-3);
    free (single);
    free (twice);
    fixture_clear (&f);
    fixture_clear (&g);
}
END_TEST

/* ---- Golden numbers, printed by golden/second_network.py ------------------------- */

static const struct {
    double outer;
    size_t wrong;
    golden_block block[8];
} golden[GOLDEN] = {
    /* PyTorch 2.15.0, double precision */
    { 1.387936801529, 22,
      {
        { "rate", 0.02115584504433, { -0.002108726641225, 0.007464129207539, 0.00875937354253 } },
        { "decay", 0.0008941193823667, { -0.000262203844263, -0.0003608933260533, -0.0004097620953877 } },
        { "l2", 0.03252657762469, { -0.01316775266087, 0.003992557471266, -0.001749284328139 } },
        { "example_weight", 0.03988569256188, { 0.008271783587642, -0.001010086890091, 0.002872224084216 } },
        { "weights", 0.09231113047596, { 0.002937423254163, -0.01796242423963, -0.007426932395202 } },
        { "representation", 0.7226853611984, { -0.01947220015359, -0.03380186671364, -0.03928570599222 } },
      } },
    { 1.34753870493, 33,
      {
        { "rate", 0.2027073879634, { -0.004508870075156, -0.0003833288249801, -0.003210771287026 } },
        { "decay", 0.009820665257745, { -0.004088632629323, 0.0001379791419502, 0.0008123417760998 } },
        { "l2", 0.03318934235835, { -0.005092428299251, -0.008397545875516, 0.0007047608244095 } },
        { "example_weight", 0.09513861352834, { -0.007825982088588, 0.01378425795014, -0.007204359467184 } },
        { "weights", 0.8114568440708, { -0.06881372040455, 0.05512810184372, -0.03547563988368 } },
        { "inputs", 0.2247835433263, { 0.002525662406633, 0.0002191105579924, -0.009559814110901 } },
        { "representation", 0.5310323989054, { 0.03582120877899, 0.01783878992019, 0.06516902355798 } },
      } },
    { 2.82900856326, 24,
      {
        { "rate", 0.6562111855149, { 0.5436350906162, 0.01833333636429, 0.03200316722555 } },
        { "decay", 0.02190378204225, { -0.01592966820695, -0.002259962089263, -0.002461100555748 } },
        { "l2", 0.2659505977239, { 0.0211266607731, 0.0011756907163, 0.002427542414594 } },
        { "example_weight", 0.2643430572714, { 0.05722685143996, 0.02652462155714, -0.0170579033733 } },
        { "weights", 0.8239250677008, { -0.09563670890786, -0.01479339955373, 0.04314664776484 } },
        { "augmentation", 1.035904945641, { 0.05292248902455, 0.03532090755141, 0.1969297868866 } },
      } },
    { 2.344846800993, 24,
      {
        { "rate", 0.8279681087413, { 0.8222574953272, 0.02961844747492, 0.007339869128667 } },
        { "decay", 0.03202105620103, { -0.02416213361877, -0.0030244226435, -0.002019675306827 } },
        { "l2", 0.2547765738478, { 0.1045471540812, -0.005887267980234, 0.004334581808768 } },
        { "weights", 1.313912778928, { -0.1807673019448, -0.0563368141031, -0.01775910810119 } },
        { "weighting", 1.206904597398, { 0.006075109647407, 0.01705562957934, 0.847424049383 } },
      } },
    { 1.367716802951, 35,
      {
        { "rate", 0.006708609987341, { 4.68517120711e-05, -0.002459400335923, -0.0006812517464674 } },
        { "decay", 0.0001871490139199, { -3.758720282071e-05, 1.753770441519e-05, -3.500710919371e-05 } },
        { "l2", 0.002178446588907, { -6.323971717271e-05, -0.001089975925715, 0.0008872114938809 } },
        { "weights", 0.02467415995965, { -0.0004949454406599, 0.00344051172869, 0.006130662302736 } },
        { "inputs", 0.009215153045098, { -0.0003616131346232, 0.0005638701022495, 0.0001763369311991 } },
        { "representation", 0.04585471084352, { 0.001525610959211, -0.00736679253285, -9.676487328028e-05 } },
        { "augmentation", 0.01232299517798, { -0.0009498607414046, 0.0004694740690985, 0.001062482657488 } },
        { "weighting", 0.01406378427334, { 0.01063840855396, -0.0008960378978425, -0.006039328148597 } },
      } },
};

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const char *label = rows[_i].base.label;
    fixture f;
    rg_report report = { .size = sizeof report };
    init (&f, &rows[_i], RG_DOUBLE);
    double *gradient = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    meets (label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (label, &b, gradient, &golden[_i].block[k], 1e-2);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* ---- What second networks mean ---------------------------------------------------- */

/* A problem on the examples of network.h, with constant coefficients and the batch in shards of 7. */
typedef struct {
    rg_network model;
    rg_second_networks second;
    size_t steps, batch;
    const char *dynamics;
    double rate[10], l2;
    rg_precision precision;
    uint32_t shard;
    rg_role tuned;          /* whose values are the hyperparameters, beside those of the network's own weights if `weights` */
    const double *values;   /* of that block */
    size_t count;
    const double *start;    /* initial weights */
    int weights;            /* whether they are hyperparameters */
    uint64_t iteration;
} plain;

/*
 * The hypergradient of a problem.
 *   gradient  [out] that of `tuned`, then that of the weights; NULL: train only
 * Returns the outer loss.
 */
static double
solve (const plain *p, const char *estimator, double *gradient)
{
    fixture f = { .train = examples (0, TRAIN, 0), .valid = examples (100, VALID, 0) };
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    ck_assert_int_eq (rg_network_layout (&f.layout, &p->model), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, p->steps, TRAIN, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY), l2 = rg_block_defaults (RG_L2);
    rate.scope = RG_PER_ARRAY;
    rate.values = p->rate;
    decay.init = .75;
    l2.init = p->l2;
    rate.fixed = decay.fixed = l2.fixed = 1;
    rate.per_step = decay.per_step = 0;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    if (strcmp (p->dynamics, "gradient-descent") != 0)
        ck_assert_int_eq (rg_hyper_add (f.hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &l2, NULL), RG_OK);
    must_add (f.hyper, p->tuned, p->count, p->values, 0);
    if (p->weights)
        must_add (f.hyper, RG_WEIGHTS, rg_layout_weights (f.layout), p->start, 0);
    rg_network_loss loss = { sizeof loss, p->model, p->precision, RG_INNER, f.train, 0,
                             { &rg_sampler_cyclic, TRAIN, (uint32_t) p->batch, 7 }, p->shard, f.hyper, &p->second };
    ck_assert_msg (rg_objective_from_network (&f.inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.data = f.valid;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, VALID, VALID, 0 };
    ck_assert_msg (rg_objective_from_network (&f.outer, &loss, &message) == RG_OK, "%s", message.text);
    f.problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f.hyper, .inner = f.inner, .outer = f.outer,
                               .dynamics = rg_registry_dynamics (p->dynamics), .run = rg_run_defaults (),
                               .initial = { .values = p->weights ? NULL : p->start } };
    f.problem.run.arithmetic = RG_FLOATING;
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    const rg_status status = gradient == NULL
        ? rg_train (&f.problem, p->iteration, NULL, &report, &message)
        : rg_hypergradient (&f.problem, rg_registry_estimator (estimator), &options, p->iteration, gradient, &report, &message);
    ck_assert_msg (status == RG_OK, "%s", message.text);
    fixture_clear (&f);
    return report.outer_loss;
}

static void
fill (size_t count, double *values, double size, double a, double b)
{
    for (size_t i = 0; i < count; i++)
        values[i] = size * sin (a * (double) i + b);
}

/* A representation before a network is the deeper network whose first layers have rate 0: its direct term is there too. */
START_TEST (a_representation_is_the_first_layers_of_a_deeper_network_that_stand_still)
{
    enum { FIRST = 9 * 6 + 6 + 6 * 9 + 9 };
    static const size_t deep[] = { 9, 6, 9, 7, 5, CLASSES };
    double start[FIRST + WEIGHTS], ours[FIRST + WEIGHTS], theirs[1 + FIRST + WEIGHTS];
    const double one = 1;
    fill (FIRST + WEIGHTS, start, .5, 2.1, .4);
    const plain with_second = { { LAYERS, widths, RG_TANH }, { { { 3, bottle, RG_TANH }, RG_TANH, 0 }, NONE, NONE }, 60, BATCH,
                                DAMPED, { .3, .25, .2, .3, .25, .35 }, 0, RG_DOUBLE, 7, RG_REPRESENTATION, start, FIRST,
                                start + FIRST, 1, 0 };
    plain deeper = { { 6, deep, RG_TANH }, { NONE, NONE, NONE }, 60, BATCH, DAMPED,
                     { 0, 0, 0, 0, .3, .25, .2, .3, .25, .35 }, 0, RG_DOUBLE, 7, RG_PARAMETER, &one, 1, start, 1, 0 };
    const double loss = solve (&with_second, "reverse", ours);
    ck_assert_double_eq_tol (solve (&deeper, "reverse", theirs), loss, 1e-13);
    ck_assert_double_le (relative_difference (ours, theirs + 1, FIRST), 1e-11);
    ck_assert_double_le (relative_difference (ours + FIRST, theirs + 1 + FIRST, WEIGHTS), 1e-11);
}
END_TEST

/* ---- One step by hand ------------------------------------------------------------- */

enum { HIDDEN = 3, PHI = FEATURES * HIDDEN + HIDDEN };

/* features [count x HIDDEN] of the examples from first on. */
static void
features_of (size_t first, size_t count, const double *phi, double *out)
{
    for (size_t n = 0; n < count; n++)
        for (size_t h = 0; h < HIDDEN; h++) {
            double sum = phi[FEATURES * HIDDEN + h];
            for (size_t k = 0; k < FEATURES; k++)
                sum += input (first + n, k) * phi[k * HIDDEN + h];
            out[n * HIDDEN + h] = tanh (sum);
        }
}

/* Pull derivatives in the features back to phi's weights. */
static void
pull_back (size_t first, size_t count, const double *features, const double *derivative, double *sum)
{
    for (size_t n = 0; n < count; n++)
        for (size_t h = 0; h < HIDDEN; h++) {
            const double f = features[n * HIDDEN + h], delta = derivative[n * HIDDEN + h] * (1 - f * f);
            for (size_t k = 0; k < FEATURES; k++)
                sum[k * HIDDEN + h] += input (first + n, k) * delta;
            sum[FEATURES * HIDDEN + h] += delta;
        }
}

static double
residual (size_t example, size_t c, double probability)
{
    return probability - ((3 * example + example * example / 5) % CLASSES == c);
}

/* One step from 0 of a linear classifier: w = -rate [F, 1]' (1/C - Y) / n; then the chain rule, the direct term included. */
START_TEST (one_step_from_zero_is_the_closed_form)
{
    enum { OWN = HIDDEN * CLASSES + CLASSES };
    static const size_t linear[] = { HIDDEN, CLASSES }, first[] = { FEATURES, HIDDEN };
    const double zero[OWN] = { 0 }, rate = .7;
    double phi[PHI], ours[PHI], expected[PHI] = { 0 }, w[OWN] = { 0 }, dw[OWN] = { 0 };
    double train[TRAIN * HIDDEN], valid[VALID * HIDDEN], d_train[TRAIN * HIDDEN] = { 0 }, d_valid[VALID * HIDDEN] = { 0 };
    fill (PHI, phi, .6, 1.7, .3);
    features_of (0, TRAIN, phi, train);
    features_of (100, VALID, phi, valid);
    for (size_t n = 0; n < TRAIN; n++)
        for (size_t c = 0; c < CLASSES; c++) {
            for (size_t h = 0; h < HIDDEN; h++)
                w[h * CLASSES + c] -= rate / TRAIN * train[n * HIDDEN + h] * residual (n, c, 1. / CLASSES);
            w[HIDDEN * CLASSES + c] -= rate / TRAIN * residual (n, c, 1. / CLASSES);
        }
    for (size_t n = 0; n < VALID; n++) {
        double e[CLASSES], sum = 0;
        for (size_t c = 0; c < CLASSES; c++) {
            double z = w[HIDDEN * CLASSES + c];
            for (size_t h = 0; h < HIDDEN; h++)
                z += valid[n * HIDDEN + h] * w[h * CLASSES + c];
            sum += e[c] = exp (z);
        }
        for (size_t c = 0; c < CLASSES; c++)
            for (size_t h = 0; h < HIDDEN; h++) {
                const double d = residual (100 + n, c, e[c] / sum) / VALID;
                dw[h * CLASSES + c] += d * valid[n * HIDDEN + h];
                d_valid[n * HIDDEN + h] += d * w[h * CLASSES + c];
            }
    }
    for (size_t n = 0; n < TRAIN; n++)
        for (size_t c = 0; c < CLASSES; c++)
            for (size_t h = 0; h < HIDDEN; h++)
                d_train[n * HIDDEN + h] -= rate / TRAIN * residual (n, c, 1. / CLASSES) * dw[h * CLASSES + c];
    pull_back (0, TRAIN, train, d_train, expected);
    pull_back (100, VALID, valid, d_valid, expected);
    const plain p = { { 2, linear, RG_TANH }, { { { 2, first, RG_TANH }, RG_TANH, 0 }, NONE, NONE }, 1, TRAIN,
                      "gradient-descent", { rate, rate }, 0, RG_DOUBLE, 7, RG_REPRESENTATION, phi, PHI, zero, 0, 0 };
    solve (&p, "reverse", ours);
    ck_assert_double_le (relative_difference (ours, expected, PHI), 1e-13);
}
END_TEST

/* A convex inner problem, trained to its minimum: implicit differentiation, with the direct term, is the way back. */
START_TEST (implicit_at_a_minimum_is_the_way_back)
{
    static const size_t linear[] = { HIDDEN, CLASSES }, first[] = { FEATURES, HIDDEN };
    const double zero[HIDDEN * CLASSES + CLASSES] = { 0 };
    double phi[PHI], back[PHI], implicit[PHI];
    fill (PHI, phi, .6, 1.7, .3);
    const plain p = { { 2, linear, RG_TANH }, { { { 2, first, RG_TANH }, RG_TANH, 0 }, NONE, NONE }, 600, TRAIN,
                      "gradient-descent", { .5, .5 }, .05, RG_DOUBLE, 7, RG_REPRESENTATION, phi, PHI, zero, 0, 0 };
    solve (&p, "reverse", back);
    solve (&p, "implicit:cg", implicit);
    ck_assert_double_le (relative_difference (implicit, back, PHI), 1e-8);
}
END_TEST

/* The network's weights of examples are those numbers; and by the chain rule, so are their derivatives. */
START_TEST (a_weighting_is_the_example_weights_that_it_computes)
{
    double phi[FEATURES + 1], weight[TRAIN], start[WEIGHTS], ours[FEATURES + 1], each[TRAIN], expected[FEATURES + 1] = { 0 };
    fill (FEATURES + 1, phi, .8, 2.3, .5);
    fill (WEIGHTS, start, .5, 2.1, .4);
    for (size_t n = 0; n < TRAIN; n++) {
        double z = phi[FEATURES];
        for (size_t k = 0; k < FEATURES; k++)
            z += input (n, k) * phi[k];
        weight[n] = 1 / (1 + exp (-z));
    }
    const plain by_network = { { LAYERS, widths, RG_TANH }, { NONE, NONE, { { 2, judge_at_once, RG_TANH }, RG_SIGMOID, 0 } }, 60,
                               BATCH, DAMPED, { .3, .25, .2, .3, .25, .35 }, 0, RG_DOUBLE, 7, RG_WEIGHTING, phi, FEATURES + 1,
                               start, 0, 0 };
    plain by_number = by_network;
    by_number.second = (rg_second_networks) { NONE, NONE, NONE };
    by_number.tuned = RG_EXAMPLE_WEIGHT;
    by_number.values = weight;
    const double loss = solve (&by_network, "reverse", ours);
    ck_assert_double_eq_tol (solve (&by_number, "reverse", each), loss, 1e-13);
    for (size_t n = 0; n < TRAIN; n++)
        for (size_t k = 0; k <= FEATURES; k++)
            expected[k] += each[n] * weight[n] * (1 - weight[n]) * (k == FEATURES ? 1 : input (n, k));
    ck_assert_double_le (relative_difference (ours, expected, FEATURES + 1), 1e-11);
}
END_TEST

/* A row's noise does not depend on shards; another step, row or meta-iteration has other noise; unheard, it does nothing. */
START_TEST (noise_is_a_function_of_row_step_and_meta_iteration)
{
    enum { INPUTS = FEATURES * FEATURES, CHANNELS = 2, QUIET = INPUTS + FEATURES, LOUD = QUIET + CHANNELS * FEATURES };
    double start[WEIGHTS], quiet[QUIET], silent[LOUD] = { 0 }, loud[LOUD];
    fill (WEIGHTS, start, .5, 2.1, .4);
    fill (QUIET, quiet, .3, 1.1, .8);
    fill (LOUD, loud, .3, 1.1, .8);
    memcpy (silent, quiet, INPUTS * sizeof *quiet);
    memcpy (silent + LOUD - FEATURES, quiet + INPUTS, FEATURES * sizeof *quiet);
    const plain noisy = { { LAYERS, widths, RG_TANH }, { NONE, { { 2, one_layer, RG_TANH }, RG_LINEAR, CHANNELS }, NONE }, 20,
                          TRAIN, DAMPED, { .3, .25, .2, .3, .25, .35 }, 0, RG_DOUBLE, 7, RG_AUGMENTATION, loud, LOUD, start, 0, 0 };
    plain other = noisy;
    const double loss = solve (&noisy, NULL, NULL);
    other.shard = 0;
    ck_assert_double_eq_tol (solve (&other, NULL, NULL), loss, 1e-13);
    other = noisy;
    other.iteration = 1;
    ck_assert_double_gt (fabs (solve (&other, NULL, NULL) - loss), 1e-6);
    other = noisy;
    other.values = silent;
    const double unheard = solve (&other, NULL, NULL);
    other.second.augmentation.noise = 0;
    other.values = quiet;
    other.count = QUIET;
    ck_assert_double_eq_tol (solve (&other, NULL, NULL), unheard, 1e-13);
}
END_TEST

/* Random initial weights are those of seed and role, with the standard deviation that was asked for. */
START_TEST (drawn_weights_are_normal_and_of_seed_and_role)
{
    static const size_t wide[] = { 50, 80, 50 };
    const rg_second_network network = { { 3, wide, RG_TANH }, RG_TANH, 3 };
    enum { SIZE = 53 * 80 + 80 + 80 * 50 + 50 };
    static double one[SIZE], again[SIZE], other[SIZE];
    double sum = 0, squares = 0;
    ck_assert_uint_eq (rg_second_network_size (&network), SIZE);
    rg_second_network_draw (&network, RG_AUGMENTATION, 5, .2, one);
    rg_second_network_draw (&network, RG_AUGMENTATION, 5, .2, again);
    ck_assert_int_eq (memcmp (one, again, sizeof one), 0);
    rg_second_network_draw (&network, RG_REPRESENTATION, 5, .2, other);
    ck_assert_double_gt (relative_difference (one, other, SIZE), .1);
    for (size_t i = 0; i < SIZE; i++) {
        sum += one[i];
        squares += one[i] * one[i];
    }
    ck_assert_double_eq_tol (sum / SIZE, 0, .2 * 4 / sqrt (SIZE));
    ck_assert_double_eq_tol (sqrt (squares / SIZE), .2, .2 * 4 / sqrt (2. * SIZE));
}
END_TEST

/* ---- Small, and refused ------------------------------------------------------------- */

/* One example of one input and one real target. */
static rg_dataset *
one_example (void)
{
    rg_array inputs, targets;
    rg_dataset *data;
    const rg_dataset_options options = { .size = sizeof options, .target = RG_TARGET_REALS };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { 1, 1 }), RG_OK);
    ck_assert_int_eq (rg_array_new (&targets, RG_FLOAT64, 2, (size_t[]) { 1, 1 }), RG_OK);
    ((double *) inputs.data)[0] = .837;
    ((double *) targets.data)[0] = -1.26;
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &targets, &options, "inputs", "targets", NULL), RG_OK);
    return data;
}

START_TEST (networks_of_one_unit_on_one_example)
{
    static const size_t ones[] = { 1, 1 };
    static const rg_role roles[] = { RG_WEIGHTS, RG_REPRESENTATION, RG_AUGMENTATION, RG_WEIGHTING };
    static const size_t counts[] = { 2, 2, 3, 2 };
    const rg_network unit = { 2, ones, RG_TANH };
    const rg_second_networks second = { { unit, RG_TANH, 0 }, { unit, RG_LINEAR, 1 }, { unit, RG_SOFTPLUS_UNITS, 0 } };
    const double values[] = { .731, -.412, .377 };
    fixture f = { .train = one_example (), .valid = one_example (), .second = &second };
    rg_report report = { .size = sizeof report };
    ck_assert_int_eq (rg_network_layout (&f.layout, &unit), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 5, 1, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.init = .4;
    decay.init = .5;
    rate.per_step = decay.per_step = 0;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &decay, NULL), RG_OK);
    for (int i = 0; i < 4; i++)
        must_add (f.hyper, roles[i], counts[i], values, 0);
    rg_network_loss loss = { sizeof loss, unit, RG_DOUBLE, RG_INNER, f.train, 0, { &rg_sampler_cyclic, 1, 1, 7 }, 0, f.hyper, &second };
    ck_assert_int_eq (rg_objective_from_network (&f.inner, &loss, NULL), RG_OK);
    loss.part = RG_OUTER;
    loss.data = f.valid;
    ck_assert_int_eq (rg_objective_from_network (&f.outer, &loss, NULL), RG_OK);
    f.problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f.hyper, .inner = f.inner, .outer = f.outer,
                               .dynamics = rg_registry_dynamics (DAMPED), .run = rg_run_defaults () };
    double *reversible = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *floating = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    double *forward = hypergradient (&f, RG_FLOATING, "forward", "stored", &report);
    double *differences = hypergradient (&f, RG_FLOATING, "differences", "stored", &report);
    blocks_agree ("ones", "exact", &f, reversible, floating, 1e-8);
    blocks_agree ("ones", "forward", &f, forward, floating, 1e-12);
    blocks_agree ("ones", "differences", &f, floating, differences, 1e-6);
    free (reversible);
    free (floating);
    free (forward);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_network_with_second_networks_may_fail)
{
    const problem_row *row = &rows[5];
    fixture f;
    init (&f, row, RG_DOUBLE);
    for (int part = RG_INNER; part <= RG_OUTER; part++) {
        const rg_network_loss loss = { sizeof loss, { LAYERS, widths, RG_TANH }, RG_DOUBLE, (rg_part_played) part, f.train, 0,
                                       { &rg_sampler_random, TRAIN, BATCH, 7 }, 8, f.hyper, &row->second };
        failing_memory memory = failing_first ();
        while (memory.failed) {
            rg_objective *objective;
            rg_message message = { "" };
            FAILING (&memory, rg_objective_from_network (&objective, &loss, &message));
            ck_assert_int_eq (objective == NULL, memory.failed);
            ck_assert (!memory.failed || strlen (message.text) > 0);
            rg_objective_free (objective);
        }
        ck_assert_int_ge (memory.failures, 8);
    }
    fixture_clear (&f);
}
END_TEST

static const size_t alone[] = { 9 }, empty_layer[] = { 9, 0, 9 }, from_8[] = { 8, 9 }, to_8[] = { 9, 8 }, to_2[] = { 9, 2 },
                    vast[] = { 9, SIZE_MAX / 4, 9 };
#define NETWORK(widths, output, noise) { { sizeof widths / sizeof *widths, widths, RG_TANH }, output, noise }
static const struct {
    rg_second_networks second;
    int absent;               /* the loss is told of none */
    rg_role role;             /* a block, RG_RATE: none */
    size_t count;
    int beside;               /* example weights, too */
    rg_status status;
    const char *sentence;
} refusals[] = {
    { { NETWORK (alone, RG_TANH, 0), NONE, NONE }, 0, RG_RATE, 0, 0, RG_ERANGE, "representation: expected at least 2 widths, got 1" },
    { { NONE, NETWORK (empty_layer, RG_TANH, 0), NONE }, 0, RG_RATE, 0, 0, RG_ERANGE,
      "augmentation: expected widths of at least 1, and fewer weights in all" },
    { { NETWORK (vast, RG_TANH, 0), NONE, NONE }, 0, RG_RATE, 0, 0, RG_ERANGE,
      "representation: expected widths of at least 1, and fewer weights in all" },
    { { NONE, NETWORK (one_layer, RG_TANH, SIZE_MAX - 3), NONE }, 0, RG_RATE, 0, 0, RG_ERANGE,
      "augmentation: expected widths of at least 1, and fewer weights in all" },
    { { NETWORK (from_8, RG_TANH, 0), NONE, NONE }, 0, RG_RATE, 0, 0, RG_ESHAPE,
      "representation: the first layer has 8 units, the examples have 9 inputs" },
    { { NETWORK (to_8, RG_TANH, 0), NONE, NONE }, 0, RG_RATE, 0, 0, RG_ESHAPE,
      "representation: the last layer has 8 units, the model's first 9" },
    { { NONE, NETWORK (to_8, RG_TANH, 0), NONE }, 0, RG_RATE, 0, 0, RG_ESHAPE,
      "augmentation: the last layer has 8 units, the examples have 9 inputs" },
    { { NONE, NONE, NETWORK (to_2, RG_SIGMOID, 0) }, 0, RG_RATE, 0, 0, RG_ESHAPE,
      "weighting: an example has one weight, the last layer 2 units" },
    { { NONE, NONE, NETWORK (judge, RG_LINEAR, 0) }, 0, RG_RATE, 0, 0, RG_EUNSUPPORTED,
      "weighting: a weight is not below 0: expected output sigmoid, softplus or relu, got linear" },
    { { NETWORK (one_layer, RG_TANH, 1), NONE, NONE }, 0, RG_RATE, 0, 0, RG_EUNSUPPORTED,
      "representation: noise is for an augmentation" },
    { { NETWORK (one_layer, RG_TANH, 0), NONE, NONE }, 0, RG_RATE, 0, 0, RG_EUNSUPPORTED,
      "the network representation needs the hyperparameters representation, tuned or fixed" },
    { { NETWORK (one_layer, RG_TANH, 0), NONE, NONE }, 0, RG_REPRESENTATION, 89, 0, RG_ESHAPE,
      "representation: expected the 90 weights of its network, got 89" },
    { { NONE, NONE, NONE }, 0, RG_AUGMENTATION, 90, 0, RG_EUNSUPPORTED, "augmentation: the loss has no such network" },
    { { NONE, NONE, NONE }, 1, RG_REPRESENTATION, 90, 0, RG_EUNSUPPORTED, "representation: the loss has no such network" },
    { { NONE, NONE, NETWORK (judge_at_once, RG_SIGMOID, 0) }, 0, RG_WEIGHTING, 10, 1, RG_EUNSUPPORTED,
      "weighting and example_weight both say what an example weighs; keep one of the two" },
};

START_TEST (second_networks_that_do_not_fit_are_refused_with_a_sentence)
{
    const rg_network network = { LAYERS, widths, RG_TANH };
    const rg_second_networks second = refusals[_i].second;
    fixture f = { .train = examples (0, TRAIN, 0) };
    rg_message message = { "" };
    rg_objective *objective;
    double values[MOST] = { 0 };
    ck_assert_int_eq (rg_network_layout (&f.layout, &network), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 5, TRAIN, 14), RG_OK);
    if (refusals[_i].role != RG_RATE)
        must_add (f.hyper, refusals[_i].role, refusals[_i].count, values, 0);
    if (refusals[_i].beside)
        must_add (f.hyper, RG_EXAMPLE_WEIGHT, 0, NULL, 1);
    for (int part = RG_INNER; part <= RG_OUTER; part++) {
        const rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, (rg_part_played) part, f.train, 0,
                                       { &rg_sampler_cyclic, TRAIN, BATCH, 7 }, 0, f.hyper, refusals[_i].absent ? NULL : &second };
        ck_assert_int_eq (rg_objective_from_network (&objective, &loss, &message), refusals[_i].status);
        ck_assert_ptr_null (objective);
        ck_assert_str_eq (message.text, refusals[_i].sentence);
    }
    fixture_clear (&f);
}
END_TEST

/* Several tasks have no second network: a block for one would have no derivative. */
START_TEST (several_tasks_refuse_a_second_network)
{
    static const size_t two_outputs[] = { FEATURES, 2 };
    const rg_multitask model = { { 2, two_outputs, RG_TANH }, CLASSES, NULL, 1 };
    fixture f = { .train = examples (0, TRAIN, 0) };
    rg_message message = { "" };
    rg_objective *objective;
    double values[90] = { 0 };
    ck_assert_int_eq (rg_multitask_layout (&f.layout, &model), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 5, TRAIN, 14), RG_OK);
    must_add (f.hyper, RG_REPRESENTATION, 90, values, 0);
    const rg_multitask_loss loss = { sizeof loss, model, RG_DOUBLE, RG_INNER, f.train, 0, &rg_sampler_cyclic, 0, 7, f.hyper };
    ck_assert_int_eq (rg_objective_from_multitask (&objective, &loss, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "representation: the loss has no such network");
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("second_network");
    TCase *estimators = tcase_create ("estimators"), *meaning = tcase_create ("meaning"), *refused = tcase_create ("refused");
    tcase_add_loop_test (estimators, reversible_is_stored_bit_for_bit_and_forward_to_rounding, 0, ROWS);
    tcase_add_loop_test (estimators, floating_is_what_central_differences_say, 0, ROWS);
    tcase_add_loop_test (estimators, single_precision_is_exact_and_close, 0, ROWS);
    tcase_add_loop_test (estimators, floating_arithmetic_meets_the_golden_numbers, 0, GOLDEN);
    tcase_add_test (meaning, a_representation_is_the_first_layers_of_a_deeper_network_that_stand_still);
    tcase_add_test (meaning, one_step_from_zero_is_the_closed_form);
    tcase_add_test (meaning, implicit_at_a_minimum_is_the_way_back);
    tcase_add_test (meaning, a_weighting_is_the_example_weights_that_it_computes);
    tcase_add_test (meaning, noise_is_a_function_of_row_step_and_meta_iteration);
    tcase_add_test (meaning, drawn_weights_are_normal_and_of_seed_and_role);
    tcase_add_test (refused, networks_of_one_unit_on_one_example);
    tcase_add_test (refused, every_allocation_of_a_network_with_second_networks_may_fail);
    tcase_add_loop_test (refused, second_networks_that_do_not_fit_are_refused_with_a_sentence, 0,
                         sizeof refusals / sizeof *refusals);
    tcase_add_test (refused, several_tasks_refuse_a_second_network);
    suite_add_tcase (suite, estimators);
    suite_add_tcase (suite, meaning);
    suite_add_tcase (suite, refused);
    return run_suite (suite);
}

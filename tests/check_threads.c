/*
 * check_threads.c -- the same bits from any number of threads: hypergradients, weights, losses and reports of a
 * network whose weights fill several ranges, batches cut in shards, of several tasks, and with second networks.
 */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "how.h"

enum { LAYERS = 4, ARRAYS = 6, TRAIN = 48, VALID = 30, BATCH = 20, CLASSES = 4, STEPS = 12 };
static const size_t widths[LAYERS] = { 100, 120, 110, CLASSES }, few_units[LAYERS] = { 100, 30, 20, CLASSES };
static const size_t task_widths[] = { 100, 20, 2 };
static const rg_sharing task_sharing[] = { RG_SHARED, RG_SEPARATE };
static const size_t through[] = { 100, 12, 100 }, judge[] = { 100, 1 };
static const rg_second_networks second = { { { 3, through, RG_TANH }, RG_TANH, 0 }, { { 3, through, RG_TANH }, RG_LINEAR, 2 },
                                           { { 2, judge, RG_TANH }, RG_SIGMOID, 0 } };
static const rg_multitask tasks = { { 3, task_widths, RG_TANH }, CLASSES, task_sharing, 1 };

/* A problem in a line. */
typedef struct {
    const char *label, *dynamics, *estimator, *trajectory;
    rg_precision precision;
    rg_arithmetic arithmetic;
    uint32_t shard;   /* 0: the batch is one */
    int many;         /* 1: each weight has its own rate and penalty, each example its own weight and inputs; 2: penalties
                         alone are tuned; 3: few numbers; 4: the same of fewer units, the first decay along a spline;
                         5: several tasks; 6: second networks; 0: rates and decays per step */
    rg_buffer_kind buffer;
    uint64_t steps;   /* of truncated */
} scenario;

static const scenario scenarios[] = {
    { "reversible, double", "momentum-damped", "reverse", "reversible", RG_DOUBLE, RG_EXACT, 6, 1, RG_BUFFER_STREAM32, 0 },
    { "reversible, single", "momentum-damped", "reverse", "reversible", RG_SINGLE, RG_EXACT, 6, 1, RG_BUFFER_STREAM32, 0 },
    { "reversible, one shard", "momentum", "reverse", "reversible", RG_DOUBLE, RG_EXACT, 0, 0, RG_BUFFER_STREAM64, 0 },
    { "stored, shards of one", "momentum", "reverse", "stored", RG_SINGLE, RG_EXACT, 1, 0, RG_BUFFER_INTEGER, 0 },
    { "checkpointed", "momentum-damped", "reverse", "checkpointed", RG_DOUBLE, RG_EXACT, 10, 1, RG_BUFFER_STREAM32, 0 },
    { "stored, floating", "momentum", "reverse", "stored", RG_DOUBLE, RG_FLOATING, 7, 1, RG_BUFFER_STREAM32, 0 },
    { "stored, floating, single", "nesterov", "reverse", "stored", RG_SINGLE, RG_FLOATING, 7, 0, RG_BUFFER_STREAM32, 0 },
    { "truncated", "momentum-damped", "truncated", "reversible", RG_DOUBLE, RG_EXACT, 6, 0, RG_BUFFER_STREAM32, 5 },
    { "forward", "momentum-damped", "forward", "reversible", RG_DOUBLE, RG_EXACT, 6, 3, RG_BUFFER_STREAM32, 0 },
    { "forward, single", "momentum", "forward", "reversible", RG_SINGLE, RG_EXACT, 6, 3, RG_BUFFER_STREAM32, 0 },
    { "forward, floating", "gradient-descent", "forward", "stored", RG_DOUBLE, RG_FLOATING, 6, 3, RG_BUFFER_STREAM32, 0 },
    { "Adam, single", "adam", "reverse", "reversible", RG_SINGLE, RG_EXACT, 6, 0, RG_BUFFER_STREAM32, 0 },
    { "AdamW, forward", "adamw", "forward", "reversible", RG_DOUBLE, RG_EXACT, 6, 3, RG_BUFFER_STREAM32, 0 },
    { "forward, panels", "momentum-damped", "forward", "reversible", RG_DOUBLE, RG_EXACT, 6, 4, RG_BUFFER_STREAM32, 0 },
    { "forward, panels, single", "momentum", "forward", "stored", RG_SINGLE, RG_FLOATING, 6, 4, RG_BUFFER_STREAM32, 0 },
    { "Adam, panels", "adam", "forward", "reversible", RG_DOUBLE, RG_EXACT, 10, 4, RG_BUFFER_STREAM32, 0 },
    { "AdamW, panels, single", "adamw", "forward", "reversible", RG_SINGLE, RG_EXACT, 10, 4, RG_BUFFER_STREAM32, 0 },
    { "tasks, panels", "momentum", "forward", "reversible", RG_DOUBLE, RG_EXACT, 0, 5, RG_BUFFER_STREAM32, 0 },
    { "second networks", "momentum-damped", "reverse", "reversible", RG_DOUBLE, RG_EXACT, 6, 6, RG_BUFFER_STREAM32, 0 },
    { "second networks, single", "adam", "reverse", "reversible", RG_SINGLE, RG_EXACT, 3, 6, RG_BUFFER_STREAM32, 0 },
    { "implicit", "momentum", "implicit:cg", "reversible", RG_DOUBLE, RG_FLOATING, 6, 2, RG_BUFFER_STREAM32, 0 },
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *train, *valid;
    rg_objective *inner, *outer;
    rg_problem problem;
} fixture;

static rg_dataset *
examples (size_t first, size_t count)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message;
    const rg_dataset_options options = { .size = sizeof options, .classes = CLASSES };
    const size_t shape[] = { count, widths[0] };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT32, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < count; i++) {
        const size_t e = first + i;
        ((int32_t *) labels.data)[i] = (int32_t) ((3 * e + e * e / 5) % CLASSES);
        for (size_t k = 0; k < widths[0]; k++)
            ((float *) inputs.data)[i * widths[0] + k]
                = (float) sin (1.3 * (double) e + .7 * (double) k + .29 * (double) e * (double) k);
    }
    ck_assert_msg (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", &message) == RG_OK, "%s",
                   message.text);
    return data;
}

static void
add (fixture *f, rg_role role, rg_scope scope, int per_step, int fixed, double init)
{
    rg_message message = { "" };
    rg_block_spec spec = rg_block_defaults (role);
    spec.scope = scope;
    spec.per_step = per_step;
    spec.fixed = fixed;
    spec.init = init;
    ck_assert_msg (rg_hyper_add (f->hyper, &spec, &message) == RG_OK, "%s", message.text);
}

static void
add_inputs (fixture *f)
{
    const size_t count = TRAIN * widths[0];
    uint32_t all[TRAIN];
    double *values = calloc (count, sizeof *values);
    for (uint32_t i = 0; i < TRAIN; i++)
        all[i] = i;
    rg_dataset_gather_double (f->train, all, TRAIN, values);
    rg_block_spec inputs = rg_block_defaults (RG_INPUTS);
    inputs.values = values;
    inputs.count = count;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &inputs, NULL), RG_OK);
    free (values);
}

/* A decay of each step, of six free numbers. */
static void
add_spline (fixture *f, rg_role role, double init)
{
    rg_tie *spline;
    rg_block_spec spec = rg_block_defaults (role);
    ck_assert_int_eq (rg_tie_spline (&spline, STEPS, 6, 2, NULL), RG_OK);
    spec.scope = RG_PER_ALL;
    spec.per_step = 1;
    spec.step_tie = spline;
    spec.init = init;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    rg_tie_free (spline);
}

/* Mixtures of the tasks' first layers, and how strongly all pull at each other. */
static void
add_tasks (fixture *f)
{
    double values[CLASSES * CLASSES];
    rg_block_spec sharing = rg_block_defaults (RG_SHARING), interaction = rg_block_defaults (RG_INTERACTION);
    for (size_t i = 0; i < CLASSES * CLASSES; i++)
        values[i] = (i % (CLASSES + 1) == 0) + .1 * sin (1.9 * (double) i);
    sharing.values = values;
    sharing.count = rg_multitask_sharings (&tasks);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &sharing, NULL), RG_OK);
    interaction.scope = RG_PER_OWN;
    interaction.init = .02;
    interaction.count = rg_multitask_interactions (&tasks);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &interaction, NULL), RG_OK);
}

/* The weights of the second networks. */
static void
add_second (fixture *f)
{
    const rg_second_network *const networks[] = { &second.representation, &second.augmentation, &second.weighting };
    for (int i = 0; i < 3; i++) {
        rg_block_spec spec = rg_block_defaults ((rg_role) (RG_REPRESENTATION + i));
        spec.count = rg_second_network_size (networks[i]);
        double *values = calloc (spec.count, sizeof *values);
        rg_second_network_draw (networks[i], spec.role, 7, .1, values);
        spec.values = values;
        ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
        free (values);
    }
}

static rg_network
network_of (const scenario *s)
{
    return (rg_network) { LAYERS, s->many == 4 ? few_units : widths, RG_TANH };
}

static void
add_objectives (fixture *f, const scenario *s)
{
    rg_message message = { "" };
    rg_network_loss loss = { sizeof loss, network_of (s), s->precision, RG_INNER, f->train, s->many == 1,
                             { &rg_sampler_random, TRAIN, BATCH, 7 }, s->shard, f->hyper, s->many == 6 ? &second : NULL };
    ck_assert_msg (rg_objective_from_network (&f->inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.data = f->valid;
    loss.own_inputs = 0;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, VALID, VALID, 0 };
    loss.shard = 7;
    ck_assert_msg (rg_objective_from_network (&f->outer, &loss, &message) == RG_OK, "%s", message.text);
}

static void
add_task_objectives (fixture *f, const scenario *s)
{
    rg_message message = { "" };
    rg_multitask_loss loss = { sizeof loss, tasks, s->precision, RG_INNER, f->train, 0, &rg_sampler_random, BATCH, 7, f->hyper };
    ck_assert_msg (rg_objective_from_multitask (&f->inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.data = f->valid;
    loss.batch = 0;
    ck_assert_msg (rg_objective_from_multitask (&f->outer, &loss, &message) == RG_OK, "%s", message.text);
}

static void
fixture_init (fixture *f, const scenario *s)
{
    const rg_network network = network_of (s);
    const int unrolled = s->many != 2 && s->steps == 0, has_moment = strcmp (s->dynamics, "gradient-descent") != 0;
    const int is_adam = strncmp (s->dynamics, "adam", 4) == 0, is_adamw = strcmp (s->dynamics, "adamw") == 0;
    *f = (fixture) { .train = examples (0, TRAIN), .valid = examples (100, VALID) };
    ck_assert_int_eq (s->many == 5 ? rg_multitask_layout (&f->layout, &tasks) : rg_network_layout (&f->layout, &network), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, STEPS, TRAIN, 14), RG_OK);
    add (f, RG_RATE, s->many == 1 ? RG_PER_WEIGHT : s->many == 3 ? RG_PER_ALL : RG_PER_ARRAY, unrolled && s->many != 1, s->many == 2, is_adam ? .01 : .2);
    if (is_adam) {
        if (s->many == 4)
            add_spline (f, RG_BETA1, .7);
        else
            add (f, RG_BETA1, RG_PER_ARRAY, unrolled && s->many != 3, 0, .7);
        add (f, RG_BETA2, RG_PER_ALL, 0, 0, .99);
        add (f, RG_EPSILON, RG_PER_ALL, 0, 0, 1e-3);
    }
    if (is_adamw)
        add (f, RG_WEIGHT_DECAY, RG_PER_ALL, 0, 0, .01);
    if (has_moment && !is_adam && s->many == 4)
        add_spline (f, RG_DECAY, .7);
    else if (has_moment && !is_adam)
        add (f, RG_DECAY, RG_PER_ARRAY, unrolled && s->many != 3, s->many == 2, .7);
    add (f, RG_L2, s->many == 1 ? RG_PER_WEIGHT : RG_PER_LAYER, 0, 0, .01);
    if (s->many == 1) {
        add (f, RG_EXAMPLE_WEIGHT, RG_PER_EXAMPLE, 0, 0, 1.1);
        add_inputs (f);
    }
    if (s->many == 5)
        add_tasks (f);
    if (s->many == 6)
        add_second (f);
    (s->many == 5 ? add_task_objectives : add_objectives) (f, s);
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics (s->dynamics), .run = rg_run_defaults (),
                                .initial = { .seed = 3, .scale = .1 } };
    f->problem.run.arithmetic = s->arithmetic;
    f->problem.run.buffer_kind = s->buffer;
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

/* All that a hypergradient says, times apart. */
typedef struct {
    double *gradient, *weights;
    rg_report report;
} finding;

static finding
find (const scenario *s, size_t threads)
{
    fixture f;
    rg_team *team;
    rg_message message = { "" };
    fixture_init (&f, s);
    finding found = { calloc (rg_hyper_size (f.hyper), sizeof (double)),
                      calloc (rg_layout_weights (f.layout), sizeof (double)), { .size = sizeof (rg_report) } };
    ck_assert_int_eq (rg_team_new (&team, threads, NULL), RG_OK);
    f.problem.run.team = threads == 1 ? NULL : team;
    f.problem.last_weights = found.weights;
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (s->trajectory), .slots = 3,
                                              .settings = settings_of (s->estimator, "steps: %llu, terms: 5, damping: .1",
                                                                       (unsigned long long) s->steps));
    ck_assert_msg (rg_hypergradient (&f.problem, rg_registry_estimator (s->estimator), &options, 2, found.gradient,
                                     &found.report, &message) == RG_OK, "%s: %s", s->label, message.text);
    found.report.forward_seconds = found.report.backward_seconds = found.report.outer_seconds = 0;
    rg_team_free (team);
    fixture_clear (&f);
    return found;
}

static void
finding_clear (finding *found)
{
    free (found->gradient);
    free (found->weights);
}

static size_t
size_of (const scenario *s, size_t *weights)
{
    fixture f;
    fixture_init (&f, s);
    const size_t size = rg_hyper_size (f.hyper);
    *weights = rg_layout_weights (f.layout);
    fixture_clear (&f);
    return size;
}

START_TEST (any_number_of_threads_gives_the_same_bits)
{
    static const size_t numbers[] = { 2, 3, 5 };
    const scenario *s = &scenarios[_i];
    size_t weights;
    const size_t size = size_of (s, &weights);
    finding alone = find (s, 1);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        finding found = find (s, numbers[k]);
        ck_assert_msg (memcmp (found.gradient, alone.gradient, size * sizeof (double)) == 0,
                       "%s: the hypergradient of %zu threads is another (by %g of its largest component)", s->label,
                       numbers[k], relative_difference (found.gradient, alone.gradient, size));
        ck_assert_msg (memcmp (found.weights, alone.weights, weights * sizeof (double)) == 0,
                       "%s: the weights of %zu threads are others", s->label, numbers[k]);
        ck_assert_msg (memcmp (&found.report, &alone.report, sizeof found.report) == 0,
                       "%s: the report of %zu threads is another", s->label, numbers[k]);
        finding_clear (&found);
    }
    finding_clear (&alone);
}
END_TEST

/* A problem that leaves its range says the same sentence, whoever meets it. */
START_TEST (any_number_of_threads_fails_in_the_same_way)
{
    scenario s = scenarios[0];
    char said[512] = "";
    for (size_t threads = 1; threads <= 3; threads++) {
        fixture f;
        rg_team *team;
        rg_message message = { "" };
        s.many = 0;
        fixture_init (&f, &s);
        ck_assert_int_eq (rg_team_new (&team, threads, NULL), RG_OK);
        f.problem.run.team = team;
        f.problem.run.fraction_bits = 51; /* weights of 2 do not fit */
        f.problem.initial.scale = .45;
        double *gradient = calloc (rg_hyper_size (f.hyper), sizeof *gradient);
        const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"));
        ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("reverse"), &options, 0, gradient, NULL,
                                            &message), RG_EOVERFLOW);
        if (threads == 1)
            strcpy (said, message.text);
        ck_assert_str_eq (message.text, said);
        free (gradient);
        rg_team_free (team);
        fixture_clear (&f);
    }
    ck_assert_ptr_nonnull (strstr (said, "step "));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("threads");
    TCase *c = tcase_create ("bits");
    tcase_set_timeout (c, 240);
    tcase_add_loop_test (c, any_number_of_threads_gives_the_same_bits, 0, SCENARIOS);
    tcase_add_test (c, any_number_of_threads_fails_in_the_same_way);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

/*
 * check_maml.c -- meta-learned initial weights and rates over few-shot tasks: against PyTorch, central differences and forward mode.
 * The numbers are those of golden/maml.py.
 */
#include "testing.h"

#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "golden.h"
#include "how.h"

enum { GROUPS = 7, EACH = 12, EXAMPLES = GROUPS * EACH, FEATURES = 3, STEPS = 3, MEMBERS = 3, MOST = 200 };

/* ---- Tasks ------------------------------------------------------------------------ */

/* Example i is of group i mod 7: inputs sin (2.385 i + .7 k^2) + group k / 5, target (group + 1) sin (x_0 - group / 2). */
static rg_dataset *
examples (int real)
{
    const size_t shape[] = { EXAMPLES, FEATURES }, count = EXAMPLES;
    rg_array x, y, tasks;
    rg_dataset *data;
    const rg_dataset_options options = { .size = sizeof options, .target = real ? RG_TARGET_REALS : RG_TARGET_LABELS };
    ck_assert_int_eq (rg_array_new (&x, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&y, RG_FLOAT64, 1, &count), RG_OK);
    ck_assert_int_eq (rg_array_new (&tasks, RG_INT32, 1, &count), RG_OK);
    for (int i = 0; i < EXAMPLES; i++) {
        const int group = i % GROUPS;
        double *row = (double *) x.data + i * FEATURES;
        for (int k = 0; k < FEATURES; k++)
            row[k] = sin (2.385 * i + .7 * k * k) + group * k / 5.;
        ((int32_t *) tasks.data)[i] = group;
        ((double *) y.data)[i] = real ? (group + 1) * sin (row[0] - group / 2.) : group;
    }
    ck_assert_int_eq (rg_dataset_new (&data, &x, &y, &options, "x", "y", NULL), RG_OK);
    if (real)
        ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, NULL, NULL), RG_OK);
    rg_array_clear (&tasks);
    return data;
}

typedef struct {
    rg_dataset *data;
    rg_episodes *episodes;
    rg_model *model;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_problem problem;
    rg_member other;
} bench;

static void
objectives (const bench *b, rg_member *out)
{
    rg_message message = { "" };
    rg_model_loss loss = { .size = sizeof loss, .model = b->model, .precision = RG_DOUBLE, .part = RG_INNER, .data = b->data, .hyper = b->hyper,
                           .batches = rg_episodes_batches (b->episodes, RG_SUPPORT) };
    *out = (rg_member) { 0 };
    ck_assert_msg (rg_objective_from_model (&out->inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.batches = rg_episodes_batches (b->episodes, RG_QUERY);
    ck_assert_msg (rg_objective_from_model (&out->outer, &loss, &message) == RG_OK, "%s", message.text);
}

static void
add (rg_hyper *hyper, rg_role role, rg_scope scope, int per_step, double init, const double *values, size_t count)
{
    rg_block_spec spec = rg_block_defaults (role);
    rg_message message = { "" };
    spec.transform = RG_IDENTITY;
    spec.scope = scope;
    spec.per_step = per_step;
    spec.init = init;
    spec.values = values;
    spec.count = count;
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
}

/* Rates of each step and array, and the initial weights. */
static void
bench_init (bench *b, int real)
{
    const size_t width[] = { FEATURES, 4, real ? 1 : 3 };
    const rg_episodes_spec spec = { .size = sizeof spec, .way = real ? 1 : 3, .shot = 2, .query = real ? 5 : 3, .seed = 5 };
    double w[MOST], rates[STEPS * 4];
    *b = (bench) { .data = examples (real) };
    ck_assert_int_eq (rg_episodes_new (&b->episodes, b->data, &spec, NULL), RG_OK);
    ck_assert_int_eq (rg_model_mlp (&b->model, &(rg_network) { 3, width, RG_TANH }, RG_LINEAR, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_model_layout (&b->layout, b->model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&b->hyper, b->layout, STEPS, 0, 0), RG_OK);
    const size_t n = rg_layout_weights (b->layout);
    for (size_t i = 0; i < n; i++)
        w[i] = .6 * sin (2.1 * (double) i + .4);
    for (int i = 0; i < STEPS * 4; i++)
        rates[i] = .15 + .05 * cos (1.3 * i);
    add (b->hyper, RG_RATE, RG_PER_ARRAY, 1, 0, rates, 0);
    add (b->hyper, RG_WEIGHTS, RG_PER_OWN, 0, 0, w, n);
    rg_member own;
    objectives (b, &own);
    objectives (b, &b->other);
    b->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = b->hyper, .inner = own.inner, .outer = own.outer,
                                .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults () };
    b->problem.run.arithmetic = RG_FLOATING;
}

static void
bench_clear (bench *b)
{
    rg_objective_free (b->problem.inner);
    rg_objective_free (b->problem.outer);
    rg_objective_free (b->other.inner);
    rg_objective_free (b->other.outer);
    rg_episodes_free (b->episodes);
    rg_hyper_free (b->hyper);
    rg_layout_free (b->layout);
    rg_model_free (b->model);
    rg_dataset_free (b->data);
}

/* The mean over three tasks, in the meta-iteration 4. */
static double
mean_by (const bench *b, const char *estimator, size_t others, double *gradient)
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_msg (rg_hypergradient_mean (&b->problem, MEMBERS, &b->other, others, rg_registry_estimator (estimator), &options, 4,
                                          gradient, &report, &message) == RG_OK, "%s: %s", estimator, message.text);
    return report.outer_loss;
}

/* ---- Against PyTorch ---------------------------------------------------------------- */

static const struct {
    const char *label, *estimator;
    int real;
    double loss;
    golden_block block[2];
} golden[] = {
#include "golden_maml.h"
};

START_TEST (whole_meta_iterations_are_those_of_pytorch)
{
    bench b;
    double gradient[MOST];
    bench_init (&b, golden[_i].real);
    const double loss = mean_by (&b, golden[_i].estimator, 0, gradient);
    meets (golden[_i].label, "outer loss", loss, golden[_i].loss, golden[_i].loss);
    for (size_t k = 0; k < 2; k++) {
        const rg_block block = rg_hyper_block (b.hyper, k);
        block_meets (golden[_i].label, &block, gradient, &golden[_i].block[k], 1e-3);
    }
    bench_clear (&b);
}
END_TEST

/* ---- Against other estimators --------------------------------------------------------- */

START_TEST (exact_hypergradients_meet_forward_mode_and_differences)
{
    bench b;
    double reverse[MOST], forward[MOST], differences[MOST], first_order[MOST];
    bench_init (&b, _i);
    mean_by (&b, "reverse", 0, reverse);
    mean_by (&b, "forward", 0, forward);
    mean_by (&b, "differences", 0, differences);
    mean_by (&b, "first-order", 0, first_order);
    for (size_t k = 0; k < 2; k++) {
        const rg_block block = rg_hyper_block (b.hyper, k);
        ck_assert_double_le (relative_difference (forward + block.first, reverse + block.first, block.size), 1e-11);
        ck_assert_double_le (relative_difference (differences + block.first, reverse + block.first, block.size), 1e-6);
        ck_assert_double_gt (relative_difference (first_order + block.first, reverse + block.first, block.size), 1e-3);
    }
    bench_clear (&b);
}
END_TEST

START_TEST (tasks_side_by_side_have_the_same_bits)
{
    bench b;
    double one[MOST], many[MOST];
    rg_message message = { "" };
    bench_init (&b, _i);
    mean_by (&b, "reverse", 0, one);
    ck_assert_msg (rg_team_new (&b.problem.run.team, 2, &message) == RG_OK, "%s", message.text);
    mean_by (&b, "reverse", 1, many);
    ck_assert_mem_eq (one, many, rg_hyper_size (b.hyper) * sizeof *one);
    rg_team_free (b.problem.run.team);
    bench_clear (&b);
}
END_TEST

/* ---- Implicit MAML ------------------------------------------------------------------- */

/* The same tasks with a proximal term whose centre is the initial weights: Rajeswaran, Finn, Kakade, Levine 2019. */
static void
imaml_init (bench *b, size_t steps)
{
    const size_t width[] = { FEATURES, 4, 3 };
    const rg_episodes_spec spec = { .size = sizeof spec, .way = 3, .shot = 2, .query = 3, .seed = 5 };
    double w[MOST];
    *b = (bench) { .data = examples (0) };
    ck_assert_int_eq (rg_episodes_new (&b->episodes, b->data, &spec, NULL), RG_OK);
    ck_assert_int_eq (rg_model_mlp (&b->model, &(rg_network) { 3, width, RG_TANH }, RG_LINEAR, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_model_layout (&b->layout, b->model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&b->hyper, b->layout, steps, 0, 0), RG_OK);
    const size_t n = rg_layout_weights (b->layout);
    for (size_t i = 0; i < n; i++)
        w[i] = .6 * sin (2.1 * (double) i + .4);
    rg_block_spec rate = rg_block_defaults (RG_RATE);
    rate.fixed = 1;
    rate.init = .3;
    ck_assert_int_eq (rg_hyper_add (b->hyper, &rate, NULL), RG_OK);
    add (b->hyper, RG_PROXIMAL, RG_PER_ALL, 0, .8, NULL, 0);
    add (b->hyper, RG_WEIGHTS, RG_PER_OWN, 0, 0, w, n);
    rg_member own;
    objectives (b, &own);
    objectives (b, &b->other);
    b->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = b->hyper, .inner = own.inner, .outer = own.outer,
                                .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults () };
    b->problem.run.arithmetic = RG_FLOATING;
}

/* How far the unrolled hypergradient of so many steps is from the implicit one at the minimum. */
static double
from_the_limit (size_t steps)
{
    bench unrolled, solved;
    double reverse[MOST], implicit[MOST];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    imaml_init (&unrolled, steps);
    imaml_init (&solved, 300);
    const rg_estimator_options options = HOW (.settings = "tolerance: 1e-13");
    mean_by (&unrolled, "reverse", 0, reverse);
    ck_assert_msg (rg_hypergradient_mean (&solved.problem, MEMBERS, NULL, 0, rg_registry_estimator ("implicit:cg"), &options, 4, implicit,
                                          &report, &message) == RG_OK, "%s", message.text);
    const double difference = relative_difference (reverse, implicit, rg_hyper_size (solved.hyper)); /* proximal and weights */
    bench_clear (&unrolled);
    bench_clear (&solved);
    return difference;
}

START_TEST (unrolled_proximal_runs_go_to_the_implicit_hypergradient)
{
    const double five = from_the_limit (5), sixty = from_the_limit (60), all = from_the_limit (300);
    ck_assert_double_lt (sixty, .01 * five);
    ck_assert_double_lt (all, 1e-9);
}
END_TEST

/* ---- What a task is ---------------------------------------------------------------------- */

START_TEST (an_outer_loss_takes_as_many_classes_as_the_way)
{
    bench b;
    rg_objective *out;
    rg_message message = { "" };
    bench_init (&b, 0);
    const size_t width[] = { FEATURES, 2 };
    rg_model *narrow;
    ck_assert_int_eq (rg_model_mlp (&narrow, &(rg_network) { 2, width, RG_TANH }, RG_LINEAR, 0, NULL), RG_OK);
    rg_model_loss loss = { .size = sizeof loss, .model = narrow, .precision = RG_DOUBLE, .part = RG_OUTER, .data = b.data, .hyper = b.hyper,
                           .batches = rg_episodes_batches (b.episodes, RG_QUERY) };
    ck_assert_int_eq (rg_objective_from_model (&out, &loss, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the last layer has 2 units, the labels have 3 classes");
    rg_model_free (narrow);
    bench_clear (&b);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("maml");
    TCase *c = tcase_create ("all");
    tcase_add_loop_test (c, whole_meta_iterations_are_those_of_pytorch, 0, (int) (sizeof golden / sizeof *golden));
    tcase_add_loop_test (c, exact_hypergradients_meet_forward_mode_and_differences, 0, 2);
    tcase_add_loop_test (c, tasks_side_by_side_have_the_same_bits, 0, 2);
    tcase_add_test (c, unrolled_proximal_runs_go_to_the_implicit_hypergradient);
    tcase_add_test (c, an_outer_loss_takes_as_many_classes_as_the_way);
    suite_add_tcase (s, c);
    return run_suite (s);
}

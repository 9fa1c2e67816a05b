/* check_losses.c -- the losses of a model's examples: logistic, with smoothed labels; against JAX, each other, differences, by hand. */
#include "testing.h"

#include <string.h>

#include "failing_memory.h"
#include "golden.h"
#include "how.h"

enum { FEATURES = 6, HIDDEN = 5, TRAIN = 11, VALID = 9, BATCH = 4, MOST = 80 };

typedef struct {
    const char *label;
    uint32_t classes;
    size_t outputs;
    double smoothing;
    double outer;
    size_t wrong;
    golden_block block[5];
} row;

/* Printed by golden/losses.py. */
static const row rows[] = {
    /* JAX 0.10.2, double precision */
    { "logistic", 2, 1, 0, 1.14978652394954, 9, {
        { "rate", 1.09131219989344, { 1.09131219989344, 1.09131219989344, 1.09131219989344 } },
        { "decay", 0.169140475755783, { -0.169140475755783, -0.169140475755783, -0.169140475755783 } },
        { "l2", 1.62060148778806, { -1.62060148778806, -1.62060148778806, -1.62060148778806 } },
        { "example_weight", 1.29221411219545, { 0.103037606463877, 0.520220096483346, -0.0713647754825885 } },
        { "weights", 2.83443787237081, { -0.0509010809684139, 0.278141277785779, 0.116941642980809 } },
    } },
    { "logistic, smoothed", 2, 1, 0.2, 0.795078783405467, 6, {
        { "rate", 0.0880255746023325, { 0.0880255746023325, 0.0880255746023325, 0.0880255746023325 } },
        { "decay", 0.0197011239758908, { -0.0197011239758908, -0.0197011239758908, -0.0197011239758908 } },
        { "l2", 0.344016464241422, { -0.344016464241422, -0.344016464241422, -0.344016464241422 } },
        { "example_weight", 0.162299295107799, { 0.0570714304282944, 0.113575018077821, 0.00207138495336125 } },
        { "weights", 0.531481733802607, { -0.0268528103908054, 0.0570546178751735, 0.0294127318259123 } },
    } },
    { "softmax, smoothed", 3, 3, 0.15, 1.03959268412682, 5, {
        { "rate", 0.0752341464979964, { 0.0752341464979964, 0.0752341464979964, 0.0752341464979964 } },
        { "decay", 0.00921420829439228, { -0.00921420829439228, -0.00921420829439228, -0.00921420829439228 } },
        { "l2", 0.10608279106343, { -0.10608279106343, -0.10608279106343, -0.10608279106343 } },
        { "example_weight", 0.375670979324952, { 0.0136685786429486, 0.21450626692355, -0.290834776768804 } },
        { "weights", 0.22532568257859, { -0.00216898210349581, 0.0166356791381024, -0.0411959358905093 } },
    } },
};
enum { ROWS = sizeof rows / sizeof *rows };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *train, *valid;
    rg_model *model;
    rg_model_loss loss;
    rg_problem problem;
} fixture;

/* The examples of golden/losses.py. */
static rg_dataset *
examples (size_t first, size_t count, uint32_t classes)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t shape[] = { count, FEATURES };
    const rg_dataset_options options = { .size = sizeof options, .classes = classes };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t n = 0; n < count; n++) {
        const size_t i = first + n;
        ((int32_t *) labels.data)[n] = (int32_t) (i * i / 3 % classes);
        for (size_t k = 0; k < FEATURES; k++)
            ((double *) inputs.data)[n * FEATURES + k] = sin (2.385 * (double) i + .7 * (double) (k * k));
    }
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", NULL), RG_OK);
    return data;
}

static void
add (fixture *f, rg_role role, double init, size_t count, const double *values)
{
    rg_block_spec spec = rg_block_defaults (role);
    rg_message message = { "" };
    spec.scope = count > 0 ? spec.scope : RG_PER_ALL;
    spec.per_step = 0;
    spec.init = init;
    spec.count = count;
    spec.values = values;
    ck_assert_msg (rg_hyper_add (f->hyper, &spec, &message) == RG_OK, "%s", message.text);
}

static void
add_blocks (fixture *f)
{
    double values[MOST];
    const size_t weights = rg_layout_weights (f->layout);
    add (f, RG_RATE, .2, 0, NULL);
    add (f, RG_DECAY, .9, 0, NULL);
    add (f, RG_L2, .01, 0, NULL);
    for (size_t i = 0; i < TRAIN; i++)
        values[i] = 1 + .3 * cos ((double) i);
    add (f, RG_EXAMPLE_WEIGHT, 0, TRAIN, values);
    for (size_t i = 0; i < weights; i++)
        values[i] = .6 * sin (2.1 * (double) i + .4);
    add (f, RG_WEIGHTS, 0, weights, values);
}

static void
init (fixture *f, const row *r, size_t steps, rg_precision precision)
{
    const size_t width[] = { FEATURES, HIDDEN, r->outputs };
    rg_message message = { "" };
    *f = (fixture) { .train = examples (0, TRAIN, r->classes), .valid = examples (20, VALID, r->classes) };
    ck_assert_int_eq (rg_model_mlp (&f->model, &(rg_network) { 3, width, RG_TANH }, RG_LINEAR, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_model_layout (&f->layout, f->model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, steps, TRAIN, 14), RG_OK);
    add_blocks (f);
    f->loss = (rg_model_loss) { .size = sizeof (rg_model_loss), .model = f->model, .precision = precision, .part = RG_INNER, .data = f->train, .hyper = f->hyper,
                                .batches = { &rg_sampler_cyclic, TRAIN, BATCH, 0 }, .shard = 3, .smoothing = r->smoothing };
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults () };
    f->problem.run.fraction_bits = 44;
    ck_assert_msg (rg_objective_from_model (&f->problem.inner, &f->loss, &message) == RG_OK, "%s", message.text);
    rg_model_loss outer = f->loss; /* its smoothing is none of an outer loss */
    outer.part = RG_OUTER;
    outer.data = f->valid;
    outer.batches = (rg_batches) { &rg_sampler_cyclic, VALID, VALID, 0 };
    ck_assert_msg (rg_objective_from_model (&f->problem.outer, &outer, &message) == RG_OK, "%s", message.text);
}

static void
clear (fixture *f)
{
    rg_objective_free (f->problem.inner);
    rg_objective_free (f->problem.outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
    rg_model_free (f->model);
    rg_dataset_free (f->train);
    rg_dataset_free (f->valid);
}

static void
hypergradient (const fixture *f, rg_arithmetic arithmetic, const char *estimator, const char *trajectory, double *out, rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory), .settings = settings_of (estimator, "step: 2e-6"));
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 0, out, report, &message) == RG_OK, "%s",
                   message.text);
}

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const row *r = &rows[_i];
    double gradient[3 + TRAIN + MOST];
    fixture f;
    rg_report report = { .size = sizeof report };
    init (&f, r, 400, RG_DOUBLE);
    hypergradient (&f, RG_FLOATING, "reverse", "stored", gradient, &report);
    meets (r->label, "outer loss", report.outer_loss, r->outer, r->outer);
    ck_assert_uint_eq (report.wrong, r->wrong);
    for (size_t k = 0; k < 5; k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (r->label, &b, gradient, &r->block[k], 1e-2);
    }
    clear (&f);
}
END_TEST

START_TEST (reversible_is_stored_bit_for_bit_and_forward_to_rounding)
{
    double gradient[3][3 + TRAIN + MOST];
    fixture f;
    rg_report report = { .size = sizeof report };
    init (&f, &rows[_i], 400, RG_DOUBLE);
    const size_t size = rg_hyper_size (f.hyper);
    hypergradient (&f, RG_EXACT, "reverse", "reversible", gradient[0], &report);
    ck_assert (report.certified);
    hypergradient (&f, RG_EXACT, "reverse", "stored", gradient[1], &report);
    hypergradient (&f, RG_EXACT, "forward", "stored", gradient[2], &report);
    ck_assert_mem_eq (gradient[0], gradient[1], size * sizeof (double));
    ck_assert_double_le (relative_difference (gradient[2], gradient[1], size), 1e-10);
    clear (&f);
    init (&f, &rows[_i], 400, RG_SINGLE);
    hypergradient (&f, RG_EXACT, "reverse", "reversible", gradient[2], &report);
    ck_assert (report.certified);
    ck_assert_double_le (relative_difference (gradient[2], gradient[0], size), 2e-3);
    clear (&f);
}
END_TEST

START_TEST (floating_is_what_central_differences_say)
{
    double gradient[2][3 + TRAIN + MOST];
    fixture f;
    rg_report report = { .size = sizeof report };
    init (&f, &rows[_i], 40, RG_DOUBLE);
    hypergradient (&f, RG_FLOATING, "reverse", "stored", gradient[0], &report);
    hypergradient (&f, RG_FLOATING, "differences", "stored", gradient[1], &report);
    ck_assert_double_gt (fabs (gradient[0][0]), 1e-4);
    ck_assert_double_le (relative_difference (gradient[0], gradient[1], rg_hyper_size (f.hyper)), 1e-6);
    clear (&f);
}
END_TEST

/* One example of label 1, one weight of value w: z = w x. */
static double
loss_at (double w, double smoothing, double *slope)
{
    static const size_t width[] = { 1, 1 };
    const rg_dataset_options options = { .size = sizeof options, .classes = 2 };
    const size_t shape[] = { 2, 1 }, count = 2;
    fixture f = { 0 };
    rg_array inputs, labels;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    ((double *) inputs.data)[0] = ((double *) inputs.data)[1] = 1;
    ((int32_t *) labels.data)[0] = ((int32_t *) labels.data)[1] = 1;
    ck_assert_int_eq (rg_dataset_new (&f.train, &inputs, &labels, &options, "inputs", "labels", NULL), RG_OK);
    ck_assert_int_eq (rg_model_mlp (&f.model, &(rg_network) { 2, width, RG_TANH }, RG_LINEAR, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_model_layout (&f.layout, f.model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 1, 2, 14), RG_OK);
    f.loss = (rg_model_loss) { .size = sizeof (rg_model_loss), .model = f.model, .precision = RG_DOUBLE, .part = RG_INNER, .data = f.train, .hyper = f.hyper,
                               .batches = { &rg_sampler_cyclic, 2, 2, 0 }, .smoothing = smoothing };
    ck_assert_int_eq (rg_objective_from_model (&f.problem.inner, &f.loss, NULL), RG_OK);
    double g[2];
    rg_evaluation found;
    ck_assert_int_eq (rg_objective_evaluate (f.problem.inner, (rg_instant) { 0 }, (double[]) { w, 0 }, NULL, &found, g, NULL, NULL), RG_OK);
    *slope = g[0];
    clear (&f);
    return found.loss;
}

START_TEST (numbers_by_hand)
{
    double slope;
    ck_assert_double_eq_tol (loss_at (0, 0, &slope), log (2), 1e-15);
    ck_assert_double_eq_tol (slope, -.5, 1e-15);
    ck_assert_double_eq_tol (loss_at (50, 0, &slope) / exp (-50), 1, 1e-12); /* a difference of large numbers would be 0 */
    ck_assert_double_eq_tol (loss_at (log (3), .5, &slope), log (4. / 3) + .25 * log (3), 1e-14); /* 3/4 (log 4/3) + 1/4 (log 4) */
    ck_assert_double_eq_tol (slope, .75 - .75, 1e-14);
}
END_TEST

START_TEST (bad_smoothing_is_refused)
{
    fixture f;
    rg_objective *objective;
    rg_message message;
    init (&f, &rows[0], 4, RG_DOUBLE);
    static const double bad[] = { -.1, 1, 1.5, NAN };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f.loss.smoothing = bad[i];
        ck_assert_int_eq (rg_objective_from_model (&objective, &f.loss, &message), RG_ERANGE);
        ck_assert_ptr_null (objective);
    }
    clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    failing_memory memory = failing_first ();
    fixture f;
    rg_objective *objective;
    init (&f, &rows[_i], 4, RG_DOUBLE);
    while (memory.failed)
        FAILING (&memory, rg_objective_from_model (&objective, &f.loss, NULL));
    rg_objective_free (objective);
    clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("losses");
    TCase *tcase = tcase_create ("losses");
    tcase_set_timeout (tcase, 120);
    tcase_add_loop_test (tcase, floating_arithmetic_meets_the_golden_numbers, 0, ROWS);
    tcase_add_loop_test (tcase, reversible_is_stored_bit_for_bit_and_forward_to_rounding, 0, ROWS);
    tcase_add_loop_test (tcase, floating_is_what_central_differences_say, 0, ROWS);
    tcase_add_test (tcase, numbers_by_hand);
    tcase_add_test (tcase, bad_smoothing_is_refused);
    tcase_add_loop_test (tcase, every_allocation_may_fail, 0, ROWS);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

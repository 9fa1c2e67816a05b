/* check_run.c -- whole runs with momentum, there and back, against floating ones; initial weights. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "failing_memory.h"
#include "uniform.h"

#include "dynamics/initial.h"
#include "dynamics/run.h"

static const rg_dynamics *const rules[] = { &rg_dynamics_momentum_damped, &rg_dynamics_momentum };
enum { RULES = 2 };

/*
 * A separable objective: J = sum log cosh (w_i - c_i (t)), whose Hessian lies in (0, 1]; its targets move
 * from step to step. More weights than a buffer's range, arrays across the ranges' borders.
 */
static const rg_array_spec arrays[] = {
    { "W1", 3000, 0, 0 }, { "b1", 9000, 0, 0 }, { "W2", 700, 1, 0 }, { "b2", 7000, 1, 0 }, { "W3", 300, 2, 0 },
};
enum { ARRAYS = 5, WEIGHTS = 20000 };

static double
target (rg_instant at, int i)
{
    return (double) ((i * 37 + (int) at.step * 11) % 101) / 50 - 1;
}

static int
cosh_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) lambda;
    *loss = 0;
    for (int i = 0; i < WEIGHTS; i++)
        *loss += log (cosh (w[i] - target (at, i)));
    return 0;
}

static int
cosh_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) lambda;
    for (int i = 0; i < WEIGHTS; i++)
        g[i] = tanh (w[i] - target (at, i));
    if (user != NULL)
        g[12005] = *(double *) user;
    return 0;
}

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner;
    rg_run *run;
    double *w0;
} fixture;

/* Rates and decays per step and array, at random around .01 and .9. */
static void
fixture_init (fixture *f, size_t steps, int ratio_bits, double *fault)
{
    double *values = calloc (2 * steps * ARRAYS, sizeof *values);
    ck_assert_int_eq (rg_layout_new (&f->layout, ARRAYS, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, steps, 0, ratio_bits), RG_OK);
    for (size_t i = 0; i < steps * ARRAYS; i++) {
        values[i] = uniform (600, i, .002, .018);
        values[steps * ARRAYS + i] = uniform (601, i, .88, .92);
    }
    for (int k = 0; k < 2; k++) {
        rg_block_spec spec = rg_block_defaults (k == 0 ? RG_RATE : RG_DECAY);
        spec.scope = RG_PER_ARRAY;
        spec.per_step = 1;
        spec.values = values + (size_t) k * steps * ARRAYS;
        ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    }
    free (values);
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = cosh_loss, .gradient = cosh_gradient, .user = fault };
    ck_assert_int_eq (rg_objective_from_callbacks (&f->inner, WEIGHTS, &call, NULL, NULL), RG_OK);
    f->run = NULL;
    f->w0 = calloc (WEIGHTS, sizeof *f->w0);
    for (size_t i = 0; i < WEIGHTS; i++)
        f->w0[i] = uniform (602, i, -2, 2);
}

static void
fixture_clear (fixture *f)
{
    rg_run_free (f->run);
    rg_objective_free (f->inner);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
    free (f->w0);
}

static void
forward (rg_run *run, size_t steps)
{
    rg_message message = { "" };
    while (run->step < steps) {
        ck_assert_msg (rg_run_gradient (run, run->step + 1 == steps, &message) == RG_OK, "%s", message.text);
        ck_assert_msg (rg_run_advance (run, &message) == RG_OK, "%s", message.text);
    }
}

static const struct {
    const char *label;
    int rule;
    size_t steps;
    rg_buffer_kind buffer;
    int ratio_bits;
    double over_limit;
} runs[] = {
    { "damped", 0, 400, RG_BUFFER_STREAM32, 14, 1.01 },
    { "classical", 1, 400, RG_BUFFER_STREAM32, 14, 1.01 },
    { "damped, 64-bit heads", 0, 400, RG_BUFFER_STREAM64, 24, 1.01 },
    { "classical, integers", 1, 40, RG_BUFFER_INTEGER, 14, 1.2 },
};

START_TEST (a_run_of_many_ranges_goes_out_and_comes_back)
{
    fixture f;
    rg_message message = { "" };
    const size_t steps = runs[_i].steps;
    fixture_init (&f, steps, runs[_i].ratio_bits, NULL);
    const rg_run_options options = { .fraction_bits = 40, .ratio_bits = runs[_i].ratio_bits, .buffer_kind = runs[_i].buffer };
    ck_assert_int_eq (rg_run_new (&f.run, rules[runs[_i].rule], f.inner, f.hyper, &options, NULL), RG_OK);
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
    rg_run *run = f.run;
    int64_t *start = malloc (WEIGHTS * sizeof *start), *middle = malloc (WEIGHTS * sizeof *middle);
    memcpy (start, run->w, WEIGHTS * sizeof *start);
    const uint64_t digest = rg_run_digest (run);
    forward (run, steps / 2);
    const uint64_t half_way = rg_run_digest (run);
    memcpy (middle, run->moment[0], WEIGHTS * sizeof *middle);
    forward (run, steps);
    ck_assert_mem_ne (run->w, start, WEIGHTS * sizeof *start);
    ck_assert (rg_run_digest (run) != half_way && half_way != digest);
    double limit = 0;
    for (size_t t = 0; t < steps; t++)
        limit += rg_run_limit_bits (run, t);
    const double ratio = rg_run_buffer_bits (run) / limit;
    ck_assert_msg (ratio > .95 && ratio < runs[_i].over_limit, "%s: %g of the limit", runs[_i].label, ratio);
    ck_assert_double_ge (8 * (double) rg_run_buffer_bytes (run), rg_run_buffer_bits (run));
    while (run->step > steps / 2)
        ck_assert_msg (rg_run_undo (run, &message) == RG_OK, "%s: %s", runs[_i].label, message.text);
    ck_assert_mem_eq (run->moment[0], middle, WEIGHTS * sizeof *middle);
    ck_assert (rg_run_digest (run) == half_way);
    while (run->step > 0)
        ck_assert_msg (rg_run_undo (run, &message) == RG_OK, "%s: %s", runs[_i].label, message.text);
    ck_assert_mem_eq (run->w, start, WEIGHTS * sizeof *start);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert (run->moment[0][i] == 0);
    ck_assert (rg_buffer_is_start (run->buffer[0]));
    ck_assert_double_eq (rg_run_buffer_bits (run), 0);
    ck_assert (rg_run_digest (run) == digest);
    double *weights = malloc (WEIGHTS * sizeof *weights);
    rg_run_weights (run, weights);
    ck_assert_mem_eq (weights, run->w_real, WEIGHTS * sizeof *weights);
    ck_assert_double_le (relative_difference (weights, f.w0, WEIGHTS), 0x1p-41);
    free (weights);
    free (start);
    free (middle);
    fixture_clear (&f);
}
END_TEST

/* What one would write first: the step's lines solved for the old state, in double precision. */
static double
naive_return (rg_run *run, const double *w0)
{
    double *w = run->w_real, *v = run->moment_real[0], rate[WEIGHTS], decay[WEIGHTS], worst = 0;
    while (run->step > 0) {
        run->step--;
        const rg_coefficient rates = rg_coefficient_at (&run->coefficient[0], run->step);
        const rg_coefficient decays = rg_coefficient_at (&run->coefficient[1], run->step);
        rg_coefficient_expand (&rates, 0, WEIGHTS, rate);
        rg_coefficient_expand (&decays, 0, WEIGHTS, decay);
        for (size_t i = 0; i < WEIGHTS; i++)
            w[i] -= rate[i] * v[i];
        cosh_gradient (NULL, (rg_instant) { .iteration = run->iteration, .step = run->step }, w, NULL, run->g_real);
        for (size_t i = 0; i < WEIGHTS; i++)
            v[i] = (v[i] + (1 - decay[i]) * ((double *) run->g_real)[i]) / decay[i];
    }
    for (size_t i = 0; i < WEIGHTS; i++)
        if (!(fabs (w[i] - w0[i]) <= worst))
            worst = fabs (w[i] - w0[i]);
    return worst;
}

/*
 * Rounding errors grow by 1/.9 a step on the way back: harmless after 50 steps (.9^-50 = 194), fatal
 * after 400 (2e18). Hence the test above, which the naive way must fail, has 400 steps.
 */
START_TEST (a_naive_floating_reversal_fails_after_400_steps)
{
    static const size_t steps[] = { 50, 400 };
    for (int k = 0; k < 2; k++) {
        fixture f;
        fixture_init (&f, steps[k], 14, NULL);
        rg_run_options options = rg_run_defaults ();
        options.arithmetic = RG_FLOATING;
        ck_assert_int_eq (rg_run_new (&f.run, &rg_dynamics_momentum_damped, f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        forward (f.run, steps[k]);
        const double error = naive_return (f.run, f.w0);
        if (steps[k] == 50)
            ck_assert_msg (error < 1e-10, "%g", error);
        else
            ck_assert_msg (!(error < .1), "%g", error);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (exact_and_floating_runs_stay_close)
{
    fixture f;
    fixture_init (&f, 100, 14, NULL);
    double *weights = calloc (2 * WEIGHTS, sizeof *weights), loss[2];
    for (int k = 0; k < 2; k++) {
        rg_run_options options = rg_run_defaults ();
        options.arithmetic = k == 0 ? RG_EXACT : RG_FLOATING;
        ck_assert_int_eq (rg_run_new (&f.run, rules[_i], f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        forward (f.run, 100);
        rg_run_weights (f.run, weights + k * WEIGHTS);
        loss[k] = f.run->inner_loss;
        rg_run_free (f.run);
        f.run = NULL;
    }
    ck_assert_double_le (relative_difference (weights, weights + WEIGHTS, WEIGHTS), 1e-9);
    ck_assert_double_le (fabs (loss[0] - loss[1]), 1e-9 * loss[1]);
    free (weights);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_gradient_out_of_range_is_named)
{
    static const struct {
        double fault;
        rg_status status;
        const char *sentence;
    } cases[] = {
        { 0x1p11, RG_EOVERFLOW,
          "step 0: the gradient of parameter 5 of array W2 left (-2^12, 2^12), the range of 40 fraction bits" },
        { NAN, RG_ENONFINITE, "step 0: the gradient callback gave a value that is not finite at 12005" },
    };
    for (int k = 0; k < 2; k++) {
        fixture f;
        double fault = cases[k].fault;
        rg_message message = { "" };
        fixture_init (&f, 3, 14, &fault);
        const rg_run_options options = rg_run_defaults ();
        ck_assert_int_eq (rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        rg_status status = rg_run_gradient (f.run, 0, &message);
        if (status == RG_OK) /* one shard's gradient is rounded where it is used */
            status = rg_run_advance (f.run, &message);
        ck_assert_int_eq (status, cases[k].status);
        ck_assert_str_eq (message.text, cases[k].sentence);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (initial_weights_that_cannot_be_are_named)
{
    fixture f;
    rg_message message = { "" };
    fixture_init (&f, 3, 14, NULL);
    const rg_run_options options = rg_run_defaults ();
    ck_assert_int_eq (rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL), RG_OK);
    f.w0[19702] = 4096;
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, &message), RG_EOVERFLOW);
    ck_assert_str_eq (message.text, "step 0: the initial weight of parameter 2 of array W3 left (-2^12, 2^12), the range "
                                    "of 40 fraction bits");
    f.w0[3] = NAN;
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "initial weight 3 (array W1) is not finite");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_run_over_parts_that_disagree_is_refused)
{
    fixture f;
    rg_run *run;
    rg_objective *other;
    rg_hyper *empty;
    rg_message message = { "" };
    rg_run_options options = rg_run_defaults ();
    fixture_init (&f, 3, 14, NULL);
    rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = cosh_loss, .gradient = cosh_gradient };
    ck_assert_int_eq (rg_objective_from_callbacks (&other, 12, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[0], other, f.hyper, &options, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective has 12 weights, the layout 20000");
    ck_assert_ptr_null (run);
    rg_objective_free (other);
    call.lambdas = 4;
    ck_assert_int_eq (rg_objective_from_callbacks (&other, WEIGHTS, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[0], other, f.hyper, &options, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective takes 4 hyperparameters, the blocks have 0");
    rg_objective_free (other);
    ck_assert_int_eq (rg_hyper_new (&empty, f.layout, 3, 0, 14), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[1], f.inner, empty, &options, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "momentum needs rate and decay among the hyperparameters");
    rg_hyper_free (empty);
    options.fraction_bits = 52;
    ck_assert_int_eq (rg_run_new (&run, rules[0], f.inner, f.hyper, &options, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "fraction_bits: expected 8 to 51, got 52");
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_run_may_fail)
{
    fixture f;
    fixture_init (&f, 3, 14, NULL);
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_run_options options = rg_run_defaults ();
            options.arithmetic = (rg_arithmetic) arithmetic;
            FAILING (&memory, rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL));
            ck_assert_int_eq (f.run == NULL, memory.failed);
            rg_run_free (f.run);
            f.run = NULL;
        }
    fixture_clear (&f);
}
END_TEST

/* ---- initial weights -------------------------------------------------------- */

START_TEST (initial_weights_are_scaled_normal_numbers)
{
    fixture f;
    fixture_init (&f, 1, 14, NULL);
    double *w = calloc (4 * WEIGHTS, sizeof *w), *again = w + WEIGHTS, *scaled = again + WEIGHTS, sum = 0;
    rg_initial initial = { .scale = .5, .seed = 7 };
    rg_initial_weights (&initial, f.hyper, 0, w);
    for (size_t i = 0; i < WEIGHTS; i++)
        sum += w[i] * w[i];
    ck_assert_double_eq_tol (sqrt (sum / WEIGHTS), .5, .02);
    rg_initial_weights (&initial, f.hyper, 3, again);
    ck_assert_mem_eq (again, w, WEIGHTS * sizeof *w);
    initial.fresh = 1;
    rg_initial_weights (&initial, f.hyper, 3, again);
    ck_assert_mem_ne (again, w, WEIGHTS * sizeof *w);
    initial.fresh = 0;
    initial.values = f.w0;
    rg_initial_weights (&initial, f.hyper, 0, again);
    ck_assert_mem_eq (again, f.w0, WEIGHTS * sizeof *w);
    initial.values = NULL;
    const double scales[ARRAYS] = { .5, 1, .25, 2, 4 };
    rg_block_spec spec = rg_block_defaults (RG_WEIGHT_SCALE);
    spec.values = scales;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    rg_initial_weights (&initial, f.hyper, 0, scaled);
    for (size_t a = 0, i = 0; a < ARRAYS; a++)
        for (size_t k = 0; k < arrays[a].count; k++, i++)
            ck_assert_double_eq (scaled[i], w[i] * 2 * scales[a]);
    /* the transpose: <dw, dw_0/dscale_a> sums dw_i w_i / scale_a over the array */
    double gradient[3 * ARRAYS] = { 0 }, *dw = again;
    for (size_t i = 0; i < WEIGHTS; i++)
        dw[i] = uniform (700, i, -1, 1);
    rg_initial_adjoint (&initial, f.hyper, 0, dw, gradient);
    rg_block block;
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_WEIGHT_SCALE, &block), 1);
    for (size_t a = 0, i = 0; a < ARRAYS; a++) {
        double expected = 0;
        for (size_t k = 0; k < arrays[a].count; k++, i++)
            expected += dw[i] * scaled[i] / scales[a];
        ck_assert_double_eq_tol (gradient[block.first + a], expected, 1e-10);
    }
    for (size_t i = 0; i < block.first; i++)
        ck_assert_double_eq (gradient[i], 0);
    free (w);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("run");
    TCase *whole = tcase_create ("runs");
    tcase_set_timeout (whole, 120);
    tcase_add_loop_test (whole, a_run_of_many_ranges_goes_out_and_comes_back, 0, (int) (sizeof runs / sizeof *runs));
    tcase_add_test (whole, a_naive_floating_reversal_fails_after_400_steps);
    tcase_add_loop_test (whole, exact_and_floating_runs_stay_close, 0, RULES);
    tcase_add_test (whole, a_gradient_out_of_range_is_named);
    tcase_add_test (whole, initial_weights_that_cannot_be_are_named);
    tcase_add_test (whole, a_run_over_parts_that_disagree_is_refused);
    tcase_add_test (whole, every_allocation_of_a_run_may_fail);
    tcase_add_test (whole, initial_weights_are_scaled_normal_numbers);
    suite_add_tcase (suite, whole);
    return run_suite (suite);
}

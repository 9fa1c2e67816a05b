/* check_forward.c -- forward mode against reverse, golden numbers and closed forms; its refusals and passes. */
#include "testing.h"

#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    fixture f;
    double gradient[12];
    rg_report report = { .size = sizeof report };
    fixture_init (&f, "momentum", 5, .1, .9, 0, 0);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, &report, NULL), RG_OK);
    ck_assert_double_eq_tol (report.outer_loss, golden_outer, 1e-15);
    ck_assert_uint_eq (report.trajectory_bytes, 12 * 2 * 6 * sizeof (double));
    golden_gradient_meets (gradient, 1e-12);
    fixture_clear (&f);
}
END_TEST

static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay;
    int per_step;
    rg_buffer_kind buffer;
    size_t bytes;
} runs[] = {
    { "damped, 400 steps at .9",      "momentum-damped", 400, .005,  .9,  1, RG_BUFFER_STREAM32, 0 },
    { "damped, 100 steps at .5",      "momentum-damped", 100, .02,   .5,  1, RG_BUFFER_STREAM32, 0 },
    { "classical, 400 steps at .9",   "momentum",        400, .0004, .9,  0, RG_BUFFER_STREAM32, 0 },
    { "classical, several passes",    "momentum",        150, .02,   .98, 1, RG_BUFFER_STREAM64, 5000 },
    { "damped, integer buffer",       "momentum-damped", 120, .02,   .6,  0, RG_BUFFER_INTEGER,  1 },
    { "no decay at all",              "momentum",        50,  .03,   1,   0, RG_BUFFER_STREAM32, 0 },
};

START_TEST (forward_is_reverse_in_both_arithmetics)
{
    for (int exact = 0; exact < 2; exact++) {
        fixture f;
        fixture_init (&f, runs[_i].dynamics, runs[_i].steps, runs[_i].rate, runs[_i].decay, runs[_i].per_step, 14);
        f.problem.run.buffer_kind = runs[_i].buffer;
        f.problem.run.arithmetic = exact ? RG_EXACT : RG_FLOATING;
        f.problem.penalty = .01;
        f.problem.penalty_natural = exact;
        const size_t size = rg_hyper_size (f.hyper);
        double *gradients = calloc (2 * size, sizeof *gradients);
        rg_report forward = { .size = sizeof forward }, reverse = { .size = sizeof reverse };
        const rg_estimator_options options = HOW (.settings = runs[_i].bytes == 0 ? NULL : settings_of ("forward", "tangent_bytes: %zu", runs[_i].bytes));
        ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("forward"), &options, 0, gradients,
                                            &forward, NULL), RG_OK);
        ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradients + size, &reverse, NULL), RG_OK);
        ck_assert (memcmp (&forward.outer_loss, &reverse.outer_loss, sizeof (double)) == 0);
        ck_assert (memcmp (&forward.inner_loss, &reverse.inner_loss, sizeof (double)) == 0);
        for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
            const rg_block b = rg_hyper_block (f.hyper, k);
            const double gap = relative_difference (gradients + b.first, gradients + size + b.first, b.size);
            ck_assert_msg (gap <= 1e-10, "%s: %s, exact %d: %g", runs[_i].label, b.name, exact, gap);
        }
        free (gradients);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (the_direct_term_counts)
{
    fixture f;
    double forward[12], reverse[12];
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    f.problem.outer = f.inner; /* the inner loss as outer loss depends on lambda directly */
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", forward, NULL, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", reverse, NULL, NULL), RG_OK);
    ck_assert_double_le (relative_difference (forward + 8, reverse + 8, 4), 1e-10);
    fixture_clear (&f);
}
END_TEST

/* An R-operator that is not finite from step 7 on, in the direction of lambda_2. */
static int
poisoned_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
                  const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    quadratic_tangent (user, at, w, lambda, w_dot, lambda_dot, g_dot, lambda_g_dot);
    if (at.step >= 7 && lambda_dot != NULL && lambda_dot[2] != 0)
        g_dot[4] = 1.7e308;
    return 0;
}

START_TEST (a_tangent_that_is_not_finite_is_named_by_its_step)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum", 40, 3, .9, 0, 14);
    f.problem.run.arithmetic = RG_FLOATING;
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient,
                                .tangent = poisoned_tangent,
                                .lambda_gradient = quadratic_lambda_gradient, .lambdas = 4 };
    rg_objective_free (f.inner);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 6, &call, NULL, NULL), RG_OK);
    f.problem.inner = f.inner;
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, NULL, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "step 7: the tangent of array v2 in value 2 of parameter is not finite");
    fixture_clear (&f);
}
END_TEST

/*
 * ---- The diagonal quadratic, in closed form --------------------------------
 * J = Σ e w² + (w - a)², E = Σ (w - b)² by gradient descent of rate .1 from w0: numbers of
 * lucfra/FAR-HO, tests/on implicitHG.ipynb, with digits from the recurrence w <- (1 - 2 η (1 + e)) w + 2 η a.
 */
static const double diagonal_a[4] = { 0, -1, 12, 18 }, diagonal_b[4] = { .1, -1.1, 12.1, 18.1 },
                    diagonal_e[4] = { 3, 1.1, 1, .1 }, diagonal_start[4] = { 1, 2, -1, -5 };

static int
diagonal_loss (void *user, rg_instant at, const double *w, const double *e, double *loss)
{
    (void) user, (void) at;
    *loss = 0;
    for (int i = 0; i < 4; i++)
        *loss += e[i] * w[i] * w[i] + (w[i] - diagonal_a[i]) * (w[i] - diagonal_a[i]);
    return 0;
}

static int
diagonal_gradient (void *user, rg_instant at, const double *w, const double *e, double *g)
{
    (void) user, (void) at;
    for (int i = 0; i < 4; i++)
        g[i] = 2 * e[i] * w[i] + 2 * (w[i] - diagonal_a[i]);
    return 0;
}

static int
diagonal_tangent (void *user, rg_instant at, const double *w, const double *e, const double *w_dot, const double *e_dot,
                  double *g_dot, double *e_g_dot)
{
    (void) user, (void) at;
    for (int i = 0; i < 4; i++) {
        g_dot[i] = 2 * (1 + e[i]) * w_dot[i] + (e_dot == NULL ? 0 : 2 * e_dot[i] * w[i]);
        if (e_g_dot != NULL)
            e_g_dot[i] = 2 * w[i] * w_dot[i];
    }
    return 0;
}

static int
distance_loss (void *user, rg_instant at, const double *w, const double *e, double *loss)
{
    (void) user, (void) at, (void) e;
    *loss = 0;
    for (int i = 0; i < 4; i++)
        *loss += (w[i] - diagonal_b[i]) * (w[i] - diagonal_b[i]);
    return 0;
}

static int
distance_gradient (void *user, rg_instant at, const double *w, const double *e, double *g)
{
    (void) user, (void) at, (void) e;
    for (int i = 0; i < 4; i++)
        g[i] = 2 * (w[i] - diagonal_b[i]);
    return 0;
}

static const struct {
    size_t steps;
    double rate, e[4], tolerance;
} diagonal[] = {
    { 1, -2350.848, { -.04, -1.648, -4.12, -36.8 }, 1e-13 },
    { 10, -388.96995616172984, { 2.047998e-7, .2398271166243110, 34.89790222079098, 63.80027075028623 }, 1e-13 },
    { 100, -3.39e-7, { 0, .282906813519059, 36.6, 51.6604056886378 }, 1e-9 },
};

START_TEST (the_diagonal_quadratic_meets_its_closed_form)
{
    const rg_array_spec array = { "w", 4, 0, 0 };
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = diagonal_loss, .gradient = diagonal_gradient,
                                 .tangent = diagonal_tangent,
                                 .lambdas = 4 };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = distance_loss, .gradient = distance_gradient };
    fixture f = { 0 };
    double gradient[5];
    ck_assert_int_eq (rg_layout_new (&f.layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, diagonal[_i].steps, 0, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), e = rg_block_defaults (RG_PARAMETER);
    rate.init = .1;
    rate.transform = RG_IDENTITY;
    e.count = 4;
    e.values = diagonal_e;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &e, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 4, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.outer, 4, &outer, NULL, NULL), RG_OK);
    f.problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f.hyper, .inner = f.inner, .outer = f.outer,
                               .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults (),
                               .initial = { .values = diagonal_start } };
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, NULL, NULL), RG_OK);
    ck_assert_double_eq_tol (gradient[0], diagonal[_i].rate, diagonal[_i].steps == 100 ? 1e-9 : 1e-11);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol (gradient[1 + i], diagonal[_i].e[i], diagonal[_i].tolerance * 100);
    fixture_clear (&f);
}
END_TEST

static int
stop_soon (void *user)
{
    int *calls = user;
    return ++*calls > 8;
}

START_TEST (an_interruption_ends_the_work)
{
    fixture f;
    double gradient[12];
    int calls = 0;
    rg_message message = { "" };
    fixture_init (&f, "momentum", 15, .1, .9, 0, 14);
    f.problem.interrupted = stop_soon;
    f.problem.user = &calls;
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, NULL, &message), RG_EINTERRUPTED);
    ck_assert_str_eq (message.text, "meta-iteration 0, step 8: interrupted");
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    fixture f;
    double gradient[12], reference[12];
    fixture_init (&f, "momentum-damped", 20, .1, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", reference, NULL, NULL), RG_OK);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, fixture_gradient (&f, "forward", "stored", gradient, NULL, NULL));
    ck_assert_mem_eq (gradient, reference, sizeof gradient);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("forward");
    TCase *tcase = tcase_create ("forward mode");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, floating_arithmetic_meets_the_golden_numbers);
    tcase_add_loop_test (tcase, forward_is_reverse_in_both_arithmetics, 0, (int) (sizeof runs / sizeof *runs));
    tcase_add_test (tcase, the_direct_term_counts);
    tcase_add_test (tcase, a_tangent_that_is_not_finite_is_named_by_its_step);
    tcase_add_loop_test (tcase, the_diagonal_quadratic_meets_its_closed_form, 0,
                         (int) (sizeof diagonal / sizeof *diagonal));
    tcase_add_test (tcase, an_interruption_ends_the_work);
    tcase_add_test (tcase, every_allocation_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/*
 * check_implicit.c -- implicit hypergradients against golden numbers and closed forms; what they refuse and report.
 *
 * Golden numbers: an independent double-precision numpy reference, written from the formulas.
 */
#include "testing.h"

#include <retrograde.h>


#include "bilevel.h"
#include "failing_memory.h"
#include "how.h"

#define CG "implicit:cg"
#define NEUMANN "implicit:neumann"
#define FIXED_POINT "implicit:fixed-point"
#define DENSE "implicit:dense"

static const char *const solvers[] = { CG, DENSE, FIXED_POINT, NEUMANN };
enum { SOLVERS = 4 };

/* The hypergradient of a problem that starts at its minimum and stays there. */
static double
at_minimum (const bilevel *b, const double *start, const double *lambda, const char *estimator,
            rg_estimator_options options, rg_report *report)
{
    setting s;
    double gradient[4];
    rg_message message = { "" };
    setting_init (&s, b, 1, .05, 0, start, lambda);
    ck_assert_msg (setting_gradient (&s, estimator, options, gradient, report, &message) == RG_OK, "%s", message.text);
    ck_assert_str_eq (s.notes, "");
    setting_clear (&s);
    return gradient[0];
}

static void
meets (double expected, double actual, double tolerance)
{
    ck_assert_msg (fabs (actual - expected) <= tolerance * fabs (expected), "%.17g, expected %.17g", actual, expected);
}

/* Terms after the first, at a step of 1 / lambda_max. */
static const struct {
    double lambda;
    size_t more;
    double derivative;
} series[] = {
    { .1, 0, -.050282194827188 },   { .1, 1, -.054674826437447 },   { .1, 5, -.069141008899586 },
    { .1, 20, -.096091820235759 },  { .1, 100, -.107854475530016 }, { .1, 200, -.107875115200571 },
    { 1, 20, -.0192976687036118 },  { 1, 100, -.0200272897797420 },
};

START_TEST (neumann_meets_the_golden_numbers_of_ridge_regression)
{
    double w[2];
    rg_report report = { .size = sizeof report };
    const double largest = ridge_minimum (series[_i].lambda, w);
    const rg_estimator_options options = HOW (.settings = settings_of (NEUMANN, "terms: %zu, rate: %.17g", (size_t) series[_i].more + 1, 1 / largest));
    const double found = at_minimum (&ridge_global, w, &series[_i].lambda, NEUMANN, options, &report);
    meets (series[_i].derivative, found, 2e-14);
    ck_assert_double_eq (report.solve.step, 1 / largest);
    ck_assert_uint_eq (report.solve.iterations, series[_i].more);
    if (series[_i].more >= 5)
        meets (largest, report.solve.largest_eigenvalue, 1e-3);
}
END_TEST

START_TEST (each_solver_meets_the_golden_numbers_of_ridge_regression)
{
    const double lambda[2] = { .1, 1 }, derivative[2] = { -.10787512260254938, -.0200273099681384 };
    const double outer[2] = { .0606305425057093, .0118343195266272 };
    for (int i = 0; i < 2; i++) {
        double w[2];
        rg_report report = { .size = sizeof report };
        const double largest = ridge_minimum (lambda[i], w);
        const rg_estimator_options options = HOW (.settings = settings_of (solvers[_i], "tolerance: 1e-14, rate: %.17g%s", 1 / largest,
                                                                           _i == 3 ? ", terms: 500" : ""));
        meets (derivative[i], at_minimum (&ridge_global, w, &lambda[i], solvers[_i], options, &report), 1e-12);
        meets (outer[i], report.outer_loss, 1e-12);
        ck_assert_double_le (report.solve.residual, 2e-14);
        ck_assert_double_le (report.solve.stationarity, 1e-13);
        if (_i == 0) {
            ck_assert_uint_eq (report.solve.iterations, 2);
            ck_assert_uint_eq (report.solve.products, 3);
            ck_assert_uint_eq (report.solve.residuals, 2);
            ck_assert_double_gt (report.solve.curvature, largest - 2 * sqrt (61));
        }
    }
}
END_TEST

START_TEST (a_term_of_the_series_takes_the_error_to_its_rate)
{
    const double lambda = .1, exact = -.10787512260254938;
    double w[2], error[2];
    rg_report report = { .size = sizeof report };
    const double largest = ridge_minimum (lambda, w), least = largest - 2 * sqrt (61);
    for (size_t k = 0; k < 2; k++)
        error[k] = fabs (at_minimum (&ridge_global, w, &lambda, NEUMANN,
                                     HOW (.settings = settings_of (NEUMANN, "terms: %zu, rate: %.17g", 60 + k, 1 / largest)), &report) - exact);
    ck_assert_double_eq_tol (error[1] / error[0], 1 - least / largest, 1e-9);
    ck_assert_double_eq_tol (error[1] / error[0], .9237, 5e-5);
}
END_TEST

START_TEST (one_penalty_is_the_sum_of_one_a_weight)
{
    const double lambda[2] = { .1, .1 };
    double w[2], each[2];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    setting s;
    ridge_minimum (.1, w);
    setting_init (&s, &ridge, 1, .05, 0, w, lambda);
    ck_assert_msg (setting_gradient (&s, CG, HOW (), each, &report, &message) == RG_OK, "%s",
                   message.text);
    setting_clear (&s);
    meets (-.10787512260254938, each[0] + each[1], 1e-13);
}
END_TEST

START_TEST (damping_meets_the_golden_numbers_and_its_error_is_linear)
{
    static const double damping[] = { 0, 1e-3, 1e-2, .1, 1 };
    static const double derivative[] = { -.1078751226, -.1078241266, -.1073685218, -.1031211874, -.0781038989 };
    const double lambda = .1;
    double w[2], found[5];
    rg_report report = { .size = sizeof report };
    ridge_minimum (lambda, w);
    for (int i = 0; i < 5; i++) {
        const rg_estimator_options options = HOW (.settings = settings_of (solvers[_i], "damping: %g, rate: .05%s", damping[i],
                                                                           _i == 3 ? ", terms: 800" : ""));
        found[i] = at_minimum (&ridge_global, w, &lambda, solvers[_i], options, &report);
        ck_assert_double_eq_tol (found[i], derivative[i], 6e-11);
    }
    ck_assert_double_eq_tol ((found[2] - found[0]) / (found[1] - found[0]), 10, .1);
}
END_TEST

START_TEST (a_fold_meets_its_closed_form_and_damping_bounds_it)
{
    static const double a[] = { 1, .01, 1e-4, 1e-8 };
    static const double exact[] = { .5, 5, 50, 5000 };
    static const double damped[] = { .47619047619, 3.33333333333, 8.33333333333, 9.98003992016 };
    rg_report report = { .size = sizeof report };
    for (int i = 0; i < 4; i++) {
        const double w = sqrt (a[i]);
        meets (exact[i], at_minimum (&fold, &w, &a[i], solvers[_i], HOW (), &report), 1e-13);
        const double found = at_minimum (&fold, &w, &a[i], solvers[_i], HOW (.settings = "damping: .1"),
                                         &report);
        meets (damped[i], found, 1e-11);
        ck_assert_double_le (found, 10);
    }
}
END_TEST

/* .5 x'Hx - theta'x with H = diag (1, .01): the shift problem, whose lambda is theta / h. */
START_TEST (damped_steps_meet_the_golden_numbers)
{
    static const struct {
        size_t steps;
        double tolerance, derivative[2];
    } rows[] = { { 1, 1e-11, { .90909090909, 9.09090909091 } },
                 { 2, 1e-8, { .99173554, 17.3553719 } },        { 5, 1e-8, { .99999379, 37.90786769 } },
                 { 10, 1e-8, { 1, 61.44567106 } },              { 100, 1e-8, { 1, 99.99274343 } } };
    const double lambda[2] = { .7, -1.3 };
    shift_h[0] = 1;
    shift_h[1] = .01;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setting s;
        double gradient[2];
        rg_report report = { .size = sizeof report };
        rg_message message = { "" };
        setting_init (&s, &shift, 1, .5, 0, lambda, lambda);
        const rg_estimator_options options = HOW (.settings = settings_of (DENSE, "damping: .1, damped_steps: %zu", rows[i].steps));
        ck_assert_msg (setting_gradient (&s, _i == 0 ? CG : DENSE, options, gradient, &report, &message) == RG_OK, "%s",
                       message.text);
        for (int k = 0; k < 2; k++) /* dE/dtheta = dE/dlambda / h */
            meets (rows[i].derivative[k], gradient[k] / shift_h[k], rows[i].tolerance);
        setting_clear (&s);
    }
}
END_TEST

/* Newton's method: the minimum that the robust mean re-solves to. */
static double
robust_minimum (double sigma)
{
    double w = 2, d[3];
    for (int i = 0; i < 50; i++) {
        robust_derivatives (w, sigma, d);
        w -= d[0] / d[1];
    }
    return w;
}

START_TEST (a_robust_mean_is_what_differences_of_its_minimum_say)
{
    const double sigma = 1.7, h = 1e-5, w = robust_minimum (sigma);
    const double above = robust_minimum (sigma + h) - 2.1, below = robust_minimum (sigma - h) - 2.1;
    const double expected = (above * above - below * below) / (2 * h);
    double d[3];
    rg_report report = { .size = sizeof report };
    robust_derivatives (w, sigma, d);
    ck_assert_double_gt (d[1], 0);
    ck_assert_double_gt (fabs (expected), 1e-3);
    const double found = at_minimum (&robust, &w, &sigma, CG, HOW (), &report);
    meets (expected, found, 1e-7);
    meets (found * d[1] / (d[1] + .1), at_minimum (&robust, &w, &sigma, CG, HOW (.settings = "damping: .1"),
                                                   &report), 1e-12);
}
END_TEST

START_TEST (the_diagonal_quadratic_meets_its_closed_form)
{
    static const double e[4] = { 3, 1.1, 1, .1 }, expected[4] = { 0, .282906813519058, 36.6, 51.66040570999253 };
    double w[4], gradient[4];
    setting s;
    rg_message message = { "" };
    for (int i = 0; i < 4; i++)
        w[i] = diagonal_a[i] / (1 + e[i]);
    setting_init (&s, &diagonal, 1, .1, 0, w, e);
    const rg_estimator_options options = HOW (.settings = settings_of (solvers[_i], "tolerance: 1e-14%s", _i == 3 ? ", terms: 300" : ""));
    ck_assert_msg (setting_gradient (&s, solvers[_i], options, gradient, NULL, &message) == RG_OK, "%s", message.text);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol (gradient[i], expected[i], 1e-11);
    setting_clear (&s);
}
END_TEST

START_TEST (a_long_unrolled_run_tends_to_the_implicit_hypergradient)
{
    static const double zero[2] = { 0 };
    const double lambda = .1, exact = -.10787512260254938;
    double before = 1;
    for (size_t steps = 25; steps <= 400; steps *= 2) {
        setting s;
        double unrolled, solved;
        rg_report report = { .size = sizeof report };
        setting_init (&s, &ridge_global, steps, 1 / 16.910249675906654, 0, zero, &lambda);
        ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), &unrolled, &report, NULL), RG_OK);
        ck_assert_int_eq (setting_gradient (&s, CG, HOW (), &solved, &report, NULL), RG_OK);
        ck_assert_msg ((strstr (s.notes, "not near its minimum") != NULL) == (steps < 50), "%zu: %s", steps, s.notes);
        ck_assert_double_gt (report.solve.stationarity_start, 20);
        ck_assert_double_lt (fabs (solved - exact), fabs (unrolled - exact) + 1e-14);
        ck_assert_double_lt (fabs (unrolled - exact), .4 * before + 1e-14);
        before = fabs (unrolled - exact);
        setting_clear (&s);
    }
    ck_assert_double_lt (before, 1e-10);
}
END_TEST

/* The report's first-order change of the outer loss, on a problem where it is exact enough. */
START_TEST (a_run_that_stopped_early_is_reported_in_numbers)
{
    static const double start[2] = { .5, .5 };
    const double lambda = .1;
    setting s;
    double gradient, at_end, w[2];
    rg_report report = { .size = sizeof report };
    setting_init (&s, &ridge_global, 40, 1 / 16.910249675906654, 0, start, &lambda);
    ck_assert_int_eq (setting_gradient (&s, CG, HOW (), &gradient, &report, NULL), RG_OK);
    ridge_minimum (lambda, w);
    s.problem.initial.values = w;
    rg_report solved = { .size = sizeof solved };
    ck_assert_int_eq (setting_gradient (&s, CG, HOW (), &at_end, &solved, NULL), RG_OK);
    ck_assert_double_gt (report.solve.stationarity, 1e-4);
    ck_assert_double_eq_tol (report.solve.outer_change, solved.outer_loss - report.outer_loss,
                             .1 * fabs (solved.outer_loss - report.outer_loss));
    setting_clear (&s);
}
END_TEST

START_TEST (a_maximum_is_found_out)
{
    const double a = .25, w = -.5;
    setting s;
    double gradient;
    rg_report report = { .size = sizeof report };
    rg_message message;
    setting_init (&s, &fold, 1, .1, 0, &w, &a);
    ck_assert_int_eq (setting_gradient (&s, CG, HOW (), &gradient, &report, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "implicit:cg: iteration 0 met a direction of curvature -1: the Hessian at w_T is not "
                                    "positive definite; estimator.damping above 1, or more inner.steps, or "
                                    "implicit:neumann");
    ck_assert_double_eq (report.solve.curvature, -1);
    ck_assert_int_eq (setting_gradient (&s, DENSE, HOW (), &gradient, &report, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "implicit:dense: pivot 0 is -1: the Hessian at w_T is not positive definite; a larger "
                                    "estimator.damping makes it so");
    ck_assert_int_eq (setting_gradient (&s, FIXED_POINT, HOW (), &gradient, &report, &message),
                      RG_ERANGE);
    ck_assert_msg (strstr (message.text, "implicit:fixed-point: the residual does not fall: it is ") != NULL, "%s",
                   message.text);
    ck_assert_uint_eq (report.solve.residuals, RG_RESIDUALS);
    for (int i = 1; i < RG_RESIDUALS; i++)
        ck_assert_double_gt (report.solve.history[i], report.solve.history[i - 1]);
    ck_assert_int_eq (setting_gradient (&s, NEUMANN, HOW (.settings = "terms: 3"), &gradient, &report, &message),
                      RG_OK);
    ck_assert_double_eq_tol (report.solve.residual, 1.331, 1e-12);
    ck_assert_msg (strstr (s.notes, "implicit:neumann: the residual grew to 1.33 of the right-hand side") != NULL, "%s",
                   s.notes);
    for (int i = 0; i < SOLVERS; i++) {
        const rg_estimator_options damped = HOW (.settings = i == 3 ? "damping: 1.5, terms: 800" : "damping: 1.5");
        ck_assert_int_eq (setting_gradient (&s, solvers[i], damped, &gradient, &report, &message), RG_OK);
        ck_assert_double_eq_tol (gradient, 2, 1e-9);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (a_step_above_two_over_the_largest_eigenvalue_is_refused)
{
    const double lambda = .1;
    double w[2], gradient;
    setting s;
    rg_report report = { .size = sizeof report };
    rg_message message;
    const double largest = ridge_minimum (lambda, w);
    setting_init (&s, &ridge_global, 1, .05, 0, w, &lambda);
    for (int i = 2; i < SOLVERS; i++) {
        const rg_estimator_options above = HOW (.settings = settings_of (solvers[i], "rate: %.17g, terms: 30", 2.02 / largest));
        ck_assert_int_eq (setting_gradient (&s, solvers[i], above, &gradient, &report, &message), RG_ERANGE);
        ck_assert_msg (strstr (message.text, ": a step of 0.119454 is above 2 / lambda_max = 0.118271 (lambda_max is about "
                                             "16.9102): the series diverges") != NULL, "%s", message.text);
        meets (largest, report.solve.largest_eigenvalue, 1e-8);
        const rg_estimator_options below = HOW (.settings = settings_of (solvers[i], "rate: %.17g, terms: 3000", 1.98 / largest));
        ck_assert_int_eq (setting_gradient (&s, solvers[i], below, &gradient, &report, &message), RG_OK);
        meets (-.10787512260254938, gradient, 1e-8);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (a_tolerance_that_is_not_met_is_noted)
{
    const double lambda = .1;
    double w[2], gradient;
    setting s;
    rg_report report = { .size = sizeof report };
    ridge_minimum (lambda, w);
    setting_init (&s, &ridge_global, 1, .05, 0, w, &lambda);
    for (int i = 0; i < SOLVERS; i += 2) {
        ck_assert_int_eq (setting_gradient (&s, solvers[i], HOW (.settings = "terms: 1"), &gradient, &report, NULL),
                          RG_OK);
        ck_assert_msg (strstr (s.notes, ": the residual ended at ") != NULL
                           && strstr (s.notes, " after 1 iterations, above 1e-10: more estimator.terms") != NULL, "%s",
                       s.notes);
        ck_assert_double_gt (report.solve.residual, 1e-3);
        ck_assert_double_eq_tol (report.solve.residual, report.solve.history[0], 1e-12);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (what_cannot_be_had_is_refused_by_name)
{
    static const char *const bad[] = { "damping: -1", "tolerance: 1", "rate: -1", "toleranze: .1" };
    static const char *const sentences[] = { "implicit:fixed-point: damping: expected a number ≥ 0, got -1",
                                             "implicit:fixed-point: tolerance: expected a number > 0 and < 1, got 1",
                                             "implicit:fixed-point: rate: expected a number > 0, got -1",
                                             "implicit:fixed-point: toleranze: unknown key; did you mean tolerance?" };
    const double lambda = .1, w[2] = { .3, .2 };
    setting s;
    double gradient[8];
    rg_message message;
    setting_init (&s, &ridge_global, 4, .05, 1, w, &lambda);
    for (int i = 0; i < SOLVERS; i++) {
        ck_assert_int_eq (setting_gradient (&s, solvers[i], HOW (), gradient, NULL, &message),
                          RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, "implicit cannot differentiate `rate`: the minimiser does not depend on it; reverse "
                                        "and differences can");
    }
    setting_clear (&s);
    static const rg_role roles[] = { RG_DECAY, RG_WEIGHTS, RG_WEIGHT_SCALE };
    for (int i = 0; i < 3; i++) {
        setting_init (&s, &ridge_global, 4, .05, 0, NULL, &lambda);
        s.problem.dynamics = rg_registry_dynamics ("momentum");
        rg_block_spec spec = rg_block_defaults (roles[i]), constant = rg_block_defaults (RG_DECAY);
        spec.init = constant.init = .5;
        constant.fixed = 1;
        spec.count = 2;
        spec.values = roles[i] == RG_WEIGHTS ? w : NULL;
        ck_assert_msg (rg_hyper_add (s.hyper, &spec, &message) == RG_OK, "%s", message.text);
        if (roles[i] != RG_DECAY)
            ck_assert_int_eq (rg_hyper_add (s.hyper, &constant, NULL), RG_OK);
        char expected[64];
        snprintf (expected, sizeof expected, "implicit cannot differentiate `%s`: ", rg_role_name (roles[i]));
        ck_assert_int_eq (setting_gradient (&s, CG, HOW (), gradient, NULL, &message),
                          RG_EUNSUPPORTED);
        ck_assert_msg (strncmp (message.text, expected, strlen (expected)) == 0, "%s", message.text);
        setting_clear (&s);
    }
    setting_init (&s, &ridge_global, 4, .05, 0, w, &lambda);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq (setting_gradient (&s, FIXED_POINT, HOW (.settings = bad[i]), gradient, NULL, &message), RG_EINPUT);
        ck_assert_str_eq (message.text, sentences[i]);
    }
    setting_clear (&s);
}
END_TEST

/* Rates that differ leave the step to 1 / lambda_max; those that do not are the step. */
START_TEST (the_step_is_that_of_training_where_there_is_one)
{
    const double lambda[2] = { .1, .1 }, each[2] = { .05, .04 };
    double w[2], gradient[2];
    setting s;
    rg_report report = { .size = sizeof report };
    rg_hyper *hyper;
    const double largest = ridge_minimum (.1, w);
    setting_init (&s, &ridge, 1, .05, 0, w, lambda);
    const rg_estimator_options options = HOW (.settings = "terms: 30");
    ck_assert_int_eq (setting_gradient (&s, NEUMANN, options, gradient, &report, NULL), RG_OK);
    ck_assert_double_eq (report.solve.step, .05);
    rg_block_spec rates = rg_block_defaults (RG_RATE), parameter = rg_block_defaults (RG_PARAMETER);
    rates.scope = RG_PER_WEIGHT;
    rates.fixed = 1;
    rates.per_step = 0;
    rates.values = each;
    parameter.count = 2;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_new (&hyper, s.layout, 1, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &parameter, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &rates, NULL), RG_OK);
    s.problem.hyper = hyper;
    ck_assert_int_eq (setting_gradient (&s, NEUMANN, options, gradient, &report, NULL), RG_OK);
    meets (1 / largest, report.solve.step, 1e-5);
    rg_hyper_free (hyper);
    setting_clear (&s);
}
END_TEST

enum { MANY = 4097 };

static int
many_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at;
    *loss = .5 * lambda[0] * w[0] * w[0];
    return 0;
}

static int
many_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at;
    for (size_t i = 0; i < MANY; i++)
        g[i] = lambda[0] * w[i];
    return 0;
}

static int
many_lambda_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    (void) user, (void) at, (void) lambda;
    h[0] = .5 * w[0] * w[0];
    return 0;
}

START_TEST (what_nothing_tells_of_lambda_is_refused)
{
    static const double w[MANY] = { 1 };
    const double lambda = 1;
    const bilevel blind = { MANY, 1, many_loss, many_gradient, NULL, NULL, many_loss, many_gradient };
    setting s;
    double gradient;
    rg_message message;
    setting_init (&s, &blind, 1, .1, 0, w, &lambda);
    for (size_t i = 0; i < sizeof solvers / sizeof *solvers; i++) {
        ck_assert_int_eq (setting_gradient (&s, solvers[i], HOW (), &gradient, NULL, &message), RG_EUNSUPPORTED);
        ck_assert_msg (strstr (message.text, "cannot differentiate `parameter`: the callbacks") != NULL, "%s", message.text);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (a_matrix_that_is_too_large_is_refused)
{
    static const double w[MANY] = { 1 };
    const double lambda = 1;
    const bilevel many = { MANY, 1, many_loss, many_gradient, NULL, many_lambda_gradient, many_loss, many_gradient };
    setting s;
    double gradient;
    rg_message message;
    setting_init (&s, &many, 1, .1, 0, w, &lambda);
    rg_objective_free (s.outer);
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = many_loss, .gradient = many_gradient, .lambdas = 1 };
    ck_assert_int_eq (rg_objective_from_callbacks (&s.outer, MANY, &outer, NULL, NULL), RG_OK);
    s.problem.outer = s.outer;
    ck_assert_int_eq (setting_gradient (&s, DENSE, HOW (), &gradient, NULL, &message),
                      RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "implicit:dense takes at most 4096 weights, there are 4097; implicit:cg takes more");
    setting_clear (&s);
}
END_TEST

static int
stop_later (void *user)
{
    return ++*(int *) user > 5;
}

START_TEST (an_interruption_ends_the_solver)
{
    const double lambda = .1;
    double w[2], gradient;
    setting s;
    ridge_minimum (lambda, w);
    setting_init (&s, &ridge_global, 1, .05, 0, w, &lambda);
    s.problem.interrupted = stop_later;
    for (int i = 2; i < SOLVERS; i++) {
        int calls = 0;
        s.problem.user = &calls;
        ck_assert_int_eq (setting_gradient (&s, solvers[i], HOW (), &gradient, NULL, NULL),
                          RG_EINTERRUPTED);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    const double lambda = .1;
    double w[2], gradient;
    setting s;
    ridge_minimum (lambda, w);
    setting_init (&s, &ridge_global, 2, .05, 0, w, &lambda);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, setting_gradient (&s, solvers[_i], HOW (), &gradient, NULL, NULL));
    setting_clear (&s);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("implicit");
    TCase *golden = tcase_create ("golden numbers"), *found = tcase_create ("reports and refusals");
    tcase_add_loop_test (golden, neumann_meets_the_golden_numbers_of_ridge_regression, 0,
                         (int) (sizeof series / sizeof *series));
    tcase_add_loop_test (golden, each_solver_meets_the_golden_numbers_of_ridge_regression, 0, SOLVERS);
    tcase_add_test (golden, a_term_of_the_series_takes_the_error_to_its_rate);
    tcase_add_test (golden, one_penalty_is_the_sum_of_one_a_weight);
    tcase_add_loop_test (golden, damping_meets_the_golden_numbers_and_its_error_is_linear, 0, SOLVERS);
    tcase_add_loop_test (golden, a_fold_meets_its_closed_form_and_damping_bounds_it, 0, 2);
    tcase_add_loop_test (golden, damped_steps_meet_the_golden_numbers, 0, 2);
    tcase_add_test (golden, a_robust_mean_is_what_differences_of_its_minimum_say);
    tcase_add_loop_test (golden, the_diagonal_quadratic_meets_its_closed_form, 0, SOLVERS);
    tcase_add_test (golden, a_long_unrolled_run_tends_to_the_implicit_hypergradient);
    suite_add_tcase (suite, golden);
    tcase_add_test (found, a_run_that_stopped_early_is_reported_in_numbers);
    tcase_add_test (found, a_maximum_is_found_out);
    tcase_add_test (found, a_step_above_two_over_the_largest_eigenvalue_is_refused);
    tcase_add_test (found, a_tolerance_that_is_not_met_is_noted);
    tcase_add_test (found, what_cannot_be_had_is_refused_by_name);
    tcase_add_test (found, the_step_is_that_of_training_where_there_is_one);
    tcase_add_test (found, what_nothing_tells_of_lambda_is_refused);
    tcase_add_test (found, a_matrix_that_is_too_large_is_refused);
    tcase_add_test (found, an_interruption_ends_the_solver);
    tcase_add_loop_test (found, every_allocation_may_fail, 0, SOLVERS);
    suite_add_tcase (suite, found);
    return run_suite (suite);
}

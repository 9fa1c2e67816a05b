/* check_realtime.c -- real-time tuning against forward mode; Lyapunov exponents and adjoint growth of quadratics. */
#include <stdio.h>

#include "testing.h"

#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"

#include "dynamics/dynamics.h"
#include "base/random.h"
#include "estimator/growth.h"

/* The fixture without the block that lies behind a run in progress: lambda, rate and decay stay. */
static void
realtime_init (fixture *f, size_t steps)
{
    const double lambda[4] = { .3, .8, 1.1, .5 };
    fixture_init (f, "momentum", steps, .02, .75, 0, 14);
    rg_hyper_free (f->hyper);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, steps, 0, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    rate.init = .02;
    decay.init = .75;
    parameter.count = 4;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &parameter, NULL), RG_OK);
    f->problem.hyper = f->hyper;
    f->problem.initial.values = golden_start;
}

START_TEST (one_outer_step_at_the_end_is_forward_mode_bit_for_bit)
{
    fixture f;
    double forward[6], realtime[6], in_parts[6];
    rg_report report = { .size = sizeof report };
    rg_realtime *rt;
    realtime_init (&f, 60);
    f.problem.run.arithmetic = _i == 0 ? RG_EXACT : RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", forward, &report, NULL), RG_OK);
    const double outer = report.outer_loss;
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_advance (rt, 1000, realtime, &report, NULL), RG_OK);
    ck_assert_uint_eq (rg_realtime_steps (rt), 60);
    ck_assert (report.outer_loss == outer);
    ck_assert_mem_eq (realtime, forward, sizeof forward);
    rg_realtime_free (rt);
    /* in parts, with nothing changed in between */
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, NULL), RG_OK);
    for (int part = 0; part < 3; part++)
        ck_assert_int_eq (rg_realtime_advance (rt, 20, in_parts, &report, NULL), RG_OK);
    ck_assert_mem_eq (in_parts, forward, sizeof forward);
    rg_realtime_free (rt);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_run_that_is_tuned_as_it_goes_ends_lower)
{
    fixture f;
    double gradient[6];
    rg_report report = { .size = sizeof report };
    rg_realtime *rt;
    rg_outer *outer;
    realtime_init (&f, 200);
    rg_hyper_values (f.hyper)[0] = log (1e-4);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_int_eq (rg_train (&f.problem, 0, NULL, &report, NULL), RG_OK);
    const double fixed = report.outer_loss;
    rg_outer_options options = rg_outer_defaults ();
    ck_assert_int_eq (rg_outer_new (&outer, rg_registry_optimizer ("adam"), &options, 6, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, NULL), RG_OK);
    for (int k = 0; k < 40; k++) {
        ck_assert_int_eq (rg_realtime_advance (rt, 5, gradient, &report, NULL), RG_OK);
        ck_assert_int_eq (rg_outer_step (outer, gradient, rg_hyper_values (f.hyper)), RG_OK);
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    }
    ck_assert_msg (report.outer_loss < .5 * fixed, "%g, fixed %g", report.outer_loss, fixed);
    rg_realtime_free (rt);
    rg_outer_free (outer);
    fixture_clear (&f);
}
END_TEST

START_TEST (an_objective_is_evaluated_at_the_weights_of_now)
{
    fixture f;
    double gradient[6];
    rg_report report = { .size = sizeof report }, evaluated = { .size = sizeof evaluated };
    rg_realtime *rt;
    rg_objective *wide;
    rg_message message = { "" };
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient };
    realtime_init (&f, 10);
    ck_assert_int_eq (rg_objective_from_callbacks (&wide, 7, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_advance (rt, 5, gradient, &report, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_evaluate (rt, f.outer, &evaluated, NULL), RG_OK);
    ck_assert_double_eq (evaluated.validation_loss, report.outer_loss);
    ck_assert_int_eq (rg_realtime_evaluate (rt, wide, &evaluated, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective to be evaluated has 7 weights, the inner one 6");
    rg_realtime_free (rt);
    rg_objective_free (wide);
    fixture_clear (&f);
}
END_TEST

START_TEST (what_lies_behind_a_run_is_refused_by_name)
{
    fixture f;
    rg_realtime *rt;
    rg_message message;
    double gradient[12];
    fixture_init (&f, "momentum", 10, .1, .9, 0, 14);
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, &message), RG_EUNSUPPORTED);
    ck_assert_ptr_null (rt);
    ck_assert_str_eq (message.text, "real-time cannot tune weights: the initial state lies behind a run in progress");
    ck_assert_int_eq (fixture_gradient (&f, "real-time", "stored", gradient, NULL, &message), RG_EUNSUPPORTED);
    fixture_clear (&f);
    realtime_init (&f, 10);
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 10, 0, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE);
    rate.init = .1;
    rate.per_step = 1;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    f.problem.hyper = f.hyper;
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "real-time cannot tune rate per step: a step is over when its value would change");
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 10, 0, 14), RG_OK);
    rg_block_spec beta2 = rg_block_defaults (RG_BETA2);
    beta2.init = .99;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &beta2, NULL), RG_OK);
    f.problem.hyper = f.hyper;
    f.problem.dynamics = &rg_dynamics_adam;
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "real-time cannot tune beta2: the bias correction of adam is that of one value all along "
                                    "the run");
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_real_time_run_may_fail)
{
    fixture f;
    realtime_init (&f, 10);
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_realtime *rt;
        FAILING (&memory, rg_realtime_new (&rt, &f.problem, 0, 0, NULL));
        rg_realtime_free (rt);
    }
    fixture_clear (&f);
}
END_TEST

/* Curvatures of the fixture's inner loss: 1 for v1, 2 lambda for v2. */
static const double curvatures[] = { 1, .6, 1.6, 2.2, 1 };

/* The larger modulus of the roots of z^2 - (1 + c - a h) z + c: classical momentum on one direction. */
static double
modulus (double rate, double decay, double curvature)
{
    const double half = .5 * (1 + decay - rate * curvature), inside = half * half - decay;
    return inside < 0 ? sqrt (decay) : fabs (half) + sqrt (inside);
}

static const struct {
    const char *label;
    double rate, decay;
} runs[] = { { "slow", .05, 0 }, { "oscillating", .8, 0 }, { "growing", .95, 0 }, { "momentum", .02, .75 } };

START_TEST (the_lyapunov_exponent_of_a_quadratic_is_its_largest_factor)
{
    fixture f;
    double exponent, expected = -INFINITY;
    realtime_init (&f, 2000);
    f.problem.run.arithmetic = RG_FLOATING;
    rg_hyper_values (f.hyper)[0] = log (runs[_i].rate);
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 2000, 0, 0), RG_OK);
    const double lambda[4] = { .3, .8, 1.1, .5 }, small[6] = { 1e-50, 1e-50, 1e-50, 1e-50, 1e-50, 1e-50 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    rate.init = runs[_i].rate;
    decay.init = runs[_i].decay;
    decay.fixed = 1;
    parameter.count = 4;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &parameter, NULL), RG_OK);
    f.problem.hyper = f.hyper;
    f.problem.initial.values = small;
    for (size_t i = 0; i < 5; i++) {
        const double factor = runs[_i].decay == 0 ? fabs (1 - runs[_i].rate * curvatures[i])
                                                  : modulus (runs[_i].rate, runs[_i].decay, curvatures[i]);
        expected = fmax (expected, log (factor));
    }
    ck_assert_int_eq (rg_lyapunov (&f.problem, 0, &exponent, NULL), RG_OK);
    ck_assert_msg (fabs (exponent - expected) < 1e-6, "%s: %.9f, expected %.9f", runs[_i].label, exponent, expected);
    fixture_clear (&f);
}
END_TEST

static void
keep (void *user, const char *sentence)
{
    snprintf (user, 512, "%s", sentence);
}

/* Under gradient descent with a factor of -1.2 a step, the adjoint grows by log 1.2 a step back. */
START_TEST (growth_of_the_adjoint_is_measured_and_said)
{
    fixture f;
    double gradient[12];
    rg_report report = { .size = sizeof report };
    char note[512] = "";
    fixture_init (&f, "momentum", 100, 1.1, .9, 0, 14);
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 100, 0, 0), RG_OK);
    const double lambda[4] = { 1, 1, 1, 1 }, small[6] = { 1e-9, 2e-9, 1e-9, 3e-9, 1e-9, 1e-9 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    rate.init = 1.1;
    decay.init = 0;
    decay.fixed = 1;
    parameter.count = 4;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &parameter, NULL), RG_OK);
    f.problem.hyper = f.hyper;
    f.problem.initial.values = small;
    f.problem.run.arithmetic = RG_FLOATING;
    f.problem.log = (rg_log) { keep, note };
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, &report, NULL), RG_OK);
    ck_assert_uint_gt (report.samples, 12);
    ck_assert_double_eq_tol (report.adjoint_growth, log (1.2), 1e-6);
    ck_assert_double_eq_tol (report.usable_steps, 53 * log (2) / log (1.2), 1e-3);
    ck_assert_str_eq (note, "chaotic regime: the hypergradient grows e^0.182 per step backwards: not usable beyond 201 steps");
    /* the tangents grow like t 1.2^t */
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, &report, NULL), RG_OK);
    ck_assert_uint_gt (report.tangent_samples, 12);
    ck_assert_uint_eq (report.tangent_step[0], 1);
    ck_assert_uint_eq (report.samples, 0);
    ck_assert_double_gt (report.tangent_growth, log (1.2));
    ck_assert_double_lt (report.tangent_growth, log (1.2) + .02);
    ck_assert_msg (strncmp (note, "chaotic regime: the hypergradient grows e^0.19", 46) == 0
                       && strstr (note, " per step: not usable beyond ") != NULL, "%s", note);
    fixture_clear (&f);
}
END_TEST

/* Of several passes together; and of one column that is known by hand: after one step, that of the rate is -g. */
START_TEST (the_norm_of_tangents_is_that_of_all_columns)
{
    fixture f;
    double sum = 0;
    rg_report wide = { .size = sizeof wide }, narrow = { .size = sizeof narrow };
    fixture_init (&f, "momentum", 64, .02, .9, 1, 14);
    double *gradient = calloc (rg_hyper_size (f.hyper), sizeof *gradient);
    const rg_estimator_options all = HOW (), few = HOW (.settings = "tangent_bytes: 1");
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("forward"), &all, 0, gradient, &wide, NULL), RG_OK);
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("forward"), &few, 0, gradient, &narrow, NULL), RG_OK);
    ck_assert_uint_gt (rg_hyper_size (f.hyper), RG_SAMPLES); /* several passes */
    ck_assert_uint_eq (wide.tangent_samples, narrow.tangent_samples);
    for (size_t i = 0; i < wide.tangent_samples; i++)
        ck_assert_double_eq_tol (wide.tangent_norm[i], narrow.tangent_norm[i], 1e-12 * wide.tangent_norm[i]);
    rg_realtime *rt;
    rg_report report = { .size = sizeof report };
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 1, 0, 0), RG_OK);
    const double w0[6] = { 1, -2, .5, 1, -1, 2 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY), lambda = rg_block_defaults (RG_PARAMETER);
    rate.transform = RG_IDENTITY;
    rate.init = .1;
    decay.fixed = 1;
    decay.init = .9;
    lambda.fixed = 1;
    lambda.count = 4;
    lambda.init = .5;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &lambda, NULL), RG_OK);
    f.problem.hyper = f.hyper;
    f.problem.initial = (rg_initial) { .values = w0 };
    ck_assert_int_eq (rg_realtime_new (&rt, &f.problem, 0, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_advance (rt, 1, gradient, &report, NULL), RG_OK);
    double g[6];
    quadratic_gradient (NULL, (rg_instant) { .step = 0 }, w0, (double[4]) { .5, .5, .5, .5 }, g);
    for (int i = 0; i < 6; i++)
        sum += g[i] * g[i];
    ck_assert_uint_eq (report.tangent_step[0], 1);
    ck_assert_double_eq_tol (report.tangent_norm[0], sqrt (sum), 1e-9);
    rg_realtime_free (rt);
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* Of vectors that are known: 16 projections give the difference to some 20 %, and a common factor exactly. */
START_TEST (differences_of_adjoints_are_seen_through_their_sketches)
{
    enum { N = 3000 };
    static double x[2 * N], y[2 * N], scaled[2 * N];
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 0 };
    double apart = 0, whole = 0, difference[RG_SAMPLES];
    for (size_t i = 0; i < 2 * N; i++) {
        x[i] = rg_random_normal (&random, i);
        y[i] = x[i] + .1 * rg_random_normal (&random, i + 2 * N);
        scaled[i] = 1.5 * x[i];
        apart += (y[i] - x[i]) * (y[i] - x[i]);
        whole += x[i] * x[i];
    }
    rg_report a = { .size = sizeof a }, b = { .size = sizeof b }, c = { .size = sizeof c };
    rg_growth_add (&b, 7, N, x, (double *[]) { x + N }, 1, 1);
    rg_growth_add (&a, 7, N, y, (double *[]) { y + N }, 1, 1);
    rg_growth_add (&c, 7, N, scaled, (double *[]) { scaled + N }, 1, 1);
    rg_adjoint_differences (&a, &b, difference);
    ck_assert_double_eq_tol (difference[0] / sqrt (apart / whole), 1, .75);
    rg_adjoint_differences (&c, &b, difference);
    ck_assert_double_eq_tol (difference[0], .5, 1e-12);
    rg_adjoint_differences (&b, &b, difference);
    ck_assert_double_eq (difference[0], 0);
    a.sample_step[0] = 6;
    rg_adjoint_differences (&a, &b, difference);
    ck_assert (isnan (difference[0]));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("real-time and diagnostics");
    TCase *realtime = tcase_create ("real-time"), *diagnostics = tcase_create ("diagnostics");
    tcase_add_loop_test (realtime, one_outer_step_at_the_end_is_forward_mode_bit_for_bit, 0, 2);
    tcase_add_test (realtime, a_run_that_is_tuned_as_it_goes_ends_lower);
    tcase_add_test (realtime, an_objective_is_evaluated_at_the_weights_of_now);
    tcase_add_test (realtime, what_lies_behind_a_run_is_refused_by_name);
    tcase_add_test (realtime, every_allocation_of_a_real_time_run_may_fail);
    tcase_add_loop_test (diagnostics, the_lyapunov_exponent_of_a_quadratic_is_its_largest_factor, 0,
                         (int) (sizeof runs / sizeof *runs));
    tcase_add_test (diagnostics, growth_of_the_adjoint_is_measured_and_said);
    tcase_add_test (diagnostics, the_norm_of_tangents_is_that_of_all_columns);
    tcase_add_test (diagnostics, differences_of_adjoints_are_seen_through_their_sketches);
    suite_add_tcase (suite, realtime);
    suite_add_tcase (suite, diagnostics);
    return run_suite (suite);
}

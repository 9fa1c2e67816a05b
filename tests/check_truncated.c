/*
 * check_truncated.c -- truncated reverse: against reverse, the Neumann series and its bound; and reverse over the
 * rules that cannot be undone, which it is most used with.
 */
#include "testing.h"

#include <retrograde.h>


#include "bilevel.h"
#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"

/* ---- gradient descent and Nesterov --------------------------------------------- */

static const double diagonal_e[4] = { 3, 1.1, 1, .1 }, diagonal_start[4] = { 1, 2, -1, -5 };

/* Printed by an independent double-precision program; lambda, then the rate. Fewer digits where it printed fewer. */
static const struct {
    size_t steps;
    double derivative[5], relative[5];
} unrolled[] = {
    { 1, { -.04, -1.648, -4.12, -36.8, -2350.848 }, { 1e-12, 1e-12, 1e-12, 1e-12, 1e-12 } },
    { 10, { 2.047998e-7, .2398271166243110, 34.89790222079098, 63.80027075028623, -388.96995616172984 },
      { 1e-6, 1e-12, 1e-12, 1e-12, 1e-12 } },
    { 100, { 0, .282906813519059, 36.6, 51.6604056886378, -3.39e-7 }, { 1e-12, 4e-15, 1e-12, 1e-12, 3e-3 } },
};

START_TEST (gradient_descent_on_the_diagonal_quadratic_meets_the_golden_numbers)
{
    setting s;
    double gradient[5];
    rg_message message = { "" };
    setting_init (&s, &diagonal, unrolled[_i].steps, .1, 1, diagonal_start, diagonal_e);
    ck_assert_msg (setting_gradient (&s, "reverse", HOW (), gradient, NULL, &message) == RG_OK, "%s",
                   message.text);
    for (int i = 0; i < 5; i++)
        ck_assert_msg (fabs (gradient[i] - unrolled[_i].derivative[i])
                           <= fmax (1e-13, unrolled[_i].relative[i] * fabs (unrolled[_i].derivative[i])),
                       "component %d: %.17g, expected %.17g", i, gradient[i], unrolled[_i].derivative[i]);
    setting_clear (&s);
}
END_TEST

START_TEST (a_rate_that_diverges_is_named_with_its_step)
{
    setting s;
    double gradient[5];
    rg_message message;
    setting_init (&s, &diagonal, 1000, 1, 1, diagonal_start, diagonal_e);
    ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), gradient, NULL, &message),
                      RG_ENONFINITE);
    ck_assert_msg (strncmp (message.text, "step ", 5) == 0, "%s", message.text);
    s.problem.run.arithmetic = RG_EXACT;
    ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), gradient, NULL, &message),
                      RG_EOVERFLOW);
    ck_assert_str_eq (message.text, "step 3: the gradient of parameter 0 of array w left (-2^12, 2^12), the range of 40 "
                                    "fraction bits");
    setting_clear (&s);
}
END_TEST

/* Both arithmetics, all trajectories that keep states, and differences. */
static void
all_agree (const rg_problem *exact, size_t size)
{
    rg_problem problem = *exact;
    double x[5][256];
    rg_message message = { "" };
    static const char *const policies[] = { "stored", "checkpointed" };
    for (int floating = 0; floating < 2; floating++) {
        problem.run.arithmetic = floating ? RG_FLOATING : RG_EXACT;
        for (int p = 0; p < 2; p++) {
            const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (policies[p]));
            if (options.policy == NULL)
                memcpy (x[2 * floating + p], x[2 * floating], sizeof *x); /* built without */
            else
                ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0,
                                                 x[2 * floating + p], NULL, &message) == RG_OK, "%s", message.text);
        }
        ck_assert_mem_eq (x[2 * floating], x[2 * floating + 1], size * sizeof (double));
    }
    const rg_estimator_options none = HOW ();
    ck_assert_int_eq (rg_hypergradient (&problem, rg_registry_estimator ("differences"), &none, 0, x[4], NULL, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (problem.hyper); k++) {
        const rg_block b = rg_hyper_block (problem.hyper, k);
        if (b.fixed)
            continue;
        ck_assert_double_le (relative_difference (x[0] + b.first, x[2] + b.first, b.size), 1e-7);
        ck_assert_double_le (relative_difference (x[2] + b.first, x[4] + b.first, b.size), 1e-6);
    }
}

START_TEST (gradient_descent_agrees_with_itself_and_with_differences)
{
    setting s;
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS);
    weights.values = diagonal_start;
    weights.count = 4;
    setting_init (&s, &diagonal, 40, .03, 1, NULL, diagonal_e);
    ck_assert_int_eq (rg_hyper_add (s.hyper, &weights, NULL), RG_OK);
    s.problem.run.fraction_bits = 44;
    all_agree (&s.problem, rg_hyper_size (s.hyper));
    setting_clear (&s);
}
END_TEST

START_TEST (nesterov_agrees_with_itself_and_with_differences)
{
    static const double decays[] = { .9, .5, .98 };
    fixture f;
    fixture_init (&f, "nesterov", 50, .02, decays[_i], 1, 14);
    f.problem.run.fraction_bits = 44;
    all_agree (&f.problem, rg_hyper_size (f.hyper));
    fixture_clear (&f);
}
END_TEST

START_TEST (a_way_back_that_cannot_be_is_refused_with_the_reason)
{
    static const char *const rules[] = { "nesterov", "gradient-descent" };
    const double lambda = .1, w[2] = { .3, .2 };
    setting s;
    double gradient[2];
    rg_report report = { .size = sizeof report };
    rg_message message;
    setting_init (&s, &ridge_global, 4, .05, 0, w, &lambda);
    rg_block_spec decay = rg_block_defaults (RG_DECAY);
    decay.init = .9;
    decay.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (s.hyper, &decay, NULL), RG_OK);
    s.problem.run.arithmetic = RG_EXACT;
    for (int i = 0; i < 2; i++) {
        char expected[256];
        snprintf (expected, sizeof expected, "%s cannot be run backwards: its new weights depend on the gradient at the old "
                  "ones directly; a stored or checkpointed trajectory takes it", rules[i]);
        s.problem.dynamics = rg_registry_dynamics (rules[i]);
        const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"));
        ck_assert_int_eq (setting_gradient (&s, "reverse", options, gradient, NULL, &message), RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, expected);
        ck_assert_int_eq (setting_gradient (&s, "truncated", options, gradient, NULL, &message), RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, expected);
        ck_assert_int_eq (rg_retrace (&s.problem, NULL, 0, &report, &message), RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, expected);
    }
    setting_clear (&s);
    setting_init (&s, &ridge_global, 4, .05, 0, w, &lambda);
    s.problem.dynamics = rg_registry_dynamics ("nesterov");
    ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), gradient, NULL, &message),
                      RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "nesterov needs rate and decay among the hyperparameters");
    decay.fixed = 0;
    ck_assert_int_eq (rg_hyper_add (s.hyper, &decay, NULL), RG_OK);
    s.problem.dynamics = rg_registry_dynamics ("gradient-descent");
    ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), gradient, NULL, &message),
                      RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "gradient-descent cannot tune `decay`: it takes rate");
    setting_clear (&s);
}
END_TEST

/* ---- truncation ------------------------------------------------------------------ */

START_TEST (as_many_steps_as_there_are_give_the_bits_of_reverse)
{
    static const char *const policies[] = { "stored", "reversible" };
    fixture f;
    double whole[12], truncated[12];
    rg_report report = { .size = sizeof report };
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    for (int p = 0; p < 2; p++)
        for (uint64_t steps = 30; steps < 40; steps += 9) {
            const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (policies[p]));
            rg_estimator_options last = options;
            last.settings = settings_of ("truncated", "steps: %llu", (unsigned long long) steps);
            ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("reverse"), &options, 0, whole, NULL,
                                                NULL), RG_OK);
            ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("truncated"), &last, 0, truncated,
                                                &report, NULL), RG_OK);
            ck_assert_mem_eq (whole, truncated, sizeof whole);
            ck_assert_int_eq (report.certified, p == 1);
        }
    fixture_clear (&f);
}
END_TEST

/* A problem of the fixture without the block of initial weights. */
static void
without_weights (fixture *f, rg_hyper **hyper, int per_step)
{
    const double lambda[4] = { 1, .8, 1.2, .5 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    rate.init = .1;
    decay.init = .9;
    decay.transform = RG_IDENTITY;
    rate.per_step = decay.per_step = per_step;
    parameter.count = 4;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_new (hyper, f->layout, 60, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (*hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (*hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (*hyper, &parameter, NULL), RG_OK);
    f->problem.initial.values = golden_start;
    f->problem.hyper = *hyper;
}

/* By parts: what the last K steps give is the sum of the per-step derivatives of those steps. */
START_TEST (the_last_steps_give_their_part_of_the_whole)
{
    fixture f;
    rg_hyper *one, *each;
    double whole[2 * 60 + 4], part[2][6];
    fixture_init (&f, "momentum-damped", 60, .1, .9, 0, 14);
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"), .settings = "steps: 17");
    const rg_estimator_options reversible = HOW (.policy = rg_registry_trajectory ("reversible"), .settings = "steps: 17");
    without_weights (&f, &each, 1);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", whole, NULL, NULL), RG_OK);
    rg_message message;
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("truncated"), &options, 0, part[0], NULL,
                                        &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "truncated cannot differentiate `rate` per step: only the last 17 of 60 steps are gone "
                                    "back; reverse can");
    without_weights (&f, &one, 0);
    rg_report report = { .size = sizeof report };
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("truncated"), &options, 0, part[0], &report,
                                        NULL), RG_OK);
    ck_assert (!report.certified);
    ck_assert_uint_le (report.trajectory_bytes, 17 * (2 * 6 * 8 + sizeof (void *)) + report.buffer_bytes); /* 17 states */
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("truncated"), &reversible, 0, part[1], &report,
                                        NULL), RG_OK);
    ck_assert (!report.certified);
    ck_assert_mem_eq (part[0], part[1], sizeof *part);
    for (int block = 0; block < 2; block++) {
        double sum = 0;
        for (int t = 60 - 17; t < 60; t++)
            sum += whole[60 * block + t];
        ck_assert_double_eq_tol (part[0][block], sum, 1e-13);
    }
    rg_hyper_free (one);
    rg_hyper_free (each);
    fixture_clear (&f);
}
END_TEST

START_TEST (at_a_minimum_it_is_the_series_of_as_many_terms)
{
    const double lambda[2] = { .1, .1 };
    double w[2], exact[2], truncated[2], series[2];
    const double largest = ridge_minimum (.1, w), least = largest - 2 * sqrt (61);
    setting s;
    setting_init (&s, &ridge, 200, 1 / largest, 0, w, lambda);
    ck_assert_int_eq (setting_gradient (&s, "implicit:dense", HOW (), exact, NULL, NULL), RG_OK);
    for (uint64_t k = 1; k <= 200; k += k < 10 ? 1 : 19) {
        const rg_estimator_options last = HOW (.settings = settings_of ("truncated", "steps: %llu", (unsigned long long) k));
        const rg_estimator_options terms = HOW (.settings = settings_of ("implicit:neumann", "terms: %llu", (unsigned long long) k));
        ck_assert_int_eq (setting_gradient (&s, "truncated", last, truncated, NULL, NULL), RG_OK);
        ck_assert_int_eq (setting_gradient (&s, "implicit:neumann", terms, series, NULL, NULL), RG_OK);
        ck_assert_double_le (relative_difference (truncated, series, 2), 3e-15);
        double error = 0, norm = 0; /* of q, which the derivatives give back: dE/dlambda_i = -q_i w_i */
        for (int i = 0; i < 2; i++) {
            error += pow ((truncated[i] - exact[i]) / w[i], 2);
            norm += pow (exact[i] / w[i], 2);
        }
        ck_assert_double_le (sqrt (error), pow (1 - least / largest, (double) k) * sqrt (norm) + 1e-14);
    }
    setting_clear (&s);
}
END_TEST

/* w* = lambda: the exact derivative of sum w* is 1 each, what is missing .9^K and .95^K. */
START_TEST (what_is_missing_falls_as_the_formula_says)
{
    static const struct {
        uint64_t steps;
        double missing;
    } rows[] = { { 1, .95 }, { 5, .774 }, { 20, .358 }, { 100, .0059 } };
    const double lambda[2] = { .7, -1.3 };
    shift_h[0] = 1;
    shift_h[1] = .5;
    setting s;
    setting_init (&s, &shift, 120, .1, 0, lambda, lambda);
    for (int i = 0; i < 4; i++) {
        double gradient[2];
        ck_assert_int_eq (setting_gradient (&s, "truncated", HOW (.settings = settings_of ("truncated", "steps: %llu", (unsigned long long) rows[i].steps)), gradient,
                                            NULL, NULL), RG_OK);
        ck_assert_double_eq_tol (1 - gradient[0], pow (.9, (double) rows[i].steps), 1e-14);
        ck_assert_double_eq_tol (1 - gradient[1], pow (.95, (double) rows[i].steps), 1e-14);
        ck_assert_double_eq_tol (1 - gradient[1], rows[i].missing, 5e-4);
    }
    setting_clear (&s);
}
END_TEST

/*
 * The same problem: the norms at the end and at the cut are |(1, 1)| and |(.9^K, .95^K)|; what is left out is no more than is said, and
 * less than twice as little where the slower mode is alone.
 */
START_TEST (it_says_how_much_is_left_out)
{
    const double lambda[2] = { .7, -1.3 };
    static const char *const policies[] = { "stored", "checkpointed" };
    shift_h[0] = 1;
    shift_h[1] = .5;
    setting s;
    setting_init (&s, &shift, 120, .1, 0, lambda, lambda);
    for (uint64_t k = 2; k < 120; k += k < 10 ? 1 : 18) {
        double gradient[2];
        rg_report report = { .size = sizeof report };
        const rg_estimator_options how = HOW (.settings = settings_of ("truncated", "steps: %llu", (unsigned long long) k),
                                              .policy = rg_registry_trajectory (policies[k % 2]));
        ck_assert_int_eq (setting_gradient (&s, "truncated", how, gradient, &report, NULL), RG_OK);
        const double slow = pow (.95, (double) k), fast = pow (.9, (double) k);
        ck_assert_double_eq_tol (report.adjoint_end, sqrt (2), 1e-12);
        ck_assert_double_eq_tol (report.adjoint_cut, hypot (slow, fast), 1e-12);
        const double left = hypot (slow - pow (.95, 120), fast - pow (.9, 120));
        ck_assert_msg (report.left_out >= .999 * left, "%d steps: %g, and %g is left out", (int) k, report.left_out, left);
        ck_assert_msg (report.left_out <= 2 * left, "%d steps: %g, and %g is left out", (int) k, report.left_out, left);
    }
    setting_clear (&s);
}
END_TEST

/* At rest with momentum, where the adjoint swings as it falls; by three trajectories the same. */
START_TEST (what_is_said_bounds_what_reverse_adds)
{
    static const char *const policies[] = { "stored", "reversible", "checkpointed" };
    const double lambda[2] = { .7, -1.3 };
    double whole[2], part[2];
    rg_report report = { .size = sizeof report }, first = { .size = sizeof first };
    setting s;
    shift_h[0] = 1;
    shift_h[1] = .5;
    setting_init (&s, &shift, 200, .5, 0, lambda, lambda);
    rg_block_spec decay = rg_block_defaults (RG_DECAY);
    decay.init = .8;
    decay.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (s.hyper, &decay, NULL), RG_OK);
    s.problem.dynamics = rg_registry_dynamics ("momentum");
    s.problem.run.arithmetic = RG_EXACT;
    ck_assert_int_eq (setting_gradient (&s, "reverse", HOW (), whole, &report, NULL), RG_OK);
    ck_assert (report.adjoint_end == 0 && report.adjoint_cut == 0 && report.left_out == 0);
    for (uint64_t k = 15; k < 120; k += 15)
        for (int p = 0; p < 3; p++) {
            const rg_estimator_options how = HOW (.settings = settings_of ("truncated", "steps: %llu", (unsigned long long) k),
                                                  .policy = rg_registry_trajectory (policies[p]));
            ck_assert_int_eq (setting_gradient (&s, "truncated", how, part, &report, NULL), RG_OK);
            const double left = hypot (whole[0] - part[0], whole[1] - part[1]);
            ck_assert_msg (report.left_out >= left, "%d steps: %g, and %g is left out", (int) k, report.left_out, left);
            ck_assert_msg (report.left_out <= 30 * left, "%d steps: %g, and %g is left out", (int) k, report.left_out, left);
            first = p == 0 ? report : first;
            ck_assert_mem_eq (&report.adjoint_end, &first.adjoint_end, 3 * sizeof (double));
        }
    setting_clear (&s);
}
END_TEST

/* A rate beyond 2 / h: the adjoint grows on the way back, and there is no bound. */
START_TEST (an_adjoint_that_grows_has_no_bound)
{
    const double lambda[2] = { .7, -1.3 };
    double gradient[2];
    rg_report report = { .size = sizeof report };
    shift_h[0] = 1;
    shift_h[1] = .5;
    setting s;
    setting_init (&s, &shift, 120, 2.01, 0, lambda, lambda);
    ck_assert_int_eq (setting_gradient (&s, "truncated", HOW (.settings = "steps: 40"), gradient, &report, NULL), RG_OK);
    ck_assert_double_gt (report.adjoint_cut, report.adjoint_end / sqrt (2));
    ck_assert (isinf (report.left_out));
    setting_clear (&s);
}
END_TEST

START_TEST (what_acts_before_the_last_steps_is_refused_by_name)
{
    const double lambda = .1, w[2] = { .3, .2 };
    setting s;
    double gradient[4];
    rg_message message;
    for (int scaled = 0; scaled < 2; scaled++) {
        rg_block_spec spec = rg_block_defaults (scaled ? RG_WEIGHT_SCALE : RG_WEIGHTS);
        spec.init = .5;
        spec.count = 2;
        spec.values = scaled ? NULL : w;
        setting_init (&s, &ridge_global, 10, .05, 0, NULL, &lambda);
        ck_assert_int_eq (rg_hyper_add (s.hyper, &spec, NULL), RG_OK);
        ck_assert_int_eq (setting_gradient (&s, "truncated", HOW (.settings = "steps: 9"), gradient, NULL,
                                            &message), RG_EUNSUPPORTED);
        char expected[160];
        snprintf (expected, sizeof expected, "truncated cannot differentiate `%s`: it acts before step 0, and only the last "
                  "9 of 10 steps are gone back; reverse can", scaled ? "weight_scale" : "weights");
        ck_assert_str_eq (message.text, expected);
        ck_assert_int_eq (setting_gradient (&s, "truncated", HOW (.settings = "steps: 10"), gradient, NULL, NULL),
                          RG_OK);
        ck_assert_int_eq (setting_gradient (&s, "truncated", HOW (), gradient, NULL, &message),
                          RG_ERANGE);
        ck_assert_str_eq (message.text, "truncated needs estimator.steps: how many of the last steps to go back");
        setting_clear (&s);
    }
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    const double lambda = .1, w[2] = { .3, .2 };
    setting s;
    double gradient[2];
    setting_init (&s, &ridge_global, 10, .05, 1, w, &lambda);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, setting_gradient (&s, "truncated", HOW (.settings = "steps: 4"), gradient, NULL, NULL));
    setting_clear (&s);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("truncated");
    TCase *rules = tcase_create ("rules without undo"), *last = tcase_create ("the last steps");
    tcase_add_loop_test (rules, gradient_descent_on_the_diagonal_quadratic_meets_the_golden_numbers, 0,
                         (int) (sizeof unrolled / sizeof *unrolled));
    tcase_add_test (rules, a_rate_that_diverges_is_named_with_its_step);
    tcase_add_test (rules, gradient_descent_agrees_with_itself_and_with_differences);
    tcase_add_loop_test (rules, nesterov_agrees_with_itself_and_with_differences, 0, 3);
    tcase_add_test (rules, a_way_back_that_cannot_be_is_refused_with_the_reason);
    suite_add_tcase (suite, rules);
    tcase_add_test (last, as_many_steps_as_there_are_give_the_bits_of_reverse);
    tcase_add_test (last, the_last_steps_give_their_part_of_the_whole);
    tcase_add_test (last, at_a_minimum_it_is_the_series_of_as_many_terms);
    tcase_add_test (last, it_says_how_much_is_left_out);
    tcase_add_test (last, what_is_said_bounds_what_reverse_adds);
    tcase_add_test (last, an_adjoint_that_grows_has_no_bound);
    tcase_add_test (last, what_is_missing_falls_as_the_formula_says);
    tcase_add_test (last, what_acts_before_the_last_steps_is_refused_by_name);
    tcase_add_test (last, every_allocation_may_fail);
    suite_add_tcase (suite, last);
    return run_suite (suite);
}

/* check_estimator.c -- hypergradients against golden numbers, against each other, against differences; refusals. */
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
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, &report, NULL), RG_OK);
    ck_assert_double_eq_tol (report.outer_loss, golden_outer, 1e-15);
    golden_gradient_meets (gradient, 1e-12);
    fixture_clear (&f);
}
END_TEST

START_TEST (the_integer_buffer_with_nine_tenths_meets_the_golden_numbers)
{
    fixture f;
    double gradient[12];
    rg_report report = { .size = sizeof report };
    fixture_init (&f, "momentum", 5, .1, .9, 0, 0);
    f.problem.run = (rg_run_options) { .fraction_bits = 44, .ratio_bits = 14, .buffer_kind = RG_BUFFER_INTEGER, .ratio = { 9, 10 } };
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, &report, NULL), RG_OK);
    ck_assert (report.certified);
    ck_assert_double_eq_tol (report.outer_loss, golden_outer, 1e-9);
    golden_gradient_meets (gradient, 1e-9);
    fixture_clear (&f);
}
END_TEST

static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay;
    int per_step;
    rg_buffer_kind buffer;
} runs[] = {
    { "damped, 400 steps at .9",     "momentum-damped", 400, .005,  .9,  1, RG_BUFFER_STREAM32 },
    { "damped, 100 steps at .5",     "momentum-damped", 100, .02,   .5,  1, RG_BUFFER_STREAM32 },
    { "classical, 400 steps at .9",  "momentum",        400, .0004, .9,  0, RG_BUFFER_STREAM32 },
    { "classical, 64-bit heads",     "momentum",        150, .02,   .98, 1, RG_BUFFER_STREAM64 },
    { "damped, integer buffer",      "momentum-damped", 120, .02,   .6,  0, RG_BUFFER_INTEGER },
    { "no decay at all",             "momentum",        50,  .03,   1,   0, RG_BUFFER_STREAM32 },
};

/* All blocks but the decay where it is 1: there the derivative is one-sided for the box. */
START_TEST (reversible_is_stored_bit_for_bit_and_floating_and_differences_agree)
{
    fixture f;
    fixture_init (&f, runs[_i].dynamics, runs[_i].steps, runs[_i].rate, runs[_i].decay, runs[_i].per_step, 14);
    f.problem.run.buffer_kind = runs[_i].buffer;
    f.problem.run.fraction_bits = 44;
    const size_t size = rg_hyper_size (f.hyper);
    double *gradients = calloc (4 * size, sizeof *gradients);
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_msg (fixture_gradient (&f, "reverse", "reversible", gradients, &report, &message) == RG_OK, "%s: %s",
                   runs[_i].label, message.text);
    ck_assert (report.certified);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradients + size, &report, NULL), RG_OK);
    ck_assert_msg (memcmp (gradients, gradients + size, size * sizeof *gradients) == 0, "%s: bits differ", runs[_i].label);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradients + 2 * size, &report, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "differences", "stored", gradients + 3 * size, &report, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        const double exact = relative_difference (gradients + b.first, gradients + 2 * size + b.first, b.size);
        const double rough = relative_difference (gradients + 2 * size + b.first, gradients + 3 * size + b.first, b.size);
        ck_assert_msg (exact <= 1e-7, "%s: %s: exact against floating %g", runs[_i].label, b.name, exact);
        if (runs[_i].decay < 1 || b.role != RG_DECAY)
            ck_assert_msg (rough <= 1e-6, "%s: %s: against differences %g", runs[_i].label, b.name, rough);
    }
    free (gradients);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_gradient_that_is_not_reproducible_is_refused_with_its_step)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    fixture_init (&f, "momentum-damped", 100, .1, .9, 0, 14);
    f.faults.honest = 100 + 37; /* the 38th gradient of the way back is that of step 62 */
    ck_assert_int_eq (rg_retrace (&f.problem, NULL, 0, &report, &message), RG_EIRREVERSIBLE);
    ck_assert_msg (strstr (message.text, "step 62:") != NULL, "%s", message.text);
    ck_assert (!report.certified);
    double gradient[12];
    f.faults = (quadratic) { 100 + 37, 0 };
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, &report, &message), RG_EIRREVERSIBLE);
    ck_assert_msg (strstr (message.text, "steps 56 to 62:") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

static int
no_more (void *left)
{
    return --*(long *) left < 0;
}

static const struct {
    const char *estimator, *trajectory;
    rg_buffer_kind buffer;
} kept_kinds[] = {
    { "reverse", "reversible", RG_BUFFER_STREAM32 },  { "reverse", "reversible", RG_BUFFER_INTEGER },
    { "reverse", "checkpointed", RG_BUFFER_STREAM32 }, { "reverse", "stored", RG_BUFFER_STREAM32 },
    { "truncated", "reversible", RG_BUFFER_STREAM32 }, { "forward", NULL, RG_BUFFER_STREAM32 },
};

/* Values change from one to the next, and one is interrupted on its way out or back: nothing of it stays. */
START_TEST (an_estimation_that_is_kept_has_the_bits_of_new_ones)
{
    fixture f;
    rg_estimation *kept;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    double found[12], expected[12];
    long left = 1000000;
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    f.problem.run.buffer_kind = kept_kinds[_i].buffer;
    f.problem.interrupted = no_more;
    f.problem.user = &left;
    const rg_estimator *estimator = rg_registry_estimator (kept_kinds[_i].estimator);
    const char *trajectory = kept_kinds[_i].trajectory;
    const rg_estimator_options options = HOW (.policy = trajectory == NULL ? NULL : rg_registry_trajectory (trajectory),
                                              .settings = settings_of (kept_kinds[_i].estimator, "steps: 30"));
    ck_assert_int_eq (rg_estimation_new (&kept, &f.problem, estimator, &options, NULL), RG_OK);
    ck_assert_uint_eq (rg_estimation_bytes (kept), 0);
    for (uint64_t i = 0; i < 4; i++) {
        left = i == 1 ? 17 : i == 2 && trajectory != NULL ? 42 : 1000000;
        const int interrupts = left < 1000000;
        ck_assert_msg (rg_estimation_advance (kept, i, found, &report, &message) == (interrupts ? RG_EINTERRUPTED : RG_OK), "%s",
                       message.text);
        left = 1000000;
        if (interrupts)
            ck_assert_int_eq (rg_estimation_advance (kept, i, found, &report, NULL), RG_OK);
        ck_assert_int_eq (rg_hypergradient (&f.problem, estimator, &options, i, expected, &report, NULL), RG_OK);
        ck_assert_mem_eq (found, expected, sizeof found);
        for (size_t k = 0; k < 12; k++)
            rg_hyper_values (f.hyper)[k] -= .01 * found[k];
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    }
    rg_estimation_free (kept);
    fixture_clear (&f);
}
END_TEST

START_TEST (an_overflow_names_step_array_and_parameter)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum", 200, 3, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, NULL, &message), RG_EOVERFLOW);
    ck_assert_str_eq (message.text, "step 4: the weight of parameter 1 of array v2 left (-2^12, 2^12), the range of 40 "
                                    "fraction bits");
    fixture_clear (&f);
}
END_TEST

/* It would read beyond the weights or the hyperparameters, or take single for double precision. */
START_TEST (a_validation_objective_that_does_not_fit_is_refused)
{
    static const struct {
        size_t weights, lambdas;
        const char *sentence;
    } misfits[] = { { 7, 4, "the validation objective has 7 weights, the inner one 6" },
                    { 6, 5, "the validation objective takes 5 hyperparameters, the blocks have 4" } };
    fixture f;
    double gradient[12], w[7] = { 0 };
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient,
                                .lambdas = misfits[_i].lambdas };
    fixture_init (&f, "momentum-damped", 10, .1, .9, 0, 14);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.problem.validation, misfits[_i].weights, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, misfits[_i].sentence);
    ck_assert_int_eq (rg_train (&f.problem, 0, NULL, &report, &message), RG_ESHAPE);
    ck_assert_int_eq (rg_evaluate (&f.problem, f.problem.validation, 0, w, &report, &message), RG_ESHAPE);
    rg_objective_free (f.problem.validation);
    fixture_clear (&f);
}
END_TEST

/* The registry gives NULL for a name that it does not know. */
START_TEST (a_problem_that_lacks_a_part_is_refused_by_name)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum", 20, .1, .9, 0, 14);
    const rg_problem whole = f.problem;
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    const rg_estimator *reverse = rg_registry_estimator ("reverse");
    static const char *const sentences[] = { "the problem's hyper is NULL", "the problem's inner is NULL",
                                             "the problem's outer is NULL", "the problem's dynamics is NULL" };
    for (int i = 0; i < 4; i++) {
        rg_report report = { .size = sizeof report };
        rg_realtime *realtime;
        rg_problem lacking = whole;
        i == 0 ? (void) (lacking.hyper = NULL) : i == 1 ? (void) (lacking.inner = NULL)
            : i == 2 ? (void) (lacking.outer = NULL) : (void) (lacking.dynamics = rg_registry_dynamics ("momentun"));
        ck_assert_int_eq (rg_hypergradient (&lacking, reverse, &options, 0, gradient, NULL, &message), RG_EINPUT);
        ck_assert_str_eq (message.text, sentences[i]);
        ck_assert_int_eq (rg_retrace (&lacking, NULL, 0, &report, &message), RG_EINPUT);
        ck_assert_int_eq (rg_train (&lacking, 0, NULL, &report, &message), RG_EINPUT);
        ck_assert_int_eq (rg_realtime_new (&realtime, &lacking, 0, 0, &message), RG_EINPUT);
        lacking.initial.fresh = 1;
        ck_assert_int_eq (rg_hypergradient_mean (&lacking, 2, NULL, 0, reverse, &options, 0, gradient, &report, &message),
                          RG_EINPUT);
        rg_forecast forecast = { .size = sizeof forecast };
        rg_estimator_options chosen = options;
        message.text[0] = '\0';
        ck_assert_int_eq (rg_forecast_trajectory (&lacking, &options, NULL, &forecast, &message), RG_EINPUT);
        ck_assert_int_eq (rg_choose_trajectory (&lacking, &chosen, &message, &message), RG_EINPUT);
        ck_assert_str_eq (message.text, sentences[i]);
    }
    ck_assert_int_eq (rg_hypergradient (&whole, NULL, &options, 0, gradient, NULL, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "the estimator is NULL");
    rg_outer *outer;
    const rg_outer_options defaults = rg_outer_defaults ();
    ck_assert_int_eq (rg_outer_new (&outer, NULL, &defaults, 1, &message), RG_EINPUT);
    fixture_clear (&f);
}
END_TEST

START_TEST (the_direct_term_and_the_penalty_count)
{
    fixture f;
    double with[12], without[12];
    rg_report report = { .size = sizeof report };
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", without, &report, NULL), RG_OK);
    const double outer = report.outer_loss;
    f.problem.penalty = .01;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", with, &report, NULL), RG_OK);
    const double *values = rg_hyper_values (f.hyper);
    double penalty = 0;
    for (int i = 0; i < 12; i++) {
        ck_assert_double_eq_tol (with[i] - without[i], .02 * values[i], 1e-12);
        penalty += .01 * values[i] * values[i];
    }
    ck_assert_double_eq_tol (report.outer_loss, outer + penalty, 1e-12);
    /* the inner loss as outer loss depends on lambda directly */
    f.problem.outer = f.inner;
    f.problem.penalty = 0;
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", with, &report, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "differences", "stored", without, &report, NULL), RG_OK);
    ck_assert_double_le (relative_difference (with + 8, without + 8, 4), 1e-6);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_penalty_may_be_of_the_natural_values)
{
    fixture f;
    double with[12], differences[12], sum = 0;
    rg_report penalised = { .size = sizeof penalised }, plain = { .size = sizeof plain };
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", with, &plain, NULL), RG_OK);
    f.problem.penalty = .01;
    f.problem.penalty_natural = 1;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", with, &penalised, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "differences", "stored", differences, NULL, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        ck_assert_double_le (relative_difference (with + b.first, differences + b.first, b.size), 1e-6);
        for (size_t i = 0; i < b.size; i++)
            sum += b.natural[i] * b.natural[i];
    }
    ck_assert_double_eq_tol (penalised.outer_loss, plain.outer_loss + .01 * sum, 1e-12);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_missing_tangent_falls_back_on_differences_and_says_so)
{
    fixture f;
    double exact[12], fallen[12];
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", exact, NULL, NULL), RG_OK);
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient,
                                .lambda_gradient = quadratic_lambda_gradient, .lambdas = 4 };
    rg_objective_free (f.inner);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 6, &call, NULL, NULL), RG_OK);
    f.problem.inner = f.inner;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", fallen, NULL, NULL), RG_OK);
    ck_assert_double_le (relative_difference (fallen, exact, 12), 1e-8);
    fixture_clear (&f);
}
END_TEST

static int
stop_at_once (void *user)
{
    int *calls = user;
    return ++*calls > 20;
}

START_TEST (combinations_that_cannot_be_are_refused_by_name)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum", 10, .1, .9, 0, 14);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text,
                      "a reversible trajectory needs exact arithmetic; a stored one takes floating arithmetic too");
    ck_assert_int_eq (rg_retrace (&f.problem, NULL, 0, &(rg_report) { .size = sizeof (rg_report) }, &message), RG_EUNSUPPORTED);
    f.problem.run = rg_run_defaults ();
    f.problem.run.ratio = (rg_ratio) { 9, 10 };
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "an exact ratio 9/10 needs the integer buffer");
    f.problem.run = rg_run_defaults ();
    f.problem.run.ratio_bits = 17;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_ERANGE);
    f.problem.run = rg_run_defaults ();
    f.problem.initial.fresh = 1;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "weights cannot be a hyperparameter where each meta-iteration draws fresh ones");
    fixture_clear (&f);
    fixture_init (&f, "momentum", 10, .1, 0, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "decay: a decay of 0 forgets the velocity and cannot be run backwards: expected a "
                                    "number in (0, 1], or floating arithmetic");
    fixture_clear (&f);
}
END_TEST

START_TEST (an_interruption_ends_the_work)
{
    fixture f;
    double gradient[12];
    int calls = 0;
    fixture_init (&f, "momentum", 15, .1, .9, 0, 14);
    f.problem.interrupted = stop_at_once;
    f.problem.user = &calls;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, NULL, NULL), RG_EINTERRUPTED);
    ck_assert_int_eq (calls, 21);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_hypergradient_may_fail)
{
    static const char *const policies[] = { "reversible", "stored" };
    fixture f;
    double gradient[12], reference[12];
    fixture_init (&f, "momentum-damped", 20, .1, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", reference, NULL, NULL), RG_OK);
    for (int p = 0; p < 2; p++)
        for (failing_memory memory = failing_first (); memory.failed;)
            FAILING (&memory, fixture_gradient (&f, "reverse", policies[p], gradient, NULL, NULL));
    ck_assert_mem_eq (gradient, reference, sizeof gradient);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("estimator");
    TCase *tcase = tcase_create ("hypergradients");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, floating_arithmetic_meets_the_golden_numbers);
    tcase_add_test (tcase, the_integer_buffer_with_nine_tenths_meets_the_golden_numbers);
    tcase_add_loop_test (tcase, reversible_is_stored_bit_for_bit_and_floating_and_differences_agree, 0,
                         (int) (sizeof runs / sizeof *runs));
    tcase_add_test (tcase, a_gradient_that_is_not_reproducible_is_refused_with_its_step);
    tcase_add_loop_test (tcase, an_estimation_that_is_kept_has_the_bits_of_new_ones, 0,
                         (int) (sizeof kept_kinds / sizeof *kept_kinds));
    tcase_add_test (tcase, an_overflow_names_step_array_and_parameter);
    tcase_add_loop_test (tcase, a_validation_objective_that_does_not_fit_is_refused, 0, 2);
    tcase_add_test (tcase, a_problem_that_lacks_a_part_is_refused_by_name);
    tcase_add_test (tcase, the_direct_term_and_the_penalty_count);
    tcase_add_test (tcase, a_penalty_may_be_of_the_natural_values);
    tcase_add_test (tcase, a_missing_tangent_falls_back_on_differences_and_says_so);
    tcase_add_test (tcase, combinations_that_cannot_be_are_refused_by_name);
    tcase_add_test (tcase, an_interruption_ends_the_work);
    tcase_add_test (tcase, every_allocation_of_a_hypergradient_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/* check_sized_problem.c -- problems, tunings and reports of callers that were built for another version: see check_sized.c. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <retrograde.h>

#include "how.h"
#include "quadratic.h"

#include "base/sized.h"

enum { STEPS = 30, NUMBERS = 12, WEIGHTS = 6, MORE = 24 };

static const double w[WEIGHTS] = { 1, 2, 3, 4, 5, 6 };

/* A struct of `size` bytes that says it has `told`; with malloc, so that the tools that watch memory see what is beyond. */
static void *
of_size (const void *whole, size_t whole_size, size_t size, size_t told)
{
    unsigned char *block = calloc (1, size);
    memcpy (block, whole, whole_size < size ? whole_size : size);
    memcpy (block, &told, sizeof told);
    return block;
}

/* ---- Every function that takes a problem -------------------------------------- */

typedef rg_status ask (const rg_problem *problem, rg_report *report, rg_message *message);

static const rg_estimator_options stored = { .size = sizeof stored };

static rg_estimator_options
how (void)
{
    rg_estimator_options options = stored;
    options.policy = rg_registry_trajectory ("stored");
    return options;
}

static rg_status
ask_hypergradient (const rg_problem *problem, rg_report *report, rg_message *message)
{
    double gradient[NUMBERS];
    const rg_estimator_options options = how ();
    return rg_hypergradient (problem, rg_registry_estimator ("reverse"), &options, 0, gradient, report, message);
}

/* A mean draws its initial weights, which the quadratic cannot: its sentence is another than that of a size. */
static rg_status
ask_mean (const rg_problem *problem, rg_report *report, rg_message *message)
{
    double gradient[NUMBERS];
    const rg_estimator_options options = how ();
    const rg_estimator *reverse = rg_registry_estimator ("reverse");
    const rg_status status = rg_hypergradient_mean (problem, 2, NULL, 0, reverse, &options, 0, gradient, report, message);
    if (status != RG_EUNSUPPORTED || strcmp (message->text, "a mean over initialisations needs fresh initial weights for each") != 0)
        return status;
    return rg_hypergradient_mean (problem, 1, NULL, 0, reverse, &options, 0, gradient, report, message);
}

/* Likewise warm restarts, which begin elsewhere than at tuned weights. */
static rg_status
ask_warm (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_estimation *e;
    (void) report;
    const rg_status status = rg_estimation_warm (&e, problem, rg_registry_estimator ("forward"), NULL, message);
    rg_estimation_free (e);
    return status == RG_EUNSUPPORTED && strstr (message->text, "only the first training run") != NULL ? RG_OK : status;
}

static rg_status
ask_realtime (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_realtime *realtime;
    (void) report;
    const rg_status status = rg_realtime_new (&realtime, problem, 0, 1 << 20, message);
    rg_realtime_free (realtime);
    return status == RG_EUNSUPPORTED && strstr (message->text, "real-time cannot tune weights") != NULL ? RG_OK : status;
}

static rg_status
ask_estimation (const rg_problem *problem, rg_report *report, rg_message *message)
{
    double gradient[NUMBERS];
    rg_estimation *e;
    rg_status status = rg_estimation_new (&e, problem, rg_registry_estimator ("forward"), NULL, message);
    if (status == RG_OK)
        status = rg_estimation_advance (e, 0, gradient, report, message);
    if (status == RG_OK)
        status = rg_estimation_outcome (e, 0, NULL, report, message);
    rg_estimation_free (e);
    return status;
}

static rg_status
ask_train (const rg_problem *problem, rg_report *report, rg_message *message)
{
    double last[WEIGHTS];
    return rg_train (problem, 0, last, report, message);
}

static rg_status
ask_evaluate (const rg_problem *problem, rg_report *report, rg_message *message)
{
    return rg_evaluate (problem, problem->outer, 0, w, report, message);
}

static rg_status
ask_members (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_outcome outcome[2];
    (void) report;
    return rg_evaluate_members (problem, 0, 2, NULL, 0, outcome, message);
}

static rg_status
ask_retrace (const rg_problem *problem, rg_report *report, rg_message *message)
{
    return rg_retrace (problem, NULL, 0, report, message);
}

static rg_status
ask_lyapunov (const rg_problem *problem, rg_report *report, rg_message *message)
{
    double exponent;
    (void) report;
    return rg_lyapunov (problem, 0, &exponent, message);
}

static rg_status
ask_steps (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_step_seconds seconds = { .size = sizeof seconds };
    (void) report;
    return rg_measure_steps (problem, &seconds, message);
}

static rg_status
ask_forecast (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_forecast forecast = { .size = sizeof forecast };
    const rg_estimator_options options = how ();
    (void) report;
    return rg_forecast_trajectory (problem, &options, NULL, &forecast, message);
}

static rg_status
ask_forecast_of_estimator (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_forecast forecast = { .size = sizeof forecast };
    (void) report;
    return rg_forecast_estimator (problem, rg_registry_estimator ("forward"), NULL, NULL, &forecast, message);
}

static rg_status
ask_exchange (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_exchange exchange = { .size = sizeof exchange };
    (void) report;
    return rg_forecast_exchange (problem, &exchange, message);
}

static rg_status
ask_choice (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_estimator_options options = how ();
    rg_message why;
    (void) report;
    return rg_choose_trajectory (problem, &options, &why, message);
}

static rg_status
ask_tune (const rg_problem *problem, rg_report *report, rg_message *message)
{
    rg_summary summary = { .size = sizeof summary };
    const rg_estimator_options options = how ();
    const rg_tuning tuning = { .size = sizeof tuning, .problem = problem, .estimator = rg_registry_estimator ("reverse"),
                               .estimator_options = &options, .optimizer = rg_registry_optimizer ("adam"), .iterations = 1 };
    (void) report;
    return rg_tune (&tuning, NULL, NULL, &summary, message);
}

static const struct {
    const char *label;
    ask *ask;
    int reports;
} asked[] = {
    { "hypergradient", ask_hypergradient, 1 }, { "mean", ask_mean, 1 }, { "estimation", ask_estimation, 1 },
    { "train", ask_train, 1 }, { "evaluate", ask_evaluate, 1 }, { "members", ask_members, 0 }, { "retrace", ask_retrace, 1 },
    { "lyapunov", ask_lyapunov, 0 }, { "steps", ask_steps, 0 }, { "forecast", ask_forecast, 0 },
    { "forecast of an estimator", ask_forecast_of_estimator, 0 }, { "exchange", ask_exchange, 0 }, { "choice", ask_choice, 0 },
    { "tune", ask_tune, 0 }, { "warm", ask_warm, 0 }, { "real-time", ask_realtime, 0 },
};
enum { ASKED = sizeof asked / sizeof *asked };

static void
init (fixture *f)
{
    fixture_init (f, "momentum-damped", STEPS, .1, .9, 0, 14);
}

START_TEST (a_problem_of_any_size_is_served_or_refused)
{
    const size_t least = RG_SIZE_TO (rg_problem, forecast_steps), whole = sizeof (rg_problem);
    const struct {
        size_t size;
        rg_status status;
        int ends_with_more;
    } rows[] = { { 0, RG_EINPUT, 0 }, { least - 1, RG_EINPUT, 0 }, { least, RG_OK, 0 }, { whole, RG_OK, 0 },
                 { whole + MORE, RG_OK, 0 }, { whole + MORE, RG_EUNSUPPORTED, 1 } };
    fixture f;
    init (&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t room = rows[i].size < least ? least : rows[i].size;
        unsigned char *other = of_size (&f.problem, whole, room, rows[i].size);
        rg_report report = { .size = sizeof report };
        rg_message message = { "" };
        if (rows[i].ends_with_more)
            other[room - 1] = 1;
        const rg_status status = asked[_i].ask ((void *) other, &report, &message);
        ck_assert_msg (status == rows[i].status,
                       "%s, %zu bytes: %s", asked[_i].label, rows[i].size, message.text);
        ck_assert (rows[i].size != 0 || strstr (message.text, "rg_problem: expected a struct whose size is set") != NULL);
        free (other);
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (a_report_stays_within_an_older_struct)
{
    const size_t least = RG_SIZE_TO (rg_report, examples);
    fixture f;
    rg_report report;
    rg_message message = { "" };
    if (!asked[_i].reports)
        return;
    init (&f);
    memset (&report, 0xa5, sizeof report);
    report.size = least;
    ck_assert_msg (asked[_i].ask (&f.problem, &report, &message) == RG_OK, "%s: %s", asked[_i].label, message.text);
    ck_assert_uint_eq (report.size, least);
    ck_assert (isfinite (report.outer_loss) && report.examples == 0);
    for (size_t i = least; i < sizeof report; i++)
        ck_assert_uint_eq (((unsigned char *) &report)[i], 0xa5);
    report.size = least - 1;
    ck_assert_int_eq (asked[_i].ask (&f.problem, &report, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "rg_report: expected a struct whose size is set") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

START_TEST (what_is_read_of_a_report_is_what_it_has)
{
    const size_t least = RG_SIZE_TO (rg_report, examples);
    const rg_report whole = { .size = sizeof whole, .outer_loss = 2, .inner_loss = 3, .validation_loss = 5, .wrong = 1, .examples = 4,
                              .samples = 1, .adjoint_sketch = { { 1, 1 } } };
    rg_report *older = of_size (&whole, sizeof whole, least, least);
    double difference[RG_SAMPLES];
    const rg_outcome outcome = rg_report_outcome (older);
    ck_assert (outcome.outer_loss == 2 && outcome.inner_loss == 3 && outcome.validation_loss == 5);
    ck_assert_double_eq (outcome.validation_error, .25);
    rg_adjoint_differences (older, &whole, difference);
    ck_assert (isnan (difference[0])); /* it was not sampled */
    free (older);
}
END_TEST

/* ---- What is forecast, measured and summed up ----------------------------------- */

START_TEST (forecasts_stay_within_older_structs)
{
    fixture f;
    union {
        rg_forecast forecast;
        rg_step_seconds seconds;
        unsigned char byte[sizeof (rg_forecast) + sizeof (rg_step_seconds)];
    } out;
    const rg_estimator_options options = how ();
    const size_t least = RG_SIZE_TO (rg_forecast, bytes);
    rg_step_seconds measured = { .size = sizeof measured, 1, 1, 1, 1, 1, 1, 1 };
    init (&f);
    memset (&out, 0xa5, sizeof out);
    out.forecast.size = least;
    ck_assert_int_eq (rg_forecast_trajectory (&f.problem, &options, &measured, &out.forecast, NULL), RG_OK);
    ck_assert (out.forecast.bytes > 0);
    for (size_t i = least; i < sizeof out; i++)
        ck_assert_uint_eq (out.byte[i], 0xa5);
    out.forecast.size = 0;
    ck_assert_int_eq (rg_forecast_trajectory (&f.problem, &options, &measured, &out.forecast, NULL), RG_EINPUT);
    ck_assert_int_eq (rg_forecast_estimator (&f.problem, rg_registry_estimator ("forward"), NULL, NULL, &out.forecast, NULL), RG_EINPUT);
    out.forecast.size = sizeof out.forecast;
    measured.size = 8;
    ck_assert_int_eq (rg_forecast_trajectory (&f.problem, &options, &measured, &out.forecast, NULL), RG_EINPUT);
    out.seconds.size = 0;
    ck_assert_int_eq (rg_measure_steps (&f.problem, &out.seconds, NULL), RG_EINPUT);
    ck_assert_int_eq (rg_forecast_exchange (&f.problem, &(rg_exchange) { .size = 1 }, NULL), RG_EINPUT);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_tuning_of_any_size_is_served_or_refused)
{
    const size_t least = RG_SIZE_TO (rg_tuning, iterations), whole = sizeof (rg_tuning);
    const struct {
        size_t size;
        rg_status status;
    } rows[] = { { 0, RG_EINPUT }, { least - 1, RG_EINPUT }, { least, RG_OK }, { whole, RG_OK }, { whole + MORE, RG_OK } };
    fixture f;
    const rg_estimator_options options = how ();
    const rg_tuning tuning = { .size = whole, .problem = &f.problem, .estimator = rg_registry_estimator ("reverse"),
                               .estimator_options = &options, .optimizer = rg_registry_optimizer ("adam"), .iterations = 2 };
    init (&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_summary summary;
        const size_t seen = RG_SIZE_TO (rg_summary, done);
        rg_message message = { "" };
        void *other = of_size (&tuning, whole, rows[i].size < least ? least : rows[i].size, rows[i].size);
        memset (&summary, 0xa5, sizeof summary);
        summary.size = seen;
        ck_assert_msg (rg_tune (other, NULL, NULL, &summary, &message) == rows[i].status, "%zu bytes: %s", rows[i].size, message.text);
        ck_assert_uint_eq (summary.done, rows[i].status == RG_OK ? 2 : 0);
        for (size_t k = seen; k < sizeof summary; k++)
            ck_assert_uint_eq (((unsigned char *) &summary)[k], 0xa5);
        summary.size = 0;
        ck_assert_int_eq (rg_tune (other, NULL, NULL, &summary, &message), RG_EINPUT);
        free (other);
    }
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("sized problem");
    TCase *c = tcase_create ("other versions");
    tcase_add_loop_test (c, a_problem_of_any_size_is_served_or_refused, 0, ASKED);
    tcase_add_loop_test (c, a_report_stays_within_an_older_struct, 0, ASKED);
    tcase_add_test (c, what_is_read_of_a_report_is_what_it_has);
    tcase_add_test (c, forecasts_stay_within_older_structs);
    tcase_add_test (c, a_tuning_of_any_size_is_served_or_refused);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

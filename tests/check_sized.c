/* check_sized.c -- structs of callers that were built for another version: served or refused, never read or written beyond. */
#include "testing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <retrograde/check.h>
#include <retrograde/outer.h>
#include <retrograde/forecast.h>
#include <retrograde/registry.h>

#include "how.h"
#include "quadratic.h"

#include "base/sized.h"

enum { WEIGHTS = 2 };

static int
loss (void *user, rg_instant at, const double *w, const double *l, double *out)
{
    (void) user, (void) at, (void) l;
    *out = .5 * (w[0] * w[0] + w[1] * w[1]);
    return 0;
}

static int
gradient (void *user, rg_instant at, const double *w, const double *l, double *g)
{
    (void) user, (void) at, (void) l;
    memcpy (g, w, WEIGHTS * sizeof *g);
    return 0;
}

static int
loss_single (void *user, rg_instant at, const float *w, const double *l, double *out)
{
    (void) user, (void) at, (void) l;
    *out = .5 * ((double) w[0] * (double) w[0] + (double) w[1] * (double) w[1]);
    return 0;
}

static int
gradient_single (void *user, rg_instant at, const float *w, const double *l, float *g)
{
    (void) user, (void) at, (void) l;
    memcpy (g, w, WEIGHTS * sizeof *g);
    return 0;
}

/*
 * A struct as a caller of another version has it: of `size` bytes, followed by bytes that would do harm where they were read. With
 * malloc, so that the tools that watch memory see what is beyond.
 */
static void *
of_size (const void *whole, size_t whole_size, size_t size, size_t told)
{
    unsigned char *block = malloc (size);
    memset (block, 0, size);
    memcpy (block, whole, whole_size < size ? whole_size : size);
    memcpy (block, &told, sizeof told);
    return block;
}

static rg_status
make (const void *callbacks, rg_message *message)
{
    rg_objective *objective;
    const rg_status status = rg_objective_from_callbacks (&objective, WEIGHTS, callbacks, NULL, message);
    rg_evaluation found = { 0, 0, 0 };
    double g[WEIGHTS] = { 0 };
    if (status == RG_OK) {
        ck_assert_int_eq (rg_objective_evaluate (objective, (rg_instant) { .step = 0 }, (const double[]) { 3, 4 }, NULL, &found, g,
                                                 NULL, NULL), RG_OK);
        ck_assert_double_eq (found.loss, 12.5);
        ck_assert_double_eq (g[1], 4);
    }
    rg_objective_free (objective);
    return status;
}

START_TEST (an_older_callers_callbacks_are_served)
{
    const rg_callbacks call = { .size = sizeof call, .loss = loss, .gradient = gradient };
    const size_t least = RG_SIZE_TO (rg_callbacks, lambdas);
    rg_message message = { "" };
    void *older = of_size (&call, sizeof call, least, least);
    ck_assert_msg (make (older, &message) == RG_OK, "%s", message.text);
    free (older);
}
END_TEST

START_TEST (an_older_struct_in_the_middle_is_served)
{
    const rg_single_callbacks single = { .size = sizeof single, .loss = loss_single, .gradient = gradient_single };
    const size_t least = RG_SIZE_TO (rg_single_callbacks, lambda_gradient);
    void *older = of_size (&single, sizeof single, least, least);
    const rg_callbacks call = { .size = sizeof call, .single = older };
    rg_message message = { "" };
    ck_assert_msg (make (&call, &message) == RG_OK, "%s", message.text);
    memcpy (older, &(size_t) { least - 1 }, sizeof (size_t));
    ck_assert_int_eq (make (&call, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "rg_single_callbacks: expected a struct whose size is set") != NULL, "%s", message.text);
    free (older);
}
END_TEST

START_TEST (a_newer_callers_callbacks_are_served_while_they_ask_for_nothing_new)
{
    const rg_callbacks call = { .size = sizeof call, .loss = loss, .gradient = gradient };
    enum { MORE = 24 };
    rg_message message = { "" };
    unsigned char *newer = of_size (&call, sizeof call, sizeof call + MORE, sizeof call + MORE);
    ck_assert_msg (make (newer, &message) == RG_OK, "%s", message.text);
    newer[sizeof call + MORE - 1] = 1;
    ck_assert_int_eq (make (newer, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "rg_callbacks: the caller asks for what a newer version of the library has");
    free (newer);
}
END_TEST

START_TEST (a_size_that_is_not_set_is_refused)
{
    const rg_callbacks call = { .loss = loss, .gradient = gradient };
    rg_message message = { "" };
    ck_assert_int_eq (make (&call, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "rg_callbacks: expected a struct whose size is set") != NULL, "%s", message.text);
}
END_TEST

START_TEST (an_older_callers_block_is_served)
{
    const size_t least = RG_SIZE_TO (rg_block_spec, count);
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    rg_layout *layout;
    rg_hyper *hyper;
    rg_message message = { "" };
    ck_assert_uint_eq (spec.struct_size, sizeof spec);
    spec.count = 3;
    void *older = of_size (&spec, sizeof spec, least, least);
    ck_assert_int_eq (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = 2 }), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 1, 0, 14), RG_OK);
    ck_assert_msg (rg_hyper_add (hyper, older, &message) == RG_OK, "%s", message.text);
    ck_assert_uint_eq (rg_hyper_size (hyper), 3);
    memcpy (older, &(size_t) { 0 }, sizeof (size_t));
    ck_assert_int_eq (rg_hyper_add (hyper, older, &message), RG_EINPUT);
    ck_assert_uint_eq (rg_hyper_size (hyper), 3);
    free (older);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

/* Defaults are written as far as the caller's struct goes, and no further. */
START_TEST (defaults_stay_within_an_older_struct)
{
    const size_t least = RG_SIZE_TO (rg_block_spec, budget);
    unsigned char block[sizeof (rg_block_spec)];
    size_t size;
    memset (block, 0xa5, sizeof block);
    rg_block_spec_init ((void *) block, least, RG_RATE);
    memcpy (&size, block, sizeof size);
    ck_assert_uint_eq (size, least);
    for (size_t i = least; i < sizeof block; i++)
        ck_assert_uint_eq (block[i], 0xa5);
}
END_TEST

START_TEST (an_outer_optimizer_serves_options_of_any_size)
{
    enum { MORE = 24 };
    const rg_optimizer *adam = rg_registry_optimizer ("adam");
    const size_t least = RG_SIZE_TO (rg_outer_options, settings), whole = sizeof (rg_outer_options);
    const struct {
        size_t size;
        rg_status status;
    } rows[] = { { 0, RG_EINPUT }, { least - 1, RG_EINPUT }, { least, RG_OK }, { whole, RG_OK }, { whole + MORE, RG_OK } };
    rg_outer_options options = rg_outer_defaults ();
    rg_message message = { "" };
    rg_outer *outer;
    ck_assert_uint_eq (options.size, whole);
    options.rate = .25;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char *other = of_size (&options, whole, rows[i].size < least ? least : rows[i].size, rows[i].size);
        ck_assert_int_eq (rg_outer_new (&outer, adam, (void *) other, 1, &message), rows[i].status);
        if (rows[i].status == RG_OK)
            ck_assert_double_eq (rg_outer_rate (outer), .25);
        rg_outer_free (outer);
        if (rows[i].size > whole) {
            other[whole + MORE - 1] = 1;
            ck_assert_int_eq (rg_outer_new (&outer, adam, (void *) other, 1, &message), RG_EUNSUPPORTED);
            ck_assert_str_eq (message.text, "rg_outer_options: the caller asks for what a newer version of the library has");
        }
        free (other);
    }
    ck_assert_int_eq (rg_outer_new (&outer, adam, NULL, 1, NULL), RG_OK);
    ck_assert_double_eq (rg_outer_rate (outer), .1);
    rg_outer_free (outer);
}
END_TEST

/* Those that choose, forecast or differentiate by an estimator's options; each is asked with a struct of every size. */
START_TEST (estimators_serve_options_of_any_size)
{
    enum { MORE = 24 };
    const size_t least = RG_SIZE_TO (rg_estimator_options, settings), whole = sizeof (rg_estimator_options);
    const struct {
        size_t size;
        rg_status status;
        int ends_with_more;
    } rows[] = { { 0, RG_EINPUT, 0 },     { least - 1, RG_EINPUT, 0 }, { least, RG_OK, 0 }, { RG_SIZE_TO (rg_estimator_options, keeper), RG_OK, 0 },
                 { whole, RG_OK, 0 },     { whole + MORE, RG_OK, 0 },  { whole + MORE, RG_EUNSUPPORTED, 1 } };
    fixture f;
    rg_report report = { .size = sizeof report };
    double gradient[12], expected[12];
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"), .settings = "steps: 30");
    const rg_estimator *truncated = rg_registry_estimator ("truncated");
    rg_message message = { "" };
    fixture_init (&f, "momentum-damped", 30, .1, .9, 0, 14);
    ck_assert_int_eq (rg_hypergradient (&f.problem, truncated, &options, 0, expected, &report, NULL), RG_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rg_forecast forecast = { .size = sizeof forecast };
        const size_t room = rows[i].size < least ? least : rows[i].size;
        unsigned char *other = of_size (&options, whole, room, rows[i].size);
        if (rows[i].ends_with_more)
            other[room - 1] = 1;
        memset (gradient, 0, sizeof gradient);
        ck_assert_msg (rg_hypergradient (&f.problem, truncated, (void *) other, 0, gradient, &report, &message) == rows[i].status,
                       "%zu bytes: %s", rows[i].size, message.text);
        ck_assert (rows[i].status != RG_OK || memcmp (gradient, expected, sizeof gradient) == 0);
        ck_assert_int_eq (rg_hypergradient_mean (&f.problem, 1, NULL, 0, truncated, (void *) other, 0, gradient, &report, NULL),
                          rows[i].status);
        ck_assert_int_eq (rg_retrace (&f.problem, (void *) other, 0, &report, NULL), rows[i].status);
        ck_assert_int_eq (rg_forecast_trajectory (&f.problem, (void *) other, NULL, &forecast, NULL), rows[i].status);
        ck_assert_int_eq (rg_forecast_estimator (&f.problem, truncated, (void *) other, NULL, &forecast, NULL), rows[i].status);
        ck_assert_int_eq (rg_choose_trajectory (&f.problem, (void *) other, &message, NULL), rows[i].status);
        free (other);
    }
    const rg_estimator *forward = rg_registry_estimator ("forward");
    ck_assert_int_eq (rg_hypergradient (&f.problem, forward, NULL, 0, gradient, NULL, NULL), RG_OK); /* the presets */
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("reverse"), NULL, 0, gradient, NULL, &message),
                      RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "reverse needs a trajectory");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_report_stays_within_an_older_struct)
{
    const rg_callbacks call = { .size = sizeof call, .loss = loss, .gradient = gradient };
    const size_t least = RG_SIZE_TO (rg_check_report, gradient_error);
    rg_check_report report = { .size = least };
    rg_objective *objective;
    rg_message message = { "" };
    memset ((char *) &report + least, 0xa5, sizeof report - least);
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, WEIGHTS, &call, NULL, NULL), RG_OK);
    const rg_status status = rg_check_objective (objective, NULL, (rg_instant) { .step = 0 }, (const double[]) { 3, 4 }, NULL, NULL,
                                                 &report, &message);
    ck_assert_msg (status == RG_OK, "%s", message.text);
    ck_assert_uint_eq (report.size, least);
    ck_assert_int_eq (report.same_bits, 1);
    for (size_t i = least; i < sizeof report; i++)
        ck_assert_uint_eq (((unsigned char *) &report)[i], 0xa5);
    report.size = 3;
    ck_assert_int_eq (rg_check_objective (objective, NULL, (rg_instant) { .step = 0 }, (const double[]) { 3, 4 }, NULL, NULL, &report,
                                          &message), RG_EINPUT);
    rg_objective_free (objective);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("sized");
    TCase *c = tcase_create ("other versions");
    tcase_add_test (c, an_older_callers_callbacks_are_served);
    tcase_add_test (c, an_older_struct_in_the_middle_is_served);
    tcase_add_test (c, a_newer_callers_callbacks_are_served_while_they_ask_for_nothing_new);
    tcase_add_test (c, a_size_that_is_not_set_is_refused);
    tcase_add_test (c, an_older_callers_block_is_served);
    tcase_add_test (c, defaults_stay_within_an_older_struct);
    tcase_add_test (c, an_outer_optimizer_serves_options_of_any_size);
    tcase_add_test (c, estimators_serve_options_of_any_size);
    tcase_add_test (c, a_report_stays_within_an_older_struct);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

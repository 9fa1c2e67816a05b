/* check_window.c -- what is kept of the last steps spares the way back gradients, and changes no bit; the report says so. */
#include "testing.h"

#include <unistd.h>

#include "failing_memory.h"
#include "sweep_study.h"

#include <retrograde/forecast.h>

#include "dynamics/window.h"

enum { STEPS = 12, FREE = 4096 };

/* ---- what fits ------------------------------------------------------------------ */

START_TEST (the_first_part_of_all_steps_comes_before_the_second_of_any)
{
    static const size_t bytes[] = { 10, 100 };
    const struct {
        uint64_t most;
        double memory;
        uint64_t steps, whole;
    } cases[] = { { 7, 1e9, 7, 7 }, { 7, 69, 6, 0 }, { 7, 70, 7, 0 }, { 7, 169, 7, 0 }, { 7, 170, 7, 1 }, { 7, 769, 7, 6 },
                  { 7, 770, 7, 7 }, { 0, 1e9, 0, 0 }, { 7, 9, 0, 0 }, { 7, -5, 0, 0 }, { 7, 0, 0, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rg_window_size size = rg_window_within (bytes, cases[i].most, cases[i].memory);
        ck_assert_uint_eq (size.steps, cases[i].steps);
        ck_assert_uint_eq (size.whole, cases[i].whole);
        ck_assert (rg_window_bytes (bytes, size) <= fmax (0, cases[i].memory));
    }
    ck_assert_uint_eq (rg_window_within ((const size_t[]) { 0, 0 }, 7, 1e9).steps, 0);
    ck_assert_uint_eq (rg_window_within ((const size_t[]) { 10, 0 }, 7, 1e9).whole, 0);
}
END_TEST

/* ---- bits ------------------------------------------------------------------------- */

static const struct {
    scenario s;
    rg_arithmetic arithmetic;
} cases[] = {
    { { "momentum-damped", "momentum-damped", STEPS, .05, .3, .1, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_random, 7, 0, 0, 0, 0 },
      RG_EXACT },
    { { "one shard", "momentum", STEPS, .05, .5, .1, RG_SIGMOID, 0, 1, RG_PER_ALL, &rg_sampler_shuffled, 0, 0, 0, 0, 0 }, RG_EXACT },
    { { "more shards than places", "adam", STEPS, .01, .9, .05, RG_RELU, 0, 1, RG_PER_LAYER, &rg_sampler_random, 3, 0, 0, 0, 0 },
      RG_EXACT },
    { { "adamw", "adamw", STEPS, .01, .9, .05, RG_SOFTPLUS_UNITS, 0, 1, RG_PER_LAYER, &rg_sampler_random, 8, 1, 1, 0, 0 }, RG_EXACT },
    { { "nesterov", "nesterov", STEPS, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_EXACT },
    { { "on training", "momentum", STEPS, .05, .5, .1, RG_TANH, 1, 1, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_EXACT },
    { { "floating", "momentum", STEPS, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_FLOATING },
    { { "floating, one shard", "adam", STEPS, .01, .9, .05, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 0, 0, 0, 1, 0 },
      RG_FLOATING },
    { { "rmsprop", "rmsprop", STEPS, .01, .9, .05, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_random, 7, 0, 0, 0, 0 }, RG_FLOATING },
    { { "descent", "gradient-descent", STEPS, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 3, 0, 0, 0, 0 },
      RG_FLOATING },
};
enum { CASES = sizeof cases / sizeof *cases };

/* Of gradient descent the rate alone. */
static void
add_some (fixture *f, const scenario *s)
{
    if (strcmp (s->dynamics, "gradient-descent") != 0) {
        add_all (f, s);
        return;
    }
    rg_block_spec rate = rg_block_defaults (RG_RATE);
    rate.init = s->rate;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    add_penalties (f, s);
    add_the_rest (f, s);
}

static const struct {
    const char *name;
    size_t slots;
} trajectories[] = { { "reversible", 0 }, { "checkpointed", 1 }, { "checkpointed", 3 }, { "checkpointed", STEPS }, { "stored", 0 } };
enum { TRAJECTORIES = sizeof trajectories / sizeof *trajectories };

/* Two hypergradients, one after the other: what the first has kept the second does not find. */
static rg_status
both (const rg_problem *problem, const rg_estimator_options *options, double *gradient, rg_report *report, rg_message *message)
{
    rg_estimation *e;
    rg_status status = rg_estimation_new (&e, problem, rg_registry_estimator ("reverse"), options, message);
    const size_t size = rg_hyper_size (problem->hyper);
    for (uint64_t k = 0; status == RG_OK && k < 2; k++)
        status = rg_estimation_advance (e, 3 + k, gradient + k * size, &report[k], message);
    rg_estimation_free (e);
    return status;
}

/* Windows of 1, of some and of all steps, and of what little memory there is: values alone, all of some, hardly any. */
static void
same_bits (const char *label, const rg_problem *problem, rg_estimator_options *options, const double *expected, double *gradient)
{
    static const struct {
        size_t window, memory;
    } windows[] = { { 1, 0 }, { 5, 0 }, { STEPS, 0 }, { RG_WINDOW_AUTO, 0 }, { RG_WINDOW_AUTO, 1 }, { RG_WINDOW_AUTO, 60000 },
                    { RG_WINDOW_AUTO, 150000 } };
    rg_message message = { "" };
    rg_report report[2] = { { .size = sizeof *report }, { .size = sizeof *report } };
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        options->window = windows[i].window;
        options->window_memory = windows[i].memory;
        ck_assert_msg (both (problem, options, gradient, report, &message) == RG_OK, "%s: %s", label, message.text);
        const size_t bytes = 2 * rg_hyper_size (problem->hyper) * sizeof *gradient;
        ck_assert_msg (memcmp (gradient, expected, bytes) == 0, "%s: a window of %zu, %zu bytes", label, windows[i].window,
                       windows[i].memory);
        ck_assert_uint_eq (report[0].window, report[1].window);
        if (windows[i].memory == 0)
            ck_assert_uint_eq (report[0].window, windows[i].window < STEPS ? windows[i].window : STEPS);
        ck_assert_uint_eq (report[1].evaluated_again, STEPS - report[1].window);
        ck_assert (!report[1].certified || report[1].window == 0);
    }
}

/* Every rule, trajectory and precision, in turn with 1 and 3 threads. */
START_TEST (a_window_changes_no_bit)
{
    const scenario *s = &cases[_i / 2].s;
    static double expected[2 * FREE], gradient[2 * FREE];
    fixture f;
    fixture_init_with (&f, s, _i % 2 ? RG_SINGLE : RG_DOUBLE, add_some);
    f.problem.run.arithmetic = cases[_i / 2].arithmetic;
    ck_assert_uint_le (rg_hyper_size (f.hyper), FREE);
    for (size_t t = 0; t < TRAJECTORIES; t++) {
        rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectories[t].name), .slots = trajectories[t].slots);
        rg_report report[2] = { { .size = sizeof *report }, { .size = sizeof *report } };
        rg_message message = { "" };
        if (rg_problem_check_policy (&f.problem, options.policy, NULL) != RG_OK)
            continue; /* not reversible */
        ck_assert_msg (both (&f.problem, &options, expected, report, &message) == RG_OK, "%s: %s", s->label, message.text);
        ck_assert_uint_eq (report[0].evaluated_again, STEPS);
        ck_assert_uint_eq (report[0].window, 0);
        ck_assert_int_eq (report[0].certified, t == 0);
        same_bits (s->label, &f.problem, &options, expected, gradient);
        ck_assert_int_eq (rg_team_new (&f.problem.run.team, 3, NULL), RG_OK);
        same_bits (s->label, &f.problem, &options, expected, gradient);
        rg_team_free (f.problem.run.team);
        f.problem.run.team = NULL;
    }
    fixture_clear (&f);
}
END_TEST

/* The window's share of the memory is no longer the trajectory's, and all of it is told beforehand. */
START_TEST (memory_is_shared_with_the_trajectory)
{
    static double expected[FREE], gradient[FREE];
    for (size_t t = 0; t < TRAJECTORIES; t++) {
        fixture f;
        rg_forecast forecast = { .size = sizeof forecast };
        rg_report report = { .size = sizeof report };
        rg_message message = { "" };
        const rg_estimator *reverse = rg_registry_estimator ("reverse");
        fixture_init (&f, &cases[0].s, RG_SINGLE);
        rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectories[t].name), .slots = trajectories[t].slots);
        ck_assert_int_eq (rg_hypergradient (&f.problem, reverse, &options, 0, expected, &report, NULL), RG_OK);
        const size_t alone = report.trajectory_bytes;
        options.window = RG_WINDOW_AUTO;
        for (size_t more = 0; more <= 200000; more += 40000) {
            options.memory = alone + alone / 4 + more;
            ck_assert_int_eq (rg_forecast_trajectory (&f.problem, &options, NULL, &forecast, NULL), RG_OK);
            ck_assert_msg (rg_hypergradient (&f.problem, reverse, &options, 0, gradient, &report, &message) == RG_OK, "%s",
                           message.text);
            ck_assert_mem_eq (gradient, expected, rg_hyper_size (f.hyper) * sizeof *gradient);
            ck_assert_uint_eq (report.window, forecast.window);
            ck_assert_uint_le (report.trajectory_bytes, options.memory);
            ck_assert_double_le (forecast.bytes, (double) options.memory);
            ck_assert_double_ge (forecast.bytes, forecast.window_bytes + .7 * (double) alone);
            ck_assert (more < 100000 || report.window > 0);
        }
        fixture_clear (&f);
    }
}
END_TEST

/* Of a mean each member's. */
START_TEST (members_of_a_mean_have_one_each)
{
    fixture f;
    static double expected[FREE], gradient[FREE];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    fixture_init_with (&f, &cases[3].s, RG_SINGLE, add_some);
    f.problem.initial.fresh = 1;
    for (int window = 0; window < 2; window++) {
        const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"), .window = window ? 4 : 0);
        ck_assert_msg (rg_hypergradient_mean (&f.problem, 3, NULL, 0, rg_registry_estimator ("reverse"), &options, 0,
                                              window ? gradient : expected, &report, &message) == RG_OK, "%s", message.text);
        ck_assert_uint_eq (report.evaluated_again, 3 * (STEPS - 4 * (uint64_t) window));
        ck_assert_int_eq (report.certified, !window);
    }
    ck_assert_mem_eq (gradient, expected, rg_hyper_size (f.hyper) * sizeof *gradient);
    fixture_clear (&f);
}
END_TEST

/* ---- a run that is left ----------------------------------------------------------------- */

/* Nothing is kept in a snapshot: who goes on evaluates again, to the same bits. */
static const struct {
    const char *trajectory;
    int run; /* of the scenarios of sweeps */
} left[] = { { "reversible", 0 }, { "reversible", 1 }, { "stored", 0 }, { "checkpointed", 3 } };

START_TEST (who_goes_on_evaluates_again)
{
    const scenario *s = &runs[left[_i / 2].run];
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, s, _i % 2 ? RG_SINGLE : RG_DOUBLE, 0);
    t.options.policy = rg_registry_trajectory (left[_i / 2].trajectory);
    t.options.slots = 3;
    undisturbed (&t, expected, &whole);
    t.options.window = 9;
    whole.certified = 0;
    for (long at = 0; at < 2 * (long) s->steps; at++) {
        const rg_status status = run (&t, at, gradient, &report, &message);
        if (status == RG_OK)
            break;
        ck_assert_int_eq (status, RG_EINTERRUPTED);
        if (at % 5 == 0)
            reopen (&t, 0);
        t.left = 1 << 20;
        ck_assert_msg (run (&t, 1 << 20, gradient, &report, &message) == RG_OK, "%ld: %s", at, message.text);
        ck_assert_mem_eq (gradient, expected, rg_hyper_size (t.f.hyper) * sizeof *gradient);
        ck_assert_uint_le (report.evaluated_again, s->steps);
        ck_assert_int_eq (report.certified, strcmp (left[_i / 2].trajectory, "reversible") == 0 && report.evaluated_again == s->steps);
        if (at < (long) s->steps - 9) /* the last nine steps out were taken by this run */
            ck_assert_uint_eq (report.evaluated_again, s->steps - 9);
        rg_study_drop_sweeps (t.study);
        t.options.keeper->begin (t.options.keeper->user);
    }
    ck_assert_int_eq (t.notes, 0);
    trial_clear (&t);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------- */

START_TEST (every_allocation_may_fail)
{
    fixture f;
    static double expected[2 * FREE], gradient[2 * FREE];
    rg_report report[2] = { { .size = sizeof *report }, { .size = sizeof *report } };
    fixture_init_with (&f, &cases[_i].s, RG_SINGLE, add_some);
    f.problem.run.arithmetic = cases[_i].arithmetic;
    rg_estimator_options options = HOW (.policy = rg_registry_trajectory (_i == 0 ? "reversible" : "checkpointed"), .slots = 2);
    ck_assert_int_eq (both (&f.problem, &options, expected, report, NULL), RG_OK);
    options.window = 5;
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, both (&f.problem, &options, gradient, report, NULL));
    ck_assert_mem_eq (gradient, expected, 2 * rg_hyper_size (f.hyper) * sizeof *gradient);
    options.window = 0; /* the objective is back in its own memory */
    ck_assert_int_eq (both (&f.problem, &options, gradient, report, NULL), RG_OK);
    ck_assert_mem_eq (gradient, expected, 2 * rg_hyper_size (f.hyper) * sizeof *gradient);
    fixture_clear (&f);
}
END_TEST

static Suite *
window_suite (void)
{
    Suite *suite = suite_create ("window");
    TCase *c = tcase_create ("window");
    tcase_add_unchecked_fixture (c, scratch_make, scratch_remove);
    tcase_add_test (c, the_first_part_of_all_steps_comes_before_the_second_of_any);
    tcase_add_loop_test (c, a_window_changes_no_bit, 0, 2 * CASES);
    tcase_add_test (c, memory_is_shared_with_the_trajectory);
    tcase_add_test (c, members_of_a_mean_have_one_each);
    tcase_add_loop_test (c, who_goes_on_evaluates_again, 0, 2 * (int) (sizeof left / sizeof *left));
    tcase_add_loop_test (c, every_allocation_may_fail, 0, 2);
    tcase_set_timeout (c, 120);
    suite_add_tcase (suite, c);
    return suite;
}

int
main (void)
{
    return run_suite (window_suite ());
}

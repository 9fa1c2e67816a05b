/* check_sweep.c -- a reverse sweep that is left at any step, out or back, goes on to the same bits; damage is refused. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing_memory.h"
#include "silent_ranks.h"
#include "sweep_study.h"

#include "base/processor.h"

START_TEST (a_sweep_goes_on_from_any_step)
{
    const scenario *s = &runs[_i / 2];
    trial t;
    double expected[MOST], gradient[MOST], w_T[WEIGHTS], again[WEIGHTS];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, s, _i % 2 ? RG_SINGLE : RG_DOUBLE, 0);
    t.f.problem.last_weights = w_T;
    undisturbed (&t, expected, &whole);
    t.f.problem.last_weights = again;
    for (long at = 0; at < 2 * (long) s->steps; at++) {
        ck_assert_int_eq (run (&t, at, gradient, &report, &message), RG_EINTERRUPTED);
        ck_assert (rg_study_kept_sweep (t.study));
        if (at % 5 == 0)
            reopen (&t, 0);
        memset (again, 0, sizeof again);
        finish (&t, expected, &whole, s->label, at);
        ck_assert_mem_eq (again, w_T, sizeof again);
        t.options.keeper->begin (t.options.keeper->user);
    }
    ck_assert_int_eq (t.notes, 0);
    trial_clear (&t);
}
END_TEST

START_TEST (a_sweep_may_be_left_again_and_again)
{
    const scenario *s = &runs[_i];
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, s, RG_DOUBLE, 2);
    undisturbed (&t, expected, &whole);
    int left = 0;
    while (run (&t, EVERY, gradient, &report, &message) == RG_EINTERRUPTED) {
        reopen (&t, 2);
        left++;
    }
    ck_assert_int_eq (left, (2 * (int) s->steps - 1) / EVERY);
    ck_assert_mem_eq (gradient, expected, rg_hyper_size (t.f.hyper) * sizeof *gradient);
    trial_clear (&t);
}
END_TEST

/* ---- ranks: tests/run_kills has the rest --------------------------------------------- */

/* The first rank has made no file that this one, the second, could see. */
START_TEST (where_a_rank_does_not_see_the_words_there_are_no_snapshots)
{
    trial t;
    double gradient[MOST], heard = 0;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    rg_ranks ranks = silent_ranks (&heard);
    trial_init (&t, &runs[1], RG_DOUBLE, 2);
    ck_assert_int_eq (rg_team_new (&t.f.problem.run.team, 1, NULL), RG_OK);
    rg_team_join (t.f.problem.run.team, &ranks);
    for (int again = 0; again < 2; again++) {
        ck_assert_msg (run (&t, 1 << 20, gradient, &report, &message) == RG_OK, "%s", message.text);
        ck_assert (report.certified);
        ck_assert_int_eq (t.notes, 1);
        ck_assert_ptr_nonnull (strstr (t.last, "no snapshots of training runs on their way: "));
        ck_assert_ptr_nonnull (strstr (t.last, "/snapshots/words: the words of the entropy buffer are not there"));
        ck_assert (!rg_study_kept_sweep (t.study));
    }
    rg_team_free (t.f.problem.run.team);
    trial_clear (&t);
}
END_TEST

/* ---- trajectories that are not saved, but made again ---------------------------- */

static const struct {
    const char *trajectory;
    rg_arithmetic arithmetic;
    rg_buffer_kind buffer;
    int run; /* of the scenarios */
} retaken[] = {
    { "stored", RG_EXACT, RG_BUFFER_STREAM32, 0 },
    { "stored", RG_FLOATING, RG_BUFFER_STREAM32, 2 },
    { "checkpointed", RG_EXACT, RG_BUFFER_STREAM32, 3 },
    { "reversible", RG_EXACT, RG_BUFFER_INTEGER, 1 },
};

START_TEST (without_a_saved_trajectory_the_way_out_is_taken_again)
{
    const scenario *s = &runs[retaken[_i].run];
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, s, RG_DOUBLE, 0);
    t.f.problem.run.arithmetic = retaken[_i].arithmetic;
    t.f.problem.run.buffer_kind = retaken[_i].buffer;
    t.options.policy = rg_registry_trajectory (retaken[_i].trajectory);
    t.options.slots = 3;
    undisturbed (&t, expected, &whole);
    const long all = (1 << 20) - t.left; /* steps that were asked about */
    for (long at = 0; at < all; at++) {
        ck_assert_int_eq (run (&t, at, gradient, &report, &message), RG_EINTERRUPTED);
        const int kept = rg_study_kept_sweep (t.study), recomputes = whole.recomputed_steps > 0;
        ck_assert (recomputes ? kept <= (at >= (long) s->steps) : kept == (at >= (long) s->steps));
        if (at % 5 == 0)
            reopen (&t, 0);
        finish (&t, expected, &whole, retaken[_i].trajectory, at);
        if (!recomputes) /* out over what is left, and back */
            ck_assert_int_eq ((1 << 20) - t.left, kept ? 2 * (all - at) : all);
        rg_study_drop_sweeps (t.study);
    }
    ck_assert_int_eq (t.notes, 0);
    trial_clear (&t);
}
END_TEST

/* ---- means ------------------------------------------------------------------ */

/* What is lost: nothing, or the member that was not done where a run is not saved on its way. */
static const struct {
    const char *trajectory, *estimator;
    uint64_t every;
    int by_members;
} means[] = { { "reversible", "reverse", 0, 0 }, { "reversible", "reverse", 5, 0 }, { "stored", "forward", 0, 1 },
              { "stored", "forward", 5, 1 } };

START_TEST (a_mean_goes_on_with_the_member_that_was_not_done)
{
    const scenario *s = &runs[1];
    const char *estimator = means[_i].estimator;
    const long each = (means[_i].by_members ? 1 : 2) * (long) s->steps, all = MEMBERS * each;
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, s, RG_DOUBLE, means[_i].every);
    t.f.problem.initial.fresh = 1;
    t.options.policy = rg_registry_trajectory (means[_i].trajectory);
    const rg_keeper *keeper = t.options.keeper;
    t.options.keeper = NULL;
    ck_assert_int_eq (run_mean (&t, estimator, all, expected, &whole, &message), RG_OK);
    t.options.keeper = keeper;
    for (long at = 0; at < all; at += 7) {
        const long lost = means[_i].by_members ? at % each : 0;
        ck_assert_int_eq (run_mean (&t, estimator, at, gradient, &report, &message), RG_EINTERRUPTED);
        ck_assert_int_eq (rg_study_kept_sweep (t.study), lost < at || !means[_i].by_members);
        reopen (&t, means[_i].every);
        ck_assert_msg (run_mean (&t, estimator, all - at + lost, gradient, &report, &message) == RG_OK, "%ld: %s", at,
                       message.text);
        ck_assert_int_eq (t.left, 0);
        ck_assert_mem_eq (gradient, expected, rg_hyper_size (t.f.hyper) * sizeof *gradient);
        ck_assert_double_eq (report.outer_loss, whole.outer_loss);
        ck_assert_double_eq (report.bits, whole.bits);
        ck_assert_uint_eq (report.wrong, whole.wrong);
        rg_study_drop_sweeps (t.study);
    }
    ck_assert_int_eq (t.notes, 0);
    trial_clear (&t);
}
END_TEST

/* Left alone, gone on with by threads; one of the other mean's size is passed over. */
START_TEST (a_mean_goes_on_side_by_side)
{
    trial t, other;
    double expected[MOST], gradient[MOST];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const rg_estimator *reverse = rg_registry_estimator ("reverse");
    trial_init (&t, &runs[1], RG_DOUBLE, 0);
    fixture_init (&other.f, &runs[1], RG_DOUBLE);
    t.f.problem.initial.fresh = 1;
    const rg_member beside = { other.f.inner, other.f.outer, NULL };
    ck_assert_int_eq (run_mean (&t, "reverse", 1 << 20, expected, &report, &message), RG_OK);
    rg_study_drop_sweeps (t.study);
    ck_assert_int_eq (run_mean (&t, "reverse", 60, gradient, &report, &message), RG_EINTERRUPTED);
    reopen (&t, 0);
    t.left = 1 << 20;
    ck_assert_int_eq (rg_team_new (&t.f.problem.run.team, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_hypergradient_mean (&t.f.problem, MEMBERS, &beside, 1, reverse, &t.options, 5, gradient, &report,
                                             &message), RG_OK);
    ck_assert_mem_eq (gradient, expected, rg_hyper_size (t.f.hyper) * sizeof *gradient);
    ck_assert_int_eq (t.notes, 0);
    ck_assert_int_eq (rg_hypergradient_mean (&t.f.problem, MEMBERS - 1, NULL, 0, reverse, &t.options, 5, gradient, &report,
                                             &message), RG_OK);
    ck_assert_str_eq (t.last, "the snapshot is of another mean");
    rg_team_free (t.f.problem.run.team);
    fixture_clear (&other.f);
    trial_clear (&t);
}
END_TEST

START_TEST (a_snapshot_of_another_run_is_passed_over)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, &runs[0], RG_DOUBLE, 0);
    ck_assert_int_eq (run (&t, 5, gradient, &report, &message), RG_EINTERRUPTED);
    rg_hyper_values (t.f.hyper)[0] += .01;
    ck_assert_int_eq (rg_hyper_update (t.f.hyper, NULL), RG_OK);
    undisturbed (&t, expected, &whole);
    finish (&t, expected, &whole, "other values", 0);
    ck_assert_str_eq (t.last, "the snapshot is of another run");
    ck_assert_int_eq (run (&t, 5, gradient, &report, &message), RG_EINTERRUPTED);
    t.notes = 0;
    t.left = 1 << 20;
    ck_assert_int_eq (rg_hypergradient (&t.f.problem, rg_registry_estimator ("reverse"), &t.options, 6, gradient, &report,
                                        &message), RG_OK);
    ck_assert_int_eq (t.notes, 1);
    ck_assert_ptr_nonnull (strstr (t.last, "the snapshot is of meta-iteration 5, not 6"));
    trial_clear (&t);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------- */

/* The k-th allocation of a sweep of so many steps fails, for each k: that is said. `begin`: each time from the start. */
static void
fail_each (trial *t, long steps, int begin)
{
    double gradient[MOST];
    rg_report report = { .size = sizeof report };
    for (failing_memory memory = failing_first (); memory.failed;) {
        if (begin)
            t->options.keeper->begin (t->options.keeper->user);
        failing_begin (&memory);
        const rg_status status = run (t, steps, gradient, &report, NULL);
        failing_end (&memory, status == RG_EINTERRUPTED ? RG_OK : status);
    }
}

START_TEST (every_allocation_of_leaving_and_going_on_may_fail)
{
    trial t;
    double expected[MOST];
    rg_report whole = { .size = sizeof whole };
    trial_init (&t, &runs[0], RG_DOUBLE, 0);
    undisturbed (&t, expected, &whole);
    fail_each (&t, 30, 1);
    fail_each (&t, 2, 0);
    finish (&t, expected, &whole, "after failures", 0);
    trial_clear (&t);
}
END_TEST

static Suite *
sweep_suite (void)
{
    Suite *suite = suite_create ("sweep");
    TCase *c = tcase_create ("sweep");
    tcase_add_unchecked_fixture (c, scratch_make, scratch_remove);
    tcase_add_loop_test (c, a_sweep_goes_on_from_any_step, 0, 2 * RUNS);
    tcase_add_loop_test (c, a_sweep_may_be_left_again_and_again, 0, RUNS);
    tcase_add_test (c, where_a_rank_does_not_see_the_words_there_are_no_snapshots);
    tcase_add_loop_test (c, without_a_saved_trajectory_the_way_out_is_taken_again, 0, (int) (sizeof retaken / sizeof *retaken));
    tcase_add_loop_test (c, a_mean_goes_on_with_the_member_that_was_not_done, 0, (int) (sizeof means / sizeof *means));
    tcase_add_test (c, a_mean_goes_on_side_by_side);
    tcase_add_test (c, a_snapshot_of_another_run_is_passed_over);
    tcase_add_test (c, every_allocation_of_leaving_and_going_on_may_fail);
    tcase_set_timeout (c, 120);
    suite_add_tcase (suite, c);
    return suite;
}

int
main (void)
{
    return run_suite (sweep_suite ());
}

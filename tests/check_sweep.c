/* check_sweep.c -- a reverse sweep that is left at any step, out or back, goes on to the same bits; damage is refused. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing_memory.h"
#include "network.h"
#include "scratch.h"
#include "silent_ranks.h"

#include "base/archive.h"
#include "base/processor.h"
#include "study/study_parts.h"

/* ---- a study in a directory of its own ------------------------------------- */

static const scenario runs[] = {
    { "momentum", "momentum", 24, .05, .3, .1, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_shuffled, 0, 0, 0, 0, 0 },
    { "damped, in shards", "momentum-damped", 24, .2, .2, .1, RG_TANH, 1, 0, RG_PER_ALL, &rg_sampler_cyclic, 7, 1, 0, 0, 0 },
    { "adam", "adam", 20, .01, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, &rg_sampler_cyclic, 0, 0, 0, 0, 0 },
    { "adamw per step", "adamw", 20, .01, .9, .05, RG_TANH, 0, 1, RG_PER_LAYER, &rg_sampler_random, 0, 0, 0, 0, 0 },
};
enum { RUNS = sizeof runs / sizeof *runs, MOST = 2000, EVERY = 3 };

typedef struct {
    fixture f;
    rg_study *study;
    rg_estimator_options options;
    long left;      /* steps until the interruption */
    int notes;      /* warnings */
    char last[300]; /* the last of them */
    char directory[400];
} trial;

static int
interrupt (void *user)
{
    trial *t = user;
    return t->left-- <= 0;
}

static void
note (void *user, const char *sentence)
{
    trial *t = user;
    t->notes++;
    snprintf (t->last, sizeof t->last, "%s", sentence);
}

static void
keep (trial *t, uint64_t every)
{
    rg_message message = { "" };
    const rg_sweep_options sweeps = { .steps = every, .log = { note, t } };
    ck_assert_int_eq (rg_study_keep_sweeps (t->study, &sweeps, &t->options.keeper, &message), RG_OK);
}

static void
trial_init (trial *t, const scenario *s, rg_precision precision, uint64_t every)
{
    static int count = 0;
    rg_message message = { "" };
    *t = (trial) { .options = { .policy = rg_registry_trajectory ("reversible") }, .left = 1 << 20 };
    fixture_init (&t->f, s, precision);
    t->f.problem.interrupted = interrupt;
    t->f.problem.user = t;
    snprintf (t->directory, sizeof t->directory, "%s/%ld.%d", scratch, (long) getpid (), count++);
    ck_assert_msg (rg_study_create (&t->study, t->directory, "a: 1\n", &message) == RG_OK, "%s", message.text);
    keep (t, every);
}

/* Another process would open the study again. */
static void
reopen (trial *t, uint64_t every)
{
    uint64_t next;
    rg_message message = { "" };
    rg_outer *outer;
    const rg_outer_options defaults = rg_outer_defaults (rg_registry_optimizer ("adam"));
    rg_study_free (t->study);
    ck_assert_int_eq (rg_outer_new (&outer, rg_registry_optimizer ("adam"), &defaults, rg_hyper_size (t->f.hyper), NULL), RG_OK);
    ck_assert_msg (rg_study_resume (&t->study, t->directory, "a: 1\n", t->f.hyper, outer, &next, &message) == RG_OK, "%s",
                   message.text);
    rg_outer_free (outer);
    keep (t, every);
}

static void
trial_clear (trial *t)
{
    rg_study_free (t->study);
    fixture_clear (&t->f);
}

/* One hypergradient, or its interruption after so many steps. */
static rg_status
run (trial *t, long steps, double *gradient, rg_report *report, rg_message *message)
{
    t->left = steps;
    return rg_hypergradient (&t->f.problem, rg_registry_estimator ("reverse"), &t->options, 5, gradient, report, message);
}

static void
undisturbed (trial *t, double *gradient, rg_report *report)
{
    rg_message message = { "" };
    const rg_keeper *keeper = t->options.keeper;
    t->options.keeper = NULL;
    ck_assert_msg (run (t, 1 << 20, gradient, report, &message) == RG_OK, "%s", message.text);
    t->options.keeper = keeper;
    ck_assert_uint_le (rg_hyper_size (t->f.hyper), MOST);
}

/* Go on to the end, and compare. */
static void
finish (trial *t, const double *expected, const rg_report *whole, const char *what, long at)
{
    double gradient[MOST];
    rg_report report;
    rg_message message = { "" };
    ck_assert_msg (run (t, 1 << 20, gradient, &report, &message) == RG_OK, "%s %ld: %s", what, at, message.text);
    ck_assert_msg (memcmp (gradient, expected, rg_hyper_size (t->f.hyper) * sizeof *gradient) == 0, "%s %ld", what, at);
    ck_assert_int_eq (report.certified, whole->certified);
    ck_assert_double_eq (report.outer_loss, whole->outer_loss);
    ck_assert_double_eq (report.inner_loss, whole->inner_loss);
    ck_assert_double_eq (report.bits, whole->bits);
    ck_assert_double_eq (report.bits_limit, whole->bits_limit);
    ck_assert_uint_eq (report.samples, whole->samples);
    ck_assert_double_eq (report.adjoint_growth, whole->adjoint_growth);
}

START_TEST (a_sweep_goes_on_from_any_step)
{
    const scenario *s = &runs[_i / 2];
    trial t;
    double expected[MOST], gradient[MOST], w_T[WEIGHTS], again[WEIGHTS];
    rg_report whole, report;
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
    rg_report whole, report;
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
    rg_report report;
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
    rg_report whole, report;
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
        rg_study_drop (t.study);
    }
    ck_assert_int_eq (t.notes, 0);
    trial_clear (&t);
}
END_TEST

/* ---- means ------------------------------------------------------------------ */

enum { MEMBERS = 3 };

static rg_status
run_mean (trial *t, const char *estimator, long steps, double *gradient, rg_report *report, rg_message *message)
{
    t->left = steps;
    return rg_hypergradient_mean (&t->f.problem, MEMBERS, NULL, 0, rg_registry_estimator (estimator), &t->options, 5, gradient,
                                  report, message);
}

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
    rg_report whole, report;
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
        rg_study_drop (t.study);
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
    rg_report report;
    rg_message message = { "" };
    const rg_estimator *reverse = rg_registry_estimator ("reverse");
    trial_init (&t, &runs[1], RG_DOUBLE, 0);
    fixture_init (&other.f, &runs[1], RG_DOUBLE);
    t.f.problem.initial.fresh = 1;
    const rg_member beside = { other.f.inner, other.f.outer, NULL };
    ck_assert_int_eq (run_mean (&t, "reverse", 1 << 20, expected, &report, &message), RG_OK);
    rg_study_drop (t.study);
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

/* ---- damage -------------------------------------------------------------------- */

static void
damage (const trial *t, const char *name, size_t at, int cut)
{
    char path[500];
    unsigned char byte;
    snprintf (path, sizeof path, "%s/snapshots/%s", t->directory, name);
    const int file = open (path, O_RDWR);
    ck_assert_int_ge (file, 0);
    struct stat about;
    ck_assert_int_eq (fstat (file, &about), 0);
    const off_t where = (off_t) at % about.st_size;
    if (cut)
        ck_assert_int_eq (ftruncate (file, where), 0);
    else {
        ck_assert_int_eq (pread (file, &byte, 1, where), 1);
        byte ^= 16;
        ck_assert_int_eq (pwrite (file, &byte, 1, where), 1);
    }
    close (file);
}

static const struct {
    const char *name, *also, *sentence;
} damages[] = {
    { "sweep", NULL, "snapshots/sweep: " },
    { "words", NULL, "snapshots/words: the words of the entropy buffer at byte " },
    { "sweep", "sweep.previous", "snapshots/sweep.previous: " },
};

START_TEST (damage_gives_way_to_the_snapshot_before)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole, report;
    rg_message message = { "" };
    trial_init (&t, &runs[0], RG_DOUBLE, 4);
    undisturbed (&t, expected, &whole);
    for (size_t k = 0; k < 60; k++) {
        ck_assert_int_eq (run (&t, 13 + (long) (k % 11), gradient, &report, &message), RG_EINTERRUPTED);
        reopen (&t, 4);
        t.notes = 0;
        damage (&t, damages[_i].name, 7919 * (k + 1), k % 3 == 2);
        if (damages[_i].also != NULL)
            damage (&t, damages[_i].also, 104729 * (k + 1), k % 4 == 3);
        finish (&t, expected, &whole, "damage", (long) k);
        ck_assert_int_ge (t.notes, 1);
        ck_assert_msg (strstr (t.last, damages[_i].sentence) != NULL || strstr (t.last, "/words: ") != NULL, "%s", t.last);
        t.options.keeper->begin (t.options.keeper->user);
    }
    trial_clear (&t);
}
END_TEST

START_TEST (a_snapshot_of_other_kernels_is_refused)
{
    trial t;
    double gradient[MOST];
    rg_report report;
    rg_message message = { "" };
    char path[500];
    trial_init (&t, &runs[0], RG_DOUBLE, 0);
    ck_assert_int_eq (run (&t, 5, gradient, &report, &message), RG_EINTERRUPTED);
    uint64_t word = 1;
    const rg_span part = { &word, sizeof word };
    snprintf (path, sizeof path, "%s/snapshots/sweep", t.directory);
    ck_assert_int_eq (rg_archive_write (path, "RGSWEEP1", "OpenBLAS kernels=Prescott\n", &part, 1, NULL), RG_OK);
    ck_assert_int_eq (run (&t, 1 << 20, gradient, &report, &message), RG_EUNSUPPORTED);
    ck_assert_ptr_nonnull (strstr (message.text, "snapshots/sweep: the snapshot was made with OpenBLAS kernels=Prescott, this is "));
    ck_assert_ptr_nonnull (strstr (message.text, ": the bits would differ"));
    trial_clear (&t);
}
END_TEST

START_TEST (a_snapshot_of_another_run_is_passed_over)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole, report;
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
    rg_report report;
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
    rg_report whole;
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
    tcase_add_loop_test (c, damage_gives_way_to_the_snapshot_before, 0, 3);
    tcase_add_test (c, a_snapshot_of_other_kernels_is_refused);
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

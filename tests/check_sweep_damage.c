/* check_sweep_damage.c -- snapshots of sweeps and means that are damaged, or made to harm, are refused, and the ones before taken. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_patch.h"
#include "sweep_study.h"

/* ---- bytes ------------------------------------------------------------------------ */

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
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
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
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    char path[500];
    trial_init (&t, &runs[0], RG_DOUBLE, 0);
    ck_assert_int_eq (run (&t, 5, gradient, &report, &message), RG_EINTERRUPTED);
    uint64_t word = 1;
    const rg_span part = { &word, sizeof word };
    snprintf (path, sizeof path, "%s/snapshots/sweep", t.directory);
    ck_assert_int_eq (rg_archive_write (&(rg_entry) { AT_FDCWD, path, path }, "RGSWEEP2", "OpenBLAS kernels=Prescott\n", &part, 1, NULL), RG_OK);
    ck_assert_int_eq (run (&t, 1 << 20, gradient, &report, &message), RG_EUNSUPPORTED);
    ck_assert_ptr_nonnull (strstr (message.text, "snapshots/sweep: the snapshot was made with OpenBLAS kernels=Prescott, this is "));
    ck_assert_ptr_nonnull (strstr (message.text, ": the bits would differ"));
    trial_clear (&t);
}
END_TEST

/* ---- numbers ------------------------------------------------------------------------ */

/* Part and number of a snapshot: the meta-iteration, position, report, weights, moments ... (estimator/sweep.c, report.c). */
static const struct {
    const char *label;
    size_t part, index;
    uint64_t number;
    const char *sentence;
} numbers[] = {
    { "meta-iteration", 0, 0, 6, "the snapshot is of meta-iteration 6, not 5" },
    { "step", 1, 0, 25, "the snapshot is of another run" },
    { "a huge step", 1, 0, UINT64_MAX, "the snapshot is of another run" },
    { "neither out nor back", 1, 1, 2, "the snapshot is of another run" },
    { "number of weights", 1, 3, WEIGHTS + 1, "the snapshot is of another run" },
    { "precision", 1, 7, 99, "the snapshot is of another run" },
    { "digest of the hyperparameters", 1, 12, 0, "the snapshot is of another run" },
    { "residuals", 2, 26, RG_RESIDUALS + 1, "the snapshot is of another run" },
    { "a flag", 2, 27, 2, "the snapshot is of another run" },
    { "samples", 2, 34, RG_SAMPLES + 1, "the snapshot is of another run" },
    { "a huge number of samples", 2, 34, UINT64_MAX, "the snapshot is of another run" },
    { "tangent samples", 2, 324, RG_SAMPLES + 1, "the snapshot is of another run" },
    { "wrong examples", 2, 3, UINT64_MAX, "the snapshot is of another run" },
    { "a weight", 3, 5, UINT64_C (1) << 52, "a number of the state is out of its range" },
    { "a weight below", 3, 133, UINT64_MAX << 52, "a number of the state is out of its range" },
    { "a moment", 4, 0, UINT64_C (1) << 63, "a number of the state is out of its range" },
    { "length of the words", 6, 0, 3, "the words of the entropy buffer at byte" },
    { "a great length of the words", 6, 0, UINT64_MAX, "the words of the entropy buffer at byte" },
    { "length of a stack", 7, 0, 7, "the entropy buffer's file is incomplete" },
    { "a great length of a stack", 7, 0, UINT64_MAX - 3, "the entropy buffer's file is incomplete" },
    { "block of a stack", 7, 1, UINT64_MAX, "the words of the entropy buffer at byte" },
    { "a head", 8, 6, 0, "the heads of an entropy buffer are not those of this problem" },
    { "count of a buffer", 8, 3, 1, "the heads of an entropy buffer are not those of this problem" },
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static const char *
snapshot_of (const trial *t, const char *name)
{
    static char path[500];
    snprintf (path, sizeof path, "%s/snapshots/%s", t->directory, name);
    return path;
}

START_TEST (a_number_out_of_its_range_gives_way_to_the_snapshot_before)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, &runs[0], RG_DOUBLE, 4);
    undisturbed (&t, expected, &whole);
    for (long at = 13; at < 40; at += 20) { /* out and back */
        ck_assert_int_eq (run (&t, at, gradient, &report, &message), RG_EINTERRUPTED);
        reopen (&t, 4);
        t.notes = 0;
        patch_archive (snapshot_of (&t, "sweep"), numbers[_i].part, numbers[_i].index, numbers[_i].number);
        finish (&t, expected, &whole, numbers[_i].label, at);
        ck_assert_msg (t.notes == 1 && strstr (t.last, numbers[_i].sentence) != NULL, "%s, left at %ld: %d notes, the last: %s", numbers[_i].label,
                       at, t.notes, t.last);
        t.options.keeper->begin (t.options.keeper->user);
    }
    trial_clear (&t);
}
END_TEST

/* Of a mean: what it is of, the report. */
static const struct {
    const char *label;
    size_t part, index;
    uint64_t number;
} mean_numbers[] = {
    { "members", 1, 0, 99 },
    { "size", 1, 1, 99 },
    { "members done", 1, 3, MEMBERS + 1 },
    { "a huge number of members done", 1, 3, UINT64_MAX },
    { "samples", 2, 34, UINT64_C (1) << 40 },
    { "tangent samples", 2, 324, RG_SAMPLES + 1 },
};
enum { MEAN_NUMBERS = sizeof mean_numbers / sizeof *mean_numbers };

START_TEST (a_number_out_of_its_range_gives_way_to_the_mean_before)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, &runs[1], RG_DOUBLE, 100);
    t.f.problem.initial.fresh = 1;
    const rg_keeper *keeper = t.options.keeper;
    t.options.keeper = NULL;
    ck_assert_int_eq (run_mean (&t, "reverse", 1 << 20, expected, &report, &message), RG_OK);
    t.options.keeper = keeper;
    ck_assert_int_eq (run_mean (&t, "reverse", 2 * 2 * 24 + 5, gradient, &report, &message), RG_EINTERRUPTED);
    reopen (&t, 100);
    t.options.keeper->begin (t.options.keeper->user);
    t.notes = 0;
    patch_archive (snapshot_of (&t, "mean"), mean_numbers[_i].part, mean_numbers[_i].index, mean_numbers[_i].number);
    ck_assert_msg (run_mean (&t, "reverse", 1 << 20, gradient, &report, &message) == RG_OK, "%s", message.text);
    ck_assert_mem_eq (gradient, expected, rg_hyper_size (t.f.hyper) * sizeof *gradient);
    ck_assert_int_ge (t.notes, 1);
    ck_assert_str_eq (t.last, "the snapshot is of another mean");
    trial_clear (&t);
}
END_TEST

/* ---- another way out ------------------------------------------------------------------ */

/* Stored: the way out is taken again, over an objective that has changed meanwhile. */
START_TEST (a_way_out_that_leads_elsewhere_is_refused)
{
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    rg_message message = { "" };
    trial_init (&t, &runs[1], RG_DOUBLE, 4);
    t.options.policy = rg_registry_trajectory ("stored");
    ck_assert_int_eq (run (&t, 24 + 11, gradient, &report, &message), RG_EINTERRUPTED);
    reopen (&t, 4);
    t.notes = 0;
    t.f.problem.initial.seed++; /* another start: the hyperparameters are the same */
    undisturbed (&t, expected, &whole);
    finish (&t, expected, &whole, "another way out", 0);
    ck_assert_int_ge (t.notes, 1);
    trial_clear (&t);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("sweep damage");
    TCase *c = tcase_create ("damage");
    tcase_set_timeout (c, 120);
    tcase_add_unchecked_fixture (c, scratch_make, scratch_remove);
    tcase_add_loop_test (c, damage_gives_way_to_the_snapshot_before, 0, 3);
    tcase_add_test (c, a_snapshot_of_other_kernels_is_refused);
    tcase_add_loop_test (c, a_number_out_of_its_range_gives_way_to_the_snapshot_before, 0, NUMBERS);
    tcase_add_loop_test (c, a_number_out_of_its_range_gives_way_to_the_mean_before, 0, MEAN_NUMBERS);
    tcase_add_test (c, a_way_out_that_leads_elsewhere_is_refused);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

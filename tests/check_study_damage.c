/* check_study_damage.c -- a study after damage, crashes and full disks. */
#include "testing.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <retrograde/study.h>

#include "study_directory.h"

/* ---- damage ------------------------------------------------------------------ */

static const struct {
    const char *label;
    int cut;             /* bytes kept; < 0: all but so many; 0: as it is */
    size_t flip;         /* byte that is changed; 0: none */
    const char *replace; /* whole content, or NULL */
    int longer;
} damages[] = {
    { "cut at the end", -1, 0, NULL, 0 },
    { "cut in the header", 20, 0, NULL, 0 },
    { "a changed value", 0, 47, NULL, 0 },
    { "a changed iteration", 0, 8, NULL, 0 },
    { "a changed checksum", -0, 1, NULL, 0 },
    { "something appended", 0, 0, NULL, 1 },
    { "a foreign file", 0, 0, "PK\3\4 an archive of something else, long enough to hold a header .............", 0 },
    { "an empty file", 0, 0, "", 0 },
};

static void
damage (const fixture *f, const char *name, size_t k)
{
    size_t size;
    char *bytes = content (f, name, &size);
    if (damages[k].replace != NULL) {
        size = strlen (damages[k].replace);
        memcpy (bytes, damages[k].replace, size);
    }
    if (damages[k].flip == 1)
        bytes[size - 1] ^= 4;
    else if (damages[k].flip != 0)
        bytes[damages[k].flip] ^= 4;
    if (damages[k].cut != 0)
        size = damages[k].cut > 0 ? (size_t) damages[k].cut : size - (size_t) -damages[k].cut;
    put_content (f, name, bytes, size + (damages[k].longer ? 8 : 0));
    free (bytes);
}

START_TEST (a_damaged_snapshot_falls_back_on_the_previous_one)
{
    fixture f;
    char name[40];
    uint64_t next;
    rg_message message = { "" };
    snprintf (name, sizeof name, "damage%d", _i);
    fixture_init (&f, name);
    iterate (&f, 0);
    double values[32];
    memcpy (values, rg_hyper_values (f.hyper), rg_hyper_size (f.hyper) * sizeof *values);
    iterate (&f, 1);
    damage (&f, "snapshots/last", (size_t) _i);
    ck_assert_msg (resume (&f, &next, &message) == RG_OK, "%s: %s", damages[_i].label, message.text);
    ck_assert_uint_eq (next, 1);
    ck_assert_msg (strstr (message.text, "/snapshots/last: ") != NULL && strstr (message.text, "; going on from ") != NULL,
                   "%s: %s", damages[_i].label, message.text);
    ck_assert_int_eq (lines_of (&f), 1);
    ck_assert_mem_eq (rg_hyper_values (f.hyper), values, rg_hyper_size (f.hyper) * sizeof *values);
    iterate (&f, 1);
    ck_assert_int_eq (resume (&f, &next, &message), RG_OK);
    ck_assert_uint_eq (next, 2);
    ck_assert_str_eq (message.text, "");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_missing_snapshot_falls_back_on_the_previous_one)
{
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "missing");
    iterate (&f, 0);
    iterate (&f, 1);
    ck_assert_int_eq (remove (path_of (&f, "snapshots/last")), 0);
    ck_assert_int_eq (resume (&f, &next, &message), RG_OK);
    ck_assert_uint_eq (next, 1);
    ck_assert_msg (strstr (message.text, "/snapshots/last: the snapshot is missing; going on from ") != NULL, "%s", message.text);
    ck_assert_int_eq (lines_of (&f), 1);
    fixture_clear (&f);
}
END_TEST

START_TEST (two_damaged_snapshots_are_refused_and_change_nothing)
{
    fixture f;
    char name[40];
    uint64_t next;
    rg_message message = { "" };
    snprintf (name, sizeof name, "both%d", _i);
    fixture_init (&f, name);
    iterate (&f, 0);
    iterate (&f, 1);
    damage (&f, "snapshots/last", (size_t) _i);
    damage (&f, "snapshots/previous", (size_t) _i);
    ck_assert_int_eq (resume (&f, &next, &message), RG_EINPUT);
    ck_assert_ptr_null (f.study);
    ck_assert_msg (strstr (message.text, damages[_i].replace != NULL
                           ? "snapshots/previous: this is not a snapshot"
                           : "snapshots/previous: the snapshot is damaged") != NULL, "%s: %s", damages[_i].label,
                   message.text);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[9], 2.385);
    ck_assert_uint_eq (rg_outer_steps (f.outer), 0);
    ck_assert_int_eq (lines_of (&f), 2);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_snapshot_of_another_problem_is_refused)
{
    fixture f, other = { .study = NULL };
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "other");
    iterate (&f, 0);
    make_parts (&other, 5);
    rg_study_free (f.study);
    f.study = NULL;
    ck_assert_int_eq (rg_study_resume (&other.study, f.directory, &config, other.hyper, other.outer, &next, &message),
                      RG_EINPUT);
    ck_assert_msg (strstr (message.text, "the snapshot is of another problem (12 values, expected 14)") != NULL, "%s",
                   message.text);
    ck_assert_double_eq (rg_hyper_values (other.hyper)[9], 2.385);
    clear_parts (&other);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_crash_between_a_snapshot_and_its_arrays_loses_nothing)
{
    fixture f;
    uint64_t next;
    size_t sizes[3];
    fixture_init (&f, "arrays");
    iterate (&f, 0);
    char *old = content (&f, "hyper/rate.npy", &sizes[0]);
    iterate (&f, 1);
    char *new = content (&f, "hyper/rate.npy", &sizes[1]);
    ck_assert (sizes[0] == sizes[1] && memcmp (old, new, sizes[0]) != 0);
    put_content (&f, "hyper/rate.npy", old, sizes[0]); /* as if the process had ended before it was written */
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 2);
    char *again = content (&f, "hyper/rate.npy", &sizes[2]);
    ck_assert_uint_eq (sizes[2], sizes[1]);
    ck_assert_mem_eq (again, new, sizes[1]);
    free (old);
    free (new);
    free (again);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_crash_between_the_renames_of_a_snapshot_loses_nothing)
{
    fixture f;
    uint64_t next;
    fixture_init (&f, "renames");
    iterate (&f, 0);
    iterate (&f, 1);
    char last[PATH + 100];
    snprintf (last, sizeof last, "%s", path_of (&f, "snapshots/last"));
    ck_assert_int_eq (rename (last, path_of (&f, "snapshots/next")), 0);
    damage (&f, "snapshots/previous", 0);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 2);
    iterate (&f, 2);
    ck_assert (!exists (&f, "snapshots/next") && exists (&f, "snapshots/last"));
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 3);
    fixture_clear (&f);
}
END_TEST

/* ---- a full disk --------------------------------------------------------------- */

/* Run in a process of its own whose files may not grow beyond `most` bytes; what it finds wrong is its exit status. */
static int
with_full_disk (fixture *f, rlim_t most, int (*work) (fixture *))
{
    const pid_t child = fork ();
    if (child == 0) {
        signal (SIGXFSZ, SIG_IGN);
        const struct rlimit limit = { most, RLIM_INFINITY };
        _exit (setrlimit (RLIMIT_FSIZE, &limit) != 0 ? 100 : work (f));
    }
    int status = 0;
    ck_assert_int_eq (waitpid (child, &status, 0), child);
    ck_assert (WIFEXITED (status));
    return WEXITSTATUS (status);
}

static int
append_on_a_full_disk (fixture *f)
{
    rg_message message = { "" };
    const rg_journal_line line = { .iteration = 2, .outer_loss = 1 };
    if (rg_study_append (f->study, &line, &message) != RG_ESYSTEM)
        return 1;
    if (strstr (message.text, "journal.jsonl: cannot append: ") == NULL)
        return 2;
    const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
    setrlimit (RLIMIT_FSIZE, &none); /* there is space again: the journal goes on in whole lines */
    return rg_study_append (f->study, &line, &message) == RG_OK ? 0 : 3;
}

START_TEST (a_full_disk_stops_the_journal_and_loses_no_line)
{
    fixture f;
    char name[40];
    size_t size;
    uint64_t next;
    snprintf (name, sizeof name, "full%d", _i);
    fixture_init (&f, name);
    iterate (&f, 0);
    iterate (&f, 1);
    char *before = content (&f, "journal.jsonl", &size);
    ck_assert_int_eq (with_full_disk (&f, size + (rlim_t) (_i * 15), append_on_a_full_disk), 0);
    char *after = content (&f, "journal.jsonl", &size);
    ck_assert_mem_eq (after, before, strlen (before));
    ck_assert_int_eq (lines_of (&f), 3);
    ck_assert (strncmp (after + strlen (before), "{\"iteration\":2,", 15) == 0);
    free (before);
    free (after);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 2);
    fixture_clear (&f);
}
END_TEST

static int
save_on_a_full_disk (fixture *f)
{
    rg_message message = { "" };
    if (rg_study_save (f->study, f->hyper, f->outer, 2, &message) != RG_ESYSTEM)
        return 1;
    return strstr (message.text, ": cannot write: ") == NULL ? 2 : 0;
}

static int
create_on_a_full_disk (fixture *f)
{
    rg_message message = { "" };
    rg_study *study;
    char path[PATH + 10];
    snprintf (path, sizeof path, "%s-new", f->directory);
    if (rg_study_create (&study, path, &config, &message) != RG_ESYSTEM || study != NULL)
        return 1;
    return strstr (message.text, "config.yaml: cannot write: ") == NULL ? 2 : 0;
}

START_TEST (a_full_disk_keeps_the_last_snapshot_and_the_previous_one)
{
    fixture f;
    uint64_t next;
    fixture_init (&f, "full-save");
    iterate (&f, 0);
    iterate (&f, 1);
    size_t sizes[4];
    char *before[2] = { content (&f, "snapshots/last", &sizes[0]), content (&f, "snapshots/previous", &sizes[1]) };
    ck_assert_int_eq (with_full_disk (&f, 100, save_on_a_full_disk), 0);
    ck_assert_int_eq (with_full_disk (&f, 0, create_on_a_full_disk), 0);
    char *after[2] = { content (&f, "snapshots/last", &sizes[2]), content (&f, "snapshots/previous", &sizes[3]) };
    for (int k = 0; k < 2; k++) {
        ck_assert_uint_eq (sizes[k], sizes[k + 2]);
        ck_assert_mem_eq (before[k], after[k], sizes[k]);
        free (before[k]);
        free (after[k]);
    }
    ck_assert (!exists (&f, "snapshots/next") && !exists (&f, "snapshots/next.new"));
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 2);
    /* where the last one is damaged, the previous one must survive a save that fails */
    damage (&f, "snapshots/last", 0);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 1);
    ck_assert_int_eq (with_full_disk (&f, 100, save_on_a_full_disk), 0);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 1);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    const int cases = (int) (sizeof damages / sizeof *damages);
    Suite *suite = suite_create ("study damage");
    TCase *tcase = tcase_create ("damage");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, a_damaged_snapshot_falls_back_on_the_previous_one, 0, cases);
    tcase_add_test (tcase, a_missing_snapshot_falls_back_on_the_previous_one);
    tcase_add_loop_test (tcase, two_damaged_snapshots_are_refused_and_change_nothing, 0, cases);
    tcase_add_test (tcase, a_snapshot_of_another_problem_is_refused);
    tcase_add_test (tcase, a_crash_between_a_snapshot_and_its_arrays_loses_nothing);
    tcase_add_test (tcase, a_crash_between_the_renames_of_a_snapshot_loses_nothing);
    tcase_add_loop_test (tcase, a_full_disk_stops_the_journal_and_loses_no_line, 0, 5);
    tcase_add_test (tcase, a_full_disk_keeps_the_last_snapshot_and_the_previous_one);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

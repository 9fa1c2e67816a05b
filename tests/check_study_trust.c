/* check_study_trust.c -- what a study refuses that comes from a stranger: numbers, links, places outside, other inputs. */
#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_patch.h"
#include "study_directory.h"

/* ---- numbers ------------------------------------------------------------------ */

/* Part and number of a snapshot (study/snapshot.h), and what is said of it. */
static const struct {
    const char *label;
    size_t part, index;
    uint64_t number;
    const char *sentence;
} numbers[] = {
    { "iteration beyond the journal", 0, 0, 3, "the snapshot is of meta-iteration 3, and the journal has 2 lines" },
    { "a huge iteration", 0, 0, UINT64_MAX - 1, "and the journal has 2 lines" },
    { "the largest iteration", 0, 0, UINT64_MAX, "a number is out of its range" },
    { "steps of the optimizer", 0, 1, UINT64_C (1) << 60, "a number is out of its range" },
    { "iteration of the best", 0, 2, 77, "its best is not one" },
    { "value of the best", 0, 3, UINT64_C (0x7ff8000000000000), "its best is not one" },
    { "a hyperparameter", 1, 3, UINT64_C (0x7ff8000000000000), "a hyperparameter is not finite" },
    { "a number of the optimizer", 2, 5, UINT64_C (0x7ff0000000000000), "a number of the optimizer is not finite" },
    { "a hyperparameter of the best", 3, 0, UINT64_C (0xfff0000000000000), "a hyperparameter of the best is not finite" },
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

START_TEST (a_number_out_of_its_range_is_refused_and_the_snapshot_before_taken)
{
    fixture f;
    char name[40];
    uint64_t next;
    rg_message message = { "" };
    snprintf (name, sizeof name, "number%d", _i);
    fixture_init (&f, name);
    ck_assert_int_eq (rg_study_note (f.study, f.hyper, 0, .5, NULL), RG_OK);
    iterate (&f, 0);
    iterate (&f, 1);
    patch_archive (path_of (&f, "snapshots/last"), numbers[_i].part, numbers[_i].index, numbers[_i].number);
    ck_assert_msg (resume (&f, &next, &message) == RG_OK, "%s: %s", numbers[_i].label, message.text);
    ck_assert_uint_eq (next, 1);
    ck_assert_msg (strstr (message.text, numbers[_i].sentence) != NULL, "%s: %s", numbers[_i].label, message.text);
    ck_assert_double_eq (rg_study_best (f.study).value, .5);
    fixture_clear (&f);
}
END_TEST

START_TEST (an_untouched_snapshot_survives_the_patch)
{
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "untouched");
    iterate (&f, 0);
    patch_archive (path_of (&f, "snapshots/last"), 0, 0, 1);
    ck_assert_int_eq (resume (&f, &next, &message), RG_OK);
    ck_assert_uint_eq (next, 1);
    ck_assert_str_eq (message.text, "");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_snapshot_of_another_version_is_refused_by_its_version)
{
    fixture f;
    uint64_t next;
    size_t size;
    rg_message message = { "" };
    fixture_init (&f, "version");
    iterate (&f, 0);
    char *bytes = content (&f, "snapshots/last", &size);
    memcpy (bytes + 6, "03", 2);
    put_content (&f, "snapshots/last", bytes, size);
    free (bytes);
    ck_assert_int_eq (resume (&f, &next, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "snapshots/last: the snapshot is of version 03 of its format, and this program reads "
                           "version 04: only the program that wrote it can go on from it") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

/* ---- links ------------------------------------------------------------------------ */

typedef enum { A_LINK, A_SECOND_NAME, A_PIPE, A_DIRECTORY } thing;

static const struct {
    const char *name;
    thing kind;
    const char *sentence;
} things[] = {
    { "journal.jsonl", A_LINK, "expected a regular file, got a link" },
    { "journal.jsonl", A_SECOND_NAME, "expected a file with one name, got one with 2" },
    { "journal.jsonl", A_PIPE, "expected a regular file, got something that is no file" },
    { "config.yaml", A_LINK, "expected a regular file, got a link" },
    { "inputs", A_LINK, "expected a regular file, got a link" },
    { "inputs", A_DIRECTORY, "expected a regular file, got a directory" },
    { "snapshots/next.new", A_LINK, "expected a regular file, got a link" },
    { "snapshots/next.new", A_SECOND_NAME, "expected a file with one name, got one with 2" },
    { "snapshots/last", A_LINK, "expected a regular file, got a link" },
    { "snapshots/sweep", A_LINK, "expected a regular file, got a link" },
    { "snapshots/words", A_LINK, "expected a regular file, got a link" },
    { "snapshots/mean.next.new", A_PIPE, "expected a regular file, got something that is no file" },
    { "hyper/rate.npy", A_LINK, "expected a regular file, got a link" },
    { "hyper/rate.npy", A_SECOND_NAME, "expected a file with one name, got one with 2" },
    { "best/l2.npy", A_DIRECTORY, "expected a regular file, got a directory" },
    { "snapshots", A_LINK, "expected a directory, got a link" },
    { "hyper", A_LINK, "expected a directory, got a link" },
    { "best", A_PIPE, "expected a directory, got something that is no file" },
};
enum { THINGS = sizeof things / sizeof *things };

static void
put_thing (const char *path, thing kind, const char *victim)
{
    remove_tree (path);
    const int failed = kind == A_LINK ? symlink (victim, path)
        : kind == A_SECOND_NAME       ? link (victim, path)
        : kind == A_PIPE              ? mkfifo (path, 0666)
                                      : mkdir (path, 0777);
    ck_assert_msg (failed == 0, "%s", path);
}

START_TEST (what_is_no_file_of_the_study_is_refused_and_nothing_outside_is_touched)
{
    fixture f;
    char name[40], victim[PATH + 20];
    uint64_t next;
    size_t size;
    rg_message message = { "" };
    snprintf (name, sizeof name, "thing%d", _i);
    fixture_init (&f, name);
    iterate (&f, 0);
    iterate (&f, 1);
    snprintf (name, sizeof name, "../victim%d", _i);
    put_content (&f, name, "precious 1\nprecious 2\n", 22);
    snprintf (victim, sizeof victim, "%s/victim%d", scratch, _i);
    put_thing (path_of (&f, things[_i].name), things[_i].kind, victim);
    ck_assert_msg (resume (&f, &next, &message) == RG_EINPUT, "%s: %s", things[_i].name, message.text);
    ck_assert_ptr_null (f.study);
    ck_assert_msg (strstr (message.text, things[_i].name) != NULL && strstr (message.text, things[_i].sentence) != NULL,
                   "%s: %s", things[_i].name, message.text);
    char *text = content (&f, name, &size);
    ck_assert_str_eq (text, "precious 1\nprecious 2\n");
    free (text);
    fixture_clear (&f);
}
END_TEST

START_TEST (the_study_itself_may_be_a_link)
{
    fixture f;
    char way[PATH + 20];
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "itself");
    iterate (&f, 0);
    snprintf (way, sizeof way, "%s-link", f.directory);
    ck_assert_int_eq (symlink ("itself", way), 0);
    snprintf (f.directory, sizeof f.directory, "%s/itself-link", scratch);
    ck_assert_msg (resume (&f, &next, &message) == RG_OK, "%s", message.text);
    ck_assert_uint_eq (next, 1);
    iterate (&f, 1);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_link_that_comes_later_is_not_followed)
{
    fixture f;
    size_t size;
    char victim[PATH + 20];
    fixture_init (&f, "later");
    iterate (&f, 0);
    put_content (&f, "../victim", "precious\n", 9);
    snprintf (victim, sizeof victim, "%s/victim", scratch);
    static const char *const names[] = { "snapshots/next.new", "hyper/rate.npy", "snapshots/last" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_thing (path_of (&f, names[i]), A_LINK, victim);
    iterate (&f, 1);
    char *text = content (&f, "../victim", &size);
    ck_assert_str_eq (text, "precious\n");
    free (text);
    fixture_clear (&f);
}
END_TEST

/* ---- what it was begun with ----------------------------------------------------------- */

static rg_status
resume_with (fixture *f, const rg_origin *origin, rg_message *message)
{
    uint64_t next;
    rg_study_free (f->study);
    return rg_study_resume (&f->study, f->directory, origin, f->hyper, f->outer, &next, message);
}

START_TEST (inputs_of_other_content_are_refused_by_their_name)
{
    const rg_input begun[] = { { "x.npy", UINT64_C (0x0123456789abcdef) }, { "a\nb.npy", 0 }, { "w.npy", UINT64_MAX } };
    rg_input now[3];
    fixture f;
    rg_message message = { "" };
    fixture_init (&f, "inputs");
    rg_study_free (f.study);
    snprintf (f.directory, sizeof f.directory, "%s/inputs-2", scratch);
    const rg_origin origin = { "a: 1\n", begun, 3 }, other = { "a: 1\n", now, 3 };
    ck_assert_int_eq (rg_study_create (&f.study, f.directory, &origin, NULL), RG_OK);
    ck_assert_int_eq (resume_with (&f, &origin, &message), RG_OK);
    for (size_t i = 0; i < 3; i++) {
        memcpy (now, begun, sizeof now);
        now[i].path = "elsewhere.npy"; /* a file may be moved */
        ck_assert_msg (resume_with (&f, &other, &message) == RG_OK, "%s", message.text);
        now[i].digest ^= UINT64_C (1) << i;
        ck_assert_int_eq (resume_with (&f, &other, &message), RG_EINPUT);
        ck_assert_msg (strncmp (message.text, "elsewhere.npy: the content is not that with which the study was begun (", 71) == 0,
                       "%s", message.text);
    }
    ck_assert_int_eq (resume_with (&f, &(rg_origin) { "a: 1\n", begun, 2 }, &message), RG_EINPUT);
    ck_assert_ptr_nonnull (strstr (message.text, "begun with more input files than 2"));
    put_content (&f, "inputs", "something else\n", 15);
    ck_assert_int_eq (resume_with (&f, &origin, &message), RG_EINPUT);
    ck_assert_ptr_nonnull (strstr (message.text, "expected the digests of the study's input files, version 1"));
    remove (path_of (&f, "inputs"));
    ck_assert_int_eq (resume_with (&f, &origin, &message), RG_EINPUT);
    ck_assert_ptr_nonnull (strstr (message.text, "the digests of the study's input files are not there"));
    fixture_clear (&f);
}
END_TEST

START_TEST (directories_outside_are_not_stored_and_refused_where_they_are)
{
    static const char text[] = "estimator:\n  kind: reverse\n  spill_directory: /somewhere\n  slot_directory: \"else\"\n  slots: 3\n";
    const rg_origin origin = { text, NULL, 0 };
    fixture f;
    size_t size;
    rg_message message = { "" };
    fixture_init (&f, "outside");
    rg_study_free (f.study);
    snprintf (f.directory, sizeof f.directory, "%s/outside-2", scratch);
    ck_assert_int_eq (rg_study_create (&f.study, f.directory, &origin, NULL), RG_OK);
    char *stored = content (&f, "config.yaml", &size);
    ck_assert_str_eq (stored, "estimator:\n  kind: reverse\n  slots: 3\n");
    free (stored);
    ck_assert_msg (resume_with (&f, &origin, &message) == RG_OK, "%s", message.text);
    put_content (&f, "config.yaml", text, sizeof text - 1);
    ck_assert_int_eq (resume_with (&f, &origin, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "config.yaml: estimator.spill_directory: a study's own configuration does not say where "
                           "files outside of it go; give it anew when going on") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("study trust");
    TCase *tcase = tcase_create ("a stranger's study");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, a_number_out_of_its_range_is_refused_and_the_snapshot_before_taken, 0, NUMBERS);
    tcase_add_test (tcase, an_untouched_snapshot_survives_the_patch);
    tcase_add_test (tcase, a_snapshot_of_another_version_is_refused_by_its_version);
    tcase_add_loop_test (tcase, what_is_no_file_of_the_study_is_refused_and_nothing_outside_is_touched, 0, THINGS);
    tcase_add_test (tcase, the_study_itself_may_be_a_link);
    tcase_add_test (tcase, a_link_that_comes_later_is_not_followed);
    tcase_add_test (tcase, inputs_of_other_content_are_refused_by_their_name);
    tcase_add_test (tcase, directories_outside_are_not_stored_and_refused_where_they_are);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

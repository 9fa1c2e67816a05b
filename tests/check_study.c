/* check_study.c -- a study's directory: what is made, the journal, the arrays. */
#include "testing.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <retrograde/data.h>
#include <retrograde/study.h>

#include "failing_memory.h"
#include "study_directory.h"

/* ---- creating --------------------------------------------------------------- */

START_TEST (a_new_study_has_its_config_and_folders)
{
    fixture f;
    size_t size;
    fixture_init (&f, "new");
    char *text = content (&f, "config.yaml", &size);
    ck_assert_str_eq (text, config.config);
    free (text);
    ck_assert (exists (&f, "snapshots") && exists (&f, "hyper"));
    ck_assert_int_eq (lines_of (&f), 0);
    rg_study_free (NULL);
    fixture_clear (&f);
}
END_TEST

START_TEST (an_existing_directory_is_refused)
{
    fixture f;
    rg_message message = { "" };
    char sentence[PATH + 100];
    fixture_init (&f, "existing");
    rg_study *second = f.study;
    ck_assert_int_eq (rg_study_create (&second, f.directory, &(rg_origin) { "other: 1\n", NULL, 0 }, &message), RG_EINPUT);
    ck_assert_ptr_null (second);
    snprintf (sentence, sizeof sentence, "%s: the study exists; go on with it, or choose another place", f.directory);
    ck_assert_str_eq (message.text, sentence);
    size_t size;
    char *text = content (&f, "config.yaml", &size);
    ck_assert_str_eq (text, config.config);
    free (text);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_directory_that_cannot_be_made_is_a_failure_of_the_system)
{
    char path[5000];
    rg_study *study;
    rg_message message = { "" };
    snprintf (path, sizeof path, "%s/missing/study", scratch);
    ck_assert_int_eq (rg_study_create (&study, path, &config, &message), RG_ESYSTEM);
    ck_assert_msg (strstr (message.text, "missing/study: cannot create: No such file") != NULL, "%s", message.text);
    memset (path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq (rg_study_create (&study, path, &config, &message), RG_EINPUT);
    ck_assert_ptr_null (study);
    if (geteuid () == 0)
        return; /* nothing is unwritable for root */
    snprintf (path, sizeof path, "%s/locked", scratch);
    ck_assert_int_eq (mkdir (path, 0500), 0);
    snprintf (path, sizeof path, "%s/locked/study", scratch);
    ck_assert_int_eq (rg_study_create (&study, path, &config, &message), RG_ESYSTEM);
}
END_TEST

/* ---- the journal ------------------------------------------------------------ */

START_TEST (journal_lines_are_json_with_the_documented_keys)
{
    static const char *const keys[] = { "outer_loss", "inner_loss", "validation_loss", "validation_error",
                                        "hypergradient_norm", "adjoint_growth", "clipped", "shortened", "seconds" };
    const rg_journal_line written[] = {
        { 0, 1. / 3, 2e-17, .75, .0625, 1e300, -.01, .125, .25, 3.25, NULL },
        { 1, -1. / 7, 2, NAN, NAN, INFINITY, NAN, NAN, NAN, .5, NULL },
        { 12345678901234, 1, 2, 3, 4, 5, 6, 7, 8, 9, NULL },
    };
    fixture f;
    fixture_init (&f, "journal");
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq (rg_study_append (f.study, &written[i], NULL), RG_OK);
    ck_assert_int_eq (lines_of (&f), 3);
    size_t size;
    char *text = content (&f, "journal.jsonl", &size), *at = text;
    for (size_t i = 0; i < 3; i++) {
        char *end = strchr (at, '\n');
        json_t *line = json_loadb (at, (size_t) (end - at), JSON_REJECT_DUPLICATES, NULL);
        ck_assert_msg (json_is_object (line), "%.*s", (int) (end - at), at);
        ck_assert_int_eq (json_integer_value (json_object_get (line, "iteration")), (json_int_t) written[i].iteration);
        size_t present = 1;
        for (size_t k = 0; k < 9; k++) {
            const double value = (&written[i].outer_loss)[k];
            const json_t *found = json_object_get (line, keys[k]);
            ck_assert_msg (json_is_real (found) == !!isfinite (value), "line %zu: %s", i, keys[k]);
            present += found != NULL;
            ck_assert (found == NULL || json_real_value (found) == value); /* 17 digits: the same bits */
        }
        ck_assert_uint_eq (json_object_size (line), present);
        json_decref (line);
        at = end + 1;
    }
    free (text);
    fixture_clear (&f);
}
END_TEST

START_TEST (diagnostics_of_a_report_are_in_the_journal_where_there_are_any)
{
#define ALL .size = sizeof (rg_report)
    static const struct {
        rg_report report;
        const char *text;
    } cases[] = {
        { { ALL, .samples = 2, .usable_steps = 12.5 }, "\"usable_steps\":12.5" },
        { { ALL, .samples = 2, .usable_steps = INFINITY }, "" },
        { { ALL, .tangent_samples = 1, .tangent_norm = { .5 } }, "\"tangent_norm\":0.5" },
        { { ALL, .tangent_samples = 2, .tangent_norm = { 1, .5 }, .tangent_growth = .25, .usable_steps = INFINITY },
          "\"tangent_norm\":0.5,\"tangent_growth\":0.25" },
        { { ALL, .solve = { .iterations = 3, .products = 4, .residual = .5, .stationarity = .25, .stationarity_start = 8 } },
          "\"solver_iterations\":3,\"residual\":0.5,\"stationarity\":0.25,\"stationarity_start\":8.0" },
    };
    enum { CASES = sizeof cases / sizeof *cases };
    fixture f;
    fixture_init (&f, "diagnostics");
    for (size_t i = 0; i < CASES; i++) {
        const rg_journal_line line = { i, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 1, &cases[i].report };
        ck_assert_int_eq (rg_study_append (f.study, &line, NULL), RG_OK);
    }
    size_t size;
    char *text = content (&f, "journal.jsonl", &size), *at = text;
    for (size_t i = 0; i < CASES; i++) {
        char expected[256];
        snprintf (expected, sizeof expected, "{\"iteration\":%zu,%s%s\"seconds\":1.0}\n", i, cases[i].text,
                  *cases[i].text == '\0' ? "" : ",");
        ck_assert_msg (strncmp (at, expected, strlen (expected)) == 0, "expected %sgot %s", expected, at);
        at = strchr (at, '\n') + 1;
    }
    free (text);
    fixture_clear (&f);
}
END_TEST

/* ---- saving and going on ----------------------------------------------------- */

START_TEST (values_are_written_as_arrays_of_their_shape)
{
    fixture f;
    rg_array array;
    double values[8];
    fixture_init (&f, "values");
    iterate (&f, 0);
    static const struct {
        const char *path;
        size_t block;
        int ndim;
        size_t shape[2];
    } files[] = { { "hyper/rate.npy", 0, 2, { STEPS, 2 } }, { "hyper/l2.npy", 2, 0, { 0 } },
                  { "hyper/mine.npy", 3, 1, { 3 } } };
    for (size_t k = 0; k < 3; k++) {
        ck_assert_int_eq (rg_npy_read (path_of (&f, files[k].path), &array, NULL), RG_OK);
        ck_assert_int_eq (array.ndim, files[k].ndim);
        for (int i = 0; i < array.ndim; i++)
            ck_assert_uint_eq (array.shape[i], files[k].shape[i]);
        const rg_block block = rg_hyper_block (f.hyper, files[k].block);
        ck_assert_uint_eq (rg_array_count (&array), block.size);
        rg_array_to_double (&array, values);
        ck_assert_mem_eq (values, block.natural, block.size * sizeof *values);
        rg_array_clear (&array);
    }
    ck_assert (!exists (&f, "hyper/decay.npy")); /* a constant */
    fixture_clear (&f);
}
END_TEST

/* ---- memory --------------------------------------------------------------------- */

START_TEST (every_allocation_of_a_study_may_fail)
{
    fixture f;
    uint64_t next;
    char path[PATH + 10];
    fixture_init (&f, "memory");
    iterate (&f, 0);
    snprintf (path, sizeof path, "%s-new", f.directory);
    for (int work = 0; work < 3; work++) {
        if (work == 2) { /* a study is open once at a time */
            rg_study_free (f.study);
            f.study = NULL;
        }
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_study *study = NULL;
            FAILING (&memory, work == 0 ? rg_study_create (&study, path, &config, NULL)
                     : work == 1 ? rg_study_save (f.study, f.hyper, f.outer, 1, NULL)
                                 : rg_study_resume (&study, f.directory, &config, f.hyper, f.outer, &next, NULL));
            ck_assert_int_eq (study != NULL, !memory.failed && work != 1);
            rg_study_free (study);
            remove_tree (path);
        }
    }
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 1);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("study");
    TCase *tcase = tcase_create ("directory");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, a_new_study_has_its_config_and_folders);
    tcase_add_test (tcase, an_existing_directory_is_refused);
    tcase_add_test (tcase, a_directory_that_cannot_be_made_is_a_failure_of_the_system);
    tcase_add_test (tcase, journal_lines_are_json_with_the_documented_keys);
    tcase_add_test (tcase, diagnostics_of_a_report_are_in_the_journal_where_there_are_any);
    tcase_add_test (tcase, values_are_written_as_arrays_of_their_shape);
    tcase_add_test (tcase, every_allocation_of_a_study_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

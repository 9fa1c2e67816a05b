/* check_study_resume.c -- going on with a study: the same bits, the best so far, the journal, another configuration. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <retrograde/data.h>
#include <retrograde/study.h>

#include "study_directory.h"

START_TEST (a_resumed_study_goes_on_bit_for_bit)
{
    fixture whole, parts;
    uint64_t next = 99;
    rg_message message = { "" };
    double memory[2][64] = { { 0 } };
    fixture_init (&whole, "whole");
    fixture_init (&parts, "parts");
    for (uint64_t i = 0; i < 6; i++)
        iterate (&whole, i);
    for (uint64_t i = 0; i < 6; i++) {
        iterate (&parts, i);
        ck_assert_msg (resume (&parts, &next, &message) == RG_OK, "%s", message.text);
        ck_assert_uint_eq (next, i + 1);
        ck_assert_uint_eq (rg_outer_steps (parts.outer), i + 1);
        ck_assert_int_eq (lines_of (&parts), (int) i + 1);
    }
    const size_t bytes = rg_hyper_size (whole.hyper) * sizeof (double);
    ck_assert_mem_eq (rg_hyper_values (parts.hyper), rg_hyper_values (whole.hyper), bytes);
    ck_assert_mem_eq (rg_hyper_block (parts.hyper, 0).natural, rg_hyper_block (whole.hyper, 0).natural, 8 * sizeof (double));
    rg_outer_save (whole.outer, memory[0]);
    rg_outer_save (parts.outer, memory[1]);
    ck_assert_mem_eq (memory[0], memory[1], sizeof memory[0]);
    size_t sizes[2];
    char *journals[2] = { content (&whole, "journal.jsonl", &sizes[0]), content (&parts, "journal.jsonl", &sizes[1]) };
    ck_assert_str_eq (journals[0], journals[1]);
    free (journals[0]);
    free (journals[1]);
    fixture_clear (&whole);
    fixture_clear (&parts);
}
END_TEST

/* The values of a series; the best so far after each is a running minimum that NaN does not touch. */
START_TEST (the_best_so_far_is_kept_and_survives_going_on)
{
    static const double values[] = { NAN, .5, .75, .25, .25, NAN, .3, -1, 0 };
    static const uint64_t best[] = { 0, 1, 1, 3, 3, 3, 3, 7, 7 };
    fixture f;
    fixture_init (&f, "best");
    double kept[4] = { 0 }, found[8];
    uint64_t next;
    ck_assert (exists (&f, "best") && !rg_study_best (f.study).known);
    for (uint64_t i = 0; i < 9; i++) {
        if (best[i] == i && i > 0)
            memcpy (kept, rg_hyper_block (f.hyper, 3).natural, 3 * sizeof *kept);
        ck_assert_int_eq (rg_study_note (f.study, f.hyper, i, values[i], NULL), RG_OK);
        iterate (&f, i);
        if (i % 2 == 0)
            ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
        const rg_best known = rg_study_best (f.study);
        ck_assert_int_eq (known.known, i > 0);
        if (i == 0)
            continue;
        ck_assert_uint_eq (known.iteration, best[i]);
        ck_assert (known.value == values[best[i]]);
        rg_array array;
        ck_assert_int_eq (rg_npy_read (path_of (&f, "best/mine.npy"), &array, NULL), RG_OK);
        rg_array_to_double (&array, found);
        ck_assert_mem_eq (found, kept, 3 * sizeof *kept);
        rg_array_clear (&array);
    }
    ck_assert (memcmp (rg_hyper_block (f.hyper, 3).natural, kept, 3 * sizeof *kept) != 0);
    ck_assert_int_eq (rg_study_recall (f.study, f.hyper, NULL), RG_OK);
    ck_assert_mem_eq (rg_hyper_block (f.hyper, 3).natural, kept, 3 * sizeof *kept);
    fixture_clear (&f);
}
END_TEST

START_TEST (what_a_killed_writer_left_is_removed)
{
    fixture f;
    uint64_t next;
    fixture_init (&f, "left");
    iterate (&f, 0);
    put_content (&f, "hyper/rate.npy.tmp.77.3", "x", 1);
    put_content (&f, "best/rate.npy.tmp.77.4", "x", 1);
    put_content (&f, "hyper/notes.txt", "x", 1);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert (!exists (&f, "hyper/rate.npy.tmp.77.3") && !exists (&f, "best/rate.npy.tmp.77.4"));
    ck_assert (exists (&f, "hyper/notes.txt") && exists (&f, "hyper/rate.npy"));
    fixture_clear (&f);
}
END_TEST

START_TEST (a_study_without_a_best_recalls_nothing)
{
    fixture f;
    fixture_init (&f, "no-best");
    double before[16];
    const size_t bytes = rg_hyper_size (f.hyper) * sizeof (double);
    memcpy (before, rg_hyper_values (f.hyper), bytes);
    ck_assert_int_eq (rg_study_recall (f.study, f.hyper, NULL), RG_OK);
    ck_assert_mem_eq (rg_hyper_values (f.hyper), before, bytes);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_study_without_a_snapshot_begins_anew)
{
    fixture f;
    uint64_t next = 99;
    fixture_init (&f, "nothing");
    ck_assert_int_eq (rg_study_append (f.study, &(rg_journal_line) { .iteration = 0 }, NULL), RG_OK);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 0);
    ck_assert_int_eq (lines_of (&f), 0);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[9], 2.385);
    fixture_clear (&f);
}
END_TEST

START_TEST (the_journal_is_cut_back_to_the_snapshot)
{
    fixture f;
    uint64_t next;
    size_t size;
    fixture_init (&f, "cut");
    iterate (&f, 0);
    iterate (&f, 1);
    char *before = content (&f, "journal.jsonl", &size);
    for (uint64_t i = 2; i < 60; i++) /* more than one block of the reader */
        ck_assert_int_eq (rg_study_append (f.study, &(rg_journal_line) { .iteration = i, .outer_loss = 1 }, NULL), RG_OK);
    FILE *file = fopen (path_of (&f, "journal.jsonl"), "ab");
    fputs ("{\"iteration\":60,\"outer", file); /* a torn line */
    fclose (file);
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 2);
    char *after = content (&f, "journal.jsonl", &size);
    ck_assert_str_eq (after, before);
    iterate (&f, 2);
    ck_assert_int_eq (lines_of (&f), 3);
    free (before);
    free (after);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_snapshot_beyond_the_journal_is_refused)
{
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "short");
    iterate (&f, 0);
    iterate (&f, 1);
    put_content (&f, "journal.jsonl", "{}\n{", 4); /* the snapshot before fits it */
    ck_assert_int_eq (resume (&f, &next, &message), RG_OK);
    ck_assert_uint_eq (next, 1);
    ck_assert_msg (strstr (message.text, "snapshots/last: the snapshot is of meta-iteration 2, and the journal has 1 lines; going on "
                           "from ") != NULL, "%s", message.text);
    put_content (&f, "journal.jsonl", "{", 1);
    ck_assert_int_eq (resume (&f, &next, &message), RG_EINPUT);
    ck_assert_ptr_null (f.study);
    ck_assert_msg (strstr (message.text, "snapshots/previous: the snapshot is of meta-iteration 1, and the journal has 0 lines")
                   != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

START_TEST (another_config_is_refused)
{
    static const char *const others[] = { "", "seed: 1\n", "seed: 1\nprecision: double\n\n", "seed: 2\nprecision: double\n" };
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "config");
    for (size_t k = 0; k < 4; k++) {
        rg_study *study = f.study;
        ck_assert_int_eq (rg_study_resume (&study, f.directory, &(rg_origin) { others[k], NULL, 0 }, f.hyper, f.outer, &next, &message), RG_EINPUT);
        ck_assert_ptr_null (study);
        ck_assert_msg (strstr (message.text, "config.yaml: the study was begun with another configuration") != NULL, "%s",
                       message.text);
    }
    rg_study *study;
    ck_assert_int_eq (rg_study_resume (&study, scratch, &config, f.hyper, f.outer, &next, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, ": there is no study to go on with (") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

/* Keys that are neutral, whole maps of them too, may be others; the key of a line is that of the maps that it stands in. */
static int
is_neutral (const char *key)
{
    return strcmp (key, "outer.iterations") == 0 || strcmp (key, "threads") == 0 || strncmp (key, "snapshots", 9) == 0;
}

START_TEST (neutral_keys_may_be_others)
{
    static const struct {
        const char *config, *differs;
    } rows[] = {
        { "outer:\n  iterations: 9\n  rate: 1\nhyper:\n  - name: rate\n    iterations: 3\n", NULL },
        { "threads: 2\nouter:\n  iterations: 4\n  rate: 1\nhyper:\n  - name: rate\n    iterations: 3\nsnapshots:\n  steps: 3\n", NULL },
        { "outer:\n  iterations: 4\n  rate: 2\nhyper:\n  - name: rate\n    iterations: 3\n", "`  rate: 1`, not `  rate: 2`" },
        { "outer:\n  iterations: 4\n  rate: 1\nhyper:\n  - name: rate\n    iterations: 5\n", "`    iterations: 3`, not `    iterations: 5`" },
        { "outer:\n  iterations: 4\n  threads: 3\n  rate: 1\n", "`  rate: 1`, not `  threads: 3`" },
    };
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "neutral");
    rg_study *study;
    char directory[300];
    snprintf (directory, sizeof directory, "%s/keys", scratch);
    const rg_origin begun = { .config = "outer:\n  iterations: 4\n  rate: 1\nhyper:\n  - name: rate\n    iterations: 3\n", .neutral = is_neutral };
    ck_assert_int_eq (rg_study_create (&study, directory, &begun, &message), RG_OK);
    rg_study_free (study);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const rg_origin now = { .config = rows[k].config, .neutral = is_neutral };
        const rg_status status = rg_study_resume (&study, directory, &now, f.hyper, f.outer, &next, &message);
        ck_assert_msg (status == (rows[k].differs == NULL ? RG_OK : RG_EINPUT), "%zu: %s", k, message.text);
        ck_assert_msg (rows[k].differs == NULL || strstr (message.text, rows[k].differs) != NULL, "%s", message.text);
        if (status == RG_OK)
            rg_study_free (study);
    }
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("study resume");
    TCase *tcase = tcase_create ("going on");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, a_resumed_study_goes_on_bit_for_bit);
    tcase_add_test (tcase, the_best_so_far_is_kept_and_survives_going_on);
    tcase_add_test (tcase, what_a_killed_writer_left_is_removed);
    tcase_add_test (tcase, a_study_without_a_best_recalls_nothing);
    tcase_add_test (tcase, a_study_without_a_snapshot_begins_anew);
    tcase_add_test (tcase, the_journal_is_cut_back_to_the_snapshot);
    tcase_add_test (tcase, a_snapshot_beyond_the_journal_is_refused);
    tcase_add_test (tcase, another_config_is_refused);
    tcase_add_test (tcase, neutral_keys_may_be_others);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

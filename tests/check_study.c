/* check_study.c -- a study's directory: journal, snapshots, going on, damage and full disks. */
#include "testing.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <retrograde/data.h>
#include <retrograde/study.h>

#include "failing_memory.h"

#include "outer/outer.h"

static const char config[] = "seed: 1\nprecision: double\n";

/* ---- a directory for the suite, one study in it for each test ------------- */

static char base[200];

static void
make_base (void)
{
    const char *parent = getenv ("TMPDIR");
    snprintf (base, sizeof base, "%s/check_study.XXXXXX", parent == NULL || strlen (parent) > 150 ? "/tmp" : parent);
    ck_assert_ptr_nonnull (mkdtemp (base));
}

static int
remove_one (const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void) about, (void) kind, (void) walk;
    return remove (path);
}

static void
remove_tree (const char *path)
{
    nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
remove_base (void)
{
    remove_tree (base);
}

enum { STEPS = 4, PATH = 400 };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_outer *outer;
    rg_study *study;
    char directory[PATH];
} fixture;

/* Blocks: rate per step and array (4 x 2), a fixed decay, l2, a parameter of `own` numbers. */
static void
make_parts (fixture *f, size_t own)
{
    const rg_array_spec arrays[] = { { "W", 3, 0, 0 }, { "b", 2, 0, 0 } };
    ck_assert_int_eq (rg_layout_new (&f->layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, STEPS, 0, 14), RG_OK);
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    spec.init = .125;
    spec.per_step = 1;
    spec.scope = RG_PER_ARRAY;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_DECAY);
    spec.init = .9;
    spec.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_L2);
    spec.init = 1e-3;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_PARAMETER);
    spec.name = "mine";
    spec.init = 2.385;
    spec.count = own;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    const rg_outer_options options = rg_outer_defaults (&rg_optimizer_adam);
    ck_assert_int_eq (rg_outer_new (&f->outer, &rg_optimizer_adam, &options, rg_hyper_size (f->hyper), NULL), RG_OK);
}

static void
clear_parts (fixture *f)
{
    rg_outer_free (f->outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
}

static void
fixture_init (fixture *f, const char *name)
{
    *f = (fixture) { .study = NULL };
    snprintf (f->directory, sizeof f->directory, "%s/%s", base, name);
    make_parts (f, 3);
    rg_message message = { "" };
    ck_assert_msg (rg_study_create (&f->study, f->directory, config, &message) == RG_OK, "%s", message.text);
}

static void
fixture_clear (fixture *f)
{
    rg_study_free (f->study);
    clear_parts (f);
}

/* One meta-iteration: a made-up gradient, a line, a snapshot. */
static void
iterate (fixture *f, uint64_t iteration)
{
    double g[32];
    for (size_t i = 0; i < rg_hyper_size (f->hyper); i++)
        g[i] = cos ((double) (7 * iteration + 3 * i));
    ck_assert_int_eq (rg_outer_step (f->outer, g, rg_hyper_values (f->hyper)), RG_OK);
    ck_assert_int_eq (rg_hyper_update (f->hyper, NULL), RG_OK);
    const rg_journal_line line = { .iteration = iteration, .outer_loss = 1. / (double) (iteration + 3), .inner_loss = .1,
                                   .validation_loss = NAN, .validation_error = NAN, .hypergradient_norm = 2,
                                   .seconds = .5 };
    rg_message message = { "" };
    ck_assert_msg (rg_study_append (f->study, &line, &message) == RG_OK, "%s", message.text);
    ck_assert_msg (rg_study_save (f->study, f->hyper, f->outer, iteration + 1, &message) == RG_OK, "%s", message.text);
}

static const char *
path_of (const fixture *f, const char *name)
{
    static char path[PATH + 100];
    snprintf (path, sizeof path, "%s/%s", f->directory, name);
    return path;
}

/* A file's content; ended with free. */
static char *
content (const fixture *f, const char *name, size_t *size)
{
    FILE *file = fopen (path_of (f, name), "rb");
    ck_assert_msg (file != NULL, "%s is missing", name);
    char *text = calloc (1, 100000);
    *size = fread (text, 1, 99999, file);
    fclose (file);
    return text;
}

static void
put_content (const fixture *f, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen (path_of (f, name), "wb");
    ck_assert_uint_eq (fwrite (bytes, 1, size, file), size);
    fclose (file);
}

static int
lines_of (const fixture *f)
{
    size_t size;
    int lines = 0;
    char *text = content (f, "journal.jsonl", &size);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    ck_assert (size == 0 || text[size - 1] == '\n');
    free (text);
    return lines;
}

static int
exists (const fixture *f, const char *name)
{
    return access (path_of (f, name), F_OK) == 0;
}

/* Close the study and go on with it, into fresh parts. */
static rg_status
resume (fixture *f, uint64_t *iteration, rg_message *message)
{
    rg_study_free (f->study);
    clear_parts (f);
    make_parts (f, 3);
    return rg_study_resume (&f->study, f->directory, config, f->hyper, f->outer, iteration, message);
}

/* ---- creating --------------------------------------------------------------- */

START_TEST (a_new_study_has_its_config_and_folders)
{
    fixture f;
    size_t size;
    fixture_init (&f, "new");
    char *text = content (&f, "config.yaml", &size);
    ck_assert_str_eq (text, config);
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
    ck_assert_int_eq (rg_study_create (&second, f.directory, "other: 1\n", &message), RG_EINPUT);
    ck_assert_ptr_null (second);
    snprintf (sentence, sizeof sentence, "%s: the study exists; go on with it by --resume, or choose another by --study "
              "DIR", f.directory);
    ck_assert_str_eq (message.text, sentence);
    size_t size;
    char *text = content (&f, "config.yaml", &size);
    ck_assert_str_eq (text, config);
    free (text);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_directory_that_cannot_be_made_is_a_failure_of_the_system)
{
    char path[5000];
    rg_study *study;
    rg_message message = { "" };
    snprintf (path, sizeof path, "%s/missing/study", base);
    ck_assert_int_eq (rg_study_create (&study, path, config, &message), RG_ESYSTEM);
    ck_assert_msg (strstr (message.text, "missing/study: cannot create: No such file") != NULL, "%s", message.text);
    memset (path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    ck_assert_int_eq (rg_study_create (&study, path, config, &message), RG_EINPUT);
    ck_assert_ptr_null (study);
    if (geteuid () == 0)
        return; /* nothing is unwritable for root */
    snprintf (path, sizeof path, "%s/locked", base);
    ck_assert_int_eq (mkdir (path, 0500), 0);
    snprintf (path, sizeof path, "%s/locked/study", base);
    ck_assert_int_eq (rg_study_create (&study, path, config, &message), RG_ESYSTEM);
}
END_TEST

/* ---- the journal ------------------------------------------------------------ */

START_TEST (journal_lines_are_json_with_the_documented_keys)
{
    static const char *const keys[] = { "outer_loss", "inner_loss", "validation_loss", "validation_error",
                                        "hypergradient_norm", "adjoint_growth", "clipped", "seconds" };
    const rg_journal_line written[] = {
        { 0, 1. / 3, 2e-17, .75, .0625, 1e300, -.01, .125, 3.25, NULL },
        { 1, -1. / 7, 2, NAN, NAN, INFINITY, NAN, NAN, .5, NULL },
        { 12345678901234, 1, 2, 3, 4, 5, 6, 7, 8, NULL },
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
        for (size_t k = 0; k < 8; k++) {
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
    static const struct {
        rg_report report;
        const char *text;
    } cases[] = {
        { { .samples = 2, .usable_steps = 12.5 }, "\"usable_steps\":12.5" },
        { { .samples = 2, .usable_steps = INFINITY }, "" },
        { { .tangent_samples = 1, .tangent_norm = { .5 } }, "\"tangent_norm\":0.5" },
        { { .tangent_samples = 2, .tangent_norm = { 1, .5 }, .tangent_growth = .25, .usable_steps = INFINITY },
          "\"tangent_norm\":0.5,\"tangent_growth\":0.25" },
        { { .solve = { .iterations = 3, .products = 4, .residual = .5, .stationarity = .25, .stationarity_start = 8 } },
          "\"solver_iterations\":3,\"residual\":0.5,\"stationarity\":0.25,\"stationarity_start\":8.0" },
    };
    enum { CASES = sizeof cases / sizeof *cases };
    fixture f;
    fixture_init (&f, "diagnostics");
    for (size_t i = 0; i < CASES; i++) {
        const rg_journal_line line = { i, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 1, &cases[i].report };
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

START_TEST (a_journal_shorter_than_the_snapshot_is_refused)
{
    fixture f;
    uint64_t next;
    rg_message message = { "" };
    fixture_init (&f, "short");
    iterate (&f, 0);
    iterate (&f, 1);
    put_content (&f, "journal.jsonl", "{}\n{", 4);
    ck_assert_int_eq (resume (&f, &next, &message), RG_EINPUT);
    ck_assert_ptr_null (f.study);
    ck_assert_msg (strstr (message.text, "journal.jsonl: expected 2 lines, got 1") != NULL, "%s", message.text);
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
        ck_assert_int_eq (rg_study_resume (&study, f.directory, others[k], f.hyper, f.outer, &next, &message), RG_EINPUT);
        ck_assert_ptr_null (study);
        ck_assert_msg (strstr (message.text, "config.yaml: the study was begun with another configuration") != NULL, "%s",
                       message.text);
    }
    rg_study *study;
    ck_assert_int_eq (rg_study_resume (&study, base, config, f.hyper, f.outer, &next, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, ": there is no study to go on with (") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

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
                           ? "snapshots/previous: not a snapshot of this version"
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
    ck_assert_int_eq (rg_study_resume (&other.study, f.directory, config, other.hyper, other.outer, &next, &message),
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
    if (rg_study_create (&study, path, config, &message) != RG_ESYSTEM || study != NULL)
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

/* ---- memory --------------------------------------------------------------------- */

START_TEST (every_allocation_of_a_study_may_fail)
{
    fixture f;
    uint64_t next;
    char path[PATH + 10];
    fixture_init (&f, "memory");
    iterate (&f, 0);
    snprintf (path, sizeof path, "%s-new", f.directory);
    for (int work = 0; work < 3; work++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_study *study = NULL;
            FAILING (&memory, work == 0 ? rg_study_create (&study, path, config, NULL)
                     : work == 1 ? rg_study_resume (&study, f.directory, config, f.hyper, f.outer, &next, NULL)
                                 : rg_study_save (f.study, f.hyper, f.outer, 1, NULL));
            ck_assert_int_eq (study != NULL, !memory.failed && work < 2);
            rg_study_free (study);
            remove_tree (path);
        }
    ck_assert_int_eq (resume (&f, &next, NULL), RG_OK);
    ck_assert_uint_eq (next, 1);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    const int cases = (int) (sizeof damages / sizeof *damages);
    Suite *suite = suite_create ("study");
    TCase *tcase = tcase_create ("directory");
    tcase_add_unchecked_fixture (tcase, make_base, remove_base);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, a_new_study_has_its_config_and_folders);
    tcase_add_test (tcase, an_existing_directory_is_refused);
    tcase_add_test (tcase, a_directory_that_cannot_be_made_is_a_failure_of_the_system);
    tcase_add_test (tcase, journal_lines_are_json_with_the_documented_keys);
    tcase_add_test (tcase, diagnostics_of_a_report_are_in_the_journal_where_there_are_any);
    tcase_add_test (tcase, values_are_written_as_arrays_of_their_shape);
    tcase_add_test (tcase, a_resumed_study_goes_on_bit_for_bit);
    tcase_add_test (tcase, the_best_so_far_is_kept_and_survives_going_on);
    tcase_add_test (tcase, what_a_killed_writer_left_is_removed);
    tcase_add_test (tcase, a_study_without_a_best_recalls_nothing);
    tcase_add_test (tcase, a_study_without_a_snapshot_begins_anew);
    tcase_add_test (tcase, the_journal_is_cut_back_to_the_snapshot);
    tcase_add_test (tcase, a_journal_shorter_than_the_snapshot_is_refused);
    tcase_add_test (tcase, another_config_is_refused);
    tcase_add_loop_test (tcase, a_damaged_snapshot_falls_back_on_the_previous_one, 0, cases);
    tcase_add_loop_test (tcase, two_damaged_snapshots_are_refused_and_change_nothing, 0, cases);
    tcase_add_test (tcase, a_snapshot_of_another_problem_is_refused);
    tcase_add_test (tcase, a_crash_between_a_snapshot_and_its_arrays_loses_nothing);
    tcase_add_test (tcase, a_crash_between_the_renames_of_a_snapshot_loses_nothing);
    tcase_add_loop_test (tcase, a_full_disk_stops_the_journal_and_loses_no_line, 0, 5);
    tcase_add_test (tcase, a_full_disk_keeps_the_last_snapshot_and_the_previous_one);
    tcase_add_test (tcase, every_allocation_of_a_study_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/* study_directory.h -- a study in a directory of its own, its optimizer and hyperparameters, for the suites of studies. */
#ifndef TESTS_STUDY_DIRECTORY_H
#define TESTS_STUDY_DIRECTORY_H

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <retrograde/study.h>

#include "scratch.h"
#include "testing.h"

#include "outer/outer.h"

static const rg_origin config = { "seed: 1\nprecision: double\n", NULL, 0 };

enum { STEPS = 4, PATH = 400 };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_outer *outer;
    rg_study *study;
    char directory[PATH];
} fixture;

/* Blocks: rate per step and array (4 x 2), a fixed decay, l2, a parameter of `own` numbers. */
static inline void
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
    const rg_outer_options options = rg_outer_defaults ();
    ck_assert_int_eq (rg_outer_new (&f->outer, &rg_optimizer_adam, &options, rg_hyper_size (f->hyper), NULL), RG_OK);
}

static inline void
clear_parts (fixture *f)
{
    rg_outer_free (f->outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
}

static inline void
fixture_init (fixture *f, const char *name)
{
    *f = (fixture) { .study = NULL };
    snprintf (f->directory, sizeof f->directory, "%s/%s", scratch, name);
    make_parts (f, 3);
    rg_message message = { "" };
    ck_assert_msg (rg_study_create (&f->study, f->directory, &config, &message) == RG_OK, "%s", message.text);
}

static inline void
fixture_clear (fixture *f)
{
    rg_study_free (f->study);
    clear_parts (f);
}

/* One meta-iteration: a made-up gradient, a line, a snapshot. */
static inline void
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

static inline const char *
path_of (const fixture *f, const char *name)
{
    static char path[PATH + 100];
    snprintf (path, sizeof path, "%s/%s", f->directory, name);
    return path;
}

/* A file's content; ended with free. */
static inline char *
content (const fixture *f, const char *name, size_t *size)
{
    FILE *file = fopen (path_of (f, name), "rb");
    ck_assert_msg (file != NULL, "%s is missing", name);
    char *text = calloc (1, 100000);
    *size = fread (text, 1, 99999, file);
    fclose (file);
    return text;
}

static inline void
put_content (const fixture *f, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen (path_of (f, name), "wb");
    ck_assert_uint_eq (fwrite (bytes, 1, size, file), size);
    fclose (file);
}

static inline int
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

static inline int
exists (const fixture *f, const char *name)
{
    return access (path_of (f, name), F_OK) == 0;
}

/* Close the study and go on with it, into fresh parts. */
static inline rg_status
resume (fixture *f, uint64_t *iteration, rg_message *message)
{
    rg_study_free (f->study);
    clear_parts (f);
    make_parts (f, 3);
    return rg_study_resume (&f->study, f->directory, &config, f->hyper, f->outer, iteration, message);
}

#endif /* TESTS_STUDY_DIRECTORY_H */

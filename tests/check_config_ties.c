/* check_config_ties.c -- ties that a configuration and its .npy files say, against the same made by hand. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include <retrograde.h>

enum { ARRAYS = 4, LAYERS = 2, WEIGHTS = 31, STEPS = 6 };

/* What the .npy files hold. */
static const double matrix[ARRAYS][2] = { { .9, -.2 }, { 0, 1.1 }, { .5, .625 }, { 1.25, 0 } };
static const double entries[5][3] = { { 3, 1, .5 }, { 0, 0, .875 }, { 1, 1, 1.125 }, { 3, 1, .25 }, { 2, 0, -.5 } };
static const double sharing[2][2] = { { .75, .25 }, { .375, .625 } };
static const double rates[ARRAYS] = { .1, .07, .13, .2 };
static const double decays[4][2] = { { .8, .6 }, { .7, .55 }, { .5, .65 }, { .9, .75 } };
static const char *const npy[] = { "matrix.npy", "entries.npy", "sharing.npy", "decays.npy", "rates.npy", "groups.npy" };

static size_t
group_of (size_t weight)
{
    return weight * weight / 5 % 3;
}

typedef struct {
    char directory[32], data[64], config[64];
} files;

/* Write a table under its name beside the configuration. */
static void
write_npy (const files *f, const char *name, size_t rows, size_t columns, const double *values)
{
    char path[64];
    rg_array array;
    snprintf (path, sizeof path, "%s/%s", f->directory, name);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, columns == 0 ? 1 : 2, (size_t[]) { rows, columns }), RG_OK);
    memcpy (array.data, values, rows * (columns == 0 ? 1 : columns) * sizeof *values);
    ck_assert_int_eq (rg_npy_write (path, &array, NULL), RG_OK);
    rg_array_clear (&array);
}

/* A tiny problem with these blocks of hyperparameters, in a directory of its own. */
static void
files_init (files *f, const char *blocks)
{
    double group[WEIGHTS];
    snprintf (f->directory, sizeof f->directory, "/tmp/retrograde-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (f->directory));
    snprintf (f->data, sizeof f->data, "%s/d.csv", f->directory);
    snprintf (f->config, sizeof f->config, "%s/c.yaml", f->directory);
    FILE *file = fopen (f->data, "w");
    for (int i = 0; i < 12; i++)
        fprintf (file, "%g,%g,%g,%d\n", .1 * i, .3 - .05 * i * i, 1. / (i + 1), i % 3);
    ck_assert_int_eq (fclose (file), 0);
    for (size_t i = 0; i < WEIGHTS; i++)
        group[i] = (double) group_of (i);
    write_npy (f, npy[0], ARRAYS, 2, &matrix[0][0]);
    write_npy (f, npy[1], 5, 3, &entries[0][0]);
    write_npy (f, npy[2], 2, 2, &sharing[0][0]);
    write_npy (f, npy[3], 4, 2, &decays[0][0]);
    write_npy (f, npy[4], ARRAYS, 0, rates);
    write_npy (f, npy[5], WEIGHTS, 0, group);
    file = fopen (f->config, "w");
    fprintf (file, "seed: 4\n"
                   "data: {kind: csv, train: {inputs: d.csv, count: 8}, valid: {inputs: d.csv, first: 8}, batch: 4}\n"
                   "model: {layers: [3, 4, 3], scale: 0.5}\n"
                   "inner: {steps: %d}\n"
                   "hyper:\n%s", STEPS, blocks);
    ck_assert_int_eq (fclose (file), 0);
}

static void
files_clear (const files *f)
{
    unlink (f->data);
    unlink (f->config);
    for (size_t i = 0; i < sizeof npy / sizeof *npy; i++) {
        char path[64];
        snprintf (path, sizeof path, "%s/%s", f->directory, npy[i]);
        ck_assert_int_eq (unlink (path), 0);
    }
    ck_assert_int_eq (rmdir (f->directory), 0);
}

/* Add a block; the ties end here. */
static void
add (rg_hyper *hyper, rg_role role, rg_scope scope, double init, const double *values, rg_tie *steps, rg_tie *slice)
{
    rg_message message = { "" };
    rg_block_spec spec = rg_block_defaults (role);
    spec.scope = scope;
    spec.init = init;
    spec.values = values;
    spec.per_step = steps != NULL;
    spec.step_tie = steps;
    spec.slice_tie = slice;
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
    rg_tie_free (steps);
    rg_tie_free (slice);
}

static rg_tie *
dense (size_t rows, size_t columns, const double *values)
{
    rg_tie *tie;
    rg_tie_entry entry[16];
    for (size_t i = 0; i < rows * columns; i++)
        entry[i] = (rg_tie_entry) { i / columns, i % columns, values[i] };
    ck_assert_int_eq (rg_tie_new (&tie, rows, columns, rows * columns, entry, NULL), RG_OK);
    return tie;
}

/* matrix, entries with knots, groups of weights */
static void
first_by_hand (rg_hyper *hyper)
{
    rg_tie *line, *sparse, *groups;
    rg_tie_entry entry[5];
    size_t group[WEIGHTS];
    for (size_t i = 0; i < 5; i++)
        entry[i] = (rg_tie_entry) { (size_t) entries[i][0], (size_t) entries[i][1], entries[i][2] };
    for (size_t i = 0; i < WEIGHTS; i++)
        group[i] = group_of (i);
    ck_assert_int_eq (rg_tie_spline (&line, STEPS, 4, 1, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_new (&sparse, ARRAYS, 2, 5, entry, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_groups (&groups, WEIGHTS, group, NULL), RG_OK);
    add (hyper, RG_RATE, RG_PER_ARRAY, .1, NULL, NULL, dense (ARRAYS, 2, &matrix[0][0]));
    add (hyper, RG_DECAY, RG_PER_ARRAY, 0, &decays[0][0], line, sparse);
    add (hyper, RG_L2, RG_PER_WEIGHT, .01, NULL, NULL, groups);
}

/* sharing, groups of layers with pieces */
static void
second_by_hand (rg_hyper *hyper)
{
    rg_tie *matrix_of_parts = dense (2, 2, &sharing[0][0]), *rows, *pieces, *one;
    ck_assert_int_eq (rg_tie_of_rows (&rows, matrix_of_parts, ARRAYS / 2), RG_OK);
    ck_assert_int_eq (rg_tie_spline (&pieces, STEPS, 3, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_groups (&one, LAYERS, (size_t[]) { 0, 0 }, NULL), RG_OK);
    rg_tie_free (matrix_of_parts);
    add (hyper, RG_RATE, RG_PER_ARRAY, 0, rates, NULL, rows);
    add (hyper, RG_DECAY, RG_PER_LAYER, .75, NULL, pieces, one);
}

static const struct {
    const char *label, *blocks;
    void (*by_hand) (rg_hyper *hyper);
} tied[] = {
    { "matrix, entries, groups",
      "  - {name: rate, per: array, init: 0.1, tie: {matrix: matrix.npy}}\n"
      "  - {name: decay, per: step*array, init: decays.npy, tie: {knots: 4, degree: 1, entries: entries.npy}}\n"
      "  - {name: l2, per: weight, init: 0.01, tie: {groups: groups.npy}}\n", first_by_hand },
    { "sharing, layers",
      "  - {name: rate, per: array, init: rates.npy, tie: {sharing: sharing.npy}}\n"
      "  - {name: decay, per: step*layer, init: 0.75, tie: {pieces: 3, groups: [[1, 2]]}}\n", second_by_hand },
};

START_TEST (ties_of_a_file_are_those_made_by_hand)
{
    files f;
    rg_config *config;
    rg_hyper *hyper;
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    files_init (&f, tied[_i].blocks);
    ck_assert_msg (rg_config_load (&config, f.config, 0, NULL, NULL, &message) == RG_OK, "%s", message.text);
    const rg_setup *setup = rg_config_setup (config);
    rg_problem problem = setup->problem;
    const rg_hyper *read = problem.hyper;
    ck_assert_int_eq (rg_hyper_new (&hyper, rg_hyper_layout (read), STEPS, 8, 14), RG_OK);
    tied[_i].by_hand (hyper);
    ck_assert_uint_eq (rg_hyper_blocks (hyper), rg_hyper_blocks (read));
    ck_assert_uint_eq (rg_hyper_size (hyper), rg_hyper_size (read));
    for (size_t k = 0; k < rg_hyper_blocks (hyper); k++) {
        const rg_block a = rg_hyper_block (hyper, k), b = rg_hyper_block (read, k);
        ck_assert_str_eq (a.name, b.name);
        ck_assert_ptr_nonnull (b.tied);
        for (size_t t = 0; t < STEPS; t++)
            ck_assert_msg (a.slice == b.slice
                           && memcmp (rg_block_values (&a, t), rg_block_values (&b, t), a.slice * sizeof (double)) == 0,
                           "%s: %s: step %zu: what is used differs", tied[_i].label, a.name, t);
    }
    double *g = calloc (2 * rg_hyper_size (hyper), sizeof *g), *of_hand = g + rg_hyper_size (hyper);
    setup->estimator_options->window = 0;
    for (int k = 0; k < 2; k++) {
        problem.hyper = k == 0 ? setup->problem.hyper : hyper;
        ck_assert_msg (rg_hypergradient (&problem, setup->estimator, setup->estimator_options, 0, k == 0 ? g : of_hand,
                                         &report, &message) == RG_OK, "%s", message.text);
        ck_assert (report.certified);
    }
    for (size_t i = 0; i < rg_hyper_size (hyper); i++)
        ck_assert_msg (g[i] != 0 && memcmp (&g[i], &of_hand[i], sizeof *g) == 0, "%s: derivative %zu: %g, by hand %g",
                       tied[_i].label, i, g[i], of_hand[i]);
    free (g);
    rg_hyper_free (hyper);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

/* One number by arithmetic on paper: exp (.9 log .1 - .2 log .1) = .1^.7, and those of the rows after it. */
START_TEST (a_matrix_of_a_file_acts_on_the_free_numbers)
{
    files f;
    rg_config *config;
    rg_block rate, decay;
    rg_message message = { "" };
    files_init (&f, tied[0].blocks);
    ck_assert_msg (rg_config_load (&config, f.config, 0, NULL, NULL, &message) == RG_OK, "%s", message.text);
    const rg_hyper *hyper = rg_config_setup (config)->problem.hyper;
    ck_assert (rg_hyper_find (hyper, RG_RATE, &rate) && rg_hyper_find (hyper, RG_DECAY, &decay));
    for (size_t a = 0; a < ARRAYS; a++)
        ck_assert_double_eq_tol (rate.natural[a], pow (.1, matrix[a][0] + matrix[a][1]), 1e-15);
    /* the first knot is the first step: array 3 has the coefficient .5 + .25 of the second column */
    const double x = .75 * log (.6 / .4), expected = nearbyint (16384 / (1 + exp (-x))) / 16384;
    ck_assert_double_eq_tol (rg_block_values (&decay, 0)[3], expected, 1e-15);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("config ties");
    TCase *tcase = tcase_create ("ties");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, ties_of_a_file_are_those_made_by_hand, 0, (int) (sizeof tied / sizeof *tied));
    tcase_add_test (tcase, a_matrix_of_a_file_acts_on_the_free_numbers);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

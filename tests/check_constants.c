/* check_constants.c -- constants of the dynamics from .npy files of every shape, and ties over steps by a matrix. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include <retrograde.h>

enum { ARRAYS = 4, LAYERS = 2, UNITS = 9, WEIGHTS = 31, STEPS = 6 };

typedef struct {
    char directory[32], data[64], config[64], npy[64];
} files;

/* Numbers in no order, all different, around .1. */
static double
number (size_t i)
{
    return .05 + .1 * (double) (i * 37 % 101) / 101;
}

/* A tiny problem in a directory of its own, with a file n.npy of this shape. */
static void
files_init (files *f, const char *inner, const char *blocks, int ndim, size_t rows, size_t columns)
{
    rg_array array;
    snprintf (f->directory, sizeof f->directory, "/tmp/retrograde-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (f->directory));
    snprintf (f->data, sizeof f->data, "%s/d.csv", f->directory);
    snprintf (f->config, sizeof f->config, "%s/c.yaml", f->directory);
    snprintf (f->npy, sizeof f->npy, "%s/n.npy", f->directory);
    FILE *file = fopen (f->data, "w");
    for (int i = 0; i < 12; i++)
        fprintf (file, "%g,%g,%g,%d\n", .1 * i, .3 - .05 * i * i, 1. / (i + 1), i % 3);
    ck_assert_int_eq (fclose (file), 0);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, ndim, (size_t[]) { rows, columns }), RG_OK);
    for (size_t i = 0; i < rg_array_count (&array); i++)
        ((double *) array.data)[i] = number (i);
    ck_assert_int_eq (rg_npy_write (f->npy, &array, NULL), RG_OK);
    rg_array_clear (&array);
    file = fopen (f->config, "w");
    fprintf (file, "seed: 4\n"
                   "data: {kind: csv, train: {inputs: d.csv, count: 8}, valid: {inputs: d.csv, first: 8}, batch: 4}\n"
                   "model: {layers: [3, 4, 3], scale: 0.5}\n"
                   "inner: {steps: %d, dynamics: momentum%s}\n"
                   "hyper:\n%s", STEPS, inner, blocks);
    ck_assert_int_eq (fclose (file), 0);
}

static void
files_clear (const files *f)
{
    unlink (f->data);
    unlink (f->config);
    unlink (f->npy);
    ck_assert_int_eq (rmdir (f->directory), 0);
}

static rg_config *
load (const files *f)
{
    rg_config *config;
    rg_message message = { "" };
    ck_assert_msg (rg_config_load (&config, f->config, 0, NULL, NULL, &message) == RG_OK, "%s", message.text);
    return config;
}

/* The derivatives in the last block; ended with free. */
static double *
hypergradient_of (rg_config *config, const char *estimator, rg_block *last)
{
    const rg_setup *setup = rg_config_setup (config);
    const rg_hyper *hyper = setup->problem.hyper;
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    double *g = calloc (rg_hyper_size (hyper), sizeof *g);
    const rg_estimator *kind = estimator == NULL ? setup->estimator : rg_registry_estimator (estimator);
    ck_assert_msg (rg_hypergradient (&setup->problem, kind, setup->estimator_options, 0, g, &report, &message) == RG_OK, "%s",
                   message.text);
    ck_assert (rg_hyper_find (hyper, RG_L2, last));
    return g;
}

static const struct {
    const char *per;
    int ndim;
    size_t shape[2];
    rg_scope scope;
    int per_step;
} shapes[] = {
    { "all", 0, { 1, 1 }, RG_PER_ALL, 0 },
    { "all", 1, { 1, 1 }, RG_PER_ALL, 0 },
    { "layer", 1, { LAYERS, 1 }, RG_PER_LAYER, 0 },
    { "array", 1, { ARRAYS, 1 }, RG_PER_ARRAY, 0 },
    { "unit", 1, { UNITS, 1 }, RG_PER_UNIT, 0 },
    { "weight", 1, { WEIGHTS, 1 }, RG_PER_WEIGHT, 0 },
    { "array", 2, { 1, ARRAYS }, RG_PER_ARRAY, 0 },
    { "step", 1, { STEPS, 1 }, RG_PER_ALL, 1 },
    { "step", 2, { STEPS, 1 }, RG_PER_ALL, 1 },
    { "step*layer", 2, { STEPS, LAYERS }, RG_PER_LAYER, 1 },
    { "step*array", 2, { STEPS, ARRAYS }, RG_PER_ARRAY, 1 },
    { "step*unit", 2, { STEPS, UNITS }, RG_PER_UNIT, 1 },
    { "step*weight", 2, { STEPS, WEIGHTS }, RG_PER_WEIGHT, 1 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* The values in force, and the derivatives in a penalty, which are to the bit those of the same numbers under hyper. */
START_TEST (a_constant_is_what_its_files_shape_says)
{
    files f;
    rg_block rate, l2, tuned_l2;
    char blocks[256];
    const char *penalty = "  - {name: l2, per: layer, init: 0.01}\n";
    files_init (&f, ", rate: n.npy, decay: 0.9", penalty, shapes[_i].ndim, shapes[_i].shape[0], shapes[_i].shape[1]);
    rg_config *config = load (&f);
    ck_assert (rg_hyper_find (rg_config_setup (config)->problem.hyper, RG_RATE, &rate));
    ck_assert_msg (rate.fixed && rate.scope == shapes[_i].scope && rate.per_step == shapes[_i].per_step, "%s", shapes[_i].per);
    for (size_t t = 0; t < STEPS; t++)
        for (size_t i = 0; i < rate.slice; i++)
            ck_assert_double_eq (rg_block_values (&rate, t)[i], number ((size_t) shapes[_i].per_step * t * rate.slice + i));
    double *g = hypergradient_of (config, NULL, &l2);
    rg_config_free (config);
    files_clear (&f);

    snprintf (blocks, sizeof blocks, "%s  - {name: rate, per: %s, init: n.npy, transform: identity}\n", penalty, shapes[_i].per);
    const int flat = strcmp (shapes[_i].per, "step") == 0 || shapes[_i].shape[0] == 1, one = strcmp (shapes[_i].per, "all") == 0;
    files_init (&f, ", decay: 0.9", blocks, one ? 0 : flat ? 1 : shapes[_i].ndim,
                flat && !one ? shapes[_i].shape[0] * shapes[_i].shape[1] : shapes[_i].shape[0], shapes[_i].shape[1]);
    config = load (&f);
    double *of_tuned = hypergradient_of (config, NULL, &tuned_l2);
    for (size_t i = 0; i < LAYERS; i++)
        ck_assert_msg (g[i] != 0 && g[i] == of_tuned[tuned_l2.first + i], "%s: %g, tuned %g", shapes[_i].per, g[i], of_tuned[i]);
    free (of_tuned);
    free (g);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

/* Other constants than the rate, and what forward mode and differences say of a penalty beside a schedule. */
START_TEST (every_estimator_takes_a_constant_schedule)
{
    static const char *const others[] = { "forward", "differences" };
    files f;
    rg_block l2;
    files_init (&f, ", rate: 0.1, decay: n.npy, arithmetic: floating", "  - {name: l2, per: layer, init: 0.01}\n"
                "estimator: {trajectory: stored}\nprecision: double\n", 2, STEPS, WEIGHTS);
    rg_config *config = load (&f);
    double *g = hypergradient_of (config, NULL, &l2);
    for (size_t k = 0; k < 2; k++) {
        double *other = hypergradient_of (config, others[k], &l2);
        for (size_t i = 0; i < LAYERS; i++)
            ck_assert_msg (fabs (g[i] - other[i]) <= 1e-6 * fabs (g[i]), "%s: %g, reverse %g", others[k], other[i], g[i]);
        free (other);
    }
    free (g);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

static const struct {
    const char *label, *block;
    size_t rows, columns; /* of the matrix, [rows x columns] over the steps */
} ties[] = {
    { "matrix", "per: step, init: 0.1, tie: {matrix: n.npy}, transform: identity", STEPS, 2 },
    { "steps", "per: step, init: 0.1, tie: {steps: n.npy}, transform: identity", STEPS, 2 },
    { "steps of a product", "per: step*layer, init: 0.1, tie: {steps: n.npy}, transform: identity", STEPS, 3 },
    { "steps and layers", "per: step*layer, init: 0.1, tie: {steps: n.npy, groups: [[1, 2]]}, transform: identity", STEPS, 1 },
    { "steps by log", "per: step, init: 0.1, tie: {steps: n.npy}", STEPS, 1 },
};
enum { TIES = sizeof ties / sizeof *ties };

/* used = transform (M free): by hand, then reverse against forward mode and differences. */
START_TEST (a_matrix_ties_the_steps)
{
    files f;
    rg_block rate;
    char blocks[256];
    const int by_log = strstr (ties[_i].block, "identity") == NULL;
    snprintf (blocks, sizeof blocks, "  - {name: rate, %s}\n  - {name: l2, init: 0.01}\nprecision: double\n", ties[_i].block);
    files_init (&f, ", decay: 0.9", blocks, 2, ties[_i].rows, ties[_i].columns);
    rg_config *config = load (&f);
    const rg_hyper *hyper = rg_config_setup (config)->problem.hyper;
    ck_assert (rg_hyper_find (hyper, RG_RATE, &rate));
    ck_assert_uint_eq (rate.rows, ties[_i].columns);
    for (size_t t = 0; t < STEPS; t++) {
        double sum = 0;
        for (size_t k = 0; k < ties[_i].columns; k++)
            sum += number (t * ties[_i].columns + k) * (by_log ? log (.1) : .1);
        for (size_t i = 0; i < rate.slice; i++)
            ck_assert_double_eq_tol (rg_block_values (&rate, t)[i], by_log ? exp (sum) : sum, 1e-15);
    }
    rg_block l2;
    double *g = hypergradient_of (config, NULL, &l2), *forward = hypergradient_of (config, "forward", &l2);
    double *differences = hypergradient_of (config, "differences", &l2);
    for (size_t i = 0; i < rg_hyper_size (hyper); i++) {
        ck_assert_msg (fabs (g[i] - forward[i]) <= 1e-6 * fabs (g[i]), "%s: %g, forward %g", ties[_i].label, g[i], forward[i]);
        ck_assert_msg (fabs (g[i] - differences[i]) <= 1e-5 * fabs (g[i]), "%s: %g, differences %g", ties[_i].label, g[i],
                       differences[i]);
    }
    free (g);
    free (forward);
    free (differences);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

static const struct {
    const char *inner, *blocks;
    int ndim;
    size_t rows, columns;
    const char *sentence;
} refused[] = {
    { ", rate: n.npy, decay: 0.9, steps: 4", "  - {name: l2, init: 0.1}\n", 1, 4, 1,
      "4 numbers are one per step or one per array: expected shape [4, 1] (step) or [1, 4]" },
    { ", rate: n.npy, decay: 0.9", "  - {name: l2, init: 0.1}\n", 1, 5, 1,
      "expected shape [1], [2] (layer), [4] (array), [9] (unit), [31] (weight), [6] (step), or [6, one of them], got [5]" },
    { ", rate: n.npy, decay: 0.9", "  - {name: l2, init: 0.1}\n", 2, 2, 6, "or [6, one of them], got [2, 6]" },
    { ", l2: n.npy, decay: 0.9", "  - {name: rate, init: 0.1}\n", 1, 6, 1, "[31] (weight), got [6]" },
    { ", l2: n.npy, decay: 0.9", "  - {name: rate, init: 0.1}\n", 2, 6, 2, "[31] (weight), got [6, 2]" },
    { ", decay: 0.9", "  - {name: rate, per: step, init: 0.1, tie: {matrix: n.npy}}\n", 2, 5, 1,
      "tie.matrix: expected a row for each of 6 numbers, got 5" },
    { ", decay: 0.9", "  - {name: rate, init: 0.1, tie: {steps: n.npy}}\n", 2, 6, 1,
      "tie.steps: a schedule needs per: step, or a product with it" },
    { ", decay: 0.9", "  - {name: rate, per: step, init: 0.1, tie: {steps: n.npy, matrix: n.npy}}\n", 2, 6, 1,
      "tie: one of pieces, knots, steps, groups, matrix, entries and sharing says how the steps are tied" },
    { ", decay: 0.9", "  - {name: rate, per: step, init: 0.1, tie: {steps: n.npy, pieces: 2}}\n", 2, 6, 1,
      "tie.steps: pieces say how the steps are tied already" },
    { ", rate: 0.1", "  - {name: decay, per: step, init: 0.5, tie: {steps: n.npy}, transform: identity}\n", 2, 6, 1,
      "tie: a matrix that is not convex does not keep a value at a number in [0, 1]" },
    { ", decay: 0.9", "  - {name: rate, per: step, init: 0.1, tie: {steps: n.npy}, constraint: {max: 1}}\n", 2, 6, 1,
      "tie: a constraint needs a convex matrix" },
};

START_TEST (a_file_of_another_shape_is_refused)
{
    files f;
    rg_config *config;
    char inner[96];
    rg_message message = { "" };
    const char *steps = strstr (refused[_i].inner, ", steps: 4");
    snprintf (inner, sizeof inner, "%.*s", steps == NULL ? 90 : (int) (steps - refused[_i].inner), refused[_i].inner);
    files_init (&f, inner, refused[_i].blocks, refused[_i].ndim, refused[_i].rows, refused[_i].columns);
    ck_assert_int_ne (rg_config_load (&config, f.config, steps != NULL, (const char *[]) { "inner.steps=4" }, NULL, &message), RG_OK);
    ck_assert_msg (strstr (message.text, refused[_i].sentence) != NULL, "%s\nexpected %s", message.text, refused[_i].sentence);
    files_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("constants");
    TCase *tcase = tcase_create ("constants");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, a_constant_is_what_its_files_shape_says, 0, SHAPES);
    tcase_add_test (tcase, every_estimator_takes_a_constant_schedule);
    tcase_add_loop_test (tcase, a_matrix_ties_the_steps, 0, TIES);
    tcase_add_loop_test (tcase, a_file_of_another_shape_is_refused, 0, (int) (sizeof refused / sizeof *refused));
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

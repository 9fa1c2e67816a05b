/* check_config_build.c -- from a file to a problem: what is built, and every allocation on the way may fail. */
#include <stdio.h>
#include <unistd.h>

#include "testing.h"

#include "failing_memory.h"

#include <retrograde.h>


/* A tiny problem in a directory of its own; with other settings it has two tasks, or second networks. */
static const char *const two_tasks[] = { "model.kind=multitask", "model.sharing=[shared, separate]", "inner.sharing=0.3",
                                         "inner.interaction=0.1", "data.train.tasks=t.csv", "data.valid.tasks=t.csv",
                                         "data.test.tasks=t.csv" };
static const char *const second_networks[] = { "hyper=[{name: rate, per: step, init: 0.1}, {name: decay, init: 0.75}, {name: representation, constraint: {min: -4}}, {name: augmentation}]",
                                               "model.representation={layers: [3, 2, 3], scale: 0.5}", "model.augmentation={layers: [3, 3], output: linear, noise: 2, scale: 0.3}",
                                               "model.weighting={layers: [3, 2, 1], activation: sigmoid, output: softplus, scale: 0.4}" };
static const char *const mean_of_three[] = { "hyper=[{name: rate, init: 0.1}]", "inner.decay=0.75", "inner.restart=fresh",
                                             "outer.average.initialisations=3", "threads=2", "outer.monitor=validation_loss" };

/* The plain configuration, and with settings; `size` numbers are tuned. */
static const struct {
    const char *const *settings;
    size_t count, size;
} variants[] = { { NULL, 0, 4 * 2 + 2 + 4 + 8 + 31 + 24 },
                 { two_tasks, sizeof two_tasks / sizeof *two_tasks, 4 * 2 + 2 + 4 + 8 + 2 * 31 + 24 },
                 { second_networks, sizeof second_networks / sizeof *second_networks, 6 + 1 + 17 + 18 },
                 { mean_of_three, sizeof mean_of_three / sizeof *mean_of_three, 1 } };

typedef struct {
    char directory[32], data[64], tasks[64], config[64];
} files;

static void
files_init (files *f)
{
    snprintf (f->directory, sizeof f->directory, "/tmp/retrograde-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (f->directory));
    snprintf (f->data, sizeof f->data, "%s/d.csv", f->directory);
    snprintf (f->tasks, sizeof f->tasks, "%s/t.csv", f->directory);
    snprintf (f->config, sizeof f->config, "%s/c.yaml", f->directory);
    FILE *file = fopen (f->data, "w");
    for (int i = 0; i < 12; i++)
        fprintf (file, "%g,%g,%g,%d\n", .1 * i, .3 - .05 * i * i, 1. / (i + 1), i % 3);
    ck_assert_int_eq (fclose (file), 0);
    file = fopen (f->tasks, "w");
    for (int i = 0; i < 12; i++)
        fprintf (file, "%d\n", i % 2);
    ck_assert_int_eq (fclose (file), 0);
    file = fopen (f->config, "w");
    fprintf (file, "seed: 4\n"
                   "data: {kind: csv, train: {inputs: d.csv, count: 8}, valid: {inputs: d.csv, first: 8}, test: {inputs: d.csv},\n"
                   "       batch: 4, center: true}\n"
                   "model: {layers: [3, 4, 3], scale: 0.5}\n"
                   "inner: {steps: 6}\n"
                   "hyper:\n"
                   "  - {name: rate, per: step*array, init: 0.1, tie: {knots: 4, degree: 2, groups: [[W1, b1], [W2, b2]]}}\n"
                   "  - {name: decay, per: layer, init: 0.75}\n"
                   "  - {name: l2, per: array, init: 0.01}\n"
                   "  - {name: example_weight, per: example, init: 1}\n"
                   "  - {name: weights}\n"
                   "  - {name: inputs}\n");
    ck_assert_int_eq (fclose (file), 0);
}

static void
files_clear (const files *f)
{
    unlink (f->data);
    unlink (f->tasks);
    unlink (f->config);
    ck_assert_int_eq (rmdir (f->directory), 0);
}

START_TEST (a_file_becomes_a_problem_whose_methods_agree)
{
    files f;
    rg_config *config;
    rg_message message = { "" };
    files_init (&f);
    ck_assert_msg (rg_config_load (&config, f.config, variants[_i].count, variants[_i].settings, NULL, &message) == RG_OK, "%s", message.text);
    const rg_setup *setup = rg_config_setup (config);
    const size_t size = rg_hyper_size (setup->problem.hyper);
    ck_assert_uint_eq (size, variants[_i].size);
    double *x = calloc (2 * size, sizeof *x);
    rg_report report = { .size = sizeof report };
    ck_assert_uint_eq (setup->estimator_options->window, RG_WINDOW_AUTO);
    setup->estimator_options->window = 0;
    ck_assert_int_eq (rg_hypergradient (&setup->problem, setup->estimator, setup->estimator_options, 0, x, &report, NULL),
                      RG_OK);
    ck_assert (report.certified);
    ck_assert_int_eq (rg_hypergradient (&setup->problem, rg_registry_estimator ("differences"), setup->estimator_options, 0,
                                        x + size, &report, NULL), RG_OK);
    for (size_t i = 0; i < rg_hyper_blocks (setup->problem.hyper); i++) {
        const rg_block b = rg_hyper_block (setup->problem.hyper, i);
        if (b.fixed)
            continue;
        const double apart = relative_difference (x + b.first, x + size + b.first, b.size);
        ck_assert_msg (apart < 1e-6, "%s: %g", b.name, apart);
    }
    free (x);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_configuration_may_fail)
{
    files f;
    files_init (&f);
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_config *config;
        FAILING (&memory, rg_config_load (&config, f.config, variants[_i].count, variants[_i].settings, NULL, NULL));
        rg_config_free (config);
    }
    ck_assert_int_gt (memory.failures, 100);
    files_clear (&f);
}
END_TEST

START_TEST (a_mean_has_objectives_for_each_thread)
{
    files f;
    rg_config *config;
    rg_message message = { "" };
    double slopes[3];
    rg_report report = { .size = sizeof report };
    files_init (&f);
    ck_assert_msg (rg_config_load (&config, f.config, variants[3].count, variants[3].settings, NULL, &message) == RG_OK, "%s",
                   message.text);
    const rg_setup *setup = rg_config_setup (config);
    ck_assert_uint_eq (setup->members, 3);
    ck_assert_uint_eq (setup->other_count, 1);
    for (uint64_t k = 0; k < 3; k++)
        ck_assert_int_eq (rg_hypergradient (&setup->problem, setup->estimator, setup->estimator_options, 3 + k, &slopes[k],
                                            &report, NULL), RG_OK);
    double mean;
    ck_assert_int_eq (rg_hypergradient_mean (&setup->problem, 3, setup->others, setup->other_count, setup->estimator,
                                             setup->estimator_options, 1, &mean, &report, NULL), RG_OK);
    ck_assert_double_eq (mean, (slopes[0] + slopes[1] + slopes[2]) / 3);
    ck_assert_double_ne (slopes[0], slopes[1]);
    rg_config_free (config);
    files_clear (&f);
}
END_TEST

/* A hypergradient of the problem of 500 weights, from the weights w [500] where they are given; to be freed. */
static double *
of_500_weights (size_t count, const char *const *settings, const double *start, double *w_T, rg_hyper **blocks, rg_config **config)
{
    char path[400];
    rg_message message = { "" };
    const char *top = getenv ("SRCDIR");
    snprintf (path, sizeof path, "%s/experiments/methods/descent.yaml", top == NULL ? ".." : top);
    const rg_status status = rg_config_load (config, path, count, settings, NULL, &message);
    if (status != RG_OK && strstr (message.text, "not installed") != NULL)
        return NULL;
    ck_assert_msg (status == RG_OK, "%s", message.text);
    rg_setup *setup = rg_config_setup (*config);
    *blocks = setup->problem.hyper;
    setup->problem.last_weights = w_T;
    if (start != NULL)
        setup->problem.initial = (rg_initial) { .values = start };
    double *gradient = calloc (rg_hyper_size (*blocks), sizeof *gradient);
    ck_assert_msg (rg_hypergradient (&setup->problem, setup->estimator, setup->estimator_options, 0, gradient, NULL, &message) == RG_OK,
                   "%s", message.text);
    return gradient;
}

/* The largest difference of a block's hypergradients. */
static double
apart (const rg_hyper *blocks, const double *x, const double *y)
{
    double most = 0;
    for (size_t i = 0; i < rg_hyper_blocks (blocks); i++) {
        const rg_block b = rg_hyper_block (blocks, i);
        if (!b.fixed)
            most = fmax (most, relative_difference (x + b.first, y + b.first, b.size));
    }
    return most;
}

/* Trained by batches; the exact one is of a run that takes all examples, begins there, and hardly moves. */
START_TEST (an_implicit_estimator_is_over_all_examples_after_training_by_batches)
{
    enum { WEIGHTS = 500, KINDS = 4 };
    static const char *const by_batches[KINDS][5] = {
        { "data.batch=10", "data.order=shuffled", "inner.steps=1000", "estimator.kind=implicit:cg", "seed=3" },
        { "data.batch=10", "data.order=shuffled", "inner.steps=1000", "estimator.kind=implicit:cg", "estimator.batch=all" },
        { "data.batch=10", "data.order=shuffled", "inner.steps=1000", "estimator.kind=implicit:dense", "estimator.batch=100" },
        { "data.batch=10", "data.order=shuffled", "inner.steps=1000", "estimator.kind=implicit:cg", "estimator.batch=10" }
    };
    static const char *const exactly[] = { "inner.steps=1", "inner.rate=1e-12", "estimator.kind=implicit:dense" };
    double *found[KINDS] = { NULL }, w[WEIGHTS], unwanted[WEIGHTS];
    rg_config *config[KINDS + 1] = { NULL };
    rg_hyper *blocks = NULL;
    for (size_t k = 0; k < KINDS; k++)
        found[k] = of_500_weights (5, by_batches[k], NULL, w, &blocks, &config[k]);
    if (found[0] == NULL)
        return; /* Fashion-MNIST is not installed */
    double *exact = of_500_weights (3, exactly, w, unwanted, &blocks, &config[KINDS]);
    ck_assert_double_le (relative_difference (unwanted, w, WEIGHTS), 1e-9);
    for (size_t k = 0; k < 3; k++)
        ck_assert_msg (apart (blocks, found[k], exact) <= 1e-6, "%zu: %g", k, apart (blocks, found[k], exact));
    ck_assert_double_ge (apart (blocks, found[3], exact), .1);
    for (size_t k = 0; k < KINDS; k++) {
        free (found[k]);
        rg_config_free (config[k]);
    }
    free (exact);
    rg_config_free (config[KINDS]);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("config build");
    TCase *tcase = tcase_create ("build");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, a_file_becomes_a_problem_whose_methods_agree, 0, 4);
    tcase_add_loop_test (tcase, every_allocation_of_a_configuration_may_fail, 0, 4);
    tcase_add_test (tcase, a_mean_has_objectives_for_each_thread);
    tcase_add_test (tcase, an_implicit_estimator_is_over_all_examples_after_training_by_batches);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

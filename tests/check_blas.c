/* check_blas.c -- BLAS's threads belong to the process: two problems in two threads have the bits that each has alone. */
#include "testing.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <cblas.h>
#include <retrograde.h>

#include "how.h"

#include "dense/blas.h"

enum { LAYERS = 3, EXAMPLES = 200, STEPS = 6, THREADS = 4 };
static const size_t widths[LAYERS] = { 196, 150, 10 };

/* ---- counting ---------------------------------------------------------------- */

START_TEST (the_last_one_gives_blas_its_threads_back)
{
    openblas_set_num_threads (THREADS);
    rg_blas_enter ();
    ck_assert_int_eq (openblas_get_num_threads (), 1);
    rg_blas_enter ();
    rg_blas_leave ();
    ck_assert_int_eq (openblas_get_num_threads (), 1);
    rg_blas_leave ();
    ck_assert_int_eq (openblas_get_num_threads (), THREADS);
    ck_assert_ptr_nonnull (rg_blas_core ());
    openblas_set_num_threads (1);
}
END_TEST

/* ---- a problem whose products are large enough for several threads of BLAS --------- */

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *data;
    rg_objective *inner, *outer;
    rg_problem problem;
} large;

static rg_dataset *
examples (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t count = EXAMPLES, shape[] = { count, widths[0] };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < count; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) ((3 * i + i * i / 5) % 10);
        for (size_t k = 0; k < widths[0]; k++)
            ((double *) inputs.data)[i * widths[0] + k] = sin (1.3 * (double) i + .7 * (double) k + .29 * (double) (i * k));
    }
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, NULL, "inputs", "labels", NULL), RG_OK);
    return data;
}

static void
large_init (large *l)
{
    const rg_network network = { LAYERS, widths, RG_TANH };
    const rg_role roles[] = { RG_RATE, RG_DECAY };
    ck_assert_int_eq (rg_network_layout (&l->layout, &network), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&l->hyper, l->layout, STEPS, 0, 14), RG_OK);
    for (int i = 0; i < 2; i++) {
        rg_block_spec spec = rg_block_defaults (roles[i]);
        spec.init = i == 0 ? .1 : .8;
        spec.per_step = 1;
        ck_assert_int_eq (rg_hyper_add (l->hyper, &spec, NULL), RG_OK);
    }
    l->data = examples ();
    rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, l->data, 0, { &rg_sampler_cyclic, EXAMPLES, EXAMPLES, 7 }, 0, l->hyper,
                             NULL };
    ck_assert_int_eq (rg_objective_from_network (&l->inner, &loss, NULL), RG_OK);
    loss.part = RG_OUTER;
    ck_assert_int_eq (rg_objective_from_network (&l->outer, &loss, NULL), RG_OK);
    l->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = l->hyper, .inner = l->inner, .outer = l->outer,
                                .dynamics = rg_registry_dynamics ("momentum"), .run = rg_run_defaults (),
                                .initial = { .seed = 3, .scale = .1 } };
}

static void
large_clear (large *l)
{
    rg_objective_free (l->inner);
    rg_objective_free (l->outer);
    rg_hyper_free (l->hyper);
    rg_layout_free (l->layout);
    rg_dataset_free (l->data);
}

static void
differentiate (const large *l, double gradient[2 * STEPS])
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"));
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_uint_eq (rg_hyper_size (l->hyper), 2 * STEPS);
    ck_assert_msg (rg_hypergradient (&l->problem, rg_registry_estimator ("reverse"), &options, 0, gradient, &report, &message)
                   == RG_OK, "%s", message.text);
}

/* ---- another problem, of one weight, over and over ------------------------------- */

static atomic_int over, rounds;

static int
square_loss (void *user, rg_instant at, const double *w, const double *lambda, double *value)
{
    (void) user, (void) at, (void) lambda;
    *value = w[0] * w[0];
    return 0;
}

static int
square_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    nanosleep (&(struct timespec) { 0, 50000 }, NULL);
    g[0] = 2 * w[0];
    return 0;
}

static void *
go_round (void *user)
{
    const rg_problem *problem = user;
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"));
    double gradient[1];
    while (!atomic_load (&over)) {
        rg_report report = { .size = sizeof report };
        if (rg_hypergradient (problem, rg_registry_estimator ("reverse"), &options, 0, gradient, &report, NULL) == RG_OK)
            atomic_fetch_add (&rounds, 1);
        nanosleep (&(struct timespec) { 0, 500000 }, NULL);
    }
    return NULL;
}

START_TEST (two_problems_in_two_threads_have_the_bits_that_each_has_alone)
{
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *objective;
    static const double w = 1;
    const rg_array_spec array = { .name = "w", .count = 1 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.init = .1;
    decay.init = .5;
    decay.fixed = 1;
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 8, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &decay, NULL), RG_OK);
    const rg_callbacks callbacks = { .size = sizeof (rg_callbacks), .loss = square_loss, .gradient = square_gradient };
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, 1, &callbacks, NULL, NULL), RG_OK);
    rg_problem small = { .size = sizeof small, .hyper = hyper, .inner = objective, .outer = objective, .run = rg_run_defaults (),
                         .dynamics = rg_registry_dynamics ("momentum"), .initial = { .values = &w } };
    large l;
    double alone[2 * STEPS], beside[2 * STEPS];
    pthread_t other;
    large_init (&l);
    openblas_set_num_threads (THREADS);
    differentiate (&l, alone);
    ck_assert_int_eq (pthread_create (&other, NULL, go_round, &small), 0);
    int differ = 0;
    for (int run = 0; run < 50; run++) {
        differentiate (&l, beside);
        differ += memcmp (alone, beside, sizeof alone) != 0;
    }
    atomic_store (&over, 1);
    pthread_join (other, NULL);
    ck_assert_int_eq (openblas_get_num_threads (), THREADS);
    openblas_set_num_threads (1);
    ck_assert_msg (differ == 0, "%d of 50 runs have other bits", differ);
    ck_assert_msg (atomic_load (&rounds) > 10, "the other problem was solved %d times", atomic_load (&rounds));
    large_clear (&l);
    rg_objective_free (objective);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("blas");
    TCase *tcase = tcase_create ("threads of the process");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, the_last_one_gives_blas_its_threads_back);
    tcase_add_test (tcase, two_problems_in_two_threads_have_the_bits_that_each_has_alone);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

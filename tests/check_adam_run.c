/* check_adam_run.c -- thousands of steps of Adam and AdamW: certified, within the limit of bits, near floating runs. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "how.h"
#include "uniform.h"

/* 5,560 weights, 100-50-10, on random inputs. */
typedef struct {
    rg_dataset *data;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
} long_run;

static void
long_run_init (long_run *r, const char *dynamics, size_t steps, rg_buffer_kind buffer)
{
    enum { EXAMPLES = 60 };
    static const size_t shape[] = { 100, 50, 10 };
    static const rg_role roles[] = { RG_RATE, RG_BETA1, RG_BETA2, RG_EPSILON, RG_WEIGHT_DECAY };
    const double values[] = { 1e-3, .9, .999, 1e-8, .01 };
    const rg_network network = { 3, shape, RG_TANH };
    const size_t count = EXAMPLES;
    rg_array inputs_of, labels;
    ck_assert_int_eq (rg_array_new (&inputs_of, RG_FLOAT64, 2, (size_t[]) { EXAMPLES, 100 }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < EXAMPLES * 100; i++)
        ((double *) inputs_of.data)[i] = uniform (30, i, -1, 1);
    for (size_t i = 0; i < EXAMPLES; i++)
        ((int32_t *) labels.data)[i] = (int32_t) (i * 7 % 10);
    ck_assert_int_eq (rg_dataset_new (&r->data, &inputs_of, &labels, NULL, "inputs", "labels", NULL), RG_OK);
    ck_assert_int_eq (rg_network_layout (&r->layout, &network), RG_OK);
    ck_assert_uint_eq (rg_layout_weights (r->layout), 5560);
    ck_assert_int_eq (rg_hyper_new (&r->hyper, r->layout, steps, EXAMPLES, 14), RG_OK);
    for (size_t c = 0; c < (strcmp (dynamics, "adamw") == 0 ? 5 : 4); c++) {
        rg_block_spec spec = rg_block_defaults (roles[c]);
        spec.init = values[c];
        ck_assert_int_eq (rg_hyper_add (r->hyper, &spec, NULL), RG_OK);
    }
    rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, r->data, 0, { &rg_sampler_random, EXAMPLES, 6, 1 }, 0, r->hyper, NULL };
    ck_assert_int_eq (rg_objective_from_network (&r->inner, &loss, NULL), RG_OK);
    loss.part = RG_OUTER;
    ck_assert_int_eq (rg_objective_from_network (&r->outer, &loss, NULL), RG_OK);
    r->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = r->hyper, .inner = r->inner, .outer = r->outer,
                                .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults (),
                                .initial = { .scale = .1, .seed = test_seed () } };
    r->problem.run.buffer_kind = buffer;
}

static void
long_run_clear (long_run *r)
{
    rg_objective_free (r->inner);
    rg_objective_free (r->outer);
    rg_hyper_free (r->hyper);
    rg_layout_free (r->layout);
    rg_dataset_free (r->data);
}

static const struct {
    const char *dynamics;
    rg_buffer_kind buffer;
    size_t steps;
} long_runs[] = {
    { "adam", RG_BUFFER_STREAM32, 2000 }, { "adamw", RG_BUFFER_STREAM32, 2000 }, { "adamw", RG_BUFFER_STREAM64, 500 },
    { "adamw", RG_BUFFER_INTEGER, 100 },
};

START_TEST (a_long_run_is_certified_and_keeps_what_the_limit_says)
{
    long_run r;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    long_run_init (&r, long_runs[_i].dynamics, long_runs[_i].steps, long_runs[_i].buffer);
    ck_assert_msg (rg_retrace (&r.problem, &HOW (.check_interval = 50), 0, &report, &message) == RG_OK,
                   "%s", message.text);
    ck_assert (report.certified);
    ck_assert_msg (report.bits <= 1.02 * report.bits_limit && report.bits >= .99 * report.bits_limit,
                   "%s: %.6g bits a weight and step, the limit is %.6g", long_runs[_i].dynamics, report.bits,
                   report.bits_limit);
    long_run_clear (&r);
}
END_TEST

/*
 * Small gradients: J = sum s_i log cosh (w_i - c_i (t)), of which s_i is 1e-4, 1e-6 or 0. An addend of the second moment
 * that were rounded to 0, or down, would make steps of rate m / epsilon.
 */
enum { SMALL = 300 };

static double
size_of (size_t i)
{
    static const double sizes[] = { 1e-4, 1e-6, 0 };
    return sizes[i % 3];
}

static double
target (rg_instant at, size_t i)
{
    return sin ((double) (i * 37) + .37 * (double) (at.step % 40)) + .5 * sin ((double) i);
}

static int
small_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) lambda;
    *loss = 0;
    for (size_t i = 0; i < SMALL; i++)
        *loss += size_of (i) * log (cosh (w[i] - target (at, i)));
    return 0;
}

static int
small_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) lambda;
    for (size_t i = 0; i < SMALL; i++)
        g[i] = size_of (i) * tanh (w[i] - target (at, i));
    return 0;
}

static int
small_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
               const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) lambda, (void) lambda_dot, (void) lambda_g_dot;
    for (size_t i = 0; i < SMALL; i++) {
        const double t = tanh (w[i] - target (at, i));
        g_dot[i] = size_of (i) * (1 - t * t) * w_dot[i];
    }
    return 0;
}

static const struct {
    const char *dynamics;
    double beta1, beta2, weight_decay;
    size_t steps;
} traps[] = { { "adam", .9, .999, 0, 2000 }, { "adam", .9, .99, 0, 2000 }, { "adamw", .9, .999, .1, 2000 },
              { "adam", .9, .999, 0, 10000 } };

START_TEST (small_gradients_do_not_spring_the_trap)
{
    const rg_array_spec array = { .name = "w", .count = SMALL };
    const double values[] = { 1e-3, traps[_i].beta1, traps[_i].beta2, 1e-8, traps[_i].weight_decay };
    static const rg_role roles[] = { RG_RATE, RG_BETA1, RG_BETA2, RG_EPSILON, RG_WEIGHT_DECAY };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_message message = { "" };
    double start[SMALL], end[2][SMALL], moved = 0, apart = 0, gradient[5];
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, traps[_i].steps, 0, 14), RG_OK);
    for (size_t c = 0; c < (traps[_i].weight_decay > 0 ? 5 : 4); c++) {
        rg_block_spec spec = rg_block_defaults (roles[c]);
        spec.init = values[c];
        ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    }
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = small_loss, .gradient = small_gradient,
                                .tangent = small_tangent };
    ck_assert_int_eq (rg_objective_from_callbacks (&inner, SMALL, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&outer, SMALL, &call, NULL, NULL), RG_OK);
    for (size_t i = 0; i < SMALL; i++)
        start[i] = uniform (40, i, -2, 2);
    rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer,
                           .dynamics = rg_registry_dynamics (traps[_i].dynamics), .run = rg_run_defaults (),
                           .initial = { .values = start } };
    for (int k = 0; k < 2; k++) {
        rg_report report = { .size = sizeof report };
        const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (k == 0 ? "reversible" : "stored"));
        problem.run.arithmetic = k == 0 ? RG_EXACT : RG_FLOATING;
        problem.last_weights = end[k];
        ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0, gradient, &report,
                                         &message) == RG_OK, "%s", message.text);
        ck_assert (k == 1 || report.certified);
        for (size_t i = 0; i < rg_hyper_size (hyper); i++)
            ck_assert (isfinite (gradient[i]));
    }
    for (size_t i = 0; i < SMALL; i++) {
        moved = fmax (moved, fabs (end[1][i] - start[i]));
        apart = fmax (apart, fabs (end[0][i] - end[1][i]));
        ck_assert (size_of (i) != 0 || traps[_i].weight_decay > 0 || fabs (end[0][i] - start[i]) < 0x1p-40);
    }
    ck_assert_double_ge (moved, .5);
    ck_assert_msg (apart <= 1e-3, "%s: weights up to %g apart", traps[_i].dynamics, apart);
    rg_objective_free (inner);
    rg_objective_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("adam run");
    TCase *runs = tcase_create ("long runs");
    tcase_set_timeout (runs, 120);
    tcase_add_loop_test (runs, a_long_run_is_certified_and_keeps_what_the_limit_says, 0,
                         (int) (sizeof long_runs / sizeof *long_runs));
    tcase_add_loop_test (runs, small_gradients_do_not_spring_the_trap, 0, (int) (sizeof traps / sizeof *traps));
    suite_add_tcase (suite, runs);
    return run_suite (suite);
}

/* check_evaluate.c -- objectives asked and checked from outside: what is right passes, each kind of fault is named. */
#include "testing.h"

#include <string.h>

#include <retrograde/check.h>

#include "failing_memory.h"
#include "network.h"

#include "base/memory.h"

enum { SIZE = 3, PARAMETERS = 2 };

typedef enum { NO_FAULT, GRADIENT_FAULT, LAMBDA_FAULT, TANGENT_FAULT, BITS_FAULT, NAN_FAULT } fault;

typedef struct {
    fault fault;
    int calls;
} user_data;

/* J = exp (l0 w0) + sin (w0 w1) + l1 w2^2. */
static int
loss (void *user, rg_instant at, const double *w, const double *l, double *out)
{
    (void) user, (void) at;
    *out = exp (l[0] * w[0]) + sin (w[0] * w[1]) + l[1] * w[2] * w[2];
    return 0;
}

static int
gradient (void *user, rg_instant at, const double *w, const double *l, double *g)
{
    (void) at;
    user_data *u = user;
    g[0] = l[0] * exp (l[0] * w[0]) + cos (w[0] * w[1]) * w[1];
    g[1] = cos (w[0] * w[1]) * w[0];
    g[2] = 2 * l[1] * w[2];
    g[1] += u->fault == GRADIENT_FAULT ? 1e-3 : u->fault == BITS_FAULT ? 1e-15 * u->calls++ : 0;
    g[2] += u->fault == NAN_FAULT ? (double) NAN : 0;
    return 0;
}

static int
lambda_gradient (void *user, rg_instant at, const double *w, const double *l, double *h)
{
    (void) at;
    h[0] = w[0] * exp (l[0] * w[0]);
    h[1] = w[2] * w[2] + (((const user_data *) user)->fault == LAMBDA_FAULT ? 1e-3 : 0);
    return 0;
}

static int
tangent (void *user, rg_instant at, const double *w, const double *l, const double *w_dot, const double *l_dot, double *g_dot,
         double *l_g_dot)
{
    (void) at;
    const fault f = ((const user_data *) user)->fault;
    const double none[PARAMETERS] = { 0 }, *d = l_dot == NULL ? none : l_dot, e = exp (l[0] * w[0]), p = w[0] * w[1];
    const double e_dot = e * (d[0] * w[0] + l[0] * w_dot[0]), p_dot = w_dot[0] * w[1] + w[0] * w_dot[1];
    g_dot[0] = d[0] * e + l[0] * e_dot - sin (p) * p_dot * w[1] + cos (p) * w_dot[1];
    g_dot[1] = -sin (p) * p_dot * w[0] + cos (p) * w_dot[0];
    g_dot[2] = 2 * (d[1] * w[2] + l[1] * w_dot[2]) + (f == TANGENT_FAULT ? 1e-2 * w_dot[2] : 0);
    if (l_g_dot != NULL) {
        l_g_dot[0] = w_dot[0] * e + w[0] * e_dot;
        l_g_dot[1] = 2 * w[2] * w_dot[2];
    }
    return 0;
}

static const double point[SIZE] = { .75, -1.5, 2.385 }, parameters[PARAMETERS] = { .8, -.6 };

static rg_objective *
make (user_data *user)
{
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .tangent = tangent,
                                .lambda_gradient = lambda_gradient,
                                .user = user, .lambdas = PARAMETERS };
    rg_objective *objective;
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, SIZE, &call, NULL, NULL), RG_OK);
    return objective;
}

START_TEST (an_objective_is_evaluated)
{
    user_data user = { NO_FAULT, 0 };
    rg_objective *o = make (&user);
    rg_evaluation found;
    double value, g[SIZE], h[PARAMETERS], expected[SIZE], expected_h[PARAMETERS];
    loss (&user, (rg_instant) { .step = 0 }, point, parameters, &value);
    gradient (&user, (rg_instant) { .step = 0 }, point, parameters, expected);
    lambda_gradient (&user, (rg_instant) { .step = 0 }, point, parameters, expected_h);
    ck_assert_int_eq (rg_objective_evaluate (o, (rg_instant) { .step = 0 }, point, parameters, &found, g, h, NULL), RG_OK);
    ck_assert_double_eq (found.loss, value);
    ck_assert_mem_eq (g, expected, sizeof g);
    ck_assert_mem_eq (h, expected_h, sizeof h);
    memset (h, 0, sizeof h);
    ck_assert_int_eq (rg_objective_evaluate (o, (rg_instant) { .step = 0 }, point, parameters, &found, NULL, h, NULL), RG_OK);
    ck_assert_mem_eq (h, expected_h, sizeof h);
    rg_objective_free (o);
}
END_TEST

static const struct {
    fault fault;
    rg_status status;
    const char *sentence;
} cases[] = {
    { NO_FAULT, RG_OK, "" },
    { GRADIENT_FAULT, RG_EINPUT, "the objective's gradient: a relative error of " },
    { LAMBDA_FAULT, RG_EINPUT, "the objective's derivative in lambda: a relative error of " },
    { TANGENT_FAULT, RG_EINPUT, "the objective's product: a relative error of " },
    { BITS_FAULT, RG_EIRREVERSIBLE, "the objective's gradient is not the same bits twice" },
    { NAN_FAULT, RG_ENONFINITE, "step 0: the gradient callback gave a value that is not finite at 2" },
};

START_TEST (each_fault_is_named)
{
    user_data user = { cases[_i].fault, 0 };
    rg_objective *o = make (&user);
    rg_check_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_int_eq (rg_check_objective (o, NULL, (rg_instant) { .step = 0 }, point, parameters, NULL, &report, &message),
                      cases[_i].status);
    ck_assert_msg (strncmp (message.text, cases[_i].sentence, strlen (cases[_i].sentence)) == 0, "%s", message.text);
    if (cases[_i].status == RG_OK) {
        ck_assert_int_eq (report.same_bits, 1);
        ck_assert_double_le (report.gradient_error, 1e-8);
        ck_assert_double_le (report.lambda_error, 1e-8);
        ck_assert_double_le (report.product_error, 1e-8);
        ck_assert_double_le (report.symmetry_error, 1e-14);
        ck_assert_double_nan (report.precision_error);
    }
    rg_objective_free (o);
}
END_TEST

/* J = 1.5 w0 w1, and g = (2 w1, w0, 0), the gradient of nothing: its derivative is not symmetric. */
static int
flat_loss (void *user, rg_instant at, const double *w, const double *l, double *out)
{
    (void) user, (void) at, (void) l;
    *out = 1.5 * w[0] * w[1];
    return 0;
}

static int
turning_gradient (void *user, rg_instant at, const double *w, const double *l, double *g)
{
    (void) user, (void) at, (void) l;
    g[0] = 2 * w[1];
    g[1] = w[0];
    g[2] = 0;
    return 0;
}

START_TEST (what_is_no_gradient_is_not_symmetric)
{
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = flat_loss, .gradient = turning_gradient };
    const rg_check_options loose = { .size = sizeof loose, .tolerance = 1, .directions = 20 };
    const rg_check_options strict = { .size = sizeof strict, .tolerance = 1e-3, .directions = 20 };
    rg_objective *o;
    rg_check_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_int_eq (rg_objective_from_callbacks (&o, SIZE, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_check_objective (o, NULL, (rg_instant) { .step = 0 }, point, NULL, &loose, &report, &message), RG_OK);
    ck_assert_double_ge (report.symmetry_error, .1);
    ck_assert_double_le (report.product_error, 1e-8);
    ck_assert_double_nan (report.lambda_error);
    ck_assert_int_eq (rg_check_objective (o, NULL, (rg_instant) { .step = 0 }, point, NULL, &strict, &report, &message), RG_EINPUT);
    rg_objective_free (o);
}
END_TEST

/* A network with every kind of hyperparameter, in both precisions. */
START_TEST (a_network_passes_in_both_precisions)
{
    const scenario s = { .label = "check", .dynamics = "momentum", .steps = 3, .rate = .1, .decay = .5, .activation = RG_TANH,
                         .per_step = 1, .l2 = RG_PER_WEIGHT, .sampler = &rg_sampler_cyclic, .shard = 8 };
    fixture f[2];
    rg_check_report report = { .size = sizeof report };
    rg_message message = { "" };
    for (int k = 0; k < 2; k++)
        fixture_init (&f[k], &s, k == 0 ? RG_DOUBLE : RG_SINGLE);
    double w[WEIGHTS], *lambda = rg_malloc (rg_objective_lambdas (f[0].inner), sizeof *lambda);
    for (size_t i = 0; i < WEIGHTS; i++)
        w[i] = .3 * sin (2.385 * (double) i);
    rg_objective_lambda (f[0].hyper, lambda);
    for (int k = 0; k < 2; k++) {
        const rg_status status = rg_check_objective (f[k].inner, f[1 - k].inner, (rg_instant) { .step = 2 }, w, lambda, NULL, &report,
                                                     &message);
        ck_assert_msg (status == RG_OK, "%s", message.text);
        ck_assert_double_le (report.precision_error, 1e-5);
    }
    ck_assert_int_eq (rg_check_objective (f[0].inner, f[0].inner, (rg_instant) { .step = 2 }, w, lambda, NULL, &report, &message),
                      RG_ESHAPE);
    rg_free (lambda);
    for (int k = 0; k < 2; k++)
        fixture_clear (&f[k]);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    user_data user = { NO_FAULT, 0 };
    rg_objective *o = make (&user);
    rg_check_report report = { .size = sizeof report };
    const rg_check_options one = { .size = sizeof one, .directions = 1 };
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_check_objective (o, NULL, (rg_instant) { .step = 0 }, point, parameters, &one, &report, NULL));
    rg_objective_free (o);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("evaluate");
    TCase *c = tcase_create ("from outside");
    tcase_add_test (c, an_objective_is_evaluated);
    tcase_add_loop_test (c, each_fault_is_named, 0, (int) (sizeof cases / sizeof *cases));
    tcase_add_test (c, what_is_no_gradient_is_not_symmetric);
    tcase_add_test (c, a_network_passes_in_both_precisions);
    tcase_add_test (c, every_allocation_may_fail);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

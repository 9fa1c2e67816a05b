/* check_first_order.c -- first order against numbers by hand, a closed form, golden numbers; what it cannot reach. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"

/* ---- Two small problems of two weights ------------------------------------------ */

/* J = sum curvature w^2 / 2. */
static const double curvature[2] = { 1, .5 };

static int
bowl_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    for (int i = 0; i < 2; i++)
        g[i] = curvature[i] * w[i];
    return 0;
}

static int
bowl_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = .5 * (curvature[0] * w[0] * w[0] + curvature[1] * w[1] * w[1]);
    return 0;
}

/* A product would be wrong here, were it asked for. */
static int
no_product (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot, const double *lambda_dot,
            double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) at, (void) w, (void) lambda, (void) w_dot, (void) lambda_dot, (void) g_dot, (void) lambda_g_dot;
    return 1;
}

static int
bowl_product (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
              const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) at, (void) w, (void) lambda, (void) lambda_dot, (void) lambda_g_dot;
    for (int i = 0; i < 2; i++)
        g_dot[i] = curvature[i] * w_dot[i];
    return 0;
}

/* J = (1 - x)^2 + 10 (y - x^2)^2. */
static int
valley_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    g[0] = -2 * (1 - w[0]) - 40 * w[0] * (w[1] - w[0] * w[0]);
    g[1] = 20 * (w[1] - w[0] * w[0]);
    return 0;
}

/* E = |w|^2 / 2, and with a lambda + lambda w_0. */
static int
size_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) at;
    *loss = .5 * (w[0] * w[0] + w[1] * w[1]) + (user != NULL ? lambda[0] * w[0] : 0);
    return 0;
}

static int
size_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) at;
    g[0] = w[0] + (user != NULL ? lambda[0] : 0);
    g[1] = w[1];
    return 0;
}

/* dE/dlambda; where `user` is NULL the loss does not depend on it. */
static int
size_direct (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    (void) at, (void) lambda;
    h[0] = user != NULL ? w[0] : 0;
    return 0;
}

/* E = (x - 1/2)^2 + y^2 / 4. */
static int
aside_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = (w[0] - .5) * (w[0] - .5) + .25 * w[1] * w[1];
    return 0;
}

static int
aside_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    g[0] = 2 * (w[0] - .5);
    g[1] = .5 * w[1];
    return 0;
}

static const rg_callbacks bowl = { sizeof (rg_callbacks), bowl_loss, bowl_gradient, no_product, NULL, NULL, 0 };
static const rg_callbacks valley = { sizeof (rg_callbacks), bowl_loss, valley_gradient, no_product, NULL, NULL, 0 };
static const rg_callbacks size = { sizeof (rg_callbacks), size_loss, size_gradient, NULL, NULL, NULL, 0 };
static const rg_callbacks aside = { sizeof (rg_callbacks), aside_loss, aside_gradient, NULL, NULL, NULL, 0 };

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
} setting;

static void
setting_init (setting *s, const char *dynamics, size_t steps, const rg_callbacks *inner, const rg_callbacks *outer)
{
    const rg_array_spec array = { "w", 2, 0, 0 };
    ck_assert_int_eq (rg_layout_new (&s->layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&s->hyper, s->layout, steps, 0, 14), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&s->inner, 2, inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&s->outer, 2, outer, NULL, NULL), RG_OK);
    s->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = s->hyper, .inner = s->inner, .outer = s->outer,
                                .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults () };
}

static void
setting_clear (setting *s)
{
    rg_objective_free (s->inner);
    rg_objective_free (s->outer);
    rg_hyper_free (s->hyper);
    rg_layout_free (s->layout);
}

static void
add (setting *s, rg_role role, double init, int fixed)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.transform = RG_IDENTITY;
    spec.init = init;
    spec.fixed = fixed;
    spec.count = 1;
    rg_message message = { "" };
    ck_assert_msg (rg_hyper_add (s->hyper, &spec, &message) == RG_OK, "%s", message.text);
}

static void
add_weights (setting *s, const double *values)
{
    rg_block_spec spec = rg_block_defaults (RG_WEIGHTS);
    spec.values = values;
    spec.count = 2;
    ck_assert_int_eq (rg_hyper_add (s->hyper, &spec, NULL), RG_OK);
}

static rg_status
gradient_of (const setting *s, const char *estimator, const char *trajectory, double *gradient, rg_report *report,
             rg_message *message)
{
    const rg_estimator_options options = HOW (.policy = trajectory == NULL ? NULL : rg_registry_trajectory (trajectory));
    return rg_hypergradient (&s->problem, rg_registry_estimator (estimator), &options, 0, gradient, report, message);
}

/* ---- Values ---------------------------------------------------------------------- */

/*
 * By hand, of the first weight alone: rate 1/4, decay 1/2, two steps from 1: v = 1, 1.25; w = .75, .4375.
 * dE/dw_0 = w_2; dE/drate = -w_2 (1 + 1.25); dE/ddecay = -rate w_2 v_1. Every number is a binary fraction.
 */
START_TEST (two_steps_by_hand)
{
    static const char *const trajectories[] = { "stored", "checkpointed", "reversible" };
    const double start[2] = { 1, 0 };
    setting s;
    double gradient[4];
    rg_report report = { .size = sizeof report };
    setting_init (&s, "momentum", 2, &bowl, &size);
    add_weights (&s, start);
    add (&s, RG_RATE, .25, 0);
    add (&s, RG_DECAY, .5, 0);
    ck_assert_int_eq (gradient_of (&s, "first-order", trajectories[_i], gradient, &report, NULL), RG_OK);
    ck_assert (report.outer_loss == .5 * .4375 * .4375);
    ck_assert (gradient[0] == .4375 && gradient[1] == 0);
    ck_assert (gradient[2] == -.4375 * 2.25);
    ck_assert (gradient[3] == -.25 * .4375);
    ck_assert_int_eq (report.certified, _i == 2);
    setting_clear (&s);
}
END_TEST

/* Finn et al.: on a bowl the whole derivative is that of first order times (1 - rate curvature)^T; without a trajectory. */
START_TEST (initial_weights_alone_need_no_way_back_and_meet_the_closed_form)
{
    const double start[2] = { 2.385, -1.125 };
    setting s;
    double first[2], whole[2];
    const rg_callbacks with_product = { sizeof (rg_callbacks), bowl_loss, bowl_gradient, bowl_product, NULL, NULL, 0 };
    setting_init (&s, "gradient-descent", 9, &with_product, &size);
    s.problem.run.arithmetic = RG_FLOATING;
    add_weights (&s, start);
    add (&s, RG_RATE, .1, 1);
    ck_assert_int_eq (gradient_of (&s, "first-order", NULL, first, NULL, NULL), RG_OK);
    ck_assert_int_eq (gradient_of (&s, "reverse", "stored", whole, NULL, NULL), RG_OK);
    for (int i = 0; i < 2; i++) {
        const double factor = pow (1 - .1 * curvature[i], 9);
        ck_assert_double_eq_tol (first[i], factor * start[i], 1e-14);
        ck_assert_double_eq_tol (whole[i], factor * first[i], 1e-14);
    }
    setting_clear (&s);
}
END_TEST

/* Printed by golden/first_order.py: the initial weights, then the coefficients. */
static const struct {
    const char *dynamics;
    double outer, derivative[6];
} golden[] = {
    { "momentum-damped", 2.305090002273278,
      { -2.9015299108009573, 0.4476282458191455, -77.0049089634216, 0.11399404011304382 } },
    { "adam", 2.4825400204586225,
      { -2.98436173750119, 0.5059014483012894, -12.284727222721319, -1.3988260352152073, 0.18939296298668565,
        0.03852855282928781 } },
};

START_TEST (a_curved_valley_meets_the_golden_numbers)
{
    const double start[2] = { -1.2, 1 };
    setting s;
    double gradient[6];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const int adam = strcmp (golden[_i].dynamics, "adam") == 0;
    setting_init (&s, golden[_i].dynamics, 12, &valley, &aside);
    s.problem.run.arithmetic = RG_FLOATING;
    add_weights (&s, start);
    add (&s, RG_RATE, adam ? .05 : .01, 0);
    add (&s, adam ? RG_BETA1 : RG_DECAY, .75, 0);
    if (adam) {
        add (&s, RG_BETA2, .9375, 0);
        add (&s, RG_EPSILON, 1e-3, 0);
    }
    ck_assert_msg (gradient_of (&s, "first-order", "stored", gradient, &report, &message) == RG_OK, "%s", message.text);
    ck_assert_double_eq_tol (report.outer_loss, golden[_i].outer, 1e-14);
    for (size_t i = 0; i < rg_hyper_size (s.hyper); i++)
        ck_assert_msg (fabs (gradient[i] - golden[_i].derivative[i]) <= 1e-12 * fabs (golden[_i].derivative[i]),
                       "%s: component %zu: %.17g, expected %.17g", golden[_i].dynamics, i, gradient[i],
                       golden[_i].derivative[i]);
    setting_clear (&s);
}
END_TEST

/* The rule of adamw shortens the weights itself: that is no second derivative, and the way back has it. */
START_TEST (weights_that_the_rule_decays_are_gone_back_over)
{
    const double start[2] = { 2.385, -1.125 };
    setting s;
    double gradient[2], w[2];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    setting_init (&s, "adamw", 7, &bowl, &size);
    add_weights (&s, start);
    add (&s, RG_RATE, .125, 1);
    add (&s, RG_BETA1, .75, 1);
    add (&s, RG_BETA2, .9375, 1);
    add (&s, RG_EPSILON, 1e-3, 1);
    add (&s, RG_WEIGHT_DECAY, .25, 1);
    ck_assert_int_eq (gradient_of (&s, "first-order", NULL, gradient, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "first-order needs a trajectory");
    ck_assert_msg (gradient_of (&s, "first-order", "reversible", gradient, &report, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_train (&s.problem, 0, w, &report, NULL), RG_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_double_eq_tol (gradient[i], w[i] * pow (1 - .125 * .25, 7), 1e-7 * fabs (w[i]));
    setting_clear (&s);
}
END_TEST

/* ---- What it reaches --------------------------------------------------------------- */

static const struct {
    const char *label;
    size_t outer_lambdas;
    int depends, tunes_rate;
    rg_status status;
} reaches[] = {
    { "the outer loss takes no lambda",                    0, 0, 0, RG_EUNSUPPORTED },
    { "it takes one and does not depend on it",            1, 0, 0, RG_EUNSUPPORTED },
    { "the same on a way back",                            1, 0, 1, RG_EUNSUPPORTED },
    { "it depends on it",                                  1, 1, 0, RG_OK },
    { "the same on a way back",                            1, 1, 1, RG_OK },
};

START_TEST (what_only_gradients_depend_on_is_refused_and_a_direct_term_is_found)
{
    static int depends = 1;
    const rg_callbacks inner = { sizeof (rg_callbacks), bowl_loss, bowl_gradient, no_product, NULL, NULL, 1 };
    const rg_callbacks outer = { sizeof (rg_callbacks), size_loss, size_gradient, NULL, size_direct, reaches[_i].depends ? &depends : NULL,
                                 reaches[_i].outer_lambdas };
    setting s;
    double gradient[2], w[2];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    setting_init (&s, "momentum", 4, &inner, &outer);
    const double start[2] = { 1, 2 };
    s.problem.initial.values = start;
    add (&s, RG_PARAMETER, .5, 0);
    add (&s, RG_DECAY, .5, 1);
    add (&s, RG_RATE, .125, !reaches[_i].tunes_rate);
    ck_assert_msg (gradient_of (&s, "first-order", "stored", gradient, NULL, &message) == reaches[_i].status, "%s: %s",
                   reaches[_i].label, message.text);
    if (reaches[_i].status != RG_OK)
        ck_assert_str_eq (message.text, "first-order cannot differentiate `parameter`: it acts through the gradients of the "
                                        "training run, which first order takes as constants; reverse can");
    else {
        ck_assert_int_eq (rg_train (&s.problem, 0, w, &report, NULL), RG_OK);
        ck_assert (gradient[0] == w[0]);
    }
    setting_clear (&s);
}
END_TEST

START_TEST (running_out_of_memory_is_a_status_and_leaks_nothing)
{
    const double start[2] = { 1, 0 };
    setting s;
    double gradient[4];
    setting_init (&s, "momentum", 4, &bowl, &size);
    add_weights (&s, start);
    add (&s, RG_RATE, .25, !_i);
    add (&s, RG_DECAY, .5, 1);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, gradient_of (&s, "first-order", "reversible", gradient, NULL, NULL));
    setting_clear (&s);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("first order");
    TCase *values = tcase_create ("values"), *reach = tcase_create ("reach");
    tcase_add_loop_test (values, two_steps_by_hand, 0, 3);
    tcase_add_test (values, initial_weights_alone_need_no_way_back_and_meet_the_closed_form);
    tcase_add_loop_test (values, a_curved_valley_meets_the_golden_numbers, 0, 2);
    tcase_add_test (values, weights_that_the_rule_decays_are_gone_back_over);
    tcase_add_loop_test (reach, what_only_gradients_depend_on_is_refused_and_a_direct_term_is_found, 0,
                         (int) (sizeof reaches / sizeof *reaches));
    tcase_add_loop_test (reach, running_out_of_memory_is_a_status_and_leaks_nothing, 0, 2);
    suite_add_tcase (suite, values);
    suite_add_tcase (suite, reach);
    return run_suite (suite);
}

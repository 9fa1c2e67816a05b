/* check_clip.c -- the inner gradient's norm clipped: golden numbers of an independent program, and what does not go with it. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "how.h"
#include "quadratic.h"

enum { STEPS = 12, NUMBERS = 12 };

/* golden/clip.py: weights, rate (by its logarithm), decay, lambda. Clipped in the steps 0 ... 3. */
static const double clip_start[6] = { 2, 3.5, -1, -2, 1, -1 }, clip_lambda[4] = { 1, .7, 1.3, .4 };
static const double clip_outer = 2.1143770075616644;
static const double clip_gradient[NUMBERS]
    = { 0.5013292321503444, 0.8773261562631026, -0.08217971440329191, -0.13146433717315112, 0.2092960815678154, -0.13742448546785885,
        -2.652239783942683, 22.733694595292206, 0.1747054509755853, -0.5401001519813464, 0.19463871657154827, 0.08322333889158644 };

static void
make (fixture *f, double clip, int ratio_bits)
{
    fixture_init (f, "momentum", STEPS, .1, .9, 0, ratio_bits);
    double *values = rg_hyper_values (f->hyper);
    memcpy (values, clip_start, sizeof clip_start);
    memcpy (values + 8, clip_lambda, sizeof clip_lambda);
    ck_assert_int_eq (rg_hyper_update (f->hyper, NULL), RG_OK);
    f->problem.run.clip = clip;
    f->problem.run.buffer_kind = RG_BUFFER_STREAM64;
    f->problem.run.ratio_bits = 28;
}

static const char *const policies[] = { "reversible", "stored", "checkpointed" };

START_TEST (the_golden_numbers_are_met)
{
    for (int floating = 0; floating < 2; floating++)
        for (int p = floating; p < 3; p++) {
            fixture f;
            double gradient[NUMBERS];
            rg_report report = { .size = sizeof report };
            rg_message message = { "" };
            make (&f, 3, floating ? 0 : 28); /* .9 is no multiple of 2^-28 */
            f.problem.run.arithmetic = floating ? RG_FLOATING : RG_EXACT;
            f.problem.run.fraction_bits = 44;
            ck_assert_msg (fixture_gradient (&f, "reverse", policies[p], gradient, &report, &message) == RG_OK, "%s", message.text);
            ck_assert_double_eq_tol (report.outer_loss, clip_outer, floating ? 1e-13 : 1e-7);
            for (int i = 0; i < NUMBERS; i++)
                ck_assert_msg (fabs (gradient[i] - clip_gradient[i]) <= (floating ? 1e-13 : 2e-7) * fabs (clip_gradient[i]),
                               "component %d: %.17g, expected %.17g", i, gradient[i], clip_gradient[i]);
            fixture_clear (&f);
        }
}
END_TEST

/* A bound that no norm reaches: the bits of a run without it. */
START_TEST (a_bound_that_is_not_reached_changes_no_bit)
{
    double gradient[2][NUMBERS];
    for (int clipped = 0; clipped < 2; clipped++) {
        fixture f;
        make (&f, clipped ? 1e6 : 0, 28);
        ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient[clipped], NULL, NULL), RG_OK);
        fixture_clear (&f);
    }
    ck_assert_mem_eq (gradient[0], gradient[1], sizeof gradient[0]);
}
END_TEST

/* One step of gradient descent from a gradient of norm 5 clipped to 1: w = (3, 4) - .5 (.6, .8), by hand; and its derivative in w. */
static int
half_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = .5 * (w[0] * w[0] + w[1] * w[1]);
    return 0;
}

static int
half_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    g[0] = w[0], g[1] = w[1];
    return 0;
}

static int
half_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot, const double *lambda_dot,
              double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) at, (void) w, (void) lambda, (void) lambda_dot, (void) lambda_g_dot;
    g_dot[0] = w_dot[0], g_dot[1] = w_dot[1];
    return 0;
}

static int
first_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = w[0];
    return 0;
}

static int
first_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) w, (void) lambda;
    g[0] = 1, g[1] = 0;
    return 0;
}

/* dw_1/dw_0 = I - .5 (I - u u') / 5 with u = (.6, .8): first row 1 - .1 (1 - .36), .1 .48. */
START_TEST (a_step_by_hand)
{
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = half_loss, .gradient = half_gradient, .tangent = half_tangent };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = first_loss, .gradient = first_gradient };
    fixture f = { .faults = { -1, 0 } };
    double gradient[3];
    rg_report report = { .size = sizeof report };
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS), rate = rg_block_defaults (RG_RATE);
    weights.count = 2;
    weights.values = (double[]) { 3, 4 };
    rate.init = .5;
    rate.transform = RG_IDENTITY;
    ck_assert_int_eq (rg_layout_new (&f.layout, 1, &(rg_array_spec) { "w", 2, 0, 0 }), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, 1, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &weights, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 2, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.outer, 2, &outer, NULL, NULL), RG_OK);
    f.problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f.hyper, .inner = f.inner, .outer = f.outer,
                               .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults () };
    f.problem.run.clip = 1;
    const double expected[3] = { 1 - .1 * (1 - .36), .1 * .48, -.6 };
    for (int floating = 0; floating < 2; floating++) {
        f.problem.run.arithmetic = floating ? RG_FLOATING : RG_EXACT;
        ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, &report, NULL), RG_OK);
        ck_assert_double_eq_tol (report.outer_loss, 2.7, 1e-11);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq_tol (gradient[i], expected[i], 1e-11);
        ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", gradient, &report, NULL), RG_OK);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq_tol (gradient[i], expected[i], 1e-11);
    }
    fixture_clear (&f);
}
END_TEST

static int
no_step (void *user, const rg_rule_view *at, double *w, double *const *array)
{
    (void) user, (void) at, (void) w, (void) array;
    return 0;
}

START_TEST (what_does_not_go_with_it_is_refused)
{
    fixture f;
    double gradient[NUMBERS];
    rg_message message = { "" };
    rg_dynamics *rule;
    rg_report report = { .size = sizeof report };
    make (&f, -1, 28);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "clip: expected a number >= 0, got -1");
    f.problem.run.clip = NAN;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", gradient, NULL, &message), RG_ERANGE);
    const rg_own_rule own = { .size = sizeof own, .name = "learned", .needs_loss = 1, .step = no_step };
    ck_assert_int_eq (rg_dynamics_from_rule (&rule, &own, NULL), RG_OK);
    f.problem.run.clip = 1;
    f.problem.run.arithmetic = RG_FLOATING;
    f.problem.dynamics = rule;
    ck_assert_int_eq (rg_train (&f.problem, 0, NULL, &report, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "a clipped gradient does not go with learned, which uses the loss of the step: how that depends on the "
                      "weights is the gradient before it is clipped");
    fixture_clear (&f);
    rg_dynamics_free (rule);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("clip");
    TCase *tcase = tcase_create ("norm of the gradient");
    tcase_add_test (tcase, a_step_by_hand);
    tcase_add_test (tcase, the_golden_numbers_are_met);
    tcase_add_test (tcase, a_bound_that_is_not_reached_changes_no_bit);
    tcase_add_test (tcase, what_does_not_go_with_it_is_refused);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

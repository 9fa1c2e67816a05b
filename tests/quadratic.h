/*
 * quadratic.h -- small problems given by callbacks, for the tests of what stands on objectives.
 *
 * The golden problem of golden/momentum.py: w = (v1, v2), J = mean(v1^2) + sum(lambda v2^2),
 * E = mean(v1^2) + mean(v2^2).
 */
#ifndef TESTS_QUADRATIC_H
#define TESTS_QUADRATIC_H

#include <string.h>

#include <retrograde.h>

#include "how.h"
#include "testing.h"

/* The gradient is falsified once it has been asked for `honest` times; < 0: never. */
typedef struct {
    long honest, asked;
} quadratic;

static inline int
quadratic_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at;
    *loss = .5 * (w[0] * w[0] + w[1] * w[1]);
    for (int i = 2; i < 6; i++)
        *loss += lambda[i - 2] * w[i] * w[i];
    return 0;
}

static inline int
quadratic_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) at;
    quadratic *q = user;
    for (int i = 0; i < 6; i++)
        g[i] = i < 2 ? w[i] : 2 * lambda[i - 2] * w[i];
    if (q != NULL && q->honest >= 0 && q->asked++ >= q->honest)
        g[3] += 0x1p-30;
    return 0;
}

static inline int
quadratic_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
                   const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) at;
    for (int i = 0; i < 6; i++) {
        g_dot[i] = i < 2 ? w_dot[i] : 2 * lambda[i - 2] * w_dot[i];
        if (i >= 2 && lambda_dot != NULL)
            g_dot[i] += 2 * lambda_dot[i - 2] * w[i];
        if (i >= 2 && lambda_g_dot != NULL)
            lambda_g_dot[i - 2] = 2 * w[i] * w_dot[i];
    }
    return 0;
}

static inline int
quadratic_lambda_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    (void) user, (void) at, (void) lambda;
    for (int i = 0; i < 4; i++)
        h[i] = w[i + 2] * w[i + 2];
    return 0;
}

static inline int
outer_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = .5 * (w[0] * w[0] + w[1] * w[1]);
    for (int i = 2; i < 6; i++)
        *loss += .25 * w[i] * w[i];
    return 0;
}

static inline int
outer_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    for (int i = 0; i < 6; i++)
        g[i] = i < 2 ? w[i] : .5 * w[i];
    return 0;
}

/* A problem with all its parts. */
typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
    quadratic faults;
} fixture;

static const double golden_start[6] = { 10, 21, -1, -2, 1, -1 };

/* Printed by golden/momentum.py after 5 steps, in the order of the fixture's blocks: weights, log rate, decay, lambda. */
static const double golden_outer = 0.81956057349999956;
static const double golden_gradient[12]
    = { 0.0085030559999999845, 0.017856417599999945, -0.16844368820000008, -0.33688737640000016, 0.16844368820000008,
        -0.16844368820000008, 13.557584000599979, 25.722092815999964, 0.20626385540000003, 0.82505542160000012,
        0.20626385540000003, 0.20626385540000003 };

static inline void
golden_gradient_meets (const double gradient[12], double tolerance)
{
    for (int i = 0; i < 12; i++)
        ck_assert_msg (fabs (gradient[i] - golden_gradient[i]) <= tolerance * fabs (golden_gradient[i]),
                       "component %d: %.17g, expected %.17g", i, gradient[i], golden_gradient[i]);
}

/* Blocks: weights, rate, decay, parameter (lambda); the rate by its logarithm; rate and decay per step where told. */
static inline void
fixture_init (fixture *f, const char *dynamics, size_t steps, double rate, double decay, int per_step, int ratio_bits)
{
    const rg_array_spec arrays[] = { { "v1", 2, 0, 0 }, { "v2", 4, 1, 0 } };
    const double lambda[4] = { 1, 1, 1, 1 };
    *f = (fixture) { .faults = { -1, 0 } };
    ck_assert_int_eq (rg_layout_new (&f->layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, steps, 0, ratio_bits), RG_OK);
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS);
    weights.values = golden_start;
    weights.count = 6;
    rg_block_spec rates = rg_block_defaults (RG_RATE), decays = rg_block_defaults (RG_DECAY);
    rates.init = rate;
    decays.transform = RG_IDENTITY;
    rates.per_step = decays.per_step = per_step;
    decays.init = decay;
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    parameter.count = 4;
    parameter.values = lambda;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &weights, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rates, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decays, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &parameter, NULL), RG_OK);
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient,
                                 .tangent = quadratic_tangent,
                                 .lambda_gradient = quadratic_lambda_gradient, .user = &f->faults, .lambdas = 4 };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = outer_loss, .gradient = outer_gradient };
    ck_assert_int_eq (rg_objective_from_callbacks (&f->inner, 6, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f->outer, 6, &outer, NULL, NULL), RG_OK);
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults () };
}

static inline void
fixture_clear (fixture *f)
{
    rg_objective_free (f->inner);
    rg_objective_free (f->outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
}

/* The gradient of one estimator over one trajectory. */
static inline rg_status
fixture_gradient (fixture *f, const char *estimator, const char *trajectory, double *gradient, rg_report *report,
                  rg_message *message)
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory));
    return rg_hypergradient (&f->problem, rg_registry_estimator (estimator), &options, 0, gradient, report, message);
}

#endif /* TESTS_QUADRATIC_H */

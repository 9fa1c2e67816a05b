/*
 * plain_descent.c -- gradient descent without momentum.
 *
 *   w+ = w - a g
 *
 * It has no moments and no decay. It cannot be undone: g is the gradient at the w that is sought.
 * Adjoint, from p = dE/dw+:  da = -p g ;  dg = -a p ;  p stays.
 * Known value: the diagonal quadratic of tests/check_implicit.c at T = 1, by hand.
 */
#include <math.h>

#include "dynamics/dynamics.h"

enum { RATE };

static int
step_exact (const rg_exact_block *b, rg_overflow *where)
{
    const double *rate = b->factors.coefficient[RATE];
    double scale[RG_DYNAMICS_BLOCK];
    for (size_t i = 0; i < (b->uniform ? 1 : b->count); i++)
        scale[i] = -rate[i];
    return rg_dynamics_move (b, 1, scale, b->g, b->w, "weight", where);
}

static void
step_single (const rg_floating_block *b)
{
    const double *rate = b->factors.coefficient[RATE];
    const float *restrict g = b->g;
    float *restrict w = b->w;
    for (size_t i = 0; i < b->count; i++)
        w[i] -= (float) rate[i] * g[i];
}

static void
step_double (const rg_floating_block *b)
{
    const double *rate = b->factors.coefficient[RATE];
    const double *restrict g = b->g;
    double *restrict w = b->w;
    for (size_t i = 0; i < b->count; i++)
        w[i] -= rate[i] * g[i];
}

static void
adjoint (const rg_adjoint_block *b)
{
    const double *rate = b->factors.coefficient[RATE];
    for (size_t i = 0; i < b->count; i++) {
        b->dcoefficient[RATE][i] = -b->dw[i] * b->g[i];
        b->dg[i] = -rate[i] * b->dw[i];
    }
}

static void
tangent (const rg_tangent_block *b)
{
    const double *rate = b->factors.coefficient[RATE];
    for (size_t i = 0; i < b->count; i++) {
        const double rate_dot = b->coefficient_dot[RATE] == NULL ? 0 : b->coefficient_dot[RATE][i];
        b->w_dot[i] -= rate_dot * b->g[i] + rate[i] * b->g_dot[i];
    }
}

const rg_faces RG_AT_LEVEL (rg_faces_gradient_descent) = {
    .step_exact = step_exact,
    .step_single = step_single,
    .step_double = step_double,
    .adjoint = adjoint,
    .tangent = tangent,
};

#if RG_LEVEL == 1
RG_DECLARE_LEVELS (rg_faces, rg_faces_gradient_descent);

const rg_dynamics rg_dynamics_gradient_descent = {
    .name = "gradient-descent",
    .formula = "w <- w - rate g",
    .irreversible = "its new weights depend on the gradient at the old ones directly",
    .coefficients = 1,
    .coefficient = { { RG_RATE, NAN } },
    .faces = RG_ALL_LEVELS (rg_faces_gradient_descent),
};
#endif

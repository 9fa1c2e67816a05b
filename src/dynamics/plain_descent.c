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

/* Restricted arguments let compilers vectorise. */
static inline void
adjoint_loop (size_t count, const double *restrict rate, const double *restrict g, const double *restrict dw,
              double *restrict dg, double *restrict drate)
{
    for (size_t i = 0; i < count; i++) {
        drate[i] = -dw[i] * g[i];
        dg[i] = -rate[i] * dw[i];
    }
}

static void
adjoint (const rg_adjoint_block *b)
{
    adjoint_loop (b->count, b->factors.coefficient[RATE], b->g, b->dw, b->dg, b->dcoefficient[RATE]);
}

static inline void
tangent_loop (size_t count, const double *restrict rate, const double *restrict g, const double *restrict g_dot,
              const double *restrict rate_dot, double *restrict w_dot)
{
    for (size_t i = 0; i < count; i++)
        w_dot[i] -= rate_dot[i] * g[i] + rate[i] * g_dot[i];
}

static void
tangent (const rg_tangent_block *b)
{
    tangent_loop (b->count, b->factors.coefficient[RATE], b->g, b->g_dot, rg_tangent_or_zeros (b->coefficient_dot[RATE]),
                  b->w_dot);
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

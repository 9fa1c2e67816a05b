/*
 * nesterov.c -- gradient descent with Nesterov's momentum, in PyTorch's form (torch.optim.SGD, nesterov=True;
 * Sutskever, Martens, Dahl, Hinton, ICML 2013).
 *
 *   v+ = c v + g,  w+ = w - a (g + c v+)
 *
 * It cannot be undone: w+ depends on g, the gradient at the w that is sought, directly. In fixed point
 * a g and a c v+ are rounded each. Adjoint, from (p, q) = dE/d(w+, v+):
 *   da = -p (g + c v+) ;  q -= a c p ;  dc = q v - a p v+ ;  dg = q - a p ;  q = c q
 */
#include <math.h>

#include "dynamics/dynamics.h"

enum { RATE, DECAY };

static int
step_exact (const rg_exact_block *b, rg_overflow *where)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    double one[RG_DYNAMICS_BLOCK], by_gradient[RG_DYNAMICS_BLOCK], by_velocity[RG_DYNAMICS_BLOCK];
    for (size_t i = 0; i < (b->uniform ? 1 : b->count); i++) {
        one[i] = 1;
        by_gradient[i] = -rate[i];
        by_velocity[i] = -rate[i] * decay[i];
    }
    return rg_dynamics_move (b, 1, one, b->g, b->moment[0], "velocity", where)
        || rg_dynamics_move (b, 1, by_gradient, b->g, b->w, "weight", where)
        || rg_dynamics_move (b, 1, by_velocity, b->moment[0], b->w, "weight", where);
}

static void
step_single (const rg_floating_block *b)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    const float *restrict g = b->g;
    float *restrict w = b->w, *restrict v = b->moment[0];
    for (size_t i = 0; i < b->count; i++) {
        v[i] = (float) decay[i] * v[i] + g[i];
        w[i] -= (float) rate[i] * (g[i] + (float) decay[i] * v[i]);
    }
}

static void
step_double (const rg_floating_block *b)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    const double *restrict g = b->g;
    double *restrict w = b->w, *restrict v = b->moment[0];
    for (size_t i = 0; i < b->count; i++) {
        v[i] = decay[i] * v[i] + g[i];
        w[i] -= rate[i] * (g[i] + decay[i] * v[i]);
    }
}

/* Restricted arguments let compilers vectorise. */
static inline void
adjoint_loop (size_t count, const double *restrict rate, const double *restrict decay, const double *restrict g,
              const double *restrict v, const double *restrict dw, double *restrict dv, double *restrict dg,
              double *restrict drate, double *restrict ddecay)
{
    for (size_t i = 0; i < count; i++) {
        const double c = decay[i], p = dw[i], step = rate[i] * p;
        const double next_v = c * v[i] + g[i], q = dv[i] - c * step;
        drate[i] = -p * (g[i] + c * next_v);
        ddecay[i] = q * v[i] - step * next_v;
        dg[i] = q - step;
        dv[i] = c * q;
    }
}

static void
adjoint (const rg_adjoint_block *b)
{
    adjoint_loop (b->count, b->factors.coefficient[RATE], b->factors.coefficient[DECAY], b->g, b->moment[0], b->dw,
                  b->dmoment[0], b->dg, b->dcoefficient[RATE], b->dcoefficient[DECAY]);
}

static inline void
tangent_loop (size_t count, const double *restrict rate, const double *restrict decay, const double *restrict g,
              const double *restrict v, const double *restrict g_dot, const double *restrict rate_dot,
              const double *restrict decay_dot, double *restrict w_dot, double *restrict v_dot)
{
    for (size_t i = 0; i < count; i++) {
        const double c = decay[i], next_v = c * v[i] + g[i];
        const double next_v_dot = c * v_dot[i] + decay_dot[i] * v[i] + g_dot[i];
        v_dot[i] = next_v_dot;
        w_dot[i] -= rate_dot[i] * (g[i] + c * next_v) + rate[i] * (g_dot[i] + decay_dot[i] * next_v + c * next_v_dot);
    }
}

static void
tangent (const rg_tangent_block *b)
{
    tangent_loop (b->count, b->factors.coefficient[RATE], b->factors.coefficient[DECAY], b->g, b->moment[0], b->g_dot,
                  rg_tangent_or_zeros (b->coefficient_dot[RATE]), rg_tangent_or_zeros (b->coefficient_dot[DECAY]), b->w_dot,
                  b->moment_dot[0]);
}

const rg_faces RG_AT_LEVEL (rg_faces_nesterov) = {
    .step_exact = step_exact,
    .step_single = step_single,
    .step_double = step_double,
    .adjoint = adjoint,
    .tangent = tangent,
};

#if RG_LEVEL == 1
RG_DECLARE_LEVELS (rg_faces, rg_faces_nesterov);

const rg_dynamics rg_dynamics_nesterov = {
    .name = "nesterov",
    .formula = "v <- decay v + g; w <- w - rate (g + decay v)",
    .irreversible = "its new weights depend on the gradient at the old ones directly",
    .coefficients = 2,
    .coefficient = { { RG_RATE, NAN }, { RG_DECAY, NAN } },
    .moments = 1,
    .moment = { { "velocity", DECAY, 0 } },
    .faces = RG_ALL_LEVELS (rg_faces_nesterov),
};
#endif

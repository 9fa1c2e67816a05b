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

static void
adjoint (const rg_adjoint_block *b)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    const double *v = b->moment[0];
    for (size_t i = 0; i < b->count; i++) {
        const double c = decay[i], p = b->dw[i], step = rate[i] * p;
        const double next_v = c * v[i] + b->g[i], q = b->dmoment[0][i] - c * step;
        b->dcoefficient[RATE][i] = -p * (b->g[i] + c * next_v);
        b->dcoefficient[DECAY][i] = q * v[i] - step * next_v;
        b->dg[i] = q - step;
        b->dmoment[0][i] = c * q;
    }
}

static void
tangent (const rg_tangent_block *b)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    for (size_t i = 0; i < b->count; i++) {
        const double rate_dot = b->coefficient_dot[RATE] == NULL ? 0 : b->coefficient_dot[RATE][i];
        const double decay_dot = b->coefficient_dot[DECAY] == NULL ? 0 : b->coefficient_dot[DECAY][i];
        const double c = decay[i], v = b->moment[0][i], next_v = c * v + b->g[i];
        const double next_v_dot = c * b->moment_dot[0][i] + decay_dot * v + b->g_dot[i];
        b->moment_dot[0][i] = next_v_dot;
        b->w_dot[i] -= rate_dot * (b->g[i] + c * next_v)
            + rate[i] * (b->g_dot[i] + decay_dot * next_v + c * next_v_dot);
    }
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

/*
 * momentum.c -- gradient descent with momentum, in two forms; built for each processor level.
 *
 *   damped     v+ = c v - (1-c) g,  w+ = w + a v+   (Maclaurin, Duvenaud, Adams 2015, their code)
 *   classical  v+ = c v + g,        w+ = w - a v+   (Polyak; PyTorch, TensorFlow)
 *
 * With v+ = c v + k(c) g and w+ = w + s a v+ both are one rule: k = -(1-c), s = +1,
 * or k = 1, s = -1. Adjoint, from (p, q) = dE/d(w+, v+):
 *   da = s p v+ ;  q += s a p ;  dc = q (v + k'(c) g) ;  dg = k(c) q ;  q = c q
 * Known value: reference program of tests/golden/momentum.py (five classical steps on a quadratic).
 */
#include <math.h>

#include "dynamics/dynamics.h"

enum { RATE, DECAY };

/* k of each weight; restricted arguments let compilers vectorise. */
static void
velocity_scales (size_t count, int damped, const double *restrict decay, double *restrict scale)
{
    if (damped)
        for (size_t i = 0; i < count; i++)
            scale[i] = decay[i] - 1;
    else
        for (size_t i = 0; i < count; i++)
            scale[i] = 1;
}

static void
negate (size_t count, const double *restrict x, double *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = -x[i];
}

/* v += k g, or back. */
static int
move_velocity (const rg_exact_block *b, int damped, int forward, rg_overflow *where)
{
    double scale[RG_DYNAMICS_BLOCK];
    velocity_scales (b->uniform ? 1 : b->count, damped, b->factors.coefficient[DECAY], scale);
    return rg_dynamics_move (b, forward, scale, b->g, b->moment[0], "velocity", where);
}

/* w += s a v, or back. */
static int
move_weights (const rg_exact_block *b, int damped, int forward, rg_overflow *where)
{
    double negative[RG_DYNAMICS_BLOCK];
    const double *rate = b->factors.coefficient[RATE];
    if (!damped)
        negate (b->uniform ? 1 : b->count, rate, negative);
    return rg_dynamics_move (b, forward, damped ? rate : negative, b->moment[0], b->w, "weight", where);
}

static int
step_exact (const rg_exact_block *b, int damped, rg_overflow *where)
{
    return move_velocity (b, damped, 1, where) || move_weights (b, damped, 1, where);
}

static int
undo_weights (const rg_exact_block *b, int damped, rg_overflow *where)
{
    return move_weights (b, damped, 0, where);
}

static int
undo_moments (const rg_exact_block *b, int damped, rg_overflow *where)
{
    return move_velocity (b, damped, 0, where);
}

/* Restricted arguments let compilers vectorise; `damped` is a constant in each of the two calls. */
static inline void
adjoint_loop (size_t count, int damped, const double *restrict rate, const double *restrict decay,
              const double *restrict g, const double *restrict v, const double *restrict dw, double *restrict dv,
              double *restrict dg, double *restrict drate, double *restrict ddecay)
{
    const double sign = damped ? 1 : -1;
    for (size_t i = 0; i < count; i++) {
        const double k = damped ? decay[i] - 1 : 1;
        const double next_v = decay[i] * v[i] + k * g[i];
        const double q = dv[i] + sign * rate[i] * dw[i];
        drate[i] = sign * dw[i] * next_v;
        ddecay[i] = q * (damped ? v[i] + g[i] : v[i]);
        dg[i] = k * q;
        dv[i] = decay[i] * q;
    }
}

static void
adjoint (const rg_adjoint_block *b, int damped)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    if (damped)
        adjoint_loop (b->count, 1, rate, decay, b->g, b->moment[0], b->dw, b->dmoment[0], b->dg,
                      b->dcoefficient[RATE], b->dcoefficient[DECAY]);
    else
        adjoint_loop (b->count, 0, rate, decay, b->g, b->moment[0], b->dw, b->dmoment[0], b->dg,
                      b->dcoefficient[RATE], b->dcoefficient[DECAY]);
}

/* `damped` is a constant in each of the two calls. */
static inline void
tangent_loop (size_t count, int damped, const double *restrict rate, const double *restrict decay, const double *restrict g,
              const double *restrict v, const double *restrict g_dot, const double *restrict rate_dot,
              const double *restrict decay_dot, double *restrict w_dot, double *restrict v_dot)
{
    const double sign = damped ? 1 : -1;
    for (size_t i = 0; i < count; i++) {
        const double k = damped ? decay[i] - 1 : 1, next_v = decay[i] * v[i] + k * g[i];
        const double next_v_dot = decay[i] * v_dot[i] + k * g_dot[i] + decay_dot[i] * (damped ? v[i] + g[i] : v[i]);
        v_dot[i] = next_v_dot;
        w_dot[i] += sign * (rate_dot[i] * next_v + rate[i] * next_v_dot);
    }
}

static void
tangent (const rg_tangent_block *b, int damped)
{
    const double *rate = b->factors.coefficient[RATE], *decay = b->factors.coefficient[DECAY];
    const double *rate_dot = rg_tangent_or_zeros (b->coefficient_dot[RATE]);
    const double *decay_dot = rg_tangent_or_zeros (b->coefficient_dot[DECAY]);
    if (damped)
        tangent_loop (b->count, 1, rate, decay, b->g, b->moment[0], b->g_dot, rate_dot, decay_dot, b->w_dot, b->moment_dot[0]);
    else
        tangent_loop (b->count, 0, rate, decay, b->g, b->moment[0], b->g_dot, rate_dot, decay_dot, b->w_dot, b->moment_dot[0]);
}

#define REAL float
#define STEP step_single
#include "dynamics/momentum_floating.h"
#undef REAL
#undef STEP
#define REAL double
#define STEP step_double
#include "dynamics/momentum_floating.h"
#undef REAL
#undef STEP

static int damped_step_exact (const rg_exact_block *b, rg_overflow *o) { return step_exact (b, 1, o); }
static int damped_undo_weights (const rg_exact_block *b, rg_overflow *o) { return undo_weights (b, 1, o); }
static int damped_undo_moments (const rg_exact_block *b, rg_overflow *o) { return undo_moments (b, 1, o); }
static void damped_step_single (const rg_floating_block *b) { step_single (b, 1); }
static void damped_step_double (const rg_floating_block *b) { step_double (b, 1); }
static void damped_adjoint (const rg_adjoint_block *b) { adjoint (b, 1); }
static void damped_tangent (const rg_tangent_block *b) { tangent (b, 1); }

const rg_faces RG_AT_LEVEL (rg_faces_momentum_damped) = {
    .step_exact = damped_step_exact,
    .undo_weights = damped_undo_weights,
    .undo_moments = damped_undo_moments,
    .step_single = damped_step_single,
    .step_double = damped_step_double,
    .adjoint = damped_adjoint,
    .tangent = damped_tangent,
};

static int classical_step_exact (const rg_exact_block *b, rg_overflow *o) { return step_exact (b, 0, o); }
static int classical_undo_weights (const rg_exact_block *b, rg_overflow *o) { return undo_weights (b, 0, o); }
static int classical_undo_moments (const rg_exact_block *b, rg_overflow *o) { return undo_moments (b, 0, o); }
static void classical_step_single (const rg_floating_block *b) { step_single (b, 0); }
static void classical_step_double (const rg_floating_block *b) { step_double (b, 0); }
static void classical_adjoint (const rg_adjoint_block *b) { adjoint (b, 0); }
static void classical_tangent (const rg_tangent_block *b) { tangent (b, 0); }

const rg_faces RG_AT_LEVEL (rg_faces_momentum) = {
    .step_exact = classical_step_exact,
    .undo_weights = classical_undo_weights,
    .undo_moments = classical_undo_moments,
    .step_single = classical_step_single,
    .step_double = classical_step_double,
    .adjoint = classical_adjoint,
    .tangent = classical_tangent,
};

#if RG_LEVEL == 1
RG_DECLARE_LEVELS (rg_faces, rg_faces_momentum_damped);
RG_DECLARE_LEVELS (rg_faces, rg_faces_momentum);

const rg_dynamics rg_dynamics_momentum_damped = {
    .name = "momentum-damped",
    .formula = "v <- decay v - (1 - decay) g; w <- w + rate v",
    .coefficients = 2,
    .coefficient = { { RG_RATE, NAN }, { RG_DECAY, NAN } },
    .moments = 1,
    .moment = { { "velocity", DECAY, 0 } },
    .faces = RG_ALL_LEVELS (rg_faces_momentum_damped),
};

const rg_dynamics rg_dynamics_momentum = {
    .name = "momentum",
    .formula = "v <- decay v + g; w <- w - rate v",
    .coefficients = 2,
    .coefficient = { { RG_RATE, NAN }, { RG_DECAY, NAN } },
    .moments = 1,
    .moment = { { "velocity", DECAY, 0 } },
    .faces = RG_ALL_LEVELS (rg_faces_momentum),
};
#endif

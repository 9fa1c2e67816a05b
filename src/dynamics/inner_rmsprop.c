/*
 * inner_rmsprop.c -- RMSprop (Tieleman, Hinton 2012), in PyTorch's form.
 *
 *   u+ = b u + (1-b) g^2,  w+ = w - a S,  S = g / D,  D = sqrt (u+) + e      (or sqrt (u+ + e))
 *
 * It cannot be undone: w+ depends on g, the gradient at the w that is sought. Adjoint, from (p, r) = dE/d(w+, u+):
 *   da = -p S ;  dD = a p S / D ;  de = dD ;  r += dD / (2 sqrt (u+)), 0 where u+ is 0 ;  db = r (u - g^2)
 *   dg = -a p / D + 2 (1-b) g r ;  r = b r
 * Known value: tests/golden/network.py (PyTorch).
 */
#include <math.h>

#include "dynamics/dynamics.h"
#include "dynamics/second_moment.h"

enum { RATE, BETA2, EPSILON };

/* -a / D of the moment after the step; stride 0: one factor for all. `inside` is a constant in each call. */
static inline void
steps_of (size_t count, size_t stride, int inside, double unit, const double *restrict rate,
          const double *restrict epsilon, const int64_t *restrict u, double *restrict out)
{
    for (size_t i = 0; i < count; i++) {
        const double square = rg_double_of_int64 (u[i]) * unit;
        const double denominator = inside ? sqrt (square + epsilon[i * stride]) : sqrt (square) + epsilon[i * stride];
        out[i] = -rate[i * stride] / denominator;
    }
}

static int
step_exact (const rg_exact_block *b, rg_overflow *where)
{
    double steps[RG_DYNAMICS_BLOCK];
    const double *rate = b->factors.coefficient[RATE], *epsilon = b->factors.coefficient[EPSILON];
    const double unit = ldexp (1, -b->second_bits);
    if (move_squares (b, 0, BETA2, 1, where))
        return 1;
    if (b->uniform)
        steps_of (b->count, 0, b->inside, unit, rate, epsilon, b->moment[0], steps);
    else
        steps_of (b->count, 1, b->inside, unit, rate, epsilon, b->moment[0], steps);
    rg_exact_block each = *b;
    each.uniform = 0;
    return rg_dynamics_move (&each, 1, steps, b->g, b->w, "weight", where);
}

#define REAL float
#define ROOT sqrtf
#define STEP step_single
#include "dynamics/rmsprop_floating.h"
#undef REAL
#undef ROOT
#undef STEP
#define REAL double
#define ROOT sqrt
#define STEP step_double
#include "dynamics/rmsprop_floating.h"
#undef REAL
#undef ROOT
#undef STEP

/* D, and what twice it divides a change of u+. */
static inline double
denominator_of (double beta, double epsilon, int inside, double g, double u, double *root)
{
    const double next = beta * u + (1 - beta) * (g * g);
    *root = sqrt (inside ? next + epsilon : next);
    return inside ? *root : *root + epsilon;
}

/* Restricted arguments let compilers vectorise; `inside` is a constant in each call. */
static inline void
adjoint_loop (size_t count, int inside, const double *restrict rate, const double *restrict beta2,
              const double *restrict epsilon, const double *restrict g, const double *restrict u, const double *restrict dw,
              double *restrict du, double *restrict dg, double *restrict drate, double *restrict dbeta2,
              double *restrict depsilon)
{
    for (size_t i = 0; i < count; i++) {
        double root;
        const double denominator = denominator_of (beta2[i], epsilon[i], inside, g[i], u[i], &root);
        const double step = g[i] / denominator, d_denominator = rate[i] * dw[i] * step / denominator;
        const double half = d_denominator / (2 * root), d_square = root > 0 ? half : 0, r = du[i] + d_square;
        drate[i] = -dw[i] * step;
        depsilon[i] = inside ? d_square : d_denominator;
        dbeta2[i] = r * (u[i] - g[i] * g[i]);
        dg[i] = 2 * (1 - beta2[i]) * g[i] * r - rate[i] * dw[i] / denominator;
        du[i] = beta2[i] * r;
    }
}

static void
adjoint (const rg_adjoint_block *b)
{
    const double *const *c = b->factors.coefficient;
    double *const *dc = b->dcoefficient;
    if (b->inside)
        adjoint_loop (b->count, 1, c[RATE], c[BETA2], c[EPSILON], b->g, b->moment[0], b->dw, b->dmoment[0], b->dg, dc[RATE],
                      dc[BETA2], dc[EPSILON]);
    else
        adjoint_loop (b->count, 0, c[RATE], c[BETA2], c[EPSILON], b->g, b->moment[0], b->dw, b->dmoment[0], b->dg, dc[RATE],
                      dc[BETA2], dc[EPSILON]);
}

static inline void
tangent_loop (size_t count, int inside, const double *restrict rate, const double *restrict beta2,
              const double *restrict epsilon, const double *restrict g, const double *restrict u,
              const double *restrict g_dot, const double *restrict rate_dot, const double *restrict beta2_dot,
              const double *restrict epsilon_dot, double *restrict w_dot, double *restrict u_dot)
{
    for (size_t i = 0; i < count; i++) {
        double root;
        const double denominator = denominator_of (beta2[i], epsilon[i], inside, g[i], u[i], &root), step = g[i] / denominator;
        const double next = beta2[i] * u_dot[i] + beta2_dot[i] * (u[i] - g[i] * g[i]) + 2 * (1 - beta2[i]) * g[i] * g_dot[i];
        const double under = next + (inside ? epsilon_dot[i] : 0), half = under / (2 * root);
        const double denominator_dot = (root > 0 ? half : 0) + (inside ? 0 : epsilon_dot[i]);
        w_dot[i] -= rate_dot[i] * step + rate[i] * (g_dot[i] - step * denominator_dot) / denominator;
        u_dot[i] = next;
    }
}

static void
tangent (const rg_tangent_block *b)
{
    const double *const *c = b->factors.coefficient, *dot[EPSILON + 1];
    for (int k = 0; k <= EPSILON; k++)
        dot[k] = rg_tangent_or_zeros (b->coefficient_dot[k]);
    if (b->inside)
        tangent_loop (b->count, 1, c[RATE], c[BETA2], c[EPSILON], b->g, b->moment[0], b->g_dot, dot[RATE], dot[BETA2],
                      dot[EPSILON], b->w_dot, b->moment_dot[0]);
    else
        tangent_loop (b->count, 0, c[RATE], c[BETA2], c[EPSILON], b->g, b->moment[0], b->g_dot, dot[RATE], dot[BETA2],
                      dot[EPSILON], b->w_dot, b->moment_dot[0]);
}

const rg_faces RG_AT_LEVEL (rg_faces_rmsprop) = {
    .step_exact = step_exact,
    .step_single = step_single,
    .step_double = step_double,
    .adjoint = adjoint,
    .tangent = tangent,
};

#if RG_LEVEL == 1
RG_DECLARE_LEVELS (rg_faces, rg_faces_rmsprop);

const rg_dynamics rg_dynamics_rmsprop = {
    .name = "rmsprop",
    .formula = "u <- beta2 u + (1 - beta2) g^2; w <- w - rate g / (sqrt u + epsilon)",
    .irreversible = "its new weights depend on the gradient at the old ones directly",
    .coefficients = 3,
    .coefficient = { { RG_RATE, NAN }, { RG_BETA2, .99 }, { RG_EPSILON, 1e-8 } },
    .moments = 1,
    .moment = { { "second moment", BETA2, 1 } },
    .faces = RG_ALL_LEVELS (rg_faces_rmsprop),
};
#endif

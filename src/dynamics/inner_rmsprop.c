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

static int
step_exact (const rg_exact_block *b, rg_overflow *where)
{
    double steps[RG_DYNAMICS_BLOCK];
    const double *const *c = b->factors.coefficient, unit = ldexp (1, -b->second_bits);
    if (move_squares (b, 0, BETA2, 1, where))
        return 1;
    for (size_t i = 0; i < b->count; i++) {
        const size_t k = b->uniform ? 0 : i;
        const double u = (double) b->moment[0][i] * unit;
        const double denominator = b->inside ? sqrt (u + c[EPSILON][k]) : sqrt (u) + c[EPSILON][k];
        steps[i] = -c[RATE][k] / denominator;
    }
    rg_exact_block each = *b;
    each.uniform = 0;
    return rg_dynamics_move (&each, 1, steps, b->g, b->w, "weight", where);
}

static void
step_single (const rg_floating_block *b)
{
    const double *const *c = b->factors.coefficient;
    const float *restrict g = b->g;
    float *restrict w = b->w, *restrict u = b->moment[0];
    for (size_t i = 0; i < b->count; i++) {
        const float epsilon = (float) c[EPSILON][i];
        u[i] = (float) c[BETA2][i] * u[i] + (float) (1 - c[BETA2][i]) * (g[i] * g[i]);
        w[i] -= (float) c[RATE][i] * g[i] / (b->inside ? sqrtf (u[i] + epsilon) : sqrtf (u[i]) + epsilon);
    }
}

static void
step_double (const rg_floating_block *b)
{
    const double *const *c = b->factors.coefficient;
    const double *restrict g = b->g;
    double *restrict w = b->w, *restrict u = b->moment[0];
    for (size_t i = 0; i < b->count; i++) {
        u[i] = c[BETA2][i] * u[i] + (1 - c[BETA2][i]) * (g[i] * g[i]);
        w[i] -= c[RATE][i] * g[i] / (b->inside ? sqrt (u[i] + c[EPSILON][i]) : sqrt (u[i]) + c[EPSILON][i]);
    }
}

/* D, and what twice it divides a change of u+. */
static inline double
denominator_of (double beta, double epsilon, int inside, double g, double u, double *root)
{
    const double next = beta * u + (1 - beta) * (g * g);
    *root = sqrt (inside ? next + epsilon : next);
    return inside ? *root : *root + epsilon;
}

static void
adjoint (const rg_adjoint_block *b)
{
    const double *const *c = b->factors.coefficient;
    for (size_t i = 0; i < b->count; i++) {
        const double beta = c[BETA2][i], g = b->g[i], u = b->moment[0][i], p = b->dw[i];
        double root;
        const double denominator = denominator_of (beta, c[EPSILON][i], b->inside, g, u, &root);
        const double step = g / denominator, d_denominator = c[RATE][i] * p * step / denominator;
        const double d_square = root > 0 ? d_denominator / (2 * root) : 0, r = b->dmoment[0][i] + d_square;
        b->dcoefficient[RATE][i] = -p * step;
        b->dcoefficient[EPSILON][i] = b->inside ? d_square : d_denominator;
        b->dcoefficient[BETA2][i] = r * (u - g * g);
        b->dg[i] = 2 * (1 - beta) * g * r - c[RATE][i] * p / denominator;
        b->dmoment[0][i] = beta * r;
    }
}

static void
tangent (const rg_tangent_block *b)
{
    const double *const *c = b->factors.coefficient, *const *dot = b->coefficient_dot;
    for (size_t i = 0; i < b->count; i++) {
        const double beta = c[BETA2][i], g = b->g[i], u = b->moment[0][i], g_dot = b->g_dot[i];
        const double rate_dot = dot[RATE] == NULL ? 0 : dot[RATE][i], beta_dot = dot[BETA2] == NULL ? 0 : dot[BETA2][i];
        const double epsilon_dot = dot[EPSILON] == NULL ? 0 : dot[EPSILON][i];
        double root;
        const double denominator = denominator_of (beta, c[EPSILON][i], b->inside, g, u, &root), step = g / denominator;
        const double u_dot = beta * b->moment_dot[0][i] + beta_dot * (u - g * g) + 2 * (1 - beta) * g * g_dot;
        const double under = u_dot + (b->inside ? epsilon_dot : 0);
        const double denominator_dot = (root > 0 ? under / (2 * root) : 0) + (b->inside ? 0 : epsilon_dot);
        b->w_dot[i] -= rate_dot * step + c[RATE][i] * (g_dot - step * denominator_dot) / denominator;
        b->moment_dot[0][i] = u_dot;
    }
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

/*
 * inner_adam.c -- Adam (Kingma, Ba 2015, Algorithm 1) and AdamW (Loshchilov, Hutter 2019); built for each processor level.
 *
 *   m+ = b1 m + (1-b1) g,  u+ = b2 u + (1-b2) g^2,  w+ = k w - a S,  S = (m+/C1) / (sqrt (u+/C2) + e)
 *
 * C = 1 - the product of the moment's decays up to this step's; k = 1, or 1 - a omega for AdamW. epsilon may stand inside:
 * sqrt (u+/C2 + e). Adjoint, from (p, q, r) = dE/d(w+, m+, u+), with D the denominator and M = m+/C1, U = u+/C2:
 *   da = -p (S + omega w) ;  domega = -p a w ;  dD = a p S / D ;  de = dD ;  dU = dD / (2 sqrt U), 0 where U is 0
 *   q -= a p / (D C1) ;  r += dU / C2 ;  dP1 = -a p M / (D C1) ;  dP2 = dU U / C2 ;  db1 = q (m - g) ;  db2 = r (u - g^2)
 *   dg = (1-b1) q + 2 (1-b2) g r ;  p = k p ;  q = b1 q ;  r = b2 r
 *
 * Known value: tests/golden/network.py (PyTorch).
 */
#include <math.h>

#include "dynamics/dynamics.h"
#include "dynamics/second_moment.h"

enum { RATE, BETA1, BETA2, EPSILON, WEIGHT_DECAY };

/* ---- fixed point ---- */

static int
move_moments (const rg_exact_block *b, int forward, rg_overflow *where)
{
    double scale[RG_DYNAMICS_BLOCK];
    const double *restrict beta1 = b->factors.coefficient[BETA1];
    const size_t different = b->uniform ? 1 : b->count;
    scale[0] = 0; /* compilers do not know that no block is empty */
    for (size_t i = 0; i < different; i++)
        scale[i] = 1 - beta1[i];
    if (rg_dynamics_move (b, forward, scale, b->g, b->moment[0], "first moment", where))
        return 1;
    return move_squares (b, 1, BETA2, forward, where);
}

/* a S in the unit of w, which is that of m; stride 0: one factor for all. */
static inline void
steps_of (size_t count, size_t stride, int inside, double unit, const double *restrict rate, const double *restrict c1,
          const double *restrict c2, const double *restrict epsilon, const int64_t *restrict m,
          const int64_t *restrict u, double *restrict out)
{
    for (size_t i = 0; i < count; i++) {
        const size_t k = i * stride;
        const double mean = rg_double_of_int64 (u[i]) * (unit / c2[k]);
        const double denominator = inside ? sqrt (mean + epsilon[k]) : sqrt (mean) + epsilon[k];
        out[i] = rate[k] / c1[k] * rg_double_of_int64 (m[i]) / denominator;
    }
}

/* w += sign a S, both moments being those after the step. */
static int
move_weights (const rg_exact_block *b, double sign, rg_overflow *where)
{
    double steps[RG_DYNAMICS_BLOCK];
    const double *const *c = b->factors.coefficient, unit = ldexp (1, -b->second_bits);
    const double *c1 = b->factors.correction[0], *c2 = b->factors.correction[1];
    if (b->uniform && !b->inside)
        steps_of (b->count, 0, 0, unit, c[RATE], c1, c2, c[EPSILON], b->moment[0], b->moment[1], steps);
    else
        steps_of (b->count, b->uniform ? 0 : 1, b->inside, unit, c[RATE], c1, c2, c[EPSILON], b->moment[0], b->moment[1],
                  steps);
    if (!b->kernels->add_double (b->count, 0, steps, sign, b->w))
        return 0;
    *where = (rg_overflow) { "weight", 0 };
    while (where->index < b->count && rg_fixed_fits (b->w[where->index]) && fabs (steps[where->index]) < 0x1p51)
        where->index++;
    return 1;
}

static int
step_exact (const rg_exact_block *b, rg_overflow *where)
{
    return move_moments (b, 1, where) || move_weights (b, -1, where);
}

static int
undo_weights (const rg_exact_block *b, rg_overflow *where)
{
    return move_weights (b, 1, where);
}

static int
undo_moments (const rg_exact_block *b, rg_overflow *where)
{
    return move_moments (b, 0, where);
}

/* ---- reals ---- */

#define REAL float
#define ROOT sqrtf
#define STEP step_single
#include "dynamics/adam_floating.h"
#undef REAL
#undef ROOT
#undef STEP
#define REAL double
#define ROOT sqrt
#define STEP step_double
#include "dynamics/adam_floating.h"
#undef REAL
#undef ROOT
#undef STEP

/* A step at s_t, as reals: what adjoint and tangent are taken at. */
typedef struct {
    double mean, square; /* M, U */
    double root;         /* what 2 times it divides a change of U: sqrt U, or D; 0 where it is to be none */
    double denominator, step; /* D, S */
} point;

static inline point
point_of (double beta1, double beta2, double epsilon, double c1, double c2, int inside, double g, double m, double u)
{
    point p = { .mean = (beta1 * m + (1 - beta1) * g) / c1, .square = (beta2 * u + (1 - beta2) * (g * g)) / c2 };
    p.root = sqrt (inside ? p.square + epsilon : p.square);
    p.denominator = inside ? p.root : p.root + epsilon;
    p.step = p.mean / p.denominator;
    return p;
}

/*
 * Through S, back to the moments: restricted arguments let compilers vectorise; `inside` is a constant in each call.
 *   dmean, dsquare  [out] a p / (D C1), dU / C2
 */
static inline void
adjoint_of_step (size_t count, int inside, const double *const *c, const double *restrict rate,
                 const double *restrict epsilon, const double *restrict c1, const double *restrict c2,
                 const double *restrict g, const double *restrict m, const double *restrict u, const double *restrict dw,
                 double *restrict drate, double *restrict depsilon, double *restrict dproduct1,
                 double *restrict dproduct2, double *restrict dmean, double *restrict dsquare)
{
    const double *restrict beta1 = c[BETA1], *restrict beta2 = c[BETA2];
    for (size_t i = 0; i < count; i++) {
        const point at = point_of (beta1[i], beta2[i], epsilon[i], c1[i], c2[i], inside, g[i], m[i], u[i]);
        const double each = rate[i] * dw[i] / at.denominator, d_denominator = each * at.step;
        const double half = d_denominator / (2 * at.root), d_square = at.root > 0 ? half : 0;
        drate[i] = -dw[i] * at.step;
        depsilon[i] = inside ? d_square : d_denominator;
        dmean[i] = each / c1[i];
        dsquare[i] = d_square / c2[i];
        dproduct1[i] = -dmean[i] * at.mean;
        dproduct2[i] = dsquare[i] * at.square;
    }
}

static inline void
adjoint_of_moments (size_t count, const double *restrict beta1, const double *restrict beta2, const double *restrict g,
                    const double *restrict m, const double *restrict u, const double *restrict dmean,
                    const double *restrict dsquare, double *restrict dm, double *restrict du, double *restrict dg,
                    double *restrict dbeta1, double *restrict dbeta2)
{
    for (size_t i = 0; i < count; i++) {
        const double q = dm[i] - dmean[i], r = du[i] + dsquare[i];
        dbeta1[i] = q * (m[i] - g[i]);
        dbeta2[i] = r * (u[i] - g[i] * g[i]);
        dg[i] = (1 - beta1[i]) * q + 2 * (1 - beta2[i]) * g[i] * r;
        dm[i] = beta1[i] * q;
        du[i] = beta2[i] * r;
    }
}

/* Of w <- k w: dw comes as it was before S. */
static inline void
adjoint_of_decay (size_t count, const double *restrict rate, const double *restrict weight_decay,
                  const double *restrict keep, const double *restrict w, double *restrict dw, double *restrict drate,
                  double *restrict ddecay)
{
    for (size_t i = 0; i < count; i++) {
        drate[i] -= dw[i] * weight_decay[i] * w[i];
        ddecay[i] = -dw[i] * rate[i] * w[i];
        dw[i] *= keep[i];
    }
}

static void
adjoint_adam (const rg_adjoint_block *b)
{
    double dmean[RG_DYNAMICS_BLOCK], dsquare[RG_DYNAMICS_BLOCK];
    const double *const *c = b->factors.coefficient, *c1 = b->factors.correction[0], *c2 = b->factors.correction[1];
    if (b->inside)
        adjoint_of_step (b->count, 1, c, c[RATE], c[EPSILON], c1, c2, b->g, b->moment[0], b->moment[1], b->dw,
                         b->dcoefficient[RATE], b->dcoefficient[EPSILON], b->dproduct[0], b->dproduct[1], dmean, dsquare);
    else
        adjoint_of_step (b->count, 0, c, c[RATE], c[EPSILON], c1, c2, b->g, b->moment[0], b->moment[1], b->dw,
                         b->dcoefficient[RATE], b->dcoefficient[EPSILON], b->dproduct[0], b->dproduct[1], dmean, dsquare);
    adjoint_of_moments (b->count, c[BETA1], c[BETA2], b->g, b->moment[0], b->moment[1], dmean, dsquare, b->dmoment[0],
                        b->dmoment[1], b->dg, b->dcoefficient[BETA1], b->dcoefficient[BETA2]);
}

static void
adjoint_adamw (const rg_adjoint_block *b)
{
    const double *const *c = b->factors.coefficient;
    adjoint_adam (b);
    adjoint_of_decay (b->count, c[RATE], c[WEIGHT_DECAY], b->factors.keep, b->w, b->dw, b->dcoefficient[RATE],
                      b->dcoefficient[WEIGHT_DECAY]);
}

static inline void
tangent_of_moments (size_t count, const double *restrict beta1, const double *restrict beta2,
                    const double *restrict beta1_dot, const double *restrict beta2_dot, const double *restrict g,
                    const double *restrict g_dot, const double *restrict m, const double *restrict u, double *restrict m_dot,
                    double *restrict u_dot)
{
    for (size_t i = 0; i < count; i++) {
        m_dot[i] = beta1[i] * m_dot[i] + beta1_dot[i] * (m[i] - g[i]) + (1 - beta1[i]) * g_dot[i];
        u_dot[i] = beta2[i] * u_dot[i] + beta2_dot[i] * (u[i] - g[i] * g[i]) + 2 * (1 - beta2[i]) * g[i] * g_dot[i];
    }
}

/* Through S, from the moments' tangents after the step; `inside` is a constant in each call. */
static inline void
tangent_of_step (size_t count, int inside, const double *const *c, const double *restrict rate,
                 const double *restrict epsilon, const double *restrict c1, const double *restrict c2,
                 const double *restrict g, const double *restrict m, const double *restrict u,
                 const double *restrict rate_dot, const double *restrict epsilon_dot, const double *restrict c1_dot,
                 const double *restrict c2_dot, const double *restrict m_dot, const double *restrict u_dot,
                 double *restrict w_dot)
{
    const double *restrict beta1 = c[BETA1], *restrict beta2 = c[BETA2];
    for (size_t i = 0; i < count; i++) {
        const point at = point_of (beta1[i], beta2[i], epsilon[i], c1[i], c2[i], inside, g[i], m[i], u[i]);
        const double mean_dot = (m_dot[i] - at.mean * c1_dot[i]) / c1[i];
        const double square_dot = (u_dot[i] - at.square * c2_dot[i]) / c2[i];
        const double under = square_dot + (inside ? epsilon_dot[i] : 0), half = under / (2 * at.root);
        const double denominator_dot = (at.root > 0 ? half : 0) + (inside ? 0 : epsilon_dot[i]);
        w_dot[i] -= rate_dot[i] * at.step + rate[i] * (mean_dot - at.step * denominator_dot) / at.denominator;
    }
}

/* Of w <- k w. */
static inline void
tangent_of_decay (size_t count, const double *restrict rate, const double *restrict weight_decay,
                  const double *restrict keep, const double *restrict w, const double *restrict rate_dot,
                  const double *restrict weight_decay_dot, double *restrict w_dot)
{
    for (size_t i = 0; i < count; i++)
        w_dot[i] = keep[i] * w_dot[i] - (rate_dot[i] * weight_decay[i] + rate[i] * weight_decay_dot[i]) * w[i];
}

static void
tangent_adam (const rg_tangent_block *b)
{
    const double *const *c = b->factors.coefficient, *c1 = b->factors.correction[0], *c2 = b->factors.correction[1];
    const double *dot[WEIGHT_DECAY], *c1_dot = rg_tangent_or_zeros (b->correction_dot[0]);
    const double *c2_dot = rg_tangent_or_zeros (b->correction_dot[1]), *const *m = b->moment;
    for (int k = 0; k < WEIGHT_DECAY; k++)
        dot[k] = rg_tangent_or_zeros (b->coefficient_dot[k]);
    tangent_of_moments (b->count, c[BETA1], c[BETA2], dot[BETA1], dot[BETA2], b->g, b->g_dot, m[0], m[1], b->moment_dot[0],
                        b->moment_dot[1]);
    if (b->inside)
        tangent_of_step (b->count, 1, c, c[RATE], c[EPSILON], c1, c2, b->g, m[0], m[1], dot[RATE], dot[EPSILON], c1_dot,
                         c2_dot, b->moment_dot[0], b->moment_dot[1], b->w_dot);
    else
        tangent_of_step (b->count, 0, c, c[RATE], c[EPSILON], c1, c2, b->g, m[0], m[1], dot[RATE], dot[EPSILON], c1_dot,
                         c2_dot, b->moment_dot[0], b->moment_dot[1], b->w_dot);
}

static void
tangent_adamw (const rg_tangent_block *b)
{
    const double *const *c = b->factors.coefficient;
    tangent_of_decay (b->count, c[RATE], c[WEIGHT_DECAY], b->factors.keep, b->w, rg_tangent_or_zeros (b->coefficient_dot[RATE]),
                      rg_tangent_or_zeros (b->coefficient_dot[WEIGHT_DECAY]), b->w_dot);
    tangent_adam (b);
}

/* `decays` is a constant in each of the calls. */
static void step_single_adam (const rg_floating_block *b) { step_single (b, 0); }
static void step_double_adam (const rg_floating_block *b) { step_double (b, 0); }
static void step_single_adamw (const rg_floating_block *b) { step_single (b, 1); }
static void step_double_adamw (const rg_floating_block *b) { step_double (b, 1); }

const rg_faces RG_AT_LEVEL (rg_faces_adam) = {
    .step_exact = step_exact,
    .undo_weights = undo_weights,
    .undo_moments = undo_moments,
    .step_single = step_single_adam,
    .step_double = step_double_adam,
    .adjoint = adjoint_adam,
    .tangent = tangent_adam,
};

const rg_faces RG_AT_LEVEL (rg_faces_adamw) = {
    .step_exact = step_exact,
    .undo_weights = undo_weights,
    .undo_moments = undo_moments,
    .step_single = step_single_adamw,
    .step_double = step_double_adamw,
    .adjoint = adjoint_adamw,
    .tangent = tangent_adamw,
};

#if RG_LEVEL == 1
RG_DECLARE_LEVELS (rg_faces, rg_faces_adam);
RG_DECLARE_LEVELS (rg_faces, rg_faces_adamw);

const rg_dynamics rg_dynamics_adam = {
    .name = "adam",
    .formula = "m <- beta1 m + (1 - beta1) g; u <- beta2 u + (1 - beta2) g^2; w <- w - rate m' / (sqrt u' + epsilon)",
    .coefficients = 4,
    .coefficient = { { RG_RATE, NAN }, { RG_BETA1, .9 }, { RG_BETA2, .999 }, { RG_EPSILON, 1e-8 } },
    .moments = 2,
    .moment = { { "first moment", BETA1, 0 }, { "second moment", BETA2, 1 } },
    .corrects = 1,
    .faces = RG_ALL_LEVELS (rg_faces_adam),
};

const rg_dynamics rg_dynamics_adamw = {
    .name = "adamw",
    .formula = "adam with w <- (1 - rate weight_decay) w - ...",
    .coefficients = 5,
    .coefficient = { { RG_RATE, NAN }, { RG_BETA1, .9 }, { RG_BETA2, .999 }, { RG_EPSILON, 1e-8 }, { RG_WEIGHT_DECAY, .01 } },
    .moments = 2,
    .moment = { { "first moment", BETA1, 0 }, { "second moment", BETA2, 1 } },
    .corrects = 1,
    .weight_decay = WEIGHT_DECAY,
    .faces = RG_ALL_LEVELS (rg_faces_adamw),
};
#endif

/*
 * bilevel.h -- problems whose minimum is known, given by callbacks, for the tests of what differentiates at one.
 *
 * ridge      J = .5 |X w - y|^2 + .5 sum lambda_i w_i^2 (one lambda, or one a weight), E = .5 |Xv w - yv|^2
 * diagonal   J = sum e w^2 + (w - a)^2, E = sum (w - b)^2, lambda = e (FAR-HO, tests of ImplicitHG)
 * shift      J = .5 sum h (w - lambda)^2, E = sum w
 * fold       J = w^3 / 3 - lambda w, E = w: the minimum sqrt (lambda), a maximum at -sqrt (lambda)
 * robust     J = -sum exp (-(c - w)^2 / lambda^2), E = (w - 2.1)^2
 */
#ifndef TESTS_BILEVEL_H
#define TESTS_BILEVEL_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <retrograde.h>

typedef struct {
    size_t weights, lambdas;
    int (*loss) (void *, rg_instant, const double *, const double *, double *);
    int (*gradient) (void *, rg_instant, const double *, const double *, double *);
    int (*tangent) (void *, rg_instant, const double *, const double *, const double *, const double *, double *,
                    double *);
    int (*lambda_gradient) (void *, rg_instant, const double *, const double *, double *);
    int (*outer_loss) (void *, rg_instant, const double *, const double *, double *);
    int (*outer_gradient) (void *, rg_instant, const double *, const double *, double *);
} bilevel;

#define LOSS(name) static int name (void *user, rg_instant at, const double *w, const double *lambda, double *out)
#define TANGENT(name)                                                                                              \
    static int name (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,        \
                     const double *lambda_dot, double *g_dot, double *lambda_g_dot)
#define UNUSED (void) user, (void) at, (void) w, (void) lambda
#define DOT(i) (lambda_dot == NULL ? 0 : lambda_dot[i])

static const double ridge_x[4][2] = { { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 } }, ridge_y[4] = { 1, 2, 2, 4 };
static const double valid_x[2][2] = { { 1, .5 }, { 1, 2.5 } }, valid_y[2] = { 1, 3 };

/* Sum of squares over rows, its gradient (NULL: not wanted). */
static double
squares (const double (*x)[2], const double *y, int rows, const double *w, double *g)
{
    double loss = 0;
    if (g != NULL)
        g[0] = g[1] = 0;
    for (int r = 0; r < rows; r++) {
        const double e = x[r][0] * w[0] + x[r][1] * w[1] - y[r];
        loss += .5 * e * e;
        for (int i = 0; g != NULL && i < 2; i++)
            g[i] += e * x[r][i];
    }
    return loss;
}

LOSS (ridge_loss) { UNUSED; *out = squares (ridge_x, ridge_y, 4, w, NULL) + .5 * (lambda[0] * w[0] * w[0] + lambda[1] * w[1] * w[1]); return 0; }
LOSS (ridge_gradient) { UNUSED; squares (ridge_x, ridge_y, 4, w, out); for (int i = 0; i < 2; i++) out[i] += lambda[i] * w[i]; return 0; }
LOSS (ridge_lambda) { UNUSED; for (int i = 0; i < 2; i++) out[i] = .5 * w[i] * w[i]; return 0; }
TANGENT (ridge_tangent)
{
    static const double zero[4] = { 0 };
    UNUSED;
    squares (ridge_x, zero, 4, w_dot, g_dot);
    for (int i = 0; i < 2; i++) {
        g_dot[i] += lambda[i] * w_dot[i] + DOT (i) * w[i];
        if (lambda_g_dot != NULL)
            lambda_g_dot[i] = w[i] * w_dot[i];
    }
    return 0;
}
LOSS (global_loss) { const double both[2] = { lambda[0], lambda[0] }; return ridge_loss (user, at, w, both, out); }
LOSS (global_gradient) { const double both[2] = { lambda[0], lambda[0] }; return ridge_gradient (user, at, w, both, out); }
LOSS (global_lambda) { double two[2]; ridge_lambda (user, at, w, lambda, two); out[0] = two[0] + two[1]; return 0; }
TANGENT (global_tangent)
{
    const double both[2] = { lambda[0], lambda[0] }, dots[2] = { DOT (0), DOT (0) };
    double two[2];
    ridge_tangent (user, at, w, both, w_dot, dots, g_dot, two);
    if (lambda_g_dot != NULL)
        lambda_g_dot[0] = two[0] + two[1];
    return 0;
}
LOSS (valid_loss) { UNUSED; *out = squares (valid_x, valid_y, 2, w, NULL); return 0; }
LOSS (valid_gradient) { UNUSED; squares (valid_x, valid_y, 2, w, out); return 0; }

static const bilevel ridge = { 2, 2, ridge_loss, ridge_gradient, ridge_tangent, ridge_lambda, valid_loss, valid_gradient };
static const bilevel ridge_global = { 2, 1, global_loss, global_gradient, global_tangent, global_lambda, valid_loss,
                                      valid_gradient };

static const double diagonal_a[4] = { 0, -1, 12, 18 }, diagonal_b[4] = { .1, -1.1, 12.1, 18.1 };

LOSS (diagonal_loss) { UNUSED; *out = 0; for (int i = 0; i < 4; i++) *out += lambda[i] * w[i] * w[i] + (w[i] - diagonal_a[i]) * (w[i] - diagonal_a[i]); return 0; }
LOSS (diagonal_gradient) { UNUSED; for (int i = 0; i < 4; i++) out[i] = 2 * lambda[i] * w[i] + 2 * (w[i] - diagonal_a[i]); return 0; }
LOSS (diagonal_lambda) { UNUSED; for (int i = 0; i < 4; i++) out[i] = w[i] * w[i]; return 0; }
TANGENT (diagonal_tangent)
{
    UNUSED;
    for (int i = 0; i < 4; i++) {
        g_dot[i] = 2 * (1 + lambda[i]) * w_dot[i] + 2 * DOT (i) * w[i];
        if (lambda_g_dot != NULL)
            lambda_g_dot[i] = 2 * w[i] * w_dot[i];
    }
    return 0;
}
LOSS (diagonal_outer) { UNUSED; *out = 0; for (int i = 0; i < 4; i++) *out += (w[i] - diagonal_b[i]) * (w[i] - diagonal_b[i]); return 0; }
LOSS (diagonal_outer_gradient) { UNUSED; for (int i = 0; i < 4; i++) out[i] = 2 * (w[i] - diagonal_b[i]); return 0; }

static const bilevel diagonal = { 4, 4, diagonal_loss, diagonal_gradient, diagonal_tangent, diagonal_lambda,
                                  diagonal_outer, diagonal_outer_gradient };

/* The Hessian's eigenvalues are the test's own. */
static double shift_h[2];

LOSS (shift_loss) { UNUSED; *out = 0; for (int i = 0; i < 2; i++) *out += .5 * shift_h[i] * (w[i] - lambda[i]) * (w[i] - lambda[i]); return 0; }
LOSS (shift_gradient) { UNUSED; for (int i = 0; i < 2; i++) out[i] = shift_h[i] * (w[i] - lambda[i]); return 0; }
LOSS (shift_lambda) { UNUSED; for (int i = 0; i < 2; i++) out[i] = -shift_h[i] * (w[i] - lambda[i]); return 0; }
TANGENT (shift_tangent)
{
    UNUSED;
    for (int i = 0; i < 2; i++) {
        g_dot[i] = shift_h[i] * (w_dot[i] - DOT (i));
        if (lambda_g_dot != NULL)
            lambda_g_dot[i] = -shift_h[i] * w_dot[i];
    }
    return 0;
}
LOSS (sum_loss) { UNUSED; *out = w[0] + w[1]; return 0; }
LOSS (sum_gradient) { UNUSED; out[0] = out[1] = 1; return 0; }

static const bilevel shift = { 2, 2, shift_loss, shift_gradient, shift_tangent, shift_lambda, sum_loss, sum_gradient };

LOSS (fold_loss) { UNUSED; *out = w[0] * w[0] * w[0] / 3 - lambda[0] * w[0]; return 0; }
LOSS (fold_gradient) { UNUSED; *out = w[0] * w[0] - lambda[0]; return 0; }
LOSS (fold_lambda) { UNUSED; *out = -w[0]; return 0; }
TANGENT (fold_tangent)
{
    UNUSED;
    *g_dot = 2 * w[0] * w_dot[0] - DOT (0);
    if (lambda_g_dot != NULL)
        *lambda_g_dot = -w_dot[0];
    return 0;
}
LOSS (own_loss) { UNUSED; *out = w[0]; return 0; }
LOSS (own_gradient) { UNUSED; *out = 1; return 0; }

static const bilevel fold = { 1, 1, fold_loss, fold_gradient, fold_tangent, fold_lambda, own_loss, own_gradient };

static const double robust_c[6] = { 1.3, 2.9, 2.2, .4, 3.7, -6.1 };

/* First and second derivative in w, and the mixed one. */
static void
robust_derivatives (double w, double sigma, double d[3])
{
    d[0] = d[1] = d[2] = 0;
    for (int i = 0; i < 6; i++) {
        const double x = w - robust_c[i], s2 = sigma * sigma, e = exp (-x * x / s2);
        d[0] += 2 * x / s2 * e;
        d[1] += (2 / s2 - 4 * x * x / (s2 * s2)) * e;
        d[2] += (-4 * x / (s2 * sigma) + 4 * x * x * x / (s2 * s2 * sigma)) * e;
    }
}
LOSS (robust_loss) { UNUSED; *out = 0; for (int i = 0; i < 6; i++) *out -= exp (-(w[0] - robust_c[i]) * (w[0] - robust_c[i]) / (lambda[0] * lambda[0])); return 0; }
LOSS (robust_gradient) { double d[3]; UNUSED; robust_derivatives (w[0], lambda[0], d); *out = d[0]; return 0; }
LOSS (robust_lambda) { UNUSED; *out = 0; for (int i = 0; i < 6; i++) { const double x = w[0] - robust_c[i]; *out -= 2 * x * x / pow (lambda[0], 3) * exp (-x * x / (lambda[0] * lambda[0])); } return 0; }
TANGENT (robust_tangent)
{
    double d[3];
    UNUSED;
    robust_derivatives (w[0], lambda[0], d);
    *g_dot = d[1] * w_dot[0] + d[2] * DOT (0);
    if (lambda_g_dot != NULL)
        *lambda_g_dot = d[2] * w_dot[0]; /* lambda_dot is not asked for together with it here */
    return 0;
}
LOSS (robust_outer) { UNUSED; *out = (w[0] - 2.1) * (w[0] - 2.1); return 0; }
LOSS (robust_outer_gradient) { UNUSED; *out = 2 * (w[0] - 2.1); return 0; }

static const bilevel robust = { 1, 1, robust_loss, robust_gradient, robust_tangent, robust_lambda, robust_outer,
                                robust_outer_gradient };

/* A problem with all its parts, and the notes it gave. */
typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
    char notes[2048];
} setting;

static void
take_note (void *user, const char *sentence)
{
    setting *s = user;
    snprintf (s->notes + strlen (s->notes), sizeof s->notes - strlen (s->notes), "%s\n", sentence);
}

/* Gradient descent, floating: lambda first, then the rate where it is tuned (by its own value). */
static void
setting_init (setting *s, const bilevel *b, size_t steps, double rate, int tuned, const double *start,
              const double *lambda)
{
    const rg_array_spec array = { "w", b->weights, 0, 0 };
    *s = (setting) { 0 };
    ck_assert_int_eq (rg_layout_new (&s->layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&s->hyper, s->layout, steps, 0, 14), RG_OK);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER), rates = rg_block_defaults (RG_RATE);
    parameter.count = b->lambdas;
    parameter.values = lambda;
    rates.init = rate;
    rates.fixed = !tuned;
    rates.per_step = 0;
    rates.transform = RG_IDENTITY;
    ck_assert_int_eq (rg_hyper_add (s->hyper, &parameter, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (s->hyper, &rates, NULL), RG_OK);
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = b->loss, .gradient = b->gradient, .tangent = b->tangent,
                                 .lambda_gradient = b->lambda_gradient, .lambdas = b->lambdas };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = b->outer_loss, .gradient = b->outer_gradient };
    ck_assert_int_eq (rg_objective_from_callbacks (&s->inner, b->weights, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&s->outer, b->weights, &outer, NULL, NULL), RG_OK);
    s->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = s->hyper, .inner = s->inner, .outer = s->outer,
                                .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults (),
                                .initial = { .values = start }, .log = { take_note, s } };
    s->problem.run.arithmetic = RG_FLOATING;
}

static void
setting_clear (setting *s)
{
    rg_objective_free (s->inner);
    rg_objective_free (s->outer);
    rg_hyper_free (s->hyper);
    rg_layout_free (s->layout);
}

/* One estimator's gradient; over a stored trajectory unless the options name another. */
static rg_status
setting_gradient (setting *s, const char *estimator, rg_estimator_options options, double *gradient, rg_report *report,
                  rg_message *message)
{
    if (options.policy == NULL)
        options.policy = rg_registry_trajectory ("stored");
    s->notes[0] = '\0';
    return rg_hypergradient (&s->problem, rg_registry_estimator (estimator), &options, 0, gradient, report, message);
}

/* The ridge's minimum at a penalty, by hand: (X'X + lambda I)^-1 X'y; and the largest eigenvalue of its Hessian. */
static inline double
ridge_minimum (double lambda, double w[2])
{
    const double a = 4 + lambda, d = 14 + lambda, determinant = a * d - 36;
    w[0] = (d * 9 - 6 * 18) / determinant;
    w[1] = (a * 18 - 6 * 9) / determinant;
    return .5 * (a + d) + sqrt (61);
}

#undef LOSS
#undef TANGENT
#undef UNUSED
#undef DOT

#endif /* TESTS_BILEVEL_H */

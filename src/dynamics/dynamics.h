/* dynamics.h -- one update rule: step, undo, adjoint and tangent side by side. */
#ifndef RG_DYNAMICS_DYNAMICS_H
#define RG_DYNAMICS_DYNAMICS_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/dynamics.h>

#include "exact/update.h"

/* Rules are applied to this many weights at a time: their workspaces stay in the first-level cache. */
enum { RG_DYNAMICS_BLOCK = 1024, RG_MOMENTS = 2 };

/* A block of a fixed-point step, all integers in units of 2^-F; g is the gradient summed over the shards. */
typedef struct {
    size_t count;
    const rg_update_kernels *kernels;
    int uniform;                   /* whether rate[0] and decay[0] are those of the whole block */
    const double *rate, *decay;    /* [count], or [1] where uniform */
    const int64_t *g;              /* [count] */
    int64_t *w, *moment[RG_MOMENTS]; /* [count] each */
} rg_exact_block;

/* A block of a floating step; reals are float or double. The constants are rounded to the reals' precision. */
typedef struct {
    size_t count;
    const double *rate, *decay;
    const void *g;
    void *w, *moment[RG_MOMENTS];
} rg_floating_block;

/*
 * A block of the adjoint of step t: from the adjoint of s_{t+1} to that of s_t,
 * but for the term through the gradient: the caller then adds to dw the product
 * of the Hessian with dg, and to dlambda that of the mixed derivative.
 */
typedef struct {
    size_t count;
    const double *rate, *decay, *g, *moment[RG_MOMENTS]; /* at s_t */
    double *dw, *dmoment[RG_MOMENTS];                    /* in and out */
    double *dg;                                          /* [out] adjoint of the gradient */
    double *drate, *ddecay;                              /* [out] contribution of each weight */
} rg_adjoint_block;

/*
 * A block of the tangent of step t: from the tangent of s_t to that of s_{t+1};
 * g_dot is the derivative of the gradient along (w_dot, lambda_dot) at s_t.
 * rate_dot and decay_dot may be NULL (zero).
 */
typedef struct {
    size_t count;
    const double *rate, *decay, *g, *moment[RG_MOMENTS];
    const double *g_dot, *rate_dot, *decay_dot;
    double *w_dot, *moment_dot[RG_MOMENTS]; /* in and out */
} rg_tangent_block;

/* Where a fixed-point step left its range. */
typedef struct {
    const char *array; /* "weight", "velocity" */
    size_t index;      /* in the block */
} rg_overflow;

/*
 * An update rule. A fixed-point step first multiplies the moments by their
 * decays in the entropy buffers (the caller does), then runs step_exact; the way
 * back runs undo_weights, evaluates the gradient, runs undo_moments, then divides.
 * A rule that cannot be undone has no undo, and says why; one without moments takes no decay.
 */
struct rg_dynamics {
    const char *name;
    const char *formula;
    const char *irreversible; /* why no step can be undone; NULL: each can */
    int moments;          /* arrays beside w; each has a decay and a buffer */
    const char *moment_name;
    int (*step_exact) (const rg_exact_block *block, rg_overflow *where);
    int (*undo_weights) (const rg_exact_block *block, rg_overflow *where);
    int (*undo_moments) (const rg_exact_block *block, rg_overflow *where);
    void (*step_single) (const rg_floating_block *block);
    void (*step_double) (const rg_floating_block *block);
    void (*adjoint) (const rg_adjoint_block *block);
    void (*tangent) (const rg_tangent_block *block);
};

extern const rg_dynamics rg_dynamics_momentum, rg_dynamics_momentum_damped;
extern const rg_dynamics rg_dynamics_momentum_v3, rg_dynamics_momentum_damped_v3;
extern const rg_dynamics rg_dynamics_momentum_v4, rg_dynamics_momentum_damped_v4;

extern const rg_dynamics rg_dynamics_gradient_descent, rg_dynamics_nesterov;

/*
 * y += round (scale x), the one rounding of a fixed-point step; scale has one entry where the block is uniform.
 * Returns 0, or 1 with *where naming the array and the first element that left its range.
 */
int rg_dynamics_add_scaled (const rg_exact_block *block, const double *scale, const int64_t *x, int64_t *y,
                            const char *array, rg_overflow *where);

/* The same rule, built for this processor: the same bits, sooner. */
const rg_dynamics *rg_dynamics_here (const rg_dynamics *dynamics);

#endif /* RG_DYNAMICS_DYNAMICS_H */

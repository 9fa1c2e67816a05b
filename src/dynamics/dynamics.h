/* dynamics.h -- one update rule: step, undo, adjoint and tangent side by side. */
#ifndef RG_DYNAMICS_DYNAMICS_H
#define RG_DYNAMICS_DYNAMICS_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/dynamics.h>
#include <retrograde/hyper.h>

#include "base/levels.h"
#include "base/processor.h"
#include "exact/update.h"

/* Rules are applied to this many weights at a time: their workspaces stay in the first-level cache. */
enum { RG_DYNAMICS_BLOCK = 1024, RG_MOMENTS = 2, RG_COEFFICIENTS = 5, RG_STREAMS = RG_MOMENTS + 1 };

/* What a rule computes with, beside the state: [count] each, or [1] where all weights of the block share them. */
typedef struct {
    const double *coefficient[RG_COEFFICIENTS]; /* in the rule's order, the rate first */
    const double *correction[RG_MOMENTS];       /* 1 - the product of the moment's decays up to this step's */
    const double *keep;                         /* with weight decay: 1 - rate weight_decay, as it is applied */
} rg_factors;

/* A block of a fixed-point step; g is the gradient summed over the shards. */
typedef struct {
    size_t count;
    const rg_update *kernels;
    int uniform;                     /* whether the factors are those of the whole block */
    rg_factors factors;
    int fraction_bits, second_bits;  /* units: 2^-fraction_bits, of second moments 2^-second_bits */
    uint64_t step;                   /* t, and the block's first weight */
    size_t first;
    int inside;                      /* whether epsilon stands under the root */
    const int64_t *g;                /* [count] */
    int64_t *w, *moment[RG_MOMENTS]; /* [count] each */
} rg_exact_block;

/* A block of a floating step; reals are float or double. The factors, [count] each, are rounded to the reals' precision. */
typedef struct {
    size_t count;
    rg_factors factors;
    int inside;
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
    rg_factors factors;                        /* [count] each */
    int inside;
    const double *w, *g, *moment[RG_MOMENTS];  /* at s_t; w is for rules with weight decay only */
    double *dw, *dmoment[RG_MOMENTS];          /* in and out */
    double *dg;                                /* [out] adjoint of the gradient */
    double *dcoefficient[RG_COEFFICIENTS];     /* [out] contribution of each weight, but for that through the products */
    double *dproduct[RG_MOMENTS];              /* [out] of each weight to the adjoint of the product of the decays */
} rg_adjoint_block;

/*
 * A block of the tangent of step t: from the tangent of s_t to that of s_{t+1};
 * g_dot is the derivative of the gradient along (w_dot, lambda_dot) at s_t.
 * Tangents of coefficients and corrections may be NULL (zero). count is at most RG_DYNAMICS_BLOCK.
 */
typedef struct {
    size_t count;
    rg_factors factors;                        /* [count] each */
    int inside;
    const double *w, *g, *moment[RG_MOMENTS];  /* w is for rules with weight decay only */
    const double *g_dot, *coefficient_dot[RG_COEFFICIENTS], *correction_dot[RG_MOMENTS];
    double *w_dot, *moment_dot[RG_MOMENTS];    /* in and out */
} rg_tangent_block;

/* The tangents of a coefficient or a correction, or zeros for NULL: loops over them then have no branch. */
static inline const double *
rg_tangent_or_zeros (const double *dot)
{
    static const double zeros[RG_DYNAMICS_BLOCK];
    return dot == NULL ? zeros : dot;
}

/* Where a fixed-point step left its range. */
typedef struct {
    const char *array; /* "weight", or a moment's name */
    size_t index;      /* in the block */
} rg_overflow;

/* A coefficient of a rule. */
typedef struct {
    rg_role role;
    double otherwise; /* its value in a configuration that does not give it; not a number: it must be given */
} rg_coefficient_row;

/* A moment of a rule. */
typedef struct {
    const char *name;
    int decay;  /* which coefficient it is multiplied by, each step */
    int second; /* whether it is a mean of squares: large integers of their own unit */
} rg_moment_row;

/*
 * What a rule does, built for each processor level with the same bits. A fixed-point step first multiplies the moments by
 * their decays, and the weights by `keep`, in the entropy buffers (the caller does), then runs step_exact; the way
 * back runs undo_weights, divides the weights, evaluates the gradient, runs undo_moments, then divides the moments.
 * A rule that cannot be undone has no undo.
 */
typedef struct {
    int (*step_exact) (const rg_exact_block *block, rg_overflow *where);
    int (*undo_weights) (const rg_exact_block *block, rg_overflow *where);
    int (*undo_moments) (const rg_exact_block *block, rg_overflow *where);
    void (*step_single) (const rg_floating_block *block);
    void (*step_double) (const rg_floating_block *block);
    void (*adjoint) (const rg_adjoint_block *block);
    void (*tangent) (const rg_tangent_block *block);
} rg_faces;

/* An update rule; one without moments takes no decay. */
struct rg_dynamics {
    const char *name;
    const char *formula;
    const char *irreversible; /* why no step can be undone; NULL: each can */
    int coefficients, moments;
    int slots;                /* arrays of the state without a decay, after the moments; floating arithmetic only */
    rg_coefficient_row coefficient[RG_COEFFICIENTS]; /* the rate first */
    rg_moment_row moment[RG_MOMENTS];
    int corrects;             /* whether moments are divided by 1 - the product of their decays */
    int weight_decay;         /* which coefficient it is; 0: none */
    const rg_faces *faces[RG_LEVELS]; /* by rg_level */
    const rg_own_rule *own;   /* a user's, which has slots but neither moments nor faces; NULL: a rule of the table */
};

/* Arrays of a state beside the weights: the moments, then the slots. */
static inline int
rg_dynamics_arrays (const rg_dynamics *dynamics)
{
    return dynamics->moments + dynamics->slots;
}

/* Whether steps use the loss itself. */
static inline int
rg_dynamics_needs_loss (const rg_dynamics *dynamics)
{
    return dynamics->own != NULL && dynamics->own->needs_loss;
}

/* A row each, in the order of `retrograde list`. */
#define RG_DYNAMICS_TABLE(ROW) \
    ROW (momentum_damped)      \
    ROW (momentum)             \
    ROW (adam)                 \
    ROW (adamw)                \
    ROW (nesterov)             \
    ROW (gradient_descent)     \
    ROW (rmsprop)

#define RG_DYNAMICS_ROW(name) extern const rg_dynamics rg_dynamics_##name;
RG_DYNAMICS_TABLE (RG_DYNAMICS_ROW)
#undef RG_DYNAMICS_ROW

/* The rule's faces for this processor. */
const rg_faces *rg_dynamics_faces (const rg_dynamics *dynamics);

/* Which of the rule's coefficients has a role; -1: none. */
int rg_dynamics_coefficient (const rg_dynamics *dynamics, rg_role role);

/*
 * y += round (scale x), the one rounding of a fixed-point step, or back where `forward` is 0; scale has one entry where the
 * block is uniform. Returns 0, or 1 with *where naming the array and the first element that left its range.
 */
int rg_dynamics_move (const rg_exact_block *block, int forward, const double *scale, const int64_t *x, int64_t *y,
                      const char *array, rg_overflow *where);

#endif /* RG_DYNAMICS_DYNAMICS_H */

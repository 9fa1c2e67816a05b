/* dynamics.h -- update rules and how their steps are computed. */
#ifndef RETROGRADE_DYNAMICS_H
#define RETROGRADE_DYNAMICS_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/exact.h>
#include <retrograde/graph.h>
#include <retrograde/hyper.h>
#include <retrograde/model.h>
#include <retrograde/status.h>
#include <retrograde/team.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An update rule: one of those that rg_registry_dynamics knows, or one's own: rg_dynamics_from_rule. */
typedef struct rg_dynamics rg_dynamics;

/* Whether steps are taken in fixed point (and can be undone) or in plain reals of the objective's precision. */
typedef enum { RG_EXACT, RG_FLOATING } rg_arithmetic;

/* How the steps of a run are computed. Start from rg_run_defaults. */
typedef struct {
    rg_arithmetic arithmetic;
    int fraction_bits;          /* F of weights and velocities, 8 .. 51; default 40; exact only */
    /* k of the decays, 1 .. 16, or 28 with RG_BUFFER_STREAM64; default 14; exact only; that of beta2 is 28 always */
    int ratio_bits;
    rg_buffer_kind buffer_kind; /* default RG_BUFFER_STREAM32; exact only */
    rg_ratio ratio;             /* the decay as an exact rational, RG_BUFFER_INTEGER only; d = 0: n / 2^k */
    rg_team *team;              /* who shares the work, kept by reference; NULL: the calling thread alone */
    int alone;                  /* whether the team's ranks each do the whole run */
    int second_bits;            /* fraction bits of second moments, 24 .. 61; default 56; exact only */
    /* How many steps a run takes: beyond those that the hyperparameters have, the last step's are used; 0: as many. Others than
     * 0 only where there is no way back: rg_train, rg_evaluate_members. */
    uint64_t steps;
    int epsilon_inside;         /* whether epsilon stands under the root of the second moment; default 0 */
    double clip;                /* a gradient dJ/dw whose norm, over all weights, is larger is shortened to it; default 0: none is */
} rg_run_options;

RG_API rg_run_options rg_run_defaults (void);

/*
 * The initial weights w_0. With a hyperparameter block `weights`, its values. Else `values`, if
 * given. Else independent normal numbers with the standard deviation of the block `weight_scale`; else what the
 * model's initialiser draws; else independent normal numbers with standard deviation `scale`. Drawn anew each
 * meta-iteration where `fresh`.
 */
typedef struct {
    const double *values; /* [weights], kept by reference; NULL: draw */
    double scale;         /* >= 0 */
    uint64_t seed;
    int fresh;
    const rg_model *model; /* kept by reference; NULL, or a model without init: `scale` */
    const rg_tasks *tasks; /* of the model, kept by reference; NULL: there are none */
} rg_initial;

/* ---- A rule of one's own --------------------------------------------------- */

enum { RG_OWN_COEFFICIENTS = 5 }; /* of a rule of one's own, at most */

/*
 * What a rule of one's own is given at step t, for a block of coordinates. A coordinate is a weight with its arrays. All
 * numbers are doubles, whatever the objective's precision. What becomes of a coordinate depends on its own numbers, lambda and
 * the loss, and not on its neighbours: how the weights are cut into blocks is the library's choice.
 */
typedef struct {
    size_t count, first;              /* coordinates of the block, 1 .. 1024; the first of them in w */
    uint64_t step;                    /* t */
    const double *const *coefficient; /* [coefficients][count] those of step t */
    const double *lambda;             /* [lambdas] natural values of the block of the role RG_RULE */
    double loss;                      /* J at s_t, all shards, where needs_loss; else 0 */
    const double *g;                  /* [count] dJ/dw at s_t */
    void *workspace;                  /* as many bytes as the rule asked for, of one thread at a time: as the last call left it */
} rg_rule_view;

/* Derivatives of the outer loss, for the adjoint of a block. */
typedef struct {
    double *dw, *const *darray;       /* [count], [arrays][count]. In: in s_{t+1}; out: in s_t, but for what goes through g and loss */
    double *dg;                       /* [count] [out] in g */
    double *const *dcoefficient;      /* [coefficients][count] [out] what each coordinate contributes */
    double *dlambda;                  /* [lambdas] what the block contributes: added to, from 0 */
    double *dloss;                    /* one number, the same in the loss */
} rg_rule_adjoint;

/* Derivatives along one direction, for the tangent of a block. */
typedef struct {
    const double *g_dot;              /* [count] of g, along the direction in w and in the objective's lambda */
    double loss_dot;                  /* of the loss, the same */
    const double *const *coefficient_dot; /* [coefficients][count] */
    const double *lambda_dot;         /* [lambdas] */
    double *w_dot, *const *array_dot; /* [count], [arrays][count]. In: of s_t; out: of s_{t+1} */
} rg_rule_tangent;

/*
 * An update rule of one's own, s_{t+1} = f (s_t, g, loss, coefficients, lambda), s = (w, arrays). The arrays are 0 at the start.
 * Steps are taken in floating arithmetic (RG_FLOATING) over a stored or a checkpointed trajectory. Callbacks return 0, or another
 * number to stop the run with RG_ECALLBACK; several threads may be in them at once; the same arguments must give the
 * same bits.
 */
typedef struct {
    size_t size;               /* sizeof (rg_own_rule) */
    const char *name;          /* for messages; copied, at most 47 characters */
    void *user;                /* passed to each */
    size_t arrays;             /* of the state, per weight, beside the weights: in the objective's precision between steps */
    size_t coefficients;       /* 0 .. RG_OWN_COEFFICIENTS */
    rg_role coefficient[RG_OWN_COEFFICIENTS]; /* their roles, different ones of RG_RATE .. RG_WEIGHT_DECAY: each needs its block */
    size_t lambdas;            /* own hyperparameters: the slice of a block of the role RG_RULE; 0: none */
    int needs_loss;            /* whether the loss of the step is used */
    size_t workspace;          /* bytes of workspace of a thread; aligned to 64 */
    /* From s_t to s_{t+1}, in place: w [count], array [arrays][count]. Required. */
    int (*step) (void *user, const rg_rule_view *at, double *w, double *const *array);
    /* The transpose of the step's derivative at s_t. NULL: reverse mode is refused. */
    int (*adjoint) (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_adjoint *d);
    /* The step's derivative at s_t along a direction. NULL: forward mode and real time are refused. */
    int (*tangent) (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_tangent *dot);
    void (*release) (void *user); /* called by rg_dynamics_free; NULL: nothing to do */
    /* Called with each workspace when it was made, of zeros, and before it goes. open returns 0, or another number: out of memory. */
    int (*open) (void *user, void *workspace);
    void (*close) (void *user, void *workspace);
} rg_own_rule;

/*
 * Make an update rule of one's own; a problem's `dynamics` is then this.
 *   out   [out] ended with rg_dynamics_free, after all that uses it
 *   rule  copied
 * Returns RG_OK; RG_EINPUT (the size is not set); RG_EUNSUPPORTED (the caller was built for a newer library and uses it);
 * RG_ERANGE (no name or no step; too many coefficients, one twice, or a role that is none of the dynamics'); RG_ENOMEM. After a
 * failure `release` is not called.
 */
RG_API rg_status rg_dynamics_from_rule (rg_dynamics **out, const rg_own_rule *rule, rg_message *message);

/*
 * A rule that a graph gives, one of whose examples is a coordinate: a learned rule. The graph's hyperparameters are the rule's own
 * (the block of the role RG_RULE). Its input has, for each coordinate, in this order
 *     w, the arrays, the coefficients, g; with needs_loss the loss; with preprocess p > 0 two numbers of g, and with needs_loss two
 *     of the loss: (log |x| / p, sign x) where |x| > e^-p, else (-1, e^p x). Ravi, Larochelle, Optimization as a model for few-shot
 *     learning (2017). They are constants to the derivatives, since their own explode near 0; those of g and the loss are followed.
 * Its output is what is added to w, then the new arrays.
 */
typedef struct {
    size_t size;           /* sizeof (rg_graph_rule) */
    const char *name;      /* as rg_own_rule's */
    /*
     * In double precision, of 1024 rows or more and no weights; not finished: that is done here, on failure too. It must outlive the rule.
     * An operator that mixes examples (batch_norm) is refused.
     */
    rg_graph *graph;
    rg_tensor input;       /* rg_graph_batch of rg_graph_rule_inputs columns, differentiable */
    rg_tensor output;      /* [coordinates x (1 + arrays)] */
    size_t arrays;         /* as rg_own_rule's, and */
    size_t coefficients;
    rg_role coefficient[RG_OWN_COEFFICIENTS];
    int needs_loss;
    double preprocess;     /* p; 0: none */
} rg_graph_rule;

/* How many columns the input has; arrays, coefficients, needs_loss and preprocess are read. */
RG_API size_t rg_graph_rule_inputs (const rg_graph_rule *rule);

/*
 * Make a rule of a graph; ended with rg_dynamics_free.
 * Returns as rg_dynamics_from_rule, and RG_ESHAPE (input or output of other columns; weights; too few rows), RG_EUNSUPPORTED (single
 * precision; an operator that mixes coordinates), RG_ERANGE (no graph; preprocess is no number >= 0), and what rg_graph_finish returns.
 */
RG_API rg_status rg_dynamics_from_graph (rg_dynamics **out, const rg_graph_rule *rule, rg_message *message);

/* Free a rule of one's own; NULL is allowed. */
RG_API void rg_dynamics_free (rg_dynamics *dynamics);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_DYNAMICS_H */

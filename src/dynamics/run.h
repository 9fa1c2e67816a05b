/* run.h -- one training run: state, gradient at the state, step and undo. */
#ifndef RG_DYNAMICS_RUN_H
#define RG_DYNAMICS_RUN_H

#include <retrograde/dynamics.h>

#include "base/ranks.h"
#include "dynamics/dynamics.h"
#include "hyper/coefficient.h"
#include "objective/objective.h"

/* Products of a moment's decays, for its bias correction. */
typedef struct {
    double *table;      /* before each step, [steps + 1][slice] where decays are per step; else workspace [slice] */
    double *correction; /* [slice] 1 - the product up to `step`, included */
    double *before;     /* [slice] in the table: the product before `step` */
    uint64_t step;
} rg_products;

typedef struct rg_own_room rg_own_room;
typedef struct rg_window rg_window;

/*
 * The run's public members are read by trajectories and estimators, and
 * written by the functions below only. The state is s_t, t = step.
 */
typedef struct {
    const rg_dynamics *dynamics;
    const rg_faces *faces;             /* those of the dynamics for this processor */
    rg_objective *inner;
    const rg_hyper *hyper;
    rg_run_options options;
    const rg_update *kernels;
    size_t weights;
    uint64_t iteration, step, member;
    rg_way way;                        /* told to the objective: out until the first step is gone back */
    const double *lambda;              /* [lambdas] of the inner objective, flat: those of the set, or lambda_room */
    double *lambda_room;               /* NULL where those of the set lie together */
    rg_block coefficient[RG_COEFFICIENTS]; /* of the rule, in its order: the rate first */
    rg_products powers[RG_MOMENTS];
    rg_block rule;                     /* own hyperparameters of a rule of one's own, where it has some */
    rg_own_room **own;                 /* [threads], then NULL: workspaces of such a rule; NULL: it is none */
    double *loss_lambda;               /* [lambdas of the inner objective] dJ/dlambda, of rg_run_loss_lambda; NULL where own is */
    /* exact state, units of 2^-F; NULL in floating arithmetic. g: the rounded sum over the shards; NULL: they are in the rooms */
    int64_t *w, *moment[RG_MOMENTS], *g;
    /* streams: what is multiplied reversibly; each moment, then the weights where they decay. Floating arithmetic: none */
    int streams;
    int ratio_bits[RG_STREAMS];
    rg_buffer *buffer[RG_STREAMS];
    /* what the objective sees: the weights [real]; floating state and gradient */
    void *w_real, **moment_real, *g_real; /* moment_real [arrays]: moments, then slots */
    size_t rooms;                      /* shards whose results are held side by side */
    void *room;                        /* [rooms x weights] reals: gradients, or products */
    void *gradients;                   /* where the gradients are: the room, or a place in the window */
    rg_window *window;                 /* of steps that need not be evaluated again; NULL: none. See window.h */
    int is_kept;                       /* whether the last gradient was kept since the way out, or made of what was */
    void *direction;                   /* [weights] real: of a product */
    double *loss;                      /* [shards] */
    /*
     * Several ranks: shards are spread over them, and in exact arithmetic each moves a part of the weights, with the
     * buffers of these: w, moments and adjoints are then good in the own part only, until they are gathered.
     */
    rg_ranks *ranks;                   /* NULL: this process does the whole run */
    size_t *parts;                     /* [ranks + 1] first weights; NULL: all are moved here */
    size_t *places;                    /* [ranks + 1] workspace */
    int64_t *own_g;                    /* [weights] the rounded sum over this rank's shards; NULL without parts */
    uint64_t *digest;                  /* [ranges] workspace */
    rg_status lost;                    /* what a refresh met */
    double inner_loss;                 /* at the last gradient */
    /* Where the norm of the gradient is clipped (run_clip.h): of the last one its norm, and the factor; else the factor is 1 */
    double gradient_norm, clip_factor;
    double *clip_sums;                 /* [ranges] workspace; NULL: it is not clipped */
} rg_run;

/*
 * Make a run over a problem's parts, all kept by reference.
 * Returns RG_OK, RG_ESHAPE (the objective's weights are not the layout's),
 * RG_EUNSUPPORTED (a coefficient that the rule needs is not among the hyperparameters, or one that it does not
 * have is to be tuned; ratio without the integer buffer; exact arithmetic with a rule of one's own),
 * RG_ERANGE or RG_ENOMEM.
 */
rg_status rg_run_new (rg_run **out, const rg_dynamics *dynamics, rg_objective *inner, const rg_hyper *hyper,
                      const rg_run_options *options, rg_message *message);
void rg_run_free (rg_run *run);

/* The least value of a role that a run can use: an epsilon below the resolution, or in exact arithmetic a decay of 0, it cannot. */
double rg_run_least (const rg_run_options *options, const rg_dynamics *rule, rg_precision precision, rg_role role);

/* How many steps it takes. */
uint64_t rg_run_steps (const rg_run *run);

/*
 * Set s_0: weights w_0 (rounded to fixed point in exact arithmetic), moments 0,
 * buffers empty; take over the hyperparameters' values of now.
 */
rg_status rg_run_start (rg_run *run, const double *w0, uint64_t iteration, rg_message *message);

/* Take over the hyperparameters' values of now, in the middle of a run. */
rg_status rg_run_renew (rg_run *run, rg_message *message);

/*
 * Evaluate the gradient at s_t, all shards; their linearisations are kept.
 *   want_loss  whether run->inner_loss is wanted
 */
rg_status rg_run_gradient (rg_run *run, int want_loss, rg_message *message);

/* From s_t and the gradient at s_t to s_{t+1}. After a failure the state is not defined. */
rg_status rg_run_advance (rg_run *run, rg_message *message);

/* From s_{t+1} back to s_t, exact arithmetic only; the gradient at s_t is left as rg_run_gradient leaves it. */
rg_status rg_run_undo (rg_run *run, rg_message *message);

/* Recompute the weights that the objective sees, after the exact state was changed. */
void rg_run_refresh (rg_run *run);

/* The adjoint of a run's state, and of what it depends on. */
typedef struct {
    double *dw, **dmoment;                 /* [weights]; dmoment [arrays]: moments, then slots */
    double *moments[RG_MOMENTS];           /* [weights] those of the moments */
    double *dslots;                        /* [slots][weights] those of the slots, which lie together; NULL: none */
    double *drule;                         /* the whole block of a rule's own hyperparameters; NULL: fixed, or none */
    double *own_partial;                   /* workspace [blocks][own hyperparameters + 1] of a rule of one's own */
    double *dproduct[RG_MOMENTS];          /* [slice of the decay] of the products of decays; NULL: not wanted */
    double *dcoefficient[RG_COEFFICIENTS]; /* whole blocks of the gradient, natural values; NULL: fixed */
    double *dlambda;                       /* [lambdas]; NULL: not wanted */
    int first_order;                       /* whether the dependence of gradients on weights and lambda is left out */
    double *partial[RG_COEFFICIENTS], *partial_product[RG_MOMENTS]; /* workspaces */
} rg_adjoint;

/*
 * Make an adjoint of zeros, for no hyperparameters yet; for those of a run's coefficients that are tuned there is memory.
 * dlambda is left to the caller. Returns RG_OK, or RG_ENOMEM with nothing held.
 */
rg_status rg_adjoint_init (rg_adjoint *adjoint, const rg_run *run);

/* Set it to zeros, for the hyperparameters whose derivatives are in `gradient` [rg_hyper_size]. */
void rg_adjoint_begin (rg_adjoint *adjoint, const rg_run *run, double *gradient);
void rg_adjoint_clear (rg_adjoint *adjoint);

/*
 * One step of the adjoint, at s_t with its gradient evaluated: that of the state goes from t+1 to t; derivatives
 * in the coefficients of step t and in lambda are added to.
 */
rg_status rg_run_adjoint (rg_run *run, rg_adjoint *adjoint, rg_message *message);

/*
 * A block of weights, gradient and moments at s_t, as the rule sees them.
 *   count         <= RG_DYNAMICS_BLOCK
 *   w, g, moment  [out]; w only where the rule has weight decay
 */
rg_status rg_run_load (const rg_run *run, size_t first, size_t count, double *w, double *g,
                       double (*moment)[RG_DYNAMICS_BLOCK], rg_message *message);

/*
 * The gradient of all shards at the run's weights, not rounded, at the instant of a step; linearisations are kept.
 *   g  [weights] written
 */
rg_status rg_run_plain_gradient (rg_run *run, uint64_t step, double *g, rg_message *message);

/*
 * The product of the second derivatives, at the linearisations of the last gradient, with run->direction.
 *   out      [weights] d2J/dw2 direction is added
 *   dlambda  [lambdas] d2J/dlambda dw direction is added; NULL: not wanted
 * The gradients in the rooms are lost.
 */
rg_status rg_run_product (rg_run *run, double *out, double *dlambda, rg_message *message);

/*
 * dJ/dlambda at the linearisations of the last gradient, all shards: run->loss_lambda. Returns RG_OK; RG_EUNSUPPORTED where the
 * objective does not tell it; what the objective returns.
 */
rg_status rg_run_loss_lambda (rg_run *run, rg_message *message);

/* Let all ranks have all of the state but the buffers, or of an adjoint. */
rg_status rg_run_gather (rg_run *run, rg_message *message);
rg_status rg_run_gather_adjoint (rg_run *run, rg_adjoint *adjoint, rg_message *message);

/* The weights that this rank moves. */
size_t rg_run_own_first (const rg_run *run);
size_t rg_run_own_end (const rg_run *run);

/* The largest wish of all ranks; INT_MAX where they lost each other. */
int rg_run_agree (const rg_run *run, int wish);

/* Whether any rank wants to stop. */
int rg_run_agree_to_stop (const rg_run *run, int stop);

/*
 * Bytes of the arrays that ranks put together, were there several: in a step out or back with its gradient, and in a step of the adjoint.
 * Statuses and digests are not counted.
 */
double rg_run_exchange_out (const rg_run *run);
double rg_run_exchange_adjoint (const rg_run *run);

/* XXH3 digest of w, moments and buffers. */
uint64_t rg_run_digest (const rg_run *run);

/* The weights as doubles. */
void rg_run_weights (const rg_run *run, double *out);

/* Bytes of the buffers, and their content in bits. */
size_t rg_run_buffer_bytes (const rg_run *run);
double rg_run_buffer_bits (const rg_run *run);

/* Sum over parameters of log2 (1/decay), for one step: the limit of what a buffer must keep; all, or one stream's. */
double rg_run_limit_bits (const rg_run *run, uint64_t step);
double rg_run_stream_limit (const rg_run *run, int stream, uint64_t step);

/* Whether that limit may differ from step to step. */
int rg_run_limit_varies (const rg_run *run);

/* The kind of a stream's buffer. */
rg_buffer_kind rg_run_stream_kind (const rg_run *run, int stream);

/* Drop the words on the stacks of all buffers: no way back will ask for them. */
void rg_run_forget (const rg_run *run);

#endif /* RG_DYNAMICS_RUN_H */

/* run.h -- one training run: state, gradient at the state, step and undo. */
#ifndef RG_DYNAMICS_RUN_H
#define RG_DYNAMICS_RUN_H

#include <retrograde/dynamics.h>

#include "dynamics/dynamics.h"
#include "hyper/coefficient.h"
#include "objective/objective.h"

/*
 * The run's public members are read by trajectories and estimators, and
 * written by the functions below only. The state is s_t, t = step.
 */
typedef struct {
    const rg_dynamics *dynamics;
    rg_objective *inner;
    const rg_hyper *hyper;
    rg_run_options options;
    const rg_update_kernels *kernels;
    size_t weights;
    uint64_t iteration, step;
    double *lambda;                    /* [lambdas] of the inner objective, flat */
    rg_block rate, decay;              /* a rule without moments: a decay of 1 */
    size_t whole[2];                   /* the segment of that decay */
    /* exact state, units of 2^-F; NULL in floating arithmetic. g: the rounded sum of several shards; NULL for one */
    int64_t *w, *moment[RG_MOMENTS], *g;
    rg_buffer *buffer[RG_MOMENTS];
    /* what the objective sees: the weights [real]; floating state and gradient */
    void *w_real, *moment_real[RG_MOMENTS], *g_real;
    void *shard_g, *direction, *product; /* workspaces [real] */
    double inner_loss;                 /* at the last gradient */
} rg_run;

/*
 * Make a run over a problem's parts, all kept by reference.
 * Returns RG_OK, RG_ESHAPE (the objective's weights are not the layout's),
 * RG_EUNSUPPORTED (no rate or decay among the hyperparameters; a decay to be tuned that the rule does not
 * have; ratio without the integer buffer),
 * RG_ERANGE or RG_ENOMEM.
 */
rg_status rg_run_new (rg_run **out, const rg_dynamics *dynamics, rg_objective *inner, const rg_hyper *hyper,
                      const rg_run_options *options, rg_message *message);
void rg_run_free (rg_run *run);

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

/*
 * One step of the adjoint, at s_t with its gradient evaluated: dw and dmoment
 * go from t+1 to t; derivatives in rate and decay of step t (natural values) and in
 * lambda are added to.
 *   dw, dmoment  [weights] in and out
 *   drate, ddecay  whole blocks; NULL where the block is fixed
 *   dlambda      [lambdas]; NULL: not wanted
 */
rg_status rg_run_adjoint (rg_run *run, double *dw, double *const dmoment[RG_MOMENTS], double *drate, double *ddecay,
                          double *dlambda, rg_message *message);

/*
 * A block of the gradient and the moments at s_t, as the rule sees them.
 *   count      <= RG_DYNAMICS_BLOCK
 *   g, moment  [out]
 */
rg_status rg_run_load (const rg_run *run, size_t first, size_t count, double *g,
                       double (*moment)[RG_DYNAMICS_BLOCK], rg_message *message);

/* XXH3 digest of w, moments and buffers. */
uint64_t rg_run_digest (const rg_run *run);

/* The weights as doubles. */
void rg_run_weights (const rg_run *run, double *out);

/* Bytes of the buffers, and their content in bits. */
size_t rg_run_buffer_bytes (const rg_run *run);
double rg_run_buffer_bits (const rg_run *run);

/* Sum over parameters of log2 (1/decay), for one step: the limit of what a buffer must keep. */
double rg_run_limit_bits (const rg_run *run, uint64_t step);

#endif /* RG_DYNAMICS_RUN_H */

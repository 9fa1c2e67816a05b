/* run_own.h -- the blocks of a step of a rule of one's own; see rg_own_rule in retrograde/dynamics.h. */
#ifndef RG_DYNAMICS_RUN_OWN_H
#define RG_DYNAMICS_RUN_OWN_H

#include "dynamics/run_tangent.h"

/* Workspaces for a block, of one thread. */
struct rg_own_room {
    double *rows;             /* [rows][RG_DYNAMICS_BLOCK] */
    double **array, **other;  /* [arrays] those of the state, and their derivatives */
    double *lambda_dot;       /* [lambdas] */
    void *workspace;          /* the rule's, and */
    const rg_own_rule *opened; /* whose it is; NULL: it was not opened */
};

/* Make those of a thread; NULL: out of memory. */
rg_own_room *rg_own_room_new (const rg_run *run);
void rg_own_room_free (rg_own_room *room);

/* Make those of a run of such a rule: a room a thread. RG_OK or RG_ENOMEM; rg_own_clear is due in either case. */
rg_status rg_own_init (rg_run *run);
void rg_own_clear (rg_run *run);

/* A block of a step, in place. Returns RG_OK or RG_ECALLBACK. */
rg_status rg_own_step (rg_run *run, size_t thread, const rg_factors *factors, size_t first, size_t count, rg_message *message);

/*
 * A block of the adjoint; what it contributes to lambda and the loss is left in a->own_partial.
 *   b  its factors, dw, dg and dcoefficient are used
 */
rg_status rg_own_adjoint (rg_run *run, const rg_adjoint *a, size_t thread, const rg_adjoint_block *b, size_t first,
                          rg_message *message);

/* Then what all blocks left, in their order: into the gradient, and through the loss into the adjoint of the weights and lambda. */
rg_status rg_own_collect (rg_run *run, rg_adjoint *a, rg_message *message);

/* RG_EUNSUPPORTED where a rule of one's own has no adjoint, or no tangent. */
rg_status rg_own_check_adjoint (const rg_dynamics *dynamics, rg_message *message);
rg_status rg_own_check_tangent (const rg_dynamics *dynamics, rg_message *message);

/*
 * The tangents of the loss of the step, where the rule needs it.
 *   loss_dot  [width] [out]
 */
void rg_own_loss_tangents (const rg_run *run, size_t width, const rg_number *number, const double *w_dot, double *loss_dot);

/*
 * A block of the tangents.
 *   g_dot            [count x width]
 *   loss_dot         [width]
 *   coefficient_dot  [coefficients][count x width]; NULL: zero
 *   dot              in and out
 */
rg_status rg_own_tangents (rg_run *run, rg_own_room *room, const rg_factors *factors, size_t first, size_t count, size_t width,
                           const rg_number *number, const double *g_dot, const double *loss_dot,
                           const double *const *coefficient_dot, const rg_state_dot *dot, rg_message *message);

#endif /* RG_DYNAMICS_RUN_OWN_H */

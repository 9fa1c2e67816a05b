/* run_tangent.h -- tangents of a run's state, several carried side by side. */
#ifndef RG_DYNAMICS_RUN_TANGENT_H
#define RG_DYNAMICS_RUN_TANGENT_H

#include "dynamics/run.h"

/* The number that a tangent is the derivative in: a natural value. */
typedef struct {
    rg_role role;
    size_t index;  /* in the block, all steps counted */
    size_t lambda; /* in lambda; SIZE_MAX: it is not there */
} rg_number;

/* Tangents of a state, side by side: those of a weight stand together. */
typedef struct {
    double *w;                      /* [weights x width] */
    double *const *moment;          /* [arrays] moments, then slots: the same, from moment[m] + offset on */
    size_t offset;
    double *product[RG_MOMENTS];    /* [slice of the decay x width] of the products of decays; NULL: all zero */
} rg_state_dot;

/*
 * Workspaces for tangents side by side. `width` tangents of n numbers are an n x width
 * matrix: those of one weight stand together.
 */
typedef struct {
    size_t index;              /* which room of the inner objective goes with it */
    size_t most;               /* largest width */
    double *g_dot, *lambda_dot;
    void *direction, *product; /* [weights x most] reals; direction is NULL in double precision, product for one shard */
    size_t *lambda;            /* [most] */
    rg_own_room *own;          /* workspaces of a rule of one's own, and */
    double *loss_dot;          /* [most] */
} rg_tangent_room;

/*
 * Make the workspaces, and those of the inner objective.
 *   index   threads that work at once have different ones: 0, 1 ...; 0 alone where room->most is 1
 *   wanted  tangents to be carried side by side, >= 1; room->most is less where the objective takes one at a time
 * Returns RG_OK or RG_ENOMEM with nothing held.
 */
rg_status rg_tangent_room_init (rg_tangent_room *room, rg_run *run, size_t index, size_t wanted);
void rg_tangent_room_clear (rg_tangent_room *room);

/*
 * One step of tangents, at s_t with its gradient evaluated and before the state advances
 * (Franceschi et al. 2017, Forward-HG: Z <- A_t Z + B_t). Roundings to fixed point are ignored.
 *   width       <= room->most
 *   number      [width] what each tangent is the derivative in; its direct part is added where step t uses it
 *   dot      in and out, from t to t+1
 * Several threads may be here at once for one step, each with tangents and a room of its own, if rg_run_coefficients_now was
 * called for that step, and rg_run_loss_lambda where the rule needs the loss, the objective has `tangents`, and at most one of them carries a single tangent.
 * Returns RG_OK; RG_ENONFINITE naming step, array and hyperparameter; RG_EUNSUPPORTED (a rule of one's own without a tangent);
 * RG_ECALLBACK; what the objective's tangent returns.
 */
rg_status rg_run_tangents (rg_run *run, size_t width, const rg_number *number, const rg_state_dot *dot,
                           rg_tangent_room *room, rg_message *message);

#endif /* RG_DYNAMICS_RUN_TANGENT_H */

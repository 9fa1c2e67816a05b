/*
 * run_clip.h -- the norm of the inner gradient clipped: g' = c g with c = min (1, most / ||g||), g the whole gradient.
 *
 * The factor is a function of the gradient alone. Where a step is undone the gradient is evaluated again, to the same bits, and so is the
 * factor; the rule is given g' both times, in fixed point rounded again. Where the norm is clipped, with u = g / ||g||,
 *     dg'/dg = c (I - u u'),
 * which is symmetric: the adjoint and the tangents of g' become those of g by the same product. At ||g|| = most there is no
 * derivative; it is taken as not clipped.
 */
#ifndef RG_DYNAMICS_RUN_CLIP_H
#define RG_DYNAMICS_RUN_CLIP_H

#include "dynamics/run.h"

/* Whether the gradient of now was clipped. */
static inline int
rg_run_is_clipped (const rg_run *run)
{
    return run->clip_factor < 1;
}

/* Of the gradient that was just evaluated: find the factor; in floating arithmetic apply it. */
rg_status rg_run_clip (rg_run *run, rg_message *message);

/* The adjoint of g' in run->direction, in this rank's part, becomes that of g. */
rg_status rg_run_clip_direction (rg_run *run, rg_message *message);

/* Tangents of g become those of g'. g_dot [weights x width]; of a run that this rank has alone. */
rg_status rg_run_clip_tangents (rg_run *run, size_t width, double *g_dot, rg_message *message);

#endif /* RG_DYNAMICS_RUN_CLIP_H */

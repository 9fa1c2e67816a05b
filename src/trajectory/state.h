/* state.h -- a state of a run as a block of bytes. */
#ifndef RG_TRAJECTORY_STATE_H
#define RG_TRAJECTORY_STATE_H

#include "dynamics/run.h"

/* Weights, moments and slots: all that the way back needs of a state. */
size_t rg_state_bytes (const rg_run *run);
void rg_state_save (const rg_run *run, void *block);

/* XXH3 of weights, moments and slots. */
uint64_t rg_state_digest (const rg_run *run);

/* Whether those of exact arithmetic are within its limits, as all are that a step has made. */
int rg_state_is_inside (const rg_run *run);

/* Put the run at s_t; the gradient there is not evaluated. */
void rg_state_load (rg_run *run, uint64_t t, const void *block);

/*
 * The same with the heads of the entropy buffers behind: all that is needed to go forward again
 * with the same bits. The size changes from step to step where the buffer is the integer one.
 * load returns RG_OK, RG_EINPUT (a number out of its range, too) or RG_ENOMEM; after a failure the state is not defined.
 */
size_t rg_state_whole_bytes (const rg_run *run);
void rg_state_whole_save (const rg_run *run, void *block);
rg_status rg_state_whole_load (rg_run *run, uint64_t t, const void *block, size_t bytes);

#endif /* RG_TRAJECTORY_STATE_H */

/* overhead.h -- what policies take beside states and entropy buffers, for forecasts. */
#ifndef RG_TRAJECTORY_OVERHEAD_H
#define RG_TRAJECTORY_OVERHEAD_H

#include "trajectory/trajectory.h"

/* Bytes of the checkpointed policy's tables with so many slots, and of the reversible policy's. */
size_t rg_checkpointed_overhead (const rg_trajectory_options *options, size_t slots);
size_t rg_reversible_overhead (uint64_t steps, uint64_t interval);

/* The least memory of a reversible trajectory of a run at its start whose words go to a file; SIZE_MAX: it has no words. */
size_t rg_reversible_least (const rg_run *run, uint64_t steps, uint64_t interval);

#endif /* RG_TRAJECTORY_OVERHEAD_H */

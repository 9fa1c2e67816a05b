/* kept_bits.h -- how large the entropy buffers of a run will be, for forecasts. */
#ifndef RG_TRAJECTORY_KEPT_BITS_H
#define RG_TRAJECTORY_KEPT_BITS_H

#include "dynamics/run.h"

/* Bits that each stream's buffer will have kept after all steps. */
typedef struct {
    double of[RG_STREAMS];
} rg_kept_bits;

/* Of a run of so many steps, by the decays of now: an estimate within a few percent. */
rg_kept_bits rg_kept_bits_of (const rg_run *run, uint64_t steps);

/* Bytes of the buffers after all steps, where the words of the last `share` of the run have not been forgotten. */
double rg_kept_buffer_bytes (const rg_run *run, const rg_kept_bits *bits, double share);

/* Bytes of a whole state: those of s_0, but with the integer buffer those of the middle of the run. */
double rg_kept_state_bytes (const rg_run *run, const rg_kept_bits *bits);

#endif /* RG_TRAJECTORY_KEPT_BITS_H */

/*
 * sweep.h -- a training run on its way out and back, which can be left at any step and gone on with.
 *
 * Where the trajectory can be saved, a snapshot is the run itself. Where not, it is taken on the way back only, and holds the
 * adjoint and what was gathered so far: the way out is then taken again, as far as it is still to be gone back.
 * Ranks that share the run save and go on together: a snapshot holds all ranks' parts, and any number of ranks goes on from it.
 */
#ifndef RG_ESTIMATOR_SWEEP_H
#define RG_ESTIMATOR_SWEEP_H

#include "estimator/estimator.h"
#include "estimator/report.h"

enum { RG_SWEEP_PARTS = 48, RG_POSITION_BYTES = 8 * 13 };

/*
 * Where a sweep is, and what it must have in common with the one that goes on with it; in a snapshot 8 bytes each
 * (base/record.h), in this order.
 */
typedef struct {
    uint64_t step, back; /* at s_step, on the way out or back */
    uint64_t state;      /* digest of the weights and moments there; 0 where the snapshot holds them themselves */
    uint64_t weights, steps, first, shards, precision, arithmetic, fraction_bits, ratio_bits, buffer_kind, values_digest;
} rg_position;

typedef struct {
    const rg_problem *problem;
    const rg_keeper *keeper; /* NULL: no snapshots */
    const rg_policy *policy;
    rg_trajectory_options options;
    void *trajectory;
    int retakes;         /* whether the trajectory is not saved, but made again */
    rg_run *run;
    rg_adjoint *adjoint; /* of the way back; what a snapshot holds of it is added by the caller */
    rg_position position;
    rg_report *report;
    unsigned char position_block[RG_POSITION_BYTES], report_block[RG_REPORT_BYTES]; /* both as a snapshot holds them */
    rg_span parts[RG_SWEEP_PARTS];
    size_t count;
} rg_sweep;

/*
 * Begin, with sweep->run, ->report, ->adjoint, ->trajectory and its ->options set: list what a snapshot holds of them; rg_sweep_holds adds
 * what else it must. Where keeper is NULL there will be no snapshots.
 *   first  the way back ends at s_first
 */
void rg_sweep_begin (rg_sweep *sweep, const rg_problem *problem, const rg_keeper *keeper, const rg_policy *policy,
                     uint64_t first);
void rg_sweep_holds (rg_sweep *sweep, void *data, size_t bytes);

/*
 * Go on from the newest good snapshot, if there is one: all parts are read, and the run is at its step; the trajectory
 * may be another object.
 *   spoiled  [out] whether there were snapshots, but none was good: all parts are undefined, and the sweep is to be begun again
 * Returns RG_OK, or what the keeper and the trajectory return; the state is undefined then.
 */
rg_status rg_sweep_resume (rg_sweep *sweep, int *spoiled, rg_message *message);

/* An rg_visit, called between steps: save where that is due; save and return RG_EINTERRUPTED where the user interrupts. */
rg_status rg_sweep_pause (void *sweep, rg_run *run, rg_message *message);

#endif /* RG_ESTIMATOR_SWEEP_H */

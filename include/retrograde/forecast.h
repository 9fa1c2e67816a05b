/* forecast.h -- what each trajectory would take for a problem, before it runs. */
#ifndef RETROGRADE_FORECAST_H
#define RETROGRADE_FORECAST_H

#include <stdint.h>

#include <retrograde/estimator.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Seconds of the parts of a step, each the median of a few: the gradient, gradient and step, adjoint, gradient and undo, copy of
 * a state to memory that is new; a step of up to 16 tangents side by side (forward mode); and of the outer loss at the end,
 * its gradient and the validation loss.
 */
typedef struct {
    size_t size; /* set by the caller, to sizeof (rg_step_seconds): no more is written or read */
    double gradient, step, adjoint, undo, copy, panel, outer;
} rg_step_seconds;

/*
 * Measure them, in a handful of steps of meta-iteration 0 after some to warm up.
 *   out  [out] undo is NAN where the run cannot be undone, panel where there are no tangents or where 16 take more than 256 MiB
 * Returns what rg_train returns.
 */
RG_API rg_status rg_measure_steps (const rg_problem *problem, rg_step_seconds *out, rg_message *message);

/* What one trajectory would take. */
typedef struct {
    size_t size;                 /* set by the caller, to sizeof (rg_forecast): no more is written */
    size_t slots, memory_slots;  /* of the checkpointed one: as told, or as many as fit */
    double bytes, disk_bytes;    /* the most that a report's trajectory_bytes and disk_bytes would be */
    double bytes_beyond;         /* the part of bytes beyond options->memory; 0: it fits */
    uint64_t recomputed_steps;
    double seconds;              /* of one hypergradient by reverse; NAN where `measured` is NULL */
    uint64_t window;             /* steps whose linearisations are kept; those whose gradients are, too */
    uint64_t window_whole;
    double window_bytes;         /* the part of bytes that these take */
} rg_forecast;

/*
 * Forecast the trajectory of options->policy. The entropy buffer's share is that of decays as they are
 * now, an estimate within a few percent; all else is exact.
 * Of a checkpointed one with slots = 0 as many are taken as fit options->memory, at
 * most the root of T without a limit. With a slot_directory, slots that do not fit go there. Words of a reversible
 * one that do not fit go to a file.
 *   measured  from rg_measure_steps; NULL: none
 * Returns RG_OK; RG_EUNSUPPORTED where this problem cannot use it, with the reason; RG_ENOMEM, or what
 * the start of a run returns.
 */
RG_API rg_status rg_forecast_trajectory (const rg_problem *problem, const rg_estimator_options *options,
                                         const rg_step_seconds *measured, rg_forecast *out, rg_message *message);

/* What ranks that share a run tell each other. */
typedef struct {
    size_t size;         /* set by the caller, to sizeof (rg_exchange): no more is written */
    int shared;          /* whether there is anything to share: more than one shard */
    double out, back;    /* bytes of the arrays that they put together, a step: out, or taken again; back, with the adjoint */
} rg_exchange;

/*
 * Forecast that, for any number of ranks and reverse. Exact but for a few hundred bytes of statuses and, at 16 steps, the adjoint.
 * Returns RG_OK, or what the start of a run returns.
 */
RG_API rg_status rg_forecast_exchange (const rg_problem *problem, rg_exchange *out, rg_message *message);

/*
 * Forecast an estimator with its options: bytes of what it carries or keeps, steps taken again (forward mode: those of further
 * training runs), seconds of one hypergradient.
 * Returns as rg_forecast_trajectory; RG_EUNSUPPORTED for an estimator of which nothing is known before it runs (implicit).
 */
RG_API rg_status rg_forecast_estimator (const rg_problem *problem, const rg_estimator *estimator,
                                        const rg_estimator_options *options, const rg_step_seconds *measured, rg_forecast *out,
                                        rg_message *message);

/*
 * Choose a trajectory that fits options->memory (no limit: 1 GiB). Where steps can be undone: reversible, for its
 * certificate and because it takes no step again; else stored; else reversible with words in a file; else
 * checkpointed, with as many slots as fit.
 *   options  [in and out] policy, slots and memory_slots are set; memory, too, where words go to a file
 *   why      [out] a sentence with the numbers
 * Returns RG_OK; RG_EUNSUPPORTED where nothing fits; else as rg_forecast_trajectory.
 */
RG_API rg_status rg_choose_trajectory (const rg_problem *problem, rg_estimator_options *options, rg_message *why,
                                       rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_FORECAST_H */

/* realtime.h -- hypergradients in the course of one training run. */
#ifndef RETROGRADE_REALTIME_H
#define RETROGRADE_REALTIME_H

#include <stdint.h>

#include <retrograde/estimator.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Real-time hyperparameter optimisation (Franceschi, Donini, Frasconi, Pontil 2017, RTHO): tangents of the
 * state are carried along one training run; every so many steps the hypergradient at the
 * weights of now is asked for, the caller changes the hyperparameters, and training goes on. Nothing
 * is reset: the tangents were gathered under the earlier values, which biases the hypergradient.
 */
typedef struct rg_realtime rg_realtime;

/*
 * Begin a run of rg_hyper_steps (problem->hyper) steps.
 *   out            [out] ended with rg_realtime_free
 *   problem        copied; its parts are kept by reference
 *   iteration      which initial weights and batches
 *   tangent_bytes  most bytes of tangents; 0: 1 GiB
 * Returns RG_OK; RG_EUNSUPPORTED for a hyperparameter per step, or of the initial state, which a run in
 * progress cannot reach, and where the tangents do not fit; the statuses of rg_hypergradient.
 */
RG_API rg_status rg_realtime_new (rg_realtime **out, const rg_problem *problem, uint64_t iteration,
                                  size_t tangent_bytes, rg_message *message);
RG_API void rg_realtime_free (rg_realtime *realtime);

/*
 * Train some steps with the hyperparameters of now, fewer where the run ends; then the hypergradient.
 *   gradient  [rg_hyper_size] [out] derivative of E at the weights of now in the free numbers
 *   report    [out]
 * Returns as rg_hypergradient; after a failure only rg_realtime_free makes sense.
 */
RG_API rg_status rg_realtime_advance (rg_realtime *realtime, uint64_t steps, double *gradient, rg_report *report,
                                      rg_message *message);

/*
 * The state of the run and its tangents as a block of bytes, for snapshots, and back into a run of the same problem.
 * load returns RG_OK, RG_EINPUT (not such a block) or RG_ENOMEM; after a failure only rg_realtime_free makes sense.
 */
RG_API size_t rg_realtime_bytes (const rg_realtime *realtime);
RG_API void rg_realtime_save (const rg_realtime *realtime, void *block);
RG_API rg_status rg_realtime_load (rg_realtime *realtime, const void *block, size_t bytes);

/* Steps taken so far. */
RG_API uint64_t rg_realtime_steps (const rg_realtime *realtime);

/* Evaluate another objective's loss and errors at the weights of now, into report->validation_loss, wrong and examples;
 * RG_ESHAPE where it does not fit the problem. */
RG_API rg_status rg_realtime_evaluate (rg_realtime *realtime, rg_objective *objective, rg_report *report,
                                       rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_REALTIME_H */

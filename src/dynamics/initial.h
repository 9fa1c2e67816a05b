/* initial.h -- the initial weights as a function of the hyperparameters. */
#ifndef RG_DYNAMICS_INITIAL_H
#define RG_DYNAMICS_INITIAL_H

#include <retrograde/dynamics.h>

/* Write w_0 of a meta-iteration: out [weights]. */
void rg_initial_weights (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, double *out);

/*
 * The transpose of its derivative: add dE/d(weights, weight_scale), natural values.
 *   dw        [weights] dE/dw_0
 *   gradient  [rg_hyper_size] added to
 */
void rg_initial_adjoint (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, const double *dw,
                         double *gradient);

/*
 * The derivative of the initial weights in one natural value: of the weights themselves or of their scale.
 *   width  numbers from one weight's entry of out to the next weight's
 *   out    [weights x width, its first column] entries that are not 0 are written
 */
void rg_initial_tangent (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, rg_role role,
                         size_t index, size_t width, double *out);

#endif /* RG_DYNAMICS_INITIAL_H */

/* weights.h -- the weights that a training run has come to, in a file: what one takes away. */
#ifndef RETROGRADE_WEIGHTS_H
#define RETROGRADE_WEIGHTS_H

#include <retrograde/data.h>
#include <retrograde/hyper.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An NPZ file of
 *   W1, b1, dense1.W ...   each array of the layout, doubles: a matrix [units x others], or a vector
 * and of the training examples, where they have it:
 *   unit                   what 1 is worth in their inputs, where that is not 1
 *   mean, scale            [features] what is subtracted from inputs after that, and what they are divided by then
 *   target_mean, target_scale   [targets] the same of real targets: outputs times target_scale plus target_mean are predictions
 *   columns, classes       [features], [classes] names
 * So it holds all that it takes to compute predictions from raw inputs in another program. Equal contents give equal bytes.
 */

/*
 * Write it, in the safe way of rg_npy_write.
 *   w         [weights of the layout]
 *   training  NULL: without the examples' part
 * Returns what rg_npz_write returns.
 */
RG_API rg_status rg_weights_write (const char *path, const rg_layout *layout, const double *w, const rg_dataset *training,
                                   rg_message *message);

/*
 * Read the arrays of a layout.
 *   w  [weights of the layout] [out]
 * Returns RG_OK; what rg_npz_read returns; RG_ESHAPE (an array of another size) or RG_ENONFINITE, naming it.
 */
RG_API rg_status rg_weights_read (const char *path, const rg_layout *layout, double *w, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_WEIGHTS_H */

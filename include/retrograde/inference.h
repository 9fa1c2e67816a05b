/* inference.h -- what a trained model says of one example. */
#ifndef RETROGRADE_INFERENCE_H
#define RETROGRADE_INFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/model.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A model with the weights that training ended at, in double precision. Examples are taken one at a time, so that no example's outputs
 * depend on another's; dropout is off. For one thread at a time.
 */
typedef struct rg_inference rg_inference;

/*
 * Prepare it. The running mean and variance of a batch norm are computed here, once, at the last weights: training examples go
 * through the model in parts of `batch`, in their order, each part by its own statistics; the running ones are the mean over the parts of
 * the mean and of the unbiased variance. The last part is left out where it has fewer examples. (PyTorch computes the same with
 * momentum=None at weights that stay. While training no statistics run: a state is its weights alone, so that it can be undone.)
 *   out     [out] ended with rg_inference_free
 *   model   used during the call, and kept by reference
 *   w       [rg_model_weights] copied
 *   train   used during the call; NULL is allowed for a model without a batch norm
 *   batch   1 ... examples of train; of no meaning without a batch norm
 * Returns RG_OK; RG_EINPUT (a batch norm, but no examples); RG_ERANGE (batch; fewer than 2 values a channel; an input that the model does not
 * take); RG_ESHAPE (examples of another size); RG_EUNSUPPORTED (a model that takes noise); RG_ENONFINITE (weights with which it puts out
 * numbers that are not finite); RG_ENOMEM. Cost: a forward pass over train.
 */
RG_API rg_status rg_inference_new (rg_inference **out, const rg_model *model, const double *w, const rg_dataset *train, uint32_t batch,
                                   rg_message *message);

/* Free it; NULL is allowed. */
RG_API void rg_inference_free (rg_inference *inference);

/*
 * The running statistics: of each batch norm, in the order of the layers (a residual's body before its shortcut), the means
 * [channels], then the variances [channels].
 *   values  [out] the inference's; NULL is allowed
 * Returns how many numbers there are; 0 without a batch norm.
 */
RG_API size_t rg_inference_statistics (const rg_inference *inference, const double **values);

/*
 * What the last layer puts out for one example.
 *   x    [rg_model_inputs], as the training examples are: scaled, centred; whole numbers for an embedding
 *   out  [rg_model_outputs] [out]
 * Returns RG_OK; RG_ERANGE (a number that an embedding has no entry for); RG_ENONFINITE.
 */
RG_API rg_status rg_infer (rg_inference *inference, const double *x, double *out, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_INFERENCE_H */

/* second_model.h -- models beside the trained one, whose weights are hyperparameters, as parts of a loss. */
#ifndef RG_OBJECTIVE_SECOND_MODEL_H
#define RG_OBJECTIVE_SECOND_MODEL_H

#include <retrograde/objective.h>

#include "graph/graph.h"

/* Kinds of second models. */
enum { RG_SECONDS = 3 };

/* The role of the i-th kind; its name is that of the kind. */
rg_role rg_second_role (int i);

/* Whether a role is one of them. */
int rg_second_is (rg_role role);

/* The model of a role; NULL: there is none. */
const rg_model *rg_second_of (const rg_second_models *second, rg_role role);

/*
 * One kind of second model, where it is there, against what stands at its ends.
 *   features  numbers of an example
 *   inputs    of the model
 * Returns RG_OK; RG_ESHAPE (widths that do not meet); or RG_EUNSUPPORTED (noise where it is no augmentation; weights of
 * examples below 0).
 */
rg_status rg_second_check_ends (const rg_second_models *second, rg_role role, size_t features, size_t inputs, rg_message *message);

/*
 * Random initial weights: normal, a function of (seed, role, index).
 *   scale  standard deviation
 *   out    [rg_model_weights] [out]
 */
void rg_second_draw (const rg_model *model, rg_role role, uint64_t seed, double scale, double *out);

/*
 * The second models against the blocks.
 * Returns RG_OK; RG_ESHAPE (a block of another size); or RG_EUNSUPPORTED (a model without its block or a block without its
 * model; a weighting beside example weights).
 */
rg_status rg_second_check (const rg_second_models *second, const rg_hyper *hyper, rg_message *message);

/*
 * phi (x), its weights the block of the role.
 *   noise  batched, as many columns as the model takes; RG_NO_TENSOR where it takes none
 * Returns as rg_model_apply.
 */
rg_status rg_second_apply (rg_graph *graph, const rg_model_loss *loss, rg_role role, rg_tensor x, rg_tensor noise, rg_tensor *out);

#endif /* RG_OBJECTIVE_SECOND_MODEL_H */

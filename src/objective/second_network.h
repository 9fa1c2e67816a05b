/* second_network.h -- a network whose weights are hyperparameters, as a part of a graph. */
#ifndef RG_OBJECTIVE_SECOND_NETWORK_H
#define RG_OBJECTIVE_SECOND_NETWORK_H

#include <retrograde/objective.h>

#include "graph/graph.h"

/* Kinds of second networks. */
enum { RG_SECONDS = 3 };

/* The role of the i-th kind; its name is that of the kind. */
rg_role rg_second_role (int i);

/* Whether a role is one of them. */
int rg_second_is (rg_role role);

/* The network of a role. */
const rg_second_network *rg_second_of (const rg_second_networks *second, rg_role role);

/*
 * The widths of one kind of second network, where it is there, against what stands at its ends.
 *   features  numbers of an example
 *   inputs    the model's first width
 * Returns RG_OK; RG_ERANGE (fewer than 2 widths, a width of 0, too many weights); RG_ESHAPE (widths that do not meet); or
 * RG_EUNSUPPORTED (noise where it is no augmentation; weights of examples below 0).
 */
rg_status rg_second_check_widths (const rg_second_networks *second, rg_role role, size_t features, size_t inputs,
                                  rg_message *message);

/*
 * The second networks against the blocks.
 *   second  their widths are in order; NULL: there are none
 * Returns RG_OK; RG_ESHAPE (a block of another size); or RG_EUNSUPPORTED (a network without its block or a block without its
 * network; a weighting beside example weights).
 */
rg_status rg_second_check (const rg_second_networks *second, const rg_hyper *hyper, rg_message *message);

/*
 * phi (x), its weights the block of the role.
 *   noise  batched, as many columns as the network takes; RG_NO_TENSOR where it takes none
 */
rg_tensor rg_second_apply (rg_graph *graph, const rg_hyper *hyper, rg_role role, const rg_second_network *second, rg_tensor x,
                           rg_tensor noise);

#endif /* RG_OBJECTIVE_SECOND_NETWORK_H */

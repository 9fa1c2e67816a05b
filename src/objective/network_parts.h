/* network_parts.h -- what a network and several networks side by side have in common; in network.c. */
#ifndef RG_OBJECTIVE_NETWORK_PARTS_H
#define RG_OBJECTIVE_NETWORK_PARTS_H

#include <retrograde/objective.h>

#include "graph/graph.h"

/* The activation as an operator. */
rg_tensor rg_activation_apply (rg_activation activation, rg_graph *graph, rg_tensor x);

/* Inputs, or classes or targets, of a set against the first and the last width: RG_OK or RG_ESHAPE. */
rg_status rg_network_check_inputs (const rg_network *network, const rg_dataset *data, rg_message *message);
rg_status rg_network_check_outputs (const rg_network *network, const rg_dataset *data, rg_message *message);

/*
 * As rg_network_layout, with several copies of each layer's matrix, and then of its bias.
 *   copies  [widths - 1], or NULL: 1 of each
 */
rg_status rg_network_layout_of (rg_layout **out, const rg_network *network, const size_t *copies);

/* Whether a layout is that of rg_network_layout_of: RG_OK or RG_ESHAPE. */
rg_status rg_network_check_layout (const rg_network *network, const size_t *copies, const rg_layout *layout,
                                   rg_message *message);

#endif /* RG_OBJECTIVE_NETWORK_PARTS_H */

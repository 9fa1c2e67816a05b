/* probe.h -- the loss with which operators are tested: Σ c y + d y²/2 of a tensor y, c and d random. */
#ifndef RG_GRAPH_PROBE_H
#define RG_GRAPH_PROBE_H

#include "graph/node.h"

/* The i-th of some random numbers in [low, high]. */
double rg_probe_draw (uint64_t stream, size_t i, double low, double high);

/*
 * Add the loss of a tensor to a sum of losses.
 *   sum   RG_NO_TENSOR: there is none yet
 *   bend  scale of d; 0: the loss is linear
 */
rg_tensor rg_probe_add (rg_graph *graph, rg_tensor sum, rg_tensor y, uint64_t stream, double bend);

#endif /* RG_GRAPH_PROBE_H */

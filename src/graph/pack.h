/* pack.h -- the directions of a block one at a time, in arrays without gaps, for operators that are `single`. */
#ifndef RG_GRAPH_PACK_H
#define RG_GRAPH_PACK_H

#include "graph/node.h"

/* Arrays of one call. */
typedef struct {
    rg_graph_array *part;     /* [most operands of a node + 1] the last is the result */
    rg_graph_array **operand; /* [most operands of a node] */
} rg_pack;

/* Returns RG_OK or RG_ENOMEM, with nothing held. */
rg_status rg_pack_init (rg_pack *pack, const rg_graph *graph);
void rg_pack_clear (rg_pack *pack);

/* Numbers that packing a node takes beside the node's own scratch. */
size_t rg_pack_scratch (const rg_graph *graph, const rg_graph_node *node);

/* Run a tangent kernel of a `single` operator, `adjoint` its adjoint_tangents, on all directions of a call. */
void rg_pack_run (const rg_pack *pack, rg_call *call, bool adjoint);

#endif /* RG_GRAPH_PACK_H */

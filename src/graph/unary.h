/* unary.h -- what the elementwise operators share. */
#ifndef RG_GRAPH_UNARY_H
#define RG_GRAPH_UNARY_H

#include "graph/node.h"

/* The slopes f'(x) are kept from backward on. */
rg_status rg_unary_shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples);
void rg_unary_forward (rg_call *call, rg_map *function);
void rg_unary_backward (rg_call *call, rg_slope *slope);
void rg_unary_forward_tangent (rg_call *call);

/* For f'' = (a + b v) f'; v is an array of the operand's size, NULL for f'' = 0. */
void rg_unary_backward_tangent (rg_call *call, double a, double b, const void *v);

/* The same, several tangents side by side. */
void rg_unary_forward_tangents (rg_call *call);
void rg_unary_backward_tangents (rg_call *call, double a, double b, const void *v);

#endif /* RG_GRAPH_UNARY_H */

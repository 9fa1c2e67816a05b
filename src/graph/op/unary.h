/* unary.h -- what elementwise functions with kernels in dense/ share: f, its slope f', and f'' ẋ = (a + b v) ẏ. */
#ifndef RG_GRAPH_UNARY_H
#define RG_GRAPH_UNARY_H

#include "graph/node.h"

/* The result has the operand's shape; the slope is kept. */
rg_status rg_same_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);
rg_status rg_unary_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);

void rg_unary_forward (rg_call *call, rg_map *function);

/* x̄ (+)= f'(x) ȳ; x: the operand's value, or the result's where the slope needs that alone. */
void rg_unary_backward (rg_call *call, rg_slope *slope, const void *x);

/* ẏ = f'(x) ẋ */
void rg_unary_tangents (rg_call *call);

/* x̄̇ (+)= f'(x) ȳ̇ + (a + b v) ẏ ȳ; v NULL: f'' is 0. */
void rg_unary_adjoint_tangents (rg_call *call, double a, double b, const void *v);

#endif /* RG_GRAPH_UNARY_H */

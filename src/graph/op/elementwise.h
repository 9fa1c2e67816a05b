/*
 * elementwise.h -- functions y = f(x) of each number alone, given by f, f' and f'' of a few numbers at a time: in
 * double precision, rounded once.
 */
#ifndef RG_GRAPH_ELEMENTWISE_H
#define RG_GRAPH_ELEMENTWISE_H

#include "graph/node.h"

/* The kernels of the family: they take the curve of the operator's row. */
rg_status rg_elementwise_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);
void rg_elementwise_forward (rg_call *call);
void rg_elementwise_backward (rg_call *call);
void rg_elementwise_tangents (rg_call *call);
void rg_elementwise_adjoint_tangents (rg_call *call);

/* The part of a row that the family has in common: an rg_curve, and whether f'' is anything but 0. */
#define RG_ELEMENTWISE(function, has_bend)                                                                           \
    .needs = 1, .takes = 1, .shape = rg_elementwise_shape, .forward = rg_elementwise_forward,                        \
    .backward = rg_elementwise_backward, .tangents = rg_elementwise_tangents,                                        \
    .adjoint_tangents = rg_elementwise_adjoint_tangents, .curve = function, .bends = has_bend, .late = true

#endif /* RG_GRAPH_ELEMENTWISE_H */

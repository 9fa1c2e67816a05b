/*
 * elementwise.h -- functions y = f(x) of each number alone, given by f, f' and f'' of a few numbers at a time: in
 * double precision, rounded once.
 */
#ifndef RG_GRAPH_ELEMENTWISE_H
#define RG_GRAPH_ELEMENTWISE_H

#include "graph/node.h"

/* Values and first two derivatives at n points. */
typedef void rg_curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend);

/* What an operator's own kernels call; bend: whether f'' is anything but 0. */
rg_status rg_elementwise_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);
void rg_elementwise_forward (rg_call *call, rg_curve *curve);
void rg_elementwise_backward (rg_call *call, rg_curve *curve);
void rg_elementwise_tangents (rg_call *call);
void rg_elementwise_adjoint_tangents (rg_call *call, rg_curve *curve, bool bends);

#endif /* RG_GRAPH_ELEMENTWISE_H */

/* relu.c -- the operator y = max(x, 0), with slope 0 at 0. */
#include "graph/unary.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->relu);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->relu_slope);
}

static void
backward_tangent (rg_call *call)
{
    rg_unary_backward_tangent (call, 0, 0, NULL);
}

const rg_operator rg_operator_relu = {
    "relu", 1, rg_unary_shape, forward, rg_unary_forward_tangent, backward, backward_tangent,
};

rg_tensor
rg_graph_relu (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_relu, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

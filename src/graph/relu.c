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

static void
backward_tangents (rg_call *call)
{
    rg_unary_backward_tangents (call, 0, 0, NULL);
}

const rg_operator rg_operator_relu = {
    .name = "relu", .formula = "max (x, 0); its derivative at 0 is 0", .needs = 1,
    .shape = rg_unary_shape, .forward = forward, .forward_tangent = rg_unary_forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = rg_unary_forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_relu (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_relu, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

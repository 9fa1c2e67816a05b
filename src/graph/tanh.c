/* tanh.c -- the operator y = tanh x: y' = 1 - y², y'' = -2 y y'. */
#include "graph/unary.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->tanh);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->tanh_slope);
}

static void
backward_tangent (rg_call *call)
{
    rg_unary_backward_tangent (call, 0, -2, call->result->value);
}

static void
backward_tangents (rg_call *call)
{
    rg_unary_backward_tangents (call, 0, -2, call->result->value);
}

const rg_operator rg_operator_tanh = {
    .name = "tanh", .formula = "tanh (x)", .needs = 1,
    .shape = rg_unary_shape, .forward = forward, .forward_tangent = rg_unary_forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = rg_unary_forward_tangents, .backward_tangents = backward_tangents, .bends = true,
};

rg_tensor
rg_graph_tanh (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_tanh, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

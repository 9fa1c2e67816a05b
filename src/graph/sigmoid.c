/* sigmoid.c -- the operator y = 1/(1 + exp -x): y' = y (1 - y), y'' = (1 - 2y) y'. */
#include "graph/unary.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->sigmoid);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->sigmoid_slope);
}

static void
backward_tangent (rg_call *call)
{
    rg_unary_backward_tangent (call, 1, -2, call->result->value);
}

static void
backward_tangents (rg_call *call)
{
    rg_unary_backward_tangents (call, 1, -2, call->result->value);
}

const rg_operator rg_operator_sigmoid = {
    .name = "sigmoid", .formula = "1 / (1 + exp (-x))", .needs = 1,
    .shape = rg_unary_shape, .forward = forward, .forward_tangent = rg_unary_forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = rg_unary_forward_tangents, .backward_tangents = backward_tangents, .bends = true,
};

rg_tensor
rg_graph_sigmoid (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_sigmoid, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

/* softplus.c -- the operator y = log(1 + exp x): y' = sigmoid x, y'' = (1 - y') y'. */
#include "graph/unary.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->softplus);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->softplus_slope);
}

static void
backward_tangent (rg_call *call)
{
    rg_unary_backward_tangent (call, 1, -1, call->kept);
}

static void
backward_tangents (rg_call *call)
{
    rg_unary_backward_tangents (call, 1, -1, call->kept);
}

const rg_operator rg_operator_softplus = {
    .name = "softplus", .formula = "log (1 + exp (x))", .needs = 1,
    .shape = rg_unary_shape, .forward = forward, .forward_tangent = rg_unary_forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = rg_unary_forward_tangents, .backward_tangents = backward_tangents, .bends = true,
};

rg_tensor
rg_graph_softplus (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_softplus, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

/* sigmoid.c -- the operator y = 1/(1 + exp -x): y' = y (1 - y), y'' = (1 - 2y) y'. */
#include "graph/op/unary.h"
#include "graph/operators.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->sigmoid);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->sigmoid_slope, call->result->value);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_unary_adjoint_tangents (call, 1, -2, call->result->value);
}

const rg_operator rg_operator_sigmoid = {
    .name = "sigmoid", .formula = "1 / (1 + exp (-x))", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = rg_unary_tangents,
    .adjoint_tangents = adjoint_tangents, .in_place = true, .late = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVES,
};

rg_tensor
rg_graph_sigmoid (rg_graph *graph, rg_tensor x)
{
    return rg_graph_add_node (graph, &rg_operator_sigmoid, 1, &x, NULL);
}

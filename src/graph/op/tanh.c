/* tanh.c -- the operator y = tanh x: y' = 1 - y², y'' = -2 y y'. */
#include "graph/op/unary.h"
#include "graph/operators.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->tanh);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->tanh_slope, call->result->value);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_unary_adjoint_tangents (call, 0, -2, call->result->value);
}

const rg_operator rg_operator_tanh = {
    .name = "tanh", .formula = "tanh (x)", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = rg_unary_tangents,
    .adjoint_tangents = adjoint_tangents, .in_place = true, .late = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVES,
};

rg_tensor
rg_graph_tanh (rg_graph *graph, rg_tensor x)
{
    return rg_graph_add_node (graph, &rg_operator_tanh, 1, &x, NULL);
}

/* relu.c -- the operator y = max(x, 0), with slope 0 at 0. */
#include "graph/op/unary.h"
#include "graph/operators.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->relu);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->relu_slope, call->result->value); /* y > 0 where x > 0 */
}

static void
adjoint_tangents (rg_call *call)
{
    rg_unary_adjoint_tangents (call, 0, 0, NULL);
}

const rg_operator rg_operator_relu = {
    .name = "relu", .formula = "max (x, 0); its derivative at 0 is 0", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = rg_unary_tangents,
    .adjoint_tangents = adjoint_tangents, .in_place = true, .late = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_relu (rg_graph *graph, rg_tensor x)
{
    return rg_graph_add_node (graph, &rg_operator_relu, 1, &x, NULL);
}

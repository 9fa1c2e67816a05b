/* softplus.c -- the operator y = log(1 + exp x): y' = sigmoid x, y'' = (1 - y') y'. */
#include "graph/op/unary.h"
#include "graph/operators.h"

static void
forward (rg_call *call)
{
    rg_unary_forward (call, call->dense->softplus);
}

static void
backward (rg_call *call)
{
    rg_unary_backward (call, call->dense->softplus_slope, call->operand[0]->value);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_unary_adjoint_tangents (call, 1, -1, call->kept);
}

const rg_operator rg_operator_softplus = {
    .name = "softplus", .formula = "log (1 + exp (x))", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = rg_unary_tangents,
    .adjoint_tangents = adjoint_tangents, .late = true,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVES,
};

rg_tensor
rg_graph_softplus (rg_graph *graph, rg_tensor x)
{
    return rg_graph_add_node (graph, &rg_operator_softplus, 1, &x, NULL);
}

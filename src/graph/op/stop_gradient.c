/* stop_gradient.c -- the operator y = x in value, a constant in all derivatives. */
#include "graph/op/unary.h"
#include "graph/operators.h"

static void
forward (rg_call *call)
{
    call->dense->scaled (rg_array_size (call->result), 1, call->operand[0]->value, call->result->value, false);
}

/* No derivative is asked for of a node that is not differentiable. */
const rg_operator rg_operator_stop_gradient = {
    .name = "stop_gradient",
    .formula = "the value of x, without its derivatives",
    .needs = 1,
    .takes = 1,
    .stops = true,
    .shape = rg_same_shape,
    .forward = forward,
    .backward = forward,
    .tangents = forward,
    .adjoint_tangents = forward,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

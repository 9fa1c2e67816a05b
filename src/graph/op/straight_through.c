/*
 * straight_through.c -- the operator y = a in value and b in all derivatives: a step, a sign or a rounding a of some b
 * that is to be learned. Bengio, Léonard, Courville 2013.
 */
#include "graph/block.h"
#include "graph/operators.h"

enum { VALUE, THROUGH };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *a = &operand[VALUE]->shape, *b = &operand[THROUGH]->shape;
    (void) examples;
    node->shape = *a;
    return a->batched == b->batched && a->dim[0] == b->dim[0] && rg_shape_cols (a) == rg_shape_cols (b) ? RG_OK
                                                                                                        : RG_ESHAPE;
}

static void
forward (rg_call *call)
{
    call->dense->scaled (rg_array_size (call->result), 1, call->operand[VALUE]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_block_scaled (call, rg_array_size (call->result), 1, &call->result->adjoint, &call->operand[THROUGH]->adjoint);
}

static void
tangents (rg_call *call)
{
    rg_block_scaled (call, rg_array_size (call->result), 1, &call->operand[THROUGH]->tangent, &call->result->tangent);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_block_scaled (call, rg_array_size (call->result), 1, &call->result->adjoint_tangent,
                     &call->operand[THROUGH]->adjoint_tangent);
}

const rg_operator rg_operator_straight_through = {
    .name = "straight_through", .formula = "the value of a, the derivatives of b", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

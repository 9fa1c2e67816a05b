/* subtract.c -- the operator y = a - b, of one shape. */
#include "graph/op/strided.h"
#include "graph/operators.h"

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *a = &operand[0]->shape, *b = &operand[1]->shape;
    (void) examples;
    node->shape = *a;
    return a->batched == b->batched && a->dim[0] == b->dim[0] && rg_shape_cols (a) == rg_shape_cols (b) ? RG_OK
                                                                                                        : RG_ESHAPE;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    rg_map_of_numbers map = rg_map_identity (&call->result->shape);
    map.scale = k == 0 ? 1 : -1;
    return map;
}

static void
forward (rg_call *call)
{
    rg_strided_forward (call, map_of);
}

static void
backward (rg_call *call)
{
    rg_strided_backward (call, map_of);
}

static void
tangents (rg_call *call)
{
    rg_strided_tangents (call, map_of);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_strided_adjoint_tangents (call, map_of);
}

const rg_operator rg_operator_subtract = {
    .name = "subtract", .formula = "a - b", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

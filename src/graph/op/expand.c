/* expand.c -- the operator y = x, repeated to the shape of another tensor. */
#include "graph/op/strided.h"
#include "graph/operators.h"

enum { X, LIKE };

/* Dimensions are compared from the last one; x may lack those in front. */
static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *x = &operand[X]->shape, *like = &operand[LIKE]->shape;
    (void) examples;
    node->shape = *like;
    if (x->dimensions > like->dimensions || (x->batched && (!like->batched || x->dimensions < like->dimensions)))
        return RG_ESHAPE;
    for (size_t d = 0; d < x->dimensions; d++) {
        const size_t at = like->dimensions - x->dimensions + d;
        if (x->dim[d] != like->dim[at] && (x->dim[d] != 1 || (x->batched && d == 0)))
            return RG_ESHAPE;
        if (at == 0 && like->batched && !x->batched && x->dim[d] != 1)
            return RG_ESHAPE;
    }
    return RG_OK;
}

/* Of the tensor whose shape it is only the shape is read. */
static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    const rg_shape *x = &call->operand[X]->shape, *y = &call->result->shape;
    rg_map_of_numbers map = rg_map_identity (y);
    size_t stride[RG_DIMENSIONS];
    rg_strides (x, stride);
    for (size_t d = 0; d < y->dimensions; d++) {
        const size_t missing = y->dimensions - x->dimensions;
        map.in[d] = d < missing || x->dim[d - missing] == 1 ? 0 : stride[d - missing];
    }
    map.scale = k == X ? 1 : 0;
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

const rg_operator rg_operator_expand = {
    .name = "expand", .formula = "x repeated to the shape of like; dimensions are compared from the last",
    .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

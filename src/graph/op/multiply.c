/* multiply.c -- the operator y = a b, number by number. */
#include "graph/op/bilinear.h"
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

static void
plain (const rg_call *call, const void *a, const void *b, void *out, bool accumulate)
{
    call->dense->scaled_product (rg_array_size (call->result), 1, a, b, out, accumulate);
}

/* The second factor, or the first, is a block of directions. */
static void
second_moves (const rg_call *call, const void *a, const void *b, void *out, bool accumulate)
{
    call->dense->wide_product (rg_array_size (call->result), call->width, 1, a, b, out, accumulate);
}

static void
first_moves (const rg_call *call, const void *a, const void *b, void *out, bool accumulate)
{
    second_moves (call, b, a, out, accumulate);
}

static const rg_bilinear products = {
    .result = plain, .first = plain, .second = plain, .result_x = first_moves, .result_w = second_moves,
    .first_y = first_moves, .first_w = second_moves, .second_x = first_moves, .second_y = second_moves,
};

static void
forward (rg_call *call)
{
    plain (call, call->operand[0]->value, call->operand[1]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_bilinear_backward (call, &products);
}

static void
tangents (rg_call *call)
{
    rg_bilinear_tangents (call, &products);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_bilinear_adjoint_tangents (call, &products);
}

const rg_operator rg_operator_multiply = {
    .name = "multiply", .formula = "a b, number by number", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

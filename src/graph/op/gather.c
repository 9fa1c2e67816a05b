/* gather.c -- the operator y_i = the row of a table that index i names: an embedding. Back, rows are added in order. */
#include <string.h>

#include "graph/operators.h"

enum { TABLE, INDEX };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *table = &operand[TABLE]->shape;
    (void) examples;
    node->shape = operand[INDEX]->shape;
    if (table->batched || table->dimensions != 2 || operand[INDEX]->bound > table->dim[0]
        || node->shape.dimensions == RG_DIMENSIONS)
        return RG_ESHAPE;
    node->shape.dim[node->shape.dimensions++] = table->dim[1];
    return RG_OK;
}

/* Rows of the table to rows of the result, or back: then they are added. */
static void
move (const rg_call *call, bool back, const void *from, void *to, bool accumulate)
{
    const rg_graph_array *table = call->operand[TABLE], *index = call->operand[INDEX];
    const size_t row = table->cols * call->width;
    const int32_t *at = index->value;
    if (back && !accumulate)
        memset (to, 0, table->rows * row * call->dense->size);
    for (size_t i = 0; i < rg_array_size (index); i++) {
        const size_t in = back ? i : (size_t) at[i], out = back ? (size_t) at[i] : i;
        call->dense->scaled (row, 1, (const char *) from + in * row * call->dense->size,
                             rg_real_at (call->dense, to, out * row), back || accumulate);
    }
}

static void
forward (rg_call *call)
{
    move (call, false, call->operand[TABLE]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_slot *out = &call->operand[TABLE]->adjoint;
    if (out->data != NULL)
        move (call, true, call->result->adjoint.data, out->data, rg_claim (out));
}

static void
tangents (rg_call *call)
{
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        move (call, false, call->operand[TABLE]->tangent.data, out->data, rg_claim (out));
}

static void
adjoint_tangents (rg_call *call)
{
    const rg_slot *from = &call->result->adjoint_tangent;
    rg_slot *out = &call->operand[TABLE]->adjoint_tangent;
    if (from->present && out->data != NULL)
        move (call, true, from->data, out->data, rg_claim (out));
}

const rg_operator rg_operator_gather = {
    .name = "gather", .formula = "rows of a table by whole numbers: an embedding", .needs = 2, .takes = 2,
    .integers = 1 << INDEX,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

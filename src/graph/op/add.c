/* add.c -- the operator y = a + b, of one shape. */
#include "graph/block.h"
#include "graph/operators.h"

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_graph_node *a = operand[0], *b = operand[1];
    if (a->shape.batched != b->shape.batched || rg_node_rows (a) != rg_node_rows (b)
        || rg_node_cols (a) != rg_node_cols (b))
        return RG_ESHAPE;
    (void) examples;
    node->shape = a->shape;
    return RG_OK;
}

static void
forward (rg_call *call)
{
    const rg_graph_array *y = call->result;
    for (int i = 0; i < 2; i++)
        call->dense->scaled (rg_array_size (y), 1, call->operand[i]->value, y->value, i > 0);
}

static void
backward (rg_call *call)
{
    for (int i = 0; i < 2; i++)
        rg_block_scaled (call, rg_array_size (call->result), 1, &call->result->adjoint, &call->operand[i]->adjoint);
}

static void
tangents (rg_call *call)
{
    for (int i = 0; i < 2; i++)
        rg_block_scaled (call, rg_array_size (call->result), 1, &call->operand[i]->tangent, &call->result->tangent);
}

static void
adjoint_tangents (rg_call *call)
{
    for (int i = 0; i < 2; i++)
        rg_block_scaled (call, rg_array_size (call->result), 1, &call->result->adjoint_tangent,
                         &call->operand[i]->adjoint_tangent);
}

const rg_operator rg_operator_add = {
    .name = "add", .formula = "a + b", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_add (rg_graph *graph, rg_tensor a, rg_tensor b)
{
    return rg_graph_add_node (graph, &rg_operator_add, 2, (rg_tensor[]) { a, b }, NULL);
}

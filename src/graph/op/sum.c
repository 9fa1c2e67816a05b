/* sum.c -- the operator y = Σ x, over all elements. */
#include "graph/block.h"
#include "graph/operators.h"

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) examples;
    (void) operand;
    node->shape = rg_shape_matrix (1, 1, 0);
    return RG_OK;
}

static void
forward (rg_call *call)
{
    const rg_graph_array *x = call->operand[0];
    rg_real_set (call->dense, call->result->value, call->dense->sum (rg_array_size (x), x->value));
}

static void
backward (rg_call *call)
{
    rg_graph_array *x = call->operand[0];
    if (x->adjoint.data != NULL)
        call->dense->fill (rg_array_size (x), rg_slot_scalar (call->dense, &call->result->adjoint), x->adjoint.data,
                           rg_claim (&x->adjoint));
}

static void
tangents (rg_call *call)
{
    const rg_graph_array *x = call->operand[0];
    rg_slot *out = &call->result->tangent;
    if (call->width == 1)
        rg_slot_add (call->dense, out, call->dense->sum (rg_array_size (x), x->tangent.data));
    else if (out->data != NULL)
        call->dense->column_sums (rg_array_size (x), call->width, x->tangent.data, out->data, rg_claim (out));
}

static void
adjoint_tangents (rg_call *call)
{
    const size_t n = rg_array_size (call->operand[0]);
    const rg_slot *from = &call->result->adjoint_tangent;
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    if (!from->present || out->data == NULL)
        return;
    if (call->width == 1)
        call->dense->fill (n, rg_slot_scalar (call->dense, from), out->data, rg_claim (out));
    else
        call->dense->fill_rows (n, call->width, from->data, out->data, rg_claim (out));
}

const rg_operator rg_operator_sum = {
    .name = "sum", .formula = "the sum of all elements", .needs = 1, .takes = 1,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_sum (rg_graph *graph, rg_tensor x)
{
    return rg_graph_add_node (graph, &rg_operator_sum, 1, &x, NULL);
}

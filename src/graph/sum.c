/* sum.c -- the operator y = the sum of all elements of x. */
#include "graph/node.h"

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    (void) examples;
    (void) operand;
    node->rows = node->cols = 1;
    return RG_OK;
}

static void
forward (rg_call *call)
{
    const rg_array *x = call->operand[0];
    rg_real_set (call->dense, call->result->value, call->dense->sum (rg_array_size (x), x->value));
}

static void
forward_tangent (rg_call *call)
{
    const rg_array *x = call->operand[0];
    rg_slot_add (call->dense, &call->result->tangent,
                 call->dense->sum (rg_array_size (x), x->tangent.data));
}

static void
backward (rg_call *call)
{
    rg_array *x = call->operand[0];
    call->dense->fill (rg_array_size (x), rg_slot_scalar (call->dense, &call->result->adjoint),
                       x->adjoint.data, rg_claim (&x->adjoint));
}

static void
backward_tangent (rg_call *call)
{
    rg_array *x = call->operand[0];
    const rg_slot *from = &call->result->adjoint_tangent;
    if (from->present)
        call->dense->fill (rg_array_size (x), rg_slot_scalar (call->dense, from),
                           x->adjoint_tangent.data, rg_claim (&x->adjoint_tangent));
}

static void
forward_tangents (rg_call *call)
{
    const rg_array *x = call->operand[0];
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        call->dense->column_sums (rg_array_size (x), call->width, x->tangent.data, out->data, rg_claim (out));
}

static void
backward_tangents (rg_call *call)
{
    rg_array *x = call->operand[0];
    const rg_slot *from = &call->result->adjoint_tangent;
    rg_slot *out = &x->adjoint_tangent;
    if (from->present && out->data != NULL)
        call->dense->fill_rows (rg_array_size (x), call->width, from->data, out->data, rg_claim (out));
}

const rg_operator rg_operator_sum = {
    .name = "sum", .formula = "the sum of all elements", .needs = 1,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_sum (rg_graph *graph, rg_tensor x)
{
    return rg_graph_apply (graph, &rg_operator_sum, x, RG_NO_TENSOR, RG_NO_TENSOR);
}

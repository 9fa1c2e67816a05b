/* add.c -- the operator y = a + b, of one shape. */
#include "graph/node.h"

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    (void) examples;
    const rg_node *a = operand[0], *b = operand[1];
    if (a->batched != b->batched || a->rows != b->rows || a->cols != b->cols)
        return RG_ESHAPE;
    node->rows = a->rows;
    node->cols = a->cols;
    node->batched = a->batched;
    return RG_OK;
}

static void
forward (rg_call *call)
{
    rg_array *y = call->result;
    for (int i = 0; i < 2; i++)
        call->dense->scaled (rg_array_size (y), 1, call->operand[i]->value, y->value, i > 0);
}

static void
forward_tangent (rg_call *call)
{
    rg_array *y = call->result;
    for (int i = 0; i < 2; i++)
        if (call->operand[i]->tangent.present)
            call->dense->scaled (rg_array_size (y), 1, call->operand[i]->tangent.data,
                                 y->tangent.data, rg_claim (&y->tangent));
}

/* Send a derivative of the result to a slot of an operand. */
static void
pass (const rg_call *call, const rg_slot *from, rg_slot *to)
{
    if (from->present && to->data != NULL)
        call->dense->scaled (rg_array_size (call->result), 1, from->data, to->data, rg_claim (to));
}

static void
backward (rg_call *call)
{
    for (int i = 0; i < 2; i++)
        pass (call, &call->result->adjoint, &call->operand[i]->adjoint);
}

static void
backward_tangent (rg_call *call)
{
    for (int i = 0; i < 2; i++)
        pass (call, &call->result->adjoint_tangent, &call->operand[i]->adjoint_tangent);
}

static void
forward_tangents (rg_call *call)
{
    rg_slot *out = &call->result->tangent;
    for (int i = 0; i < 2; i++) {
        const rg_slot *from = &call->operand[i]->tangent;
        if (from->present && out->data != NULL)
            call->dense->scaled (rg_array_size (call->result) * call->width, 1, from->data, out->data, rg_claim (out));
    }
}

static void
backward_tangents (rg_call *call)
{
    const rg_slot *from = &call->result->adjoint_tangent;
    for (int i = 0; i < 2; i++) {
        rg_slot *out = &call->operand[i]->adjoint_tangent;
        if (from->present && out->data != NULL)
            call->dense->scaled (rg_array_size (call->result) * call->width, 1, from->data, out->data, rg_claim (out));
    }
}

const rg_operator rg_operator_add = {
    .name = "add", .formula = "a + b", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_add (rg_graph *graph, rg_tensor a, rg_tensor b)
{
    return rg_graph_apply (graph, &rg_operator_add, a, b, RG_NO_TENSOR);
}

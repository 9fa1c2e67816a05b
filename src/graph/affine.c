/* affine.c -- the operator y = x W + 1 bᵀ: a layer without its activation. */
#include "graph/node.h"

enum { X, W, B };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    (void) examples;
    const rg_node *x = operand[X], *w = operand[W], *b = operand[B];
    if (w->batched || x->cols != w->rows)
        return RG_ESHAPE;
    if (b != NULL && (b->batched || b->rows * b->cols != w->cols || (b->rows != 1 && b->cols != 1)))
        return RG_ESHAPE;
    node->rows = x->rows;
    node->cols = w->cols;
    node->batched = x->batched;
    return RG_OK;
}

/* out (+)= a B, into a slot or value of y's shape. */
static void
multiply (const rg_call *call, const void *a, const void *b, void *out, bool accumulate)
{
    const rg_array *x = call->operand[X], *y = call->result;
    call->dense->multiply_nn (y->rows, y->cols, x->cols, a, b, out, accumulate);
}

/* W̄ (+)= aᵀ c */
static void
weight_product (const rg_call *call, const void *a, const void *c, rg_slot *out)
{
    const rg_array *x = call->operand[X], *y = call->result;
    call->dense->multiply_tn (x->cols, y->cols, y->rows, a, c, out->data, rg_claim (out));
}

/* x̄ (+)= c bᵀ */
static void
input_product (const rg_call *call, const void *c, const void *b, rg_slot *out)
{
    const rg_array *x = call->operand[X], *y = call->result;
    call->dense->multiply_nt (x->rows, x->cols, y->cols, c, b, out->data, rg_claim (out));
}

static void
forward (rg_call *call)
{
    const rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    rg_array *y = call->result;
    if (b != NULL)
        call->dense->fill_rows (y->rows, y->cols, b->value, y->value, false);
    multiply (call, x->value, w->value, y->value, b != NULL);
}

/* ẏ = ẋ W + x Ẇ + 1 ḃᵀ */
static void
forward_tangent (rg_call *call)
{
    const rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    rg_array *y = call->result;
    if (b != NULL && b->tangent.present)
        call->dense->fill_rows (y->rows, y->cols, b->tangent.data, y->tangent.data,
                                rg_claim (&y->tangent));
    if (w->tangent.present)
        multiply (call, x->value, w->tangent.data, y->tangent.data, rg_claim (&y->tangent));
    if (x->tangent.present)
        multiply (call, x->tangent.data, w->value, y->tangent.data, rg_claim (&y->tangent));
}

/* W̄ = xᵀ ȳ, x̄ = ȳ Wᵀ, b̄ = the column sums of ȳ */
static void
backward (rg_call *call)
{
    rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    const rg_array *y = call->result;
    if (b != NULL && b->adjoint.data != NULL)
        call->dense->column_sums (y->rows, y->cols, y->adjoint.data, b->adjoint.data,
                                  rg_claim (&b->adjoint));
    if (w->adjoint.data != NULL)
        weight_product (call, x->value, y->adjoint.data, &w->adjoint);
    if (x->adjoint.data != NULL)
        input_product (call, y->adjoint.data, w->value, &x->adjoint);
}

/* W̄̇ = ẋᵀ ȳ + xᵀ ȳ̇, x̄̇ = ȳ Ẇᵀ + ȳ̇ Wᵀ, b̄̇ = the column sums of ȳ̇ */
static void
backward_tangent (rg_call *call)
{
    rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    const rg_array *y = call->result;
    const rg_slot *y_bar_dot = &y->adjoint_tangent;
    if (b != NULL && b->adjoint_tangent.data != NULL && y_bar_dot->present)
        call->dense->column_sums (y->rows, y->cols, y_bar_dot->data, b->adjoint_tangent.data,
                                  rg_claim (&b->adjoint_tangent));
    if (w->adjoint_tangent.data != NULL && x->tangent.present)
        weight_product (call, x->tangent.data, y->adjoint.data, &w->adjoint_tangent);
    if (w->adjoint_tangent.data != NULL && y_bar_dot->present)
        weight_product (call, x->value, y_bar_dot->data, &w->adjoint_tangent);
    if (x->adjoint_tangent.data != NULL && w->tangent.present)
        input_product (call, y->adjoint.data, w->tangent.data, &x->adjoint_tangent);
    if (x->adjoint_tangent.data != NULL && y_bar_dot->present)
        input_product (call, y_bar_dot->data, w->value, &x->adjoint_tangent);
}

const rg_operator rg_operator_affine = {
    "affine", 2, shape, forward, forward_tangent, backward, backward_tangent,
};

rg_tensor
rg_graph_affine (rg_graph *graph, rg_tensor x, rg_tensor weight, rg_tensor bias)
{
    return rg_graph_apply (graph, &rg_operator_affine, x, weight, bias);
}

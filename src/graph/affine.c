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

/*
 * Several tangents side by side, those of one number together: an n x q tangent is an n x (q width) matrix, so that
 * a product from the left is one wider product. From the right it is one product for each example, and where
 * both factors have an index to sum over the examples or the units, one for each unit of x.
 */
static void
forward_tangents (rg_call *call)
{
    const rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    const rg_dense *dense = call->dense;
    const size_t width = call->width, n = call->result->rows, p = x->cols, q = w->cols;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    if (b != NULL && b->tangent.present)
        dense->fill_rows (n, q * width, b->tangent.data, out->data, rg_claim (out));
    if (w->tangent.present)
        dense->wide_nn (n, q * width, p, x->value, w->tangent.data, out->data, rg_claim (out));
    if (!x->tangent.present)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < n; i++)
        dense->multiply_tn (q, width, p, w->value, rg_real_at (dense, x->tangent.data, i * p * width),
                            rg_real_at (dense, out->data, i * q * width), accumulate);
}

/* W̄̇ = ẋᵀ ȳ + xᵀ ȳ̇ */
static void
weight_tangents (const rg_call *call, rg_slot *out)
{
    const rg_array *x = call->operand[X], *y = call->result;
    const rg_dense *dense = call->dense;
    const size_t width = call->width, n = y->rows, p = x->cols, q = y->cols;
    if (y->adjoint_tangent.present)
        dense->wide_tn (p, q * width, n, x->value, y->adjoint_tangent.data, out->data, rg_claim (out));
    if (!x->tangent.present)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < p; i++)
        dense->multiply_tn_apart (q, width, n, y->adjoint.data, rg_real_at (dense, x->tangent.data, i * width),
                                  p * width, rg_real_at (dense, out->data, i * q * width), width, accumulate);
}

/* x̄̇ = ȳ Ẇᵀ + ȳ̇ Wᵀ */
static void
input_tangents (const rg_call *call, rg_slot *out)
{
    const rg_array *x = call->operand[X], *w = call->operand[W], *y = call->result;
    const rg_dense *dense = call->dense;
    const size_t width = call->width, n = y->rows, p = x->cols, q = y->cols;
    if (y->adjoint_tangent.present) {
        const bool accumulate = rg_claim (out);
        for (size_t i = 0; i < n; i++)
            dense->multiply_nn (p, width, q, w->value, rg_real_at (dense, y->adjoint_tangent.data, i * q * width),
                                rg_real_at (dense, out->data, i * p * width), accumulate);
    }
    if (!w->tangent.present)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < p; i++)
        dense->multiply_nn_apart (n, width, q, y->adjoint.data, rg_real_at (dense, w->tangent.data, i * q * width),
                                  width, rg_real_at (dense, out->data, i * width), p * width, accumulate);
}

static void
backward_tangents (rg_call *call)
{
    rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B];
    const rg_array *y = call->result;
    if (b != NULL && b->adjoint_tangent.data != NULL && y->adjoint_tangent.present)
        call->dense->column_sums (y->rows, y->cols * call->width, y->adjoint_tangent.data, b->adjoint_tangent.data,
                                  rg_claim (&b->adjoint_tangent));
    if (w->adjoint_tangent.data != NULL)
        weight_tangents (call, &w->adjoint_tangent);
    if (x->adjoint_tangent.data != NULL)
        input_tangents (call, &x->adjoint_tangent);
}

const rg_operator rg_operator_affine = {
    .name = "affine", .formula = "x W + b: a layer", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_affine (rg_graph *graph, rg_tensor x, rg_tensor weight, rg_tensor bias)
{
    return rg_graph_apply (graph, &rg_operator_affine, x, weight, bias);
}

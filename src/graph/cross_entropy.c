/*
 * cross_entropy.c -- the operator L = factor Σ_n ω_n ℓ_n with
 * ℓ_n = log Σ_c exp z_nc - z_n,label(n), ω = 1 where absent.
 *
 * With P the softmax of each row, Y the rows of labels as unit vectors:
 *   ℓ̇ = <P - Y, ż>   Ṗ = P∘(ż - <P, ż>)
 *   z̄ = factor L̄ ω (P - Y)   ω̄ = factor L̄ ℓ
 *   z̄̇ = factor ((L̄̇ ω + L̄ ω̇)(P - Y) + L̄ ω Ṗ)   ω̄̇ = factor (L̄̇ ℓ + L̄ ℓ̇)
 * all row by row. Example by hand: two equal logits give ℓ = log 2, z̄ = ∓1/2.
 */
#include "graph/example_loss.h"

enum { LOGITS, LABELS, WEIGHT };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    const rg_node *z = operand[LOGITS], *labels = operand[LABELS];
    if (!z->batched || labels->kind != RG_NODE_LABELS || labels->classes > z->cols)
        return RG_ESHAPE;
    return rg_example_loss_shape (node, operand[WEIGHT], 2 * z->cols, z->cols, examples);
}

/* What is kept: the losses, then P, then Ṗ. */
static rg_example_loss
parts (const rg_call *call, void **p, void **p_dot)
{
    const rg_array *z = call->operand[LOGITS];
    const rg_example_loss losses = rg_example_loss_parts (call, z->rows, call->operand[WEIGHT]);
    *p = losses.rest;
    *p_dot = rg_real_at (call->dense, losses.rest, rg_array_size (z));
    return losses;
}

static void
forward (rg_call *call)
{
    void *p, *p_dot;
    const rg_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call, &p, &p_dot);
    call->dense->cross_entropy (z->rows, z->cols, z->value, call->operand[LABELS]->value, p,
                                losses.value);
    rg_example_loss_forward (call, &losses);
}

static void
forward_tangent (rg_call *call)
{
    void *p, *p_dot;
    const rg_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call, &p, &p_dot);
    if (z->tangent.present)
        call->dense->cross_entropy_tangent (z->rows, z->cols, z->tangent.data,
                                            call->operand[LABELS]->value, p, p_dot, losses.tangent);
    rg_example_loss_forward_tangent (call, &losses, z->tangent.present);
}

static void
backward (rg_call *call)
{
    void *p, *p_dot;
    rg_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call, &p, &p_dot);
    rg_example_loss_backward (call, &losses);
    if (z->adjoint.data == NULL)
        return;
    rg_example_loss_coefficient (call, &losses, 1);
    call->dense->residual (z->rows, z->cols, p, call->operand[LABELS]->value, losses.coefficient,
                           z->adjoint.data, rg_claim (&z->adjoint));
}

static void
backward_tangent (rg_call *call)
{
    void *p, *p_dot;
    rg_array *z = call->operand[LOGITS];
    rg_slot *out = &z->adjoint_tangent;
    const rg_example_loss losses = parts (call, &p, &p_dot);
    rg_example_loss_backward_tangent (call, &losses, z->tangent.present);
    if (out->data == NULL)
        return;
    if (z->tangent.present) {
        rg_example_loss_coefficient (call, &losses, 1);
        call->dense->scale_rows (z->rows, z->cols, losses.coefficient, p_dot, out->data,
                                 rg_claim (out));
    }
    if (rg_example_loss_coefficient_tangent (call, &losses, 1))
        call->dense->residual (z->rows, z->cols, p, call->operand[LABELS]->value,
                               losses.coefficient, out->data, rg_claim (out));
}

static void
forward_tangents (rg_call *call)
{
    void *p, *p_dot;
    const rg_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call, &p, &p_dot);
    if (z->tangent.present)
        call->dense->wide_cross_entropy_tangent (z->rows, z->cols, call->width, z->tangent.data,
                                                 call->operand[LABELS]->value, p, losses.wide_rest, losses.tangents);
    rg_example_loss_forward_tangents (call, &losses, z->tangent.present);
}

static void
backward_tangents (rg_call *call)
{
    void *p, *p_dot;
    rg_array *z = call->operand[LOGITS];
    rg_slot *out = &z->adjoint_tangent;
    const rg_example_loss losses = parts (call, &p, &p_dot);
    rg_example_loss_backward_tangents (call, &losses, z->tangent.present);
    if (out->data == NULL)
        return;
    if (z->tangent.present) {
        rg_example_loss_coefficient (call, &losses, 1);
        call->dense->scale_rows (z->rows, z->cols * call->width, losses.coefficient, losses.wide_rest, out->data,
                                 rg_claim (out));
    }
    if (rg_example_loss_coefficient_tangents (call, &losses, 1))
        call->dense->wide_residual (z->rows, z->cols, call->width, p, call->operand[LABELS]->value,
                                    losses.coefficients, out->data, rg_claim (out));
}

const rg_operator rg_operator_cross_entropy = {
    .name = "softmax_cross_entropy", .formula = "factor sum_n weight_n (log sum_c exp z_nc - z_n,label)", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_cross_entropy (rg_graph *graph, rg_tensor logits, rg_tensor labels, rg_tensor example_weight)
{
    return rg_graph_apply (graph, &rg_operator_cross_entropy, logits, labels, example_weight);
}

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
#include "graph/op/example_loss.h"
#include "graph/operators.h"

enum { LOGITS, LABELS, WEIGHT };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_graph_node *z = operand[LOGITS], *labels = operand[LABELS];
    if (!z->shape.batched || rg_node_rows (z) != 1 || !labels->shape.batched || rg_node_size (labels, 1) != 1
        || labels->bound > rg_node_cols (z))
        return RG_ESHAPE;
    return rg_example_loss_shape (node, operand[WEIGHT], examples * rg_node_cols (z), examples * rg_node_cols (z),
                                  examples);
}

/* What is kept beside the losses is P, what is carried Ṗ. */
static rg_example_loss
parts (const rg_call *call)
{
    return rg_example_loss_parts (call, call->operand[LOGITS]->rows, call->operand[WEIGHT]);
}

static void
forward (rg_call *call)
{
    const rg_graph_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call);
    call->dense->cross_entropy (z->rows, z->cols, z->value, call->operand[LABELS]->value, losses.rest, losses.value);
    rg_example_loss_forward (call, &losses);
}

static void
backward (rg_call *call)
{
    rg_graph_array *z = call->operand[LOGITS];
    const rg_example_loss losses = parts (call);
    rg_example_loss_backward (call, &losses);
    if (z->adjoint.data == NULL)
        return;
    rg_example_loss_coefficient (call, &losses, 1);
    call->dense->residual (z->rows, z->cols, losses.rest, call->operand[LABELS]->value, losses.coefficient,
                           z->adjoint.data, rg_claim (&z->adjoint));
}

static void
tangents (rg_call *call)
{
    const rg_graph_array *z = call->operand[LOGITS];
    const int32_t *labels = call->operand[LABELS]->value;
    const rg_example_loss losses = parts (call);
    if (z->tangent.present && call->width == 1)
        call->dense->cross_entropy_tangent (z->rows, z->cols, z->tangent.data, labels, losses.rest,
                                            losses.rest_tangent, losses.tangent);
    else if (z->tangent.present)
        call->dense->wide_cross_entropy_tangent (z->rows, z->cols, call->width, z->tangent.data, labels, losses.rest,
                                                 losses.rest_tangent, losses.tangent);
    rg_example_loss_tangents (call, &losses, z->tangent.present);
}

/* out (+)= the tangents of the coefficients times (P - Y). */
static void
add_residuals (const rg_call *call, const rg_example_loss *losses, rg_slot *out)
{
    const rg_graph_array *z = call->operand[LOGITS];
    const int32_t *labels = call->operand[LABELS]->value;
    if (call->width == 1)
        call->dense->residual (z->rows, z->cols, losses->rest, labels, losses->coefficient_tangent, out->data,
                               rg_claim (out));
    else
        call->dense->wide_residual (z->rows, z->cols, call->width, losses->rest, labels, losses->coefficient_tangent,
                                    out->data, rg_claim (out));
}

static void
adjoint_tangents (rg_call *call)
{
    rg_graph_array *z = call->operand[LOGITS];
    rg_slot *out = &z->adjoint_tangent;
    const rg_example_loss losses = parts (call);
    rg_example_loss_adjoint_tangents (call, &losses, z->tangent.present);
    if (out->data == NULL)
        return;
    if (z->tangent.present) {
        rg_example_loss_coefficient (call, &losses, 1);
        call->dense->scale_rows (z->rows, z->cols * call->width, losses.coefficient, losses.rest_tangent, out->data,
                                 rg_claim (out));
    }
    if (rg_example_loss_coefficient_tangent (call, &losses, 1))
        add_residuals (call, &losses, out);
}

const rg_operator rg_operator_cross_entropy = {
    .name = "softmax_cross_entropy", .formula = "factor sum_n weight_n (log sum_c exp z_nc - z_n,label)",
    .needs = 2, .takes = 3, .integers = 1 << LABELS,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_cross_entropy (rg_graph *graph, rg_tensor logits, rg_tensor labels, rg_tensor example_weight)
{
    return rg_graph_add_node (graph, &rg_operator_cross_entropy, 3, (rg_tensor[]) { logits, labels, example_weight },
                              NULL);
}

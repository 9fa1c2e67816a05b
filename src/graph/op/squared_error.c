/*
 * squared_error.c -- the operator L = factor Σ_n ω_n ℓ_n with
 * ℓ_n = (1/C) Σ_c e_nc², e = y - t; ω = 1 where absent.
 *
 *   ℓ̇ = (2/C) <e, ė>   ȳ = factor L̄ ω (2/C) e = -t̄   ω̄ = factor L̄ ℓ
 *   ȳ̇ = factor (2/C) ((L̄̇ ω + L̄ ω̇) e + L̄ ω ė) = -t̄̇   ω̄̇ = factor (L̄̇ ℓ + L̄ ℓ̇)
 * Example by hand: y = 3, t = 1 gives ℓ = 4, ȳ = 4.
 */
#include "graph/block.h"
#include "graph/op/example_loss.h"
#include "graph/operators.h"

enum { PREDICTION, TARGET, WEIGHT };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_graph_node *y = operand[PREDICTION], *t = operand[TARGET];
    const size_t cols = rg_node_cols (y);
    if (!y->shape.batched || !t->shape.batched || rg_node_rows (y) != 1 || rg_node_rows (t) != 1
        || cols != rg_node_cols (t))
        return RG_ESHAPE;
    return rg_example_loss_shape (node, operand[WEIGHT], examples * cols, examples * cols, examples);
}

/* What is kept beside the losses is e, what is carried ė. */
static rg_example_loss
parts (const rg_call *call)
{
    return rg_example_loss_parts (call, call->operand[PREDICTION]->rows, call->operand[WEIGHT]);
}

/* y - t, of values or of tangents; NULL: zeros. */
static void
difference (const rg_call *call, size_t n, const void *y, const void *t, void *out)
{
    if (y != NULL)
        call->dense->scaled (n, 1, y, out, false);
    if (t != NULL)
        call->dense->scaled (n, -1, t, out, y != NULL);
}

static bool
moved (const rg_call *call)
{
    return call->operand[PREDICTION]->tangent.present || call->operand[TARGET]->tangent.present;
}

static void
forward (rg_call *call)
{
    const rg_graph_array *y = call->operand[PREDICTION];
    const rg_example_loss losses = parts (call);
    difference (call, rg_array_size (y), y->value, call->operand[TARGET]->value, losses.rest);
    call->dense->row_dots (y->rows, y->cols, 1 / (double) y->cols, losses.rest, losses.rest, losses.value);
    rg_example_loss_forward (call, &losses);
}

/* 2/C for the prediction, -2/C for the target */
static double
scale_of (const rg_call *call, int k)
{
    return (k == TARGET ? -2 : 2) / (double) call->operand[k]->cols;
}

static void
backward (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    rg_example_loss_backward (call, &losses);
    for (int k = PREDICTION; k <= TARGET; k++) {
        rg_graph_array *x = call->operand[k];
        if (x->adjoint.data == NULL)
            continue;
        rg_example_loss_coefficient (call, &losses, scale_of (call, k));
        call->dense->scale_rows (x->rows, x->cols, losses.coefficient, losses.rest, x->adjoint.data,
                                 rg_claim (&x->adjoint));
    }
}

static void
tangents (rg_call *call)
{
    const rg_graph_array *y = call->operand[PREDICTION], *t = call->operand[TARGET];
    const rg_example_loss losses = parts (call);
    if (moved (call)) {
        difference (call, rg_array_size (y) * call->width, y->tangent.present ? y->tangent.data : NULL,
                    t->tangent.present ? t->tangent.data : NULL, losses.rest_tangent);
        rg_block_row_dots (call, y->rows, y->cols, 2 / (double) y->cols, losses.rest, losses.rest_tangent,
                           losses.tangent);
    }
    rg_example_loss_tangents (call, &losses, moved (call));
}

static void
adjoint_tangents (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    rg_example_loss_adjoint_tangents (call, &losses, moved (call));
    for (int k = PREDICTION; k <= TARGET; k++) {
        rg_graph_array *x = call->operand[k];
        rg_slot *out = &x->adjoint_tangent;
        if (out->data == NULL)
            continue;
        if (moved (call)) {
            rg_example_loss_coefficient (call, &losses, scale_of (call, k));
            call->dense->scale_rows (x->rows, x->cols * call->width, losses.coefficient, losses.rest_tangent, out->data,
                                     rg_claim (out));
        }
        if (rg_example_loss_coefficient_tangent (call, &losses, scale_of (call, k)))
            rg_block_scale_rows (call, x->rows, x->cols, losses.rest, losses.coefficient_tangent, out->data,
                                 rg_claim (out));
    }
}

const rg_operator rg_operator_squared_error = {
    .name = "mean_squared_error", .formula = "factor sum_n weight_n mean_c (y_nc - target_nc)^2",
    .needs = 2, .takes = 3,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_squared_error (rg_graph *graph, rg_tensor prediction, rg_tensor target, rg_tensor example_weight)
{
    return rg_graph_add_node (graph, &rg_operator_squared_error, 3,
                              (rg_tensor[]) { prediction, target, example_weight }, NULL);
}

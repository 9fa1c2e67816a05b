/*
 * squared_error.c -- the operator L = factor Σ_n ω_n ℓ_n with
 * ℓ_n = (1/C) Σ_c e_nc², e = y - t; ω = 1 where absent.
 *
 *   ℓ̇ = (2/C) <e, ė>   ȳ = factor L̄ ω (2/C) e = -t̄   ω̄ = factor L̄ ℓ
 *   ȳ̇ = factor (2/C) ((L̄̇ ω + L̄ ω̇) e + L̄ ω ė) = -t̄̇   ω̄̇ = factor (L̄̇ ℓ + L̄ ℓ̇)
 * Example by hand: y = 3, t = 1 gives ℓ = 4, ȳ = 4.
 */
#include "graph/example_loss.h"

enum { PREDICTION, TARGET, WEIGHT };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    const rg_node *y = operand[PREDICTION], *t = operand[TARGET];
    if (!y->batched || !t->batched || y->cols != t->cols)
        return RG_ESHAPE;
    return rg_example_loss_shape (node, operand[WEIGHT], 2 * y->cols, y->cols, examples);
}

/* What is kept: the losses, then e, then ė. */
static rg_example_loss
parts (const rg_call *call, void **e, void **e_dot)
{
    const rg_array *y = call->operand[PREDICTION];
    const rg_example_loss losses = rg_example_loss_parts (call, y->rows, call->operand[WEIGHT]);
    *e = losses.rest;
    *e_dot = rg_real_at (call->dense, losses.rest, rg_array_size (y));
    return losses;
}

/* y - t, of values or of tangents that are present. */
static void
difference (const rg_call *call, const void *y, const void *t, void *out)
{
    const size_t n = rg_array_size (call->operand[PREDICTION]);
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
    void *e, *e_dot;
    const rg_array *y = call->operand[PREDICTION];
    const rg_example_loss losses = parts (call, &e, &e_dot);
    difference (call, y->value, call->operand[TARGET]->value, e);
    call->dense->row_dots (y->rows, y->cols, 1 / (double) y->cols, e, e, losses.value);
    rg_example_loss_forward (call, &losses);
}

static void
forward_tangent (rg_call *call)
{
    void *e, *e_dot;
    const rg_array *y = call->operand[PREDICTION], *t = call->operand[TARGET];
    const rg_example_loss losses = parts (call, &e, &e_dot);
    if (moved (call)) {
        difference (call, y->tangent.present ? y->tangent.data : NULL,
                    t->tangent.present ? t->tangent.data : NULL, e_dot);
        call->dense->row_dots (y->rows, y->cols, 2 / (double) y->cols, e, e_dot, losses.tangent);
    }
    rg_example_loss_forward_tangent (call, &losses, moved (call));
}

static void
backward (rg_call *call)
{
    void *e, *e_dot;
    const rg_example_loss losses = parts (call, &e, &e_dot);
    rg_example_loss_backward (call, &losses);
    for (int i = PREDICTION; i <= TARGET; i++) {
        rg_array *x = call->operand[i];
        if (x->adjoint.data == NULL)
            continue;
        const double scale = (i == TARGET ? -2 : 2) / (double) x->cols;
        rg_example_loss_coefficient (call, &losses, scale);
        call->dense->scale_rows (x->rows, x->cols, losses.coefficient, e, x->adjoint.data,
                                 rg_claim (&x->adjoint));
    }
}

static void
backward_tangent (rg_call *call)
{
    void *e, *e_dot;
    const rg_example_loss losses = parts (call, &e, &e_dot);
    rg_example_loss_backward_tangent (call, &losses, moved (call));
    for (int i = PREDICTION; i <= TARGET; i++) {
        rg_array *x = call->operand[i];
        rg_slot *out = &x->adjoint_tangent;
        const double scale = (i == TARGET ? -2 : 2) / (double) x->cols;
        if (out->data == NULL)
            continue;
        if (moved (call)) {
            rg_example_loss_coefficient (call, &losses, scale);
            call->dense->scale_rows (x->rows, x->cols, losses.coefficient, e_dot, out->data,
                                     rg_claim (out));
        }
        if (rg_example_loss_coefficient_tangent (call, &losses, scale))
            call->dense->scale_rows (x->rows, x->cols, losses.coefficient, e, out->data,
                                     rg_claim (out));
    }
}

static void
forward_tangents (rg_call *call)
{
    void *e, *e_dot;
    const rg_array *y = call->operand[PREDICTION], *t = call->operand[TARGET];
    const rg_example_loss losses = parts (call, &e, &e_dot);
    const size_t n = rg_array_size (y) * call->width;
    if (y->tangent.present)
        call->dense->scaled (n, 1, y->tangent.data, losses.wide_rest, false);
    if (t->tangent.present)
        call->dense->scaled (n, -1, t->tangent.data, losses.wide_rest, y->tangent.present);
    if (moved (call))
        call->dense->wide_sums (y->rows, y->cols, call->width, 2 / (double) y->cols, e, losses.wide_rest,
                                losses.tangents, false);
    rg_example_loss_forward_tangents (call, &losses, moved (call));
}

static void
backward_tangents (rg_call *call)
{
    void *e, *e_dot;
    const rg_example_loss losses = parts (call, &e, &e_dot);
    rg_example_loss_backward_tangents (call, &losses, moved (call));
    for (int i = PREDICTION; i <= TARGET; i++) {
        rg_array *x = call->operand[i];
        rg_slot *out = &x->adjoint_tangent;
        const double scale = (i == TARGET ? -2 : 2) / (double) x->cols;
        if (out->data == NULL)
            continue;
        if (moved (call)) {
            rg_example_loss_coefficient (call, &losses, scale);
            call->dense->scale_rows (x->rows, x->cols * call->width, losses.coefficient, losses.wide_rest, out->data,
                                     rg_claim (out));
        }
        if (rg_example_loss_coefficient_tangents (call, &losses, scale))
            call->dense->wide_outer (x->rows, x->cols, call->width, 1, e, losses.coefficients, out->data,
                                     rg_claim (out));
    }
}

const rg_operator rg_operator_squared_error = {
    .name = "mean_squared_error", .formula = "factor sum_n weight_n mean_c (y_nc - target_nc)^2", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_squared_error (rg_graph *graph, rg_tensor prediction, rg_tensor target,
                        rg_tensor example_weight)
{
    return rg_graph_apply (graph, &rg_operator_squared_error, prediction, target, example_weight);
}

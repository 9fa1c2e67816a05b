/*
 * example_mean.c -- the operator L = factor Σ_n ω_n (1/C) Σ_c x_nc: a loss from what each example's numbers lose, so
 * that any elementwise function becomes a loss. ω = 1 where absent.
 *
 *   ℓ̇ = (1/C) Σ ẋ   x̄ = factor L̄ ω / C   x̄̇ = factor (L̄̇ ω + L̄ ω̇) / C, and ω̄, ω̄̇ as of every such loss
 * Example by hand: the numbers 1 and 3 of one example give 2.
 */
#include "graph/op/example_loss.h"
#include "graph/operators.h"

enum { X, WEIGHT };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    if (!operand[X]->shape.batched || rg_node_rows (operand[X]) != 1)
        return RG_ESHAPE;
    return rg_example_loss_shape (node, operand[WEIGHT], 0, 0, examples);
}

static rg_example_loss
parts (const rg_call *call)
{
    return rg_example_loss_parts (call, call->operand[X]->rows, call->operand[WEIGHT]);
}

/* The means of the examples' numbers. */
static void
average (const rg_call *call, const rg_example_loss *losses, const void *x, void *out)
{
    const size_t count = rg_array_size (call->operand[X]) / losses->examples;
    for (size_t n = 0; n < losses->examples; n++)
        rg_real_set (call->dense, rg_real_at (call->dense, out, n),
                     call->dense->sum (count, (const char *) x + n * count * call->dense->size) / (double) count);
}

/* x̄ (+)= c_n / C for the numbers of example n */
static void
spread (const rg_call *call, const rg_example_loss *losses, const void *coefficient, rg_slot *out)
{
    const size_t count = rg_array_size (call->operand[X]) / losses->examples;
    const bool accumulate = rg_claim (out);
    for (size_t n = 0; n < losses->examples; n++)
        call->dense->fill (
            count, rg_real_get (call->dense, (const char *) coefficient + n * call->dense->size) / (double) count,
            rg_real_at (call->dense, out->data, n * count), accumulate);
}

static void
forward (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    average (call, &losses, call->operand[X]->value, losses.value);
    rg_example_loss_forward (call, &losses);
}

static void
backward (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    rg_example_loss_backward (call, &losses);
    rg_example_loss_coefficient (call, &losses, 1);
    if (call->operand[X]->adjoint.data != NULL)
        spread (call, &losses, losses.coefficient, &call->operand[X]->adjoint);
}

static void
tangents (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    const bool moved = call->operand[X]->tangent.present;
    if (moved)
        average (call, &losses, call->operand[X]->tangent.data, losses.tangent);
    rg_example_loss_tangents (call, &losses, moved);
}

static void
adjoint_tangents (rg_call *call)
{
    const rg_example_loss losses = parts (call);
    rg_slot *out = &call->operand[X]->adjoint_tangent;
    rg_example_loss_adjoint_tangents (call, &losses, call->operand[X]->tangent.present);
    if (out->data != NULL && rg_example_loss_coefficient_tangent (call, &losses, 1))
        spread (call, &losses, losses.coefficient_tangent, out);
}

const rg_operator rg_operator_example_mean = {
    .name = "example_mean", .formula = "factor sum_n weight_n mean_c x_nc: a loss from any numbers of the examples",
    .needs = 1, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

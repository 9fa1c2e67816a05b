/* example_loss.c -- weighted sums over examples; see example_loss.h. */
#include "graph/example_loss.h"

rg_status
rg_example_loss_shape (rg_node *node, const rg_node *weight, size_t rest, size_t wide_rest,
                       size_t examples)
{
    if (weight != NULL && (!weight->batched || weight->cols != 1))
        return RG_ESHAPE;
    node->rows = node->cols = 1;
    node->kept = (2 + rest) * examples;
    node->scratch = examples;
    node->room = (2 + wide_rest) * examples;
    return RG_OK;
}

/* The room of wide kernels after so many numbers a tangent. */
static void *
wide_at (const rg_call *call, size_t count)
{
    return call->room == NULL ? NULL : rg_real_at (call->dense, call->room, count * call->width);
}

rg_example_loss
rg_example_loss_parts (const rg_call *call, size_t examples, rg_array *weight)
{
    return (rg_example_loss) {
        .examples = examples,
        .weight = weight,
        .value = call->kept,
        .tangent = rg_real_at (call->dense, call->kept, examples),
        .coefficient = call->scratch,
        .rest = rg_real_at (call->dense, call->kept, 2 * examples),
        .tangents = call->room,
        .coefficients = wide_at (call, examples),
        .wide_rest = wide_at (call, 2 * examples),
    };
}

/* Σ_n ω_n x_n */
static double
weighted (const rg_call *call, const rg_example_loss *losses, const void *x)
{
    return losses->weight == NULL ? call->dense->sum (losses->examples, x)
                                  : call->dense->dot (losses->examples, losses->weight->value, x);
}

/* factor times a scalar slot of L. */
static double
factored (const rg_call *call, const rg_slot *slot)
{
    return call->factor * rg_slot_scalar (call->dense, slot);
}

void
rg_example_loss_forward (rg_call *call, const rg_example_loss *losses)
{
    rg_real_set (call->dense, call->result->value,
                 call->factor * weighted (call, losses, losses->value));
}

void
rg_example_loss_forward_tangent (rg_call *call, const rg_example_loss *losses, bool moved)
{
    rg_slot *out = &call->result->tangent;
    const rg_array *weight = losses->weight;
    if (moved)
        rg_slot_add (call->dense, out, call->factor * weighted (call, losses, losses->tangent));
    if (weight != NULL && weight->tangent.present)
        rg_slot_add (call->dense, out,
                     call->factor * call->dense->dot (losses->examples, weight->tangent.data,
                                                      losses->value));
}

void
rg_example_loss_backward (rg_call *call, const rg_example_loss *losses)
{
    rg_array *weight = losses->weight;
    if (weight != NULL && weight->adjoint.data != NULL)
        call->dense->scaled (losses->examples, factored (call, &call->result->adjoint),
                             losses->value, weight->adjoint.data, rg_claim (&weight->adjoint));
}

void
rg_example_loss_backward_tangent (rg_call *call, const rg_example_loss *losses, bool moved)
{
    const rg_array *result = call->result;
    if (losses->weight == NULL || losses->weight->adjoint_tangent.data == NULL)
        return;
    rg_slot *out = &losses->weight->adjoint_tangent;
    if (result->adjoint_tangent.present)
        call->dense->scaled (losses->examples, factored (call, &result->adjoint_tangent),
                             losses->value, out->data, rg_claim (out));
    if (moved)
        call->dense->scaled (losses->examples, factored (call, &result->adjoint), losses->tangent,
                             out->data, rg_claim (out));
}

/* coefficient (+)= s ω */
static void
add_weights (const rg_call *call, const rg_example_loss *losses, double s, bool accumulate)
{
    if (losses->weight == NULL)
        call->dense->fill (losses->examples, s, losses->coefficient, accumulate);
    else
        call->dense->scaled (losses->examples, s, losses->weight->value, losses->coefficient,
                             accumulate);
}

void
rg_example_loss_coefficient (const rg_call *call, const rg_example_loss *losses, double scale)
{
    add_weights (call, losses, scale * factored (call, &call->result->adjoint), false);
}

bool
rg_example_loss_coefficient_tangent (const rg_call *call, const rg_example_loss *losses, double scale)
{
    const rg_array *result = call->result;
    const bool weight_moved = losses->weight != NULL && losses->weight->tangent.present;
    if (weight_moved)
        call->dense->scaled (losses->examples, scale * factored (call, &result->adjoint),
                             losses->weight->tangent.data, losses->coefficient, false);
    if (result->adjoint_tangent.present)
        add_weights (call, losses, scale * factored (call, &result->adjoint_tangent), weight_moved);
    return weight_moved || result->adjoint_tangent.present;
}

/* coefficient = s ω: what the examples' losses are summed with. */
static const void *
summands (const rg_call *call, const rg_example_loss *losses, double s)
{
    add_weights (call, losses, s, false);
    return losses->coefficient;
}

void
rg_example_loss_forward_tangents (rg_call *call, const rg_example_loss *losses, bool moved)
{
    rg_slot *out = &call->result->tangent;
    const rg_array *weight = losses->weight;
    if (out->data == NULL)
        return;
    if (moved)
        call->dense->wide_sums (1, losses->examples, call->width, 1, summands (call, losses, call->factor),
                                losses->tangents, out->data, rg_claim (out));
    if (weight != NULL && weight->tangent.present)
        call->dense->wide_sums (1, losses->examples, call->width, call->factor, losses->value, weight->tangent.data,
                                out->data, rg_claim (out));
}

void
rg_example_loss_backward_tangents (rg_call *call, const rg_example_loss *losses, bool moved)
{
    const rg_array *result = call->result;
    if (losses->weight == NULL || losses->weight->adjoint_tangent.data == NULL)
        return;
    rg_slot *out = &losses->weight->adjoint_tangent;
    if (result->adjoint_tangent.present)
        call->dense->wide_outer (1, losses->examples, call->width, call->factor, losses->value,
                                 result->adjoint_tangent.data, out->data, rg_claim (out));
    if (moved)
        call->dense->scaled (losses->examples * call->width, factored (call, &result->adjoint), losses->tangents,
                             out->data, rg_claim (out));
}

bool
rg_example_loss_coefficient_tangents (const rg_call *call, const rg_example_loss *losses, double scale)
{
    const rg_array *result = call->result;
    const bool weight_moved = losses->weight != NULL && losses->weight->tangent.present;
    if (weight_moved)
        call->dense->scaled (losses->examples * call->width, scale * factored (call, &result->adjoint),
                             losses->weight->tangent.data, losses->coefficients, false);
    if (result->adjoint_tangent.present)
        call->dense->wide_outer (1, losses->examples, call->width, 1, summands (call, losses, scale * call->factor),
                                 result->adjoint_tangent.data, losses->coefficients, weight_moved);
    return weight_moved || result->adjoint_tangent.present;
}

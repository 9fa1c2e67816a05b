/* example_loss.c -- weighted sums over examples; see example_loss.h. */
#include "graph/op/example_loss.h"

#include "graph/block.h"

rg_status
rg_example_loss_shape (rg_graph_node *node, const rg_graph_node *weight, size_t rest, size_t rest_tangent,
                       size_t examples)
{
    if (weight != NULL && (!weight->shape.batched || rg_node_size (weight, 1) != 1))
        return RG_ESHAPE;
    node->shape = rg_shape_matrix (1, 1, 0);
    node->kept = examples + rest;
    node->carried = examples + rest_tangent;
    node->scratch = examples;
    node->wide_scratch = examples;
    return RG_OK;
}

/* The address of a number after those that every loss has; NULL where there is no such workspace. */
static void *
after (const rg_call *call, void *data, size_t count)
{
    return data == NULL ? NULL : rg_real_at (call->dense, data, count);
}

rg_example_loss
rg_example_loss_parts (const rg_call *call, size_t examples, rg_graph_array *weight)
{
    return (rg_example_loss) {
        .examples = examples,
        .weight = weight,
        .value = call->kept,
        .rest = after (call, call->kept, examples),
        .coefficient = call->scratch,
        .tangent = call->carried,
        .rest_tangent = after (call, call->carried, examples * call->width),
        .coefficient_tangent = after (call, call->scratch, examples),
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
    rg_real_set (call->dense, call->result->value, call->factor * weighted (call, losses, losses->value));
}

void
rg_example_loss_backward (rg_call *call, const rg_example_loss *losses)
{
    rg_graph_array *weight = losses->weight;
    if (weight != NULL && weight->adjoint.data != NULL)
        call->dense->scaled (losses->examples, factored (call, &call->result->adjoint), losses->value,
                             weight->adjoint.data, rg_claim (&weight->adjoint));
}

/* out (+)= s ω */
static void
add_weights (const rg_call *call, const rg_example_loss *losses, double s, void *out, bool accumulate)
{
    if (losses->weight == NULL)
        call->dense->fill (losses->examples, s, out, accumulate);
    else
        call->dense->scaled (losses->examples, s, losses->weight->value, out, accumulate);
}

void
rg_example_loss_coefficient (const rg_call *call, const rg_example_loss *losses, double scale)
{
    add_weights (call, losses, scale * factored (call, &call->result->adjoint), losses->coefficient, false);
}

/* L̇ (+)= factor <ω, ℓ̇> */
static void
add_moves (rg_call *call, const rg_example_loss *losses, rg_slot *out)
{
    if (call->width == 1) {
        rg_slot_add (call->dense, out, call->factor * weighted (call, losses, losses->tangent));
        return;
    }
    add_weights (call, losses, call->factor, losses->coefficient, false);
    rg_block_dot (call, losses->examples, 1, losses->coefficient, losses->tangent, out);
}

void
rg_example_loss_tangents (rg_call *call, const rg_example_loss *losses, bool moved)
{
    rg_slot *out = &call->result->tangent;
    const rg_graph_array *weight = losses->weight;
    if (out->data == NULL)
        return;
    if (moved)
        add_moves (call, losses, out);
    if (weight != NULL && weight->tangent.present)
        rg_block_dot (call, losses->examples, call->factor, losses->value, weight->tangent.data, out);
}

void
rg_example_loss_adjoint_tangents (rg_call *call, const rg_example_loss *losses, bool moved)
{
    const rg_graph_array *result = call->result;
    if (losses->weight == NULL || losses->weight->adjoint_tangent.data == NULL)
        return;
    rg_slot *out = &losses->weight->adjoint_tangent;
    if (result->adjoint_tangent.present)
        rg_block_outer (call, losses->examples, call->factor, losses->value, &result->adjoint_tangent, out->data,
                        rg_claim (out));
    if (moved)
        call->dense->scaled (losses->examples * call->width, factored (call, &result->adjoint), losses->tangent,
                             out->data, rg_claim (out));
}

bool
rg_example_loss_coefficient_tangent (const rg_call *call, const rg_example_loss *losses, double scale)
{
    const rg_slot *outer = &call->result->adjoint_tangent;
    const bool weight_moved = losses->weight != NULL && losses->weight->tangent.present;
    void *out = losses->coefficient_tangent;
    if (weight_moved)
        call->dense->scaled (losses->examples * call->width, scale * factored (call, &call->result->adjoint),
                             losses->weight->tangent.data, out, false);
    if (outer->present && call->width == 1)
        add_weights (call, losses, scale * factored (call, outer), out, weight_moved);
    else if (outer->present) {
        add_weights (call, losses, scale * call->factor, losses->coefficient, false);
        rg_block_outer (call, losses->examples, 1, losses->coefficient, outer, out, weight_moved);
    }
    return weight_moved || outer->present;
}

/* scale.c -- the operator y = s x, s a scalar. */
#include "graph/block.h"
#include "graph/operators.h"

enum { X, S };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) examples;
    if (!rg_node_is_scalar (operand[S]))
        return RG_ESHAPE;
    node->shape = operand[X]->shape;
    return RG_OK;
}

static double
factor (const rg_call *call)
{
    return rg_real_get (call->dense, call->operand[S]->value);
}

static void
forward (rg_call *call)
{
    const rg_graph_array *x = call->operand[X];
    call->dense->scaled (rg_array_size (x), factor (call), x->value, call->result->value, false);
}

/* x̄ = s ȳ, s̄ = <x, ȳ> */
static void
backward (rg_call *call)
{
    rg_graph_array *x = call->operand[X], *s = call->operand[S];
    const rg_slot *y_bar = &call->result->adjoint;
    rg_block_scaled (call, rg_array_size (x), factor (call), y_bar, &x->adjoint);
    if (s->adjoint.data != NULL)
        rg_slot_add (call->dense, &s->adjoint, call->dense->dot (rg_array_size (x), x->value, y_bar->data));
}

/* ẏ = s ẋ + ṡ x */
static void
tangents (rg_call *call)
{
    const rg_graph_array *x = call->operand[X], *s = call->operand[S];
    const size_t n = rg_array_size (x);
    rg_slot *out = &call->result->tangent;
    rg_block_scaled (call, n, factor (call), &x->tangent, out);
    if (s->tangent.present && out->data != NULL)
        rg_block_outer (call, n, 1, x->value, &s->tangent, out->data, rg_claim (out));
}

/* x̄̇ = s ȳ̇ + ṡ ȳ, s̄̇ = <ẋ, ȳ> + <x, ȳ̇> */
static void
adjoint_tangents (rg_call *call)
{
    rg_graph_array *x = call->operand[X], *s = call->operand[S];
    const rg_slot *y_bar = &call->result->adjoint, *y_bar_dot = &call->result->adjoint_tangent;
    rg_slot *x_out = &x->adjoint_tangent, *s_out = &s->adjoint_tangent;
    const size_t n = rg_array_size (x);
    rg_block_scaled (call, n, factor (call), y_bar_dot, x_out);
    if (s->tangent.present && x_out->data != NULL)
        rg_block_outer (call, n, 1, y_bar->data, &s->tangent, x_out->data, rg_claim (x_out));
    if (x->tangent.present)
        rg_block_dot (call, n, 1, y_bar->data, x->tangent.data, s_out);
    if (y_bar_dot->present)
        rg_block_dot (call, n, 1, x->value, y_bar_dot->data, s_out);
}

const rg_operator rg_operator_scale = {
    .name = "scale", .formula = "s x", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_scale (rg_graph *graph, rg_tensor x, rg_tensor s)
{
    return rg_graph_add_node (graph, &rg_operator_scale, 2, (rg_tensor[]) { x, s }, NULL);
}

/* scale.c -- the operator y = s x, s a scalar. */
#include "graph/node.h"

enum { X, S };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    (void) examples;
    if (!rg_node_is_scalar (operand[S]))
        return RG_ESHAPE;
    node->rows = operand[X]->rows;
    node->cols = operand[X]->cols;
    node->batched = operand[X]->batched;
    return RG_OK;
}

/* out (+)= s from, where both are there. */
static void
add_scaled (const rg_call *call, double s, const rg_slot *from, rg_slot *out)
{
    if (from->present && out->data != NULL)
        call->dense->scaled (rg_array_size (call->result), s, from->data, out->data, rg_claim (out));
}

static void
forward (rg_call *call)
{
    const rg_array *x = call->operand[X], *s = call->operand[S];
    call->dense->scaled (rg_array_size (x), rg_real_get (call->dense, s->value), x->value,
                         call->result->value, false);
}

/* ẏ = s ẋ + ṡ x */
static void
forward_tangent (rg_call *call)
{
    const rg_array *x = call->operand[X], *s = call->operand[S];
    rg_slot *out = &call->result->tangent;
    add_scaled (call, rg_real_get (call->dense, s->value), &x->tangent, out);
    if (s->tangent.present)
        call->dense->scaled (rg_array_size (x), rg_slot_scalar (call->dense, &s->tangent), x->value,
                             out->data, rg_claim (out));
}

/* x̄ = s ȳ, s̄ = <x, ȳ> */
static void
backward (rg_call *call)
{
    rg_array *x = call->operand[X], *s = call->operand[S];
    const rg_slot *y_bar = &call->result->adjoint;
    add_scaled (call, rg_real_get (call->dense, s->value), y_bar, &x->adjoint);
    if (s->adjoint.data != NULL)
        rg_slot_add (call->dense, &s->adjoint,
                     call->dense->dot (rg_array_size (x), x->value, y_bar->data));
}

/* x̄̇ = s ȳ̇ + ṡ ȳ, s̄̇ = <ẋ, ȳ> + <x, ȳ̇> */
static void
backward_tangent (rg_call *call)
{
    rg_array *x = call->operand[X], *s = call->operand[S];
    const rg_slot *y_bar = &call->result->adjoint, *y_bar_dot = &call->result->adjoint_tangent;
    const size_t n = rg_array_size (x);
    add_scaled (call, rg_real_get (call->dense, s->value), y_bar_dot, &x->adjoint_tangent);
    if (s->tangent.present)
        add_scaled (call, rg_slot_scalar (call->dense, &s->tangent), y_bar, &x->adjoint_tangent);
    if (s->adjoint_tangent.data == NULL)
        return;
    if (x->tangent.present)
        rg_slot_add (call->dense, &s->adjoint_tangent,
                     call->dense->dot (n, x->tangent.data, y_bar->data));
    if (y_bar_dot->present)
        rg_slot_add (call->dense, &s->adjoint_tangent,
                     call->dense->dot (n, x->value, y_bar_dot->data));
}

/* out (+)= s from, several side by side. */
static void
add_wide (const rg_call *call, double s, const rg_slot *from, rg_slot *out)
{
    if (from->present && out->data != NULL)
        call->dense->scaled (rg_array_size (call->result) * call->width, s, from->data, out->data, rg_claim (out));
}

static void
forward_tangents (rg_call *call)
{
    const rg_array *x = call->operand[X], *s = call->operand[S];
    rg_slot *out = &call->result->tangent;
    add_wide (call, rg_real_get (call->dense, s->value), &x->tangent, out);
    if (s->tangent.present && out->data != NULL)
        call->dense->wide_outer (1, rg_array_size (x), call->width, 1, x->value, s->tangent.data, out->data,
                                 rg_claim (out));
}

static void
backward_tangents (rg_call *call)
{
    rg_array *x = call->operand[X], *s = call->operand[S];
    const rg_slot *y_bar = &call->result->adjoint, *y_bar_dot = &call->result->adjoint_tangent;
    rg_slot *x_out = &x->adjoint_tangent, *s_out = &s->adjoint_tangent;
    const size_t n = rg_array_size (x);
    add_wide (call, rg_real_get (call->dense, s->value), y_bar_dot, x_out);
    if (s->tangent.present && x_out->data != NULL)
        call->dense->wide_outer (1, n, call->width, 1, y_bar->data, s->tangent.data, x_out->data, rg_claim (x_out));
    if (s_out->data != NULL && x->tangent.present)
        call->dense->wide_sums (1, n, call->width, 1, y_bar->data, x->tangent.data, s_out->data, rg_claim (s_out));
    if (s_out->data != NULL && y_bar_dot->present)
        call->dense->wide_sums (1, n, call->width, 1, x->value, y_bar_dot->data, s_out->data, rg_claim (s_out));
}

const rg_operator rg_operator_scale = {
    .name = "scale", .formula = "s x", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_scale (rg_graph *graph, rg_tensor x, rg_tensor s)
{
    return rg_graph_apply (graph, &rg_operator_scale, x, s, RG_NO_TENSOR);
}

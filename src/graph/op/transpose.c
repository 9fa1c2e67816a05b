/* transpose.c -- the operator y = x with its dimensions in another order; examples stay in front. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    rg_wholes order;
} settings;

static const rg_option options[] = {
    { "order", RG_OPTION_WHOLES, RG_FIELD (settings, order), RG_FROM_TO (0, RG_DIMENSIONS - 1), RG_REQUIRED,
      "for each dimension of the result, which one of x it is, from 0", .least = 1, .most = RG_DIMENSIONS },
    { 0 },
};

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    const rg_shape *x = &operand[0]->shape;
    unsigned seen = 0;
    (void) examples;
    node->shape = *x;
    if (s->order.count != x->dimensions || (x->batched && s->order.values[0] != 0))
        return RG_ESHAPE;
    for (size_t d = 0; d < x->dimensions; d++) {
        const size_t from = (size_t) s->order.values[d];
        if (from >= x->dimensions || (seen >> from & 1) != 0)
            return RG_ESHAPE;
        seen |= 1u << from;
        node->shape.dim[d] = x->dim[from];
    }
    return RG_OK;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    const settings *s = call->node->settings;
    rg_map_of_numbers map = rg_map_identity (&call->result->shape);
    size_t stride[RG_DIMENSIONS];
    rg_strides (&call->operand[k]->shape, stride);
    for (size_t d = 0; d < call->result->shape.dimensions; d++)
        map.in[d] = stride[s->order.values[d]];
    return map;
}

static void
forward (rg_call *call)
{
    rg_strided_forward (call, map_of);
}

static void
backward (rg_call *call)
{
    rg_strided_backward (call, map_of);
}

static void
tangents (rg_call *call)
{
    rg_strided_tangents (call, map_of);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_strided_adjoint_tangents (call, map_of);
}

const rg_operator rg_operator_transpose = {
    .name = "transpose", .formula = "x with its dimensions in another order", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

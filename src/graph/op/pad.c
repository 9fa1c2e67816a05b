/* pad.c -- the operator y = x with zeros before and after it, along one dimension. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    size_t axis, before, after;
} settings;

static const rg_option options[] = {
    { "axis", RG_OPTION_WHOLE, RG_FIELD (settings, axis), RG_FROM_TO (0, RG_DIMENSIONS - 1), "1",
      "the dimension, from 0" },
    { "before", RG_OPTION_WHOLE, RG_FIELD (settings, before), RG_NOT_NEGATIVE, "0", "zeros before x" },
    { "after", RG_OPTION_WHOLE, RG_FIELD (settings, after), RG_NOT_NEGATIVE, "0", "zeros after x" },
    { 0 },
};

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    (void) examples;
    node->shape = operand[0]->shape;
    if (s->axis >= node->shape.dimensions || (s->axis == 0 && node->shape.batched) || s->before > INT32_MAX
        || s->after > INT32_MAX)
        return RG_ESHAPE;
    node->shape.dim[s->axis] += s->before + s->after;
    return RG_OK;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    const settings *s = call->node->settings;
    rg_map_of_numbers map = rg_map_identity (&call->operand[k]->shape);
    rg_strides (&call->result->shape, map.out);
    map.out_at = s->before * map.out[s->axis];
    map.fills_out = s->before + s->after == 0;
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

const rg_operator rg_operator_pad = {
    .name = "pad", .formula = "zeros, x, zeros along a dimension", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

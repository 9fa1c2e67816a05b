/* slice.c -- the operator y = the part of x from one index on, along one dimension. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    size_t axis, start, size;
} settings;

static const rg_option options[] = {
    { "axis", RG_OPTION_WHOLE, RG_FIELD (settings, axis), RG_FROM_TO (0, RG_DIMENSIONS - 1), "1",
      "the dimension, from 0" },
    { "start", RG_OPTION_WHOLE, RG_FIELD (settings, start), RG_NOT_NEGATIVE, "0", "the first index" },
    { "size", RG_OPTION_WHOLE, RG_FIELD (settings, size), RG_POSITIVE, RG_REQUIRED, "how many" },
    { 0 },
};

/* The first dimension of what is batched is not cut. */
static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    (void) examples;
    node->shape = operand[0]->shape;
    if (s->axis >= node->shape.dimensions || (s->axis == 0 && node->shape.batched)
        || s->start > node->shape.dim[s->axis] || s->size > node->shape.dim[s->axis] - s->start)
        return RG_ESHAPE;
    node->shape.dim[s->axis] = s->size;
    return RG_OK;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    const settings *s = call->node->settings;
    const rg_shape *x = &call->operand[k]->shape;
    rg_map_of_numbers map = rg_map_identity (&call->result->shape);
    rg_strides (x, map.in);
    map.in_at = s->start * map.in[s->axis];
    map.fills_in = s->size == x->dim[s->axis];
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

const rg_operator rg_operator_slice = {
    .name = "slice", .formula = "the part of x from `start` on, `size` long, along a dimension", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

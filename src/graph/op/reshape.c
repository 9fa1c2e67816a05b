/* reshape.c -- the operator y = x in another shape; a batched one keeps its examples. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    rg_wholes shape;
} settings;

static const rg_option options[] = {
    { "shape", RG_OPTION_WHOLES, RG_FIELD (settings, shape), RG_POSITIVE, RG_REQUIRED,
      "the dimensions; the first one: rows of an example, where there are examples", .least = 1,
      .most = RG_DIMENSIONS },
    { 0 },
};

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    (void) examples;
    node->shape = (rg_shape) { s->shape.count, { 1, 1, 1, 1 }, operand[0]->shape.batched };
    for (size_t d = 0; d < s->shape.count; d++)
        node->shape.dim[d] = (size_t) s->shape.values[d];
    return rg_node_size (node, 1) == rg_node_size (operand[0], 1) ? RG_OK : RG_ESHAPE;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    return rg_map_identity (&call->operand[k]->shape);
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

const rg_operator rg_operator_reshape = {
    .name = "reshape", .formula = "x in another shape", .options = options, .settings_bytes = sizeof (settings),
    .needs = 1, .takes = 1,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

/* axes.c -- the operators y = sum or mean of x over some dimensions, which become 1; in double precision. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    rg_wholes axes;
} settings;

static const rg_option options[] = {
    { "axes", RG_OPTION_WHOLES, RG_FIELD (settings, axes), RG_FROM_TO (0, RG_DIMENSIONS - 1), RG_REQUIRED,
      "the dimensions, from 0", .least = 1, .most = RG_DIMENSIONS },
    { 0 },
};

/* Examples are not added up. */
static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    (void) examples;
    node->shape = operand[0]->shape;
    for (size_t i = 0; i < s->axes.count; i++) {
        const size_t axis = (size_t) s->axes.values[i];
        if (axis >= node->shape.dimensions || (axis == 0 && node->shape.batched))
            return RG_ESHAPE;
        node->shape.dim[axis] = 1;
    }
    return RG_OK;
}

static rg_map_of_numbers
sum_map (const rg_call *call, size_t k)
{
    const settings *s = call->node->settings;
    rg_map_of_numbers map = rg_map_identity (&call->operand[k]->shape);
    rg_strides (&call->result->shape, map.out);
    for (size_t i = 0; i < s->axes.count; i++)
        map.out[s->axes.values[i]] = 0;
    return map;
}

static rg_map_of_numbers
mean_map (const rg_call *call, size_t k)
{
    rg_map_of_numbers map = sum_map (call, k);
    map.scale = (double) rg_array_size (call->result) / (double) rg_array_size (call->operand[k]);
    return map;
}

static void
sum_forward (rg_call *call)
{
    rg_strided_forward (call, sum_map);
}

static void
sum_backward (rg_call *call)
{
    rg_strided_backward (call, sum_map);
}

static void
sum_tangents (rg_call *call)
{
    rg_strided_tangents (call, sum_map);
}

static void
sum_adjoint_tangents (rg_call *call)
{
    rg_strided_adjoint_tangents (call, sum_map);
}

static void
mean_forward (rg_call *call)
{
    rg_strided_forward (call, mean_map);
}

static void
mean_backward (rg_call *call)
{
    rg_strided_backward (call, mean_map);
}

static void
mean_tangents (rg_call *call)
{
    rg_strided_tangents (call, mean_map);
}

static void
mean_adjoint_tangents (rg_call *call)
{
    rg_strided_adjoint_tangents (call, mean_map);
}

const rg_operator rg_operator_sum_axes = {
    .name = "sum_axes", .formula = "the sum of x over dimensions, which become 1", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = shape, .forward = sum_forward, .backward = sum_backward, .tangents = sum_tangents,
    .adjoint_tangents = sum_adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

const rg_operator rg_operator_mean_axes = {
    .name = "mean_axes", .formula = "the mean of x over dimensions, which become 1", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = shape, .forward = mean_forward, .backward = mean_backward, .tangents = mean_tangents,
    .adjoint_tangents = mean_adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

/* concatenate.c -- the operator y = its operands one after the other, along one dimension. */
#include "graph/op/strided.h"
#include "graph/operators.h"

typedef struct {
    size_t axis;
} settings;

static const rg_option options[] = {
    { "axis", RG_OPTION_WHOLE, RG_FIELD (settings, axis), RG_FROM_TO (0, RG_DIMENSIONS - 1), "1",
      "the dimension, from 0" },
    { 0 },
};

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const size_t axis = ((const settings *) node->settings)->axis;
    (void) examples;
    node->shape = operand[0]->shape;
    if (axis >= node->shape.dimensions || (axis == 0 && node->shape.batched))
        return RG_ESHAPE;
    for (size_t k = 1; k < node->operands; k++) {
        const rg_shape *x = &operand[k]->shape;
        if (x->dimensions != node->shape.dimensions || x->batched != node->shape.batched)
            return RG_ESHAPE;
        for (size_t d = 0; d < x->dimensions; d++)
            if (d != axis && x->dim[d] != node->shape.dim[d])
                return RG_ESHAPE;
        node->shape.dim[axis] += x->dim[axis];
    }
    return RG_OK;
}

static rg_map_of_numbers
map_of (const rg_call *call, size_t k)
{
    const size_t axis = ((const settings *) call->node->settings)->axis;
    rg_map_of_numbers map = rg_map_identity (&call->operand[k]->shape);
    rg_strides (&call->result->shape, map.out);
    for (size_t i = 0; i < k; i++)
        map.out_at += call->operand[i]->shape.dim[axis] * map.out[axis];
    map.fills_out = call->node->operands == 1;
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

const rg_operator rg_operator_concatenate = {
    .name = "concatenate",
    .formula = "any number of operands, one after the other along a dimension",
    .options = options,
    .settings_bytes = sizeof (settings),
    .needs = 1,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

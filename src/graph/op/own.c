/* own.c -- an operator of a user's, as a row of the table: see rg_own_operator in retrograde/graph.h. */
#include <string.h>

#include "base/memory.h"
#include "graph/node.h"

/* A node's settings: the row, and the operator that calls it. */
typedef struct {
    rg_operator op;
    rg_own_operator row;
} own;

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const own *self = node->settings;
    rg_shape shapes[RG_OWN_OPERANDS];
    (void) examples;
    for (size_t k = 0; k < node->operands; k++)
        shapes[k] = operand[k]->shape;
    node->shape = (rg_shape) { 0 };
    const rg_status status = self->row.shape (self->row.user, node->operands, shapes, &node->shape);
    if (status != RG_OK || node->shape.dimensions < 1 || node->shape.dimensions > RG_DIMENSIONS)
        return RG_ESHAPE;
    for (size_t d = 0; d < RG_DIMENSIONS; d++) {
        if (d >= node->shape.dimensions)
            node->shape.dim[d] = 1;
        if (node->shape.dim[d] == 0)
            return RG_ESHAPE;
    }
    return RG_OK;
}

/* What a view points to. */
typedef struct {
    rg_own_view view;
    rg_shape shapes[RG_OWN_OPERANDS];
    const void *x[RG_OWN_OPERANDS], *x_dot[RG_OWN_OPERANDS];
} frame;

static void *
data_of (const rg_slot *slot)
{
    return slot->present ? slot->data : NULL;
}

static void
look (const rg_call *call, frame *f)
{
    const rg_graph_array *y = call->result;
    for (size_t k = 0; k < call->node->operands; k++) {
        f->shapes[k] = call->operand[k]->shape;
        f->x[k] = call->operand[k]->value;
        f->x_dot[k] = data_of (&call->operand[k]->tangent);
    }
    f->view = (rg_own_view) { .precision = call->dense->precision,
                              .operands = call->node->operands,
                              .operand = f->shapes,
                              .result = &y->shape,
                              .x = f->x,
                              .y = y->value,
                              .y_bar = data_of (&y->adjoint),
                              .width = call->width,
                              .x_dot = f->x_dot,
                              .y_bar_dot = data_of (&y->adjoint_tangent) };
}

/* The array of a slot that is about to be added to, zeroed where it was absent. */
static void *
open_slot (const rg_call *call, size_t count, rg_slot *slot)
{
    if (slot->data != NULL && !rg_claim (slot))
        memset (slot->data, 0, count * call->width * call->dense->size);
    return slot->data;
}

static void
forward (rg_call *call)
{
    const own *self = call->node->settings;
    frame f;
    look (call, &f);
    f.view.y = f.view.y_bar = NULL;
    self->row.forward (self->row.user, &f.view, call->result->value);
}

static void
backward (rg_call *call)
{
    const own *self = call->node->settings;
    void *out[RG_OWN_OPERANDS];
    frame f;
    look (call, &f);
    for (size_t k = 0; k < call->node->operands; k++)
        out[k] = open_slot (call, rg_array_size (call->operand[k]), &call->operand[k]->adjoint);
    self->row.backward (self->row.user, &f.view, out);
}

static void
tangents (rg_call *call)
{
    const own *self = call->node->settings;
    frame f;
    look (call, &f);
    void *out = open_slot (call, rg_array_size (call->result), &call->result->tangent);
    if (out != NULL)
        self->row.tangents (self->row.user, &f.view, out);
}

static void
adjoint_tangents (rg_call *call)
{
    const own *self = call->node->settings;
    void *out[RG_OWN_OPERANDS];
    frame f;
    look (call, &f);
    for (size_t k = 0; k < call->node->operands; k++)
        out[k] = open_slot (call, rg_array_size (call->operand[k]), &call->operand[k]->adjoint_tangent);
    self->row.adjoint_tangents (self->row.user, &f.view, out);
}

rg_tensor
rg_graph_apply_own (rg_graph *graph, const rg_own_operator *row, const rg_tensor *operands, size_t count)
{
    own *self = rg_calloc (1, sizeof *self);
    if (self == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    memcpy (&self->row, row, row->size < sizeof *row ? row->size : sizeof *row);
    const rg_own_operator *own_row = &self->row;
    if (own_row->name == NULL || own_row->shape == NULL || own_row->forward == NULL || own_row->backward == NULL
        || own_row->tangents == NULL || own_row->adjoint_tangents == NULL || count < 1 || count > RG_OWN_OPERANDS) {
        rg_graph_refuse (graph, RG_ERANGE, "%s: expected a name, five callbacks and 1 to %d operands",
                         own_row->name == NULL ? "an operator of one's own" : own_row->name, RG_OWN_OPERANDS);
        rg_free (self);
        return RG_NO_TENSOR;
    }
    self->op = (rg_operator) { .name = self->row.name, .formula = "", .needs = count, .takes = count, .shape = shape,
                               .forward = forward, .backward = backward, .tangents = tangents,
                               .adjoint_tangents = adjoint_tangents, .single = !self->row.wide,
                               .forgets = RG_FORGETS_MOVE };
    return rg_graph_add_node (graph, &self->op, count, operands, self);
}

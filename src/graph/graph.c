/* graph.c -- a graph: made, added to, ended; see retrograde/graph.h. */
#include "graph/graph.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/node.h"

rg_status
rg_graph_new (rg_graph **out, rg_precision precision, size_t rows, size_t weights, size_t hypers)
{
    *out = NULL;
    if (rows == 0 || rows > INT32_MAX || (precision != RG_SINGLE && precision != RG_DOUBLE))
        return RG_ERANGE;
    rg_graph *graph = rg_calloc (1, sizeof *graph);
    if (graph == NULL)
        return RG_ENOMEM;
    graph->precision = precision;
    graph->rows = rows;
    graph->weights = weights;
    graph->hypers = hypers;
    graph->loss = RG_NO_TENSOR;
    *out = graph;
    return RG_OK;
}

/* Free what a node owns. */
static void
clear_node (rg_graph_node *node)
{
    if (node->op != NULL && node->settings != NULL)
        rg_option_clear (node->op->options, node->settings);
    rg_free (node->operand);
    rg_free (node->settings);
    rg_free (node->name);
    rg_free (node->constant);
}

void
rg_graph_free (rg_graph *graph)
{
    if (graph == NULL)
        return;
    for (size_t i = 0; i < graph->nodes; i++)
        clear_node (&graph->node[i]);
    rg_free (graph->node);
    rg_free (graph->gap);
    rg_free (graph);
}

rg_tensor
rg_graph_refuse (rg_graph *graph, rg_status status, const char *format, ...)
{
    if (graph->status != RG_OK)
        return RG_NO_TENSOR;
    graph->status = status;
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (graph->failure.text, sizeof graph->failure.text, format, arguments);
    va_end (arguments);
    return RG_NO_TENSOR;
}

/* Have a place for one more node. */
static bool
reserve (rg_graph *graph)
{
    if (graph->nodes < graph->capacity)
        return true;
    const size_t capacity = graph->capacity == 0 ? 16 : 2 * graph->capacity;
    rg_graph_node *node = rg_grow (graph->node, graph->nodes * sizeof *node, capacity, sizeof *node);
    if (node == NULL)
        return false;
    graph->node = node;
    graph->capacity = capacity;
    return true;
}

/* Whether BLAS can index every dimension, all but the first as one, too: all sizes of a node fit then. */
static bool
is_small (const rg_shape *shape)
{
    size_t cols = 1;
    for (size_t d = 1; d < shape->dimensions; d++) {
        if (shape->dim[d] > INT32_MAX / cols)
            return false;
        cols *= shape->dim[d];
    }
    return shape->dim[0] <= INT32_MAX;
}

rg_tensor
rg_graph_append (rg_graph *graph, rg_graph_node *node)
{
    if (graph->status == RG_OK && !is_small (&node->shape)) {
        char shape[RG_SHAPE_TEXT];
        rg_shape_describe (&node->shape, shape, sizeof shape);
        rg_graph_refuse (graph, RG_ERANGE, "a tensor of %s is too large", shape);
    }
    if (graph->status == RG_OK && !reserve (graph))
        rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    if (graph->status != RG_OK) {
        clear_node (node);
        return RG_NO_TENSOR;
    }
    node->index = graph->nodes;
    graph->node[graph->nodes] = *node;
    return (rg_tensor) graph->nodes++;
}

void
rg_shape_describe (const rg_shape *shape, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t d = 0; d < shape->dimensions && used < size; d++) {
        const char *times = d == 0 ? "" : " x ";
        const bool examples = d == 0 && shape->batched;
        used += (size_t) (examples && shape->dim[0] == 1 ? snprintf (text + used, size - used, "n")
                                                         : snprintf (text + used, size - used, "%s%zu%s", times,
                                                                     shape->dim[d], examples ? " n" : ""));
    }
}

/* "3 x 4, n x 5": the operands' shapes for a message. */
static void
describe (size_t count, const rg_graph_node *const *operand, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < count && used < size; i++) {
        char shape[RG_SHAPE_TEXT];
        if (operand[i] == NULL)
            continue;
        rg_shape_describe (&operand[i]->shape, shape, sizeof shape);
        used += (size_t) snprintf (text + used, size - used, "%s%s", used == 0 ? "" : ", ", shape);
    }
}

/* Find an operand; NULL where it is absent or has been refused. */
static const rg_graph_node *
operand_of (rg_graph *graph, const rg_graph_node *node, size_t i)
{
    const rg_tensor x = node->operand[i];
    if (x == RG_NO_TENSOR && i >= node->op->needs)
        return NULL;
    if (x < 0 || (size_t) x >= graph->nodes) {
        rg_graph_refuse (graph, RG_ERANGE, "%s: operand %zu is no tensor of this graph", node->op->name, i + 1);
        return NULL;
    }
    const bool whole = graph->node[x].kind == RG_NODE_INTEGERS, wants = i < 32 && (node->op->integers >> i & 1) != 0;
    if (whole && !wants)
        rg_graph_refuse (graph, RG_ESHAPE, "%s: operand %zu is labels or indices, and those are no numbers",
                         node->op->name, i + 1);
    else if (wants && !whole)
        rg_graph_refuse (graph, RG_ESHAPE, "%s: operand %zu is numbers, expected labels or indices", node->op->name,
                         i + 1);
    return &graph->node[x];
}

/* Complete a node from its operator and operands. */
static void
complete (rg_graph *graph, rg_graph_node *node, const rg_graph_node **operand)
{
    for (size_t i = 0; i < node->operands && graph->status == RG_OK; i++) {
        operand[i] = operand_of (graph, node, i);
        node->differentiable |= operand[i] != NULL && operand[i]->differentiable && !node->op->stops;
    }
    if (graph->status == RG_OK && node->op->shape (node, operand, graph->rows) != RG_OK) {
        char shapes[256];
        describe (node->operands, operand, shapes, sizeof shapes);
        rg_graph_refuse (graph, RG_ESHAPE, "%s: shapes do not fit: %s", node->op->name, shapes);
    }
    if (node->operands > graph->most_operands)
        graph->most_operands = node->operands;
}

rg_tensor
rg_graph_add_node (rg_graph *graph, const rg_operator *op, size_t count, const rg_tensor *operand, void *settings)
{
    const size_t operands = op->takes == 0 ? count : op->takes;
    rg_graph_node node = { .kind = RG_NODE_OPERATOR, .op = op, .operands = operands, .settings = settings };
    node.operand = rg_malloc (operands, sizeof *node.operand);
    const rg_graph_node **found = rg_calloc (operands, sizeof *found);
    if (count > operands || count < op->needs)
        rg_graph_refuse (graph, RG_ERANGE, "%s: %zu operands, expected %zu to %zu", op->name, count, op->needs,
                         op->takes);
    if (node.operand == NULL || found == NULL)
        rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    for (size_t i = 0; i < operands && node.operand != NULL; i++)
        node.operand[i] = i < count ? operand[i] : RG_NO_TENSOR;
    if (graph->status == RG_OK)
        complete (graph, &node, found);
    rg_free (found);
    return rg_graph_append (graph, &node);
}

rg_status
rg_graph_finish (rg_graph *graph, rg_tensor loss, rg_message *message)
{
    if (graph->status == RG_OK && (loss < 0 || (size_t) loss >= graph->nodes))
        rg_graph_refuse (graph, RG_ERANGE, "the loss is no tensor of this graph");
    if (graph->status == RG_OK
        && (graph->node[loss].kind != RG_NODE_OPERATOR || !rg_node_is_scalar (&graph->node[loss])))
        rg_graph_refuse (graph, RG_ESHAPE, "the loss is not a scalar");
    if (graph->status != RG_OK)
        return rg_fail (message, graph->status, "%s", graph->failure.text);
    graph->loss = loss;
    const rg_status status = rg_graph_plan (graph);
    if (status != RG_OK)
        return rg_fail (message, status, "%s", rg_status_text (status));
    graph->finished = true;
    return RG_OK;
}

size_t
rg_graph_rows (const rg_graph *graph)
{
    return graph->finished ? graph->rows : 0;
}

size_t
rg_graph_weight_count (const rg_graph *graph)
{
    return graph->weights;
}

size_t
rg_graph_hyper_count (const rg_graph *graph)
{
    return graph->hypers;
}

rg_precision
rg_graph_precision (const rg_graph *graph)
{
    return graph->precision;
}

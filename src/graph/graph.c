/* graph.c -- building the graph of a loss; see graph.h. */
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

void
rg_graph_free (rg_graph *graph)
{
    if (graph == NULL)
        return;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_free (graph->node[i].constant);
        rg_free (graph->node[i].ends);
    }
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

/* Room for one more node. */
static bool
reserve (rg_graph *graph)
{
    if (graph->nodes < graph->capacity)
        return true;
    const size_t capacity = graph->capacity == 0 ? 16 : 2 * graph->capacity;
    rg_node *node = rg_grow (graph->node, graph->nodes * sizeof *node, capacity, sizeof *node);
    if (node == NULL)
        return false;
    graph->node = node;
    graph->capacity = capacity;
    return true;
}

/* Append a node, which the graph owns from now on; on failure what it owns is freed. */
static rg_tensor
append (rg_graph *graph, const rg_node *node)
{
    /* No dimension beyond what BLAS can index; all sizes of a node fit then. */
    if (graph->status == RG_OK && (node->cols > INT32_MAX || (!node->batched && node->rows > INT32_MAX)))
        rg_graph_refuse (graph, RG_ERANGE, "a tensor of %zu x %zu is too large", node->rows, node->cols);
    if (graph->status == RG_OK && !reserve (graph))
        rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    if (graph->status != RG_OK) {
        rg_free (node->constant);
        rg_free (node->ends);
        return RG_NO_TENSOR;
    }
    graph->node[graph->nodes] = *node;
    return (rg_tensor) graph->nodes++;
}

static const rg_node leaf_defaults = {
    .operand = { RG_NO_TENSOR, RG_NO_TENSOR, RG_NO_TENSOR },
    .rows = 1,
};

static bool
is_inside (size_t offset, size_t rows, size_t cols, size_t length)
{
    return rows != 0 && cols != 0 && offset <= length && cols <= (length - offset) / rows;
}

rg_tensor
rg_graph_weights (rg_graph *graph, size_t offset, size_t rows, size_t cols)
{
    if (!is_inside (offset, rows, cols, graph->weights))
        return rg_graph_refuse (graph, RG_ERANGE, "weights: %zu x %zu from %zu is outside the vector of %zu",
                                rows, cols, offset, graph->weights);
    rg_node node = leaf_defaults;
    node.kind = RG_NODE_WEIGHTS;
    node.rows = rows;
    node.cols = cols;
    node.offset = offset;
    node.differentiable = true;
    return append (graph, &node);
}

rg_tensor
rg_graph_hyper (rg_graph *graph, size_t offset, size_t count, bool differentiable)
{
    return rg_graph_hyper_matrix (graph, offset, count, 1, differentiable);
}

rg_tensor
rg_graph_hyper_matrix (rg_graph *graph, size_t offset, size_t rows, size_t cols, bool differentiable)
{
    if (!is_inside (offset, rows, cols, graph->hypers))
        return rg_graph_refuse (graph, RG_ERANGE, "hyperparameters: %zu from %zu is outside the vector of %zu",
                                rows * cols, offset, graph->hypers);
    rg_node node = leaf_defaults;
    node.kind = RG_NODE_HYPER;
    node.rows = rows;
    node.cols = cols;
    node.offset = offset;
    node.differentiable = differentiable;
    return append (graph, &node);
}

rg_tensor
rg_graph_batch (rg_graph *graph, size_t cols, bool differentiable)
{
    if (cols == 0)
        return rg_graph_refuse (graph, RG_ERANGE, "batch: an example has no numbers");
    rg_node node = leaf_defaults;
    node.kind = RG_NODE_BATCH;
    node.cols = cols;
    node.batched = true;
    node.differentiable = differentiable;
    return append (graph, &node);
}

rg_tensor
rg_graph_labels (rg_graph *graph, size_t classes)
{
    if (classes == 0 || classes > INT32_MAX)
        return rg_graph_refuse (graph, RG_ERANGE, "labels: %zu classes", classes);
    rg_node node = leaf_defaults;
    node.kind = RG_NODE_LABELS;
    node.cols = 1;
    node.batched = true;
    node.classes = classes;
    return append (graph, &node);
}

rg_tensor
rg_graph_constant (rg_graph *graph, size_t rows, size_t cols, const double *values)
{
    if (!is_inside (0, rows, cols, SIZE_MAX / sizeof *values))
        return rg_graph_refuse (graph, RG_ERANGE, "constant: %zu x %zu", rows, cols);
    rg_node node = leaf_defaults;
    node.kind = RG_NODE_CONSTANT;
    node.rows = rows;
    node.cols = cols;
    node.constant = rg_malloc (rows * cols, sizeof *values);
    if (node.constant == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    memcpy (node.constant, values, rows * cols * sizeof *values);
    return append (graph, &node);
}

/* "3 x 4, n x 5": the operands' shapes for a message. */
static void
describe (const rg_node *const operand[RG_OPERANDS], char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < RG_OPERANDS && used < size; i++) {
        if (operand[i] == NULL)
            continue;
        const char *comma = used == 0 ? "" : ", ";
        used += (size_t) (operand[i]->batched
                              ? snprintf (text + used, size - used, "%sn x %zu", comma, operand[i]->cols)
                              : snprintf (text + used, size - used, "%s%zu x %zu", comma,
                                          operand[i]->rows, operand[i]->cols));
    }
}

/* Complete a node from its operator and operands and append it. */
static rg_tensor
apply (rg_graph *graph, rg_node *node)
{
    const rg_node *operand[RG_OPERANDS] = { NULL };
    for (int i = 0; i < RG_OPERANDS && graph->status == RG_OK; i++) {
        const rg_tensor x = node->operand[i];
        if (x == RG_NO_TENSOR && i >= node->op->needs)
            continue;
        if (x < 0 || (size_t) x >= graph->nodes) {
            rg_graph_refuse (graph, RG_ERANGE, "%s: operand %d is no tensor of this graph",
                             node->op->name, i + 1);
            break;
        }
        operand[i] = &graph->node[x];
        node->differentiable |= operand[i]->differentiable;
        if (operand[i]->kind == RG_NODE_LABELS && node->op != &rg_operator_cross_entropy)
            rg_graph_refuse (graph, RG_ESHAPE, "%s: labels are no numbers", node->op->name);
    }
    if (graph->status == RG_OK && node->op->shape (node, operand, graph->rows) != RG_OK) {
        char shapes[128];
        describe (operand, shapes, sizeof shapes);
        rg_graph_refuse (graph, RG_ESHAPE, "%s: shapes do not fit: %s", node->op->name, shapes);
    }
    return append (graph, node);
}

rg_tensor
rg_graph_apply (rg_graph *graph, const rg_operator *op, rg_tensor x, rg_tensor y, rg_tensor z)
{
    rg_node node = { .kind = RG_NODE_OPERATOR, .op = op, .operand = { x, y, z } };
    return apply (graph, &node);
}

rg_tensor
rg_graph_apply_cut (rg_graph *graph, const rg_operator *op, rg_tensor x, rg_tensor y, rg_tensor z,
                    size_t segments, size_t *ends)
{
    rg_node node = { .kind = RG_NODE_OPERATOR, .op = op, .operand = { x, y, z },
                     .ends = ends, .segments = segments };
    return apply (graph, &node);
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

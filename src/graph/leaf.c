/* leaf.c -- the leaves of a graph; see retrograde/graph.h. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "graph/node.h"

/* Numbers of a shape that is not batched; 0: it is none, or has more than there can be. */
static size_t
numbers_of (const rg_shape *shape)
{
    size_t count = 1;
    if (shape->batched || shape->dimensions < 1 || shape->dimensions > RG_DIMENSIONS)
        return 0;
    for (size_t d = 0; d < shape->dimensions; d++) {
        if (shape->dim[d] == 0 || shape->dim[d] > SIZE_MAX / sizeof (double) / count)
            return 0;
        count *= shape->dim[d];
    }
    return count;
}

/* Append a leaf in a flat vector of so many numbers. */
static rg_tensor
append_flat (rg_graph *graph, rg_graph_node *leaf, size_t length, const char *what)
{
    const size_t count = numbers_of (&leaf->shape);
    if (count != 0 && leaf->offset <= length && count <= length - leaf->offset)
        return rg_graph_append (graph, leaf);
    char shape[RG_SHAPE_TEXT];
    rg_shape_describe (&leaf->shape, shape, sizeof shape);
    return rg_graph_refuse (graph, RG_ERANGE, "%s: %s from %zu is outside the vector of %zu", what, shape, leaf->offset,
                            length);
}

rg_tensor
rg_graph_weight_array (rg_graph *graph, size_t offset, const rg_shape *shape)
{
    rg_graph_node leaf = { .kind = RG_NODE_WEIGHTS, .shape = *shape, .offset = offset, .differentiable = true };
    return append_flat (graph, &leaf, graph->weights, "weights");
}

rg_tensor
rg_graph_weights (rg_graph *graph, size_t offset, size_t rows, size_t cols)
{
    const rg_shape shape = rg_shape_matrix (rows, cols, 0);
    return rg_graph_weight_array (graph, offset, &shape);
}

rg_tensor
rg_graph_hyper_array (rg_graph *graph, size_t offset, const rg_shape *shape, int differentiable)
{
    rg_graph_node leaf = { .kind = RG_NODE_HYPER, .shape = *shape, .offset = offset, .differentiable = differentiable };
    return append_flat (graph, &leaf, graph->hypers, "hyperparameters");
}

rg_tensor
rg_graph_hyper_matrix (rg_graph *graph, size_t offset, size_t rows, size_t cols, int differentiable)
{
    const rg_shape shape = rg_shape_matrix (rows, cols, 0);
    return rg_graph_hyper_array (graph, offset, &shape, differentiable);
}

rg_tensor
rg_graph_hyper (rg_graph *graph, size_t offset, size_t count, int differentiable)
{
    return rg_graph_hyper_matrix (graph, offset, count, 1, differentiable);
}

rg_tensor
rg_graph_batch_array (rg_graph *graph, const rg_shape *shape, int differentiable)
{
    rg_shape one = *shape;
    one.batched = 0;
    if (!shape->batched || numbers_of (&one) == 0)
        return rg_graph_refuse (graph, RG_ERANGE, "batch: an example has no numbers");
    rg_graph_node leaf = { .kind = RG_NODE_BATCH, .shape = *shape, .differentiable = differentiable };
    return rg_graph_append (graph, &leaf);
}

rg_tensor
rg_graph_batch (rg_graph *graph, size_t cols, int differentiable)
{
    const rg_shape shape = rg_shape_matrix (1, cols, 1);
    return rg_graph_batch_array (graph, &shape, differentiable);
}

rg_tensor
rg_graph_integers (rg_graph *graph, const rg_shape *shape, size_t bound)
{
    rg_shape one = *shape;
    one.batched = 0;
    if (bound == 0 || bound > INT32_MAX)
        return rg_graph_refuse (graph, RG_ERANGE, "labels or indices: %zu classes", bound);
    if (numbers_of (&one) == 0)
        return rg_graph_refuse (graph, RG_ERANGE, "labels or indices: there are none");
    rg_graph_node leaf = { .kind = RG_NODE_INTEGERS, .shape = *shape, .bound = bound };
    return rg_graph_append (graph, &leaf);
}

rg_tensor
rg_graph_labels (rg_graph *graph, size_t classes)
{
    const rg_shape shape = rg_shape_matrix (1, 1, 1);
    return rg_graph_integers (graph, &shape, classes);
}

rg_tensor
rg_graph_constant (rg_graph *graph, size_t rows, size_t cols, const double *values)
{
    rg_graph_node leaf = { .kind = RG_NODE_CONSTANT, .shape = rg_shape_matrix (rows, cols, 0) };
    const size_t count = numbers_of (&leaf.shape);
    if (count == 0)
        return rg_graph_refuse (graph, RG_ERANGE, "constant: %zu x %zu", rows, cols);
    leaf.constant = rg_malloc (count, sizeof *values);
    if (leaf.constant == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    memcpy (leaf.constant, values, count * sizeof *values);
    return rg_graph_append (graph, &leaf);
}

/* source.c -- arrays that are weights, or hyperparameters; see source.h. */
#include "model/source.h"

static rg_tensor
weights_leaf (const rg_source *self, rg_graph *graph, size_t at, size_t rows, size_t cols)
{
    (void) self;
    return rg_graph_weights (graph, at, rows, cols);
}

rg_source
rg_source_weights (void)
{
    return (rg_source) { .leaf = weights_leaf };
}

static rg_tensor
block_leaf (const rg_source *self, rg_graph *graph, size_t at, size_t rows, size_t cols)
{
    const rg_block_source *own = (const rg_block_source *) self;
    return rg_graph_hyper_matrix (graph, own->first + at, rows, cols, own->differentiable);
}

rg_block_source
rg_source_block (size_t first, bool differentiable)
{
    return (rg_block_source) { { .leaf = block_leaf }, first, differentiable };
}

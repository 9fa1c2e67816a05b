/* source.c -- arrays that are weights, or hyperparameters; see source.h. */
#include "model/source.h"

#include "model/model.h"

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

/* The array that a place among all arrays is in, and how many numbers of its part come before it. */
static const rg_model_array *
array_at (const rg_model *model, size_t at, size_t *before, size_t *start)
{
    size_t end = 0, parts[2] = { 0, 0 };
    for (const rg_model_array *array = model->array;; array++) {
        const size_t count = array->rows * array->cols;
        end += count;
        if (at < end) {
            *before = parts[array->shared];
            *start = end - count;
            return array;
        }
        parts[array->shared] += count;
    }
}

static rg_tensor
split_leaf (const rg_source *self, rg_graph *graph, size_t at, size_t rows, size_t cols)
{
    const rg_split_source *own = (const rg_split_source *) self;
    size_t before, start;
    const rg_model_array *array = array_at (own->model, at, &before, &start);
    const size_t place = before + at - start;
    return array->shared ? rg_graph_hyper_matrix (graph, own->first + place, rows, cols, own->differentiable)
                         : rg_graph_weights (graph, place, rows, cols);
}

rg_split_source
rg_source_split (const rg_model *model, size_t first, bool differentiable)
{
    return (rg_split_source) { { .leaf = split_leaf }, model, first, differentiable };
}

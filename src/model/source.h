/* source.h -- where the arrays of a model come from. */
#ifndef RG_MODEL_SOURCE_H
#define RG_MODEL_SOURCE_H

#include <retrograde/model.h>

#include "graph/graph.h"

/*
 * Arrays are asked for in the flat order of a model, once for each time that the model is built. A source is the first member of
 * its kind's struct.
 */
typedef struct rg_source rg_source;
struct rg_source {
    size_t used; /* numbers handed out so far */
    /* A layer with arrays, counted from 0, is about to ask for them; NULL: nothing to do. */
    void (*enter) (rg_source *self, rg_graph *graph, size_t layer);
    /*
     * The copies that the layer has of each array, after `enter`; NULL: one. With K > 1 the tensor of an array has K rows, a copy
     * each, and the examples come in K groups.
     */
    size_t (*copies) (const rg_source *self);
    /* The rows x cols numbers from `at`, counted from the source's start; of several copies [copies x numbers]. */
    rg_tensor (*leaf) (const rg_source *self, rg_graph *graph, size_t at, size_t rows, size_t cols);
    const size_t *ends; /* [K] exclusive last row of each group of examples; NULL where there are no copies */
};

/* The flat weights themselves. */
rg_source rg_source_weights (void);

/* A block of hyperparameters. */
typedef struct {
    rg_source source;
    size_t first; /* of the block, in the flat hyperparameters */
    bool differentiable;
} rg_block_source;
rg_block_source rg_source_block (size_t first, bool differentiable);

/* The flat weights, and a block of hyperparameters for the arrays that are not adapted. */
typedef struct {
    rg_source source;
    const rg_model *model;
    size_t first; /* of the block, in the flat hyperparameters */
    bool differentiable;
} rg_split_source;
rg_split_source rg_source_split (const rg_model *model, size_t first, bool differentiable);

/* The flat weights of several tasks, as each task sees them: their own, the common ones, or mixtures. */
typedef struct {
    rg_source source;
    const rg_tasks *tasks;
    size_t mixtures; /* of the block `sharing`, in the flat hyperparameters */
    bool differentiable;
    size_t shared; /* shared layers so far */
    rg_sharing now;
    rg_tensor mixture; /* of the layer, or RG_NO_TENSOR */
} rg_task_source;

/*
 *   ends      [tasks]; kept by reference
 *   mixtures  first of the block `sharing`; anything where no layer is shared
 */
rg_task_source rg_source_tasks (const rg_tasks *tasks, const size_t *ends, size_t mixtures, bool differentiable);

/* How a layer, counted from 0, is shared. */
rg_sharing rg_tasks_sharing (const rg_tasks *tasks, size_t layer);

#endif /* RG_MODEL_SOURCE_H */

/*
 * tasks.c -- what the tasks of a model share; see source.h and retrograde/model.h.
 * Sharing by matrices is that of Maclaurin, Duvenaud, Adams 2015, section 3.5.
 */
#include "model/model.h"

const char *
rg_sharing_name (rg_sharing sharing)
{
    static const char *const names[] = { "separate", "tied", "shared" };
    return (size_t) sharing < sizeof names / sizeof *names ? names[sharing] : NULL;
}

rg_sharing
rg_tasks_sharing (const rg_tasks *tasks, size_t layer)
{
    return tasks->sharing == NULL ? RG_SEPARATE : tasks->sharing[layer];
}

size_t
rg_tasks_copies (const rg_tasks *tasks, size_t layer)
{
    return tasks == NULL || rg_tasks_sharing (tasks, layer) == RG_TIED ? 1 : tasks->tasks;
}

size_t
rg_tasks_sharings (const rg_tasks *tasks, const rg_model *model)
{
    size_t shared = 0;
    for (size_t layer = 0; layer < rg_model_layers (model); layer++)
        shared += rg_tasks_sharing (tasks, layer) == RG_SHARED;
    return shared * tasks->tasks * tasks->tasks;
}

size_t
rg_tasks_interactions (const rg_tasks *tasks)
{
    return tasks->tasks * (tasks->tasks - 1) / 2;
}

/* ---- As a source of arrays ------------------------------------------------ */

static void
enter (rg_source *self, rg_graph *graph, size_t layer)
{
    rg_task_source *own = (rg_task_source *) self;
    const size_t tasks = own->tasks->tasks;
    own->now = rg_tasks_sharing (own->tasks, layer);
    own->mixture = RG_NO_TENSOR;
    if (own->now != RG_SHARED)
        return;
    own->mixture = rg_graph_hyper_matrix (graph, own->mixtures + own->shared * tasks * tasks, tasks, tasks,
                                          own->differentiable);
    own->shared++;
}

static size_t
copies (const rg_source *self)
{
    const rg_task_source *own = (const rg_task_source *) self;
    return own->now == RG_TIED ? 1 : own->tasks->tasks;
}

static rg_tensor
leaf (const rg_source *self, rg_graph *graph, size_t at, size_t rows, size_t cols)
{
    const rg_task_source *own = (const rg_task_source *) self;
    if (own->now == RG_TIED)
        return rg_graph_weights (graph, at, rows, cols);
    const rg_tensor z = rg_graph_weights (graph, at, own->tasks->tasks, rows * cols);
    return own->mixture == RG_NO_TENSOR ? z : rg_graph_affine (graph, own->mixture, z, RG_NO_TENSOR);
}

rg_task_source
rg_source_tasks (const rg_tasks *tasks, const size_t *ends, size_t mixtures, bool differentiable)
{
    const rg_source source = { .enter = enter, .copies = copies, .leaf = leaf, .ends = ends };
    return (rg_task_source) { source, tasks, mixtures, differentiable, 0, RG_SEPARATE, RG_NO_TENSOR };
}

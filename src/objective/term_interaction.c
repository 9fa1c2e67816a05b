/* term_interaction.c -- the pull of tasks at each other: sum_{j<k} C_jk |z_j - z_k|^2; see term.h. */
#include "base/memory.h"
#include "model/model.h"
#include "objective/term.h"

static rg_status
check (const rg_model_loss *loss, const rg_block *block, rg_message *message)
{
    const rg_tasks *tasks = loss->tasks;
    if (tasks == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: there is one task", block->name);
    size_t tied = 0;
    for (size_t layer = 0; layer < rg_model_layers (loss->model); layer++)
        tied += rg_tasks_sharing (tasks, layer) == RG_TIED;
    if (tied == rg_model_layers (loss->model))
        return rg_fail (message, RG_EUNSUPPORTED, "%s: all layers are tied", block->name);
    const size_t pairs = rg_tasks_interactions (tasks);
    return block->size == pairs || block->scope == RG_PER_ALL
        ? RG_OK
        : rg_fail (message, RG_ESHAPE, "%s: expected %zu values, one for each pair of %zu tasks, got %zu", block->name, pairs,
                   tasks->tasks, block->size);
}

/* The block's numbers, one for each pair. */
static rg_status
strength_of (const rg_tasks *tasks, const rg_block *block, size_t at, rg_graph *graph, rg_tensor *out)
{
    const size_t pairs = rg_tasks_interactions (tasks);
    const rg_tensor own = *out = rg_graph_hyper (graph, at, block->size, !block->fixed);
    if (block->size == pairs)
        return RG_OK;
    double *ones = rg_malloc (pairs, sizeof *ones);
    if (ones == NULL)
        return RG_ENOMEM;
    for (size_t i = 0; i < pairs; i++)
        ones[i] = 1;
    *out = rg_graph_scale (graph, rg_graph_constant (graph, pairs, 1, ones), own);
    rg_free (ones);
    return RG_OK;
}

static rg_status
add (const rg_model_loss *loss, const rg_block *block, size_t at, rg_graph *graph, rg_tensor *total)
{
    const rg_layout *layout = rg_hyper_layout (loss->hyper);
    const rg_tasks *tasks = loss->tasks;
    rg_tensor strength;
    const rg_status status = strength_of (tasks, block, at, graph, &strength);
    for (size_t a = 0; status == RG_OK && a < loss->model->arrays; a++) {
        const rg_model_array *array = &loss->model->array[a];
        if (rg_tasks_sharing (tasks, array->layer) == RG_TIED)
            continue;
        const rg_tensor z = rg_graph_weights (graph, rg_layout_offset (layout, a), tasks->tasks, array->rows * array->cols);
        *total = rg_term_sum (graph, *total, rg_graph_interaction (graph, z, strength));
    }
    return status;
}

const rg_term rg_term_interaction = { .role = RG_INTERACTION, .check = check, .add = add };

/* network.c -- objectives of fully connected networks, by their widths; see retrograde/objective.h. */
#include <stdint.h>

#include <retrograde/objective.h>

#include "base/sized.h"
#include "objective/second_model.h"

rg_status
rg_network_layout (rg_layout **out, const rg_network *network)
{
    rg_model *model;
    *out = NULL;
    rg_status status = rg_model_mlp (&model, network, RG_LINEAR, 0, NULL);
    if (status == RG_OK)
        status = rg_model_layout (out, model, NULL);
    rg_model_free (model);
    return status;
}

/* ---- Second networks ------------------------------------------------------- */

size_t
rg_second_network_size (const rg_second_network *second)
{
    rg_model *model;
    if (second->network.widths == 0 || rg_model_mlp (&model, &second->network, second->output, second->noise, NULL) != RG_OK)
        return 0;
    const size_t size = rg_model_weights (model);
    rg_model_free (model);
    return size;
}

void
rg_second_network_draw (const rg_second_network *second, rg_role role, uint64_t seed, double scale, double *out)
{
    rg_model *model;
    if (rg_model_mlp (&model, &second->network, second->output, second->noise, NULL) == RG_OK)
        rg_second_draw (model, role, seed, scale, out);
    rg_model_free (model);
}

static rg_status
make_second (rg_model **out, const rg_second_network *second, rg_role role, rg_message *message)
{
    *out = NULL;
    if (second->network.widths == 0)
        return RG_OK;
    if (second->network.widths < 2)
        return rg_fail (message, RG_ERANGE, "%s: expected at least 2 widths, got %zu", rg_role_name (role), second->network.widths);
    const rg_status status = rg_model_mlp (out, &second->network, second->output, second->noise, message);
    return status == RG_ERANGE
        ? rg_fail (message, status, "%s: expected widths of at least 1, and fewer weights in all", rg_role_name (role))
        : status;
}

/* ---- Objectives -------------------------------------------------------------- */

rg_status
rg_objective_from_network (rg_objective **out, const rg_network_loss *given, rg_message *message)
{
    rg_network_loss own = { .size = sizeof own }, *spec = &own;
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_network_loss, hyper), given, "rg_network_loss", message);
    static const rg_second_networks none;
    const rg_second_networks *second = spec->second == NULL ? &none : spec->second;
    rg_model *model = NULL, *representation = NULL, *augmentation = NULL, *weighting = NULL;
    *out = NULL;
    if (status == RG_OK)
        status = rg_model_mlp (&model, &spec->network, RG_LINEAR, 0, message);
    if (status == RG_OK)
        status = make_second (&representation, &second->representation, RG_REPRESENTATION, message);
    if (status == RG_OK)
        status = make_second (&augmentation, &second->augmentation, RG_AUGMENTATION, message);
    if (status == RG_OK)
        status = make_second (&weighting, &second->weighting, RG_WEIGHTING, message);
    const rg_model_loss loss = { sizeof loss, model, NULL, spec->precision, spec->part, spec->data, spec->own_inputs, spec->batches, spec->shard,
                                 spec->hyper, { representation, augmentation, weighting } };
    if (status == RG_OK)
        status = rg_objective_from_model (out, &loss, message);
    rg_model_free (model);
    rg_model_free (representation);
    rg_model_free (augmentation);
    rg_model_free (weighting);
    return status;
}

/* ---- Several tasks ------------------------------------------------------------ */

static rg_tasks
tasks_of (const rg_multitask *multitask)
{
    return (rg_tasks) { multitask->tasks, multitask->sharing, multitask->one_vs_all };
}

rg_status
rg_multitask_layout (rg_layout **out, const rg_multitask *multitask)
{
    const rg_tasks tasks = tasks_of (multitask);
    rg_model *model;
    *out = NULL;
    rg_status status = rg_model_mlp (&model, &multitask->network, RG_LINEAR, 0, NULL);
    if (status == RG_OK)
        status = rg_model_layout (out, model, &tasks);
    rg_model_free (model);
    return status;
}

size_t
rg_multitask_sharings (const rg_multitask *multitask)
{
    size_t shared = 0;
    for (size_t layer = 0; multitask->sharing != NULL && layer + 1 < multitask->network.widths; layer++)
        shared += multitask->sharing[layer] == RG_SHARED;
    return shared * multitask->tasks * multitask->tasks;
}

size_t
rg_multitask_interactions (const rg_multitask *multitask)
{
    const rg_tasks tasks = tasks_of (multitask);
    return rg_tasks_interactions (&tasks);
}

rg_status
rg_objective_from_multitask (rg_objective **out, const rg_multitask_loss *given, rg_message *message)
{
    rg_multitask_loss own = { .size = sizeof own }, *spec = &own;
    *out = NULL;
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_multitask_loss, hyper), given, "rg_multitask_loss", message);
    if (status != RG_OK)
        return status;
    const rg_tasks tasks = tasks_of (&spec->model);
    rg_model *model;
    status = rg_model_mlp (&model, &spec->model.network, RG_LINEAR, 0, message);
    const rg_batches batches = { spec->sampler, rg_dataset_count (spec->data), spec->batch, spec->seed };
    const rg_model_loss loss = { .size = sizeof loss, .model = model, .tasks = &tasks, .precision = spec->precision, .part = spec->part,
                                 .data = spec->data, .own_inputs = spec->own_inputs, .batches = batches, .hyper = spec->hyper };
    if (status == RG_OK)
        status = rg_objective_from_model (out, &loss, message);
    rg_model_free (model);
    return status;
}

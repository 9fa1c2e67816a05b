/* build_initial.c -- the initial weights: a file, or random numbers. */
#include <math.h>

#include "base/memory.h"
#include "config/build.h"
#include "model/model.h"

/* Numbers that the file has: those of arrays that are not adapted, too. */
static size_t
numbers_of_file (const rg_config *config)
{
    return rg_layout_weights (config->layout) + rg_model_shared (config->model);
}

static rg_status
check_finite (const char *path, const double *values, size_t count, rg_message *message)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite (values[i]))
            return rg_fail (message, RG_ENONFINITE, "%s: weight %zu: expected a finite number, got %g", path, i, values[i]);
    return RG_OK;
}

static rg_status
read_file (const rg_config *config, const char *path, double **out, rg_message *message)
{
    const size_t count = numbers_of_file (config);
    rg_array array = { 0 };
    rg_status status = rg_inputs_read_npy (config->inputs, path, &array, message);
    if (status == RG_OK && rg_array_count (&array) != count)
        status = rg_fail (message, RG_ESHAPE, "%s: expected %zu weights, got %zu", path, count, rg_array_count (&array));
    if (status == RG_OK && (*out = rg_malloc (count, sizeof **out)) == NULL)
        status = rg_fail (message, RG_ENOMEM, "out of memory");
    if (status == RG_OK) {
        rg_array_to_double (&array, *out);
        status = check_finite (path, *out, count, message);
    }
    rg_array_clear (&array);
    return status;
}

/* config->weights, the arrays that are adapted, and config->shared, the others. */
static rg_status
take_parts (rg_config *config, double *all, rg_message *message)
{
    if (rg_model_shared (config->model) == 0) {
        config->weights = all;
        return RG_OK;
    }
    config->weights = rg_malloc (rg_layout_weights (config->layout), sizeof *config->weights);
    config->shared = rg_malloc (rg_model_shared (config->model), sizeof *config->shared);
    if (config->weights != NULL && config->shared != NULL) {
        rg_model_part (config->model, false, all, config->weights);
        rg_model_part (config->model, true, all, config->shared);
    }
    rg_free (all);
    return config->weights != NULL && config->shared != NULL ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory");
}

rg_status
rg_config_build_initial (rg_config *config, rg_message *message)
{
    const rg_values *values = &config->values;
    const char *path = values->model.weights;
    rg_initial *initial = &config->setup.problem.initial;
    initial->seed = (uint64_t) values->seed;
    initial->fresh = values->inner.restart == RG_RESTART_FRESH;
    initial->scale = values->model.scale;
    initial->model = config->model;
    initial->tasks = rg_config_tasks (config);
    if (path == NULL)
        return RG_OK;
    if (initial->fresh)
        return rg_tree_fail (config->tree, "inner.restart", message, RG_EUNSUPPORTED,
                             "expected same: model.weights gives the initial weights of every meta-iteration");
    double *all = NULL;
    rg_message reason = { "out of memory" };
    rg_status status = read_file (config, path, &all, &reason);
    if (status == RG_OK)
        status = take_parts (config, all, &reason);
    else
        rg_free (all);
    initial->values = config->weights;
    return status == RG_OK ? RG_OK : rg_config_fail (config, "model.weights", status, &reason, message);
}

rg_status
rg_config_check_initial (const rg_config *config, rg_message *message)
{
    rg_block block;
    if (config->weights == NULL && !config->values.model.scale_given && !rg_tree_has (config->tree, "model.init")
        && !rg_hyper_find (config->hyper, RG_WEIGHT_SCALE, &block))
        return rg_tree_fail (config->tree, "model", message, RG_EINPUT,
                             "expected weights, scale, init, or weight_scale under hyper: there are no initial weights");
    return RG_OK;
}

/* build_shared.c -- the arrays of a model that the inner problem does not adapt, as a block of hyperparameters. */
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "config/build.h"

/* Numbers of model.weights, of the initialiser, or normal ones that come after those of the weights. */
static void
draw (const rg_config *config, size_t count, double *out)
{
    const rg_initial *initial = &config->setup.problem.initial;
    const size_t weights = rg_layout_weights (config->layout);
    const rg_random random = { initial->seed, RG_STREAM_WEIGHTS, 0, 0 };
    if (config->shared != NULL)
        memcpy (out, config->shared, count * sizeof *out);
    else if (rg_model_draw_shared (config->model, initial->seed, 0, out) != RG_OK)
        for (size_t i = 0; i < count; i++)
            out[i] = initial->scale * rg_random_normal (&random, weights + i);
}

rg_status
rg_config_shared_values (const rg_config *config, const char *where, rg_block_spec *spec, double **values, rg_message *message)
{
    spec->count = rg_model_shared (config->model);
    if (spec->count == 0)
        return rg_tree_fail (config->tree, where, message, RG_EUNSUPPORTED, "expected inner.adapt: all arrays are adapted");
    if (config->weights == NULL && !config->values.model.scale_given && !rg_tree_has (config->tree, "model.init"))
        return rg_tree_fail (config->tree, "model", message, RG_EINPUT,
                             "expected weights, scale or init: the arrays that are not adapted have no initial values");
    spec->values = *values = rg_malloc (spec->count, sizeof **values);
    if (*values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", rg_role_name (spec->role));
    draw (config, spec->count, *values);
    return RG_OK;
}

rg_status
rg_config_fix_shared (rg_config *config, rg_message *message)
{
    rg_block_spec spec = rg_block_defaults (RG_SHARED_ARRAYS);
    rg_block tuned;
    double *values = NULL;
    rg_message reason;
    if (rg_model_shared (config->model) == 0 || rg_hyper_find (config->hyper, spec.role, &tuned))
        return RG_OK;
    if (config->tasks.tasks > 0)
        return rg_tree_fail (config->tree, "inner.adapt", message, RG_EUNSUPPORTED, "expected one task, got %zu", config->tasks.tasks);
    spec.fixed = 1;
    rg_status status = rg_config_shared_values (config, "inner.adapt", &spec, &values, message);
    if (status == RG_OK && (status = rg_hyper_add (config->hyper, &spec, &reason)) != RG_OK)
        status = rg_config_fail (config, "inner.adapt", status, &reason, message);
    rg_free (values);
    return status;
}

/* build_model.c -- the models that a configuration describes; see build.h. */
#include <stdio.h>

#include "base/memory.h"
#include "config/build.h"
#include "model/model_kind.h"

/* What a model was refused for, at its key. */
static rg_status
relay (const rg_tree *tree, rg_status status, const rg_message *reason, rg_message *message)
{
    char path[RG_TREE_PATH];
    snprintf (path, sizeof path, "model.%.200s", reason->subject[0] == '\0' ? "layers" : reason->subject);
    return rg_tree_fail (tree, path, message, status, "%s", reason->text);
}

rg_status
rg_config_build_model (rg_config *config, rg_message *message)
{
    const rg_choice *kind = &config->values.model.kind;
    size_t shape[RG_MAX_DIMENSIONS];
    rg_message reason = { "" };
    const int dimensions = rg_dataset_shape (config->train, shape);
    const rg_status status = rg_model_of_kind (&config->model, &kind->kind, kind->settings, dimensions, shape, &reason);
    return status == RG_OK ? RG_OK : relay (config->tree, status, &reason, message);
}

rg_status
rg_config_read_model (const rg_config *config, const char *key, rg_activation activation, rg_activation output, size_t noise,
                      rg_model **out, rg_message *message)
{
    const rg_tree *tree = config->tree;
    char path[96];
    snprintf (path, sizeof path, "%s.layers", key);
    const size_t widths = rg_tree_count (tree, path);
    size_t *width = rg_calloc (widths, sizeof *width);
    if (width == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    for (size_t i = 0; i < widths; i++) {
        snprintf (path, sizeof path, "%s.layers.%zu", key, i);
        width[i] = (size_t) rg_tree_whole (tree, path);
    }
    rg_message reason;
    const rg_status status = rg_model_mlp (out, &(rg_network) { widths, width, activation }, output, noise, &reason);
    rg_free (width);
    snprintf (path, sizeof path, "%s.layers", key);
    return status == RG_OK ? RG_OK : rg_tree_fail (tree, path, message, status, "%s", reason.text);
}

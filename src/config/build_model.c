/* build_model.c -- the models that a configuration describes; see build.h. */
#include <stdio.h>

#include "base/memory.h"
#include "config/build.h"

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

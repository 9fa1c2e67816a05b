/* build_model.c -- the model that a configuration describes; see build.h. */
#include <stdio.h>

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
rg_config_build_model (const rg_config *config, rg_model **out, rg_message *message)
{
    const rg_choice *kind = &config->values.model.kind;
    size_t shape[RG_MAX_DIMENSIONS];
    rg_message reason = { "" };
    const rg_model_ends ends = { rg_dataset_shape (config->train, shape), shape, 0, RG_LINEAR };
    const rg_texts *adapt = &config->values.inner.adapt;
    rg_status status = rg_model_of_kind (out, &kind->kind, kind->settings, &ends, &reason);
    if (status != RG_OK)
        return relay (config->tree, status, &reason, message);
    if (rg_tree_has (config->tree, "inner.adapt"))
        status = rg_model_adapt (*out, adapt->count, (const char *const *) adapt->values, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "inner.adapt", status, &reason, message);
}

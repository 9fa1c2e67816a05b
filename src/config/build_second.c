/* build_second.c -- the second networks that a configuration describes, and the values of their weights. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"
#include "objective/second_network.h"

enum { KEY_SIZE = 64 };

/* "model.NAME.key" */
static const char *
name_key (char out[KEY_SIZE], rg_role role, const char *key)
{
    snprintf (out, KEY_SIZE, "model.%s%s", rg_role_name (role), key);
    return out;
}

/* An activation under a key, or another where there is none. */
static rg_activation
read_activation (const rg_config *config, rg_role role, const char *key, rg_activation otherwise)
{
    char path[KEY_SIZE];
    name_key (path, role, key);
    return rg_tree_has (config->tree, path) ? rg_config_activation (rg_tree_text (config->tree, path)) : otherwise;
}

/* Where the weights come from: one source. */
static rg_status
check_source (const rg_config *config, rg_role role, rg_message *message)
{
    char weights[KEY_SIZE], scale[KEY_SIZE], whole[KEY_SIZE];
    const int from_file = rg_tree_has (config->tree, name_key (weights, role, ".weights"));
    const int random = rg_tree_has (config->tree, name_key (scale, role, ".scale"));
    if (from_file && random)
        return rg_tree_fail_at_key (config->tree, scale, message, RG_EINPUT,
                                    "%s gives the initial weights already; keep one of the two", weights);
    return from_file || random ? RG_OK
                               : rg_tree_fail (config->tree, name_key (whole, role, ""), message, RG_EINPUT,
                                               "expected weights or scale: there are no initial weights");
}

/* One network that the tree has. */
static rg_status
build_one (rg_config *config, rg_role role, size_t *width, size_t widths, rg_second_network *out, rg_message *message)
{
    char key[KEY_SIZE];
    for (size_t i = 0; i < widths; i++) {
        char entry[32];
        snprintf (entry, sizeof entry, ".layers.%zu", i);
        width[i] = (size_t) rg_tree_whole (config->tree, name_key (key, role, entry));
    }
    const rg_activation activation = read_activation (config, role, ".activation", RG_TANH);
    const rg_activation otherwise = role == RG_REPRESENTATION ? activation : role == RG_AUGMENTATION ? RG_TANH : RG_SIGMOID;
    *out = (rg_second_network) { { widths, width, activation }, read_activation (config, role, ".output", otherwise), 0 };
    if (rg_tree_has (config->tree, name_key (key, role, ".noise")))
        out->noise = (size_t) rg_tree_whole (config->tree, key);
    rg_message reason;
    const rg_status status = rg_second_check_widths (&config->second, role, rg_dataset_features (config->train),
                                                     config->widths[0], &reason);
    return status == RG_OK ? check_source (config, role, message)
                           : rg_config_fail (config, name_key (key, role, ".layers"), status, &reason, message);
}

rg_status
rg_config_build_second (rg_config *config, rg_message *message)
{
    rg_second_network *const networks[] = { &config->second.representation, &config->second.augmentation,
                                            &config->second.weighting };
    for (int i = 0; i < RG_SECONDS; i++) {
        const rg_role role = rg_second_role (i);
        char key[KEY_SIZE];
        if (!rg_tree_has (config->tree, name_key (key, role, "")))
            continue;
        if (config->multitask.tasks > 0)
            return rg_tree_fail_at_key (config->tree, key, message, RG_EUNSUPPORTED, "expected model.kind mlp beside it, got multitask");
        const size_t widths = rg_tree_count (config->tree, name_key (key, role, ".layers"));
        config->second_widths[i] = rg_calloc (widths, sizeof *config->second_widths[i]);
        if (config->second_widths[i] == NULL)
            return rg_fail (message, RG_ENOMEM, "out of memory for the model");
        const rg_status status = build_one (config, role, config->second_widths[i], widths, networks[i], message);
        if (status != RG_OK)
            return status;
    }
    return RG_OK;
}

rg_status
rg_config_second_values (const rg_config *config, const char *where, rg_block_spec *spec, double **values, rg_message *message)
{
    const rg_second_network *second = rg_second_of (&config->second, spec->role);
    char key[KEY_SIZE];
    if (second->network.widths == 0)
        return rg_tree_fail (config->tree, where, message, RG_EUNSUPPORTED, "expected model.%s, the network whose weights they are",
                             rg_role_name (spec->role));
    spec->count = rg_second_network_size (second);
    if (rg_tree_has (config->tree, name_key (key, spec->role, ".weights"))) {
        const rg_status status = rg_config_read_numbers (config, key, spec->count, values, message);
        spec->values = *values;
        return status;
    }
    spec->values = *values = rg_malloc (spec->count, sizeof **values);
    if (*values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", rg_role_name (spec->role));
    rg_second_network_draw (second, spec->role, (uint64_t) rg_tree_whole (config->tree, "seed"),
                            rg_tree_real (config->tree, name_key (key, spec->role, ".scale")), *values);
    return RG_OK;
}

/* An example has one weight. */
static rg_status
check_weights_of_examples (const rg_config *config, rg_message *message)
{
    rg_block block;
    return config->second.weighting.network.widths > 0 && rg_hyper_find (config->hyper, RG_EXAMPLE_WEIGHT, &block)
        ? rg_tree_fail_at_key (config->tree, "model.weighting", message, RG_EUNSUPPORTED,
                               "expected no example_weight under hyper: both say what an example weighs")
        : RG_OK;
}

rg_status
rg_config_fix_second (rg_config *config, rg_message *message)
{
    rg_status status = check_weights_of_examples (config, message);
    for (int i = 0; status == RG_OK && i < RG_SECONDS; i++) {
        rg_block_spec spec = rg_block_defaults (rg_second_role (i));
        rg_block tuned;
        char key[KEY_SIZE];
        double *values = NULL;
        rg_message reason;
        name_key (key, spec.role, "");
        if (!rg_tree_has (config->tree, key) || rg_hyper_find (config->hyper, spec.role, &tuned))
            continue;
        spec.fixed = 1;
        status = rg_config_second_values (config, key, &spec, &values, message);
        if (status == RG_OK && (status = rg_hyper_add (config->hyper, &spec, &reason)) != RG_OK)
            status = rg_config_fail (config, key, status, &reason, message);
        rg_free (values);
    }
    return status;
}

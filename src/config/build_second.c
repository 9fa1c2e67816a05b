/* build_second.c -- the second networks that a configuration describes, and the values of their weights. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"
#include "model/model_kind.h"
#include "objective/second_model.h"

enum { KEY_SIZE = 64 };

/* "model.NAME.key" */
static const char *
name_key (char out[KEY_SIZE], rg_role role, const char *key)
{
    snprintf (out, KEY_SIZE, "model.%s%s", rg_role_name (role), key);
    return out;
}

/* What the configuration says of one. */
static const rg_second_values *
said_of (const rg_config *config, rg_role role)
{
    const rg_model_values *model = &config->values.model;
    return role == RG_REPRESENTATION ? &model->representation : role == RG_AUGMENTATION ? &model->augmentation : &model->weighting;
}

/* Where the weights come from: one source. */
static rg_status
check_source (const rg_config *config, rg_role role, rg_message *message)
{
    static const char *const sources[] = { ".weights", ".init", ".scale" };
    char key[2][KEY_SIZE];
    int found = 0;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        found += rg_tree_has (config->tree, name_key (key[found], role, sources[i]));
        if (found == 2)
            return rg_tree_fail_at_key (config->tree, key[1], message, RG_EINPUT,
                                        "%s gives the initial weights already; keep one of the two", key[0]);
    }
    return found > 0 ? RG_OK : rg_tree_fail (config->tree, name_key (key[0], role, ""), message, RG_EINPUT,
                                             "expected weights, scale or init: there are no initial weights");
}

rg_second_models
rg_config_second (const rg_config *config)
{
    return (rg_second_models) { config->second[0], config->second[1], config->second[2] };
}

/* What comes after the last layer. */
static rg_activation
output_of (const rg_second_values *said, rg_role role, rg_activation activation)
{
    static const rg_activation of_weighting[] = { RG_SIGMOID, RG_SOFTPLUS_UNITS, RG_RELU }; /* as its words in skeleton.c */
    if (role == RG_WEIGHTING)
        return of_weighting[said->output_given ? said->output : 0];
    if (said->output_given)
        return (rg_activation) said->output;
    return role == RG_REPRESENTATION ? activation : RG_TANH;
}

static rg_status
make_model (const rg_config *config, rg_role role, rg_model **out, rg_message *reason)
{
    const rg_second_values *said = said_of (config, role);
    rg_model_settings *settings = said->kind.settings;
    size_t shape[RG_MAX_DIMENSIONS];
    if (said->output_given && ((const rg_model_kind *) said->kind.kind.row)->listed)
        return rg_fail_about (reason, RG_EUNSUPPORTED, "output", "a list of layers takes no output: it ends with the activation that is wanted");
    const rg_model_ends ends = { rg_dataset_shape (config->train, shape), shape, (size_t) said->noise,
                                 output_of (said, role, settings->activation) };
    return rg_model_of_kind (out, &said->kind.kind, settings, &ends, reason);
}

/* One model, of those that are there. */
static rg_status
build_one (const rg_config *config, int index, rg_model *models[], rg_message *message)
{
    char key[RG_TREE_PATH];
    const rg_role role = rg_second_role (index);
    rg_message reason = { "" };
    rg_status status = make_model (config, role, &models[index], &reason);
    if (status == RG_OK) {
        const rg_second_models second = { models[0], models[1], models[2] };
        status = rg_second_check_ends (&second, role, rg_dataset_features (config->train), rg_model_inputs (config->model), &reason);
    }
    if (status == RG_OK)
        return check_source (config, role, message);
    snprintf (key, sizeof key, "model.%s.%.200s", rg_role_name (role), reason.subject[0] == '\0' ? "layers" : reason.subject);
    return rg_config_fail (config, key, status, &reason, message);
}

rg_status
rg_config_build_second (const rg_config *config, rg_model *out[], rg_message *message)
{
    rg_status status = RG_OK;
    for (int i = 0; status == RG_OK && i < RG_SECONDS; i++) {
        char key[KEY_SIZE];
        if (!said_of (config, rg_second_role (i))->given)
            continue;
        if (config->tasks.tasks > 0)
            return rg_tree_fail_at_key (config->tree, name_key (key, rg_second_role (i), ""), message, RG_EUNSUPPORTED,
                                        "expected one task beside it, got %zu", config->tasks.tasks);
        status = build_one (config, i, out, message);
    }
    return status;
}

rg_status
rg_config_second_values (const rg_config *config, const char *where, rg_block_spec *spec, double **values, rg_message *message)
{
    const rg_second_models models = rg_config_second (config);
    const rg_model *second = rg_second_of (&models, spec->role);
    char key[KEY_SIZE];
    if (second == NULL)
        return rg_tree_fail (config->tree, where, message, RG_EUNSUPPORTED, "expected model.%s, the network whose weights they are",
                             rg_role_name (spec->role));
    spec->count = rg_model_weights (second);
    if (rg_tree_has (config->tree, name_key (key, spec->role, ".weights"))) {
        const rg_status status = rg_config_read_numbers (config, key, said_of (config, spec->role)->weights, spec->count, values, message);
        spec->values = *values;
        return status;
    }
    spec->values = *values = rg_malloc (spec->count, sizeof **values);
    if (*values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", rg_role_name (spec->role));
    const uint64_t seed = (uint64_t) rg_tree_whole (config->tree, "seed");
    if (rg_tree_has (config->tree, name_key (key, spec->role, ".init"))) /* not the numbers of the model's own weights */
        return rg_model_draw (second, NULL, seed + (uint64_t) spec->role * UINT64_C (0x9e3779b97f4a7c15), 0, *values);
    rg_second_draw (second, spec->role, seed, rg_tree_real (config->tree, name_key (key, spec->role, ".scale")), *values);
    return RG_OK;
}

/* An example has one weight. */
static rg_status
check_weights_of_examples (const rg_config *config, rg_message *message)
{
    rg_block block;
    return rg_config_second (config).weighting != NULL && rg_hyper_find (config->hyper, RG_EXAMPLE_WEIGHT, &block)
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

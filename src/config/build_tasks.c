/* build_tasks.c -- several tasks: which there are, what their networks share, and their objective. */
#include "base/memory.h"
#include "config/build.h"
#include "model/model_kind.h"

/* Keys that mean nothing without tasks. */
static rg_status
refuse_without_tasks (const rg_config *config, rg_message *message)
{
    static const char *const keys[] = { "model.tasks", "model.sharing", "data.train.tasks", "data.valid.tasks",
                                        "data.test.tasks", "inner.sharing", "inner.interaction" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (rg_tree_has (config->tree, keys[i]))
            return rg_tree_fail_at_key (config->tree, keys[i], message, RG_EUNSUPPORTED,
                                        "expected model.kind multitask beside it, got %s",
                                        rg_tree_text (config->tree, "model.kind"));
    return RG_OK;
}

/* Of layers of any kinds there are several copies where tasks are asked for. */
static int
has_tasks (const rg_model_values *model)
{
    const rg_model_kind *kind = model->kind.kind.row;
    return kind->tasks == RG_SEVERAL_TASKS || (kind->tasks == RG_TASKS_IF_ASKED && model->tasks_given);
}

/* How many tasks there are. */
static rg_status
count_tasks (const rg_config *config, rg_tasks *out, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_tasks *model = out;
    model->one_vs_all = config->values.model.tasks_given && config->values.model.tasks == 1;
    model->tasks = model->one_vs_all ? rg_dataset_classes (config->train) : rg_dataset_tasks (config->train);
    if (!model->one_vs_all && model->tasks == 0)
        return rg_tree_fail (tree, "data.train", message, RG_EINPUT,
                             "multitask needs tasks, a file with the task of each example, or model.tasks one-vs-all");
    const rg_dataset *const others[] = { config->valid, config->test };
    for (size_t i = 0; i < 2; i++)
        if (others[i] != NULL && !model->one_vs_all && rg_dataset_task (others[i]) == NULL)
            return rg_tree_fail (tree, i == 0 ? "data.valid" : "data.test", message, RG_EINPUT,
                                 "multitask needs tasks, a file with the task of each example, as in data.train");
    if (model->tasks < 2)
        return rg_tree_fail (tree, "model.kind", message, RG_ERANGE, "expected at least 2 tasks, got %zu", model->tasks);
    return RG_OK;
}

/* A word a layer. */
static rg_status
read_sharing (const rg_config *config, rg_sharing **out, rg_message *message)
{
    const rg_wholes *words = &config->values.model.sharing;
    const size_t layers = rg_model_layers (config->model);
    if (words->count == 0)
        return RG_OK;
    if (words->count != layers)
        return rg_tree_fail (config->tree, "model.sharing", message, RG_ESHAPE, "expected a word for each of %zu layers, got %zu",
                             layers, words->count);
    *out = rg_calloc (layers, sizeof **out);
    if (*out == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    for (size_t i = 0; i < layers; i++)
        (*out)[i] = (rg_sharing) words->values[i];
    return RG_OK;
}

rg_status
rg_config_build_tasks (const rg_config *config, rg_tasks *out, rg_sharing **sharing, rg_message *message)
{
    if (!has_tasks (&config->values.model))
        return refuse_without_tasks (config, message);
    rg_status status = count_tasks (config, out, message);
    if (status == RG_OK)
        status = read_sharing (config, sharing, message);
    out->sharing = *sharing;
    if (status == RG_OK && rg_tree_has (config->tree, "inner.shard"))
        status = rg_tree_fail_at_key (config->tree, "inner.shard", message, RG_EUNSUPPORTED,
                                      "the rows of a multitask step are one shard");
    return status;
}

/* (1 - s) I + s / K for each shared layer. */
static double *
mixtures (const rg_config *config, double share)
{
    const size_t tasks = config->tasks.tasks, count = rg_tasks_sharings (&config->tasks, config->model);
    double *values = rg_malloc (count, sizeof *values);
    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = share / (double) tasks + (i / tasks % tasks == i % tasks ? 1 - share : 0);
    return values;
}

rg_status
rg_config_tasks_values (const rg_config *config, const char *key, const rg_real_or_file *said, rg_block_spec *spec,
                        double **values, rg_message *message)
{
    const rg_tree *tree = config->tree;
    const int sharing = spec->role == RG_SHARING;
    if (config->tasks.tasks == 0)
        return rg_tree_fail (tree, key, message, RG_EUNSUPPORTED, "%s needs model.kind multitask",
                             rg_role_name (spec->role));
    spec->count = sharing ? rg_tasks_sharings (&config->tasks, config->model)
        : spec->scope == RG_PER_ALL ? 1 : rg_tasks_interactions (&config->tasks);
    if (spec->count == 0)
        return rg_tree_fail (tree, key, message, RG_EUNSUPPORTED, "sharing needs a layer that model.sharing calls shared");
    if (said->file != NULL)
        return rg_config_read_numbers (config, key, said->file, spec->count, values, message);
    const double init = said->given ? said->value : .5;
    if (!sharing) {
        spec->init = init;
        return RG_OK;
    }
    if (init < 0 || init > 1)
        return rg_tree_fail (tree, key, message, RG_ERANGE,
                             "expected the mean's share in each task from 0 to 1, or an .npy file, got %g", init);
    *values = mixtures (config, init);
    return *values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for %s", key) : RG_OK;
}

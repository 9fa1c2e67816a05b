/* build_data.c -- the sets of examples that a configuration names. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"

/* Read the part of the data under `key` ("data.train", "data.valid" or "data.test"), before first and count. */
static rg_status
read_part (const rg_config *config, const char *key, const rg_dataset_options *options, rg_dataset **out,
           rg_message *message)
{
    const rg_tree *tree = config->tree;
    char inputs_key[64], labels_key[64], kind_key[64];
    snprintf (kind_key, sizeof kind_key, "%s.kind", key);
    const char *format = rg_tree_has (tree, kind_key) ? kind_key : "data.kind", *kind = rg_tree_text (tree, format);
    snprintf (inputs_key, sizeof inputs_key, "%s.inputs", key);
    snprintf (labels_key, sizeof labels_key, "%s.labels", key);
    char *inputs = NULL, *labels = NULL, *directory = NULL;
    rg_status status = RG_OK;
    if (rg_tree_has (tree, inputs_key))
        status = rg_tree_file_at (tree, inputs_key, &inputs);
    if (status == RG_OK && rg_tree_has (tree, labels_key))
        status = rg_tree_file_at (tree, labels_key, &labels);
    if (status == RG_OK && rg_tree_has (tree, "data.directory"))
        status = rg_tree_file_at (tree, "data.directory", &directory);
    rg_message reason = { "out of memory" };
    const char *where = inputs != NULL ? inputs_key : directory != NULL ? "data.directory" : format;
    if (status != RG_OK)
        goto done;
    if (strcmp (kind, "fashion-mnist") == 0 || (strcmp (kind, "idx") == 0 && inputs == NULL)) {
        const char *folder = directory != NULL ? directory
            : strcmp (kind, "idx") == 0 ? NULL : rg_fashion_mnist_directory ();
        if (folder == NULL) {
            status = RG_EINPUT;
            if (strcmp (kind, "idx") == 0)
                snprintf (reason.text, sizeof reason.text, "idx data need inputs and labels, or data.directory");
            else
                snprintf (reason.text, sizeof reason.text,
                          "Fashion-MNIST is not installed: apt-get install dataset-fashion-mnist, or give data.directory");
        } else
            status = rg_dataset_load_mnist (out, folder, strcmp (key, "data.test") == 0 ? RG_PART_TEST : RG_PART_TRAIN,
                                            options, &reason);
    } else if (inputs == NULL) {
        status = RG_EINPUT;
        where = key;
        snprintf (reason.text, sizeof reason.text, "%s data need inputs", kind);
    } else if (labels == NULL && strcmp (kind, "csv") != 0) {
        status = RG_EINPUT;
        where = key;
        snprintf (reason.text, sizeof reason.text, "%s data need labels", kind);
    } else if (strcmp (kind, "idx") == 0)
        status = rg_dataset_load_idx (out, inputs, labels, options, &reason);
    else if (strcmp (kind, "npy") == 0)
        status = rg_dataset_load_npy (out, inputs, labels, options, &reason);
    else
        status = rg_dataset_load_csv (out, inputs, labels, options, &reason);
    if (status != RG_OK && labels != NULL && strncmp (reason.text, labels, strlen (labels)) == 0
        && reason.text[strlen (labels)] == ':') /* the sentence is about the labels */
        where = labels_key;
done:
    if (status != RG_OK)
        status = rg_config_fail (config, where, status, &reason, message);
    rg_free (inputs);
    rg_free (labels);
    rg_free (directory);
    return status;
}

/* The task of each example, where a file says so; it has the format of the labels. */
static rg_status
read_tasks (const rg_config *config, const char *key, rg_dataset *whole, rg_message *message)
{
    char tasks_key[64];
    snprintf (tasks_key, sizeof tasks_key, "%s.tasks", key);
    if (!rg_tree_has (config->tree, tasks_key))
        return RG_OK;
    const char *kind = rg_tree_text (config->tree, "data.kind");
    char *path = NULL;
    rg_array tasks = { 0 };
    rg_message reason = { "out of memory" };
    rg_status status = rg_tree_file_at (config->tree, tasks_key, &path);
    if (status == RG_OK)
        status = strcmp (kind, "npy") == 0 ? rg_npy_read (path, &tasks, &reason)
            : strcmp (kind, "csv") == 0    ? rg_csv_read (path, &tasks, &reason)
                                           : rg_idx_read (path, &tasks, &reason);
    if (status == RG_OK)
        rg_inputs_add (config->inputs, &(rg_input) { path, tasks.digest });
    if (status == RG_OK)
        status = rg_dataset_set_tasks (whole, &tasks, path, &reason);
    rg_array_clear (&tasks);
    rg_free (path);
    return status == RG_OK ? RG_OK : rg_config_fail (config, tasks_key, status, &reason, message);
}

/* The examples [first, first + count) of a part, where the config asks for them. */
static rg_status
build_part (const rg_config *config, const char *key, const rg_dataset_options *options, rg_dataset **out,
            rg_message *message)
{
    char first_key[64], count_key[64];
    snprintf (first_key, sizeof first_key, "%s.first", key);
    snprintf (count_key, sizeof count_key, "%s.count", key);
    rg_dataset *whole;
    rg_status status = read_part (config, key, options, &whole, message);
    *out = NULL;
    if (status != RG_OK)
        return status;
    status = read_tasks (config, key, whole, message);
    if (status != RG_OK) {
        rg_dataset_free (whole);
        return status;
    }
    const int has_first = rg_tree_has (config->tree, first_key), has_count = rg_tree_has (config->tree, count_key);
    if (!has_first && !has_count) {
        *out = whole;
        return RG_OK;
    }
    const size_t available = rg_dataset_count (whole);
    const size_t first = has_first ? (size_t) rg_tree_whole (config->tree, first_key) : 0;
    const size_t count = has_count ? (size_t) rg_tree_whole (config->tree, count_key) : available - first;
    if (first >= available)
        status = rg_tree_fail (config->tree, first_key, message, RG_ERANGE,
                               "expected one of the %zu examples, from 0, got %zu", available, first);
    else if (count > available - first)
        status = rg_tree_fail (config->tree, count_key, message, RG_ERANGE,
                               "expected at most %zu examples from %zu on, got %zu", available - first, first, count);
    else {
        rg_message reason;
        status = rg_dataset_subset (out, whole, first, count, &reason);
        if (status != RG_OK)
            status = rg_config_fail (config, key, status, &reason, message);
    }
    rg_dataset_free (whole);
    return status;
}

/* The part whose mean is subtracted comes last. */
static rg_status
center (rg_config *config, rg_message *message)
{
    const int by_train = strcmp (rg_tree_text (config->tree, "data.center_by"), "train") == 0;
    rg_dataset *by = by_train ? config->train : config->valid, *const parts[] = { by_train ? config->valid : NULL,
                                                                                  config->test, by };
    if (by == NULL)
        return rg_tree_fail (config->tree, "data.center_by", message, RG_EINPUT, "valid needs data.valid");
    rg_message reason;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < sizeof parts / sizeof *parts; i++)
        if (parts[i] != NULL)
            status = rg_dataset_center (parts[i], by, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "data.center", status, &reason, message);
}

/* A part beside the training examples, with as many inputs an example. */
static rg_status
build_other (const rg_config *config, const char *key, const rg_dataset_options *options, rg_dataset **out,
             rg_message *message)
{
    if (!rg_tree_has (config->tree, key))
        return RG_OK;
    const rg_status status = build_part (config, key, options, out, message);
    if (status != RG_OK || rg_dataset_features (*out) == rg_dataset_features (config->train))
        return status;
    return rg_tree_fail (config->tree, key, message, RG_ESHAPE,
                         "expected %zu inputs an example as in data.train, got %zu",
                         rg_dataset_features (config->train), rg_dataset_features (*out));
}

rg_status
rg_config_build_data (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_dataset_options options = { .read = rg_inputs_add, .user = config->inputs };
    options.pool = rg_tree_has (tree, "data.pool") ? (uint32_t) rg_tree_whole (tree, "data.pool") : 0;
    options.classes = rg_tree_has (tree, "data.classes") ? (uint32_t) rg_tree_whole (tree, "data.classes") : 0;
    rg_status status = build_part (config, "data.train", &options, &config->train, message);
    if (status == RG_OK && options.classes == 0)
        options.classes = rg_dataset_classes (config->train);
    if (status == RG_OK)
        status = build_other (config, "data.valid", &options, &config->valid, message);
    if (status == RG_OK)
        status = build_other (config, "data.test", &options, &config->test, message);
    if (status == RG_OK && rg_tree_has (tree, "data.center") && rg_tree_flag (tree, "data.center"))
        status = center (config, message);
    return status;
}

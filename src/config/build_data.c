/* build_data.c -- the sets of examples that a configuration names. */
#include <stdio.h>
#include <string.h>

#include "config/build.h"

enum { KEY_SIZE = 64 };

/* How a part of the data is asked for. */
typedef struct {
    const rg_config *config;
    const char *key; /* "data.train", "data.valid" or "data.test" */
    const rg_part_values *said;
    rg_part mnist;   /* of an MNIST-like set */
    const rg_dataset_options *options;
    rg_message *message;
} request;

typedef rg_status loader (rg_dataset **out, const char *inputs, const char *labels, const rg_dataset_options *options,
                          rg_message *message);

/* The formats of files, in the order of rg_format. */
static const struct {
    const char *name;
    int needs_labels;  /* whether they are a file of their own */
    int has_directory; /* whether there may be a directory with the four files of MNIST in the place of inputs */
    loader *load;
    rg_status (*read) (const char *path, rg_array *out, rg_message *message);
} formats[] = {
    [RG_FORMAT_FASHION_MNIST] = { "fashion-mnist", 1, 1, rg_dataset_load_idx, rg_idx_read },
    [RG_FORMAT_IDX] = { "idx", 1, 1, rg_dataset_load_idx, rg_idx_read },
    [RG_FORMAT_NPY] = { "npy", 1, 0, rg_dataset_load_npy, rg_npy_read },
    [RG_FORMAT_CSV] = { "csv", 0, 0, rg_dataset_load_csv, rg_csv_read },
};

static rg_status
fail (const request *of, const char *key, rg_status status, const rg_message *reason)
{
    char path[KEY_SIZE];
    snprintf (path, sizeof path, "%s%s", of->key, key);
    return status == RG_OK ? RG_OK : rg_config_fail (of->config, path, status, reason, of->message);
}

static int
format_of (const request *of)
{
    return of->said->kind_given ? of->said->kind : of->config->values.data.kind;
}

/* The key that says the format. */
static const char *
format_key (const request *of, char out[KEY_SIZE])
{
    snprintf (out, KEY_SIZE, "%s.kind", of->said->kind_given ? of->key : "data");
    return out;
}

/* A part of an MNIST-like set in a directory: the one that is told, or that of Fashion-MNIST's package. */
static rg_status
read_directory (const request *of, rg_dataset **out)
{
    char format[KEY_SIZE];
    const char *told = of->config->values.data.directory, *where = told != NULL ? "data.directory" : format_key (of, format);
    const int fashion = format_of (of) == RG_FORMAT_FASHION_MNIST;
    const char *folder = told != NULL ? told : fashion ? rg_fashion_mnist_directory () : NULL;
    rg_message reason;
    if (folder == NULL)
        return rg_tree_fail (of->config->tree, where, of->message, RG_EINPUT,
                             fashion ? "Fashion-MNIST is not installed: apt-get install dataset-fashion-mnist, or give data.directory"
                                     : "idx data need inputs and labels, or data.directory");
    const rg_status status = rg_dataset_load_mnist (out, folder, of->mnist, of->options, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (of->config, where, status, &reason, of->message);
}

/* Read a part before first and count; a refusal of the labels is at their key. */
static rg_status
read_part (const request *of, rg_dataset **out)
{
    const rg_part_values *said = of->said;
    const int format = format_of (of);
    rg_message reason;
    if (format == RG_FORMAT_FASHION_MNIST || (formats[format].has_directory && said->inputs == NULL))
        return read_directory (of, out);
    if (said->inputs == NULL)
        return rg_tree_fail (of->config->tree, of->key, of->message, RG_EINPUT, "%s data need inputs", formats[format].name);
    if (said->labels == NULL && formats[format].needs_labels)
        return rg_tree_fail (of->config->tree, of->key, of->message, RG_EINPUT, "%s data need labels", formats[format].name);
    const rg_status status = formats[format].load (out, said->inputs, said->labels, of->options, &reason);
    const int about_labels = status != RG_OK && said->labels != NULL && strcmp (reason.subject, "labels") == 0;
    return fail (of, about_labels ? ".labels" : ".inputs", status, &reason);
}

/* The task of each example, where a file says so; it has the format of the labels. */
static rg_status
read_tasks (const request *of, rg_dataset *whole)
{
    const char *path = of->said->tasks;
    rg_array tasks = { 0 };
    rg_message reason;
    if (path == NULL)
        return RG_OK;
    rg_status status = formats[of->config->values.data.kind].read (path, &tasks, &reason);
    if (status == RG_OK) {
        rg_inputs_add (of->config->inputs, &(rg_input) { path, tasks.digest });
        status = rg_dataset_set_tasks (whole, &tasks, path, &reason);
    }
    rg_array_clear (&tasks);
    return fail (of, ".tasks", status, &reason);
}

/* The examples [first, first + count) of a part, where the config asks for them. */
static rg_status
take_range (const request *of, const rg_dataset *whole, rg_dataset **out)
{
    const size_t available = rg_dataset_count (whole), first = (size_t) of->said->first;
    const size_t count = of->said->count > 0 ? (size_t) of->said->count : available - first;
    rg_message reason;
    if (first >= available) {
        rg_fail (&reason, RG_ERANGE, "expected one of the %zu examples, from 0, got %zu", available, first);
        return fail (of, ".first", RG_ERANGE, &reason);
    }
    if (count > available - first) {
        rg_fail (&reason, RG_ERANGE, "expected at most %zu examples from %zu on, got %zu", available - first, first, count);
        return fail (of, ".count", RG_ERANGE, &reason);
    }
    return fail (of, "", rg_dataset_subset (out, whole, first, count, &reason), &reason);
}

static rg_status
build_part (const request *of, rg_dataset **out)
{
    rg_dataset *whole = NULL;
    *out = NULL;
    rg_status status = read_part (of, &whole);
    if (status == RG_OK)
        status = read_tasks (of, whole);
    if (status == RG_OK && of->said->first == 0 && of->said->count == 0) {
        *out = whole;
        return RG_OK;
    }
    if (status == RG_OK)
        status = take_range (of, whole, out);
    rg_dataset_free (whole);
    return status;
}

/* The part whose mean is subtracted comes last. */
static rg_status
center (const rg_config *config, const rg_sets *sets, rg_message *message)
{
    const int by_train = config->values.data.center_by == 0;
    rg_dataset *by = by_train ? sets->train : sets->valid, *const parts[] = { by_train ? sets->valid : NULL, sets->test, by };
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
build_other (const request *of, const rg_dataset *train, rg_dataset **out)
{
    if (!of->said->given)
        return RG_OK;
    const rg_status status = build_part (of, out);
    if (status != RG_OK || rg_dataset_features (*out) == rg_dataset_features (train))
        return status;
    return rg_tree_fail (of->config->tree, of->key, of->message, RG_ESHAPE,
                         "expected %zu inputs an example as in data.train, got %zu", rg_dataset_features (train),
                         rg_dataset_features (*out));
}

rg_status
rg_config_build_data (const rg_config *config, rg_sets *out, rg_message *message)
{
    const rg_data_values *said = &config->values.data;
    rg_dataset_options options = { .read = rg_inputs_add, .user = config->inputs, .pool = (uint32_t) said->pool,
                                   .classes = (uint32_t) said->classes };
    const request train = { config, "data.train", &said->train, RG_PART_TRAIN, &options, message };
    const request valid = { config, "data.valid", &said->valid, RG_PART_TRAIN, &options, message };
    const request test = { config, "data.test", &said->test, RG_PART_TEST, &options, message };
    *out = (rg_sets) { 0 };
    rg_status status = build_part (&train, &out->train);
    if (status == RG_OK && options.classes == 0)
        options.classes = rg_dataset_classes (out->train);
    if (status == RG_OK)
        status = build_other (&valid, out->train, &out->valid);
    if (status == RG_OK)
        status = build_other (&test, out->train, &out->test);
    if (status == RG_OK && said->center)
        status = center (config, out, message);
    return status;
}

void
rg_sets_clear (rg_sets *sets)
{
    rg_dataset_free (sets->train);
    rg_dataset_free (sets->valid);
    rg_dataset_free (sets->test);
    *sets = (rg_sets) { 0 };
}

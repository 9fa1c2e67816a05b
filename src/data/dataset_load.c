/* dataset_load.c -- sets of examples from files; see data.h. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/source.h"

typedef rg_status reader (const char *path, rg_array *out, rg_message *message);

/* Say which file was read. */
static void
tell (const rg_dataset_options *options, const char *path, const rg_array *array)
{
    if (options != NULL && options->read != NULL)
        options->read (options->user, &(rg_input) { path, array->digest });
}

static rg_status
load_pair (rg_dataset **out, reader *read, const char *inputs_path, const char *targets_path,
           const rg_dataset_options *options, rg_message *message)
{
    rg_array inputs, targets = { 0 };
    *out = NULL;
    rg_status status = read (inputs_path, &inputs, message);
    if (status == RG_OK) {
        tell (options, inputs_path, &inputs);
        status = read (targets_path, &targets, message);
    }
    if (status == RG_OK) {
        tell (options, targets_path, &targets);
        status = rg_dataset_new (out, &inputs, &targets, options, inputs_path, targets_path, message);
    }
    rg_array_clear (&inputs);
    rg_array_clear (&targets);
    return status;
}

rg_status
rg_dataset_load_idx (rg_dataset **out, const char *inputs_path, const char *targets_path,
                     const rg_dataset_options *options, rg_message *message)
{
    return load_pair (out, rg_idx_read, inputs_path, targets_path, options, message);
}

rg_status
rg_dataset_load_npy (rg_dataset **out, const char *inputs_path, const char *targets_path,
                     const rg_dataset_options *options, rg_message *message)
{
    return load_pair (out, rg_npy_read, inputs_path, targets_path, options, message);
}

/* Move one column (from 1; 0: the last) of a table to an array of its own. */
static rg_status
split_column (rg_array *table, uint32_t column, rg_array *out, const char *path, rg_message *message)
{
    const size_t rows = table->shape[0], columns = table->shape[1];
    if (columns < 2)
        return rg_fail (message, RG_ESHAPE, "%s: expected at least 2 columns, inputs and a target, got 1", path);
    if (column > columns)
        return rg_fail (message, RG_ERANGE, "%s: expected the targets in column %u, got %zu columns", path, column,
                        columns);
    const size_t cut = column == 0 ? columns - 1 : column - 1;
    if (rg_array_new (out, RG_FLOAT64, 1, &rows) != RG_OK)
        return rg_fail_memory (message, path);
    double *from = table->data, *to = table->data;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++, from++)
            if (j == cut)
                ((double *) out->data)[i] = *from;
            else
                *to++ = *from;
    table->shape[1] = columns - 1;
    return RG_OK;
}

rg_status
rg_dataset_load_csv (rg_dataset **out, const char *inputs_path, const char *targets_path,
                     const rg_dataset_options *options, rg_message *message)
{
    if (targets_path != NULL)
        return load_pair (out, rg_csv_read, inputs_path, targets_path, options, message);
    rg_array table, targets = { 0 };
    *out = NULL;
    rg_status status = rg_csv_read (inputs_path, &table, message);
    if (status == RG_OK) {
        tell (options, inputs_path, &table);
        status = split_column (&table, options == NULL ? 0 : options->column, &targets, inputs_path, message);
    }
    if (status == RG_OK)
        status = rg_dataset_new (out, &table, &targets, options, inputs_path, inputs_path, message);
    rg_array_clear (&table);
    rg_array_clear (&targets);
    return status;
}

/* ---- MNIST and its relatives ----------------------------------------- */

enum { LONGEST_PATH = 4096 };

/* Find a file of a folder, as it is or with .gz. */
static rg_status
find_file (const char *folder, const char *name, char path[LONGEST_PATH], rg_message *message)
{
    static const char *const endings[] = { "", ".gz" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const int length = snprintf (path, LONGEST_PATH, "%s/%s%s", folder, name, endings[i]);
        if (length > 0 && length < LONGEST_PATH && access (path, R_OK) == 0)
            return RG_OK;
    }
    return rg_fail (message, RG_EINPUT, "%s: expected a file %s or %s.gz in this folder", folder, name, name);
}

rg_status
rg_dataset_load_mnist (rg_dataset **out, const char *folder, rg_part part, const rg_dataset_options *options,
                       rg_message *message)
{
    static const char *const names[][2] = {
        [RG_PART_TRAIN] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" },
        [RG_PART_TEST] = { "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" },
    };
    char images[LONGEST_PATH], labels[LONGEST_PATH];
    *out = NULL;
    rg_status status = find_file (folder, names[part][0], images, message);
    if (status == RG_OK)
        status = find_file (folder, names[part][1], labels, message);
    return status != RG_OK ? status : rg_dataset_load_idx (out, images, labels, options, message);
}

const char *
rg_fashion_mnist_directory (void)
{
    static const char *const folders[] = { "/usr/share/datasets/fashion-mnist", "/usr/share/dataset-fashion-mnist",
                                           "/usr/local/share/datasets/fashion-mnist" };
    char path[LONGEST_PATH];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (find_file (folders[i], "train-images-idx3-ubyte", path, NULL) == RG_OK)
            return folders[i];
    return NULL;
}

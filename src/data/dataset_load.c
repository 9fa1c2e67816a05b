/* dataset_load.c -- sets of examples from files; see data.h. */
#include "base/memory.h"
#include "data/dataset.h"
#include "data/format/mnist_files.h"
#include "data/source.h"

typedef rg_status reader (const char *path, rg_array *out, rg_message *message);

/* Say which file was read. */
static void
tell (const rg_dataset_options *options, const char *path, const rg_array *array)
{
    if (options->read != NULL)
        options->read (options->user, &(rg_input) { path, array->digest });
}

static rg_status
load_pair (rg_dataset **out, reader *read, const char *inputs_path, const char *targets_path,
           const rg_dataset_options *given, rg_message *message)
{
    rg_array inputs = { 0 }, targets = { 0 };
    rg_dataset_options own, *options = &own;
    *out = NULL;
    rg_status status = rg_dataset_options_read (options, given, message);
    if (status == RG_OK)
        status = read (inputs_path, &inputs, message);
    if (status == RG_OK) {
        tell (options, inputs_path, &inputs);
        status = rg_set_subject (message, read (targets_path, &targets, message), "labels");
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
                     const rg_dataset_options *given, rg_message *message)
{
    if (targets_path != NULL)
        return load_pair (out, rg_csv_read, inputs_path, targets_path, given, message);
    rg_array table = { 0 }, targets = { 0 };
    rg_dataset_options own, *options = &own;
    *out = NULL;
    rg_status status = rg_dataset_options_read (options, given, message);
    if (status == RG_OK)
        status = rg_csv_read (inputs_path, &table, message);
    if (status == RG_OK) {
        tell (options, inputs_path, &table);
        status = split_column (&table, options->column, &targets, inputs_path, message);
    }
    if (status == RG_OK)
        status = rg_dataset_new (out, &table, &targets, options, inputs_path, inputs_path, message);
    rg_array_clear (&table);
    rg_array_clear (&targets);
    return status;
}

rg_status
rg_dataset_load_mnist (rg_dataset **out, const char *folder, rg_part part, const rg_dataset_options *options,
                       rg_message *message)
{
    rg_mnist_files files;
    *out = NULL;
    const rg_status status = rg_mnist_find (&files, folder, part, message);
    return status != RG_OK ? status : rg_dataset_load_idx (out, files.images, files.labels, options, message);
}

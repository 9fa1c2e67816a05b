/* values.c -- see values.h. */
#include "study/values.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <retrograde/data.h>

#include "base/memory.h"

enum { PATH_SIZE = 4096 };

/* The largest table of what a tied block uses that is written: 2^24 numbers. */
static const size_t largest_table = (size_t) 1 << 24;

static rg_status
write_naturals (const char *path, const rg_hyper *hyper, const rg_block *block, rg_message *message)
{
    rg_array array = { .type = RG_FLOAT64 };
    array.ndim = rg_block_shape (block, array.shape);
    double *values = rg_malloc (block->size, sizeof *values);
    if (values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", path);
    rg_block_naturals (hyper, block, values);
    array.data = values;
    const rg_status status = rg_npy_write (path, &array, message);
    rg_free (values);
    return status;
}

static rg_status
write_used (const char *path, const rg_block *block, size_t steps, rg_message *message)
{
    rg_array array = { .type = RG_FLOAT64 };
    const size_t rows = block->per_step ? steps : 1;
    if (block->slice > largest_table / rows)
        return RG_OK;
    if (block->per_step)
        array.shape[array.ndim++] = steps;
    if (block->scope != RG_PER_ALL)
        array.shape[array.ndim++] = block->slice;
    double *values = rg_malloc (rows * block->slice, sizeof *values);
    if (values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", path);
    for (size_t t = 0; t < rows; t++)
        memcpy (values + t * block->slice, rg_block_values (block, t), block->slice * sizeof *values);
    array.data = values;
    const rg_status status = rg_npy_write (path, &array, message);
    rg_free (values);
    return status;
}

rg_status
rg_values_write (const char *directory, const char *folder, const rg_hyper *hyper, rg_message *message)
{
    char path[PATH_SIZE];
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        snprintf (path, sizeof path, "%s/%s/%s.npy", directory, folder, block.name);
        if (!block.fixed)
            status = write_naturals (path, hyper, &block, message);
        snprintf (path, sizeof path, "%s/%s/%s.used.npy", directory, folder, block.name);
        if (status == RG_OK && block.tied != NULL)
            status = write_used (path, &block, rg_hyper_steps (hyper), message);
    }
    return status;
}

void
rg_values_clean (const char *directory, const char *folder)
{
    char path[PATH_SIZE];
    snprintf (path, sizeof path, "%s/%s", directory, folder);
    DIR *listed = opendir (path);
    if (listed == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir (listed)) != NULL;)
        if (strstr (entry->d_name, ".npy.tmp.") != NULL
            && (size_t) snprintf (path, sizeof path, "%s/%s/%s", directory, folder, entry->d_name) < sizeof path)
            unlink (path);
    closedir (listed);
}

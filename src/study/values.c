/* values.c -- see values.h. */
#include "study/values.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/npy_write.h"

/* The largest table of what a tied block uses that is written: 2^24 numbers. */
static const size_t largest_table = (size_t) 1 << 24;

static rg_status
write_naturals (const rg_entry *entry, const rg_hyper *hyper, const rg_block *block, rg_message *message)
{
    rg_array array = { .type = RG_FLOAT64 };
    array.ndim = rg_block_shape (block, array.shape);
    double *values = rg_malloc (block->size, sizeof *values);
    if (values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", entry->path);
    rg_block_naturals (hyper, block, values);
    array.data = values;
    const rg_status status = rg_npy_write_at (entry, &array, message);
    rg_free (values);
    return status;
}

static rg_status
write_used (const rg_entry *entry, const rg_block *block, size_t steps, rg_message *message)
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
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", entry->path);
    for (size_t t = 0; t < rows; t++)
        memcpy (values + t * block->slice, rg_block_values (block, t), block->slice * sizeof *values);
    array.data = values;
    const rg_status status = rg_npy_write_at (entry, &array, message);
    rg_free (values);
    return status;
}

rg_status
rg_values_write (const rg_study *study, rg_folder folder, const rg_hyper *hyper, rg_message *message)
{
    char name[RG_STUDY_PATH], path[RG_STUDY_PATH];
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        snprintf (name, sizeof name, "%s.npy", block.name);
        rg_entry entry = rg_study_entry (study, folder, name, path);
        if (!block.fixed)
            status = write_naturals (&entry, hyper, &block, message);
        snprintf (name, sizeof name, "%s.used.npy", block.name);
        entry = rg_study_entry (study, folder, name, path);
        if (status == RG_OK && block.tied != NULL)
            status = write_used (&entry, &block, rg_hyper_steps (hyper), message);
    }
    return status;
}

void
rg_values_clean (const rg_study *study, rg_folder folder)
{
    const int handle = openat (study->folder[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listed = handle < 0 ? NULL : fdopendir (handle);
    if (listed == NULL) {
        if (handle >= 0)
            close (handle);
        return;
    }
    for (const struct dirent *found; (found = readdir (listed)) != NULL;)
        if (strstr (found->d_name, ".npy.tmp.") != NULL || strstr (found->d_name, ".npz.tmp.") != NULL)
            unlinkat (study->folder[folder], found->d_name, 0);
    closedir (listed);
}

/* rows.c -- which rows of their file the parts of a split took; see retrograde/study.h. */
#include "base/memory.h"
#include "data/npy_write.h"
#include "study/study_parts.h"

static rg_status
write_rows (const rg_study *study, const char *name, const rg_dataset *set, rg_message *message)
{
    char path[RG_STUDY_PATH];
    const size_t count = rg_dataset_count (set), *rows = rg_dataset_rows (set);
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, name, path);
    int64_t *wide = rg_malloc (count, sizeof *wide);
    if (wide == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for %s", path);
    for (size_t i = 0; i < count; i++)
        wide[i] = (int64_t) rows[i];
    const rg_array array = { .type = RG_INT64, .ndim = 1, .shape = { count }, .data = wide };
    const rg_status status = rg_npy_write_at (&entry, &array, message);
    rg_free (wide);
    return status;
}

rg_status
rg_study_write_rows (rg_study *study, const rg_dataset *const sets[RG_PARTS], rg_message *message)
{
    static const char *const names[RG_PARTS] = { "rows.train.npy", "rows.valid.npy", "rows.test.npy" };
    rg_status status = RG_OK;
    for (int part = 0; status == RG_OK && !study->follows && part < RG_FURTHER; part++)
        if (sets[part] != NULL && rg_dataset_rows (sets[part]) != NULL)
            status = write_rows (study, names[part], sets[part], message);
    return status;
}

/* npy_write.h -- writing an NPY file into an open directory. */
#ifndef RG_DATA_NPY_WRITE_H
#define RG_DATA_NPY_WRITE_H

#include <retrograde/data.h>

#include "base/entry.h"

/* As rg_npy_write, the file being an entry of a directory: a link of that name is replaced, not followed. */
rg_status rg_npy_write_at (const rg_entry *entry, const rg_array *array, rg_message *message);

#endif /* RG_DATA_NPY_WRITE_H */

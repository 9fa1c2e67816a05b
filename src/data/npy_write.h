/* npy_write.h -- writing NPY and NPZ files into an open directory. */
#ifndef RG_DATA_NPY_WRITE_H
#define RG_DATA_NPY_WRITE_H

#include <retrograde/data.h>

#include "base/entry.h"

/* As rg_npy_write and rg_npz_write, the file being an entry of a directory: a link of that name is replaced, not followed. */
rg_status rg_npy_write_at (const rg_entry *entry, const rg_array *array, rg_message *message);
rg_status rg_npz_write_at (const rg_entry *entry, const rg_npz_member *members, size_t count, rg_message *message);

enum { RG_NPY_HEADER = 384 }; /* a multiple of 64 that holds 8 extents of 20 digits */

/* What an array is called in a header, in the byte order of the machine. */
const char *rg_npy_descr (rg_element type);

/* '<' or '>' */
char rg_npy_order (void);

/* Build magic, version, length and dictionary, padded so that the data start at a multiple of 64. Returns its length. */
size_t rg_npy_header (const char *descr, int ndim, const size_t *shape, char out[RG_NPY_HEADER]);

#endif /* RG_DATA_NPY_WRITE_H */

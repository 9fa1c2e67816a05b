/* npy_write.c -- writing NPY 1.0 files, whole or not at all; see data.h and npy_write.h. */
#include "data/npy_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/replace.h"

char
rg_npy_order (void)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy (&first, &probe, 1);
    return first == 1 ? '<' : '>';
}

const char *
rg_npy_descr (rg_element type)
{
    static const char *const little[] = { "|u1", "<i4", "<i8", "<f4", "<f8", "|b1" };
    static const char *const big[] = { "|u1", ">i4", ">i8", ">f4", ">f8", "|b1" };
    return rg_npy_order () == '<' ? little[type] : big[type];
}

size_t
rg_npy_header (const char *descr, int ndim, const size_t *shape, char out[RG_NPY_HEADER])
{
    char text[RG_NPY_HEADER];
    int used = snprintf (text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < ndim; i++)
        used += snprintf (text + used, sizeof text - (size_t) used, i == 0 ? "%zu," : " %zu,", shape[i]);
    if (ndim > 1)
        used--; /* (3,) but (3, 4) */
    used += snprintf (text + used, sizeof text - (size_t) used, "), }");
    const size_t total = (10 + (size_t) used + 1 + 63) / 64 * 64, length = total - 10;
    memcpy (out, "\x93NUMPY\x01\x00", 8);
    out[8] = (char) (length & 0xff);
    out[9] = (char) (length >> 8);
    memcpy (out + 10, text, (size_t) used);
    memset (out + 10 + used, ' ', length - (size_t) used - 1);
    out[total - 1] = '\n';
    return total;
}

rg_status
rg_npy_write_at (const rg_entry *entry, const rg_array *array, rg_message *message)
{
    char header[RG_NPY_HEADER];
    const size_t length = rg_npy_header (rg_npy_descr (array->type), array->ndim, array->shape, header);
    const rg_piece pieces[] = { { header, length }, { array->data, rg_array_count (array) * rg_element_bytes (array->type) } };
    return rg_replace (entry, pieces, 2, message);
}

rg_status
rg_npy_write (const char *path, const rg_array *array, rg_message *message)
{
    return rg_npy_write_at (&(rg_entry) { AT_FDCWD, path, path }, array, message);
}

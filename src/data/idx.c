/*
 * idx.c -- the IDX format of MNIST: two zero bytes, element type, number of
 * dimensions, the extents as big-endian 32-bit numbers, then the elements,
 * big-endian, row-major. http://yann.lecun.com/exdb/mnist/
 */
#include <string.h>

#include "base/memory.h"
#include "data/inflate.h"
#include "data/source.h"

enum { LONGEST_HEADER = 4 + 4 * RG_MAX_DIMENSIONS };

static const struct {
    unsigned char code;
    rg_raw raw;
} types[] = { { 0x08, RG_RAW_U1 }, { 0x09, RG_RAW_I1 }, { 0x0B, RG_RAW_I2 },
              { 0x0C, RG_RAW_I4 }, { 0x0D, RG_RAW_F4 }, { 0x0E, RG_RAW_F8 } };

/* Read the header of `size` known bytes; its length goes to `length`. */
static rg_status
read_header (const unsigned char *bytes, size_t size, const char *name, rg_element_layout *layout, size_t *length,
             rg_message *message)
{
    if (size < 4 || bytes[0] != 0 || bytes[1] != 0)
        return rg_fail (message, RG_EINPUT, "%s: expected an IDX file, which starts with two zero bytes", name);
    size_t type = 0;
    while (type < sizeof types / sizeof *types && types[type].code != bytes[2])
        type++;
    if (type == sizeof types / sizeof *types)
        return rg_fail (message, RG_EINPUT, "%s: expected an IDX element type of 8, 9, 11, 12, 13 or 14, got %d", name,
                        bytes[2]);
    const int ndim = bytes[3];
    if (ndim < 1 || ndim > RG_MAX_DIMENSIONS)
        return rg_fail (message, RG_EINPUT, "%s: expected 1 to %d dimensions, got %d", name, RG_MAX_DIMENSIONS, ndim);
    *length = 4 + 4 * (size_t) ndim;
    if (size < *length)
        return rg_fail (message, RG_EINPUT, "%s: expected an IDX header of %zu bytes, got %zu", name, *length, size);

    *layout = (rg_element_layout) { .raw = types[type].raw, .big_endian = 1, .ndim = ndim };
    for (int i = 0; i < ndim; i++) {
        const unsigned char *at = bytes + 4 + 4 * i;
        layout->shape[i] = (size_t) at[0] << 24 | (size_t) at[1] << 16 | (size_t) at[2] << 8 | at[3];
    }
    return RG_OK;
}

static rg_status
fail_packed (rg_message *message, const char *name, rg_inflated result)
{
    switch (result) {
    case RG_INFLATE_ENOMEM: return rg_fail_memory (message, name);
    case RG_INFLATE_SHORT: return rg_fail (message, RG_EINPUT, "%s: the gzip data end early", name);
    default: return rg_fail (message, RG_EINPUT, "%s: the gzip data are damaged", name);
    }
}

/* Decompress to a source of its own, of the size that the header announces. */
static rg_status
unpack (const rg_source *packed, rg_source *out, rg_message *message)
{
    unsigned char start[LONGEST_HEADER];
    const char *name = packed->name;
    size_t written, used, length, bytes;
    rg_inflated result = rg_inflate (RG_GZIP, packed->bytes, packed->size, start, sizeof start, &written, &used);
    if (result != RG_INFLATE_END && result != RG_INFLATE_FULL)
        return fail_packed (message, name, result);
    rg_element_layout layout;
    const rg_status status = read_header (start, written, name, &layout, &length, message);
    if (status != RG_OK)
        return status;
    if (rg_element_layout_bytes (&layout, &bytes) != 0 || !rg_inflate_plausible (packed->size, bytes))
        return rg_fail (message, RG_EINPUT, "%s: the shape is larger than %zu bytes of gzip data can hold", name,
                        packed->size);

    const size_t size = length + bytes;
    unsigned char *block = rg_malloc (size, 1);
    if (block == NULL)
        return rg_fail_memory (message, name);
    rg_status outcome = RG_OK;
    result = rg_inflate (RG_GZIP, packed->bytes, packed->size, block, size, &written, &used);
    if (result == RG_INFLATE_FULL)
        outcome = rg_fail (message, RG_EINPUT, "%s: expected %zu bytes after decompression, got more", name, size);
    else if (result != RG_INFLATE_END)
        outcome = fail_packed (message, name, result);
    else if (used != packed->size)
        outcome = rg_fail (message, RG_EINPUT, "%s: expected the end of the file after the gzip data, got %zu bytes more",
                           name, packed->size - used);
    if (outcome == RG_OK)
        *out = (rg_source) { .bytes = block, .size = written, .name = name, .block = block };
    else
        rg_free (block);
    return outcome;
}

static rg_status
parse_plain (rg_source *source, rg_array *out, rg_message *message)
{
    rg_element_layout layout;
    size_t length;
    const rg_status status = read_header (source->bytes, source->size, source->name, &layout, &length, message);
    return status != RG_OK ? status : rg_layout_read (&layout, source, length, out, message);
}

static rg_status
parse (rg_source *source, rg_array *out, rg_message *message)
{
    if (source->size < 2 || source->bytes[0] != 0x1f || source->bytes[1] != 0x8b)
        return parse_plain (source, out, message);
    rg_source plain = { 0 };
    rg_status status = unpack (source, &plain, message);
    const uint64_t digest = status == RG_OK ? rg_source_digest (&plain) : 0;
    if (status == RG_OK)
        status = parse_plain (&plain, out, message);
    if (status == RG_OK)
        out->digest = digest;
    rg_free (plain.block);
    return status;
}

rg_status
rg_idx_read (const char *path, rg_array *out, rg_message *message)
{
    return rg_source_read (path, parse, out, message);
}

rg_status
rg_idx_parse (const void *bytes, size_t size, const char *name, rg_array *out, rg_message *message)
{
    return rg_source_parse (bytes, size, name, parse, out, message);
}

/*
 * idx.c -- the IDX format of MNIST: two zero bytes, element type, number of
 * dimensions, the extents as big-endian 32-bit numbers, then the elements,
 * big-endian, row-major. http://yann.lecun.com/exdb/mnist/
 */
#include <string.h>

#include "data/format/format.h"

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
parse (rg_source *source, rg_array *out, rg_message *message)
{
    rg_element_layout layout = { 0 };
    size_t length = 0;
    const rg_status status = read_header (source->bytes, source->size, source->name, &layout, &length, message);
    return status != RG_OK ? status : rg_layout_read (&layout, source, length, out, message);
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

static rg_status
read_table (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    (void) member, (void) options;
    return parse (source, &out->array, message);
}

static int
recognise (const rg_source *source)
{
    return source->size >= 4 && source->bytes[0] == 0 && source->bytes[1] == 0 && source->bytes[2] >= 8 && source->bytes[2] <= 14;
}

const rg_format rg_format_idx = { "idx", "the format of MNIST", .in_folder = 1, .recognise = recognise, .read = read_table };
const rg_format rg_format_fashion_mnist = { "fashion-mnist", "idx, from where dataset-fashion-mnist is installed", .in_folder = 1,
                                            .folder = rg_fashion_mnist_directory, .read = read_table };

/* byte_order.c -- from elements as they lie in a file to an array; see source.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "data/source.h"

static const struct {
    size_t bytes;
    rg_element becomes;
    int as_is; /* the bits are the element's */
} raws[] = {
    [RG_RAW_U1] = { 1, RG_UINT8, 1 }, [RG_RAW_I1] = { 1, RG_INT32, 0 },   [RG_RAW_B1] = { 1, RG_BOOL, 1 },
    [RG_RAW_I2] = { 2, RG_INT32, 0 }, [RG_RAW_U2] = { 2, RG_INT32, 0 },   [RG_RAW_I4] = { 4, RG_INT32, 1 },
    [RG_RAW_U4] = { 4, RG_INT64, 0 }, [RG_RAW_I8] = { 8, RG_INT64, 1 },   [RG_RAW_U8] = { 8, RG_FLOAT64, 0 },
    [RG_RAW_F2] = { 2, RG_FLOAT32, 0 }, [RG_RAW_F4] = { 4, RG_FLOAT32, 1 }, [RG_RAW_F8] = { 8, RG_FLOAT64, 1 },
};

static int
machine_is_big_endian (void)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy (&first, &probe, 1);
    return first == 0;
}

int
rg_element_layout_bytes (const rg_element_layout *layout, size_t *bytes)
{
    size_t product = 8; /* no element is wider */
    int empty = 0;
    for (int i = 0; i < layout->ndim; i++) {
        const size_t extent = layout->shape[i];
        if (extent == 0)
            empty = 1;
        else if (product > SIZE_MAX / 2 / extent)
            return -1;
        else
            product *= extent;
    }
    *bytes = empty ? 0 : product / 8 * raws[layout->raw].bytes;
    return 0;
}

static uint64_t
load (const unsigned char *at, size_t bytes, int big_endian)
{
    uint64_t word = 0;
    for (size_t i = 0; i < bytes; i++)
        word = word << 8 | at[big_endian ? i : bytes - 1 - i];
    return word;
}

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
static float
half_to_float (unsigned bits)
{
    const int exponent = (int) (bits >> 10 & 31), fraction = (int) (bits & 1023);
    const float size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                       : exponent == 0 ? ldexpf ((float) fraction, -24)
                                       : ldexpf ((float) (1024 + fraction), exponent - 25);
    return (bits & 0x8000u) != 0 ? -size : size;
}

/* Store the element whose bits are `word` at index i of an array. */
static void
store (rg_array *array, size_t i, rg_raw raw, uint64_t word)
{
    const uint32_t half = (uint32_t) word;
    switch (raw) {
    case RG_RAW_U1:
    case RG_RAW_B1: ((uint8_t *) array->data)[i] = (uint8_t) word; break;
    case RG_RAW_I1: ((int32_t *) array->data)[i] = (int32_t) (word ^ 0x80u) - 0x80; break;
    case RG_RAW_I2: ((int32_t *) array->data)[i] = (int32_t) (word ^ 0x8000u) - 0x8000; break;
    case RG_RAW_U2: ((int32_t *) array->data)[i] = (int32_t) word; break;
    case RG_RAW_U4: ((int64_t *) array->data)[i] = (int64_t) word; break;
    case RG_RAW_U8: ((double *) array->data)[i] = (double) word; break;
    case RG_RAW_F2: ((float *) array->data)[i] = half_to_float ((unsigned) word); break;
    case RG_RAW_I4:
    case RG_RAW_F4: memcpy ((unsigned char *) array->data + 4 * i, &half, 4); break;
    case RG_RAW_I8:
    case RG_RAW_F8: memcpy ((unsigned char *) array->data + 8 * i, &word, 8); break;
    }
}

/* Where element i of an array whose first index runs fastest is in row-major order. */
static size_t
row_major (const rg_element_layout *layout, size_t i)
{
    size_t stride = 1, at = 0;
    for (int d = 1; d < layout->ndim; d++)
        stride *= layout->shape[d];
    for (int d = 0; d < layout->ndim; d++) {
        at += i % layout->shape[d] * stride;
        i /= layout->shape[d];
        stride /= d + 1 < layout->ndim ? layout->shape[d + 1] : 1;
    }
    return at;
}

/* As NumPy has it, every byte but 0 is true: archives of other programs hold 255. */
static void
settle_bools (rg_array *array)
{
    unsigned char *bytes = array->data;
    for (size_t i = 0; array->type == RG_BOOL && i < rg_array_count (array); i++)
        bytes[i] = bytes[i] != 0;
}

rg_status
rg_layout_read (const rg_element_layout *layout, rg_source *source, size_t offset, rg_array *out, rg_message *message)
{
    size_t bytes;
    if (rg_element_layout_bytes (layout, &bytes) != 0)
        return rg_fail (message, RG_EINPUT, "%s: the shape is larger than any memory", source->name);
    if (source->size - offset != bytes)
        return rg_fail (message, RG_EINPUT, "%s: expected %zu bytes of data after the header, got %zu", source->name,
                        bytes, source->size - offset);

    const unsigned char *from = source->bytes + offset;
    const size_t size = raws[layout->raw].bytes, count = bytes / size;
    rg_array array = { .type = raws[layout->raw].becomes, .ndim = layout->ndim };
    memcpy (array.shape, layout->shape, (size_t) layout->ndim * sizeof *array.shape);
    const size_t width = rg_element_bytes (array.type);
    const int order_is_kept = !layout->fortran || layout->ndim < 2;
    const int same = size == width && raws[layout->raw].as_is && order_is_kept
                     && (size == 1 || layout->big_endian == machine_is_big_endian ());
    if (same && source->block != NULL && (uintptr_t) from % width == 0) {
        array.data = (unsigned char *) source->block + (from - (const unsigned char *) source->block);
        array.owner = source->block;
        source->block = NULL;
        settle_bools (&array);
        *out = array;
        return RG_OK;
    }

    array.owner = array.data = rg_malloc (count, width);
    if (array.data == NULL)
        return rg_fail_memory (message, source->name);
    if (same && bytes != 0)
        memcpy (array.data, from, bytes);
    else
        for (size_t i = 0; i < count; i++)
            store (&array, order_is_kept ? i : row_major (layout, i), layout->raw,
                   load (from + i * size, size, layout->big_endian));
    settle_bools (&array);
    *out = array;
    return RG_OK;
}

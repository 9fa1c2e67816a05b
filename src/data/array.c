/* array.c -- n-dimensional arrays in memory; see data.h. */
#include <retrograde/data.h>

#include <string.h>

#include "base/memory.h"

static const struct {
    const char *name;
    size_t bytes;
} elements[] = {
    [RG_UINT8] = { "uint8", 1 },     [RG_INT32] = { "int32", 4 },     [RG_INT64] = { "int64", 8 },
    [RG_FLOAT32] = { "float32", 4 }, [RG_FLOAT64] = { "float64", 8 }, [RG_BOOL] = { "bool", 1 },
};

size_t
rg_element_bytes (rg_element type)
{
    return elements[type].bytes;
}

const char *
rg_element_name (rg_element type)
{
    return elements[type].name;
}

rg_status
rg_array_new (rg_array *out, rg_element type, int ndim, const size_t *shape)
{
    *out = (rg_array) { 0 };
    if (ndim < 0 || ndim > RG_MAX_DIMENSIONS)
        return RG_ERANGE;
    rg_array array = { .type = type, .ndim = ndim };
    size_t count = 1;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] != 0 && count > SIZE_MAX / shape[i])
            return RG_ERANGE;
        count *= shape[i];
        array.shape[i] = shape[i];
    }
    if (count > SIZE_MAX / elements[type].bytes)
        return RG_ERANGE;
    array.owner = array.data = rg_calloc (count, elements[type].bytes);
    if (array.data == NULL)
        return RG_ENOMEM;
    *out = array;
    return RG_OK;
}

void
rg_array_clear (rg_array *array)
{
    if (array == NULL)
        return;
    rg_free (array->owner);
    *array = (rg_array) { 0 };
}

size_t
rg_array_count (const rg_array *array)
{
    size_t count = 1;
    for (int i = 0; i < array->ndim; i++)
        count *= array->shape[i];
    return count;
}

void
rg_array_to_double (const rg_array *array, double *out)
{
    const size_t count = rg_array_count (array);
    switch (array->type) {
    case RG_UINT8:
    case RG_BOOL:
        for (size_t i = 0; i < count; i++)
            out[i] = ((const uint8_t *) array->data)[i];
        break;
    case RG_INT32:
        for (size_t i = 0; i < count; i++)
            out[i] = ((const int32_t *) array->data)[i];
        break;
    case RG_INT64:
        for (size_t i = 0; i < count; i++)
            out[i] = (double) ((const int64_t *) array->data)[i];
        break;
    case RG_FLOAT32:
        for (size_t i = 0; i < count; i++)
            out[i] = (double) ((const float *) array->data)[i];
        break;
    case RG_FLOAT64:
        if (count != 0)
            memcpy (out, array->data, count * sizeof *out);
        break;
    }
}

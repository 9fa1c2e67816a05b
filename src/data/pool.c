/* pool.c -- averages of square blocks of pixels; see dataset.h. */
#include "data/dataset.h"
#include "data/source.h"

static double
pixel (const rg_array *images, size_t at)
{
    switch (images->type) {
    case RG_FLOAT64: return ((const double *) images->data)[at];
    case RG_FLOAT32: return (double) ((const float *) images->data)[at];
    case RG_INT64: return (double) ((const int64_t *) images->data)[at];
    case RG_INT32: return ((const int32_t *) images->data)[at];
    default: return ((const uint8_t *) images->data)[at];
    }
}

/* Mean of the block of one image that starts at `start`, in rows of `columns` pixels. */
static double
average (const rg_array *images, size_t start, size_t columns, size_t pool)
{
    const double part = 1 / (double) (pool * pool);
    double sum = 0, safe = 0; /* the second cannot overflow, the first is exact for bytes */
    for (size_t i = 0; i < pool; i++)
        for (size_t j = 0; j < pool; j++) {
            const double value = pixel (images, start + i * columns + j);
            sum += value;
            safe += value * part;
        }
    return sum - sum == 0 ? sum / (double) (pool * pool) : safe;
}

rg_status
rg_pool_images (const rg_array *images, size_t pool, double scale, rg_array *out, const char *name,
                rg_message *message)
{
    if (images->ndim != 3)
        return rg_fail (message, RG_ESHAPE, "%s: expected images of 2 dimensions to pool, got %d", name,
                        images->ndim - 1);
    const size_t count = images->shape[0], rows = images->shape[1], columns = images->shape[2];
    if (rows % pool != 0 || columns % pool != 0)
        return rg_fail (message, RG_ESHAPE, "%s: expected images that blocks of %zu x %zu pixels divide, got %zu x %zu",
                        name, pool, pool, rows, columns);
    const rg_element type = images->type == RG_FLOAT32 ? RG_FLOAT32 : RG_FLOAT64;
    if (rg_array_new (out, type, 3, (const size_t[]) { count, rows / pool, columns / pool }) != RG_OK)
        return rg_fail_memory (message, name);
    size_t to = 0;
    for (size_t row = 0; row < count * rows; row += pool)
        for (size_t column = 0; column < columns; column += pool, to++) {
            const double mean = average (images, row * columns + column, columns, pool) * scale;
            if (type == RG_FLOAT32)
                ((float *) out->data)[to] = (float) mean;
            else
                ((double *) out->data)[to] = mean;
        }
    return RG_OK;
}

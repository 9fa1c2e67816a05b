/* bytes_body.h -- the kernels of bytes.h; included once for each processor level, which names KERNELS. */
#include "data/bytes.h"

static void
to_single (const uint8_t *restrict x, float scale, const float *restrict mean, size_t count, float *restrict out)
{
    if (mean == NULL)
        for (size_t i = 0; i < count; i++)
            out[i] = (float) x[i] * scale;
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (float) x[i] * scale - mean[i];
}

static void
to_double (const uint8_t *restrict x, double scale, const double *restrict mean, size_t count, double *restrict out)
{
    if (mean == NULL)
        for (size_t i = 0; i < count; i++)
            out[i] = (double) x[i] * scale;
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (double) x[i] * scale - mean[i];
}

const rg_bytes_kernels KERNELS = { to_single, to_double };

/* bytes.c -- bytes to reals; built for each processor level, see bytes.h. */
#include "data/bytes.h"

#include "base/levels.h"

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

const rg_bytes RG_AT_LEVEL (rg_bytes) = { to_single, to_double };

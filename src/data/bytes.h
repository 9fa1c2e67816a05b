/* bytes.h -- bytes to reals, the conversion on the path of every step. */
#ifndef RG_DATA_BYTES_H
#define RG_DATA_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/kernels.h"

/* out_i = x_i * scale - mean_i; mean may be NULL. Built for each processor level, with the same bits. */
typedef struct rg_bytes {
    void (*to_single) (const uint8_t *x, float scale, const float *mean, size_t count, float *out);
    void (*to_double) (const uint8_t *x, double scale, const double *mean, size_t count, double *out);
} rg_bytes;

#endif /* RG_DATA_BYTES_H */

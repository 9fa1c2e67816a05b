/* update.h -- fixed-point addition of rounded addends, the same rule in both directions. */
#ifndef RG_EXACT_UPDATE_H
#define RG_EXACT_UPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/kernels.h"

/*
 * Kernels over short arrays, built for each processor level with identical
 * bits. An addend is rounded to nearest even and must lie inside (-2^51, 2^51);
 * a result inside (-2^52, 2^52). A kernel returns 0, or 1 where some element
 * broke the rule: that element's value is then meaningless (never undefined
 * behaviour), and the caller looks for it.
 */
typedef struct rg_update {
    /* y_i += round (scale_i * x_i); uniform: scale[0] for all */
    int (*add_scaled) (size_t count, int uniform, const double *scale, const int64_t *x, int64_t *y);
    /* y_i -= round (scale_i * x_i) */
    int (*subtract_scaled) (size_t count, int uniform, const double *scale, const int64_t *x, int64_t *y);
    /* sum_i += round (g_i * unit); first: sum_i = */
    int (*add_single) (size_t count, int first, const float *g, double unit, int64_t *sum);
    int (*add_double) (size_t count, int first, const double *g, double unit, int64_t *sum);
    /* out_i = x_i * ulp, rounded to the precision */
    void (*to_single) (size_t count, const int64_t *x, double ulp, float *out);
    void (*to_double) (size_t count, const int64_t *x, double ulp, double *out);
    /* n_i = decay_i * scale, rounded to nearest even, at least 1; scale <= 2^31. Nothing is written where a decay is not in (0, 1]. */
    int (*numerators) (size_t count, const double *decay, double scale, uint32_t *n);
    /* Whether all of x is finite. */
    int (*finite_single) (size_t count, const float *x);
    int (*finite_double) (size_t count, const double *x);
} rg_update;

/* Whether a fixed-point integer is inside (-2^52, 2^52). */
static inline int
rg_fixed_fits (int64_t x)
{
    return x > -(INT64_C (1) << 52) && x < INT64_C (1) << 52;
}

#endif /* RG_EXACT_UPDATE_H */

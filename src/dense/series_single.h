/* series_single.h -- constants and series of the elementary functions in single precision. */
#ifndef RG_DENSE_SERIES_H
#define RG_DENSE_SERIES_H

#include <stdint.h>

typedef float real;
typedef uint32_t bits;

#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define SIGN_BIT 0x80000000u
#define ONE_BITS 0x3f800000u
#define SQRT_HALF_BITS 0x3f3504f3u
#define ROUNDER 12582912.0f /* 1.5 * 2^23: adding it rounds to a whole number */
#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693359375f /* 9 bits: its multiples are exact */
#define LN2_LOW -2.12194440e-4f
#define EXP_LEAST -104.0f /* exp rounds to 0 */
#define EXP_MOST 89.0f    /* exp overflows */
#define TANH_SMALL 0.625f
#define TANH_MOST 10.0f /* tanh rounds to 1 */

/* exp on |r| <= ln(2)/2: Taylor, the rest is below 0.1 units in the last place. */
static inline real
exp_series (real r)
{
    real p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    return 1 + (r + r * r * p);
}

/* (tanh x - x)/x as a fraction, z = x², for |x| < 0.625 (Moshier, Cephes, tanhf.c). */
static inline void
tanh_series (real z, real *numerator, real *denominator)
{
    real p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    *numerator = p * z;
    *denominator = 1;
}

/* Σ_{k>=1} 2 z^k/(2k+1), z <= 0.0295: with s² = z, log((1+s)/(1-s)) = 2s + s times this. */
static inline real
log_series (real z)
{
    real p = 2.0f / 11;
    p = p * z + 2.0f / 9;
    p = p * z + 2.0f / 7;
    p = p * z + 2.0f / 5;
    p = p * z + 2.0f / 3;
    return p * z;
}

#endif /* RG_DENSE_SERIES_H */

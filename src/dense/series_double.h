/* series_double.h -- constants and series of the elementary functions in double precision. */
#ifndef RG_DENSE_SERIES_H
#define RG_DENSE_SERIES_H

#include <stdint.h>

typedef double real;
typedef uint64_t bits;

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define SIGN_BIT 0x8000000000000000u
#define ONE_BITS 0x3ff0000000000000u
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define ROUNDER 6755399441055744.0 /* 1.5 * 2^52: adding it rounds to a whole number */
#define LOG2_E 1.44269504088896340736
#define LN2_HIGH 6.93147180369123816490e-01 /* 33 bits: its multiples are exact */
#define LN2_LOW 1.90821492927058770002e-10
#define EXP_LEAST -746.0 /* exp rounds to 0 */
#define EXP_MOST 710.0   /* exp overflows */
#define TANH_SMALL 0.625
#define TANH_MOST 22.0 /* tanh rounds to 1 */

/* exp on |r| <= ln(2)/2: Taylor, the rest is below 0.02 units in the last place. */
static inline real
exp_series (real r)
{
    real p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    return 1 + (r + r * r * p);
}

/* (tanh x - x)/x as a fraction, z = x², for |x| < 0.625 (Moshier, Cephes, tanh.c). */
static inline void
tanh_series (real z, real *numerator, real *denominator)
{
    const real p = (-9.64399179425052238628e-1 * z - 9.92877231001918586564e1) * z
        - 1.61468768441708447952e3;
    const real q = ((z + 1.12811678491632931402e2) * z + 2.23548839060100448583e3) * z
        + 4.84406305325125486048e3;
    *numerator = p * z;
    *denominator = q;
}

/* Σ_{k>=1} 2 z^k/(2k+1), z <= 0.0295: with s² = z, log((1+s)/(1-s)) = 2s + s times this. */
static inline real
log_series (real z)
{
    real p = 2.0 / 21;
    p = p * z + 2.0 / 19;
    p = p * z + 2.0 / 17;
    p = p * z + 2.0 / 15;
    p = p * z + 2.0 / 13;
    p = p * z + 2.0 / 11;
    p = p * z + 2.0 / 9;
    p = p * z + 2.0 / 7;
    p = p * z + 2.0 / 5;
    p = p * z + 2.0 / 3;
    return p * z;
}

#endif /* RG_DENSE_SERIES_H */

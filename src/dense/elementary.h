/*
 * elementary.h -- exp, log, tanh, sigmoid and softplus of one number, free of
 * branches, so that loops over them become vector code at every level.
 *
 * exp: x = n ln 2 + r, n whole, |r| <= ln(2)/2; exp x = 2^n exp r (Cody and
 * Waite). log: x = 2^k (1 + f), s = f/(2 + f), log(1 + f) = 2 atanh s, in the
 * order of fdlibm's e_log.c. tanh: Cephes below 0.625, else 1 - 2/(exp 2x + 1).
 * Included after series_single.h or series_double.h.
 */
#ifndef RG_DENSE_ELEMENTARY_H
#define RG_DENSE_ELEMENTARY_H

#include <string.h>

static inline bits
bits_of (real x)
{
    bits b;
    memcpy (&b, &x, sizeof b);
    return b;
}

static inline real
real_of (bits b)
{
    real x;
    memcpy (&x, &b, sizeof x);
    return x;
}

static inline real
absolute (real x)
{
    return real_of (bits_of (x) & ~SIGN_BIT);
}

/* 2^n for a whole n in the range of normal numbers: n + bias stands in the low bits of the sum. */
static inline real
power_of_two (real n)
{
    return real_of (bits_of (n + (ROUNDER + EXPONENT_BIAS)) << MANTISSA_BITS);
}

/* The whole number n next to x / ln 2, and r = x - n ln 2. */
static inline real
reduce (real x, real *r)
{
    const real n = (x * LOG2_E + ROUNDER) - ROUNDER;
    *r = (x - n * LN2_HIGH) - n * LN2_LOW;
    return n;
}

static inline real
exp_of (real x)
{
    real r, half;
    x = x < EXP_LEAST ? EXP_LEAST : x;
    x = x > EXP_MOST ? EXP_MOST : x;
    const real n = reduce (x, &r);
    half = (n * (real) 0.5 + ROUNDER) - ROUNDER;
    return exp_series (r) * power_of_two (half) * power_of_two (n - half);
}

/* exp where the result is a normal number. */
static inline real
exp_inside (real x)
{
    real r;
    const real n = reduce (x, &r);
    return exp_series (r) * power_of_two (n);
}

/* k ln 2 + log(1 + f) for |s| <= 0.172 in the above. */
static inline real
log_sum (real k, real f)
{
    const real s = f / (2 + f), half = (real) 0.5 * f * f;
    const real tail = s * (half + log_series (s * s)) + k * LN2_LOW;
    return k * LN2_HIGH - ((half - tail) - f);
}

/* log x for x >= 1; infinity and not-a-number return themselves. */
static inline real
log_of (real x)
{
    const bits b = bits_of (x) + (ONE_BITS - SQRT_HALF_BITS);
    const bits exponent = b >> MANTISSA_BITS;
    const real power = (real) ((bits) 1 << MANTISSA_BITS);
    const real k = real_of (exponent | bits_of (power)) - (power + EXPONENT_BIAS);
    const real m = real_of ((b & (((bits) 1 << MANTISSA_BITS) - 1)) + SQRT_HALF_BITS);
    return x - x == 0 ? log_sum (k, m - 1) : x;
}

/* log(1 + u) for 0 <= u <= 1. */
static inline real
log1p_of (real u)
{
    const int upper = u > (real) 0.41421356;
    return log_sum (upper ? 1 : 0, upper ? (u - 1) * (real) 0.5 : u);
}

static inline real
tanh_of (real x)
{
    const real a = absolute (x);
    const int small = a < TANH_SMALL;
    real numerator, denominator;
    tanh_series (a * a, &numerator, &denominator);
    const real power = exp_inside (2 * (a > TANH_MOST ? TANH_MOST : a));
    const real ratio = (small ? a * numerator : -2) / (small ? denominator : power + 1);
    const real y = (small ? a : 1) + ratio;
    return real_of (bits_of (y) | (bits_of (x) & SIGN_BIT));
}

static inline real
sigmoid_of (real x)
{
    const real e = exp_of (-absolute (x));
    return (x < 0 ? e : 1) / (1 + e);
}

static inline real
softplus_of (real x)
{
    const real e = exp_of (-absolute (x)), l = log1p_of (e);
    return (x > 0 ? x : 0) + l;
}

#endif /* RG_DENSE_ELEMENTARY_H */

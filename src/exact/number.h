/*
 * number.h -- whole numbers as doubles and back, for levelled files: in a form that compilers make vectors of at every level.
 *
 * Before AVX-512 x86 converts 64-bit integers one at a time. A whole number x below 2^52 stands in the low bits of the double
 * 2^52 + x; larger ones are two halves.
 */
#ifndef RG_EXACT_NUMBER_H
#define RG_EXACT_NUMBER_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Whether the level has instructions that convert vectors of 64-bit integers. */
#if defined __AVX512DQ__ || !defined __SSE2__
#define RG_CONVERTS_INT64 1
#else
#define RG_CONVERTS_INT64 0
#endif

static inline double
rg_double_of_bits (uint64_t bits)
{
    double x;
    memcpy (&x, &bits, sizeof x);
    return x;
}

static inline uint64_t
rg_bits_of_double (double x)
{
    uint64_t bits;
    memcpy (&bits, &x, sizeof bits);
    return bits;
}

/* (double) x, rounded once: 2^84 + 2^32 high and 2^52 + low are exact, and so is the difference. */
static inline double
rg_double_of_int64 (int64_t x)
{
#if RG_CONVERTS_INT64
    return (double) x;
#else
    const double high = rg_double_of_bits (((uint64_t) x >> 32) ^ 0x4530000080000000u);
    const double low = rg_double_of_bits (((uint64_t) x & 0xffffffffu) | 0x4330000000000000u);
    return (high - (0x1p84 + 0x1p63 + 0x1p52)) + low;
#endif
}

/* The nearest whole number, ties to even, of |x| < 2^51: the sum with 1.5 * 2^52 has no room for a fraction. */
static inline uint64_t
rg_nearest_of_double (double x)
{
    return rg_bits_of_double (x + 0x1.8p52) - 0x4338000000000000u;
}

/* The largest whole number not above 0 <= x < 2^62. */
static inline uint64_t
rg_whole_of_double (double x)
{
#if RG_CONVERTS_INT64 || !defined __SSE4_1__
    return (uint64_t) (int64_t) x;
#else
    const uint64_t mantissa = 0x000fffffffffffffu;
    const double high = floor (x * 0x1p-32), low = floor (x - high * 0x1p32);
    return ((rg_bits_of_double (high + 0x1p52) & mantissa) << 32) + (rg_bits_of_double (low + 0x1p52) & mantissa);
#endif
}

#endif /* RG_EXACT_NUMBER_H */

/* lanes_number.h -- exact numbers in lanes: conversions, floor, masks, the ratios of a row. */
#ifndef RG_EXACT_LANES_NUMBER_H
#define RG_EXACT_LANES_NUMBER_H

#include "exact/lanes.h"

#include "exact/number.h"

/* All ones where a < b, else 0: a mask, since before SSE 4.2 a comparison of doubles would become a branch. */
static inline uint64_t
less (double a, double b)
{
#if defined __SSE4_2__ || !defined __SSE2__
    return -(uint64_t) (a < b);
#else
    return -(rg_bits_of_double (a - b) >> 63);
#endif
}

/* x where the mask is set, else 0. */
static inline double
where (uint64_t mask, double x)
{
    return rg_double_of_bits (rg_bits_of_double (x) & mask);
}

/* The largest whole number not above x, |x| <= 2^52 where there is no instruction for it. */
static inline double
floor_of (double x)
{
#if defined __SSE4_1__ || !defined __SSE2__
    return floor (x);
#else
    const double shift = rg_double_of_bits ((rg_bits_of_double (x) & (uint64_t) 1 << 63) | 0x4330000000000000u);
    const double nearest = x + shift - shift; /* shift is +-2^52 */
    return nearest - where (less (x, nearest), 1);
#endif
}

/* A whole number below 2^52 as a double, and back: its bits are the mantissa of 2^52 + x. */
static inline double
double_of_small (uint64_t x)
{
    return rg_double_of_bits (x | 0x4330000000000000u) - 0x1p52;
}

static inline uint64_t
small_of_double (double x)
{
    return rg_bits_of_double (x + 0x1p52) & 0x000fffffffffffffu;
}

/* A whole number with a sign, |x| <= 2^52. */
static inline int64_t
int64_of_double (double x)
{
#if RG_CONVERTS_INT64
    return (int64_t) x;
#else
    const uint64_t sign = rg_bits_of_double (x) & (uint64_t) 1 << 63;
    const double half = rg_double_of_bits (sign | 0x4320000000000000u); /* +-2^51 */
    const uint64_t rest = rg_bits_of_double (x - half + 0x1.8p52) - 0x4338000000000000u;
    return (int64_t) (rest + ((uint64_t) 1 << 51) - (sign >> 11));
#endif
}

/*
 * c = quotient n + rest, 0 <= rest < 2n, for |c| < 2^52. The estimate is off by
 * one at most; too high is put right, too low is left: the caller's next line,
 * quotient d + (rest d + digit) div n, is the same for both.
 */
static inline double
divide_value (int64_t c, double n, double inverse, double *rest)
{
    const double value = rg_double_of_int64 (c), q = floor_of (value * inverse), m = value - q * n;
    const uint64_t negative = less (m, 0);
    *rest = m + where (negative, n);
    return q - where (negative, 1);
}

/* The ratios of one row, ready for use. */
typedef struct {
    double n[RG_LANES], inverse[RG_LANES];
    uint64_t whole[RG_LANES]; /* n again, for 64-bit heads */
} row_decays;

static inline void
load_decays (row_decays *row, const uint32_t *n)
{
    for (int l = 0; l < RG_LANES; l++) {
        row->n[l] = (double) (int32_t) n[l];
        row->inverse[l] = 1. / row->n[l];
    }
}

static inline void
load_whole (row_decays *row, const uint32_t *n)
{
    for (int l = 0; l < RG_LANES; l++)
        row->whole[l] = n[l];
}

static inline void
fill_decays (row_decays *row, uint32_t n)
{
    for (int l = 0; l < RG_LANES; l++) {
        row->n[l] = (double) n;
        row->inverse[l] = 1. / (double) n;
        row->whole[l] = n;
    }
}

#if defined __GNUC__
#define LOWEST_LANE(set) __builtin_ctzll (set)
#define HIGHEST_LANE(set) (63 - __builtin_clzll (set))
#else
#error "the lane loops need the bit-scan built-ins of GCC or Clang"
#endif

/* Lane l's bit in a set of lanes. */
#define B4(l) (uint64_t) 1 << (l), (uint64_t) 2 << (l), (uint64_t) 4 << (l), (uint64_t) 8 << (l)
#define B16(l) B4 (l), B4 (l + 4), B4 (l + 8), B4 (l + 12)
static const uint64_t lane_bit[RG_LANES] = { B16 (0), B16 (16), B16 (32), B16 (48) };

#endif /* RG_EXACT_LANES_NUMBER_H */

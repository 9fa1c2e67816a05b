/*
 * lanes32.h -- 32-bit heads, 16-bit words; see lanes.c.
 *
 * A row whose parameters share one ratio, as almost all do, is worked in 32 bits: its divisions are products with a reciprocal.
 * Other rows are worked in doubles.
 */
#ifndef RG_EXACT_LANES32_H
#define RG_EXACT_LANES32_H

#include "exact/lanes_number.h"

/*
 * Division by n, 1 <= n <= 2^16, of every x < 2^32: (x multiplier + offset) >> shift. With 2^shift = multiplier n -+ e and
 * 2e <= n the product is off by less than 1/n, upwards or (of x + 1) downwards (Robison, N-bit unsigned division, ARITH 2005).
 */
typedef struct {
    uint32_t n, multiplier, offset;
    int shift;
    double whole, lower, upper; /* n, and bounds of 1/n */
    uint32_t each[RG_LANES];    /* n */
} divisor;

static inline divisor
divisor_of (uint32_t n)
{
    int bits = 0;
    while ((uint32_t) 1 << bits < n)
        bits++;
    const uint64_t power = (uint64_t) 1 << (31 + bits);
    const uint32_t down = (uint32_t) (power / n), rest = (uint32_t) (power % n);
    const int up = 2 * rest > n; /* then down + 1 is nearer */
    const double inverse = 1 / (double) n;
    divisor by = { .n = n, .multiplier = down + (uint32_t) up, .offset = rest == 0 || up ? 0 : down, .shift = 31 + bits,
                   .whole = n, .lower = inverse * (1 - 0x1p-52), .upper = inverse * (1 + 0x1p-52) };
    for (int l = 0; l < RG_LANES; l++)
        by.each[l] = n;
    return by;
}

/* Whether all of a row's ratios are the same: then *by is the divisor. */
static inline int
is_of_one_ratio (const uint32_t *n, divisor *by)
{
    uint32_t different = 0;
    for (int l = 0; l < RG_LANES; l++)
        different |= n[l] ^ n[0];
    if (different == 0 && by->n != n[0])
        *by = divisor_of (n[0]);
    return different == 0;
}

static inline uint32_t
divide_by (const divisor *by, uint32_t x)
{
    return (uint32_t) (((uint64_t) x * by->multiplier + by->offset) >> by->shift);
}

/* The lanes of half a row as bits. */
enum { HALF = RG_LANES / 2 };
#define BITS4(l) 1u << (l), 2u << (l), 4u << (l), 8u << (l)
static const uint32_t half_bit[HALF] = { BITS4 (0), BITS4 (4), BITS4 (8), BITS4 (12), BITS4 (16), BITS4 (20), BITS4 (24), BITS4 (28) };

/* Halve each head at or above T = n 2^(32-k), after a copy for its low word; returns the set of lanes that were. */
static inline uint32_t
halve (uint32_t *restrict h, uint32_t *restrict low, const uint32_t *restrict n, int bits)
{
    uint32_t set = 0;
    for (int l = 0; l < HALF; l++) {
        const uint32_t under = -(((h[l] >> (32 - bits)) - n[l]) >> 31);
        low[l] = h[l];
        h[l] = (h[l] & under) | (h[l] >> 16 & ~under);
        set |= half_bit[l] & ~under;
    }
    return set;
}

static inline uint64_t
spill32 (uint32_t *h, uint32_t *low, const uint32_t *n, int bits)
{
    const uint64_t first = halve (h, low, n, bits);
    return first | (uint64_t) halve (h + HALF, low + HALF, n + HALF, bits) << HALF;
}

static inline void
multiply_heads (uint32_t *restrict h, const uint32_t *restrict rest, uint32_t *restrict digit, const divisor *by, int bits)
{
    const uint32_t mask = ((uint32_t) 1 << bits) - 1;
    for (int l = 0; l < RG_LANES; l++) {
        const uint32_t quotient = divide_by (by, h[l]);
        const uint32_t x = rest[l] * by->n + (h[l] - quotient * by->n);
        digit[l] = x >> bits;
        h[l] = (quotient << bits) + (x & mask);
    }
}

/* Of one ratio. */
static inline void
multiply_row32 (uint32_t *restrict h, int64_t *restrict c, const divisor *by, int bits)
{
    uint32_t rest[RG_LANES], digit[RG_LANES];
    const uint32_t mask = ((uint32_t) 1 << bits) - 1;
    const uint64_t n = by->n, bias = ((uint64_t) 1 << (62 - bits)) * n;
    for (int l = 0; l < RG_LANES; l++)
        rest[l] = (uint32_t) (uint64_t) c[l] & mask;
    multiply_heads (h, rest, digit, by, bits);
    for (int l = 0; l < RG_LANES; l++) {
        const uint64_t q = ((uint64_t) c[l] + ((uint64_t) 1 << 62)) >> bits;
        c[l] = (int64_t) (q * n - bias + digit[l]);
    }
}

/* Of several ratios. */
static inline void
multiply_mixed32 (uint32_t *restrict heads, int64_t *restrict c, const uint32_t *restrict numerators, double d)
{
    const double inverse_d = 1 / d;
    for (int l = 0; l < RG_LANES; l++) {
        const double n = double_of_small (numerators[l]), h = double_of_small (heads[l]);
        const double quotient = floor_of ((h + .5) * (1 / n)), value = rg_double_of_int64 (c[l]);
        const double u = h - quotient * n;
        const double q = floor_of (value * inverse_d);
        const double x = (value - q * d) * n + u;
        const double digit = floor_of (x * inverse_d);
        c[l] = int64_of_double (q * n + digit);
        heads[l] = (uint32_t) small_of_double ((quotient - digit) * d + x);
    }
}

static size_t
multiply32 (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, uint16_t *words)
{
    uint32_t low[RG_LANES];
    divisor by = divisor_of (decays->uniform);
    const int bits = decays->ratio_bits;
    size_t pushed = 0;
    for (size_t i = 0; i < rows; i++, c += RG_LANES) {
        const uint32_t *n = decays->n == NULL ? by.each : decays->n + i * RG_LANES;
        for (uint64_t set = spill32 (heads, low, n, bits); set != 0; set &= set - 1)
            words[pushed++] = (uint16_t) low[LOWEST_LANE (set)];
        if (decays->n == NULL || is_of_one_ratio (n, &by))
            multiply_row32 (heads, c, &by, bits);
        else
            multiply_mixed32 (heads, c, n, (double) ((int64_t) 1 << bits));
    }
    return pushed;
}

/*
 * c = quotient n + rest for |c| < 2^52 and n >= LEAST, quotient too low by one at most: products with two bounds of 1/n, the
 * lower of them. The quotient is kept where quotient d is beyond the limit, but not far.
 *   rest  [out] in the low half
 *   most  (2^52 / d) + 1
 */
enum { LEAST = 16 };

static inline void
divide_values (const int64_t *restrict c, int64_t *restrict quotient, uint64_t *restrict rest, const divisor *by, double most)
{
    for (int l = 0; l < RG_LANES; l++) {
        const double value = rg_double_of_int64 (c[l]), one = value * by->lower, other = value * by->upper;
        const double q = floor_of (one < other ? one : other), not_above = q < most ? q : most;
        rest[l] = rg_bits_of_double (value - q * by->whole + 0x1p52);
        quotient[l] = (int64_t) rg_nearest_of_double (not_above > -most ? not_above : -most);
    }
}

/* Half a row, from quotients and rests; returns the set of lanes that want a word. */
static inline uint32_t
divide_heads (uint32_t *restrict h, const int64_t *restrict quotient, const uint64_t *restrict rest, int64_t *restrict c,
              const divisor *by, int bits)
{
    const uint32_t mask = ((uint32_t) 1 << bits) - 1;
    uint32_t set = 0;
    for (int l = 0; l < HALF; l++) {
        const uint32_t m = (uint32_t) rest[l], low = -((m - by->n) >> 31); /* all ones where the quotient is right */
        const uint32_t x = ((m - (by->n & ~low)) << bits) + (h[l] & mask);
        const uint32_t r = divide_by (by, x);
        c[l] = (int64_t) (((uint64_t) quotient[l] << bits) + r + ((1 + low) << bits));
        h[l] = (h[l] >> bits) * by->n + (x - r * by->n);
        set |= half_bit[l] & -(uint32_t) (h[l] >> 16 == 0);
    }
    return set;
}

/* Of one ratio. */
static inline uint64_t
divide_row32 (uint32_t *restrict h, int64_t *restrict c, const divisor *by, int bits)
{
    int64_t quotient[RG_LANES];
    uint64_t rest[RG_LANES];
    divide_values (c, quotient, rest, by, 0x1p52 / (double) ((int64_t) 1 << bits) + 1);
    const uint64_t first = divide_heads (h, quotient, rest, c, by, bits);
    return first | (uint64_t) divide_heads (h + HALF, quotient + HALF, rest + HALF, c + HALF, by, bits) << HALF;
}

/* Of several ratios, or of a small numerator. */
static inline uint64_t
divide_mixed32 (uint32_t *restrict heads, int64_t *restrict c, const uint32_t *restrict numerators, double d)
{
    const double inverse_d = 1 / d;
    uint64_t set = 0;
    for (int l = 0; l < RG_LANES; l++) {
        const double n = double_of_small (numerators[l]), inverse = 1 / n, h = double_of_small (heads[l]);
        double m;
        const double q = divide_value (c[l], n, inverse, &m);
        const double top = floor_of (h * inverse_d);
        const double x = (m - top) * d + h;
        const double r = floor_of ((x + .5) * inverse);
        const double result = q * d + r; /* beyond the limit, the limit */
        const double over = where (less (0x1p52, result), result - 0x1p52);
        const double under = where (less (result, -0x1p52), result + 0x1p52);
        const double next = top * n + (x - r * n);
        c[l] = int64_of_double (result - over - under);
        heads[l] = (uint32_t) small_of_double (next);
        set |= lane_bit[l] & less (next, 0x1p16);
    }
    return set;
}

static size_t
divide32 (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, const uint16_t *words,
          size_t available)
{
    divisor by = divisor_of (decays->uniform);
    const int bits = decays->ratio_bits;
    size_t popped = 0;
    for (size_t i = rows; i-- > 0;) {
        const uint32_t *n = decays->n == NULL ? by.each : decays->n + i * RG_LANES;
        uint64_t set = (decays->n == NULL || is_of_one_ratio (n, &by)) && by.n >= LEAST
            ? divide_row32 (heads, c + i * RG_LANES, &by, bits)
            : divide_mixed32 (heads, c + i * RG_LANES, n, (double) ((int64_t) 1 << bits));
        for (; set != 0; set ^= lane_bit[HIGHEST_LANE (set)]) {
            const int l = HIGHEST_LANE (set);
            popped++;
            heads[l] = heads[l] << 16 | (popped <= available ? words[available - popped] : 0u);
        }
    }
    return popped;
}

#endif /* RG_EXACT_LANES32_H */

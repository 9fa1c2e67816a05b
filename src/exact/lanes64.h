/* lanes64.h -- 64-bit heads, 32-bit words: whole numbers, divided through doubles; see lanes.c. */
#ifndef RG_EXACT_LANES64_H
#define RG_EXACT_LANES64_H

#include "exact/lanes_number.h"

/* Digit of the two-step division: h < 2^64 leaves 42 bits above it; a remainder below n <= 2^28 and it, 50. */
enum { DIGIT = 22 };

/* h = quotient n + rest, in two exact steps; both quotients are below 2^51, the second below 2^22. */
static inline uint64_t
divide_head (uint64_t h, double n, double inverse, uint64_t *rest)
{
    const double high = double_of_small (h >> DIGIT);
    const double low = double_of_small (h & (((uint64_t) 1 << DIGIT) - 1));
    const double first = floor_of ((high + .5) * inverse);
    const double next = (high - first * n) * (double) (1 << DIGIT) + low;
    const double second = floor_of ((next + .5) * inverse);
    *rest = small_of_double (next - second * n);
    return (small_of_double (first) << DIGIT) + small_of_double (second);
}

/* Halve each head at or above T = n 2^(64-k), after a copy for its low word; returns the set that were. */
static inline uint64_t
spill64 (uint64_t *restrict h, uint64_t *restrict low, const row_decays *restrict row, int bits)
{
    uint64_t set = 0;
    for (int l = 0; l < RG_LANES; l++) {
        const uint64_t under = -(((h[l] >> (64 - bits)) - row->whole[l]) >> 63);
        low[l] = h[l];
        h[l] = (h[l] & under) | (h[l] >> 32 & ~under);
        set |= lane_bit[l] & ~under;
    }
    return set;
}

static inline void
multiply_row64 (uint64_t *restrict h, int64_t *restrict c, const row_decays *restrict row, int bits)
{
    const uint64_t mask = ((uint64_t) 1 << bits) - 1;
    for (int l = 0; l < RG_LANES; l++) {
        const uint64_t n = row->whole[l], biased = (uint64_t) c[l] + ((uint64_t) 1 << 62);
        uint64_t u;
        const uint64_t quotient = divide_head (h[l], row->n[l], row->inverse[l], &u);
        const uint64_t x = (biased & mask) * n + u; /* 2^62 is a multiple of 2^k: c mod 2^k */
        const uint64_t q = (biased >> bits) - ((uint64_t) 1 << (62 - bits));
        c[l] = (int64_t) (q * n + (x >> bits));
        h[l] = (quotient << bits) + (x & mask);
    }
}

static size_t
multiply64 (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, uint32_t *words)
{
    uint64_t h[RG_LANES], low[RG_LANES];
    row_decays row;
    size_t pushed = 0;
    memcpy (h, heads, sizeof h);
    fill_decays (&row, decays->uniform);
    for (size_t i = 0; i < rows; i++, c += RG_LANES) {
        if (decays->n != NULL) {
            load_decays (&row, decays->n + i * RG_LANES);
            load_whole (&row, decays->n + i * RG_LANES);
        }
        for (uint64_t set = spill64 (h, low, &row, decays->ratio_bits); set != 0; set &= set - 1)
            words[pushed++] = (uint32_t) low[LOWEST_LANE (set)];
        multiply_row64 (h, c, &row, decays->ratio_bits);
    }
    memcpy (heads, h, sizeof h);
    return pushed;
}

static inline void
divide_row64 (uint64_t *restrict h, int64_t *restrict c, const row_decays *restrict row, int bits)
{
    const uint64_t mask = ((uint64_t) 1 << bits) - 1;
    for (int l = 0; l < RG_LANES; l++) {
        double m;
        const double q = divide_value (c[l], row->n[l], row->inverse[l], &m);
        const uint64_t x = (small_of_double (m) << bits) + (h[l] & mask);
        uint64_t u;
        const uint64_t r = divide_head (x, row->n[l], row->inverse[l], &u);
        c[l] = (int64_t) (((uint64_t) int64_of_double (q) << bits) + r);
        h[l] = (h[l] >> bits) * row->whole[l] + u;
    }
}

/* The same for c in 0 .. 2^62 - 1, beyond what a double holds: divided as a head is. */
static inline void
divide_row64_large (uint64_t *restrict h, int64_t *restrict c, const row_decays *restrict row, int bits)
{
    const uint64_t mask = ((uint64_t) 1 << bits) - 1;
    for (int l = 0; l < RG_LANES; l++) {
        uint64_t m, u;
        const uint64_t q = divide_head ((uint64_t) c[l], row->n[l], row->inverse[l], &m);
        const uint64_t x = (m << bits) + (h[l] & mask);
        const uint64_t r = divide_head (x, row->n[l], row->inverse[l], &u);
        c[l] = (int64_t) ((q << bits) + r);
        h[l] = (h[l] >> bits) * row->whole[l] + u;
    }
}

/* The lanes whose head fell below 2^32. */
static inline uint64_t
lanes_below64 (const uint64_t *restrict h)
{
    uint64_t set = 0;
    for (int l = 0; l < RG_LANES; l++)
        set |= lane_bit[l] & -(((h[l] >> 32) - 1) >> 63);
    return set;
}

static inline size_t
divide_rows64 (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, const uint32_t *words,
               size_t available, int large)
{
    uint64_t h[RG_LANES];
    row_decays row;
    size_t popped = 0;
    memcpy (h, heads, sizeof h);
    fill_decays (&row, decays->uniform);
    for (size_t i = rows; i-- > 0;) {
        if (decays->n != NULL) {
            load_decays (&row, decays->n + i * RG_LANES);
            load_whole (&row, decays->n + i * RG_LANES);
        }
        if (large)
            divide_row64_large (h, c + i * RG_LANES, &row, decays->ratio_bits);
        else
            divide_row64 (h, c + i * RG_LANES, &row, decays->ratio_bits);
        for (uint64_t set = lanes_below64 (h); set != 0; set ^= lane_bit[HIGHEST_LANE (set)]) {
            const int l = HIGHEST_LANE (set);
            popped++;
            h[l] = h[l] << 32 | (popped <= available ? words[available - popped] : 0);
        }
    }
    memcpy (heads, h, sizeof h);
    return popped;
}

static size_t
divide64 (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, const uint32_t *words,
          size_t available)
{
    return divide_rows64 (heads, c, rows, decays, words, available, 0);
}

static size_t
divide64_large (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, const uint32_t *words,
                size_t available)
{
    return divide_rows64 (heads, c, rows, decays, words, available, 1);
}

#endif /* RG_EXACT_LANES64_H */

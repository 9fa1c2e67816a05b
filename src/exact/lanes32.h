/* lanes32.h -- 32-bit heads, 16-bit words: every number is a whole double; see lanes.c. */
#ifndef RG_EXACT_LANES32_H
#define RG_EXACT_LANES32_H

#include "exact/lanes_number.h"

/* Spill the low half of each head at or above T = n 2^(32-k); returns the set of lanes that did. */
static inline uint64_t
spill32 (double *restrict h, double *restrict low, const row_decays *restrict row, double scale)
{
    uint64_t set = 0;
    for (int l = 0; l < RG_LANES; l++) {
        const double high = floor_of (h[l] * 0x1p-16);
        const uint64_t under = less (h[l], row->n[l] * scale);
        low[l] = h[l] - high * 0x1p16;
        h[l] = high + where (under, h[l] - high);
        set |= lane_bit[l] & ~under;
    }
    return set;
}

static inline void
multiply_row32 (double *restrict h, int64_t *restrict c, const row_decays *restrict row, double d)
{
    const double inverse_d = 1 / d;
    for (int l = 0; l < RG_LANES; l++) {
        const double n = row->n[l], value = rg_double_of_int64 (c[l]);
        const double quotient = floor_of ((h[l] + .5) * row->inverse[l]);
        const double u = h[l] - quotient * n;
        const double q = floor_of (value * inverse_d);
        const double x = (value - q * d) * n + u;
        const double digit = floor_of (x * inverse_d);
        c[l] = int64_of_double (q * n + digit);
        h[l] = (quotient - digit) * d + x;
    }
}

static size_t
multiply32 (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, uint16_t *words)
{
    double h[RG_LANES], low[RG_LANES];
    row_decays row;
    const double d = (double) ((int64_t) 1 << decays->ratio_bits);
    size_t pushed = 0;
    for (int l = 0; l < RG_LANES; l++)
        h[l] = double_of_small (heads[l]);
    fill_decays (&row, decays->uniform);
    for (size_t i = 0; i < rows; i++, c += RG_LANES) {
        if (decays->n != NULL)
            load_decays (&row, decays->n + i * RG_LANES);
        for (uint64_t set = spill32 (h, low, &row, 0x1p32 / d); set != 0; set &= set - 1)
            words[pushed++] = (uint16_t) (int32_t) low[LOWEST_LANE (set)];
        multiply_row32 (h, c, &row, d);
    }
    for (int l = 0; l < RG_LANES; l++)
        heads[l] = (uint32_t) small_of_double (h[l]);
    return pushed;
}

static inline uint64_t
divide_row32 (double *restrict h, int64_t *restrict c, const row_decays *restrict row, double d)
{
    const double inverse_d = 1 / d;
    uint64_t set = 0;
    for (int l = 0; l < RG_LANES; l++) {
        const double n = row->n[l], inverse = row->inverse[l];
        double m;
        const double q = divide_value (c[l], n, inverse, &m);
        const double top = floor_of (h[l] * inverse_d);
        const double x = (m - top) * d + h[l];
        const double r = floor_of ((x + .5) * inverse);
        const double result = q * d + r; /* beyond the limit, the limit */
        const double over = where (less (0x1p52, result), result - 0x1p52);
        const double under = where (less (result, -0x1p52), result + 0x1p52);
        c[l] = int64_of_double (result - over - under);
        h[l] = top * n + (x - r * n);
        set |= lane_bit[l] & less (h[l], 0x1p16);
    }
    return set;
}

static size_t
divide32 (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays, const uint16_t *words,
          size_t available)
{
    double h[RG_LANES];
    row_decays row;
    const double d = (double) ((int64_t) 1 << decays->ratio_bits);
    size_t popped = 0;
    for (int l = 0; l < RG_LANES; l++)
        h[l] = double_of_small (heads[l]);
    fill_decays (&row, decays->uniform);
    for (size_t i = rows; i-- > 0;) {
        if (decays->n != NULL)
            load_decays (&row, decays->n + i * RG_LANES);
        uint64_t set = divide_row32 (h, c + i * RG_LANES, &row, d);
        while (set != 0) {
            const int l = HIGHEST_LANE (set);
            popped++;
            h[l] = h[l] * 0x1p16 + (popped <= available ? (double) words[available - popped] : 0);
            set ^= lane_bit[l];
        }
    }
    for (int l = 0; l < RG_LANES; l++)
        heads[l] = (uint32_t) small_of_double (h[l]);
    return popped;
}

#endif /* RG_EXACT_LANES32_H */

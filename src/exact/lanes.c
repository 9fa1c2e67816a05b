/*
 * lanes.c -- the streaming coder; built for each processor level, see lanes.h.
 *
 * Exactness. Every number is an integer below 2^52 held in a double, or a
 * uint64_t. With inverse = 1/n rounded, floor ((x + 1/2) * inverse) is exactly
 * x div n for 0 <= x < 2^51: x + 1/2 is at least 1/2n away from a multiple of n,
 * the product's error is below x/n 2^-52. Larger dividends need a correction
 * (|c| < 2^52: divide_value) or two digits (64-bit heads). 32-bit heads of one ratio are divided in integers.
 *
 * Speed. Lane loops have a constant trip count, no branch and no call, so that
 * the compiler makes vectors of them; loops that do several things at once do not.
 */
#include "base/levels.h"
#include "exact/lanes32.h"
#include "exact/lanes64.h"

/* Both sums are in 0 .. 2^53 - 1 when -2^52 < c < 2^52. */
static int
inside (const int64_t *c, size_t count)
{
    const uint64_t limit = (uint64_t) 1 << 52;
    uint64_t seen = 0;
    for (; count >= RG_LANES; count -= RG_LANES, c += RG_LANES)
        for (int l = 0; l < RG_LANES; l++)
            seen |= ((uint64_t) c[l] + limit) | ((uint64_t) c[l] + limit - 1);
    for (size_t i = 0; i < count; i++)
        seen |= ((uint64_t) c[i] + limit) | ((uint64_t) c[i] + limit - 1);
    return seen >> 53 == 0;
}

static int
inside_large (const int64_t *c, size_t count)
{
    uint64_t seen = 0;
    for (; count >= RG_LANES; count -= RG_LANES, c += RG_LANES)
        for (int l = 0; l < RG_LANES; l++)
            seen |= (uint64_t) c[l];
    for (size_t i = 0; i < count; i++)
        seen |= (uint64_t) c[i];
    return seen >> 62 == 0;
}

/* n - 1 and d - n have no top bit when 1 <= n <= d < 2^31. */
static int
valid (const uint32_t *n, size_t count, uint32_t d)
{
    uint32_t seen = 0;
    for (; count >= RG_LANES; count -= RG_LANES, n += RG_LANES)
        for (int l = 0; l < RG_LANES; l++)
            seen |= (n[l] - 1) | (d - n[l]) | n[l];
    for (size_t i = 0; i < count; i++)
        seen |= (n[i] - 1) | (d - n[i]) | n[i];
    return seen >> 31 == 0;
}

const rg_lanes RG_AT_LEVEL (rg_lanes) = { multiply32,     divide32, multiply64,   divide64,
                                          divide64_large, inside,   inside_large, valid };

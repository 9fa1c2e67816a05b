/* ratio.c -- decay ratios: from a number, from a text, and what they are worth; see exact.h. */
#include <retrograde/exact.h>

#include <math.h>

#include "exact/update.h"

static const rg_ratio nothing = { 0, 1 };

/* The nearest whole number, ties to even, of 0 <= x < 2^51: adding 2^52 leaves no room for a fraction. */
static inline double
round_to_even (double x)
{
    return (x + 0x1p52) - 0x1p52;
}

/* n of a decay that is in range. */
static inline uint64_t
numerator (double decay, double scale)
{
    const double n = round_to_even (decay * scale);
    return (uint64_t) (n < 1 ? 1 : n);
}

rg_status
rg_ratio_from_decay (double decay, int ratio_bits, rg_ratio *out)
{
    *out = nothing;
    if (!isfinite (decay))
        return RG_ENONFINITE;
    if (!(decay > 0) || decay > 1 || ratio_bits < 1 || ratio_bits > 31)
        return RG_ERANGE;
    const uint64_t d = (uint64_t) 1 << ratio_bits;
    *out = (rg_ratio){ numerator (decay, (double) d), d };
    return RG_OK;
}

rg_status
rg_ratio_numerators (size_t count, const double *decay, int ratio_bits, uint32_t *n, size_t *bad)
{
    const int possible = ratio_bits >= 1 && ratio_bits <= 31;
    const double scale = possible ? (double) ((uint64_t) 1 << ratio_bits) : 1;
    rg_ratio unused;
    size_t i = 0;
    if (count == 0 || (possible && !rg_kernels_here ()->update->numerators (count, decay, scale, n)))
        return RG_OK;
    while (rg_ratio_from_decay (decay[i], ratio_bits, &unused) == RG_OK)
        i++;
    if (i > 0)
        rg_kernels_here ()->update->numerators (i, decay, scale, n);
    if (bad != NULL)
        *bad = i;
    return rg_ratio_from_decay (decay[i], ratio_bits, &unused);
}

/* Read decimal digits into *number, which stays at 2^32 when they say more; returns what follows them. */
static const char *
read_number (const char *text, uint64_t *number)
{
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        *number = 10 * *number + (uint64_t) (*text - '0');
        if (*number > UINT32_MAX)
            *number = (uint64_t) UINT32_MAX + 1;
    }
    return text;
}

rg_status
rg_ratio_parse (const char *text, rg_ratio *out)
{
    uint64_t n, d;
    *out = nothing;
    const char *slash = read_number (text, &n);
    if (slash == text || *slash != '/')
        return RG_EINPUT;
    const char *end = read_number (slash + 1, &d);
    if (end == slash + 1 || *end != '\0')
        return RG_EINPUT;
    if (n == 0 || n > d || d > UINT32_MAX)
        return RG_ERANGE;
    uint64_t a = d, b = n;
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    *out = (rg_ratio){ n / a, d / a };
    return RG_OK;
}

double
rg_ratio_value (rg_ratio ratio)
{
    return (double) ratio.n / (double) ratio.d;
}

rg_ratio_quality
rg_ratio_judge (rg_ratio ratio, double decay)
{
    if (!(decay < 1))
        return RG_RATIO_GOOD;
    if (ratio.n == ratio.d)
        return RG_RATIO_NO_DECAY;
    return 1 / (double) ratio.d > .01 * (1 - decay) ? RG_RATIO_COARSE : RG_RATIO_GOOD;
}

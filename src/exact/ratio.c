/* ratio.c -- decay ratios: from a number, from a text, and what they are worth; see exact.h. */
#include <retrograde/exact.h>

#include <math.h>

static const rg_ratio nothing = { 0, 1 };

/* The nearest whole number, ties to even, of 0 <= x < 2^51. */
static double
round_to_even (double x)
{
    const double below = floor (x), rest = x - below;
    const int up = rest > .5 || (rest == .5 && fmod (below, 2) != 0);
    return below + up;
}

rg_status
rg_ratio_from_decay (double decay, int ratio_bits, rg_ratio *out)
{
    *out = nothing;
    if (!isfinite (decay))
        return RG_ENONFINITE;
    if (!(decay > 0) || decay > 1 || ratio_bits < 1 || ratio_bits > 31)
        return RG_ERANGE;
    const uint64_t n = (uint64_t) round_to_even (ldexp (decay, ratio_bits));
    *out = (rg_ratio){ n == 0 ? 1 : n, (uint64_t) 1 << ratio_bits };
    return RG_OK;
}

/* Decays repeat, as all weights of an array share one: a value is judged when it differs from the one before. */
rg_status
rg_ratio_numerators (size_t count, const double *decay, int ratio_bits, uint32_t *n, size_t *bad)
{
    rg_ratio ratio = { 0, 1 };
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || decay[i] != decay[i - 1]) {
            const rg_status status = rg_ratio_from_decay (decay[i], ratio_bits, &ratio);
            if (status != RG_OK) {
                if (bad != NULL)
                    *bad = i;
                return status;
            }
        }
        n[i] = (uint32_t) ratio.n;
    }
    return RG_OK;
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

/* update.c -- fixed-point addition; built for each processor level, see update.h. */
#include "exact/update.h"

#include "base/levels.h"

#define LIMIT (INT64_C (1) << 52)

/* Nearest even for |x| < 2^51: adding 1.5 * 2^52 leaves no room for a fraction. */
static inline double
nearest (double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

/* x where it may be rounded, else 0 with a mark; also false for what is not a number. */
static inline double
admit (double x, uint64_t *bad)
{
    const int inside = x > -0x1p51 && x < 0x1p51;
    *bad |= (uint64_t) !inside;
    return inside ? x : 0;
}

static inline uint64_t
outside (int64_t y)
{
    return (uint64_t) ((uint64_t) (y + (LIMIT - 1)) > (uint64_t) (2 * (LIMIT - 1)));
}

/* y + sign * round (scale * x), with a mark where it may not be. */
static inline int64_t
moved (int64_t y, int64_t sign, double scale, double x, uint64_t *bad)
{
    y += sign * (int64_t) nearest (admit (scale * x, bad));
    *bad |= outside (y);
    return y;
}

static int
add_scaled (size_t count, int uniform, const double *restrict scale, const int64_t *restrict x, int64_t *restrict y)
{
    uint64_t bad = 0;
    const double first = scale[0];
    if (uniform)
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 1, first, (double) x[i], &bad);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 1, scale[i], (double) x[i], &bad);
    return bad != 0;
}

static int
subtract_scaled (size_t count, int uniform, const double *restrict scale, const int64_t *restrict x,
                 int64_t *restrict y)
{
    uint64_t bad = 0;
    const double first = scale[0];
    if (uniform)
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], -1, first, (double) x[i], &bad);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], -1, scale[i], (double) x[i], &bad);
    return bad != 0;
}

static int
add_single (size_t count, int first, const float *restrict g, double unit, int64_t *restrict sum)
{
    uint64_t bad = 0;
    if (first)
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (0, 1, unit, (double) g[i], &bad);
    else
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (sum[i], 1, unit, (double) g[i], &bad);
    return bad != 0;
}

static int
add_double (size_t count, int first, const double *restrict g, double unit, int64_t *restrict sum)
{
    uint64_t bad = 0;
    if (first)
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (0, 1, unit, g[i], &bad);
    else
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (sum[i], 1, unit, g[i], &bad);
    return bad != 0;
}

static void
to_single (size_t count, const int64_t *restrict x, double ulp, float *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float) ((double) x[i] * ulp);
}

static void
to_double (size_t count, const int64_t *restrict x, double ulp, double *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (double) x[i] * ulp;
}

/* 0 * x is 0 for a finite number and not a number otherwise. */
static int
finite_single (size_t count, const float *x)
{
    int bad = 0;
    for (size_t i = 0; i < count; i++)
        bad |= !(x[i] * 0 == 0);
    return !bad;
}

static int
finite_double (size_t count, const double *x)
{
    int bad = 0;
    for (size_t i = 0; i < count; i++)
        bad |= !(x[i] * 0 == 0);
    return !bad;
}

const rg_update RG_AT_LEVEL (rg_update) = { add_scaled, subtract_scaled, add_single,    add_double,
                                            to_single,  to_double,       finite_single, finite_double };

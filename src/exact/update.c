/* update.c -- fixed-point addition; built for each processor level, see update.h. */
#include "exact/update.h"

#include "base/levels.h"

#include "exact/number.h"

#define LIMIT (INT64_C (1) << 52)

/*
 * What broke the rule, gathered over a loop.
 *   addends  all ones where one may not be rounded, or is not a number
 *   sums     bits above 52 where one left (-2^52, 2^52)
 */
typedef struct {
    uint64_t addends, sums;
} broken;

static inline int
any (broken b)
{
    return (b.addends | b.sums >> 53) != 0;
}

/* y + round (x), or y - round (x). */
static inline int64_t
moved (int64_t y, int subtract, double x, broken *b)
{
    const uint64_t inside = -(uint64_t) (fabs (x) < 0x1p51);
    const uint64_t addend = rg_nearest_of_double (rg_double_of_bits (rg_bits_of_double (x) & inside));
    const uint64_t sum = subtract ? (uint64_t) y - addend : (uint64_t) y + addend;
    b->addends |= ~inside;
    b->sums |= (sum + (uint64_t) LIMIT) | (sum + (uint64_t) (LIMIT - 1));
    return (int64_t) sum;
}

static int
add_scaled (size_t count, int uniform, const double *restrict scale, const int64_t *restrict x, int64_t *restrict y)
{
    broken b = { 0, 0 };
    const double first = scale[0];
    if (uniform)
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 0, first * rg_double_of_int64 (x[i]), &b);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 0, scale[i] * rg_double_of_int64 (x[i]), &b);
    return any (b);
}

static int
subtract_scaled (size_t count, int uniform, const double *restrict scale, const int64_t *restrict x,
                 int64_t *restrict y)
{
    broken b = { 0, 0 };
    const double first = scale[0];
    if (uniform)
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 1, first * rg_double_of_int64 (x[i]), &b);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = moved (y[i], 1, scale[i] * rg_double_of_int64 (x[i]), &b);
    return any (b);
}

static int
add_single (size_t count, int first, const float *restrict g, double unit, int64_t *restrict sum)
{
    broken b = { 0, 0 };
    if (first)
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (0, 0, unit * (double) g[i], &b);
    else
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (sum[i], 0, unit * (double) g[i], &b);
    return any (b);
}

static int
add_double (size_t count, int first, const double *restrict g, double unit, int64_t *restrict sum)
{
    broken b = { 0, 0 };
    if (first)
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (0, 0, unit * g[i], &b);
    else
        for (size_t i = 0; i < count; i++)
            sum[i] = moved (sum[i], 0, unit * g[i], &b);
    return any (b);
}

static void
to_single (size_t count, const int64_t *restrict x, double ulp, float *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float) (rg_double_of_int64 (x[i]) * ulp);
}

static void
to_double (size_t count, const int64_t *restrict x, double ulp, double *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = rg_double_of_int64 (x[i]) * ulp;
}

static int
numerators (size_t count, const double *restrict decay, double scale, uint32_t *restrict n)
{
    uint64_t good = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        good &= -(uint64_t) (decay[i] > 0) & -(uint64_t) (decay[i] <= 1);
    for (size_t i = 0; good != 0 && i < count; i++) {
        const uint32_t whole = (uint32_t) rg_bits_of_double (decay[i] * scale + 0x1p52);
        n[i] = whole + (whole == 0);
    }
    return good == 0;
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

const rg_update RG_AT_LEVEL (rg_update) = { add_scaled, subtract_scaled, add_single,    add_double,   to_single,
                                            to_double,  numerators,      finite_single, finite_double };

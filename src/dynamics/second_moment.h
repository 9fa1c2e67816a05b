/*
 * second_moment.h -- u <- b u + (1-b) g^2 in fixed point, for the files of rules that have it.
 *
 * The addend is rounded by a dither that depends on step and parameter (the sequence R2 of additive recurrences, by
 * Roberts), without bias over a run, but never down to 0: a second moment of 0 beside a gradient that is not would make
 * steps of rate g / epsilon.
 */
#ifndef RG_DYNAMICS_SECOND_MOMENT_H
#define RG_DYNAMICS_SECOND_MOMENT_H

#include <math.h>

#include "dynamics/dynamics.h"
#include "exact/number.h"

/* In [0, 1). */
static inline double
dither (uint64_t place)
{
    return rg_double_of_bits (place >> 12 | 0x3ff0000000000000u) - 1;
}

/*
 * u += sign * the addend, (1-b2) g^2 in the unit of u; 1 where something left its range.
 *   scale  (1-b2) and the units; stride 0: one for all
 */
static inline int
add_squares (size_t count, size_t stride, uint64_t place, int64_t sign, const double *restrict scale,
             const int64_t *restrict g, int64_t *restrict u)
{
    const uint64_t flip = sign < 0 ? UINT64_MAX : 0; /* -x is (x ^ flip) - flip */
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++, place += 0x91e10da5c79e7b1du) {
        const double real = rg_double_of_int64 (g[i]), x = scale[i * stride] * (real * real);
        const uint64_t inside = -(uint64_t) (x < 0x1p61);
        uint64_t addend = rg_whole_of_double (rg_double_of_bits (rg_bits_of_double (x) & inside) + dither (place));
        addend += (uint64_t) (addend == 0) & (uint64_t) (g[i] != 0);
        const uint64_t sum = (uint64_t) u[i] + ((addend ^ flip) - flip);
        u[i] = (int64_t) sum;
        seen |= sum | (~inside & (uint64_t) 1 << 63);
    }
    return seen >> 62 != 0;
}

/* u += (1-b) g^2, or back: b is the block's coefficient of that number, u its moment. */
static inline int
move_squares (const rg_exact_block *b, int moment, int beta, int forward, rg_overflow *where)
{
    double scale[RG_DYNAMICS_BLOCK];
    const double *restrict decay = b->factors.coefficient[beta];
    int64_t *u = b->moment[moment];
    const double unit = ldexp (1, b->second_bits - 2 * b->fraction_bits);
    const uint64_t place = b->step * 0xc13fa9a902a6328fu + b->first * 0x91e10da5c79e7b1du;
    const int64_t sign = forward ? 1 : -1;
    const size_t different = b->uniform ? 1 : b->count;
    for (size_t i = 0; i < different; i++)
        scale[i] = (1 - decay[i]) * unit;
    if (!(b->uniform ? add_squares (b->count, 0, place, sign, scale, b->g, u)
                     : add_squares (b->count, 1, place, sign, scale, b->g, u)))
        return 0;
    *where = (rg_overflow) { "second moment", 0 };
    for (; where->index < b->count; where->index++) {
        const double g = (double) b->g[where->index];
        if ((uint64_t) u[where->index] >> 62 != 0 || !(scale[b->uniform ? 0 : where->index] * (g * g) < 0x1p61))
            break;
    }
    return 1;
}

#endif /* RG_DYNAMICS_SECOND_MOMENT_H */

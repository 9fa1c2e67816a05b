/* fixed.c -- fixed point: values to integers and back; see exact.h. */
#include <retrograde/exact.h>

#include <math.h>

/* Below this a number rounds to one inside the limit: 2^52 - 1/2 is a tie and goes to 2^52. */
#define LARGEST (0x1p52 - .5)

/* The nearest whole number, ties to even, |x| <= 2^52: adding 2^52 leaves no room for a fraction. */
static inline double
round_to_even (double x)
{
    const double shift = copysign (0x1p52, x);
    return x + shift - shift;
}

#define REAL double
#define FROM_REAL rg_fixed_from_double
#define TO_REAL rg_fixed_to_double
#include "exact/fixed_body.h"
#undef REAL
#undef FROM_REAL
#undef TO_REAL

#define REAL float
#define FROM_REAL rg_fixed_from_float
#define TO_REAL rg_fixed_to_float
#include "exact/fixed_body.h"

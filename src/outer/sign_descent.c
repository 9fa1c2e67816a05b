/* sign_descent.c -- x <- x - rate sign (g): steps of one size, whatever the gradient's; a zero stays where it is. */
#include "outer/outer.h"

static void
step (const rg_outer_options *options, size_t count, size_t size, const double *gradient, double *memory,
      double *values)
{
    (void) count, (void) memory;
    for (size_t i = 0; i < size; i++)
        values[i] -= options->rate * (gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0);
}

const rg_optimizer rg_optimizer_sign_descent = { "sign-descent", "x <- x - rate sign (g)", 0, 0, step };

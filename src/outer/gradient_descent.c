/* gradient_descent.c -- x <- x - rate g. */
#include "outer/outer.h"

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) settings, (void) count, (void) memory;
    for (size_t i = 0; i < size; i++)
        values[i] -= rate * gradient[i];
}

const rg_optimizer rg_optimizer_gradient_descent = { .name = "gradient-descent", .formula = "x <- x - rate g", .step = step };

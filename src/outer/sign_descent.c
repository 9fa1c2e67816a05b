/* sign_descent.c -- x <- x - rate sign (g): steps of one size, whatever the gradient's; a zero stays where it is. */
#include <float.h>
#include <math.h>

#include "outer/outer.h"

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) settings, (void) count, (void) memory;
    for (size_t i = 0; i < size; i++)
        values[i] -= rate * (gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0);
}

/* The least h, as a part of the largest: a number whose gradient is 0 gives way to any other, and still divides. */
#define LEAST 1e-12

static void
metric (const void *settings, size_t count, size_t size, const double *gradient, const double *memory, double *h)
{
    (void) settings, (void) count, (void) memory;
    double most = DBL_MIN / LEAST;
    for (size_t i = 0; i < size; i++)
        most = fmax (most, fabs (gradient[i]));
    for (size_t i = 0; i < size; i++)
        h[i] = fmax (fabs (gradient[i]), LEAST * most);
}

const rg_optimizer rg_optimizer_sign_descent = {
    .name = "sign-descent", .formula = "x <- x - rate sign (g)", .step = step, .metric = metric
};

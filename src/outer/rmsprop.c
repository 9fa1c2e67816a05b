/*
 * rmsprop.c -- RMSprop (Tieleman, Hinton 2012, lecture 6e) in PyTorch's form: no bias correction, epsilon outside the root.
 *
 *   u <- alpha u + (1 - alpha) g^2;  d = g / (sqrt (u) + epsilon);  v <- momentum v + d;  x <- x - rate v
 *
 * So the first step of each number is rate / sqrt (1 - alpha): ten times the rate at the default .99.
 * Known values: tests/golden/outer.py.
 */
#include <math.h>

#include "outer/outer.h"

static void
step (const rg_outer_options *options, size_t count, size_t size, const double *gradient, double *memory,
      double *values)
{
    (void) count;
    double *u = memory, *v = memory + size;
    for (size_t i = 0; i < size; i++) {
        u[i] = options->alpha * u[i] + (1 - options->alpha) * gradient[i] * gradient[i];
        v[i] = options->momentum * v[i] + gradient[i] / (sqrt (u[i]) + options->epsilon);
        values[i] -= options->rate * v[i];
    }
}

static void
metric (const rg_outer_options *options, size_t count, size_t size, const double *gradient, const double *memory,
        double *h)
{
    (void) count, (void) gradient;
    for (size_t i = 0; i < size; i++)
        h[i] = sqrt (memory[i]) + options->epsilon;
}

static const rg_option options[] = {
    { "momentum", RG_OPTION_REAL, RG_FIELD (rg_outer_options, momentum), RG_BELOW_ONE, "0", "of the steps" },
    { "alpha", RG_OPTION_REAL, RG_FIELD (rg_outer_options, alpha), RG_BELOW_ONE, "0.99", "what the mean square keeps in a step" },
    { "epsilon", RG_OPTION_REAL, RG_FIELD (rg_outer_options, epsilon), RG_POSITIVE, "1e-8", "added to the root" },
    { 0 }
};

const rg_optimizer rg_optimizer_rmsprop = {
    .name = "rmsprop", .formula = "Tieleman and Hinton 2012; no bias correction, epsilon outside the root", .memories = 2,
    .options = options, .step = step, .metric = metric,
};

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

typedef struct {
    double momentum, alpha, epsilon;
} rmsprop_settings;

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) count;
    const rmsprop_settings *s = settings;
    double *u = memory, *v = memory + size;
    for (size_t i = 0; i < size; i++) {
        u[i] = s->alpha * u[i] + (1 - s->alpha) * gradient[i] * gradient[i];
        v[i] = s->momentum * v[i] + gradient[i] / (sqrt (u[i]) + s->epsilon);
        values[i] -= rate * v[i];
    }
}

static void
metric (const void *settings, size_t count, size_t size, const double *gradient, const double *memory, double *h)
{
    (void) count, (void) gradient;
    const rmsprop_settings *s = settings;
    for (size_t i = 0; i < size; i++)
        h[i] = sqrt (memory[i]) + s->epsilon;
}

static const rg_option options[] = {
    { "momentum", RG_OPTION_REAL, RG_FIELD (rmsprop_settings, momentum), RG_BELOW_ONE, "0", "of the steps" },
    { "alpha", RG_OPTION_REAL, RG_FIELD (rmsprop_settings, alpha), RG_BELOW_ONE, "0.99", "what the mean square keeps in a step" },
    { "epsilon", RG_OPTION_REAL, RG_FIELD (rmsprop_settings, epsilon), RG_POSITIVE, "1e-8", "added to the root" },
    { 0 }
};

const rg_optimizer rg_optimizer_rmsprop = {
    .name = "rmsprop", .formula = "Tieleman and Hinton 2012; no bias correction, epsilon outside the root", .memories = 2,
    .options = options, .settings_bytes = sizeof (rmsprop_settings), .step = step, .metric = metric,
};

/*
 * adagrad.c -- AdaGrad with a diagonal matrix (Duchi, Hazan, Singer 2011, Figure 1), epsilon outside the root.
 *
 *   u <- u + g^2;  x <- x - rate g / (sqrt (u) + epsilon)
 */
#include <math.h>

#include "outer/outer.h"

typedef struct {
    double epsilon;
} adagrad_settings;

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) count;
    const adagrad_settings *s = settings;
    for (size_t i = 0; i < size; i++) {
        memory[i] += gradient[i] * gradient[i];
        values[i] -= rate * gradient[i] / (sqrt (memory[i]) + s->epsilon);
    }
}

static void
metric (const void *settings, size_t count, size_t size, const double *gradient, const double *memory, double *h)
{
    (void) count, (void) gradient;
    const adagrad_settings *s = settings;
    for (size_t i = 0; i < size; i++)
        h[i] = sqrt (memory[i]) + s->epsilon;
}

static const rg_option options[] = {
    { "epsilon", RG_OPTION_REAL, RG_FIELD (adagrad_settings, epsilon), RG_POSITIVE, "1e-10", "added to the root" }, { 0 }
};

const rg_optimizer rg_optimizer_adagrad = {
    .name = "adagrad", .formula = "Duchi, Hazan, Singer 2011: u <- u + g^2; x <- x - rate g / (sqrt (u) + epsilon)", .memories = 1,
    .options = options, .settings_bytes = sizeof (adagrad_settings), .step = step, .metric = metric
};

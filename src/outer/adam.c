/*
 * adam.c -- Adam (Kingma, Ba 2015, Algorithm 1), epsilon outside the root.
 *
 * Known value: gradients 1, -2 from x = 0 with rate .1 and the default settings
 * give x = -.0999999990, then -.0633896465 (tests/check_outer.c has the sum by hand).
 */
#include <math.h>

#include "outer/outer.h"

typedef struct {
    double beta1, beta2, epsilon;
} adam_settings;

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    const adam_settings *s = settings;
    const double b1 = s->beta1, b2 = s->beta2;
    const double first = 1 - pow (b1, (double) count), second = 1 - pow (b2, (double) count);
    double *m = memory, *u = memory + size;
    for (size_t i = 0; i < size; i++) {
        m[i] = b1 * m[i] + (1 - b1) * gradient[i];
        u[i] = b2 * u[i] + (1 - b2) * gradient[i] * gradient[i];
        values[i] -= rate * (m[i] / first) / (sqrt (u[i] / second) + s->epsilon);
    }
}

static void
metric (const void *settings, size_t count, size_t size, const double *gradient, const double *memory, double *h)
{
    (void) gradient;
    const adam_settings *s = settings;
    const double second = 1 - pow (s->beta2, (double) count);
    for (size_t i = 0; i < size; i++)
        h[i] = sqrt (memory[size + i] / second) + s->epsilon;
}

static const rg_option options[] = {
    { "beta1", RG_OPTION_REAL, RG_FIELD (adam_settings, beta1), RG_BELOW_ONE, "0.9", "decay of the first moment" },
    { "beta2", RG_OPTION_REAL, RG_FIELD (adam_settings, beta2), RG_BELOW_ONE, "0.999", "decay of the second moment" },
    { "epsilon", RG_OPTION_REAL, RG_FIELD (adam_settings, epsilon), RG_POSITIVE, "1e-8", "added to the root" },
    { 0 }
};

const rg_optimizer rg_optimizer_adam = {
    .name = "adam", .formula = "Kingma and Ba 2015", .memories = 2, .options = options,
    .settings_bytes = sizeof (adam_settings), .step = step, .metric = metric
};

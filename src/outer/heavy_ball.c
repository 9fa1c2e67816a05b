/* heavy_ball.c -- outer momentum: v <- momentum v + g; x <- x - rate v (Polyak 1964). */
#include "outer/outer.h"

typedef struct {
    double momentum;
} momentum_settings;

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) count;
    const momentum_settings *s = settings;
    for (size_t i = 0; i < size; i++) {
        memory[i] = s->momentum * memory[i] + gradient[i];
        values[i] -= rate * memory[i];
    }
}

static const rg_option options[] = {
    { "momentum", RG_OPTION_REAL, RG_FIELD (momentum_settings, momentum), RG_BELOW_ONE, "0.9", "what the velocity keeps in a step" },
    { 0 }
};

const rg_optimizer rg_optimizer_momentum = {
    .name = "momentum", .formula = "v <- momentum v + g; x <- x - rate v", .memories = 1, .options = options,
    .settings_bytes = sizeof (momentum_settings), .step = step
};

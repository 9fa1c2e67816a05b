/* heavy_ball.c -- outer momentum: v <- momentum v + g; x <- x - rate v (Polyak 1964). */
#include "outer/outer.h"

static void
step (const rg_outer_options *options, size_t count, size_t size, const double *gradient, double *memory,
      double *values)
{
    (void) count;
    for (size_t i = 0; i < size; i++) {
        memory[i] = options->momentum * memory[i] + gradient[i];
        values[i] -= options->rate * memory[i];
    }
}

static const rg_option options[] = {
    { "momentum", RG_OPTION_REAL, RG_FIELD (rg_outer_options, momentum), RG_BELOW_ONE, "0.9", "what the velocity keeps in a step" },
    { 0 }
};

const rg_optimizer rg_optimizer_momentum = {
    .name = "momentum", .formula = "v <- momentum v + g; x <- x - rate v", .memories = 1, .options = options, .step = step
};

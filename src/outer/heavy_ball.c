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

const rg_optimizer rg_optimizer_momentum = {
    .name = "momentum", .formula = "v <- momentum v + g; x <- x - rate v", .memories = 1, .momentum = .9, .step = step
};

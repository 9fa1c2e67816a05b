/*
 * heavy_ball.c -- outer momentum: v <- momentum v + g; x <- x - rate v (Polyak 1964); with `nesterov` x <- x - rate (g + momentum v), as PyTorch
 * has it (Sutskever, Martens, Dahl, Hinton 2013, up to where the gradient is taken).
 */
#include "outer/outer.h"

typedef struct {
    double momentum;
    int nesterov;
} momentum_settings;

static void
step (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory, double *values)
{
    (void) count;
    const momentum_settings *s = settings;
    for (size_t i = 0; i < size; i++) {
        memory[i] = s->momentum * memory[i] + gradient[i];
        values[i] -= rate * (s->nesterov ? gradient[i] + s->momentum * memory[i] : memory[i]);
    }
}

static const rg_option options[] = {
    { "momentum", RG_OPTION_REAL, RG_FIELD (momentum_settings, momentum), RG_BELOW_ONE, "0.9", "what the velocity keeps in a step" },
    { "nesterov", RG_OPTION_FLAG, RG_FIELD (momentum_settings, nesterov), NULL, "false", "whether the step looks ahead" },
    { 0 }
};

const rg_optimizer rg_optimizer_momentum = {
    .name = "momentum", .formula = "v <- momentum v + g; x <- x - rate v", .memories = 1, .options = options,
    .settings_bytes = sizeof (momentum_settings), .step = step
};

/* outer.c -- an optimizer at work; see retrograde/outer.h. */
#include "outer/outer.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

struct rg_outer {
    const rg_optimizer *optimizer;
    rg_outer_options options;
    size_t size, count;
    double *memory; /* [memories * size] */
};

rg_outer_options
rg_outer_defaults (const rg_optimizer *optimizer)
{
    return (rg_outer_options) {
        .rate = .1, .momentum = optimizer == NULL ? 0 : optimizer->momentum, .beta1 = .9, .beta2 = .999, .epsilon = 1e-8, .alpha = .99
    };
}

static int
is_fraction (double x)
{
    return x >= 0 && x < 1;
}

rg_status
rg_outer_new (rg_outer **out, const rg_optimizer *optimizer, const rg_outer_options *options, size_t size,
              rg_message *message)
{
    *out = NULL;
    if (optimizer == NULL)
        return rg_fail (message, RG_EINPUT, "the optimizer is NULL");
    if (!(options->rate > 0 && isfinite (options->rate)))
        return rg_fail (message, RG_ERANGE, "outer.rate: expected a number > 0, got %g", options->rate);
    if (!is_fraction (options->momentum) || !is_fraction (options->beta1) || !is_fraction (options->beta2)
        || !is_fraction (options->alpha))
        return rg_fail (message, RG_ERANGE, "outer.momentum, alpha, beta1, beta2: expected numbers in [0, 1)");
    if (!(options->epsilon > 0 && isfinite (options->epsilon)))
        return rg_fail (message, RG_ERANGE, "outer.epsilon: expected a number > 0, got %g", options->epsilon);
    rg_outer *outer = rg_calloc (1, sizeof *outer);
    double *memory = rg_calloc (optimizer->memories * size, sizeof *memory);
    if (outer == NULL || memory == NULL) {
        rg_free (outer);
        rg_free (memory);
        return rg_fail (message, RG_ENOMEM, "out of memory for the outer optimizer");
    }
    *outer = (rg_outer) { optimizer, *options, size, 0, memory };
    *out = outer;
    return RG_OK;
}

void
rg_outer_free (rg_outer *outer)
{
    if (outer == NULL)
        return;
    rg_free (outer->memory);
    rg_free (outer);
}

rg_status
rg_outer_step (rg_outer *outer, const double *gradient, double *values)
{
    for (size_t i = 0; i < outer->size; i++)
        if (!isfinite (gradient[i]))
            return RG_ENONFINITE;
    outer->count++;
    outer->optimizer->step (&outer->options, outer->count, outer->size, gradient, outer->memory, values);
    return RG_OK;
}

size_t
rg_outer_steps (const rg_outer *outer)
{
    return outer->count;
}

size_t
rg_outer_state_size (const rg_outer *outer)
{
    return outer->optimizer->memories * outer->size;
}

void
rg_outer_save (const rg_outer *outer, double *state)
{
    memcpy (state, outer->memory, rg_outer_state_size (outer) * sizeof *state);
}

void
rg_outer_load (rg_outer *outer, const double *state, size_t steps)
{
    memcpy (outer->memory, state, rg_outer_state_size (outer) * sizeof *state);
    outer->count = steps;
}

/* outer.c -- an optimizer at work; see retrograde/outer.h. */
#include "outer/outer.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

struct rg_outer {
    const rg_optimizer *optimizer;
    rg_outer_options options;
    size_t size, count;
    double *memory; /* [memories * size + scalars] */
    double *metric; /* [size] of the last step; NULL where the method has none */
};

rg_outer_options
rg_outer_defaults (const rg_optimizer *optimizer)
{
    rg_outer_options options = { .rate = .1, .decay_power = 1 };
    if (optimizer != NULL)
        (void) rg_option_defaults (optimizer->options, &options, NULL); /* numbers: nothing that can fail */
    return options;
}

int
rg_optimizer_searches (const rg_optimizer *optimizer)
{
    return optimizer->search != NULL;
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
    if (!(options->decay >= 0 && isfinite (options->decay)))
        return rg_fail (message, RG_ERANGE, "outer.decay: expected a number >= 0, got %g", options->decay);
    if (!(options->decay_power > 0 && options->decay_power <= 1))
        return rg_fail (message, RG_ERANGE, "outer.decay_power: expected a number in (0, 1], got %g", options->decay_power);
    rg_message reason;
    if (rg_option_check (optimizer->options, options, &reason) != RG_OK)
        return rg_fail_about (message, RG_ERANGE, reason.subject, "outer.%s: %s", reason.subject, reason.text);
    rg_outer *outer = rg_calloc (1, sizeof *outer);
    if (outer != NULL) {
        *outer = (rg_outer) { .optimizer = optimizer, .options = *options, .size = size };
        outer->memory = rg_calloc (optimizer->memories * size + optimizer->scalars, sizeof *outer->memory);
        outer->metric = optimizer->metric == NULL ? NULL : rg_calloc (size, sizeof *outer->metric);
    }
    if (outer == NULL || outer->memory == NULL || (optimizer->metric != NULL && outer->metric == NULL)) {
        rg_outer_free (outer);
        return rg_fail (message, RG_ENOMEM, "out of memory for the outer optimizer");
    }
    *out = outer;
    return RG_OK;
}

void
rg_outer_free (rg_outer *outer)
{
    if (outer == NULL)
        return;
    rg_free (outer->memory);
    rg_free (outer->metric);
    rg_free (outer);
}

double
rg_outer_rate (const rg_outer *outer)
{
    const rg_outer_options *o = &outer->options;
    return o->decay == 0 ? o->rate : o->rate / pow (1 + o->decay * (double) outer->count, o->decay_power);
}

static int
is_finite (size_t size, const double *x)
{
    for (size_t i = 0; i < size; i++)
        if (!isfinite (x[i]))
            return 0;
    return 1;
}

rg_status
rg_outer_step (rg_outer *outer, const double *gradient, double *values)
{
    if (outer->optimizer->step == NULL)
        return RG_EUNSUPPORTED;
    if (!is_finite (outer->size, gradient))
        return RG_ENONFINITE;
    rg_outer_options now = outer->options;
    now.rate = rg_outer_rate (outer);
    outer->count++;
    outer->optimizer->step (&now, outer->count, outer->size, gradient, outer->memory, values);
    if (outer->metric != NULL)
        outer->optimizer->metric (&now, outer->count, outer->size, gradient, outer->memory, outer->metric);
    return RG_OK;
}

rg_status
rg_outer_descend (rg_outer *outer, double loss, const double *gradient, rg_hyper *hyper, rg_message *message)
{
    const rg_optimizer *method = outer->optimizer;
    if (rg_hyper_size (hyper) != outer->size)
        return rg_fail (message, RG_ESHAPE, "the optimizer is of %zu numbers, the hyperparameters have %zu", outer->size,
                        rg_hyper_size (hyper));
    if (!is_finite (outer->size, gradient))
        return rg_fail (message, RG_ENONFINITE, "the hypergradient is not finite");
    if (method->search == NULL) {
        rg_outer_step (outer, gradient, rg_hyper_values (hyper));
        return rg_hyper_project (hyper, outer->metric, message);
    }
    if (!isfinite (loss))
        return rg_fail (message, RG_ENONFINITE, "%s needs the loss, which is not finite", method->name);
    outer->count++;
    return method->search (&outer->options, loss, outer->size, gradient, outer->memory, hyper, message);
}

size_t
rg_outer_steps (const rg_outer *outer)
{
    return outer->count;
}

size_t
rg_outer_state_size (const rg_outer *outer)
{
    return outer->optimizer->memories * outer->size + outer->optimizer->scalars;
}

void
rg_outer_save (const rg_outer *outer, double *state)
{
    if (rg_outer_state_size (outer) > 0)
        memcpy (state, outer->memory, rg_outer_state_size (outer) * sizeof *state);
}

void
rg_outer_load (rg_outer *outer, const double *state, size_t steps)
{
    if (rg_outer_state_size (outer) > 0)
        memcpy (outer->memory, state, rg_outer_state_size (outer) * sizeof *state);
    outer->count = steps;
}

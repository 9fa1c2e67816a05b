/* outer.c -- an optimizer at work; see retrograde/outer.h. */
#include "outer/outer.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings.h"
#include "base/sized.h"
#include "hyper/range.h"

struct rg_outer {
    const rg_optimizer *optimizer;
    rg_outer_options options;
    rg_row_settings settings;
    size_t size, count;
    double *memory; /* [memories * size + scalars] */
    double *metric; /* [size] of the last step; NULL where the method has none */
};

/* All zero beyond these. */
static const rg_outer_options defaults = { .rate = .1, .decay_power = 1 };

void
rg_outer_options_init (rg_outer_options *options, size_t size)
{
    rg_sized_write (options, size, &defaults, sizeof defaults);
}

int
rg_optimizer_searches (const rg_optimizer *optimizer)
{
    return optimizer->search != NULL;
}

/* What is common to all methods. */
static rg_status
read_options (rg_outer_options *own, const rg_outer_options *given, rg_message *message)
{
    *own = defaults;
    const size_t least = RG_SIZE_TO (rg_outer_options, settings);
    const rg_status status = given == NULL ? RG_OK : rg_sized_read (own, sizeof *own, least, given, "rg_outer_options", message);
    if (status != RG_OK)
        return status;
    if (!(own->rate > 0 && isfinite (own->rate)))
        return rg_fail (message, RG_ERANGE, "outer.rate: expected a number > 0, got %g", own->rate);
    if (!(own->decay >= 0 && isfinite (own->decay)))
        return rg_fail (message, RG_ERANGE, "outer.decay: expected a number >= 0, got %g", own->decay);
    if (!(own->decay_power > 0 && own->decay_power <= 1))
        return rg_fail (message, RG_ERANGE, "outer.decay_power: expected a number in (0, 1], got %g", own->decay_power);
    return RG_OK;
}

static rg_status
read_settings (rg_outer *outer, rg_message *message)
{
    const rg_optimizer *row = outer->optimizer;
    const rg_kind kind = { .name = row->name, .options = row->options, .bytes = row->settings_bytes, .row = row };
    const rg_status status = rg_row_settings_read (&outer->settings, &kind, outer->options.settings, outer->options.known, message);
    outer->options.settings = NULL; /* the caller's */
    return status;
}

static rg_status
make_memory (rg_outer *outer, rg_message *message)
{
    const rg_optimizer *row = outer->optimizer;
    int complete = (outer->memory = rg_calloc (row->memories * outer->size + row->scalars, sizeof *outer->memory)) != NULL;
    if (row->metric != NULL)
        complete &= (outer->metric = rg_calloc (outer->size, sizeof *outer->metric)) != NULL;
    return complete ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for the outer optimizer");
}

rg_status
rg_outer_new (rg_outer **out, const rg_optimizer *optimizer, const rg_outer_options *options, size_t size,
              rg_message *message)
{
    *out = NULL;
    if (optimizer == NULL)
        return rg_fail (message, RG_EINPUT, "the optimizer is NULL");
    rg_outer *outer = rg_calloc (1, sizeof *outer);
    if (outer == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the outer optimizer");
    outer->optimizer = optimizer;
    outer->size = size;
    rg_status status = read_options (&outer->options, options, message);
    if (status == RG_OK)
        status = read_settings (outer, message);
    if (status == RG_OK)
        status = make_memory (outer, message);
    if (status != RG_OK) {
        rg_outer_free (outer);
        return status;
    }
    *out = outer;
    return RG_OK;
}

void
rg_outer_free (rg_outer *outer)
{
    if (outer == NULL)
        return;
    rg_row_settings_clear (&outer->settings);
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
    const void *settings = outer->settings.values;
    const double rate = rg_outer_rate (outer);
    outer->count++;
    outer->optimizer->step (settings, rate, outer->count, outer->size, gradient, outer->memory, values);
    if (outer->metric != NULL)
        outer->optimizer->metric (settings, outer->count, outer->size, gradient, outer->memory, outer->metric);
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
        return rg_hyper_keep (hyper, outer->metric, message);
    }
    if (!isfinite (loss))
        return rg_fail (message, RG_ENONFINITE, "%s needs the loss, which is not finite", method->name);
    outer->count++;
    return method->search (outer->settings.values, outer->options.rate, loss, outer->size, gradient, outer->memory, hyper, message);
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

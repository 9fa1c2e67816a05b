/* stored.c -- keeps every state: memory grows as steps times weights. */
#include <string.h>

#include "base/memory.h"
#include "trajectory/trajectory.h"

typedef struct {
    uint64_t steps;
    size_t state_bytes; /* of one state */
    char **states;      /* [steps], allocated as they are recorded */
} stored;

static size_t
array_bytes (const rg_run *run)
{
    return run->weights
        * (run->options.arithmetic == RG_EXACT ? sizeof (int64_t) : rg_precision_size (run->inner->precision));
}

static void
stored_free (void *self)
{
    stored *s = self;
    for (uint64_t t = 0; s->states != NULL && t < s->steps; t++)
        rg_free (s->states[t]);
    rg_free (s->states);
    rg_free (s);
}

static rg_status
stored_create (void **self, const rg_run *run, const rg_trajectory_options *options)
{
    *self = NULL;
    stored *s = rg_calloc (1, sizeof *s);
    if (s == NULL)
        return RG_ENOMEM;
    s->steps = options->steps;
    s->state_bytes = array_bytes (run) * (size_t) (1 + run->dynamics->moments);
    s->states = rg_calloc (options->steps, sizeof *s->states);
    if (s->states == NULL) {
        stored_free (s);
        return RG_ENOMEM;
    }
    *self = s;
    return RG_OK;
}

/* The arrays of a state, in order: weights, moments. */
static void *
array_of (const rg_run *run, int index)
{
    if (run->options.arithmetic == RG_EXACT)
        return index == 0 ? run->w : run->moment[index - 1];
    return index == 0 ? run->w_real : run->moment_real[index - 1];
}

static rg_status
stored_record (void *self, const rg_run *run, rg_message *message)
{
    stored *s = self;
    char *state = rg_malloc (s->state_bytes, 1);
    if (state == NULL)
        return rg_fail (message, RG_ENOMEM, "step %llu: out of memory for the stored trajectory",
                        (unsigned long long) run->step);
    s->states[run->step] = state;
    for (int i = 0; i <= run->dynamics->moments; i++)
        memcpy (state + (size_t) i * array_bytes (run), array_of (run, i), array_bytes (run));
    return RG_OK;
}

static rg_status
stored_rewind (void *self, rg_run *run, uint64_t t, rg_message *message)
{
    const stored *s = self;
    for (int i = 0; i <= run->dynamics->moments; i++)
        memcpy (array_of (run, i), s->states[t] + (size_t) i * array_bytes (run), array_bytes (run));
    run->step = t;
    if (run->options.arithmetic == RG_EXACT)
        rg_run_refresh (run);
    return rg_run_gradient (run, 0, message);
}

static rg_status
stored_certify (void *self, const rg_run *run, rg_message *message)
{
    (void) self, (void) run, (void) message;
    return RG_OK;
}

static size_t
stored_bytes (const void *self, const rg_run *run)
{
    (void) run;
    const stored *s = self;
    return s->steps * (s->state_bytes + sizeof *s->states);
}

const rg_policy rg_policy_stored = {
    .name = "stored",
    .summary = "keeps every state; memory grows as steps times weights",
    .create = stored_create,
    .free = stored_free,
    .record = stored_record,
    .rewind = stored_rewind,
    .certify = stored_certify,
    .bytes = stored_bytes,
};

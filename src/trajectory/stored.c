/* stored.c -- keeps every state: memory grows as steps times weights. */
#include "base/memory.h"
#include "dynamics/window.h"
#include "trajectory/state.h"
#include "trajectory/trajectory.h"

typedef struct {
    uint64_t first, count; /* the states kept: s_first, s_{first+1} ... */
    size_t state_bytes; /* of one state */
    char **states;      /* [count], allocated as they are recorded */
} stored;

static void
stored_free (void *self)
{
    stored *s = self;
    for (uint64_t t = 0; s->states != NULL && t < s->count; t++)
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
    s->first = options->first;
    s->count = options->steps - options->first;
    s->state_bytes = rg_state_bytes (run);
    rg_window_aim (run, options->steps - 1);
    s->states = rg_calloc (s->count, sizeof *s->states);
    if (s->states == NULL) {
        stored_free (s);
        return RG_ENOMEM;
    }
    *self = s;
    return RG_OK;
}

static rg_status
stored_record (void *self, const rg_run *run, rg_message *message)
{
    stored *s = self;
    if (run->step < s->first)
        return RG_OK;
    char *state = rg_malloc (s->state_bytes, 1);
    if (state == NULL)
        return rg_fail (message, RG_ENOMEM, "step %llu: out of memory for the stored trajectory",
                        (unsigned long long) run->step);
    s->states[run->step - s->first] = state;
    rg_state_save (run, state);
    return RG_OK;
}

static rg_status
stored_rewind (void *self, rg_run *run, uint64_t t, rg_message *message)
{
    const stored *s = self;
    rg_state_load (run, t, s->states[t - s->first]);
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
    const stored *s = self;
    return s->count * (s->state_bytes + sizeof *s->states) + rg_run_buffer_bytes (run);
}

static void
stored_forecast (const rg_run *run, const rg_trajectory_options *options, const rg_kept_bits *bits, rg_trajectory_forecast *out)
{
    const double states = (double) (options->steps - options->first);
    out->bytes = states * (double) (rg_state_bytes (run) + sizeof (char *)) + rg_kept_buffer_bytes (run, bits, 1);
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
    .copies = 2,
    .forecast = stored_forecast,
};

/*
 * reversible.c -- keeps the last state and the entropy buffer, and runs training backwards.
 *
 * The way back is checked by digests of the state (weights, moments, heads and
 * lengths of the buffer), taken on the way out every so many steps. At the end
 * moments and buffer must be at their start, and the weights' digest that of s_0.
 */
#include "base/memory.h"
#include "trajectory/overhead.h"
#include "trajectory/trajectory.h"

enum { CHECKS = 16 }; /* digests of a run, unless told otherwise */

typedef struct {
    uint64_t steps, interval;
    uint64_t *digests; /* of steps 0, interval, 2 interval ... */
} reversible;

static uint64_t
interval_of (uint64_t steps, uint64_t interval)
{
    return interval != 0 ? interval : (steps + CHECKS - 1) / CHECKS;
}

static void
reversible_free (void *self)
{
    reversible *r = self;
    rg_free (r->digests);
    rg_free (r);
}

static rg_status
reversible_create (void **self, const rg_run *run, const rg_trajectory_options *options)
{
    (void) run;
    *self = NULL;
    reversible *r = rg_calloc (1, sizeof *r);
    if (r == NULL)
        return RG_ENOMEM;
    r->steps = options->steps;
    r->interval = interval_of (options->steps, options->interval);
    r->digests = rg_calloc (options->steps / r->interval + 1, sizeof *r->digests);
    if (r->digests == NULL) {
        reversible_free (r);
        return RG_ENOMEM;
    }
    *self = r;
    return RG_OK;
}

static rg_status
reversible_record (void *self, const rg_run *run, rg_message *message)
{
    (void) message;
    reversible *r = self;
    if (run->step % r->interval == 0)
        r->digests[run->step / r->interval] = rg_run_digest (run);
    return RG_OK;
}

static rg_status
mismatch (const reversible *r, uint64_t t, rg_message *message)
{
    if (r->interval == 1)
        return rg_fail (message, RG_EIRREVERSIBLE,
                        "step %llu: the way back did not retrace the way out (the gradient was not bit-reproducible)",
                        (unsigned long long) t);
    const uint64_t end = t + r->interval < r->steps ? t + r->interval : r->steps;
    return rg_fail (message, RG_EIRREVERSIBLE,
                    "steps %llu to %llu: the way back did not retrace the way out (the gradient was not "
                    "bit-reproducible)", (unsigned long long) t, (unsigned long long) end - 1);
}

static rg_status
reversible_rewind (void *self, rg_run *run, uint64_t t, rg_message *message)
{
    const reversible *r = self;
    rg_status status = RG_OK;
    while (status == RG_OK && run->step > t) {
        status = rg_run_undo (run, message);
        if (status == RG_OK && run->step % r->interval == 0
            && rg_run_digest (run) != r->digests[run->step / r->interval])
            status = mismatch (r, run->step, message);
    }
    return status;
}

static rg_status
reversible_certify (void *self, const rg_run *run, rg_message *message)
{
    const reversible *r = self;
    int start = rg_run_digest (run) == r->digests[0];
    for (int m = 0; m < run->dynamics->moments; m++) {
        start &= rg_buffer_is_start (run->buffer[m]);
        for (size_t i = 0; start && i < run->weights; i++)
            start &= run->moment[m][i] == 0;
    }
    return start ? RG_OK : mismatch (r, 0, message);
}

size_t
rg_reversible_overhead (uint64_t steps, uint64_t interval)
{
    return (size_t) (steps / interval_of (steps, interval) + 1) * sizeof (uint64_t);
}

static size_t
reversible_bytes (const void *self, const rg_run *run)
{
    const reversible *r = self;
    return rg_run_buffer_bytes (run) + rg_reversible_overhead (r->steps, r->interval);
}

const rg_policy rg_policy_reversible = {
    .name = "reversible",
    .summary = "runs training backwards; keeps log2(1/decay) bits a weight and step",
    .exact_only = 1,
    .create = reversible_create,
    .free = reversible_free,
    .record = reversible_record,
    .rewind = reversible_rewind,
    .certify = reversible_certify,
    .bytes = reversible_bytes,
};

/*
 * reversible.c -- keeps the last state and the entropy buffer, and runs training backwards.
 *
 * The way back is checked by digests of the state (weights, moments, heads and
 * lengths of the buffer), taken on the way out every so many steps. At the end
 * moments and buffers must be at their start, and the weights' digest that of s_0.
 * Words of the buffers beyond the memory allowed go to a file: words.h.
 */
#include <math.h>

#include "base/memory.h"
#include "dynamics/window.h"
#include "trajectory/trajectory.h"
#include "trajectory/words.h"

enum { CHECKS = 16 }; /* digests of a run, unless told otherwise */

typedef struct {
    uint64_t steps, interval;
    uint64_t *digests; /* of steps 0, interval, 2 interval ... */
    size_t most;       /* bytes of the buffers, at most so far */
    rg_words words;
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
    rg_words_clear (&r->words);
    rg_free (r->digests);
    rg_free (r);
}

/* Bytes of its table of digests. */
static size_t
overhead (uint64_t steps, uint64_t interval)
{
    return (size_t) (steps / interval_of (steps, interval) + 1) * sizeof (uint64_t);
}

static rg_status
reversible_create (void **self, const rg_run *run, const rg_trajectory_options *options)
{
    *self = NULL;
    reversible *r = rg_calloc (1, sizeof *r);
    if (r == NULL)
        return RG_ENOMEM;
    r->steps = options->steps;
    r->interval = interval_of (options->steps, options->interval);
    r->digests = rg_calloc (options->steps / r->interval + 1, sizeof *r->digests);
    const size_t own = overhead (options->steps, options->interval);
    rg_window_aim (run, options->steps - 1);
    const size_t memory = options->memory > own ? options->memory - own : 0;
    if (r->digests == NULL || rg_words_init (&r->words, run, memory, options->words, options->spill_directory) != RG_OK) {
        reversible_free (r);
        return RG_ENOMEM;
    }
    *self = r;
    return RG_OK;
}

static void
note_bytes (reversible *r, const rg_run *run)
{
    const size_t bytes = rg_run_buffer_bytes (run);
    r->most = bytes > r->most ? bytes : r->most;
}

static rg_status
reversible_record (void *self, const rg_run *run, rg_message *message)
{
    reversible *r = self;
    if (run->step % r->interval == 0)
        r->digests[run->step / r->interval] = rg_run_digest (run);
    note_bytes (r, run);
    return rg_words_settle (&r->words, run, message);
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
    reversible *r = self;
    rg_status status = RG_OK;
    note_bytes (r, run);
    while (status == RG_OK && run->step > t) {
        status = rg_words_fetch (&r->words, run, message);
        if (status == RG_OK)
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
    for (int m = 0; m < run->streams; m++)
        start &= rg_buffer_is_start (run->buffer[m]);
    for (int m = 0; m < run->dynamics->moments; m++)
        for (size_t i = rg_run_own_first (run); start && i < rg_run_own_end (run); i++)
            start &= run->moment[m][i] == 0;
    return !rg_run_agree_to_stop (run, !start) ? RG_OK : mismatch (r, 0, message);
}

static size_t
reversible_bytes (const void *self, const rg_run *run)
{
    const reversible *r = self;
    const size_t bytes = rg_run_buffer_bytes (run);
    return (bytes > r->most ? bytes : r->most) + overhead (r->steps, r->interval);
}

static size_t
reversible_disk_bytes (const void *self)
{
    const reversible *r = self;
    return rg_words_bytes (&r->words);
}

static rg_status
reversible_open (void *self, const rg_run *run, rg_message *message)
{
    reversible *r = self;
    return rg_words_open (&r->words, run, message);
}

static rg_status
reversible_keep (void *self, const rg_run *run, rg_message *message)
{
    reversible *r = self;
    return rg_words_keep (&r->words, run, message);
}

static size_t
reversible_parts (void *self, rg_span *out)
{
    reversible *r = self;
    const size_t count = rg_words_parts (&r->words, out + 1);
    if (count == 0)
        return 0;
    out[0] = (rg_span) { r->digests, overhead (r->steps, r->interval) };
    return count + 1;
}

static rg_status
reversible_resume (void *self, const rg_run *run, rg_message *message)
{
    const reversible *r = self;
    return rg_words_resume (&r->words, run, message);
}

/* What does not fit goes to a file: all but half of the memory that steps do not need. */
static void
reversible_forecast (const rg_run *run, const rg_trajectory_options *options, const rg_kept_bits *bits,
                     rg_trajectory_forecast *out)
{
    const double tables = (double) overhead (options->steps, options->interval);
    const size_t of_words = rg_words_least (run); /* SIZE_MAX: it has no words */
    const double least = of_words == SIZE_MAX ? (double) SIZE_MAX : (double) of_words + tables;
    const double memory = (double) options->memory;
    const double fixed = rg_kept_buffer_bytes (run, &(rg_kept_bits) { { 0 } }, 0) + tables;
    double all = 0;
    for (int s = 0; s < run->streams; s++)
        all += bits->of[s];
    out->bytes = rg_kept_buffer_bytes (run, bits, 1) + tables;
    if (options->memory == 0 || (least > memory && out->bytes <= memory))
        return;
    const double step = (least - fixed) / 2;
    if (least > memory)
        out->bytes = fmin (out->bytes, least);
    else if (out->bytes + step > memory) {
        out->disk_bytes = fmin (all / 8, out->bytes - fixed - (memory - fixed - step) / 2);
        out->bytes = memory;
    }
}

static const rg_option options[] = { RG_SPILL_OPTIONS, { 0 } };

const rg_policy rg_policy_reversible = {
    .name = "reversible",
    .summary = "runs training backwards; keeps log2(1/decay) bits a weight and step",
    .options = options,
    .exact_only = 1,
    .create = reversible_create,
    .free = reversible_free,
    .record = reversible_record,
    .rewind = reversible_rewind,
    .certify = reversible_certify,
    .bytes = reversible_bytes,
    .disk_bytes = reversible_disk_bytes,
    .forecast = reversible_forecast,
    .open = reversible_open,
    .keep = reversible_keep,
    .parts = reversible_parts,
    .resume = reversible_resume,
};

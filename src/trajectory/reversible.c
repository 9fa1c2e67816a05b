/*
 * reversible.c -- keeps the last state and the entropy buffer, and runs training backwards.
 *
 * The way back is checked by digests of the state (weights, moments, heads and
 * lengths of the buffer), taken on the way out every so many steps. At the end
 * moments and buffers must be at their start, and the weights' digest that of s_0.
 *
 * Words of the buffers beyond the memory allowed go to a file, the oldest first, whenever a step might not
 * find room; half of what a step does not need is then free again.
 */
#include "base/memory.h"
#include "exact/buffer_spill.h"
#include "trajectory/overhead.h"
#include "trajectory/trajectory.h"

enum { CHECKS = 16 }; /* digests of a run, unless told otherwise */

typedef struct {
    uint64_t steps, interval;
    uint64_t *digests; /* of steps 0, interval, 2 interval ... */
    size_t words;      /* bytes of words that memory may hold; 0: no limit */
    size_t most;       /* bytes of the buffers, at most so far */
    rg_spill_file *file; /* of what is beyond, or NULL */
} reversible;

/* The buffers of a run: the first of them from `m` on, or NULL. */
static rg_buffer *
next_buffer (const rg_run *run, int *m)
{
    return *m < run->streams ? run->buffer[(*m)++] : NULL;
}

static uint64_t
interval_of (uint64_t steps, uint64_t interval)
{
    return interval != 0 ? interval : (steps + CHECKS - 1) / CHECKS;
}

static void
reversible_free (void *self)
{
    reversible *r = self;
    rg_spill_file_free (r->file);
    rg_free (r->digests);
    rg_free (r);
}

size_t
rg_reversible_least (const rg_run *run, uint64_t steps, uint64_t interval)
{
    size_t least = rg_reversible_overhead (steps, interval);
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;) {
        if (!rg_buffer_can_spill (b))
            return SIZE_MAX;
        least += rg_buffer_bytes (b) - rg_buffer_words_held (b) + 2 * rg_buffer_words_least (b);
    }
    return least;
}

/* What memory leaves for words. */
static rg_status
allow (reversible *r, const rg_run *run, const rg_trajectory_options *options)
{
    size_t fixed = rg_reversible_overhead (options->steps, options->interval);
    if (options->memory == 0 || rg_reversible_least (run, options->steps, options->interval) > options->memory)
        return RG_OK;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;)
        fixed += rg_buffer_bytes (b) - rg_buffer_words_held (b);
    r->words = options->memory - fixed;
    return rg_spill_file_new (&r->file, NULL, options->directory);
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
    if (r->digests == NULL || allow (r, run, options) != RG_OK) {
        reversible_free (r);
        return RG_ENOMEM;
    }
    *self = r;
    return RG_OK;
}

/* What went wrong with the file. On the way back its damage is a failure of the system: the way back is lost. */
static rg_status
file_failed (const rg_run *run, rg_status status, const rg_message *reason, rg_message *message)
{
    return rg_fail (message, status == RG_EINPUT ? RG_ESYSTEM : status, "step %llu: %s", (unsigned long long) run->step,
                    reason->text);
}

/* Make room for the words of a step. */
static rg_status
settle (reversible *r, const rg_run *run, rg_message *message)
{
    size_t held = 0, coming = 0, count = 0;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL; count++) {
        held += rg_buffer_words_held (b);
        coming += rg_buffer_words_least (b);
    }
    if (r->words == 0 || held + coming <= r->words)
        return RG_OK;
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b))
        status = rg_buffer_settle (b, r->file, first, (r->words - coming) / 2 / count, &reason);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
}

/* Have the words of the next step back in memory. */
static rg_status
fetch (reversible *r, const rg_run *run, rg_message *message)
{
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    int m = 0;
    if (r->file == NULL)
        return RG_OK;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b))
        status = rg_buffer_fetch (b, r->file, first, &reason);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
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
    return settle (r, run, message);
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
        status = fetch (r, run, message);
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
        for (size_t i = 0; start && i < run->weights; i++)
            start &= run->moment[m][i] == 0;
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
    const size_t bytes = rg_run_buffer_bytes (run);
    return (bytes > r->most ? bytes : r->most) + rg_reversible_overhead (r->steps, r->interval);
}

static size_t
reversible_disk_bytes (const void *self)
{
    const reversible *r = self;
    return r->file == NULL ? 0 : (size_t) rg_spill_file_bytes (r->file);
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
    .disk_bytes = reversible_disk_bytes,
};

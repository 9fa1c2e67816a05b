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
    /* for snapshots: the file's length, and where the ranges of all buffers are in it; the buffers' heads */
    int kept;
    uint64_t file_bytes;
    rg_mark *marks;
    size_t mark_count;
    rg_span heads[RG_STREAMS];
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
    rg_free (r->marks);
    for (int m = 0; m < RG_STREAMS; m++)
        rg_free (r->heads[m].data);
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

/* What memory leaves for words, where it is limited and they can go to a file. */
static size_t
allowed (const rg_run *run, const rg_trajectory_options *options)
{
    size_t fixed = rg_reversible_overhead (options->steps, options->interval);
    if (options->memory == 0 || rg_reversible_least (run, options->steps, options->interval) > options->memory)
        return 0;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;)
        fixed += rg_buffer_bytes (b) - rg_buffer_words_held (b);
    return options->memory - fixed;
}

/* Room for what a snapshot holds of the buffers. */
static rg_status
make_parts (reversible *r, const rg_run *run)
{
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;) {
        if (!rg_buffer_can_spill (b))
            return RG_OK;
        r->mark_count += rg_buffer_ranges (b);
        rg_span *heads = &r->heads[m - 1];
        *heads = (rg_span) { rg_malloc (rg_buffer_heads_bytes (b), 1), rg_buffer_heads_bytes (b) };
        if (heads->data == NULL)
            return RG_ENOMEM;
    }
    r->marks = rg_calloc (r->mark_count, sizeof *r->marks);
    r->kept = r->marks != NULL;
    return r->kept ? RG_OK : RG_ENOMEM;
}

/* The file, and what goes with it. */
static rg_status
make_file (reversible *r, const rg_run *run, const rg_trajectory_options *options)
{
    r->words = allowed (run, options);
    if (r->words == 0 && options->words == NULL)
        return RG_OK;
    rg_status status = rg_spill_file_new (&r->file, options->words, options->directory);
    if (status == RG_OK && options->words != NULL)
        status = make_parts (r, run);
    return status;
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
    if (r->digests == NULL || make_file (r, run, options) != RG_OK) {
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
        for (size_t i = rg_run_own_first (run); start && i < rg_run_own_end (run); i++)
            start &= run->moment[m][i] == 0;
    return !rg_run_agree_to_stop (run, !start) ? RG_OK : mismatch (r, 0, message);
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

/* All words in the file, too, and on the disk. */
static rg_status
reversible_keep (void *self, const rg_run *run, rg_message *message)
{
    reversible *r = self;
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    const size_t keep = r->words == 0 ? SIZE_MAX : r->words / 2;
    int m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b)) {
        status = rg_buffer_file (b, r->file, first, keep, &reason);
        if (status != RG_OK)
            break;
        rg_buffer_marks (b, r->marks + first);
        rg_buffer_heads_save (b, r->heads[m - 1].data);
    }
    if (status == RG_OK)
        status = rg_spill_file_sync (r->file, &reason);
    r->file_bytes = rg_spill_file_bytes (r->file);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
}

static size_t
reversible_parts (void *self, rg_span *out)
{
    reversible *r = self;
    size_t count = 0;
    if (!r->kept)
        return 0;
    out[count++] = (rg_span) { r->digests, (size_t) (r->steps / r->interval + 1) * sizeof *r->digests };
    out[count++] = (rg_span) { &r->file_bytes, sizeof r->file_bytes };
    out[count++] = (rg_span) { r->marks, r->mark_count * sizeof *r->marks };
    for (int m = 0; m < RG_STREAMS; m++)
        if (r->heads[m].data != NULL)
            out[count++] = r->heads[m];
    return count;
}

static rg_status
reversible_resume (void *self, const rg_run *run, rg_message *message)
{
    reversible *r = self;
    uint64_t first = 0;
    rg_status status = rg_spill_file_reopen (r->file, r->file_bytes, message);
    int m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b)) {
        status = rg_buffer_heads_load (b, r->heads[m - 1].data, r->heads[m - 1].bytes);
        if (status == RG_OK)
            status = rg_buffer_attach (b, r->file, first, r->marks + first, message);
        else
            status = rg_fail (message, status, "the heads of an entropy buffer are not those of this problem");
    }
    return status;
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
    .keep = reversible_keep,
    .parts = reversible_parts,
    .resume = reversible_resume,
};

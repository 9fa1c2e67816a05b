/* words.c -- see words.h. */
#include "trajectory/words.h"

#include <string.h>

#include "base/memory.h"

/* The buffers of a run: the first of them from `m` on, or NULL. */
static rg_buffer *
next_buffer (const rg_run *run, int *m)
{
    return *m < run->streams ? run->buffer[(*m)++] : NULL;
}

/* What buffers take beside their words. */
static size_t
fixed_bytes (const rg_buffer *buffer)
{
    return rg_buffer_bytes (buffer) - rg_buffer_words_held (buffer);
}

size_t
rg_words_least (const rg_run *run)
{
    size_t least = 0;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;) {
        if (!rg_buffer_can_spill (b))
            return SIZE_MAX;
        least += fixed_bytes (b) + 2 * rg_buffer_words_least (b);
    }
    return least;
}

/* What memory leaves for words, where it is limited and they can go to a file. */
static size_t
allowed (const rg_run *run, size_t memory)
{
    size_t fixed = 0;
    if (memory == 0 || rg_words_least (run) > memory)
        return 0;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;)
        fixed += fixed_bytes (b);
    return memory - fixed;
}

/* Room for what a snapshot holds of the buffers. */
static rg_status
make_parts (rg_words *words, const rg_run *run)
{
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL;) {
        if (!rg_buffer_can_spill (b))
            return RG_OK;
        words->mark_count += rg_buffer_ranges (b);
        rg_span *heads = &words->heads[m - 1];
        *heads = (rg_span) { rg_malloc (rg_buffer_heads_bytes (b), 1), rg_buffer_heads_bytes (b) };
        if (heads->data == NULL)
            return RG_ENOMEM;
    }
    words->marks = rg_calloc (words->mark_count, sizeof *words->marks);
    words->kept = words->marks != NULL;
    return words->kept ? RG_OK : RG_ENOMEM;
}

rg_status
rg_words_init (rg_words *words, const rg_run *run, size_t memory, const char *path, const char *directory)
{
    *words = (rg_words) { .limit = allowed (run, memory), .directory = directory };
    if (run->parts == NULL && rg_ranks_count (rg_team_ranks (run->options.team)) > 1)
        path = NULL; /* each rank does the whole run, in a file of its own */
    if (rg_words_least (run) == SIZE_MAX)
        path = NULL;
    if (words->limit == 0 && path == NULL)
        return RG_OK;
    rg_status status = rg_spill_file_new (&words->file, path, directory);
    if (status == RG_OK && path != NULL)
        status = make_parts (words, run);
    if (status == RG_OK && words->kept && run->parts != NULL)
        rg_spill_file_spread (words->file, rg_ranks_index (run->ranks), rg_ranks_count (run->ranks));
    return status;
}

/* Open the kept file on all ranks, the first of them before the others: anew, or as it was with so many bytes. */
static rg_status
open_in_turn (const rg_words *words, const rg_run *run, int anew, rg_message *message)
{
    rg_status status = RG_OK;
    for (int turn = 0; status == RG_OK && turn < (run->parts == NULL ? 1 : 2); turn++) {
        if ((rg_ranks_index (run->ranks) > 0) == turn)
            status = anew ? rg_spill_file_open (words->file, message)
                          : rg_spill_file_reopen (words->file, words->file_bytes, message);
        status = rg_ranks_agree (run->ranks, status, message);
    }
    return status;
}

rg_status
rg_words_open (rg_words *words, const rg_run *run, rg_message *message)
{
    if (!words->kept || run->parts == NULL)
        return RG_OK;
    const rg_status status = open_in_turn (words, run, 1, message);
    if (status != RG_EINPUT)
        return status;
    rg_spill_file_free (words->file);
    words->file = NULL;
    words->kept = 0;
    if (words->limit != 0 && rg_spill_file_new (&words->file, NULL, words->directory) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for the entropy buffer");
    return RG_EUNSUPPORTED;
}

void
rg_words_clear (rg_words *words)
{
    rg_spill_file_free (words->file);
    rg_free (words->marks);
    for (int m = 0; m < RG_STREAMS; m++)
        rg_free (words->heads[m].data);
    *words = (rg_words) { 0 };
}

/* What went wrong with the file. On the way back its damage is a failure of the system: the way back is lost. */
static rg_status
file_failed (const rg_run *run, rg_status status, const rg_message *reason, rg_message *message)
{
    return rg_fail (message, status == RG_EINPUT ? RG_ESYSTEM : status, "step %llu: %s", (unsigned long long) run->step,
                    reason->text);
}

rg_status
rg_words_settle (const rg_words *words, const rg_run *run, rg_message *message)
{
    size_t held = 0, coming = 0, count = 0;
    int m = 0;
    for (const rg_buffer *b; (b = next_buffer (run, &m)) != NULL; count++) {
        held += rg_buffer_words_held (b);
        coming += rg_buffer_words_least (b);
    }
    if (words->limit == 0 || held + coming <= words->limit)
        return RG_OK;
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b))
        status = rg_buffer_settle (b, words->file, first, (words->limit - coming) / 2 / count, &reason);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
}

rg_status
rg_words_fetch (const rg_words *words, const rg_run *run, rg_message *message)
{
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    int m = 0;
    if (words->file == NULL)
        return RG_OK;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b))
        status = rg_buffer_fetch (b, words->file, first, &reason);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
}

/* Write what is new to the file; marks, heads and the file's end are those of this rank's ranges. */
static rg_status
keep_own (rg_words *words, const rg_run *run, rg_message *message)
{
    rg_status status = RG_OK;
    rg_message reason = { "" };
    uint64_t first = 0;
    const size_t keep = words->limit == 0 ? SIZE_MAX : words->limit / 2;
    int m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b)) {
        status = rg_buffer_file (b, words->file, first, keep, &reason);
        if (status != RG_OK)
            break;
        rg_buffer_marks (b, words->marks + first);
        rg_buffer_heads_save (b, words->heads[m - 1].data);
    }
    if (status == RG_OK)
        status = rg_spill_file_sync (words->file, &reason);
    words->file_bytes = rg_spill_file_bytes (words->file);
    return status == RG_OK ? RG_OK : file_failed (run, status, &reason, message);
}

/* The ranges that this rank moves. */
static size_t
own_first (const rg_run *run)
{
    return rg_run_own_first (run) / RG_BUFFER_RANGE;
}

static size_t
own_end (const rg_run *run)
{
    return (rg_run_own_end (run) + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE;
}

/* In a block of heads, leave 0 where the ranges of other ranks are; what is before them all is the first rank's. */
static void
blank_others (const rg_run *run, const rg_buffer *b, rg_span heads)
{
    size_t offset, bytes;
    char *block = heads.data;
    rg_buffer_heads_part (b, 0, own_first (run), &offset, &bytes);
    memset (block + offset, 0, bytes);
    if (rg_ranks_index (run->ranks) > 0)
        memset (block, 0, offset);
    rg_buffer_heads_part (b, own_end (run), rg_buffer_ranges (b), &offset, &bytes);
    memset (block + offset, 0, bytes);
}

/* All ranks' marks and heads, on all of them; other ranks' ranges are empty here. */
static rg_status
gather (rg_words *words, const rg_run *run, rg_message *message)
{
    int64_t end = (int64_t) words->file_bytes;
    rg_status status = rg_ranks_largest (run->ranks, &end, 1, message);
    words->file_bytes = (uint64_t) end;
    if (status == RG_OK)
        status = rg_ranks_unite (run->ranks, words->marks, words->mark_count * sizeof *words->marks / sizeof end, message);
    int m = 0;
    for (const rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL;) {
        blank_others (run, b, words->heads[m - 1]);
        status = rg_ranks_unite (run->ranks, words->heads[m - 1].data, words->heads[m - 1].bytes / sizeof end, message);
    }
    return status;
}

rg_status
rg_words_keep (rg_words *words, const rg_run *run, rg_message *message)
{
    const rg_status status = rg_ranks_agree (run->ranks, keep_own (words, run, message), message);
    return status == RG_OK && run->parts != NULL ? gather (words, run, message) : status;
}

size_t
rg_words_parts (rg_words *words, rg_span *out)
{
    size_t count = 0;
    if (!words->kept)
        return 0;
    out[count++] = (rg_span) { &words->file_bytes, sizeof words->file_bytes };
    out[count++] = (rg_span) { words->marks, words->mark_count * sizeof *words->marks };
    for (int m = 0; m < RG_STREAMS; m++)
        if (words->heads[m].data != NULL)
            out[count++] = words->heads[m];
    return count;
}

/* Of marks and heads, leave those of this rank's ranges; the others are as at the start. */
static rg_status
leave_own (const rg_run *run, rg_buffer *b, rg_mark *marks, rg_span heads)
{
    size_t offset, bytes;
    char *block = heads.data, *start = rg_malloc (heads.bytes, 1);
    if (start == NULL)
        return RG_ENOMEM;
    rg_buffer_reset (b);
    rg_buffer_heads_save (b, start);
    for (size_t i = 0; i < rg_buffer_ranges (b); i++) {
        if (i >= own_first (run) && i < own_end (run))
            continue;
        rg_buffer_heads_part (b, i, i + 1, &offset, &bytes);
        memcpy (block + offset, start + offset, bytes);
        marks[i] = (rg_mark) { 0 };
    }
    rg_free (start);
    return RG_OK;
}

rg_status
rg_words_resume (const rg_words *words, const rg_run *run, rg_message *message)
{
    uint64_t first = 0;
    rg_status status = open_in_turn (words, run, 0, message);
    int m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b)) {
        rg_mark *marks = words->marks + first;
        const rg_span heads = words->heads[m - 1];
        if (run->parts != NULL)
            status = leave_own (run, b, marks, heads);
        if (status == RG_OK)
            status = rg_buffer_heads_load (b, heads.data, heads.bytes);
        status = status == RG_OK
            ? rg_buffer_attach (b, words->file, first, marks, message)
            : rg_fail (message, status, "the heads of an entropy buffer are not those of this problem");
    }
    return rg_ranks_agree (run->ranks, status, message);
}

size_t
rg_words_bytes (const rg_words *words)
{
    return words->file == NULL ? 0 : (size_t) rg_spill_file_written (words->file);
}

/* words.c -- see words.h. */
#include "trajectory/words.h"

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
    *words = (rg_words) { .limit = allowed (run, memory) };
    if (words->limit == 0 && path == NULL)
        return RG_OK;
    rg_status status = rg_spill_file_new (&words->file, path, directory);
    if (status == RG_OK && path != NULL)
        status = make_parts (words, run);
    return status;
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

rg_status
rg_words_keep (rg_words *words, const rg_run *run, rg_message *message)
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

rg_status
rg_words_resume (const rg_words *words, const rg_run *run, rg_message *message)
{
    uint64_t first = 0;
    rg_status status = rg_spill_file_reopen (words->file, words->file_bytes, message);
    int m = 0;
    for (rg_buffer *b; status == RG_OK && (b = next_buffer (run, &m)) != NULL; first += rg_buffer_ranges (b)) {
        status = rg_buffer_heads_load (b, words->heads[m - 1].data, words->heads[m - 1].bytes);
        if (status == RG_OK)
            status = rg_buffer_attach (b, words->file, first, words->marks + first, message);
        else
            status = rg_fail (message, status, "the heads of an entropy buffer are not those of this problem");
    }
    return status;
}

size_t
rg_words_bytes (const rg_words *words)
{
    return words->file == NULL ? 0 : (size_t) rg_spill_file_bytes (words->file);
}

/*
 * buffer_spill.c -- see buffer_spill.h.
 *
 * The blocks of a stack form a chain, the newest first. A block holds the stack's bytes from its `start` on;
 * those at and after the start of the next newer block, or at and after `filed`, are out of date.
 */
#include "exact/buffer_spill.h"

#include "exact/buffer_parts.h"
#include "exact/stream.h"

int
rg_buffer_can_spill (const rg_buffer *buffer)
{
    return buffer->table->words != NULL;
}

static rg_spill *
stack_of (const rg_buffer *buffer, size_t range)
{
    return buffer->table->words (buffer->state, range);
}

size_t
rg_buffer_words_held (const rg_buffer *buffer)
{
    size_t sum = 0;
    for (size_t i = 0; rg_buffer_can_spill (buffer) && i < rg_buffer_ranges (buffer); i++)
        sum += rg_spill_held (stack_of (buffer, i));
    return sum;
}

/* Bytes of words that one step of a range may push or take: one a parameter. */
static size_t
step_bytes (const rg_buffer *buffer)
{
    return RG_BUFFER_RANGE * rg_stream_word_bytes (buffer->kind == RG_BUFFER_STREAM64);
}

size_t
rg_buffer_words_least (const rg_buffer *buffer)
{
    return rg_buffer_ranges (buffer) * (step_bytes (buffer) + 4 * RG_SPILL_CHUNK);
}

/* Go down the chain to the block with the stack's byte `filed` - 1, if it is not there already. */
static rg_status
find_top (rg_spill *s, rg_spill_file *file, uint64_t stack, rg_message *message)
{
    rg_spill_header header;
    while (s->block != 0 && s->block_start >= s->filed) {
        s->block = s->below;
        if (s->block == 0)
            break;
        const rg_status status = rg_spill_file_read (file, s->block, stack, &header, message);
        if (status != RG_OK)
            return status;
        s->below = header.below;
        s->block_start = header.start;
    }
    return RG_OK;
}

/* Write bytes of the stack, from the first that is not in the file on, as one block. */
static rg_status
write_block (rg_spill *s, rg_spill_file *file, uint64_t stack, size_t bytes, rg_message *message)
{
    uint64_t offset;
    rg_status status = find_top (s, file, stack, message);
    if (status != RG_OK)
        return status;
    rg_spill_copy_part (s, s->filed, bytes, rg_spill_file_data (file));
    const rg_spill_header header = { .stack = stack, .bytes = bytes, .start = s->filed, .below = s->block };
    status = rg_spill_file_append (file, &header, &offset, message);
    if (status != RG_OK)
        return status;
    s->below = s->block;
    s->block = offset;
    s->block_start = s->filed;
    s->filed += bytes;
    return RG_OK;
}

/*
 * Write all stacks out but for their last `keep` bytes, at most `block` bytes at a time and by turns, so that
 * the file's order is about that of time, and the way back reads it about backwards.
 */
static rg_status
write_out (rg_buffer *buffer, rg_spill_file *file, uint64_t first, size_t keep, size_t block, rg_message *message)
{
    for (int more = 1; more;) {
        more = 0;
        for (size_t i = 0; i < rg_buffer_ranges (buffer); i++) {
            rg_spill *s = stack_of (buffer, i);
            const size_t end = s->length > keep ? s->length - keep : 0;
            if (end <= s->filed)
                continue;
            const size_t left = end - s->filed;
            const rg_status status = write_block (s, file, first + i, left < block ? left : block, message);
            if (status != RG_OK)
                return status;
            more |= left > block;
        }
    }
    return RG_OK;
}

/* A stack of one range in a fair share of memory. */
static size_t
share (const rg_buffer *buffer, size_t bytes)
{
    return rg_buffer_ranges (buffer) == 0 ? 0 : bytes / rg_buffer_ranges (buffer);
}

/* Small enough that what comes back by blocks fits where it was. */
static size_t
block_size (size_t kept)
{
    const size_t chunks = kept / 4 / RG_SPILL_CHUNK, most = RG_SPILL_BLOCK / RG_SPILL_CHUNK;
    return (chunks < 1 ? 1 : chunks < most ? chunks : most) * RG_SPILL_CHUNK;
}

rg_status
rg_buffer_settle (rg_buffer *buffer, rg_spill_file *file, uint64_t first, size_t keep, rg_message *message)
{
    const size_t kept = share (buffer, keep);
    const rg_status status = write_out (buffer, file, first, kept, block_size (kept), message);
    for (size_t i = 0; status == RG_OK && i < rg_buffer_ranges (buffer); i++) {
        rg_spill *s = stack_of (buffer, i);
        rg_spill_free_below (s, s->length > kept ? s->length - kept : 0);
    }
    return status;
}

rg_status
rg_buffer_file (rg_buffer *buffer, rg_spill_file *file, uint64_t first, size_t keep, rg_message *message)
{
    const rg_status status = write_out (buffer, file, first, 0, block_size (share (buffer, keep)), message);
    for (size_t i = 0; status == RG_OK && i < rg_buffer_ranges (buffer); i++) {
        const rg_status found = find_top (stack_of (buffer, i), file, first + i, message);
        if (found != RG_OK)
            return found;
    }
    return status;
}

/* Read the newest block with bytes that are not in memory. */
static rg_status
fetch_block (rg_spill *s, rg_spill_file *file, uint64_t stack, rg_message *message)
{
    rg_spill_header header;
    rg_status status = find_top (s, file, stack, message);
    uint64_t at = s->block;
    do {
        if (status == RG_OK)
            status = at == 0 ? rg_fail (message, RG_EINPUT, "the entropy buffer's file is incomplete")
                             : rg_spill_file_read (file, at, stack, &header, message);
        if (status != RG_OK)
            return status;
        at = header.below;
    } while (header.start >= s->start);
    if (header.bytes < s->start - header.start)
        return rg_fail (message, RG_EINPUT, "the entropy buffer's file is incomplete");
    status = rg_spill_put_below (s, rg_spill_file_data (file), s->start - (size_t) header.start);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory for the entropy buffer");
}

rg_status
rg_buffer_fetch (rg_buffer *buffer, rg_spill_file *file, uint64_t first, rg_message *message)
{
    const size_t wanted = step_bytes (buffer);
    for (size_t i = 0; i < rg_buffer_ranges (buffer); i++) {
        rg_spill *s = stack_of (buffer, i);
        while (s->start > 0 && s->length - s->start < wanted) {
            const rg_status status = fetch_block (s, file, first + i, message);
            if (status != RG_OK)
                return status;
        }
    }
    return RG_OK;
}

void
rg_buffer_marks (const rg_buffer *buffer, rg_mark *marks)
{
    for (size_t i = 0; i < rg_buffer_ranges (buffer); i++) {
        const rg_spill *s = stack_of (buffer, i);
        marks[i] = (rg_mark) { s->length, s->length == 0 ? 0 : s->block };
    }
}

/* Read a stack's chain down to its first byte. */
static rg_status
check_chain (rg_spill_file *file, uint64_t stack, rg_mark mark, rg_spill_header *top, rg_message *message)
{
    rg_spill_header header = { .start = mark.length, .below = mark.block };
    *top = header;
    for (int newest = 1; header.start > 0; newest = 0) {
        const uint64_t end = header.start, at = header.below;
        const rg_status status = at == 0 ? RG_EINPUT : rg_spill_file_read (file, at, stack, &header, message);
        if (at == 0 || (status == RG_OK && (header.start >= end || header.bytes < end - header.start)))
            return rg_fail (message, RG_EINPUT, "the entropy buffer's file is incomplete");
        if (status != RG_OK)
            return status;
        if (newest)
            *top = header;
    }
    return RG_OK;
}

rg_status
rg_buffer_attach (rg_buffer *buffer, rg_spill_file *file, uint64_t first, const rg_mark *marks, rg_message *message)
{
    const size_t word = rg_stream_word_bytes (buffer->kind == RG_BUFFER_STREAM64);
    for (size_t i = 0; i < rg_buffer_ranges (buffer); i++) {
        rg_spill *s = stack_of (buffer, i);
        rg_spill_header top = { 0 };
        rg_spill_clear (s);
        const rg_status status = marks[i].length % word != 0
            ? rg_fail (message, RG_EINPUT, "the entropy buffer's file is incomplete")
            : check_chain (file, first + i, marks[i], &top, message);
        if (status != RG_OK)
            return status;
        s->length = s->start = s->filed = (size_t) marks[i].length;
        if (s->length > 0) {
            s->block = marks[i].block;
            s->below = top.below;
            s->block_start = (size_t) top.start;
        }
    }
    return RG_OK;
}

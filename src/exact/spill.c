/* spill.c -- a stack of words in linked chunks of one size; see spill.h. */
#include "exact/spill.h"

#include <string.h>

#include "base/memory.h"

struct rg_spill_chunk {
    unsigned char data[RG_SPILL_CHUNK];
    rg_spill_chunk *below, *above;
};

void
rg_spill_clear (rg_spill *spill)
{
    for (rg_spill_chunk *chunk = spill->top; chunk != NULL;) {
        rg_spill_chunk *below = chunk->below;
        rg_free (chunk);
        chunk = below;
    }
    rg_free (spill->spare);
    *spill = (rg_spill) { 0 };
}

/* The spare chunk, or a new one; NULL without memory. */
static rg_spill_chunk *
new_chunk (rg_spill *spill)
{
    rg_spill_chunk *chunk = spill->spare;
    spill->spare = NULL;
    if (chunk == NULL)
        chunk = rg_malloc (1, sizeof *chunk);
    if (chunk == NULL)
        return NULL;
    chunk->below = chunk->above = NULL;
    spill->chunks++;
    return chunk;
}

/* Give a chunk back, to the spare place if that is free. */
static void
end_chunk (rg_spill *spill, rg_spill_chunk *chunk)
{
    spill->chunks--;
    if (spill->spare == NULL)
        spill->spare = chunk;
    else
        rg_free (chunk);
}

/* Put a chunk without bytes of the stack on top. */
static rg_status
add_chunk (rg_spill *spill)
{
    rg_spill_chunk *chunk = new_chunk (spill);
    if (chunk == NULL)
        return RG_ENOMEM;
    chunk->below = spill->top;
    if (spill->top != NULL)
        spill->top->above = chunk;
    else
        spill->bottom = chunk;
    spill->top = chunk;
    spill->used = spill->length % RG_SPILL_CHUNK;
    return RG_OK;
}

/* Take the empty top chunk away. */
static void
remove_chunk (rg_spill *spill)
{
    rg_spill_chunk *chunk = spill->top;
    spill->top = chunk->below;
    spill->used = spill->top == NULL ? 0 : RG_SPILL_CHUNK;
    if (spill->top == NULL)
        spill->bottom = NULL;
    else
        spill->top->above = NULL;
    end_chunk (spill, chunk);
}

rg_status
rg_spill_push (rg_spill *spill, const void *data, size_t bytes)
{
    const unsigned char *from = data;
    for (size_t done = 0; done < bytes;) {
        if ((spill->top == NULL || spill->used == RG_SPILL_CHUNK) && add_chunk (spill) != RG_OK) {
            rg_spill_drop (spill, done);
            return RG_ENOMEM;
        }
        const size_t room = RG_SPILL_CHUNK - spill->used;
        const size_t part = bytes - done < room ? bytes - done : room;
        memcpy (spill->top->data + spill->used, from + done, part);
        spill->used += part;
        spill->length += part;
        done += part;
    }
    return RG_OK;
}

size_t
rg_spill_peek (const rg_spill *spill, void *out, size_t bytes)
{
    const size_t held = spill->length - spill->start, wanted = bytes < held ? bytes : held;
    const rg_spill_chunk *chunk = spill->top;
    size_t used = spill->used;
    for (size_t left = wanted; left != 0; chunk = chunk->below, used = RG_SPILL_CHUNK) {
        const size_t part = left < used ? left : used;
        left -= part;
        memcpy ((unsigned char *) out + left, chunk->data + (used - part), part);
    }
    return wanted;
}

void
rg_spill_drop (rg_spill *spill, size_t bytes)
{
    const size_t held = spill->length - spill->start;
    for (size_t left = bytes < held ? bytes : held; left != 0;) {
        const size_t part = left < spill->used ? left : spill->used;
        spill->used -= part;
        spill->length -= part;
        left -= part;
        if (spill->used == 0)
            remove_chunk (spill);
    }
    if (spill->filed > spill->length)
        spill->filed = spill->length;
}

void
rg_spill_copy (const rg_spill *spill, void *out)
{
    rg_spill_peek (spill, out, spill->length);
}

void
rg_spill_copy_part (const rg_spill *spill, size_t from, size_t bytes, void *out)
{
    const rg_spill_chunk *chunk = spill->bottom;
    unsigned char *to = out;
    if (bytes == 0)
        return;
    for (size_t skip = from / RG_SPILL_CHUNK - spill->start / RG_SPILL_CHUNK; skip > 0; skip--)
        chunk = chunk->above;
    for (size_t at = from % RG_SPILL_CHUNK; bytes > 0; at = 0, chunk = chunk->above) {
        const size_t part = bytes < RG_SPILL_CHUNK - at ? bytes : RG_SPILL_CHUNK - at;
        memcpy (to, chunk->data + at, part);
        to += part;
        bytes -= part;
    }
}

void
rg_spill_free_below (rg_spill *spill, size_t end)
{
    while (spill->bottom != spill->top) {
        const size_t chunk_end = (spill->start / RG_SPILL_CHUNK + 1) * RG_SPILL_CHUNK;
        if (chunk_end > end)
            return;
        rg_spill_chunk *chunk = spill->bottom;
        spill->bottom = chunk->above;
        spill->bottom->below = NULL;
        spill->start = chunk_end;
        end_chunk (spill, chunk);
    }
}

/* Put a chunk below all others: it is for the bytes before `start`. */
static rg_status
add_bottom (rg_spill *spill)
{
    rg_spill_chunk *chunk = new_chunk (spill);
    if (chunk == NULL)
        return RG_ENOMEM;
    chunk->above = spill->bottom;
    if (spill->bottom != NULL)
        spill->bottom->below = chunk;
    else {
        spill->top = chunk;
        spill->used = spill->start % RG_SPILL_CHUNK == 0 ? RG_SPILL_CHUNK : spill->start % RG_SPILL_CHUNK;
    }
    spill->bottom = chunk;
    return RG_OK;
}

rg_status
rg_spill_put_below (rg_spill *spill, const void *data, size_t bytes)
{
    while (bytes > 0) {
        const size_t in_chunk = spill->start % RG_SPILL_CHUNK, end = in_chunk == 0 ? RG_SPILL_CHUNK : in_chunk;
        if ((spill->bottom == NULL || in_chunk == 0) && add_bottom (spill) != RG_OK)
            return RG_ENOMEM;
        const size_t part = bytes < end ? bytes : end;
        bytes -= part;
        memcpy (spill->bottom->data + (end - part), (const unsigned char *) data + bytes, part);
        spill->start -= part;
    }
    return RG_OK;
}

size_t
rg_spill_held (const rg_spill *spill)
{
    return (spill->chunks + (spill->spare != NULL)) * sizeof (rg_spill_chunk);
}

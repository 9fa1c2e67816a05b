/* spill.c -- a stack of words in linked chunks of one size; see spill.h. */
#include "exact/spill.h"

#include <string.h>

#include "base/memory.h"

struct rg_spill_chunk {
    unsigned char data[RG_SPILL_CHUNK];
    rg_spill_chunk *below;
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
    *spill = (rg_spill){ NULL, NULL, 0, 0 };
}

/* Put an empty chunk on top, the spare one if there is one. */
static rg_status
add_chunk (rg_spill *spill)
{
    rg_spill_chunk *chunk = spill->spare;
    if (chunk == NULL)
        chunk = rg_malloc (1, sizeof *chunk);
    if (chunk == NULL)
        return RG_ENOMEM;
    chunk->below = spill->top;
    spill->spare = NULL;
    spill->top = chunk;
    spill->used = 0;
    return RG_OK;
}

/* Take the empty top chunk away, to the spare place if that is free. */
static void
remove_chunk (rg_spill *spill)
{
    rg_spill_chunk *chunk = spill->top;
    spill->top = chunk->below;
    spill->used = spill->top == NULL ? 0 : RG_SPILL_CHUNK;
    if (spill->spare == NULL)
        spill->spare = chunk;
    else
        rg_free (chunk);
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
    const size_t wanted = bytes < spill->length ? bytes : spill->length;
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
    while (bytes != 0 && spill->top != NULL) {
        const size_t part = bytes < spill->used ? bytes : spill->used;
        spill->used -= part;
        spill->length -= part;
        bytes -= part;
        if (spill->used == 0)
            remove_chunk (spill);
    }
}

void
rg_spill_copy (const rg_spill *spill, void *out)
{
    rg_spill_peek (spill, out, spill->length);
}

size_t
rg_spill_held (const rg_spill *spill)
{
    const size_t chunks = (spill->length + RG_SPILL_CHUNK - 1) / RG_SPILL_CHUNK;
    return (chunks + (spill->spare != NULL)) * sizeof (rg_spill_chunk);
}

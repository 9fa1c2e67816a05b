/* gunzip.c -- a source that is compressed by gzip becomes what it holds; see source.h. */
#include <string.h>

#include "base/memory.h"
#include "data/inflate.h"
#include "data/source.h"

enum { SMALLEST = 18 }; /* bytes of the header and trailer of a gzip member */

/* What is written so far, and where the next member starts. */
typedef struct {
    unsigned char *block;
    size_t room, written, used;
} output;

static int
is_gzip (const rg_source *source, size_t at)
{
    return source->size - at >= 2 && source->bytes[at] == 0x1f && source->bytes[at + 1] == 0x8b;
}

/* The size that the trailer of the last member tells (modulo 2^32), as far as the file can hold it. */
static size_t
guess_size (const rg_source *source)
{
    if (source->size < SMALLEST)
        return source->size;
    const unsigned char *at = source->bytes + source->size - 4;
    const size_t told = (size_t) at[0] | (size_t) at[1] << 8 | (size_t) at[2] << 16 | (size_t) at[3] << 24;
    return rg_inflate_plausible (source->size, told) ? told : source->size;
}

static rg_status
enlarge (output *out, size_t room, const char *name, rg_message *message)
{
    unsigned char *larger = rg_grow (out->block, out->written, room, 1);
    if (larger == NULL)
        return rg_fail_memory (message, name);
    out->block = larger;
    out->room = room;
    return RG_OK;
}

/* One member more; where the block is too small, once more with a larger one. */
static rg_status
inflate_member (const rg_source *packed, output *out, rg_message *message)
{
    for (;;) {
        size_t written, used;
        const rg_inflated result = rg_inflate (RG_GZIP, packed->bytes + out->used, packed->size - out->used,
                                               out->block + out->written, out->room - out->written, &written, &used);
        switch (result) {
        case RG_INFLATE_END:
            out->written += written;
            out->used += used;
            return RG_OK;
        case RG_INFLATE_ENOMEM: return rg_fail_memory (message, packed->name);
        case RG_INFLATE_SHORT: return rg_fail (message, RG_EINPUT, "%s: the gzip data end early", packed->name);
        case RG_INFLATE_BAD: return rg_fail (message, RG_EINPUT, "%s: the gzip data are damaged", packed->name);
        case RG_INFLATE_FULL: break;
        }
        if (out->room > SIZE_MAX / 4 || enlarge (out, 2 * out->room + SMALLEST, packed->name, message) != RG_OK)
            return rg_fail_memory (message, packed->name);
    }
}

rg_status
rg_source_unpack (rg_source *source, rg_message *message)
{
    output out = { 0 };
    if (!is_gzip (source, 0))
        return RG_OK;
    rg_status status = enlarge (&out, guess_size (source) + 1, source->name, message);
    while (status == RG_OK && out.used < source->size && is_gzip (source, out.used))
        status = inflate_member (source, &out, message);
    if (status == RG_OK && out.used < source->size)
        status = rg_fail (message, RG_EINPUT, "%s: expected the end of the file after the gzip data, got %zu bytes more",
                          source->name, source->size - out.used);
    if (status != RG_OK) {
        rg_free (out.block);
        return status;
    }
    rg_free (source->block);
    source->bytes = source->block = out.block;
    source->size = out.written;
    return RG_OK;
}

/* inflate.c -- decompression by zlib; see inflate.h. */
#include "data/inflate.h"

#include <zlib.h>

#include "base/memory.h"

static void *
allocate (void *user, unsigned count, unsigned size)
{
    (void) user;
    return rg_malloc (count, size);
}

static void
release (void *user, void *block)
{
    (void) user;
    rg_free (block);
}

/* zlib counts in unsigned int: hand out at most 1 GiB at a time. */
static unsigned
portion (size_t *left)
{
    const size_t most = (size_t) 1 << 30, part = *left < most ? *left : most;
    *left -= part;
    return (unsigned) part;
}

rg_inflated
rg_inflate (rg_packing packing, const unsigned char *from, size_t size, unsigned char *to, size_t room,
            size_t *written, size_t *used)
{
    *written = *used = 0;
    z_stream stream = { .zalloc = allocate, .zfree = release };
    int code = inflateInit2 (&stream, packing);
    if (code != Z_OK)
        return RG_INFLATE_ENOMEM;
    size_t input = size, output = room;
    stream.next_in = (z_const Bytef *) from;
    stream.next_out = to;
    do {
        if (stream.avail_in == 0)
            stream.avail_in = portion (&input);
        if (stream.avail_out == 0)
            stream.avail_out = portion (&output);
        code = inflate (&stream, Z_NO_FLUSH);
    } while (code == Z_OK);
    *written = room - output - stream.avail_out;
    *used = size - input - stream.avail_in;
    const int input_ended = stream.avail_in == 0;
    inflateEnd (&stream);
    switch (code) {
    case Z_STREAM_END: return RG_INFLATE_END;
    case Z_MEM_ERROR: return RG_INFLATE_ENOMEM;
    case Z_BUF_ERROR: return input_ended && *written < room ? RG_INFLATE_SHORT : RG_INFLATE_FULL;
    default: return RG_INFLATE_BAD;
    }
}

int
rg_inflate_plausible (size_t packed, size_t size)
{
    return size / 1032 <= packed;
}

/* stream.c -- the streaming form of the entropy buffer: its state, its size, its blocks; see stream.h. */
#include "exact/stream.h"

#include <math.h>

#include "base/memory.h"

typedef struct {
    int wide; /* RG_STREAM_NARROW ... */
    size_t ranges;
    rg_stream_range range[];
} stream;

static size_t
head_bytes (int wide)
{
    return wide ? sizeof (uint64_t) * RG_LANES : sizeof (uint32_t) * RG_LANES;
}

static uint64_t
head (const rg_stream_range *range, int wide, int lane)
{
    return wide ? range->heads.wide[lane] : range->heads.narrow[lane];
}

static uint64_t
start_head (int wide)
{
    return wide ? (uint64_t) 1 << 32 : (uint64_t) 1 << 16;
}

static void
reset (void *state)
{
    stream *own = state;
    for (size_t i = 0; i < own->ranges; i++) {
        for (int l = 0; l < RG_LANES; l++)
            if (own->wide)
                own->range[i].heads.wide[l] = start_head (own->wide);
            else
                own->range[i].heads.narrow[l] = (uint32_t) start_head (own->wide);
        rg_spill_clear (&own->range[i].words);
    }
}

static rg_status
create (void **state, size_t count, int wide)
{
    const size_t ranges = count / RG_BUFFER_RANGE + (count % RG_BUFFER_RANGE != 0);
    *state = NULL;
    stream *own = rg_calloc (1, sizeof *own + ranges * sizeof own->range[0]);
    if (own == NULL)
        return RG_ENOMEM;
    own->wide = wide;
    own->ranges = ranges;
    reset (own);
    *state = own;
    return RG_OK;
}

static rg_status
create_narrow (void **state, size_t count)
{
    return create (state, count, RG_STREAM_NARROW);
}

static rg_status
create_wide (void **state, size_t count)
{
    return create (state, count, RG_STREAM_WIDE);
}

static rg_status
create_large (void **state, size_t count)
{
    return create (state, count, RG_STREAM_LARGE);
}

static void
forget (void *state)
{
    stream *own = state;
    for (size_t i = 0; i < own->ranges; i++)
        rg_spill_clear (&own->range[i].words);
}

static void
free_state (void *state)
{
    forget (state);
    rg_free (state);
}

static rg_status
check (const rg_decays *decays, size_t size, int ratio_bits)
{
    const uint64_t n = decays->ratio.n, d = decays->ratio.d;
    if (decays->each != NULL || d < 2 || d > (uint64_t) 1 << ratio_bits || (d & (d - 1)) != 0)
        return RG_ERANGE;
    if (decays->n != NULL)
        return rg_kernels_here ()->lanes->valid (decays->n, size, (uint32_t) d) ? RG_OK : RG_ERANGE;
    return n >= 1 && n <= d ? RG_OK : RG_ERANGE;
}

static rg_status
multiply (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    stream *own = state;
    return rg_stream_multiply (own->range + range, own->wide, size, decays, c);
}

static rg_status
divide (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c)
{
    stream *own = state;
    return rg_stream_divide (own->range + range, own->wide, size, decays, c);
}

static double
bits (const void *state)
{
    const stream *own = state;
    double sum = 0;
    for (size_t i = 0; i < own->ranges; i++) {
        sum += 8 * (double) own->range[i].words.length;
        for (int l = 0; l < RG_LANES; l++)
            sum += log2 ((double) head (own->range + i, own->wide, l)) - log2 ((double) start_head (own->wide));
    }
    return sum;
}

static size_t
bytes (const void *state)
{
    const stream *own = state;
    size_t sum = sizeof *own + own->ranges * sizeof own->range[0];
    for (size_t i = 0; i < own->ranges; i++)
        sum += rg_spill_held (&own->range[i].words);
    return sum;
}

static int
is_start (const void *state)
{
    const stream *own = state;
    for (size_t i = 0; i < own->ranges; i++) {
        if (own->range[i].words.length != 0)
            return 0;
        for (int l = 0; l < RG_LANES; l++)
            if (head (own->range + i, own->wide, l) != start_head (own->wide))
                return 0;
    }
    return 1;
}

static uint64_t
digest (const void *state, size_t range)
{
    const stream *own = state;
    const uint64_t length = own->range[range].words.length;
    const uint64_t sum = rg_digest (0, &own->range[range].heads, head_bytes (own->wide));
    return rg_digest (sum, &length, sizeof length);
}

static size_t
saved_bytes (const void *state, int words)
{
    const stream *own = state;
    size_t sum = 0;
    for (size_t i = 0; i < own->ranges; i++)
        sum += head_bytes (own->wide) + (words ? sizeof (uint64_t) + own->range[i].words.length : 0);
    return sum;
}

static void
save (const void *state, int words, rg_writer *writer)
{
    const stream *own = state;
    for (size_t i = 0; i < own->ranges; i++) {
        const uint64_t length = own->range[i].words.length;
        rg_write (writer, &own->range[i].heads, head_bytes (own->wide));
        if (!words)
            continue;
        rg_write (writer, &length, sizeof length);
        rg_spill_copy (&own->range[i].words, writer->at);
        writer->at += length;
    }
}

static rg_status
load_range (rg_stream_range *range, int words, int wide, rg_reader *reader)
{
    uint64_t length;
    if (rg_read (reader, &range->heads, head_bytes (wide)) != RG_OK)
        return RG_EINPUT;
    for (int l = 0; l < RG_LANES; l++)
        if (head (range, wide, l) < start_head (wide))
            return RG_EINPUT;
    if (!words)
        return RG_OK;
    if (rg_read (reader, &length, sizeof length) != RG_OK || length > reader->left
        || length % rg_stream_word_bytes (wide) != 0)
        return RG_EINPUT;
    const rg_status status = rg_spill_push (&range->words, reader->at, (size_t) length);
    reader->at += length;
    reader->left -= (size_t) length;
    return status;
}

static rg_status
load (void *state, int words, rg_reader *reader)
{
    stream *own = state;
    rg_status status = RG_OK;
    for (size_t i = 0; i < own->ranges && status == RG_OK; i++)
        status = load_range (own->range + i, words, own->wide, reader);
    return status;
}

static rg_spill *
words (void *state, size_t range)
{
    stream *own = state;
    return &own->range[range].words;
}

/* The two widths share all but their limits: one list. */
#define STREAM(name, largest_bits, large, create)                                                      \
    { name,   largest_bits, large,    create,     free_state, reset,  forget, check, multiply,         \
      divide, bits,         bytes,    is_start,   digest,     saved_bytes, save, load, words }

const rg_kind rg_kind_stream32 = STREAM ("stream32", RG_LANES32_BITS, 0, create_narrow);
const rg_kind rg_kind_stream64 = STREAM ("stream64", RG_LANES64_BITS, 0, create_wide);
const rg_kind rg_kind_stream64_large = STREAM ("stream64", RG_LANES64_BITS, 1, create_large);

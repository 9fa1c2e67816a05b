/* buffer.c -- the entropy buffer: checks, blocks of memory, and the choice of the kind; see exact.h. */
#include <retrograde/exact.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "exact/buffer_forecast.h"
#include "exact/buffer_parts.h"
#include "exact/lanes.h"
#include "exact/spill.h"

/* What a block begins with; all its fields must agree with the buffer that loads it. */
typedef struct {
    char magic[8];
    uint32_t version, kind, ratio_bits, words;
    uint64_t count;
} header;
_Static_assert (sizeof (header) == 8 + 4 * 4 + 8, "a block begins with these numbers and nothing between them");

enum { KINDS = 3 };
static const rg_kind *const kinds[2][KINDS] = { { &rg_kind_stream32, &rg_kind_stream64, &rg_kind_integer },
                                                { NULL, &rg_kind_stream64_large, &rg_kind_integer_large } };

static rg_status
new_buffer (rg_buffer **out, rg_buffer_kind kind, int large, size_t count, int ratio_bits)
{
    *out = NULL;
    if ((unsigned) kind >= KINDS || kinds[large][kind] == NULL)
        return RG_ERANGE;
    const rg_kind *table = kinds[large][kind];
    if (table->largest_bits != 0 && (ratio_bits < 1 || ratio_bits > table->largest_bits))
        return RG_ERANGE;
    rg_buffer *buffer = rg_calloc (1, sizeof *buffer);
    if (buffer == NULL)
        return RG_ENOMEM;
    *buffer = (rg_buffer){ table, kind, table->largest_bits == 0 ? 0 : ratio_bits, count, NULL };
    if (table->create (&buffer->state, count) != RG_OK) {
        rg_free (buffer);
        return RG_ENOMEM;
    }
    *out = buffer;
    return RG_OK;
}

rg_status
rg_buffer_new (rg_buffer **out, rg_buffer_kind kind, size_t count, int ratio_bits)
{
    return new_buffer (out, kind, 0, count, ratio_bits);
}

rg_status
rg_buffer_new_large (rg_buffer **out, rg_buffer_kind kind, size_t count, int ratio_bits)
{
    return new_buffer (out, kind, 1, count, ratio_bits);
}

void
rg_buffer_free (rg_buffer *buffer)
{
    if (buffer == NULL)
        return;
    buffer->table->free (buffer->state);
    rg_free (buffer);
}

void
rg_buffer_reset (rg_buffer *buffer)
{
    buffer->table->reset (buffer->state);
}

void
rg_buffer_forget (rg_buffer *buffer)
{
    buffer->table->forget (buffer->state);
}

size_t
rg_buffer_count (const rg_buffer *buffer)
{
    return buffer->count;
}

size_t
rg_buffer_ranges (const rg_buffer *buffer)
{
    return buffer->count / RG_BUFFER_RANGE + (buffer->count % RG_BUFFER_RANGE != 0);
}

rg_buffer_kind
rg_buffer_get_kind (const rg_buffer *buffer)
{
    return buffer->kind;
}

const char *
rg_buffer_kind_name (rg_buffer_kind kind)
{
    return (unsigned) kind < KINDS ? kinds[0][kind]->name : "unknown";
}

/* Parameters of a range, 0 for a range that does not exist. */
static size_t
range_size (const rg_buffer *buffer, size_t range)
{
    if (range >= rg_buffer_ranges (buffer))
        return 0;
    const size_t left = buffer->count - range * RG_BUFFER_RANGE;
    return left < RG_BUFFER_RANGE ? left : RG_BUFFER_RANGE;
}

/* Whether nothing at all is to be done: one ratio, and it is 1. */
static int
is_identity (const rg_decays *decays)
{
    return decays->n == NULL && decays->each == NULL && decays->ratio.n == decays->ratio.d;
}

static int
inside (const rg_buffer *buffer, const int64_t *c, size_t size)
{
    const rg_lanes *lanes = rg_kernels_here ()->lanes;
    return (buffer->table->large ? lanes->inside_large : lanes->inside) (c, size);
}

/* Whether a range's numbers can be multiplied or divided by these decays. */
static rg_status
check (const rg_buffer *buffer, size_t range, const rg_decays *decays, const int64_t *c)
{
    const size_t size = range_size (buffer, range);
    if (size == 0 || buffer->table->check (decays, size, buffer->ratio_bits) != RG_OK)
        return RG_ERANGE;
    return inside (buffer, c, size) ? RG_OK : RG_EOVERFLOW;
}

rg_status
rg_buffer_multiply (rg_buffer *buffer, size_t range, const rg_decays *decays, int64_t *c)
{
    const size_t size = range_size (buffer, range);
    const rg_status status = check (buffer, range, decays, c);
    if (status != RG_OK || is_identity (decays))
        return status;
    return buffer->table->multiply (buffer->state, range, size, decays, c);
}

rg_status
rg_buffer_divide (rg_buffer *buffer, size_t range, const rg_decays *decays, int64_t *c)
{
    const size_t size = range_size (buffer, range);
    rg_status status = check (buffer, range, decays, c);
    if (status != RG_OK || is_identity (decays))
        return status;
    status = buffer->table->divide (buffer->state, range, size, decays, c);
    if (status != RG_OK)
        return status;
    return inside (buffer, c, size) ? RG_OK : RG_EIRREVERSIBLE;
}

double
rg_buffer_bits (const rg_buffer *buffer)
{
    return buffer->table->bits (buffer->state);
}

size_t
rg_buffer_bytes (const rg_buffer *buffer)
{
    return sizeof *buffer + buffer->table->bytes (buffer->state);
}

/* Limbs grow by halves; one is kept in reserve. */
static double
forecast_integers (const rg_buffer *buffer, double bits)
{
    double capacity = 8;
    while (buffer->count > 0 && capacity < 2 + (bits / (double) buffer->count + 32) / 64)
        capacity = floor (1.5 * capacity);
    return (double) (buffer->count * 8) * capacity;
}

double
rg_buffer_forecast (const rg_buffer *buffer, double bits, double held)
{
    enum { HALF_HEAD = 8 }; /* what a head keeps above its least, on average: half of its range in log2 */
    const double chunk = RG_SPILL_CHUNK + sizeof (void *);
    double bytes = (double) rg_buffer_bytes (buffer);
    if (bits <= 0)
        return bytes;
    if (buffer->kind == RG_BUFFER_INTEGER)
        return bytes + forecast_integers (buffer, bits);
    const double heads = (buffer->kind == RG_BUFFER_STREAM64 ? 2 : 1) * HALF_HEAD * RG_LANES;
    for (size_t range = 0; range < rg_buffer_ranges (buffer); range++) {
        const double share = (double) range_size (buffer, range) / (double) buffer->count;
        const double words = fmin (bits * share - heads, held * share);
        bytes += words <= 0 ? 0 : ceil (words / 8 / RG_SPILL_CHUNK) * chunk;
    }
    return bytes;
}

int
rg_buffer_is_start (const rg_buffer *buffer)
{
    return buffer->table->is_start (buffer->state);
}

uint64_t
rg_buffer_digest (const rg_buffer *buffer)
{
    uint64_t sum = 0;
    for (size_t range = 0; range < rg_buffer_ranges (buffer); range++) {
        const uint64_t part = rg_buffer_range_digest (buffer, range);
        sum = rg_digest (sum, &part, sizeof part);
    }
    return sum;
}

uint64_t
rg_buffer_range_digest (const rg_buffer *buffer, size_t range)
{
    return buffer->table->digest (buffer->state, range);
}

static header
header_of (const rg_buffer *buffer, int words)
{
    return (header){ .magic = { 'r', 'g', 'b', 'u', 'f', 'f', 'e', 'r' }, .version = 1,
                     .kind = (uint32_t) buffer->kind + (buffer->table->large ? 256u : 0u), .ratio_bits = (uint32_t) buffer->ratio_bits,
                     .words = (uint32_t) words, .count = buffer->count };
}

static void
save (const rg_buffer *buffer, int words, void *block)
{
    rg_writer writer = { block };
    const header own = header_of (buffer, words);
    rg_write (&writer, &own, sizeof own);
    buffer->table->save (buffer->state, words, &writer);
}

/* Read into a fresh state, and exchange it for the old one only when all of it was good. */
static rg_status
load (rg_buffer *buffer, int words, const void *block, size_t bytes)
{
    rg_reader reader = { block, bytes };
    const header own = header_of (buffer, words);
    header other;
    void *state = NULL;
    if (rg_read (&reader, &other, sizeof other) != RG_OK || memcmp (&own, &other, sizeof own) != 0)
        return RG_EINPUT;
    rg_status status = buffer->table->create (&state, buffer->count);
    if (status == RG_OK)
        status = buffer->table->load (state, words, &reader);
    if (status == RG_OK && reader.left != 0)
        status = RG_EINPUT;
    if (status == RG_OK) {
        void *old = buffer->state;
        buffer->state = state;
        state = old;
    }
    if (state != NULL)
        buffer->table->free (state);
    return status;
}

size_t
rg_buffer_saved_bytes (const rg_buffer *buffer)
{
    return sizeof (header) + buffer->table->saved_bytes (buffer->state, 1);
}

void
rg_buffer_save (const rg_buffer *buffer, void *block)
{
    save (buffer, 1, block);
}

rg_status
rg_buffer_load (rg_buffer *buffer, const void *block, size_t bytes)
{
    return load (buffer, 1, block, bytes);
}

size_t
rg_buffer_heads_bytes (const rg_buffer *buffer)
{
    return sizeof (header) + buffer->table->saved_bytes (buffer->state, 0);
}

void
rg_buffer_heads_part (const rg_buffer *buffer, size_t first, size_t end, size_t *offset, size_t *bytes)
{
    const size_t each = rg_buffer_ranges (buffer) == 0
        ? 0 : buffer->table->saved_bytes (buffer->state, 0) / rg_buffer_ranges (buffer);
    *offset = sizeof (header) + first * each;
    *bytes = (end - first) * each;
}

void
rg_buffer_heads_save (const rg_buffer *buffer, void *block)
{
    save (buffer, 0, block);
}

rg_status
rg_buffer_heads_load (rg_buffer *buffer, const void *block, size_t bytes)
{
    return load (buffer, 0, block, bytes);
}

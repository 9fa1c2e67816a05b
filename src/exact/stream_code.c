/* stream_code.c -- multiply and divide one range of the streaming form; see stream.h. */
#include <string.h>

#include "exact/stream.h"

/* Rows whose words are fetched from the stack at once on the way back. */
enum { BLOCK_ROWS = 16 };

/* Words of one range or less: at most one a parameter is pushed in a call. */
typedef union {
    uint16_t narrow[RG_BUFFER_RANGE];
    uint32_t wide[RG_BUFFER_RANGE];
} range_words;

static size_t
multiply_rows (rg_stream_range *range, int wide, int64_t *c, size_t rows, const rg_lane_decays *decays,
               range_words *words, size_t done)
{
    const rg_lanes *lanes = rg_kernels_here ()->lanes;
    return wide ? lanes->multiply64 (range->heads.wide, c, rows, decays, words->wide + done)
                : lanes->multiply32 (range->heads.narrow, c, rows, decays, words->narrow + done);
}

static size_t
divide_rows (rg_stream_range *range, int form, int64_t *c, size_t rows, const rg_lane_decays *decays,
             const void *words, size_t available)
{
    const rg_lanes *lanes = rg_kernels_here ()->lanes;
    if (form == RG_STREAM_LARGE)
        return lanes->divide64_large (range->heads.wide, c, rows, decays, words, available);
    return form == RG_STREAM_WIDE ? lanes->divide64 (range->heads.wide, c, rows, decays, words, available)
                                  : lanes->divide32 (range->heads.narrow, c, rows, decays, words, available);
}

/* A last row that does not fill the lanes is worked on a copy; lanes without a parameter have n = d. */
typedef struct {
    uint32_t n[RG_LANES];
    int64_t c[RG_LANES];
    rg_lane_decays decays;
} short_row;

static rg_lane_decays
lane_decays (const rg_decays *decays, size_t first)
{
    int bits = 0;
    while ((uint64_t) 1 << bits < decays->ratio.d)
        bits++;
    const uint32_t d = (uint32_t) decays->ratio.d;
    return decays->n == NULL ? (rg_lane_decays){ NULL, (uint32_t) decays->ratio.n, bits }
                             : (rg_lane_decays){ decays->n + first, d, bits };
}

static void
load_short (short_row *row, const rg_decays *decays, size_t first, const int64_t *c, size_t size)
{
    row->decays = lane_decays (decays, 0);
    row->decays.n = row->n;
    row->decays.uniform = (uint32_t) decays->ratio.d;
    for (size_t l = 0; l < RG_LANES; l++) {
        const size_t i = first + l;
        row->c[l] = i < size ? c[i] : 0;
        row->n[l] = (uint32_t) (i >= size ? decays->ratio.d : decays->n != NULL ? decays->n[i] : decays->ratio.n);
    }
}

static void
store_short (const short_row *row, size_t first, int64_t *c, size_t size)
{
    if (first < size)
        memcpy (c + first, row->c, (size - first) * sizeof *c);
}

rg_status
rg_stream_multiply (rg_stream_range *range, int form, size_t size, const rg_decays *decays, int64_t *c)
{
    range_words words;
    short_row last;
    const size_t rows = size / RG_LANES, first = rows * RG_LANES;
    const rg_lane_decays whole = lane_decays (decays, 0);
    const size_t pushed = multiply_rows (range, form, c, rows, &whole, &words, 0);
    size_t more = 0;
    if (first < size) {
        load_short (&last, decays, first, c, size);
        more = multiply_rows (range, form, last.c, 1, &last.decays, &words, pushed);
        store_short (&last, first, c, size);
    }
    const rg_status status = rg_spill_push (&range->words, &words, (pushed + more) * rg_stream_word_bytes (form));
    if (status == RG_OK)
        return RG_OK;
    if (first < size) {
        divide_rows (range, form, last.c, 1, &last.decays, &words, pushed + more);
        store_short (&last, first, c, size);
    }
    divide_rows (range, form, c, rows, &whole, &words, pushed);
    return status;
}

/* Undo some rows with words from the stack. */
static rg_status
divide_block (rg_stream_range *range, int form, int64_t *c, size_t rows, const rg_lane_decays *decays)
{
    union {
        uint16_t narrow[BLOCK_ROWS * RG_LANES];
        uint32_t wide[BLOCK_ROWS * RG_LANES];
    } words;
    const size_t bytes = rg_stream_word_bytes (form);
    const size_t available = rg_spill_peek (&range->words, &words, rows * RG_LANES * bytes) / bytes;
    const size_t wanted = divide_rows (range, form, c, rows, decays, &words, available);
    if (wanted > available)
        return RG_EIRREVERSIBLE;
    rg_spill_drop (&range->words, wanted * bytes);
    return RG_OK;
}

rg_status
rg_stream_divide (rg_stream_range *range, int form, size_t size, const rg_decays *decays, int64_t *c)
{
    size_t rows = size / RG_LANES;
    rg_status status = RG_OK;
    if (rows * RG_LANES < size) {
        short_row last;
        load_short (&last, decays, rows * RG_LANES, c, size);
        status = divide_block (range, form, last.c, 1, &last.decays);
        store_short (&last, rows * RG_LANES, c, size);
    }
    while (rows > 0 && status == RG_OK) {
        const size_t block = rows < BLOCK_ROWS ? rows : BLOCK_ROWS;
        rows -= block;
        const rg_lane_decays part = lane_decays (decays, rows * RG_LANES);
        status = divide_block (range, form, c + rows * RG_LANES, block, &part);
    }
    return status;
}

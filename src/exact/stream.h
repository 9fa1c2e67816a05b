/*
 * stream.h -- the streaming form of the entropy buffer, for both head widths.
 *
 * h is kept as 64 bounded heads and a stack of words (asymmetric numeral
 * systems: J. Duda, arXiv:1311.2540). With heads in [2^b, 2^2b) and b-bit words:
 *   forward   T = n 2^(2b-k); if h >= T: push the low b bits of h, h >>= b; then multiply
 *   backward  undo the multiply; if h < 2^b: h = h 2^b + pop
 * Before the multiply h is in [T/2^b, T) always, and a word was pushed exactly
 * when h is below 2^b after undoing it. All heads start at 2^b.
 */
#ifndef RG_EXACT_STREAM_H
#define RG_EXACT_STREAM_H

#include "exact/kind.h"
#include "exact/lanes.h"
#include "exact/spill.h"

/* One range: the heads of one width or the other, and the words. */
typedef struct {
    union {
        uint32_t narrow[RG_LANES];
        uint64_t wide[RG_LANES];
    } heads;
    rg_spill words;
} rg_stream_range;

/* 32-bit heads; 64-bit heads; 64-bit heads for large integers. A form other than the first is wide. */
enum { RG_STREAM_NARROW, RG_STREAM_WIDE, RG_STREAM_LARGE };

/* Bytes of a word; wide: 64-bit heads. */
static inline size_t
rg_stream_word_bytes (int wide)
{
    return wide ? sizeof (uint32_t) : sizeof (uint16_t);
}

/*
 * Multiply, divide the `size` parameters of one range; contracts as those of
 * rg_buffer_multiply and rg_buffer_divide, with all arguments checked.
 */
rg_status rg_stream_multiply (rg_stream_range *range, int form, size_t size, const rg_decays *decays,
                              int64_t *c);
rg_status rg_stream_divide (rg_stream_range *range, int form, size_t size, const rg_decays *decays,
                            int64_t *c);

#endif /* RG_EXACT_STREAM_H */

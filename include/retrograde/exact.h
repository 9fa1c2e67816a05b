/* exact.h -- fixed point, decay ratios and the entropy buffer: arithmetic that can be undone. */
#ifndef RETROGRADE_EXACT_H
#define RETROGRADE_EXACT_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Fixed point. A value is an int64_t times 2^-F, F the fraction bits (0 .. 62).
 * Integers of a state stay strictly inside (-RG_FIXED_LIMIT, RG_FIXED_LIMIT),
 * so that each is also a double, exactly.
 */
#define RG_FIXED_LIMIT ((int64_t) 1 << 52)

/*
 * Round an array to fixed point, to nearest, ties to even.
 *   count          [values]
 *   x              [count]
 *   fraction_bits  F, 0 .. 62
 *   out            [out] [count] integers, scale 2^-F
 *   bad            [out] index of the first value refused; NULL is allowed
 * Returns RG_OK, RG_ENONFINITE, RG_EOVERFLOW (the integer would leave its
 * range), or RG_ERANGE (fraction_bits); on failure out is unchanged.
 */
RG_API rg_status rg_fixed_from_double (size_t count, const double *x, int fraction_bits, int64_t *out,
                                       size_t *bad);
RG_API rg_status rg_fixed_from_float (size_t count, const float *x, int fraction_bits, int64_t *out,
                                      size_t *bad);

/*
 * The values of an array of integers: exact in double, to nearest in float.
 *   integers       [count] scale 2^-F
 *   fraction_bits  F, 0 .. 62
 *   out            [out] [count]
 */
RG_API void rg_fixed_to_double (size_t count, const int64_t *integers, int fraction_bits, double *out);
RG_API void rg_fixed_to_float (size_t count, const int64_t *integers, int fraction_bits, float *out);

/* Large integers, of second moments: from 0 to RG_LARGE_LIMIT - 1; a double holds the first 53 bits. */
#define RG_LARGE_LIMIT ((int64_t) 1 << 62)

/* Decay ratio n/d, 1 <= n <= d < 2^32: what is applied, and what every derivative uses. */
typedef struct {
    uint64_t n, d;
} rg_ratio;

/*
 * The ratio over d = 2^ratio_bits nearest to a decay (ties to even), n at least 1.
 *   decay       0 < decay <= 1
 *   ratio_bits  1 .. 31
 *   out         [out] {0, 1} on failure
 * Returns RG_OK, RG_ENONFINITE, or RG_ERANGE.
 */
RG_API rg_status rg_ratio_from_decay (double decay, int ratio_bits, rg_ratio *out);

/*
 * The numerators over 2^ratio_bits of an array of decays, each by rg_ratio_from_decay.
 *   n    [out] [count]
 *   bad  [out] index of the first decay refused; NULL is allowed
 * Returns as rg_ratio_from_decay; on failure the numerators before `bad` are written.
 */
RG_API rg_status rg_ratio_numerators (size_t count, const double *decay, int ratio_bits, uint32_t *n,
                                      size_t *bad);

/*
 * Read an exact ratio, "9/10", and bring it to lowest terms.
 *   text  two decimal numbers around '/', no blanks
 *   out   [out] {0, 1} on failure
 * Returns RG_OK, RG_EINPUT (not of that form), or RG_ERANGE (not 1 <= n <= d < 2^32).
 */
RG_API rg_status rg_ratio_parse (const char *text, rg_ratio *out);

/* n/d, rounded once. */
RG_API double rg_ratio_value (rg_ratio ratio);

/* What a user should be warned of; an indicative value, not a failure. */
typedef enum {
    RG_RATIO_GOOD,
    RG_RATIO_NO_DECAY, /* a decay below 1 became n = d */
    RG_RATIO_COARSE    /* the quantum 1/d is above 1 % of 1 - decay */
} rg_ratio_quality;

/* Judge a ratio against the decay it was made from. A decay of 1 is always good. */
RG_API rg_ratio_quality rg_ratio_judge (rg_ratio ratio, double decay);

/*
 * Entropy buffer: keeps the log2(d/n) bits that an integer loses each time it is
 * multiplied by n/d, so that the product can be undone. With c = q d + r,
 *   forward   u = h mod n;  x = r n + u;  c <- q n + x div d;  h <- (h div n) d + x mod d
 * where h is what the buffer holds; c becomes floor((c n + u)/d), within one
 * unit of c n/d. All divisions are floor divisions.
 *
 * A buffer serves `count` parameters, cut into independent ranges of
 * RG_BUFFER_RANGE; the last one may be shorter. Different ranges may be worked on by
 * different threads at once, in any order, with the same bits. Calls on one
 * range must be undone in the exact reverse order, with the same ratios.
 */
typedef struct rg_buffer rg_buffer;

#define RG_BUFFER_RANGE 8192

typedef enum {
    RG_BUFFER_STREAM32, /* 32-bit heads and a stack of words; ratios over 2^k, k <= 16; the fastest */
    RG_BUFFER_STREAM64, /* 64-bit heads, k <= 28: for decays very near 1 */
    RG_BUFFER_INTEGER   /* one unbounded integer a parameter, any ratio; slow, and slower as the run grows */
} rg_buffer_kind;

/*
 * The ratios of one range. With both arrays NULL every parameter has `ratio`:
 * the fastest case, and free when n = d. Otherwise:
 *   ratio.d   the denominator of the numerators `n`
 *   n         [parameters of the range] numerators over ratio.d, or NULL
 *   each      [parameters of the range] a whole ratio each (RG_BUFFER_INTEGER only), or NULL
 * For the stream kinds ratio.d is a power of two, 2 .. 2^ratio_bits.
 */
typedef struct {
    rg_ratio ratio;
    const uint32_t *n;
    const rg_ratio *each;
} rg_decays;

/*
 * Create a buffer at its start.
 *   out         [out] ended with rg_buffer_free; NULL on failure
 *   count       parameters, may be 0
 *   ratio_bits  the largest k it will be given: 1 .. 16 (stream32), 1 .. 28 (stream64); the
 *               integer kind ignores it
 * Returns RG_OK, RG_ENOMEM, or RG_ERANGE.
 */
RG_API rg_status rg_buffer_new (rg_buffer **out, rg_buffer_kind kind, size_t count, int ratio_bits);

/* The same for large integers, whose range then is the limit in what follows; RG_BUFFER_STREAM32 is RG_ERANGE. */
RG_API rg_status rg_buffer_new_large (rg_buffer **out, rg_buffer_kind kind, size_t count, int ratio_bits);

/* Free a buffer; NULL is allowed. */
RG_API void rg_buffer_free (rg_buffer *buffer);

/* Back to the start: all that was kept is dropped. */
RG_API void rg_buffer_reset (rg_buffer *buffer);

RG_API size_t rg_buffer_count (const rg_buffer *buffer);            /* parameters */
RG_API size_t rg_buffer_ranges (const rg_buffer *buffer);           /* ceil(count / RG_BUFFER_RANGE) */
RG_API rg_buffer_kind rg_buffer_get_kind (const rg_buffer *buffer);
RG_API const char *rg_buffer_kind_name (rg_buffer_kind kind);       /* "stream32", "stream64", "integer" */

/*
 * Multiply the parameters of one range by their ratios, keeping what is lost.
 *   range   0 .. ranges - 1
 *   decays  see above
 *   c       [parameters of the range] the range's first value on; inside the fixed-point limit
 * Returns RG_OK; RG_EOVERFLOW (some c is outside), RG_ERANGE (range, a ratio),
 * RG_ENOMEM. On failure c and the buffer are unchanged.
 */
RG_API rg_status rg_buffer_multiply (rg_buffer *buffer, size_t range, const rg_decays *decays, int64_t *c);

/*
 * Undo rg_buffer_multiply, with the same ratios.
 * Returns RG_OK; RG_EOVERFLOW and RG_ERANGE as above, with nothing changed; or
 * RG_EIRREVERSIBLE when this cannot be the way back (no word is left, or a
 * result is outside the limit): c and this range are then unspecified, and
 * only rg_buffer_reset, a load, or rg_buffer_free make sense.
 * The integer kind is defined for every h and so has no empty stack.
 */
RG_API rg_status rg_buffer_divide (rg_buffer *buffer, size_t range, const rg_decays *decays, int64_t *c);

/*
 * What is kept, in bits: the words on the stacks plus the sum of log2 of the
 * heads, less the same at the start. Integer kind: the sum of log2(max(h, 1)), less the
 * same at the start, h = 2^32 (2^16 where GMP's limbs have 32 bits).
 */
RG_API double rg_buffer_bits (const rg_buffer *buffer);

/* Memory held, in bytes. */
RG_API size_t rg_buffer_bytes (const rg_buffer *buffer);

/* Whether heads and stack lengths are those of the start. */
RG_API int rg_buffer_is_start (const rg_buffer *buffer);

/* XXH3 (64 bits) of heads and stack lengths; of the integers for the integer kind. */
RG_API uint64_t rg_buffer_digest (const rg_buffer *buffer);
RG_API uint64_t rg_buffer_range_digest (const rg_buffer *buffer, size_t range); /* of one range, 0 .. ranges - 1 */

/*
 * Write the whole buffer to a block, read it back.
 *   saved_bytes  the block's size now
 *   load         into a buffer of the same kind, count and ratio_bits
 * load returns RG_OK, RG_EINPUT (not such a block), or RG_ENOMEM; on failure
 * the buffer is unchanged. Blocks keep the byte order of their machine.
 */
RG_API size_t rg_buffer_saved_bytes (const rg_buffer *buffer);
RG_API void rg_buffer_save (const rg_buffer *buffer, void *block);
RG_API rg_status rg_buffer_load (rg_buffer *buffer, const void *block, size_t bytes);

/*
 * The same for the heads alone: all that is needed to go forward again (the
 * integer kind keeps whole integers). Loading drops the words on the stacks,
 * so the way back from there ends where the heads were taken.
 */
RG_API size_t rg_buffer_heads_bytes (const rg_buffer *buffer);
RG_API void rg_buffer_heads_save (const rg_buffer *buffer, void *block);
RG_API rg_status rg_buffer_heads_load (rg_buffer *buffer, const void *block, size_t bytes);

/* Drop the words on the stacks and keep the heads, for a run that will not be undone. */
RG_API void rg_buffer_forget (rg_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_EXACT_H */

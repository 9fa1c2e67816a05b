/* lanes.h -- the streaming coder: 64 interleaved heads, one row of parameters at a time. */
#ifndef RG_EXACT_LANES_H
#define RG_EXACT_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/kernels.h"

/*
 * Parameter i of a range belongs to lane i mod RG_LANES; a row is one parameter
 * of every lane. Rows are worked forward, and in a row words are pushed from
 * lane 0 on; the way back goes through both in the opposite order. 64 is the
 * fastest of 16, 32 and 64 measured, and a set of lanes is one uint64_t.
 */
enum { RG_LANES = 64 };

/*
 * Bounds of a head, each machine's word and largest k:
 *   32-bit heads in [2^16, 2^32), 16-bit words, k <= 16
 *   64-bit heads in [2^32, 2^64), 32-bit words, k <= 28
 */
enum { RG_LANES32_BITS = 16, RG_LANES64_BITS = 28 };

/* The ratios of some rows: n[rows * RG_LANES] over 2^ratio_bits, or `uniform` where n is NULL. */
typedef struct {
    const uint32_t *n;
    uint32_t uniform;
    int ratio_bits;
} rg_lane_decays;

/*
 * One build of the coder for one processor level. All give the same bits.
 *   heads   [RG_LANES]
 *   c       [rows * RG_LANES] inside the fixed-point limit
 *   words   multiply: [out] [rows * RG_LANES] room for what is pushed
 *           divide: the words on top of the stack, the top last
 *   available   divide: how many; a missing word reads as 0
 * multiply returns the words pushed; divide the words wanted, more than `available`
 * when the stack was too short. Results of divide beyond the limit become
 * some value outside of it, or wrap (64-bit heads): never undefined.
 */
typedef struct rg_lanes {
    size_t (*multiply32) (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays,
                          uint16_t *words);
    size_t (*divide32) (uint32_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays,
                        const uint16_t *words, size_t available);
    size_t (*multiply64) (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays,
                          uint32_t *words);
    size_t (*divide64) (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays,
                        const uint32_t *words, size_t available);
    /* the same as divide64 for large integers, c in 0 .. 2^62 - 1; multiply64 takes them as it is */
    size_t (*divide64_large) (uint64_t *heads, int64_t *c, size_t rows, const rg_lane_decays *decays,
                              const uint32_t *words, size_t available);
    int (*inside) (const int64_t *c, size_t count);                /* all strictly inside the limit */
    int (*inside_large) (const int64_t *c, size_t count);          /* all in 0 .. 2^62 - 1 */
    int (*valid) (const uint32_t *n, size_t count, uint32_t d);    /* all in 1 .. d */
} rg_lanes;

#endif /* RG_EXACT_LANES_H */

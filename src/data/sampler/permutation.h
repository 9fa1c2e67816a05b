/*
 * permutation.h -- random permutations of [0, n), evaluated at single points.
 *
 * A shuffled order needs position -> example without state. This is the generalised Feistel cipher of
 * J. Black, P. Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002,
 * section 5 (method 3), on pairs (left, right) in Z_a x Z_b with a * b >= n,
 * with cycle walking (method 2): apply it again while the image is n or more.
 * Its round function is the finaliser of MurmurHash3 (A. Appleby), keyed by
 * Philox.
 */
#ifndef RG_DATA_PERMUTATION_H
#define RG_DATA_PERMUTATION_H

#include "base/random.h"

enum { RG_ROUNDS = 8 };

typedef struct {
    uint32_t n, a, b;
    uint32_t keys[RG_ROUNDS];
} rg_permutation;

/* That of a stream of random numbers, of [0, n) with n >= 1. */
void rg_permutation_init (rg_permutation *out, const rg_random *random, uint32_t n);

/* Where a position < n goes. */
uint32_t rg_permutation_image (const rg_permutation *order, uint32_t position);

#endif /* RG_DATA_PERMUTATION_H */

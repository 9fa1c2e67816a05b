/* permutation.c -- see permutation.h. */
#include "data/sampler/permutation.h"

void
rg_permutation_init (rg_permutation *out, const rg_random *random, uint32_t n)
{
    out->n = n;
    uint64_t root = 1; /* of n, rounded up */
    for (uint64_t bit = 1u << 16; bit != 0; bit /= 2)
        if ((root + bit - 1) * (root + bit - 1) < out->n)
            root += bit;
    out->a = (uint32_t) root;
    out->b = (uint32_t) ((out->n + root - 1) / root);
    for (int i = 0; i < RG_ROUNDS; i++)
        out->keys[i] = rg_random_below (random, (uint64_t) i, UINT32_MAX);
}

/* MurmurHash3's fmix32, brought to [0, bound). */
static uint32_t
mix (uint32_t word, uint32_t bound)
{
    word ^= word >> 16;
    word *= 0x85ebca6bu;
    word ^= word >> 13;
    word *= 0xc2b2ae35u;
    word ^= word >> 16;
    return (uint32_t) ((uint64_t) word * bound >> 32);
}

uint32_t
rg_permutation_image (const rg_permutation *order, uint32_t position)
{
    uint64_t image = position;
    do {
        uint64_t left = image % order->a, right = image / order->a;
        for (int i = 0; i < RG_ROUNDS; i++) {
            const uint32_t bound = i % 2 == 0 ? order->a : order->b;
            const uint64_t sum = left + mix ((uint32_t) right ^ order->keys[i], bound);
            left = right;
            right = sum < bound ? sum : sum - bound;
        }
        image = left + order->a * right; /* an even number of rounds: left is in Z_a again */
    } while (image >= order->n);
    return (uint32_t) image;
}

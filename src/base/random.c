/* random.c -- Philox4x32-10 and the numbers made of it; see random.h. */
#include "base/random.h"

#include <math.h>

void
rg_philox (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t) 0xD2511F53u * c0, b = (uint64_t) 0xCD9E8D57u * c2;
        c0 = (uint32_t) (b >> 32) ^ c1 ^ k0;
        c2 = (uint32_t) (a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t) b;
        c3 = (uint32_t) a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Four words of a stream. The counter holds block (40 bits), stream (8 bits), step and iteration. */
static void
draw (const rg_random *random, uint64_t block, uint32_t out[4])
{
    const uint32_t counter[4] = { (uint32_t) block,
                                  (uint32_t) (block >> 32 & 0xffu) << 8 | (uint32_t) random->stream,
                                  random->step, random->iteration };
    const uint32_t key[2] = { (uint32_t) random->seed, (uint32_t) (random->seed >> 32) };
    rg_philox (counter, key, out);
}

static uint64_t
draw64 (const rg_random *random, uint64_t index)
{
    uint32_t words[4];
    draw (random, index / 2, words);
    const uint32_t *pair = words + 2 * (index % 2);
    return (uint64_t) pair[0] << 32 | pair[1];
}

uint32_t
rg_random_below (const rg_random *random, uint64_t index, uint32_t bound)
{
    const uint64_t number = draw64 (random, index); /* number * bound / 2^64, in two halves */
    return (uint32_t) (((number >> 32) * bound + ((number & 0xffffffffu) * bound >> 32)) >> 32);
}

double
rg_random_uniform (const rg_random *random, uint64_t index)
{
    return ((double) (draw64 (random, index) >> 12) + .5) * 0x1p-52;
}

double
rg_random_normal (const rg_random *random, uint64_t index)
{
    const double radius = sqrt (-2 * log (rg_random_uniform (random, index - index % 2)));
    const double angle = 2 * 3.14159265358979323846 * rg_random_uniform (random, index - index % 2 + 1);
    return radius * (index % 2 == 0 ? cos (angle) : sin (angle));
}

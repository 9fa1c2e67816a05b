/*
 * shuffled.c -- a new permutation of the examples each epoch; see retrograde/data.h.
 *
 * The shuffled order needs position -> example without state: a permutation of
 * [0, n) evaluated at single points. It is the generalised Feistel cipher of
 * J. Black, P. Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002,
 * section 5 (method 3), on pairs (left, right) in Z_a x Z_b with a * b >= n,
 * with cycle walking (method 2): apply it again while the image is n or more.
 * Its round function is the finaliser of MurmurHash3 (A. Appleby), keyed by
 * Philox with (seed, meta-iteration, epoch).
 */
#include "base/random.h"
#include "data/sampler/sampler.h"

enum { ROUNDS = 8 };

/* A permutation of [0, n). */
typedef struct {
    uint32_t n, a, b;
    uint32_t keys[ROUNDS];
} shuffle;

static void
shuffle_init (shuffle *out, const rg_batches *of, uint32_t iteration, uint32_t epoch)
{
    const rg_random random = { of->seed, RG_STREAM_EPOCH, iteration, epoch };
    out->n = of->examples;
    uint64_t root = 1; /* of n, rounded up */
    for (uint64_t bit = 1u << 16; bit != 0; bit /= 2)
        if ((root + bit - 1) * (root + bit - 1) < out->n)
            root += bit;
    out->a = (uint32_t) root;
    out->b = (uint32_t) ((out->n + root - 1) / root);
    for (int i = 0; i < ROUNDS; i++)
        out->keys[i] = rg_random_below (&random, (uint64_t) i, UINT32_MAX);
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

static uint32_t
shuffle_image (const shuffle *order, uint32_t position)
{
    uint64_t image = position;
    do {
        uint64_t left = image % order->a, right = image / order->a;
        for (int i = 0; i < ROUNDS; i++) {
            const uint32_t bound = i % 2 == 0 ? order->a : order->b;
            const uint64_t sum = left + mix ((uint32_t) right ^ order->keys[i], bound);
            left = right;
            right = sum < bound ? sum : sum - bound;
        }
        image = left + order->a * right; /* an even number of rounds: left is in Z_a again */
    } while (image >= order->n);
    return (uint32_t) image;
}

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const uint64_t first = (uint64_t) step * of->batch;
    shuffle order = { 0 };
    for (uint32_t i = 0; i < of->batch; i++) {
        const uint64_t position = first + i;
        const uint32_t offset = (uint32_t) (position % of->examples);
        if (i == 0 || offset == 0)
            shuffle_init (&order, of, iteration, (uint32_t) (position / of->examples));
        out[i] = shuffle_image (&order, offset);
    }
}

const rg_sampler rg_sampler_shuffled = { "shuffled", "a new permutation each epoch", 0, choose };

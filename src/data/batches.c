/*
 * batches.c -- which examples a step uses; see data.h.
 *
 * The shuffled order needs position -> example without state: a permutation of
 * [0, n) evaluated at single points. It is the generalised Feistel cipher of
 * J. Black, P. Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002,
 * section 5 (method 3), on pairs (left, right) in Z_a x Z_b with a * b >= n,
 * with cycle walking (method 2): apply it again while the image is n or more.
 * Its round function is the finaliser of MurmurHash3 (A. Appleby), keyed by
 * Philox with (seed, meta-iteration, epoch).
 */
#include <retrograde/data.h>

#include "base/random.h"

enum { ROUNDS = 8 };

/* A permutation of [0, n). */
typedef struct {
    uint32_t n, a, b;
    uint32_t keys[ROUNDS];
} shuffle;

rg_status
rg_batches_check (const rg_batches *batches, rg_message *message)
{
    if (batches->examples == 0)
        return rg_fail (message, RG_ERANGE, "expected at least 1 example, got 0");
    if (batches->batch == 0 || batches->batch > batches->examples)
        return rg_fail (message, RG_ERANGE, "expected a batch of 1 to %zu examples, got %zu", (size_t) batches->examples,
                        (size_t) batches->batch);
    return RG_OK;
}

static void
shuffle_init (shuffle *out, const rg_batches *batches, uint32_t iteration, uint32_t epoch)
{
    const rg_random random = { batches->seed, RG_STREAM_EPOCH, iteration, epoch };
    out->n = batches->examples;
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
shuffle_image (const shuffle *of, uint32_t position)
{
    uint64_t image = position;
    do {
        uint64_t left = image % of->a, right = image / of->a;
        for (int i = 0; i < ROUNDS; i++) {
            const uint32_t bound = i % 2 == 0 ? of->a : of->b;
            const uint64_t sum = left + mix ((uint32_t) right ^ of->keys[i], bound);
            left = right;
            right = sum < bound ? sum : sum - bound;
        }
        image = left + of->a * right; /* an even number of rounds: left is in Z_a again */
    } while (image >= of->n);
    return (uint32_t) image;
}

static void
write_shuffled (const rg_batches *batches, uint32_t iteration, uint64_t first, uint32_t *out)
{
    shuffle order = { 0 };
    for (uint32_t i = 0; i < batches->batch; i++) {
        const uint64_t position = first + i;
        const uint32_t offset = (uint32_t) (position % batches->examples);
        if (i == 0 || offset == 0)
            shuffle_init (&order, batches, iteration, (uint32_t) (position / batches->examples));
        out[i] = shuffle_image (&order, offset);
    }
}

void
rg_batches_indices (const rg_batches *batches, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const uint64_t first = (uint64_t) step * batches->batch;
    const rg_random random = { batches->seed, RG_STREAM_BATCH, iteration, step };
    switch (batches->order) {
    case RG_ORDER_CYCLIC:
        for (uint32_t i = 0; i < batches->batch; i++)
            out[i] = (uint32_t) ((first + i) % batches->examples);
        break;
    case RG_ORDER_SHUFFLED:
        write_shuffled (batches, iteration, first, out);
        break;
    case RG_ORDER_RANDOM:
        for (uint32_t i = 0; i < batches->batch; i++)
            out[i] = rg_random_below (&random, i, batches->examples);
        break;
    }
}

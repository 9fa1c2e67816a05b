/* shuffled.c -- a new permutation of the examples each epoch; see retrograde/data.h. */
#include "data/sampler/permutation.h"
#include "data/sampler/sampler.h"

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const uint64_t first = (uint64_t) step * of->batch;
    rg_permutation order = { 0 };
    for (uint32_t i = 0; i < of->batch; i++) {
        const uint64_t position = first + i;
        const uint32_t offset = (uint32_t) (position % of->examples);
        const rg_random random = { of->seed, RG_STREAM_EPOCH, iteration, (uint32_t) (position / of->examples) };
        if (i == 0 || offset == 0)
            rg_permutation_init (&order, &random, of->examples);
        out[i] = rg_permutation_image (&order, offset);
    }
}

const rg_sampler rg_sampler_shuffled = { .name = "shuffled", .summary = "a new permutation each epoch", .choose = choose };

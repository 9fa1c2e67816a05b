/* replacement.c -- drawn uniformly with replacement; see retrograde/data.h. */
#include "base/random.h"
#include "data/sampler/sampler.h"

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const rg_random random = { of->seed, RG_STREAM_BATCH, iteration, step };
    for (uint32_t i = 0; i < of->batch; i++)
        out[i] = rg_random_below (&random, i, of->examples);
}

const rg_sampler rg_sampler_random = { .name = "random", .summary = "drawn with replacement", .choose = choose };

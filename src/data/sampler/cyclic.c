/* cyclic.c -- one example after the other, whatever the meta-iteration; see retrograde/data.h. */
#include "data/sampler/sampler.h"

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    (void) iteration;
    const uint64_t first = (uint64_t) step * of->batch;
    for (uint32_t i = 0; i < of->batch; i++)
        out[i] = (uint32_t) ((first + i) % of->examples);
}

const rg_sampler rg_sampler_cyclic = { .name = "cyclic", .summary = "one example after the other", .fixed = 1, .choose = choose };

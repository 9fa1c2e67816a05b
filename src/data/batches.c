/* batches.c -- which examples a step uses, by the sampler of a name; see data.h. */
#include <retrograde/data.h>

#include <string.h>

#include "data/sampler/sampler.h"

static const rg_sampler *const samplers[] = {
#define ROW(name) &rg_sampler_##name,
    RG_SAMPLER_TABLE (ROW)
#undef ROW
};

const rg_sampler *
rg_sampler_at (size_t i)
{
    return i < sizeof samplers / sizeof *samplers ? samplers[i] : NULL;
}

const rg_sampler *
rg_sampler_find (const char *name)
{
    for (size_t i = 0; i < sizeof samplers / sizeof *samplers; i++)
        if (strcmp (samplers[i]->name, name) == 0)
            return samplers[i];
    return NULL;
}

const char *
rg_sampler_name (const rg_sampler *sampler)
{
    return sampler->name;
}

const char *
rg_sampler_summary (const rg_sampler *sampler)
{
    return sampler->summary;
}

rg_status
rg_batches_check (const rg_batches *batches, rg_message *message)
{
    if (batches->examples == 0)
        return rg_fail (message, RG_ERANGE, "expected at least 1 example, got 0");
    const int episodic = batches->sampler != NULL && batches->sampler->episodic;
    if (episodic != (batches->episodes != NULL))
        return rg_fail (message, RG_ERANGE, "the sampler episodes and nothing else takes episodes");
    const uint32_t most = episodic ? rg_episodes_rows (batches->episodes, batches->half) : batches->examples;
    if (batches->batch == 0 || batches->batch > most)
        return rg_fail_about (message, RG_ERANGE, "batch", "expected a batch of 1 to %zu examples, got %zu", (size_t) most,
                        (size_t) batches->batch);
    return RG_OK;
}

void
rg_batches_indices (const rg_batches *batches, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const rg_sampler *sampler = batches->sampler == NULL ? &rg_sampler_cyclic : batches->sampler;
    sampler->choose (batches, iteration, step, out);
}

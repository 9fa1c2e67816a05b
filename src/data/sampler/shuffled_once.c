/*
 * shuffled_once.c -- one permutation of the examples for all epochs of a meta-iteration; see retrograde/data.h.
 *
 * "Shuffle once" of Mishchenko, Khaled, Richtarik, Random reshuffling: simple analysis with vast improvements (2020): a noise that is the same
 * each epoch.
 */
#include "data/sampler/permutation.h"
#include "data/sampler/sampler.h"

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    const uint64_t first = (uint64_t) step * of->batch;
    rg_permutation order;
    rg_permutation_init (&order, &(rg_random) { of->seed, RG_STREAM_EPOCH, iteration, 0 }, of->examples);
    for (uint32_t i = 0; i < of->batch; i++)
        out[i] = rg_permutation_image (&order, (uint32_t) ((first + i) % of->examples));
}

const rg_sampler rg_sampler_shuffled_once = { .name = "shuffled-once", .summary = "one permutation for all epochs", .choose = choose };

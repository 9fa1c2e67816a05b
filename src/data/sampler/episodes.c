/*
 * episodes.c -- the support or the query of a few-shot task; see retrograde/episodes.h.
 *
 * Batches smaller than a half go through it in epochs, each in an order of its own.
 */
#include "data/sampler/permutation.h"
#include "data/sampler/sampler.h"

/* Which row of the half the row of a step is. */
static uint32_t
position_of (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t row)
{
    const uint32_t rows = rg_episodes_rows (of->episodes, of->half);
    if (of->batch == rows)
        return row;
    const uint64_t position = (uint64_t) step * of->batch + row;
    const rg_random random = { of->seed, RG_STREAM_EPOCH, iteration, (uint32_t) (position / rows) };
    rg_permutation order;
    rg_permutation_init (&order, &random, rows);
    return rg_permutation_image (&order, (uint32_t) (position % rows));
}

static void
choose (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out)
{
    for (uint32_t row = 0; row < of->batch; row++)
        out[row] = position_of (of, iteration, step, row);
    rg_episodes_draw (of->episodes, iteration, of->half, out, of->batch, out);
}

static int32_t
label (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t row)
{
    const uint32_t each = rg_episodes_rows (of->episodes, of->half) / rg_episodes_way (of->episodes);
    return (int32_t) (position_of (of, iteration, step, row) / each);
}

static const rg_option options[] = {
    { "way", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, way), RG_COUNT, NULL,
      "classes of an episode; default: 5, of functions 1" },
    { "shot", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, shot), RG_COUNT, "1", "examples of each class in the support" },
    { "query", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, query), RG_COUNT, "15", "other examples of each class in the query" },
    { "rotations", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, rotations), RG_FROM_TO (1, 4), "1",
      "quarter turns of the training images, each a class of its own" },
    { "valid_classes", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, valid), RG_COUNT, NULL,
      "classes or functions of data.train, drawn by the seed, that are for meta-validation" },
    { "test_classes", RG_OPTION_WHOLE, RG_FIELD (rg_episodes_settings, test), RG_COUNT, NULL, "and for the meta-test" },
    { 0 }
};

const rg_sampler rg_sampler_episodes = { .name = "episodes", .summary = "few-shot tasks: the inner loss is of the support, the outer of the query",
                                         .choose = choose, .label = label, .episodic = 1, .options = options,
                                         .settings_bytes = sizeof (rg_episodes_settings) };

rg_batches
rg_episodes_batches (const rg_episodes *episodes, rg_half half)
{
    return (rg_batches) { &rg_sampler_episodes, rg_dataset_count (rg_episodes_data (episodes)), rg_episodes_rows (episodes, half), rg_episodes_seed (episodes),
                          episodes, half };
}

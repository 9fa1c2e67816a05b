/*
 * sampler.h -- what a sampler is: a pure function (seed, meta-iteration, step, row) -> example.
 *
 * A sampler is one file here and one row of the table below. One may also say which label a row has.
 */
#ifndef RG_DATA_SAMPLER_H
#define RG_DATA_SAMPLER_H

#include <retrograde/data.h>
#include <retrograde/episodes.h>

#include "base/option.h"

struct rg_sampler {
    const char *name, *summary;
    int fixed; /* whether a step's examples are the same in each meta-iteration, and in order */
    /* Write the examples of one step, [batch] numbers below `of->examples`; `of` was accepted by rg_batches_check. */
    void (*choose) (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out);
    /* The label of a row of a step; NULL: that of its example. */
    int32_t (*label) (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t row);
    int episodic;             /* whether it takes the examples of episodes: rg_batches.episodes */
    const rg_option *options; /* its own keys of a configuration; NULL: none */
    size_t settings_bytes;    /* of the struct that they write */
};

/* How a configuration describes episodes: what the options of the sampler `episodes` write. */
typedef struct {
    int64_t way, shot, query, rotations;
    int64_t valid, test; /* classes for validation and test; 0: none */
} rg_episodes_settings;

/* A row each, in the order of `retrograde list`. */
#define RG_SAMPLER_TABLE(ROW) \
    ROW (cyclic)              \
    ROW (shuffled)            \
    ROW (shuffled_once)       \
    ROW (random)             \
    ROW (episodes)

#define RG_SAMPLER_ROW(name) extern const rg_sampler rg_sampler_##name;
RG_SAMPLER_TABLE (RG_SAMPLER_ROW)
#undef RG_SAMPLER_ROW

#endif /* RG_DATA_SAMPLER_H */

/*
 * sampler.h -- what a sampler is: a pure function (seed, meta-iteration, step, row) -> example.
 *
 * A sampler is one file here and one row of the table below. One that also says which label a row has (the episodes of
 * few-shot learning: support and query are two samplers over one set) adds a second function to this struct.
 */
#ifndef RG_DATA_SAMPLER_H
#define RG_DATA_SAMPLER_H

#include <retrograde/data.h>

struct rg_sampler {
    const char *name, *summary;
    int fixed; /* whether a step's examples are the same in each meta-iteration, and in order */
    /* Write the examples of one step, [batch] numbers below `of->examples`; `of` was accepted by rg_batches_check. */
    void (*choose) (const rg_batches *of, uint32_t iteration, uint32_t step, uint32_t *out);
};

/* A row each, in the order of `retrograde list`. */
#define RG_SAMPLER_TABLE(ROW) \
    ROW (cyclic)              \
    ROW (shuffled)            \
    ROW (shuffled_once)       \
    ROW (random)

#define RG_SAMPLER_ROW(name) extern const rg_sampler rg_sampler_##name;
RG_SAMPLER_TABLE (RG_SAMPLER_ROW)
#undef RG_SAMPLER_ROW

#endif /* RG_DATA_SAMPLER_H */

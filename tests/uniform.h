/* uniform.h -- the random numbers of the tests. */
#ifndef TESTS_UNIFORM_H
#define TESTS_UNIFORM_H

#include "testing.h"

#include "base/random.h"

/* The index-th number of a stream, uniform over (low, high); the streams are those of SEED. */
static inline double
uniform (uint32_t stream, uint64_t index, double low, double high)
{
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, stream };
    return low + (high - low) * rg_random_uniform (&random, index);
}

/* A whole number in [0, bound): another each time. */
static inline uint32_t
below (uint32_t bound)
{
    static uint64_t drawn = 0;
    const rg_random random = { test_seed (), RG_STREAM_TEST, 1, 1 };
    return rg_random_below (&random, drawn++, bound);
}

#endif /* TESTS_UNIFORM_H */

/* random.h -- counter-based random numbers: a function of (seed, stream, index). */
#ifndef RG_BASE_RANDOM_H
#define RG_BASE_RANDOM_H

#include <stdint.h>

/*
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy
 * as 1, 2, 3; SC 2011). Known values, from the authors' kat_vectors:
 *   counter 0 0 0 0, key 0 0 -> 6627e8d5 e169c58d bc57ac4c 9b00dbd8
 *   counter and key all ffffffff -> 408f276d 41c83b0e a20bc7c6 6d5451fd
 *   out   [out] four 32-bit words
 */
void rg_philox (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/*
 * What random numbers are for; a purpose never shares numbers with another.
 * The values are part of the file formats (a resumed run draws the same).
 */
typedef enum {
    RG_STREAM_WEIGHTS = 1,
    RG_STREAM_BATCH = 2,
    RG_STREAM_EPOCH = 3,
    RG_STREAM_TEST = 4,
    RG_STREAM_POWER = 5, /* the start of power iterations */
    RG_STREAM_SKETCH = 6, /* the signs of random projections */
    RG_STREAM_SECOND = 7, /* the initial weights of second networks; the step says which */
    RG_STREAM_NOISE = 8,   /* what an augmentation is given beside the inputs */
    RG_STREAM_DROPOUT = 9, /* the masks of dropout */
    RG_STREAM_SPLIT = 10,   /* which examples are for validation and test; the iteration says of which class */
    RG_STREAM_CLASSES = 11, /* which classes are for validation and test */
    RG_STREAM_EPISODE = 12, /* an episode: which classes at step 0, which examples of the k-th one at step k + 1 */
    RG_STREAM_DISTORT = 13  /* crops, shifts and flips of training images */
} rg_stream;

/* A stream: the numbers of one purpose in one meta-iteration and one step. */
typedef struct {
    uint64_t seed;
    rg_stream stream;
    uint32_t iteration; /* meta-iteration */
    uint32_t step;      /* inner step, epoch ..., as the stream defines */
} rg_random;

/* The index-th number of a stream, uniform over [0, bound), unbiased to 2^-32; 1 <= bound < 2^32. */
uint32_t rg_random_below (const rg_random *random, uint64_t index, uint32_t bound);

/* The index-th number of a stream, uniform over (0, 1). */
double rg_random_uniform (const rg_random *random, uint64_t index);

/* The index-th number of a stream, standard normal (Box-Muller). */
double rg_random_normal (const rg_random *random, uint64_t index);

#endif /* RG_BASE_RANDOM_H */

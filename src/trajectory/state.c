/* state.c -- see state.h. Order: weights, moments, slots, then each buffer's length and heads. */
#include "trajectory/state.h"

#include <string.h>
#define XXH_NO_STREAM
#include <xxhash.h>

static size_t
array_bytes (const rg_run *run)
{
    return run->weights
        * (run->options.arithmetic == RG_EXACT ? sizeof (int64_t) : rg_precision_size (run->inner->precision));
}

/* The arrays of a state, in order: weights, moments, slots. */
static void *
array_of (const rg_run *run, int index)
{
    if (run->options.arithmetic == RG_EXACT)
        return index == 0 ? run->w : run->moment[index - 1];
    return index == 0 ? run->w_real : run->moment_real[index - 1];
}

size_t
rg_state_bytes (const rg_run *run)
{
    return array_bytes (run) * (size_t) (1 + rg_dynamics_arrays (run->dynamics));
}

uint64_t
rg_state_digest (const rg_run *run)
{
    uint64_t digest = 0;
    for (int i = 0; i <= rg_dynamics_arrays (run->dynamics); i++)
        digest = XXH3_64bits_withSeed (array_of (run, i), array_bytes (run), digest);
    return digest;
}

static int
is_inside (size_t n, const int64_t *x, int64_t least, int64_t most)
{
    int inside = 1;
    for (size_t i = 0; i < n; i++)
        inside &= x[i] >= least && x[i] <= most;
    return inside;
}

int
rg_state_is_inside (const rg_run *run)
{
    if (run->options.arithmetic != RG_EXACT)
        return 1;
    int inside = is_inside (run->weights, run->w, 1 - RG_FIXED_LIMIT, RG_FIXED_LIMIT - 1);
    for (int m = 0; m < run->dynamics->moments; m++)
        inside &= run->dynamics->moment[m].second
            ? is_inside (run->weights, run->moment[m], 0, RG_LARGE_LIMIT - 1)
            : is_inside (run->weights, run->moment[m], 1 - RG_FIXED_LIMIT, RG_FIXED_LIMIT - 1);
    return inside;
}

void
rg_state_save (const rg_run *run, void *block)
{
    for (int i = 0; i <= rg_dynamics_arrays (run->dynamics); i++)
        memcpy ((char *) block + (size_t) i * array_bytes (run), array_of (run, i), array_bytes (run));
}

void
rg_state_load (rg_run *run, uint64_t t, const void *block)
{
    for (int i = 0; i <= rg_dynamics_arrays (run->dynamics); i++)
        memcpy (array_of (run, i), (const char *) block + (size_t) i * array_bytes (run), array_bytes (run));
    run->step = t;
    if (run->options.arithmetic == RG_EXACT)
        rg_run_refresh (run);
}

size_t
rg_state_whole_bytes (const rg_run *run)
{
    size_t bytes = rg_state_bytes (run);
    for (int m = 0; m < run->streams; m++)
        bytes += sizeof (size_t) + rg_buffer_heads_bytes (run->buffer[m]);
    return bytes;
}

void
rg_state_whole_save (const rg_run *run, void *block)
{
    rg_state_save (run, block);
    char *at = (char *) block + rg_state_bytes (run);
    for (int m = 0; m < run->streams; m++) {
        const size_t heads = rg_buffer_heads_bytes (run->buffer[m]);
        memcpy (at, &heads, sizeof heads);
        rg_buffer_heads_save (run->buffer[m], at + sizeof heads);
        at += sizeof heads + heads;
    }
}

rg_status
rg_state_whole_load (rg_run *run, uint64_t t, const void *block, size_t bytes)
{
    size_t at = rg_state_bytes (run);
    for (int m = 0; m < run->streams; m++) {
        size_t heads;
        if (bytes < at + sizeof heads)
            return RG_EINPUT;
        memcpy (&heads, (const char *) block + at, sizeof heads);
        at += sizeof heads;
        if (heads > bytes - at)
            return RG_EINPUT;
        const rg_status status = rg_buffer_heads_load (run->buffer[m], (const char *) block + at, heads);
        if (status != RG_OK)
            return status;
        at += heads;
    }
    if (at != bytes)
        return RG_EINPUT;
    rg_state_load (run, t, block);
    return rg_state_is_inside (run) ? RG_OK : RG_EINPUT;
}

/* coefficient.c -- expansion of a slice over the weights, and its transpose; see coefficient.h. */
#include "hyper/coefficient.h"

#include <string.h>

#include "dense/dense.h"
#include "hyper/tied.h"

rg_coefficient
rg_coefficient_at (const rg_block *block, size_t t)
{
    return (rg_coefficient) { rg_block_values (block, t), block->slice, block->offsets };
}

double *
rg_coefficient_room (const rg_block *block, size_t t, double *gradient)
{
    if (block->tied != NULL)
        return rg_tied_sums (block->tied);
    return gradient + (block->per_step ? t * block->slice : 0);
}

void
rg_coefficient_pull (const rg_block *block, size_t t, const double *room, double *gradient)
{
    if (block->tied != NULL)
        rg_tied_pull (block->tied, t, room, gradient);
}

double
rg_coefficient_slope (const rg_block *block, size_t t, size_t s, size_t index)
{
    if (block->tied != NULL)
        return rg_tied_slope (block->tied, t, s, index);
    return index == s + (block->per_step ? t * block->slice : 0);
}

size_t
rg_coefficient_begins (const rg_block *block, size_t index)
{
    if (block->tied != NULL)
        return rg_tied_begins (block->tied, index);
    return block->per_step ? index / block->slice : 0;
}

/* The segment that holds a weight. */
static size_t
segment_of (const rg_coefficient *c, size_t weight)
{
    size_t low = 0, high = c->segments;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (c->offsets[middle] <= weight)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static size_t
smaller (size_t a, size_t b)
{
    return a < b ? a : b;
}

void
rg_coefficient_expand (const rg_coefficient *c, size_t first, size_t count, double *out)
{
    if (c->offsets == NULL) {
        memcpy (out, c->values + first, count * sizeof *out);
        return;
    }
    size_t i = 0;
    for (size_t segment = segment_of (c, first); i < count; segment++) {
        const size_t end = smaller (count, c->offsets[segment + 1] - first);
        const double value = c->values[segment];
        for (; i < end; i++)
            out[i] = value;
    }
}

void
rg_coefficient_gather (const rg_coefficient *c, size_t first, size_t count, const double *contributions,
                       double *gradient)
{
    if (c->offsets == NULL) {
        for (size_t i = 0; i < count; i++)
            gradient[first + i] += contributions[i];
        return;
    }
    size_t i = 0;
    for (size_t segment = segment_of (c, first); i < count; segment++) {
        const size_t end = smaller (count, c->offsets[segment + 1] - first);
        gradient[segment] += rg_sum_blocked (end - i, contributions + i);
        i = end;
    }
}

/* A block's sum for a segment stands at block + segment: blocks rise, and so do their segments. */
void
rg_coefficient_gather_block (const rg_coefficient *c, size_t block, size_t first, size_t count,
                             const double *contributions, double *partial, double *gradient)
{
    if (c->offsets == NULL) {
        rg_coefficient_gather (c, first, count, contributions, gradient);
        return;
    }
    size_t i = 0;
    for (size_t segment = segment_of (c, first); i < count; segment++) {
        const size_t end = smaller (count, c->offsets[segment + 1] - first);
        partial[block + segment] = rg_sum_blocked (end - i, contributions + i);
        i = end;
    }
}

void
rg_coefficient_collect (const rg_coefficient *c, size_t weights, size_t size, const double *partial, double *gradient)
{
    size_t segment = 0;
    for (size_t first = 0, block = 0; c->offsets != NULL && first < weights; first += size, block++) {
        const size_t end = smaller (weights, first + size);
        while (c->offsets[segment + 1] <= first)
            segment++;
        for (size_t s = segment; s < c->segments && c->offsets[s] < end; s++)
            if (c->offsets[s + 1] > c->offsets[s])
                gradient[s] += partial[block + s];
    }
}

int
rg_coefficient_uniform (const rg_coefficient *c, size_t first, size_t count, double *value)
{
    if (c->offsets == NULL)
        return 0;
    const size_t segment = segment_of (c, first);
    *value = c->values[segment];
    return first + count <= c->offsets[segment + 1];
}

const double *
rg_coefficient_refill (const rg_coefficient *c, size_t first, size_t count, double *out, size_t *filled)
{
    double value;
    if (c->offsets == NULL)
        return c->values + first;
    const int uniform = rg_coefficient_uniform (c, first, count, &value);
    if (uniform && *filled >= count && value == out[0])
        return out;
    rg_coefficient_expand (c, first, count, out);
    *filled = uniform ? count : 0;
    return out;
}

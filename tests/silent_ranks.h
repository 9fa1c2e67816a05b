/* silent_ranks.h -- the second rank of two, whose companion says nothing but zeros: what goes through is counted. */
#ifndef TESTS_SILENT_RANKS_H
#define TESTS_SILENT_RANKS_H

#include <string.h>

#include "base/ranks.h"

static rg_status
hear_sum (void *self, int64_t *x, size_t count, rg_message *message)
{
    (void) x, (void) message;
    *(double *) self += (double) (count * sizeof *x);
    return RG_OK;
}

/* Statuses: not counted. */
static rg_status
hear_largest (void *self, int64_t *x, size_t count, rg_message *message)
{
    (void) self, (void) x, (void) count, (void) message;
    return RG_OK;
}

static rg_status
hear_parts (void *self, const int64_t *x, const size_t *parts, int64_t *out, rg_message *message)
{
    (void) message;
    *(double *) self += (double) (parts[2] * sizeof *x);
    memcpy (out, x + parts[1], (parts[2] - parts[1]) * sizeof *x);
    return RG_OK;
}

static rg_status
hear_all (void *self, void *x, size_t size, const size_t *parts, rg_message *message)
{
    (void) x, (void) message;
    *(double *) self += (double) (size * parts[2]);
    return RG_OK;
}

static rg_status
hear_one (void *self, size_t from, void *data, size_t bytes, rg_message *message)
{
    (void) message;
    *(double *) self += (double) bytes;
    if (from != 1)
        memset (data, 0, bytes);
    return RG_OK;
}

static const rg_ranks_table silent = { .sum = hear_sum, .largest = hear_largest, .sum_parts = hear_parts, .gather = hear_all,
                                       .share = hear_one };

/*
 * Ranks to be joined. One range of weights is all of the second rank's, so that a run goes on, if by half of the shards.
 *   heard  [in and out] gains the bytes of arrays, those of statuses not counted
 */
static inline rg_ranks
silent_ranks (double *heard)
{
    return (rg_ranks) { &silent, heard, 1, 2 };
}

#endif /* TESTS_SILENT_RANKS_H */

/* ranks.c -- processes that work together, whatever carries their messages; see ranks.h. */
#include "base/ranks.h"

#include "base/memory.h"

void
rg_ranks_free (rg_ranks *ranks)
{
    if (ranks == NULL)
        return;
    ranks->table->free (ranks->self);
    rg_free (ranks);
}

size_t
rg_ranks_index (const rg_ranks *ranks)
{
    return ranks == NULL ? 0 : ranks->index;
}

size_t
rg_ranks_count (const rg_ranks *ranks)
{
    return ranks == NULL ? 1 : ranks->count;
}

rg_status
rg_ranks_sum (rg_ranks *ranks, int64_t *x, size_t count, rg_message *message)
{
    return rg_ranks_count (ranks) == 1 ? RG_OK : ranks->table->sum (ranks->self, x, count, message);
}

rg_status
rg_ranks_largest (rg_ranks *ranks, int64_t *x, size_t count, rg_message *message)
{
    return rg_ranks_count (ranks) == 1 ? RG_OK : ranks->table->largest (ranks->self, x, count, message);
}

rg_status
rg_ranks_sum_parts (rg_ranks *ranks, const int64_t *x, const size_t *parts, int64_t *out, rg_message *message)
{
    return ranks->table->sum_parts (ranks->self, x, parts, out, message);
}

rg_status
rg_ranks_gather (rg_ranks *ranks, void *x, size_t size, const size_t *parts, rg_message *message)
{
    return rg_ranks_count (ranks) == 1 ? RG_OK : ranks->table->gather (ranks->self, x, size, parts, message);
}

rg_status
rg_ranks_share (rg_ranks *ranks, size_t from, void *data, size_t bytes, rg_message *message)
{
    return rg_ranks_count (ranks) == 1 ? RG_OK : ranks->table->share (ranks->self, from, data, bytes, message);
}

rg_status
rg_ranks_unite (rg_ranks *ranks, void *x, size_t count, rg_message *message)
{
    return rg_ranks_sum (ranks, x, count, message); /* as integers: nothing is rounded, and nothing is added to anything */
}

/* One number tells who failed first, and how: ranks below count from the top. */
rg_status
rg_ranks_agree (rg_ranks *ranks, rg_status own, rg_message *message)
{
    enum { STATUSES = 256 };
    if (rg_ranks_count (ranks) == 1)
        return own;
    rg_message unwanted = { "" };
    rg_message *sentence = message == NULL ? &unwanted : message;
    int64_t worst = own == RG_OK ? 0 : (int64_t) (ranks->count - ranks->index) * STATUSES + (int64_t) own;
    const rg_status status = rg_ranks_largest (ranks, &worst, 1, message);
    if (status != RG_OK || worst == 0)
        return status;
    const size_t first = ranks->count - (size_t) (worst / STATUSES);
    const rg_status shared = rg_ranks_share (ranks, first, sentence->text, sizeof sentence->text, message);
    return shared == RG_OK ? (rg_status) (worst % STATUSES) : shared;
}

int
rg_ranks_meet (rg_ranks *ranks, int outcome, double seconds, int *of_first)
{
    *of_first = outcome;
    return rg_ranks_count (ranks) == 1 || ranks->table->meet (ranks->self, outcome, seconds, of_first);
}

void
rg_ranks_abort (rg_ranks *ranks, int exit_status)
{
    if (ranks != NULL)
        ranks->table->abort (ranks->self, exit_status);
}

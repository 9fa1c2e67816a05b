/* keeping.c -- see keeping.h. */
#include "estimator/keeping.h"

rg_status
rg_keeping_save (const rg_keeper *k, rg_ranks *ranks, rg_kept what, uint64_t iteration, const rg_span *parts, size_t count,
                 rg_message *message)
{
    return rg_ranks_agree (ranks, k->save (k->user, what, iteration, parts, count, message), message);
}

rg_status
rg_keeping_load (const rg_keeper *k, rg_ranks *ranks, rg_kept what, uint64_t iteration, int *candidate,
                 const rg_span *parts, size_t count, int *found, rg_message *message)
{
    rg_status status = RG_OK;
    *found = 0;
    if (rg_ranks_index (ranks) == 0)
        status = k->load (k->user, what, iteration, candidate, parts, count, found, message);
    status = rg_ranks_agree (ranks, status, message);
    if (status == RG_OK)
        status = rg_ranks_share (ranks, 0, found, sizeof *found, message);
    for (size_t i = 0; status == RG_OK && *found && i < count; i++)
        status = rg_ranks_share (ranks, 0, parts[i].data, parts[i].bytes, message);
    return status;
}

void
rg_keeping_refuse (const rg_keeper *k, rg_ranks *ranks, const char *why)
{
    if (rg_ranks_index (ranks) == 0)
        k->refuse (k->user, why);
}

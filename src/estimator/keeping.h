/* keeping.h -- a keeper's functions where ranks work together: the first one writes and reads, the others get what it has. */
#ifndef RG_ESTIMATOR_KEEPING_H
#define RG_ESTIMATOR_KEEPING_H

#include <retrograde/keeper.h>

#include "base/ranks.h"

/*
 * As the keeper's functions of these names; all ranks call them with parts of the same sizes, and return the same.
 *   ranks  NULL: this process is alone
 *   found  [out] whether all parts are read, on all ranks
 */
rg_status rg_keeping_save (const rg_keeper *keeper, rg_ranks *ranks, rg_kept what, uint64_t iteration,
                           const rg_span *parts, size_t count, rg_message *message);
rg_status rg_keeping_load (const rg_keeper *keeper, rg_ranks *ranks, rg_kept what, uint64_t iteration, int *candidate,
                           const rg_span *parts, size_t count, int *found, rg_message *message);
void rg_keeping_refuse (const rg_keeper *keeper, rg_ranks *ranks, const char *why);

#endif /* RG_ESTIMATOR_KEEPING_H */

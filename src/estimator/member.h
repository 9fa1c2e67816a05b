/* member.h -- training runs that are worked on side by side, each with a set of objectives of its own. */
#ifndef RG_ESTIMATOR_MEMBER_H
#define RG_ESTIMATOR_MEMBER_H

#include "estimator/estimator.h"

/*
 * How many sets work side by side: as many as there are where there are threads for them; ranks share each member instead.
 *   others  sets beside the problem's own
 */
size_t rg_member_sets (rg_team *team, uint64_t members, size_t others);

/*
 * Hyperparameters of each set's own, where reading them writes: those of tied blocks are evaluated a step at a time.
 *   out  [sets] [out] copies as they are now, or NULL: those of the problem serve; ended with rg_member_free_hypers in any case
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_member_hypers (const rg_hyper *hyper, size_t sets, rg_hyper **out, rg_message *message);
void rg_member_free_hypers (size_t sets, rg_hyper **hyper);

/* The problem of a set; only the first of them gives notes: the others would repeat them. */
rg_problem rg_member_problem (const rg_problem *problem, const rg_member *others, size_t sets, size_t set, rg_hyper *const *hyper);

#endif /* RG_ESTIMATOR_MEMBER_H */

/* member.c -- see member.h. */
#include "estimator/member.h"

#include "base/ranks.h"
#include "base/team.h"

size_t
rg_member_sets (rg_team *team, uint64_t members, size_t others)
{
    const int beside = rg_team_threads (team) > 1 && rg_ranks_count (rg_team_ranks (team)) == 1;
    return beside && members > 0 ? 1 + (others < members - 1 ? others : (size_t) (members - 1)) : 1;
}

static int
has_ties (const rg_hyper *hyper)
{
    int ties = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++)
        ties |= rg_hyper_block (hyper, i).tied != NULL;
    return ties;
}

rg_status
rg_member_hypers (const rg_hyper *hyper, size_t sets, rg_hyper **out, rg_message *message)
{
    const int copies = has_ties (hyper);
    for (size_t k = 0; k < sets; k++)
        out[k] = NULL;
    for (size_t k = 1; copies && k < sets; k++)
        if (rg_hyper_copy (&out[k], hyper) != RG_OK)
            return rg_fail (message, RG_ENOMEM, "out of memory for the members of a mean");
    return RG_OK;
}

void
rg_member_free_hypers (size_t sets, rg_hyper **hyper)
{
    for (size_t k = 0; k < sets; k++) {
        rg_hyper_free (hyper[k]);
        hyper[k] = NULL;
    }
}

rg_problem
rg_member_problem (const rg_problem *problem, const rg_member *others, size_t sets, size_t set, rg_hyper *const *hyper)
{
    rg_problem own = *problem;
    if (sets > 1)
        own.run.team = NULL;
    if (set > 0) {
        own.inner = others[set - 1].inner;
        own.outer = others[set - 1].outer;
        own.validation = others[set - 1].validation;
        own.whole = others[set - 1].whole;
        own.log = (rg_log) { 0 };
    }
    if (hyper[set] != NULL)
        own.hyper = hyper[set];
    return own;
}

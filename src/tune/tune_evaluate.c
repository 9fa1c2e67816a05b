/* tune_evaluate.c -- training runs beside tuning, with its hyperparameters of the time; see tuner.h. */
#include "base/memory.h"
#include "base/team.h"
#include "tune/tuner.h"

static rg_status
evaluate (rg_tuner *t, size_t which, rg_on_evaluation *on_evaluation, void *user, rg_message *message)
{
    const rg_evaluation_plan *plan = &t->setup->evaluations[which];
    rg_outcome *outcome = rg_malloc (plan->members, sizeof *outcome);
    if (outcome == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for an evaluation");
    rg_status status = rg_evaluate_members (plan->problem, 0, plan->members, plan->others, plan->other_count, outcome, message);
    if (status == RG_OK && on_evaluation (user, which, t->at, plan->members, outcome) != 0)
        status = rg_fail (message, RG_EINTERRUPTED, "interrupted after evaluation %zu", which);
    rg_free (outcome);
    return status;
}

rg_status
rg_tuner_evaluate (rg_tuner *t, int at_end, rg_on_evaluation *on_evaluation, void *user, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && on_evaluation != NULL && i < setup->evaluation_count; i++) {
        const uint64_t every = setup->evaluations[i].every;
        if (at_end || (every > 0 && t->at % every == 0 && t->at < t->summary->iterations))
            status = evaluate (t, i, on_evaluation, user, message);
    }
    return status;
}

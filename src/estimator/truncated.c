/*
 * truncated.c -- the adjoint of the last K steps only (Shaban, Cheng, Hatch, Boots 2019, K-RMD).
 *
 * What is dropped falls like (1 - rate sigma_min)^K near a minimum where the Hessian's least eigenvalue is sigma_min.
 * With K >= T it is the reverse estimator, to the bit.
 */
#include "estimator/estimator.h"

/* What acts before the last K steps has no derivative here, and would be a silent zero. */
static rg_status
check_reach (const rg_problem *problem, unsigned long long steps, unsigned long long last, rg_message *message)
{
    for (size_t i = 0; i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        if (b.fixed)
            continue;
        if (b.role == RG_WEIGHTS || b.role == RG_WEIGHT_SCALE)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "truncated cannot differentiate `%s`: it acts before step 0, and only the last %llu of %llu "
                            "steps are gone back; reverse can", b.name, last, steps);
        if (b.per_step)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "truncated cannot differentiate `%s` per step: only the last %llu of %llu steps are gone back; "
                            "reverse can", b.name, last, steps);
    }
    return RG_OK;
}

static rg_status
truncated (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, double *gradient,
           rg_report *report, rg_message *message)
{
    const uint64_t steps = rg_hyper_steps (problem->hyper), last = options->steps;
    if (last == 0)
        return rg_fail (message, RG_ERANGE, "truncated needs estimator.steps: how many of the last steps to go back");
    const rg_status status = last < steps ? check_reach (problem, steps, last, message) : RG_OK;
    if (status != RG_OK)
        return status;
    return rg_reverse (problem, options, iteration, last < steps ? steps - last : 0, gradient, report, message);
}

const rg_estimator rg_estimator_truncated = {
    .name = "truncated",
    .summary = "adjoint of the last estimator.steps steps, over a trajectory",
    .needs_policy = 1,
    .spreads = 1,
    .estimate = truncated,
};

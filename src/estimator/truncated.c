/*
 * truncated.c -- the adjoint of the last K steps only (Shaban, Cheng, Hatch, Boots 2019, K-RMD).
 *
 * What is dropped falls like (1 - rate sigma_min)^K near a minimum where the Hessian's least eigenvalue is sigma_min.
 * With K >= T it is the reverse estimator, to the bit.
 */
#include "estimator/estimator.h"
#include "hyper/role.h"

typedef struct {
    uint64_t steps;
} truncated_settings;

static uint64_t
first_of (const rg_problem *problem, const rg_how *how)
{
    const truncated_settings *s = how->settings.values;
    const uint64_t steps = rg_forecast_steps (problem);
    return s->steps < steps ? steps - s->steps : 0;
}

/* What acts before the last K steps has no derivative here, and would be a silent zero. */
static rg_status
check (const rg_problem *problem, const rg_how *how, rg_message *message)
{
    const truncated_settings *s = how->settings.values;
    const unsigned long long steps = rg_hyper_steps (problem->hyper), last = s->steps;
    if (last == 0)
        return rg_fail (message, RG_ERANGE, "truncated needs estimator.steps: how many of the last steps to go back");
    for (size_t i = 0; last < steps && i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        if (b.fixed)
            continue;
        if (rg_problem_uses (problem, &b) == RG_OF_INITIAL)
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
truncated (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
           rg_message *message)
{
    const rg_way_back way = { .first = first_of (problem, how) };
    return rg_reverse (state, problem, how, &way, iteration, gradient, report, message);
}

static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    return rg_forecast_back_to (problem, &how->options, first_of (problem, how), measured, out, message);
}

static const rg_option options[] = {
    { "steps", RG_OPTION_WHOLE, RG_FIELD (truncated_settings, steps), RG_COUNT, NULL, "how many of the last steps to go back" },
    { 0 }
};

const rg_estimator rg_estimator_truncated = {
    .name = "truncated",
    .summary = "adjoint of the last estimator.steps steps, over a trajectory",
    .options = options,
    .settings_bytes = sizeof (truncated_settings),
    .spreads = 1,
    .reaches = RG_ALL_USES,
    .needs_policy = rg_estimator_goes_back,
    .check = check,
    .create = rg_reverse_create,
    .free = rg_reverse_free,
    .advance = truncated,
    .forecast = forecast,
};

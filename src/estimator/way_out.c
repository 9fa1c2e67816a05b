/* way_out.c -- all steps of a training run, and who looks on; see estimator.h. */
#include "estimator/estimator.h"

rg_status
rg_problem_look_up (const rg_problem *problem, const rg_run *run, rg_message *message)
{
    if (!rg_run_agree_to_stop (run, problem->interrupted != NULL && problem->interrupted (problem->user) != 0))
        return RG_OK;
    return rg_fail (message, RG_EINTERRUPTED, "meta-iteration %llu, step %llu: interrupted",
                    (unsigned long long) run->iteration, (unsigned long long) run->step);
}

/* What is called on the way out: before each step's record, and at each gradient. */
typedef struct {
    rg_visit *pause, *visit;
    void *pauser, *visitor;
} calls;

static rg_status
go_out (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory, const calls *c,
        rg_report *report, rg_message *message)
{
    const double start = rg_problem_clock ();
    const uint64_t steps = rg_run_steps (run);
    const int varies = rg_run_limit_varies (run);
    const double each = varies ? 0 : rg_run_limit_bits (run, 0);
    double limit = 0;
    for (uint64_t t = 0; t < run->step; t++)
        limit += varies ? rg_run_limit_bits (run, t) : each;
    for (uint64_t t = run->step; t < steps; t++) {
        rg_status status = c->pause != NULL ? c->pause (c->pauser, run, message) : rg_problem_look_up (problem, run, message);
        if (status == RG_OK && policy != NULL)
            status = policy->record (trajectory, run, message);
        if (status == RG_OK)
            status = rg_run_gradient (run, t + 1 == steps, message);
        if (status == RG_OK && c->visit != NULL)
            status = c->visit (c->visitor, run, message);
        if (status == RG_OK)
            status = rg_run_advance (run, message);
        if (status != RG_OK)
            return status;
        limit += varies ? rg_run_limit_bits (run, t) : each;
    }
    const double weight_steps = (double) run->weights * (double) steps;
    const size_t real = rg_precision_size (run->inner->precision);
    report->inner_loss = run->inner_loss;
    report->bits = rg_run_buffer_bits (run) / weight_steps;
    report->bits_limit = limit / weight_steps;
    report->buffer_bytes = rg_run_buffer_bytes (run);
    report->stored_bytes = steps * run->weights * real * (size_t) (1 + rg_dynamics_arrays (run->dynamics));
    report->forward_seconds += rg_problem_clock () - start;
    return RG_OK;
}

rg_status
rg_problem_forward (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                    rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { 0 }, report, message);
}

rg_status
rg_problem_forward_with (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                         rg_visit *visit, void *visitor, rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { .visit = visit, .visitor = visitor }, report, message);
}

rg_status
rg_problem_forward_paused (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                           rg_visit *pause, void *pauser, rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { .pause = pause, .pauser = pauser }, report, message);
}

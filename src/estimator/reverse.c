/*
 * reverse.c -- the adjoint of the training run (Maclaurin, Duvenaud, Adams 2015, Algorithm 2;
 * Franceschi et al. 2017, Reverse-HG), over any trajectory.
 */
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "estimator/estimator.h"
#include "estimator/growth.h"
#include "hyper/lambda.h"

/* Whether any free number is reached through the objective's second derivatives in lambda. */
static int
wants_lambda (const rg_hyper *hyper)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!b.fixed && rg_role_of_objective (b.role))
            return 1;
    }
    return 0;
}

static rg_status
backward (const rg_problem *problem, rg_run *run, const rg_estimator_options *options, void *trajectory, uint64_t first,
          rg_adjoint *a, rg_report *report, rg_message *message)
{
    rg_status status = RG_OK;
    for (uint64_t t = rg_hyper_steps (problem->hyper); status == RG_OK && t-- > first;) {
        if (problem->interrupted != NULL && problem->interrupted (problem->user) != 0)
            return rg_fail (message, RG_EINTERRUPTED, "meta-iteration %llu, step %llu: interrupted",
                            (unsigned long long) run->iteration, (unsigned long long) t);
        status = options->policy->rewind (trajectory, run, t, message);
        if (status == RG_OK)
            status = rg_run_adjoint (run, a, message);
        if (status == RG_OK && rg_growth_wants (t, rg_hyper_steps (problem->hyper)))
            rg_growth_add (report, t, run->weights, a->dw, a->dmoment, run->dynamics->moments, options->sketch);
    }
    if (status == RG_OK)
        rg_growth_judge (report, rg_hyper_steps (problem->hyper), run->inner->precision == RG_SINGLE ? 0x1p-24 : 0x1p-53,
                         &problem->log);
    return status;
}

rg_status
rg_reverse (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, uint64_t first,
            double *gradient, rg_report *report, rg_message *message)
{
    const rg_policy *policy = options->policy;
    rg_trajectory_options trajectory_options = rg_problem_trajectory (problem, options);
    trajectory_options.first = first;
    const size_t size = rg_hyper_size (problem->hyper);
    rg_run *run = NULL;
    void *trajectory = NULL;
    rg_adjoint a = { 0 };
    double *dlambda = rg_lambda_gradient (problem->hyper, gradient), *room = NULL;
    if (dlambda == NULL)
        dlambda = room = rg_calloc (rg_lambda_size (problem->hyper), sizeof *dlambda);
    memset (gradient, 0, size * sizeof *gradient);
    rg_status status = rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK
        && (dlambda == NULL || rg_adjoint_init (&a, run, gradient) != RG_OK
            || policy->create (&trajectory, run, &trajectory_options) != RG_OK))
        status = rg_fail (message, RG_ENOMEM, "out of memory for a %s trajectory", policy->name);
    if (status == RG_OK)
        status = rg_problem_forward (problem, run, policy, trajectory, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, a.dw, dlambda, report, message);
    if (status != RG_OK)
        goto done;
    const double start = rg_problem_clock ();
    rg_problem_account (policy, trajectory, run, report);
    a.dlambda = run->inner->lambdas > 0 && wants_lambda (run->hyper) ? dlambda : NULL;
    status = backward (problem, run, options, trajectory, first, &a, report, message);
    rg_problem_account (policy, trajectory, run, report);
    if (status == RG_OK && first == 0)
        status = policy->certify (trajectory, run, message);
    report->backward_seconds = rg_problem_clock () - start;
    if (status != RG_OK)
        goto done;
    report->certified = policy->exact_only && first == 0;
    if (first == 0)
        rg_initial_adjoint (&problem->initial, problem->hyper, iteration, a.dw, gradient);
    if (room != NULL)
        rg_lambda_scatter (problem->hyper, room, gradient);
    rg_problem_chain (problem, gradient);
done:
    if (trajectory != NULL)
        policy->free (trajectory);
    rg_adjoint_clear (&a);
    rg_free (room);
    rg_run_free (run);
    return status;
}

static rg_status
reverse (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, double *gradient,
         rg_report *report, rg_message *message)
{
    return rg_reverse (problem, options, iteration, 0, gradient, report, message);
}

const rg_estimator rg_estimator_reverse = {
    .name = "reverse",
    .summary = "adjoint of the training run, over a trajectory",
    .needs_policy = 1,
    .estimate = reverse,
};

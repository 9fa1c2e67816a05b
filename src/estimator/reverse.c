/*
 * reverse.c -- the adjoint of the training run (Maclaurin, Duvenaud, Adams 2015, Algorithm 2;
 * Franceschi et al. 2017, Reverse-HG), over any trajectory.
 */
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "estimator/estimator.h"
#include "estimator/growth.h"
#include "estimator/sweep.h"
#include "hyper/lambda.h"

/* A sweep with all that it works on. */
typedef struct {
    rg_sweep sweep;
    const rg_estimator_options *options;
    rg_adjoint a;
    double *dlambda, *room; /* [lambdas]; where they are no part of the gradient: in room */
    double *gradient;
    double *last;    /* [weights] w_T for the problem's last_weights, which may be what the run begins with; else NULL */
    rg_report *report;
} work;

static rg_status
backward (work *w, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    rg_run *run = sweep->run;
    const uint64_t steps = rg_hyper_steps (sweep->problem->hyper);
    rg_status status = RG_OK;
    sweep->position.back = 1;
    w->a.dlambda = run->inner->lambdas > 0 && rg_lambda_is_tuned (run->hyper) ? w->dlambda : NULL;
    for (uint64_t t = run->step; status == RG_OK && t-- > sweep->position.first;) {
        status = rg_sweep_pause (sweep, run, message);
        if (status == RG_OK)
            status = sweep->policy->rewind (sweep->trajectory, run, t, message);
        if (status == RG_OK)
            status = rg_run_adjoint (run, &w->a, message);
        const int sampled = rg_growth_wants (t, steps) || t == sweep->position.first;
        if (status == RG_OK && sampled)
            status = rg_run_gather_adjoint (run, &w->a, message);
        if (status == RG_OK && rg_growth_wants (t, steps))
            rg_growth_add (w->report, t, run->weights, w->a.dw, w->a.dmoment, run->dynamics->moments, w->options->sketch);
    }
    if (status == RG_OK)
        rg_growth_judge (w->report, steps, run->inner->precision == RG_SINGLE ? 0x1p-24 : 0x1p-53, &sweep->problem->log);
    return status;
}

/* What a snapshot holds beside run and trajectory. */
static void
list_parts (work *w, size_t size)
{
    rg_sweep *sweep = &w->sweep;
    const rg_run *run = sweep->run;
    rg_sweep_holds (sweep, w->report, sizeof *w->report);
    rg_sweep_holds (sweep, w->gradient, size);
    rg_sweep_holds (sweep, w->room, rg_lambda_size (run->hyper) * sizeof *w->room);
    rg_sweep_holds (sweep, w->last, run->weights * sizeof *w->last);
    rg_sweep_holds (sweep, w->a.dw, run->weights * sizeof *w->a.dw);
    for (int m = 0; m < run->dynamics->moments; m++) {
        rg_sweep_holds (sweep, w->a.dmoment[m], run->weights * sizeof *w->a.dmoment[m]);
        rg_sweep_holds (sweep, w->a.dproduct[m],
                        run->coefficient[run->dynamics->moment[m].decay].slice * sizeof *w->a.dproduct[m]);
    }
}

/* Run, adjoints and trajectory: at the start, or where a snapshot was taken. */
static rg_status
begin (work *w, const rg_problem *problem, uint64_t iteration, uint64_t first, int *spoiled, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    rg_trajectory_options *trajectory_options = &sweep->options;
    const rg_policy *policy = w->options->policy;
    const size_t size = rg_hyper_size (problem->hyper) * sizeof *w->gradient;
    *trajectory_options = rg_problem_trajectory (problem, w->options);
    trajectory_options->first = first;
    memset (w->gradient, 0, size);
    const rg_status status = rg_problem_start (&sweep->run, problem, iteration, message);
    if (status != RG_OK)
        return status;
    w->dlambda = rg_lambda_gradient (problem->hyper, w->gradient);
    if (w->dlambda == NULL)
        w->dlambda = w->room = rg_calloc (rg_lambda_size (problem->hyper), sizeof *w->room);
    if (problem->last_weights != NULL && (w->last = rg_malloc (sweep->run->weights, sizeof *w->last)) == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the last weights");
    if (w->dlambda == NULL || rg_adjoint_init (&w->a, sweep->run, w->gradient) != RG_OK
        || policy->create (&sweep->trajectory, sweep->run, trajectory_options) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for a %s trajectory", policy->name);
    sweep->adjoint = &w->a;
    rg_sweep_begin (sweep, problem, w->options->keeper, policy, first);
    list_parts (w, size);
    return rg_sweep_resume (sweep, spoiled, message);
}

static void
end (work *w)
{
    if (w->sweep.trajectory != NULL)
        w->options->policy->free (w->sweep.trajectory);
    rg_adjoint_clear (&w->a);
    rg_free (w->room);
    rg_free (w->last);
    rg_run_free (w->sweep.run);
    w->sweep = (rg_sweep) { 0 };
    w->dlambda = w->room = w->last = NULL;
}

/* The way out and the outer loss, the way back, and what follows from the adjoint. */
static rg_status
go (work *w, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    const rg_problem *problem = sweep->problem;
    const rg_policy *policy = sweep->policy;
    rg_run *run = sweep->run;
    const uint64_t first = sweep->position.first;
    rg_status status = RG_OK;
    if (!sweep->position.back)
        status = rg_problem_forward_paused (problem, run, policy, sweep->trajectory, rg_sweep_pause, sweep, w->report, message);
    if (status == RG_OK && !sweep->position.back)
        status = rg_problem_outer (problem, run, w->a.dw, w->dlambda, w->report, message);
    if (status != RG_OK)
        return status;
    if (w->last != NULL && !sweep->position.back)
        memcpy (w->last, problem->last_weights, run->weights * sizeof *w->last);
    const double start = rg_problem_clock ();
    rg_problem_account (policy, sweep->trajectory, run, w->report);
    status = backward (w, message);
    rg_problem_account (policy, sweep->trajectory, run, w->report);
    if (status == RG_OK && first == 0)
        status = policy->certify (sweep->trajectory, run, message);
    w->report->backward_seconds += rg_problem_clock () - start;
    if (status != RG_OK)
        return status;
    if (w->last != NULL)
        memcpy (problem->last_weights, w->last, run->weights * sizeof *w->last);
    w->report->certified = policy->exact_only && first == 0;
    if (first == 0)
        rg_initial_adjoint (&problem->initial, problem->hyper, run->iteration, w->a.dw, w->gradient);
    if (w->room != NULL)
        rg_lambda_scatter (problem->hyper, w->room, w->gradient);
    rg_problem_chain (problem, w->gradient);
    return RG_OK;
}

rg_status
rg_reverse (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, uint64_t first,
            double *gradient, rg_report *report, rg_message *message)
{
    const rg_report fresh = *report;
    work w = { .options = options, .gradient = gradient, .report = report };
    int spoiled = 0;
    rg_status status = begin (&w, problem, iteration, first, &spoiled, message);
    if (status == RG_OK && spoiled) { /* no snapshot is left: from the start, in new objects */
        end (&w);
        *report = fresh;
        status = begin (&w, problem, iteration, first, &spoiled, message);
    }
    if (status == RG_OK)
        status = go (&w, message);
    end (&w);
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
    .spreads = 1,
    .estimate = reverse,
};

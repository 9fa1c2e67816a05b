/*
 * reverse.c -- the adjoint of the training run (Maclaurin, Duvenaud, Adams 2015, Algorithm 2;
 * Franceschi et al. 2017, Reverse-HG), over any trajectory.
 */
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "dynamics/run_own.h"
#include "dynamics/window.h"
#include "estimator/estimator.h"
#include "estimator/growth.h"
#include "estimator/left_out.h"
#include "estimator/sweep.h"
#include "hyper/lambda.h"

/* A sweep with all that it works on; what is made once comes first. */
typedef struct {
    rg_sweep sweep;
    const rg_policy *policy;
    rg_adjoint a;
    double *workspace;         /* [lambdas] */
    rg_left_out left_out;      /* of a way back that ends early */
    double *before;            /* [free numbers] and [lambdas]: the gradient and dlambda before a step that is measured; or NULL */
    rg_window *window;         /* of steps that the way back need not evaluate again; NULL: none */
    double *last;              /* [weights] w_T for the problem's last_weights, which may be what the run begins with; or NULL */
    /* Of one way out and back: */
    const rg_how *how;
    const rg_way_back *way;
    double *dlambda;           /* [lambdas]: in the workspace, or a part of the gradient */
    double *gradient;
    rg_report *report;
} work;

static void
clear (work *w)
{
    if (w->sweep.trajectory != NULL)
        w->policy->free (w->sweep.trajectory);
    rg_window_close (w->sweep.run);
    rg_window_free (w->window);
    rg_adjoint_clear (&w->a);
    rg_free (w->workspace);
    rg_free (w->before);
    rg_free (w->last);
    rg_run_free (w->sweep.run);
    *w = (work) { 0 };
}

/* All ranks keep the same steps. */
static rg_status
make_window (work *w, const rg_how *how, rg_message *message)
{
    const rg_run *run = w->sweep.run;
    size_t bytes[RG_WINDOW_PARTS];
    if (how->options.window == 0)
        return RG_OK;
    const uint64_t steps = rg_run_steps (run), most = how->options.window < steps ? how->options.window : steps;
    rg_window_step_bytes (run, bytes);
    const rg_window_size size = rg_window_agree (run, rg_window_within (bytes, most, how->window_memory));
    const rg_status status = size.steps == 0 ? RG_OK : rg_window_new (&w->window, run, size);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory for a window of %llu steps; estimator.window: 0 does "
                                              "without", (unsigned long long) size.steps);
}

static rg_status
make (work *w, const rg_problem *problem, const rg_policy *policy, const rg_how *how, rg_message *message)
{
    *w = (work) { .policy = policy };
    rg_run **run = &w->sweep.run;
    rg_status status = rg_problem_run (run, problem, message);
    if (status == RG_OK)
        status = rg_own_check_adjoint (problem->dynamics, message);
    if (status == RG_OK)
        status = rg_ranks_agree ((*run)->ranks, make_window (w, how, message), message);
    if (status != RG_OK) {
        clear (w);
        return status;
    }
    int complete = (w->workspace = rg_calloc (rg_lambda_size (problem->hyper), sizeof *w->workspace)) != NULL;
    if (problem->last_weights != NULL)
        complete &= (w->last = rg_malloc ((*run)->weights, sizeof *w->last)) != NULL;
    if (complete && rg_adjoint_init (&w->a, *run) == RG_OK)
        return RG_OK;
    clear (w);
    return rg_fail (message, RG_ENOMEM, "out of memory for a %s trajectory", policy->name);
}

rg_status
rg_reverse_create (void **state, const rg_problem *problem, const rg_how *how, rg_message *message)
{
    work *w = rg_calloc (1, sizeof *w);
    rg_status status = w == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for a %s trajectory", how->options.policy->name)
                                 : make (w, problem, how->options.policy, how, message);
    if (status != RG_OK) {
        rg_free (w);
        w = NULL;
    }
    *state = w;
    return status;
}

void
rg_reverse_free (void *state)
{
    clear (state);
    rg_free (state);
}

/* All of the adjoint is here, and its norm. */
static rg_status
norm_of_adjoint (work *w, double *norm, rg_message *message)
{
    rg_run *run = w->sweep.run;
    const rg_status status = rg_run_gather_adjoint (run, &w->a, message);
    *norm = rg_growth_norm (run->weights, w->a.dw, w->a.dmoment, rg_dynamics_arrays (run->dynamics));
    return status;
}

/* The norm of what was added to the hypergradient, in free numbers, since both of its parts were copied to w->before. */
static double
norm_added (work *w)
{
    const rg_hyper *hyper = w->sweep.run->hyper;
    const size_t size = rg_hyper_size (hyper), lambdas = rg_lambda_size (hyper);
    double *added = w->before, *added_lambda = w->before + size;
    for (size_t i = 0; i < size; i++)
        added[i] = w->gradient[i] - added[i];
    for (size_t i = 0; i < lambdas; i++)
        added_lambda[i] = w->workspace[i] - added_lambda[i];
    if (w->dlambda == w->workspace)
        rg_lambda_scatter (hyper, added_lambda, added);
    rg_hyper_chain (hyper, added);
    return rg_growth_norm (size, added, NULL, 0);
}

/* One step of the adjoint, to s_t; of a way back that ends early some steps are measured. */
static rg_status
step_back (work *w, uint64_t t, rg_message *message)
{
    rg_run *run = w->sweep.run;
    const uint64_t steps = rg_hyper_steps (run->hyper), first = w->way->first;
    const size_t size = rg_hyper_size (run->hyper), lambdas = rg_lambda_size (run->hyper);
    const int measures = rg_left_out_wants (t, first, steps);
    double before = 0, after = 0;
    rg_status status = RG_OK;
    if (measures) {
        status = norm_of_adjoint (w, &before, message);
        memcpy (w->before, w->gradient, size * sizeof *w->before);
        memcpy (w->before + size, w->workspace, lambdas * sizeof *w->before);
    }
    if (status == RG_OK)
        status = rg_run_adjoint (run, &w->a, message);
    if (status != RG_OK || !measures)
        return status;
    status = norm_of_adjoint (w, &after, message);
    rg_left_out_add (&w->left_out, t, first, steps, before, after, norm_added (w));
    return status;
}

static rg_status
backward (work *w, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    rg_run *run = sweep->run;
    const uint64_t steps = rg_hyper_steps (sweep->problem->hyper);
    rg_status status = RG_OK;
    sweep->position.back = 1;
    run->way = RG_WAY_BACK;
    w->a.dlambda = run->inner->lambdas > 0 && rg_lambda_is_tuned (run->hyper) ? w->dlambda : NULL;
    for (uint64_t t = run->step; status == RG_OK && t-- > w->way->first;) {
        status = rg_sweep_pause (sweep, run, message);
        if (status == RG_OK)
            status = w->policy->rewind (sweep->trajectory, run, t, message);
        w->report->evaluated_again += status == RG_OK && !run->is_kept;
        if (status == RG_OK)
            status = step_back (w, t, message);
        const int sampled = rg_growth_wants (t, steps) || t == w->way->first;
        if (status == RG_OK && sampled)
            status = rg_run_gather_adjoint (run, &w->a, message);
        if (status == RG_OK && rg_growth_wants (t, steps))
            rg_growth_add (w->report, t, run->weights, w->a.dw, w->a.dmoment, rg_dynamics_arrays (run->dynamics),
                           w->how->options.sketch);
    }
    if (status == RG_OK)
        rg_growth_judge (w->report, steps, run->inner->precision == RG_SINGLE ? 0x1p-24 : 0x1p-53, &sweep->problem->log);
    if (status == RG_OK && w->way->first > 0)
        rg_left_out_judge (&w->left_out, w->way->first, steps, w->report);
    return status;
}

/* What a snapshot holds beside run and trajectory. */
static void
list_parts (work *w, size_t size)
{
    rg_sweep *sweep = &w->sweep;
    const rg_run *run = sweep->run;
    rg_sweep_holds (sweep, w->gradient, size);
    if (w->dlambda == w->workspace)
        rg_sweep_holds (sweep, w->workspace, rg_lambda_size (run->hyper) * sizeof *w->workspace);
    if (w->way->first > 0)
        rg_sweep_holds (sweep, &w->left_out, sizeof w->left_out);
    rg_sweep_holds (sweep, w->last, run->weights * sizeof *w->last);
    rg_sweep_holds (sweep, w->a.dw, run->weights * sizeof *w->a.dw);
    rg_sweep_holds (sweep, w->a.dslots, (size_t) run->dynamics->slots * run->weights * sizeof *w->a.dslots);
    for (int m = 0; m < run->dynamics->moments; m++) {
        rg_sweep_holds (sweep, w->a.dmoment[m], run->weights * sizeof *w->a.dmoment[m]);
        rg_sweep_holds (sweep, w->a.dproduct[m],
                        run->coefficient[run->dynamics->moment[m].decay].slice * sizeof *w->a.dproduct[m]);
    }
}

/* Run, adjoints and trajectory: at the start, or where a snapshot was taken. */
static rg_status
begin (work *w, const rg_problem *problem, uint64_t iteration, int *spoiled, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    const size_t size = rg_hyper_size (problem->hyper) * sizeof *w->gradient, lambdas = rg_lambda_size (problem->hyper);
    sweep->options = rg_problem_trajectory (problem, &w->how->options);
    sweep->options.first = w->way->first;
    memset (w->gradient, 0, size);
    const rg_status status = rg_problem_restart (problem, sweep->run, iteration, w->a.dw, message);
    if (status != RG_OK)
        return status;
    if (w->window != NULL) {
        rg_window_open (w->window, sweep->run, w->way->first);
        w->report->window = rg_window_size_of (w->window).steps;
        if (sweep->options.memory > 0) /* the rest is the trajectory's */
            sweep->options.memory -= rg_window_takes (w->window);
    }
    rg_adjoint_begin (&w->a, sweep->run, w->gradient);
    w->a.first_order = w->way->first_order;
    w->dlambda = rg_lambda_gradient (problem->hyper, w->gradient);
    if (w->dlambda == NULL)
        w->dlambda = memset (w->workspace, 0, lambdas * sizeof *w->workspace);
    rg_left_out_begin (&w->left_out);
    if (w->way->first > 0 && w->before == NULL && (w->before = rg_calloc (size / sizeof *w->before + lambdas, sizeof *w->before)) == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the hypergradient");
    if (w->policy->create (&sweep->trajectory, sweep->run, &sweep->options) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for a %s trajectory", w->policy->name);
    sweep->adjoint = &w->a;
    sweep->report = w->report;
    rg_sweep_begin (sweep, problem, w->how->options.keeper, w->policy, w->way->first);
    list_parts (w, size);
    return rg_sweep_resume (sweep, spoiled, message);
}

/* What is kept for the next time. */
static void
end (work *w)
{
    if (w->sweep.trajectory != NULL)
        w->policy->free (w->sweep.trajectory);
    rg_window_close (w->sweep.run);
    w->sweep = (rg_sweep) { .run = w->sweep.run };
}

/* The way out and the outer loss, the way back, and what follows from the adjoint. */
static rg_status
go (work *w, rg_message *message)
{
    rg_sweep *sweep = &w->sweep;
    const rg_problem *problem = sweep->problem;
    const rg_policy *policy = w->policy;
    rg_run *run = sweep->run;
    const uint64_t first = w->way->first;
    rg_status status = RG_OK;
    if (!sweep->position.back)
        status = rg_problem_forward_paused (problem, run, policy, sweep->trajectory, rg_sweep_pause, sweep, w->report, message);
    rg_window_step_aside (run);
    if (status == RG_OK && !sweep->position.back)
        status = rg_problem_outer (problem, run, w->a.dw, w->dlambda, w->report, message);
    if (status == RG_OK && !sweep->position.back && w->way->check_direct != NULL)
        status = w->way->check_direct (problem, w->dlambda, message);
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
    w->report->certified = policy->exact_only && first == 0 && w->report->evaluated_again == rg_run_steps (run);
    if (first == 0)
        rg_initial_adjoint (&problem->initial, problem->hyper, run->iteration, w->a.dw, w->gradient);
    if (w->dlambda == w->workspace)
        rg_lambda_scatter (problem->hyper, w->workspace, w->gradient);
    rg_problem_chain (problem, w->gradient);
    return RG_OK;
}

rg_status
rg_reverse (void *state, const rg_problem *problem, const rg_how *how, const rg_way_back *way, uint64_t iteration,
            double *gradient, rg_report *report, rg_message *message)
{
    work *w = state;
    const rg_report fresh = *report;
    int spoiled = 0;
    w->how = how;
    w->way = way;
    w->gradient = gradient;
    w->report = report;
    rg_status status = begin (w, problem, iteration, &spoiled, message);
    if (status == RG_OK && spoiled) { /* no snapshot is left, and the run may be anywhere: from the start */
        end (w);
        *report = fresh;
        status = begin (w, problem, iteration, &spoiled, message);
    }
    if (status == RG_OK)
        status = go (w, message);
    end (w);
    return status;
}

static rg_status
reverse (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
         rg_message *message)
{
    return rg_reverse (state, problem, how, &(rg_way_back) { 0 }, iteration, gradient, report, message);
}

static rg_status
reverse_forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out,
                  rg_message *message)
{
    return rg_forecast_back_to (problem, &how->options, 0, measured, out, message);
}

const rg_estimator rg_estimator_reverse = {
    .name = "reverse",
    .summary = "adjoint of the training run, over a trajectory",
    .spreads = 1,
    .reaches = RG_ALL_USES,
    .needs_policy = rg_estimator_goes_back,
    .create = rg_reverse_create,
    .free = rg_reverse_free,
    .advance = reverse,
    .forecast = reverse_forecast,
};

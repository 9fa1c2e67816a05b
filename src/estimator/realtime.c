/* realtime.c -- see retrograde/realtime.h. */
#include <retrograde/realtime.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "dense/blas.h"
#include "estimator/columns.h"
#include "hyper/lambda.h"
#include "hyper/role.h"
#include "trajectory/state.h"
#include "estimator/report.h"

struct rg_realtime {
    rg_problem problem;
    rg_run *run;
    rg_columns columns;
    double *dw, *dlambda;
};

/* What a run in progress cannot reach. */
static rg_status
check_reach (const rg_problem *problem, const rg_how *how, rg_message *message)
{
    (void) how;
    const rg_hyper *hyper = problem->hyper;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (b.fixed)
            continue;
        if (b.per_step)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "real-time cannot tune %s per step: a step is over when its value would change", b.name);
        if (problem->dynamics->corrects && (b.role == RG_BETA1 || b.role == RG_BETA2))
            return rg_fail (message, RG_EUNSUPPORTED,
                            "real-time cannot tune %s: the bias correction of %s is that of one value all along the run",
                            b.name, problem->dynamics->name);
        if (rg_problem_uses (problem, &b) == RG_OF_INITIAL)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "real-time cannot tune %s: the initial state lies behind a run in progress", b.name);
    }
    return RG_OK;
}

rg_status
rg_realtime_new (rg_realtime **out, const rg_problem *given, uint64_t iteration, size_t tangent_bytes,
                 rg_message *message)
{
    *out = NULL;
    rg_problem own, *problem = &own;
    rg_status status = rg_problem_read (problem, given, message);
    if (status == RG_OK)
        status = check_reach (problem, NULL, message);
    if (status != RG_OK)
        return status;
    rg_realtime *rt = rg_calloc (1, sizeof *rt);
    if (rt == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for real-time tuning");
    rt->problem = *problem;
    rt->problem.run.alone = 1;
    status = rg_problem_start (&rt->run, &rt->problem, iteration, message);
    if (status == RG_OK) {
        rt->dw = rg_calloc (rt->run->weights, sizeof *rt->dw);
        rt->dlambda = rg_calloc (rg_lambda_size (problem->hyper), sizeof *rt->dlambda);
        if (rt->dw == NULL || rt->dlambda == NULL
            || rg_columns_init (&rt->columns, &rt->problem, rt->run, tangent_bytes) != RG_OK)
            status = rg_fail (message, RG_ENOMEM, "out of memory for the tangents of real-time tuning");
        else if (rt->columns.most < rt->columns.columns)
            status = rg_fail (message, RG_EUNSUPPORTED,
                              "real-time: %zu tangents take %zu bytes, more than estimator.tangent_bytes; it is for few "
                              "hyperparameters", rt->columns.columns, rt->columns.columns * rg_column_bytes (rt->run));
    }
    if (status != RG_OK) {
        rg_realtime_free (rt);
        return status;
    }
    rg_columns_begin (&rt->columns, rt->run, 0);
    *out = rt;
    return RG_OK;
}

void
rg_realtime_free (rg_realtime *rt)
{
    if (rt == NULL)
        return;
    rg_columns_clear (&rt->columns);
    rg_run_free (rt->run);
    rg_free (rt->dw);
    rg_free (rt->dlambda);
    rg_free (rt);
}

uint64_t
rg_realtime_steps (const rg_realtime *rt)
{
    return rt->run->step;
}

/* One inner step with its tangents. Words that no way back will ask for are dropped. */
static rg_status
train (rg_realtime *rt, rg_message *message)
{
    rg_run *run = rt->run;
    if (rt->problem.interrupted != NULL && rt->problem.interrupted (rt->problem.user) != 0)
        return rg_fail (message, RG_EINTERRUPTED, "step %llu: interrupted", (unsigned long long) run->step);
    rg_status status = rg_run_gradient (run, 1, message);
    if (status == RG_OK)
        status = rg_columns_step (&rt->columns, run, message);
    if (status == RG_OK)
        status = rg_run_advance (run, message);
    rg_run_forget (run);
    return status;
}

size_t
rg_realtime_bytes (const rg_realtime *rt)
{
    const rg_columns *c = &rt->columns;
    return sizeof rt->run->step + (size_t) (1 + rt->columns.arrays) * c->most * rt->run->weights * sizeof (double)
        + rg_state_whole_bytes (rt->run);
}

void
rg_realtime_save (const rg_realtime *rt, void *block)
{
    const rg_columns *c = &rt->columns;
    const size_t bytes = c->most * rt->run->weights * sizeof (double);
    char *at = block;
    memcpy (at, &rt->run->step, sizeof rt->run->step);
    at += sizeof rt->run->step;
    for (int m = -1; m < rt->columns.arrays; m++, at += bytes)
        if (bytes > 0)
            memcpy (at, m < 0 ? c->w_dot : c->moment_dot[m], bytes);
    rg_state_whole_save (rt->run, at);
}

rg_status
rg_realtime_load (rg_realtime *rt, const void *block, size_t bytes)
{
    rg_columns *c = &rt->columns;
    const size_t each = c->most * rt->run->weights * sizeof (double);
    const size_t before = sizeof rt->run->step + (size_t) (1 + rt->columns.arrays) * each;
    uint64_t step;
    if (bytes < before)
        return RG_EINPUT;
    memcpy (&step, block, sizeof step);
    const rg_status status = step > rg_hyper_steps (rt->problem.hyper)
        ? RG_EINPUT : rg_state_whole_load (rt->run, step, (const char *) block + before, bytes - before);
    const char *at = (const char *) block + sizeof step;
    for (int m = -1; status == RG_OK && m < rt->columns.arrays; m++, at += each)
        if (each > 0)
            memcpy (m < 0 ? c->w_dot : c->moment_dot[m], at, each);
    return status;
}

static rg_status
hypergradient (rg_realtime *rt, double *gradient, rg_report *report, rg_message *message)
{
    rg_hyper *hyper = rt->problem.hyper;
    const size_t size = rg_hyper_size (hyper);
    memset (gradient, 0, size * sizeof *gradient);
    memset (rt->dlambda, 0, rg_lambda_size (hyper) * sizeof *rt->dlambda);
    rg_status status = rg_problem_outer (&rt->problem, rt->run, rt->dw, rt->dlambda, report, message);
    if (status != RG_OK)
        return status;
    rg_columns_finish (&rt->columns, rt->run, rt->dw);
    status = rg_columns_collect (&rt->columns, rt->run, gradient, rt->dlambda, 0, NULL, message);
    if (status != RG_OK)
        return status;
    rg_lambda_scatter (hyper, rt->dlambda, gradient);
    rg_problem_chain (&rt->problem, gradient);
    for (size_t i = 0; i < size; i++)
        if (!isfinite (gradient[i]))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the hypergradient is not finite",
                            (unsigned long long) rt->run->step);
    return RG_OK;
}

rg_status
rg_realtime_advance (rg_realtime *rt, uint64_t steps, double *gradient, rg_report *wanted, rg_message *message)
{
    rg_report found, *report = &found;
    rg_status status = rg_report_begin (report, wanted, message);
    if (status != RG_OK)
        return status;
    const double start = rg_problem_clock ();
    const uint64_t left = rg_hyper_steps (rt->problem.hyper) - rt->run->step;
    rg_blas_enter ();
    status = rg_run_renew (rt->run, message);
    for (uint64_t t = 0; status == RG_OK && t < (steps < left ? steps : left); t++)
        status = train (rt, message);
    report->inner_loss = rt->run->inner_loss;
    report->forward_seconds = rg_problem_clock () - start;
    report->trajectory_bytes = rt->columns.most * rg_column_bytes (rt->run);
    report->tangent_samples = 1;
    report->tangent_step[0] = rt->run->step;
    report->tangent_norm[0] = rg_columns_norm (&rt->columns, rt->run);
    if (status == RG_OK)
        status = hypergradient (rt, gradient, report, message);
    rg_blas_leave ();
    rg_report_give (wanted, report);
    return status;
}

rg_status
rg_realtime_evaluate (rg_realtime *rt, rg_objective *objective, rg_report *report, rg_message *message)
{
    rg_problem problem = rt->problem;
    rg_report found;
    problem.validation = objective;
    rg_status status = rg_report_begin (&found, report, message);
    if (status == RG_OK && objective != NULL)
        status = rg_problem_check_objective (&problem, objective, "objective to be evaluated", message);
    if (status != RG_OK)
        return status;
    rg_blas_enter ();
    status = rg_problem_outer (&problem, rt->run, NULL, NULL, &found, message);
    rg_blas_leave ();
    rg_report_give (report, &found);
    return status;
}

/* ---- The same as an estimator: the run begins with the state ---- */

typedef struct {
    uint64_t interval, tangent_bytes;
} realtime_settings;

static rg_status
create (void **state, const rg_problem *problem, const rg_how *how, rg_message *message)
{
    rg_realtime *rt;
    const realtime_settings *s = how->settings.values;
    const rg_status status = rg_realtime_new (&rt, problem, 0, (size_t) s->tangent_bytes, message);
    *state = rt;
    return status;
}

static void
release (void *state)
{
    rg_realtime_free (state);
}

static rg_status
advance (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
         rg_message *message)
{
    (void) problem, (void) iteration;
    const realtime_settings *s = how->settings.values;
    return rg_realtime_advance (state, s->interval, gradient, report, message);
}

static uint64_t
lasts (const rg_problem *problem, const rg_how *how)
{
    const realtime_settings *s = how->settings.values;
    return (rg_hyper_steps (problem->hyper) + s->interval - 1) / s->interval;
}

static size_t
bytes (const void *state)
{
    return rg_realtime_bytes (state);
}

static void
save (const void *state, void *block)
{
    rg_realtime_save (state, block);
}

static rg_status
load (void *state, const void *block, size_t size)
{
    return rg_realtime_load (state, block, size);
}

/* What the run has come to. */
static rg_status
outcome (void *state, const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    const rg_realtime *rt = state;
    (void) iteration;
    const rg_status status = rg_realtime_evaluate (state, problem->validation, report, message);
    if (status == RG_OK && w_T != NULL)
        rg_run_weights (rt->run, w_T);
    return status;
}

static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    const realtime_settings *s = how->settings.values;
    return rg_columns_forecast (problem, (size_t) s->tangent_bytes, measured, out, message);
}

static const rg_option options[] = {
    { "interval", RG_OPTION_WHOLE, RG_FIELD (realtime_settings, interval), RG_POSITIVE, "20",
      "inner steps between two outer steps; tangents go on over these, as derivatives in the natural values" },
    { "tangent_bytes", RG_OPTION_BYTES, RG_FIELD (realtime_settings, tangent_bytes), NULL, "1 GiB",
      "most bytes of tangents, which must all fit" },
    { 0 }
};

const rg_estimator rg_estimator_realtime = {
    .name = "real-time",
    .summary = "tangents along one training run that is tuned as it goes (tune only)",
    .options = options,
    .settings_bytes = sizeof (realtime_settings),
    .in_progress = "real-time hypergradients belong to a run in progress: use tune; forward gives one after a whole run",
    .moves_lambda = 1,
    .reaches = RG_ALL_USES,
    .check = check_reach,
    .create = create,
    .free = release,
    .advance = advance,
    .lasts = lasts,
    .bytes = bytes,
    .save = save,
    .load = load,
    .outcome = outcome,
    .forecast = forecast,
};

/*
 * forward.c -- forward mode (Franceschi, Donini, Frasconi, Pontil 2017, Forward-HG; also RTRL):
 * the tangent Z_t = ds_t/dlambda is carried along the training run, Z <- A_t Z + B_t at s_t, and
 * dE/dlambda = (dE/dw) Z_T + direct term.
 *
 * A tangent is a column of Z: one for each free number that training depends on. Columns stand in panels of
 * a fixed width, in the order in which they begin to move: what is still zero is at the end and costs nothing.
 * Where not all columns fit in the memory allowed, they take several training runs. A column's bits depend on the
 * panels it is in, not on anything else.
 */
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "estimator/columns.h"
#include "estimator/growth.h"
#include "hyper/lambda.h"

typedef struct {
    uint64_t tangent_bytes;
} forward_settings;

/* What goes along a training run. */
typedef struct {
    rg_columns *columns;
    rg_report *report;
    size_t sample; /* the next */
} companion;

/* The columns' step, and now and then their norm; that of several training runs together. */
static rg_status
step (void *visitor, rg_run *run, rg_message *message)
{
    companion *with = visitor;
    rg_report *report = with->report;
    const rg_status status = rg_columns_step (with->columns, run, message);
    if (status != RG_OK || !rg_growth_wants (run->step, rg_hyper_steps (run->hyper)) || with->sample == RG_SAMPLES)
        return status;
    const size_t i = with->sample++;
    report->tangent_step[i] = run->step + 1;
    rg_columns_sample (with->columns, run, i);
    report->tangent_samples = i < report->tangent_samples ? report->tangent_samples : i + 1;
    return RG_OK;
}

/* One training run with its columns, and what it says of the hypergradient. */
static rg_status
pass (rg_columns *c, rg_run *run, size_t first, uint64_t iteration, double *dw, double *dlambda, rg_report *report,
      rg_message *message)
{
    const rg_problem *problem = c->problem;
    rg_status status = RG_OK;
    if (first > 0) {
        rg_initial_weights (&problem->initial, problem->hyper, iteration, dw);
        status = rg_run_start (run, dw, iteration, message);
    }
    if (status != RG_OK)
        return status;
    rg_columns_begin (c, run, first);
    companion with = { c, report, 0 };
    status = rg_problem_forward_with (problem, run, NULL, NULL, step, &with, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, dw, first == 0 ? dlambda : NULL, report, message);
    if (status == RG_OK)
        rg_columns_finish (c, run, dw);
    return status;
}

static rg_status
forward (void *none, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
         rg_message *message)
{
    (void) none;
    const forward_settings *s = how->settings.values;
    const size_t size = rg_hyper_size (problem->hyper);
    rg_run *run = NULL;
    rg_columns c = { 0 };
    double *dw = NULL, *dlambda = rg_calloc (rg_lambda_size (problem->hyper), sizeof *dlambda);
    memset (gradient, 0, size * sizeof *gradient);
    rg_status status = dlambda == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for forward mode")
                                       : rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK
        && ((dw = rg_malloc (run->weights, sizeof *dw)) == NULL
            || rg_columns_share (&c, problem, run, (size_t) s->tangent_bytes) != RG_OK))
        status = rg_fail (message, RG_ENOMEM, "out of memory for %zu tangents of %zu weights", c.most, run->weights);
    for (size_t first = 0; status == RG_OK && (first == 0 || first < c.columns); first += c.most) {
        status = pass (&c, run, first, iteration, dw, dlambda, report, message);
        if (c.most == 0)
            break;
    }
    status = rg_ranks_agree (rg_team_ranks (problem->run.team), status, message);
    if (status == RG_OK)
        status = rg_columns_collect (&c, run, gradient, dlambda, report->tangent_samples, report->tangent_norm, message);
    if (status == RG_OK) {
        rg_growth_judge (report, rg_hyper_steps (problem->hyper), run->inner->precision == RG_SINGLE ? 0x1p-24 : 0x1p-53,
                         &problem->log);
        report->trajectory_bytes = c.most * rg_column_bytes (run);
        report->recomputed_steps = c.columns <= c.most ? 0 : (c.columns - 1) / c.most * rg_hyper_steps (problem->hyper);
        rg_lambda_scatter (problem->hyper, dlambda, gradient);
        rg_problem_chain (problem, gradient);
    }
    rg_columns_clear (&c);
    rg_free (dw);
    rg_free (dlambda);
    rg_run_free (run);
    return status;
}

static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    const forward_settings *s = how->settings.values;
    return rg_columns_forecast (problem, (size_t) s->tangent_bytes, measured, out, message);
}

static const rg_option options[] = {
    { "tangent_bytes", RG_OPTION_BYTES, RG_FIELD (forward_settings, tangent_bytes), NULL, "1 GiB",
      "most tangents held at once; more take several training runs" },
    { 0 }
};

const rg_estimator rg_estimator_forward = {
    .name = "forward",
    .summary = "tangents of the state carried along the training run, a column a free number",
    .options = options,
    .settings_bytes = sizeof (forward_settings),
    .moves_lambda = 1,
    .reaches = RG_ALL_USES,
    .advance = forward,
    .forecast = forecast,
};

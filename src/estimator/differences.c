/*
 * differences.c -- central differences, two training runs a free number.
 *
 * They walk the floating trajectory from the decays that are applied: the
 * fixed-point one is not differentiable at the scale of its rounding.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/estimator.h"

static rg_status
outer_at (const rg_problem *problem, uint64_t iteration, rg_report *report, rg_message *message)
{
    rg_run *run;
    rg_status status = rg_hyper_update (problem->hyper, message);
    if (status == RG_OK)
        status = rg_problem_start (&run, problem, iteration, message);
    if (status != RG_OK)
        return status;
    status = rg_problem_forward (problem, run, NULL, NULL, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, NULL, NULL, report, message);
    rg_run_free (run);
    return status;
}

static rg_status
differences (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, double *gradient,
             rg_report *report, rg_message *message)
{
    rg_problem near = *problem;
    near.run.arithmetic = RG_FLOATING;
    near.log = (rg_log) { 0 };
    rg_status status = rg_hyper_copy (&near.hyper, problem->hyper);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for central differences");
    rg_hyper_set_rounding (near.hyper, 0);
    const double relative = options->difference > 0 ? options->difference : 1e-5;
    double *values = rg_hyper_values (near.hyper);
    status = outer_at (&near, iteration, report, message);
    near.last_weights = NULL; /* those of the runs beside do not count */
    for (size_t i = 0; status == RG_OK && i < rg_hyper_size (near.hyper); i++) {
        const double value = values[i], h = relative * fmax (1, fabs (value));
        rg_report above = { 0 }, below = { 0 };
        values[i] = value + h;
        status = outer_at (&near, iteration, &above, message);
        const double reached = values[i]; /* a box may have cut the step */
        values[i] = value - h;
        if (status == RG_OK)
            status = outer_at (&near, iteration, &below, message);
        gradient[i] = (above.outer_loss - below.outer_loss) / (reached - values[i]);
        values[i] = value;
        report->forward_seconds += above.forward_seconds + below.forward_seconds;
        report->outer_seconds += above.outer_seconds + below.outer_seconds;
    }
    rg_hyper_free (near.hyper);
    return status;
}

const rg_estimator rg_estimator_differences = {
    .name = "differences",
    .summary = "central differences on the floating trajectory, two runs a free number",
    .estimate = differences,
};

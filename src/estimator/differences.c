/*
 * differences.c -- central differences, two training runs a free number.
 *
 * They walk the floating trajectory from the decays that are applied: the
 * fixed-point one is not differentiable at the scale of its rounding. A number is
 * moved alone: constraints, which would take others with it, are not kept.
 * A penalty of the free numbers is of those there are before decays are rounded; the central difference of a square is exact.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/estimator.h"

typedef struct {
    double step; /* 0: by the precision */
} differences_settings;

static rg_status
outer_at (const rg_problem *problem, uint64_t iteration, rg_report *report, rg_message *message)
{
    const rg_status status = rg_hyper_update (problem->hyper, message);
    return status == RG_OK ? rg_train (problem, iteration, NULL, report, message) : status;
}

/* The derivative in the i-th free number of `near`, whose values are back at the end; *seconds gains what the two runs took. */
static rg_status
one_difference (const rg_problem *near, size_t i, double relative, uint64_t iteration, double *derivative,
                rg_report *seconds, rg_message *message)
{
    double *values = rg_hyper_values (near->hyper);
    const double value = values[i], h = relative * fmax (1, fabs (value));
    rg_report above = { .size = sizeof above }, below = { .size = sizeof below };
    values[i] = value + h;
    rg_status status = outer_at (near, iteration, &above, message);
    const double reached = values[i]; /* the range of a role may have cut the step */
    values[i] = value - h;
    if (status == RG_OK)
        status = outer_at (near, iteration, &below, message);
    *derivative = (above.outer_loss - below.outer_loss) / (reached - values[i]);
    values[i] = value;
    seconds->forward_seconds += above.forward_seconds + below.forward_seconds;
    seconds->outer_seconds += above.outer_seconds + below.outer_seconds;
    return status;
}

static rg_status
differences (void *none, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
             rg_message *message)
{
    (void) none;
    const differences_settings *s = how->settings.values;
    rg_problem near = *problem;
    near.run.arithmetic = RG_FLOATING;
    near.log = (rg_log) { 0 };
    rg_status status = rg_hyper_copy (&near.hyper, problem->hyper);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for central differences");
    rg_hyper_set_rounding (near.hyper, 0);
    rg_hyper_unconstrain (near.hyper);
    const double penalty = problem->penalty_natural ? 0 : problem->penalty;
    near.penalty -= penalty;
    const double usual = problem->inner->precision == RG_SINGLE ? 5e-3 : 1e-5; /* the cube root of the precision, about */
    const double relative = s->step > 0 ? s->step : usual;
    status = outer_at (&near, iteration, report, message);
    near.last_weights = NULL; /* those of the runs beside do not count */
    for (size_t i = 0; status == RG_OK && i < rg_hyper_size (near.hyper); i++) {
        status = one_difference (&near, i, relative, iteration, &gradient[i], report, message);
        gradient[i] += 2 * penalty * rg_hyper_values (problem->hyper)[i];
    }
    report->outer_loss += penalty > 0 ? rg_problem_penalty (problem) : 0;
    rg_hyper_free (near.hyper);
    return status;
}

/* Two training runs a free number, and one. */
static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    (void) how, (void) message;
    const double runs = 1 + 2 * (double) rg_hyper_size (problem->hyper);
    if (measured != NULL)
        out->seconds = runs * ((double) rg_hyper_steps (problem->hyper) * measured->step + measured->outer);
    return RG_OK;
}

static const rg_option options[] = {
    { "step", RG_OPTION_REAL, RG_FIELD (differences_settings, step), RG_POSITIVE, NULL,
      "relative step of central differences; default: 1e-5, in single precision 5e-3" },
    { 0 }
};

const rg_estimator rg_estimator_differences = {
    .name = "differences",
    .summary = "central differences on the floating trajectory, two runs a free number",
    .options = options,
    .settings_bytes = sizeof (differences_settings),
    .moves_lambda = 1,
    .reaches = RG_ALL_USES,
    .advance = differences,
    .forecast = forecast,
};

/* fit.c -- whether a trajectory fits the memory allowed, and what it is told then; see estimator.h. */
#include <math.h>

#include "base/available.h"
#include "estimator/estimator.h"

/* A trajectory smaller than this is not worth a look at the machine. */
static const double small = 64 << 20;

/* More than any trajectory takes, but for 10 % and what does not grow with the steps. */
static double
at_most (const rg_problem *problem)
{
    return (double) rg_hyper_steps (problem->hyper) * (double) problem->inner->weights * sizeof (double)
        * (1 + RG_MOMENTS + problem->dynamics->slots);
}

rg_status
rg_problem_note_scarce (const rg_problem *problem, const rg_estimator *estimator, const rg_how *how, rg_message *message)
{
    rg_forecast f;
    const double available = at_most (problem) < small ? INFINITY : rg_memory_available ();
    if (estimator->forecast == NULL || at_most (problem) < available / 2)
        return RG_OK;
    const rg_status status = estimator->forecast (problem, how, NULL, &f, message);
    if (status == RG_OK && f.bytes > available)
        rg_note (&problem->log, "a %s trajectory will take about %.0f bytes, and this machine has %.0f left: `memory` limits what it "
                 "takes", how->options.policy->name, f.bytes, available);
    return status;
}

rg_status
rg_problem_fit (const rg_problem *problem, const rg_estimator *estimator, rg_how *how, rg_message *message)
{
    rg_estimator_options *options = &how->options;
    how->window_memory = (double) rg_window_memory (options);
    if (options->memory == 0)
        return RG_OK;
    rg_forecast f;
    const rg_status status = estimator == NULL ? rg_forecast_back_to (problem, options, 0, NULL, &f, message)
                                               : estimator->forecast (problem, how, NULL, &f, message);
    if (status != RG_OK)
        return status;
    if (f.bytes_beyond > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a %s trajectory would take about %.0f bytes, more than %zu; retrograde plan "
                        "tells what others take", options->policy->name, f.bytes, options->memory);
    how->window_memory = f.window_bytes;
    if (f.slots > 0) {
        options->slots = f.slots;
        options->memory_slots = f.memory_slots;
    }
    return RG_OK;
}

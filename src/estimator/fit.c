/* fit.c -- whether a trajectory fits the memory allowed, and what it is told then; see estimator.h. */
#include "estimator/estimator.h"

rg_status
rg_problem_fit (const rg_problem *problem, const rg_estimator *estimator, rg_estimator_options *options,
                rg_message *message)
{
    if (options->memory == 0)
        return RG_OK;
    rg_forecast f;
    const rg_status status = estimator == NULL ? rg_forecast_back_to (problem, options, 0, NULL, &f, message)
                                               : estimator->forecast (problem, options, NULL, &f, message);
    if (status != RG_OK)
        return status;
    if (f.bytes_beyond > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a %s trajectory would take about %.0f bytes, more than %zu; retrograde plan "
                        "tells what others take", options->policy->name, f.bytes, options->memory);
    if (f.slots > 0) {
        options->slots = f.slots;
        options->memory_slots = f.memory_slots;
    }
    return RG_OK;
}

/* hypergradient.c -- one hypergradient by any estimator; see retrograde/estimator.h. */
#include "estimator/estimator.h"
#include "estimator/report.h"

rg_status
rg_hypergradient (const rg_problem *problem, const rg_estimator *estimator, const rg_estimator_options *options,
                  uint64_t iteration, double *gradient, rg_report *report, rg_message *message)
{
    rg_estimation *e;
    rg_report none;
    rg_status status = rg_report_begin (&none, report, message);
    if (status != RG_OK)
        return status;
    rg_report_give (report, &none);
    if (estimator != NULL && estimator->in_progress != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s", estimator->in_progress);
    status = rg_estimation_new (&e, problem, estimator, options, message);
    if (status != RG_OK)
        return status;
    status = rg_estimation_advance (e, iteration, gradient, report, message);
    rg_estimation_free (e);
    return status;
}

/* given.c -- problems of callers that were built for another version; see estimator.h. */
#include "base/sized.h"
#include "estimator/estimator.h"
#include "estimator/report.h"

rg_status
rg_problem_complete (const rg_problem *problem, rg_message *message)
{
    const char *missing = problem->hyper == NULL ? "hyper"
        : problem->inner == NULL                 ? "inner"
        : problem->outer == NULL                 ? "outer"
        : problem->dynamics == NULL              ? "dynamics"
                                                 : NULL;
    return missing == NULL ? RG_OK : rg_fail (message, RG_EINPUT, "the problem's %s is NULL", missing);
}

rg_status
rg_problem_read (rg_problem *own, const rg_problem *given, rg_message *message)
{
    *own = (rg_problem) { .size = sizeof *own };
    if (given == NULL)
        return rg_fail (message, RG_EINPUT, "the problem is NULL");
    const rg_status status = rg_sized_read (own, sizeof *own, RG_SIZE_TO (rg_problem, forecast_steps), given, "rg_problem", message);
    return status == RG_OK ? rg_problem_complete (own, message) : status;
}

rg_status
rg_given_read (rg_problem *problem, const rg_problem *given, rg_report *report, const rg_report *wanted, rg_message *message)
{
    const rg_status status = rg_report_begin (report, wanted, message);
    return status == RG_OK ? rg_problem_read (problem, given, message) : status;
}

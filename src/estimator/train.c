/* train.c -- training without a way back, and with one that only checks; see retrograde/estimator.h. */
#include "dense/blas.h"
#include "estimator/estimator.h"
#include "estimator/report.h"

static rg_status
train (const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    rg_run *run;
    rg_blas_enter ();
    rg_status status = rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK) {
        status = rg_problem_forward (problem, run, NULL, NULL, report, message);
        if (status == RG_OK)
            status = rg_problem_outer (problem, run, NULL, NULL, report, message);
        if (status == RG_OK && w_T != NULL)
            rg_run_weights (run, w_T);
        rg_run_free (run);
    }
    rg_blas_leave ();
    return status;
}

rg_status
rg_train (const rg_problem *given, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    rg_problem problem;
    rg_report found;
    rg_status status = rg_given_read (&problem, given, &found, report, message);
    if (status == RG_OK)
        status = train (&problem, iteration, w_T, &found, message);
    rg_report_give (report, &found);
    return status;
}

static rg_status
retrace (const rg_problem *problem, const rg_estimator_options *told, uint64_t iteration, rg_report *report, rg_message *message)
{
    rg_run *run = NULL;
    void *trajectory = NULL;
    const rg_policy *policy = &rg_policy_reversible;
    rg_how how;
    rg_status status = rg_how_read (&how, NULL, told, message);
    if (told == NULL)
        how.options.check_interval = 1;
    how.options.policy = policy;
    if (status == RG_OK && problem->run.arithmetic != RG_EXACT)
        status = rg_fail (message, RG_EUNSUPPORTED, "floating arithmetic cannot be run backwards; exact arithmetic can");
    if (status == RG_OK)
        status = rg_problem_check_policy (problem, policy, message);
    if (status == RG_OK)
        status = rg_problem_fit (problem, NULL, &how, message);
    if (status != RG_OK)
        return status;
    const rg_trajectory_options options = rg_problem_trajectory (problem, &how.options);
    rg_blas_enter ();
    status = rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK)
        status = policy->create (&trajectory, run, &options);
    if (status == RG_OK)
        status = rg_problem_forward (problem, run, policy, trajectory, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, NULL, NULL, report, message);
    const double start = rg_problem_clock ();
    if (status == RG_OK)
        rg_problem_account (policy, trajectory, run, report);
    for (uint64_t t = options.steps; status == RG_OK && t-- > 0;) {
        status = rg_problem_look_up (problem, run, message);
        if (status == RG_OK)
            status = policy->rewind (trajectory, run, t, message);
    }
    if (status == RG_OK)
        status = policy->certify (trajectory, run, message);
    report->backward_seconds = rg_problem_clock () - start;
    report->certified = status == RG_OK;
    if (trajectory != NULL)
        policy->free (trajectory);
    rg_run_free (run);
    rg_blas_leave ();
    return status;
}

rg_status
rg_retrace (const rg_problem *given, const rg_estimator_options *options, uint64_t iteration, rg_report *report,
            rg_message *message)
{
    rg_problem problem;
    rg_report found;
    rg_status status = rg_given_read (&problem, given, &found, report, message);
    if (status == RG_OK)
        status = retrace (&problem, options, iteration, &found, message);
    rg_report_give (report, &found);
    return status;
}

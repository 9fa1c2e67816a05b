/* estimation.c -- an estimator at work on one problem; see retrograde/estimator.h. */
#include "estimator/estimation.h"

#include <math.h>

#include "base/memory.h"
#include "dense/blas.h"
#include "estimator/report.h"

/* Refuse a problem or an estimator that is missing, and settings that are not as expected. */
static rg_status
read (rg_estimation *e, const rg_problem *problem, const rg_estimator_options *options, rg_message *message)
{
    const rg_status status = rg_problem_read (&e->problem, problem, message);
    e->alone = e->problem.run.alone;
    if (status == RG_OK && e->row == NULL)
        return rg_fail (message, RG_EINPUT, "the estimator is NULL");
    return status == RG_OK ? rg_how_read (&e->how, e->row, options, message) : status;
}

/* Refuse what does not go together, and settle what the options leave open. */
static rg_status
check (rg_estimation *e, rg_message *message)
{
    rg_status status = RG_OK;
    if (e->problem.run.steps > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a hypergradient is of as many steps as the hyperparameters have: run.steps is "
                        "for training alone");
    const int goes_back = rg_estimator_needs_policy (e->row, &e->problem);
    if (goes_back && e->how.options.policy == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s needs a trajectory", e->row->name);
    if (goes_back)
        status = rg_problem_check_policy (&e->problem, e->how.options.policy, message);
    if (status == RG_OK)
        status = rg_problem_reach (&e->problem, e->row, &e->how, message);
    if (status == RG_OK && goes_back)
        status = rg_problem_fit (&e->problem, e->row, &e->how, message);
    return status == RG_OK && goes_back ? rg_problem_note_scarce (&e->problem, e->row, &e->how, message) : status;
}

rg_status
rg_estimation_new (rg_estimation **out, const rg_problem *problem, const rg_estimator *estimator,
                   const rg_estimator_options *options, rg_message *message)
{
    *out = NULL;
    rg_estimation *e = rg_calloc (1, sizeof *e);
    if (e == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for an estimator");
    e->row = estimator;
    rg_status status = read (e, problem, options, message);
    if (status == RG_OK)
        status = check (e, message);
    if (status == RG_OK) {
        e->problem.run.alone |= !estimator->spreads;
        if (estimator->create != NULL)
            status = estimator->create (&e->state, &e->problem, &e->how, message);
    }
    if (status != RG_OK) {
        rg_how_clear (&e->how);
        rg_free (e);
        return status;
    }
    *out = e;
    return RG_OK;
}

rg_status
rg_estimation_wrap (rg_estimation **out, const rg_estimator *row, const rg_problem *problem, void *state, rg_message *message)
{
    *out = rg_calloc (1, sizeof **out);
    if (*out == NULL) {
        row->free (state);
        return rg_fail (message, RG_ENOMEM, "out of memory for an estimator");
    }
    **out = (rg_estimation) { .row = row, .problem = *problem, .state = state, .alone = problem->run.alone };
    return RG_OK;
}

void
rg_estimation_free (rg_estimation *e)
{
    if (e == NULL)
        return;
    if (e->row->free != NULL)
        e->row->free (e->state);
    rg_how_clear (&e->how);
    rg_free (e);
}

rg_status
rg_estimation_advance (rg_estimation *e, uint64_t iteration, double *gradient, rg_report *report, rg_message *message)
{
    rg_report found;
    rg_status status = rg_report_begin (&found, report, message);
    if (status != RG_OK)
        return status;
    rg_blas_enter ();
    status = e->row->advance (e->state, &e->problem, &e->how, iteration, gradient, &found, message);
    rg_blas_leave ();
    rg_report_give (report, &found);
    for (size_t i = 0; status == RG_OK && i < rg_hyper_size (e->problem.hyper); i++)
        if (!isfinite (gradient[i]))
            status = rg_fail (message, RG_ENONFINITE, "the hypergradient is not finite");
    return status;
}

rg_status
rg_estimation_outcome (rg_estimation *e, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    rg_problem own = e->problem;
    own.run.alone = e->alone;
    own.last_weights = NULL;
    rg_report found;
    rg_status status = rg_report_begin (&found, report, message);
    if (status != RG_OK)
        return status;
    status = e->row->outcome != NULL ? e->row->outcome (e->state, &own, iteration, w_T, &found, message)
                                     : rg_train (&own, iteration, w_T, &found, message);
    rg_report_give (report, &found);
    return status;
}

uint64_t
rg_estimation_lasts (const rg_estimation *e)
{
    return e->row->lasts == NULL ? 0 : e->row->lasts (&e->problem, &e->how);
}

size_t
rg_estimation_bytes (const rg_estimation *e)
{
    return e->row->bytes == NULL ? 0 : e->row->bytes (e->state);
}

void
rg_estimation_save (const rg_estimation *e, void *block)
{
    if (e->row->save != NULL)
        e->row->save (e->state, block);
}

rg_status
rg_estimation_load (rg_estimation *e, const void *block, size_t bytes)
{
    return e->row->load != NULL ? e->row->load (e->state, block, bytes) : bytes == 0 ? RG_OK : RG_EINPUT;
}

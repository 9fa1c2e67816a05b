/* outer_loss.c -- objectives at the weights that a training run has come to; see estimator.h. */
#include "base/memory.h"
#include "dense/blas.h"
#include "dense/dense.h"
#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "estimator/report.h"

/* An objective at the weights [real] that a meta-iteration has come to. */
static rg_status
total (const rg_problem *problem, rg_objective *objective, uint64_t iteration, const void *w, double *dw, double *dlambda,
       rg_report *report, rg_message *message)
{
    const double *lambda = rg_lambda_borrow (problem->hyper);
    double *room = lambda != NULL ? NULL : rg_malloc (rg_lambda_size (problem->hyper), sizeof *room);
    if (lambda == NULL && room == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the outer loss");
    if (lambda == NULL) {
        rg_lambda_collect (problem->hyper, room);
        lambda = room;
    }
    rg_evaluation found;
    const rg_instant at = { .iteration = iteration, .member = problem->member };
    const rg_status status = rg_objective_total (objective, problem->run.team, at, w, lambda,
                                                 &found, dw, objective->lambdas > 0 ? dlambda : NULL, message);
    rg_free (room);
    report->validation_loss = found.loss;
    report->wrong = found.wrong;
    report->examples = found.examples;
    return status;
}

rg_status
rg_problem_outer (const rg_problem *problem, const rg_run *run, double *dw, double *dlambda, rg_report *report,
                  rg_message *message)
{
    const double start = rg_problem_clock ();
    if (problem->last_weights != NULL)
        rg_run_weights (run, problem->last_weights);
    rg_status status = total (problem, problem->outer, run->iteration, run->w_real, dw, dlambda, report, message);
    report->outer_loss = report->validation_loss + rg_problem_penalty (problem);
    if (status == RG_OK && problem->validation != NULL)
        status = total (problem, problem->validation, run->iteration, run->w_real, NULL, NULL, report, message);
    report->outer_seconds += rg_problem_clock () - start;
    return status;
}

static rg_status
evaluate (const rg_problem *problem, rg_objective *objective, uint64_t iteration, const double *w, rg_report *report,
          rg_message *message)
{
    rg_status status = rg_problem_check_sizes (problem, objective, "objective to be evaluated", message);
    if (status != RG_OK)
        return status;
    const rg_dense *dense = rg_dense_get (objective->precision);
    void *real = rg_malloc (objective->weights, dense->size);
    if (real == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the weights");
    dense->convert (objective->weights, w, real);
    rg_blas_enter ();
    status = total (problem, objective, iteration, real, NULL, NULL, report, message);
    rg_blas_leave ();
    rg_free (real);
    return status;
}

rg_status
rg_evaluate (const rg_problem *given, rg_objective *objective, uint64_t iteration, const double *w, rg_report *report,
             rg_message *message)
{
    rg_problem problem;
    rg_report found;
    rg_status status = rg_given_read (&problem, given, &found, report, message);
    if (status == RG_OK)
        status = evaluate (&problem, objective, iteration, w, &found, message);
    rg_report_give (report, &found);
    return status;
}

/*
 * first_order.c -- hypergradients that leave second derivatives out (Finn, Abbeel, Levine 2017, first-order MAML, in general):
 * the gradients of the training run are taken as constants, which depend neither on the weights nor on lambda.
 *
 * What acts through the rule is then exact but for that: rates, decays, the initial weights. Of the initial weights alone,
 * where the rule is of the table and does not decay them, w_T is w_0 plus constants: dE/dw_0 = dE/dw_T, and there is no way back. What reaches
 * the run through its gradients only has no derivative here, and is refused.
 * Known value: gradient descent on J = h w^2 / 2 from w_0, E = w^2 / 2: dE/dw_0 = w_T, dE/drate = -w_T sum h w_t.
 */
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "hyper/role.h"

/* Whether anything but the initial weights, and the outer loss itself, is to be differentiated, or the rule decays weights (or may). */
static int
goes_back (const rg_problem *problem)
{
    int back = problem->dynamics->weight_decay != 0 || problem->dynamics->own != NULL;
    for (size_t i = 0; i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        back |= !b.fixed && (rg_problem_uses (problem, &b) & RG_OF_DYNAMICS) != 0;
    }
    return back;
}

static rg_status
refuse (const char *name, rg_message *message)
{
    return rg_fail (message, RG_EUNSUPPORTED, "%s cannot differentiate `%s`: %s", rg_estimator_first_order.name, name,
                    rg_estimator_first_order.why_not);
}

/* A block of lambda that the outer loss was found not to depend on reaches the run through gradients only. */
static rg_status
check_direct (const rg_problem *problem, const double *dlambda, rg_message *message)
{
    for (size_t i = 0; i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        if (!rg_lambda_has (problem->hyper, b.role))
            continue;
        int seen = b.fixed || (rg_lambda_uses (problem->hyper, b.role) & RG_OF_INITIAL) != 0; /* the weights are seen as the start */
        for (size_t k = 0; k < b.slice; k++)
            seen |= dlambda[k] != 0;
        if (!seen)
            return refuse (b.name, message);
        dlambda += b.slice;
    }
    return RG_OK;
}

/* What is made once: a way back, or a run without one. */
typedef struct {
    void *back;           /* of rg_reverse_create; NULL: there is no way back, and */
    rg_run *run;
    double *dw, *dlambda; /* [weights], [lambdas] */
} state;

static void
first_order_free (void *self)
{
    state *s = self;
    if (s->back != NULL)
        rg_reverse_free (s->back);
    rg_run_free (s->run);
    rg_free (s->dw);
    rg_free (s->dlambda);
    rg_free (s);
}

static rg_status
make_short (state *s, const rg_problem *problem, rg_message *message)
{
    const rg_status status = rg_problem_run (&s->run, problem, message);
    if (status != RG_OK)
        return status;
    s->dw = rg_malloc (s->run->weights, sizeof *s->dw);
    s->dlambda = rg_malloc (rg_lambda_size (problem->hyper), sizeof *s->dlambda);
    return s->dw != NULL && s->dlambda != NULL ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for the outer gradient");
}

static rg_status
first_order_create (void **self, const rg_problem *problem, const rg_how *how, rg_message *message)
{
    *self = NULL;
    state *s = rg_calloc (1, sizeof *s);
    if (s == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for an estimator");
    const rg_status status = goes_back (problem) ? rg_reverse_create (&s->back, problem, how, message)
                                                          : make_short (s, problem, message);
    if (status != RG_OK) {
        first_order_free (s);
        return status;
    }
    *self = s;
    return RG_OK;
}

/* Without a way back: dE/dw_0 is dE/dw_T. */
static rg_status
go_short (state *s, const rg_problem *problem, uint64_t iteration, double *gradient, rg_report *report, rg_message *message)
{
    memset (gradient, 0, rg_hyper_size (problem->hyper) * sizeof *gradient);
    memset (s->dlambda, 0, rg_lambda_size (problem->hyper) * sizeof *s->dlambda);
    rg_status status = rg_problem_restart (problem, s->run, iteration, s->dw, message);
    if (status == RG_OK)
        status = rg_problem_forward (problem, s->run, NULL, NULL, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, s->run, s->dw, s->dlambda, report, message);
    if (status == RG_OK)
        status = check_direct (problem, s->dlambda, message);
    if (status != RG_OK)
        return status;
    rg_initial_adjoint (&problem->initial, problem->hyper, iteration, s->dw, gradient);
    rg_lambda_scatter (problem->hyper, s->dlambda, gradient);
    rg_problem_chain (problem, gradient);
    return RG_OK;
}

static rg_status
first_order (void *self, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
             rg_message *message)
{
    state *s = self;
    const rg_way_back way = { .first_order = 1, .check_direct = check_direct };
    return s->back == NULL ? go_short (s, problem, iteration, gradient, report, message)
                           : rg_reverse (s->back, problem, how, &way, iteration, gradient, report, message);
}

static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    if (goes_back (problem)) /* an upper bound of the time: the adjoint that was measured has products */
        return rg_forecast_back_to (problem, &how->options, 0, measured, out, message);
    if (measured != NULL)
        out->seconds = (double) rg_hyper_steps (problem->hyper) * measured->step + measured->outer;
    return RG_OK;
}

const rg_estimator rg_estimator_first_order = {
    .name = "first-order",
    .summary = "adjoint without second derivatives: gradients of the training run are taken as constants",
    .spreads = 1,
    .reaches = RG_OF_DYNAMICS | RG_OF_INITIAL | RG_OF_OUTER,
    .why_not = "it acts through the gradients of the training run, which first order takes as constants; reverse can",
    .needs_policy = goes_back,
    .create = first_order_create,
    .free = first_order_free,
    .advance = first_order,
    .forecast = forecast,
};

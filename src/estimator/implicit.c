/*
 * implicit.c -- the hypergradient at a minimum of the inner objective, by the implicit function theorem (Bengio 2000;
 * Pedregosa 2016; Lorraine, Vicol, Duvenaud 2020), damped as by Russell, Toso, Campbell 2019:
 *
 *   dE/dlambda = dE/dlambda|direct - q' d2J/(dw dlambda),   (H + damping I) q = dE/dw,   all at w_T
 *
 * Training runs as everywhere; then J is taken, not rounded, over problem->whole: over examples of its own. Without that it is
 * the inner objective over the last step's batch, which is another J where training goes by batches. With k damped steps, q is the k-th of (H + damping I) q+ = dE/dw + damping q,
 * from 0: the derivative of k steps of damped Newton, which tends to the undamped one.
 * Known value: ridge regression of tests/check_implicit.c, dE/dlambda = -0.10787512260254938 at lambda = .1.
 */
#include "estimator/implicit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/lambda.h"
#include "hyper/role.h"

static double
norm_of (size_t count, const double *x)
{
    return sqrt (rg_system_dot (count, x, x));
}

static rg_status
check (const rg_problem *problem, const rg_how *how, rg_message *message)
{
    (void) how;
    if (problem->dynamics->weight_decay != 0)
        return rg_fail (message, RG_EUNSUPPORTED, "implicit: %s with its weight decay does not end at a minimum of the inner "
                        "loss; adam with l2 does", problem->dynamics->name);
    const rg_objective *j = problem->whole != NULL ? problem->whole : problem->inner;
    if (j->varies != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "implicit: the inner loss has no minimum: %s", j->varies);
    return RG_OK;
}

/* Vectors of the whole computation. */
typedef struct {
    double *g, *v, *right, *q, *product; /* [weights] */
    double *dlambda;                     /* [lambdas] */
} vectors;

static rg_status
vectors_init (vectors *x, const rg_run *run)
{
    double **const all[] = { &x->g, &x->v, &x->right, &x->q, &x->product };
    int complete = (x->dlambda = rg_calloc (rg_lambda_size (run->hyper), sizeof (double))) != NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        complete &= (*all[i] = rg_calloc (run->weights, sizeof (double))) != NULL;
    return complete ? RG_OK : RG_ENOMEM;
}

static void
vectors_clear (vectors *x)
{
    double *const all[] = { x->g, x->v, x->right, x->q, x->product, x->dlambda };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rg_free (all[i]);
}

typedef rg_status rg_solver (const rg_system *system, double *q);

/* The damped steps; the last product gives the mixed derivative and the true residual at once. */
static rg_status
solve (rg_system *system, rg_solver *solver, vectors *x)
{
    const size_t n = system->size, lambdas = system->run->inner->lambdas;
    const size_t steps = system->settings->damped_steps > 1 && system->settings->damping > 0
        ? system->settings->damped_steps : 1;
    rg_status status = RG_OK;
    if (norm_of (n, x->v) == 0)
        return RG_OK; /* the outer loss does not see the weights: q = 0 */
    for (size_t k = 0; status == RG_OK && k < steps; k++) {
        for (size_t i = 0; i < n; i++)
            x->right[i] = x->v[i] + system->settings->damping * x->q[i];
        system->norm = norm_of (n, x->right);
        status = solver (system, x->q);
    }
    for (size_t i = 0; i < n; i++)
        x->q[i] = -x->q[i];
    if (status == RG_OK)
        status = rg_system_product (system, x->q, x->product, lambdas > 0 ? x->dlambda : NULL);
    for (size_t i = 0; i < n; i++)
        x->product[i] += x->right[i];
    system->found->residual = norm_of (n, x->product) / system->norm;
    return status;
}

/* What the numbers mean, in sentences. */
static void
judge (const rg_system *system, const rg_report *report)
{
    const rg_solve *found = system->found;
    const rg_log *log = &system->problem->log;
    if (found->sought && found->residual > 10 * system->tolerance)
        rg_note (log, "%s: the residual ended at %.3g of the right-hand side after %zu iterations, above %.3g: more "
                 "estimator.terms or estimator.damping bring it down", system->name, found->residual, found->iterations,
                 system->tolerance);
    else if (found->residual > 1)
        rg_note (log, "%s: the residual grew to %.3g of the right-hand side in %zu iterations: the Hessian at w_T is not "
                 "positive definite; estimator.damping makes it so", system->name, found->residual, found->iterations);
    if (system->run->iteration == 0 && found->stationarity > RG_STATIONARY * found->stationarity_start
        && fabs (found->outer_change) > 1e-6 * fabs (report->outer_loss))
        rg_note (log, "%s: the inner problem is not near its minimum: its gradient's norm is %.3g, at the start %.3g; "
                 "to first order the minimum would change the outer loss by %.3g. The implicit hypergradient is that of "
                 "a minimum: more inner.steps bring it nearer", system->name, found->stationarity,
                 found->stationarity_start, found->outer_change);
}

/* The run at whose weights J is taken: the training run itself, or one of problem->whole, which never steps. */
static rg_status
make_point (rg_run **out, const rg_problem *problem, rg_run *run, rg_message *message)
{
    *out = run;
    if (problem->whole == NULL)
        return RG_OK;
    rg_run_options options = problem->run;
    options.arithmetic = RG_FLOATING;
    const rg_status status = rg_problem_check_objective (problem, problem->whole, "whole objective", message);
    return status != RG_OK ? status
                           : rg_run_new (out, problem->dynamics, problem->whole, problem->hyper, &options, message);
}

/* J's gradient at the weights that the training run has come to; linearisations are kept. */
static rg_status
gradient_here (rg_run *point, rg_run *run, double *w, double *g, rg_message *message)
{
    rg_status status = RG_OK;
    if (point != run) {
        rg_run_weights (run, w);
        status = rg_run_start (point, w, run->iteration, message);
    }
    return status == RG_OK ? rg_run_plain_gradient (point, rg_hyper_steps (run->hyper) - 1, g, message) : status;
}

/* Train, and differentiate at the end. */
static rg_status
solve_at_end (const rg_system *told, rg_run *run, rg_solver *solver, vectors *x, double *gradient, rg_report *report)
{
    rg_system system = *told;
    const rg_problem *problem = system.problem;
    rg_message *message = system.message;
    rg_solve *found = system.found;
    rg_status status = gradient_here (system.run, run, x->product, x->g, message);
    found->stationarity_start = norm_of (run->weights, x->g);
    if (status == RG_OK)
        status = rg_problem_forward (problem, run, NULL, NULL, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, x->v, x->dlambda, report, message);
    if (status == RG_OK)
        status = gradient_here (system.run, run, x->product, x->g, message);
    if (status != RG_OK)
        return status;
    const double start = rg_problem_clock ();
    found->stationarity = norm_of (run->weights, x->g);
    status = solve (&system, solver, x);
    report->backward_seconds = rg_problem_clock () - start;
    if (status != RG_OK)
        return status;
    found->outer_change = rg_system_dot (run->weights, x->q, x->g); /* q holds -q now */
    judge (&system, report);
    rg_lambda_scatter (problem->hyper, x->dlambda, gradient);
    rg_problem_chain (problem, gradient);
    return RG_OK;
}

static rg_status
implicit (const rg_problem *problem, const rg_implicit_settings *settings, const char *name, rg_solver *solver, int seeks,
          uint64_t iteration, double *gradient, rg_report *report, rg_message *message)
{
    rg_run *run = NULL, *point = NULL;
    vectors x = { 0 };
    memset (gradient, 0, rg_hyper_size (problem->hyper) * sizeof *gradient);
    rg_status status = rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK)
        status = make_point (&point, problem, run, message);
    if (status == RG_OK && vectors_init (&x, run) != RG_OK)
        status = rg_fail (message, RG_ENOMEM, "out of memory for %s", name);
    if (status == RG_OK) {
        const double usual = run->inner->precision == RG_SINGLE ? 1e-5 : 1e-10;
        report->solve.sought = seeks;
        status = solve_at_end (&(rg_system) { problem, settings, point, run->weights, x.right, 0,
                                              settings->tolerance == 0 ? usual : settings->tolerance, name, &report->solve, message },
                               run, solver, &x, gradient, report);
    }
    vectors_clear (&x);
    if (point != run)
        rg_run_free (point);
    rg_run_free (run);
    return status;
}

static const rg_range between = { 0, 1, 1, 1 };

#define TERMS(says) { "terms", RG_OPTION_WHOLE, RG_FIELD (rg_implicit_settings, terms), RG_COUNT, NULL, says }
#define TOLERANCE                                                                                                  \
    { "tolerance", RG_OPTION_REAL, RG_FIELD (rg_implicit_settings, tolerance), &between, NULL,                    \
      "relative residual to stop at; default: 1e-10, in single precision 1e-5" }
#define RATE                                                                                                       \
    { "rate", RG_OPTION_REAL, RG_FIELD (rg_implicit_settings, rate), RG_POSITIVE, NULL,                           \
      "step of the sum or iteration; default: that of training, or 1 / lambda_max where weights differ" }
#define DAMPING                                                                                                    \
    { "damping", RG_OPTION_REAL, RG_FIELD (rg_implicit_settings, damping), RG_NOT_NEGATIVE, "0",                  \
      "added to the Hessian's diagonal" },                                                                        \
    { "damped_steps", RG_OPTION_WHOLE, RG_FIELD (rg_implicit_settings, damped_steps), RG_COUNT, "1",              \
      "damped Newton steps that are differentiated" }

static const rg_option options_cg[] = { TERMS ("most iterations; default: 1000"), TOLERANCE, DAMPING, { 0 } };
static const rg_option options_neumann[] = { TERMS ("terms of the series; default: 20"), RATE, DAMPING, { 0 } };
static const rg_option options_fixed_point[] = { TERMS ("most iterations; default: 10000"), TOLERANCE, RATE, DAMPING, { 0 } };
static const rg_option options_dense[] = { DAMPING, { 0 } };

/* The same with each solver; the last argument is whether it goes on until the tolerance is met. */
#define IMPLICIT(suffix, dashed, seeks, says)                                                                     \
    static rg_status implicit_##suffix (void *none, const rg_problem *p, const rg_how *how, uint64_t iteration,   \
                                        double *gradient, rg_report *report, rg_message *message)                 \
    {                                                                                                             \
        (void) none;                                                                                              \
        return implicit (p, how->settings.values, "implicit:" dashed, rg_solve_##suffix, seeks, iteration,        \
                         gradient, report, message);                                                              \
    }                                                                                                             \
    const rg_estimator rg_estimator_implicit_##suffix = {                                                         \
        .name = "implicit:" dashed,                                                                               \
        .summary = says,                                                                                          \
        .options = options_##suffix,                                                                              \
        .settings_bytes = sizeof (rg_implicit_settings),                                                          \
        .reaches = RG_OF_OBJECTIVE | RG_OF_OUTER,                                                                 \
        .over_whole = 1,                                                                                          \
        .why_not = "the minimiser does not depend on it; reverse and differences can",                            \
        .check = check,                                                                                           \
        .advance = implicit_##suffix,                                                                             \
    }

IMPLICIT (cg, "cg", 1, "at a minimum, by conjugate gradients");
IMPLICIT (neumann, "neumann", 0, "at a minimum, by terms of the Neumann series");
IMPLICIT (fixed_point, "fixed-point", 1, "at a minimum, by fixed-point iteration");
IMPLICIT (dense, "dense", 0, "at a minimum, by a Cholesky factor of the whole Hessian");

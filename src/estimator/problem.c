/* problem.c -- the way out, and the outer loss at its end; see estimator.h. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "dense/blas.h"
#include "dense/dense.h"
#include "dynamics/initial.h"
#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "hyper/transform.h"

double
rg_problem_clock (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

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

/* Weights and hyperparameters of an objective that is evaluated at w_T, against the problem's. */
static rg_status
check_sizes (const rg_problem *problem, const rg_objective *objective, const char *which, rg_message *message)
{
    const size_t lambdas = rg_lambda_size (problem->hyper);
    if (objective->weights != problem->inner->weights)
        return rg_fail (message, RG_ESHAPE, "the %s has %zu weights, the inner one %zu", which, objective->weights,
                        problem->inner->weights);
    if (objective->lambdas != 0 && objective->lambdas != lambdas)
        return rg_fail (message, RG_ESHAPE, "the %s takes %zu hyperparameters, the blocks have %zu", which,
                        objective->lambdas, lambdas);
    return RG_OK;
}

rg_status
rg_problem_check_objective (const rg_problem *problem, const rg_objective *objective, const char *which,
                            rg_message *message)
{
    if (objective->precision != problem->inner->precision)
        return rg_fail (message, RG_ESHAPE, "the %s and the inner one differ in precision", which);
    return check_sizes (problem, objective, which, message);
}

rg_status
rg_problem_check (const rg_problem *problem, rg_message *message)
{
    rg_status status = rg_problem_complete (problem, message);
    if (status == RG_OK)
        status = rg_problem_check_objective (problem, problem->outer, "outer objective", message);
    if (status == RG_OK && problem->validation != NULL)
        status = rg_problem_check_objective (problem, problem->validation, "validation objective", message);
    if (status != RG_OK)
        return status;
    const size_t lambdas = rg_lambda_size (problem->hyper);
    rg_block weights, scale;
    if (!(problem->penalty >= 0 && isfinite (problem->penalty)))
        return rg_fail (message, RG_ERANGE, "outer.penalty: expected a number >= 0, got %g", problem->penalty);
    const int has_weights = rg_hyper_find (problem->hyper, RG_WEIGHTS, &weights);
    const int has_scale = rg_hyper_find (problem->hyper, RG_WEIGHT_SCALE, &scale);
    if (has_scale && (has_weights || problem->initial.values != NULL))
        return rg_fail (message, RG_EUNSUPPORTED,
                        "weight_scale cannot be a hyperparameter where the initial weights are given");
    if (has_weights && !weights.fixed && problem->initial.fresh)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "weights cannot be a hyperparameter where each meta-iteration draws fresh ones");
    if (lambdas > 0 && problem->inner->lambdas == 0 && problem->outer->lambdas == 0)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "there are hyperparameters of the objectives, but neither objective takes any");
    return RG_OK;
}

/* Say which decay of a moment is resolved badly, if any. */
static int
warn_of_coarse (const rg_problem *problem, const rg_run *run, int moment)
{
    const rg_block *decay = &run->coefficient[run->dynamics->moment[moment].decay];
    const double quantum = ldexp (1, -run->ratio_bits[moment]);
    const size_t steps = decay->per_step ? rg_hyper_steps (problem->hyper) : 1;
    for (size_t i = 0; i < steps * decay->slice; i++) {
        const double value = rg_block_values (decay, i / decay->slice)[i % decay->slice];
        if (value < 1 && quantum > .01 * (1 - value)) {
            rg_note (&problem->log,
                     "%s: value %zu is applied as %.9g; the quantum 2^-%d is above 1 %% of its distance to 1: "
                     "larger ratio_bits resolve it better", decay->name, i, value, run->ratio_bits[moment]);
            return 1;
        }
    }
    return 0;
}

static void
warn_of_coarse_decays (const rg_problem *problem, const rg_run *run)
{
    int said = run->options.arithmetic != RG_EXACT || run->options.ratio.d != 0;
    for (int m = 0; !said && m < run->dynamics->moments; m++)
        said = warn_of_coarse (problem, run, m);
}

rg_status
rg_problem_start (rg_run **out, const rg_problem *problem, uint64_t iteration, rg_message *message)
{
    *out = NULL;
    rg_run *run;
    rg_status status = rg_problem_check (problem, message);
    if (status == RG_OK)
        status = rg_run_new (&run, problem->dynamics, problem->inner, problem->hyper, &problem->run, message);
    if (status != RG_OK)
        return status;
    double *w0 = rg_malloc (run->weights, sizeof *w0);
    if (w0 == NULL)
        status = rg_fail (message, RG_ENOMEM, "out of memory for the initial weights");
    else {
        rg_initial_weights (&problem->initial, problem->hyper, iteration, w0);
        status = rg_run_start (run, w0, iteration, message);
    }
    rg_free (w0);
    if (status == RG_OK && iteration == 0 && !problem->run.alone && problem->inner->shards == 1
        && rg_ranks_count (rg_team_ranks (problem->run.team)) > 1)
        rg_note (&problem->log, "the batch is one shard: every rank does the whole run; a smaller inner.shard spreads it");
    if (status == RG_OK && iteration == 0)
        warn_of_coarse_decays (problem, run);
    if (status != RG_OK) {
        rg_run_free (run);
        return status;
    }
    *out = run;
    return RG_OK;
}

rg_trajectory_options
rg_problem_trajectory (const rg_problem *problem, const rg_estimator_options *options)
{
    return (rg_trajectory_options) { .steps = rg_hyper_steps (problem->hyper), .interval = options->check_interval,
                                     .slots = options->slots, .memory_slots = options->memory_slots,
                                     .memory = options->memory,
                                     .words = options->keeper == NULL || options->keeper->off ? NULL : options->keeper->words,
                                     .directory = options->policy == &rg_policy_reversible ? options->spill_directory
                                                                                           : options->slot_directory,
                                     .interrupted = problem->interrupted, .user = problem->user };
}

void
rg_problem_account (const rg_policy *policy, const void *trajectory, const rg_run *run, rg_report *report)
{
    const size_t bytes = policy->bytes (trajectory, run);
    if (bytes > report->trajectory_bytes)
        report->trajectory_bytes = bytes;
    report->disk_bytes = policy->disk_bytes == NULL ? 0 : policy->disk_bytes (trajectory);
    report->recomputed_steps = policy->recomputed == NULL ? 0 : policy->recomputed (trajectory);
}

static rg_status
check_interrupt (const rg_problem *problem, const rg_run *run, rg_message *message)
{
    if (!rg_run_agree_to_stop (run, problem->interrupted != NULL && problem->interrupted (problem->user) != 0))
        return RG_OK;
    return rg_fail (message, RG_EINTERRUPTED, "meta-iteration %llu, step %llu: interrupted",
                    (unsigned long long) run->iteration, (unsigned long long) run->step);
}

/* What is called on the way out: before each step's record, and at each gradient. */
typedef struct {
    rg_visit *pause, *visit;
    void *pauser, *visitor;
} calls;

static rg_status
go_out (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory, const calls *c,
        rg_report *report, rg_message *message)
{
    const double start = rg_problem_clock ();
    const uint64_t steps = rg_hyper_steps (problem->hyper);
    const int varies = rg_run_limit_varies (run);
    const double each = varies ? 0 : rg_run_limit_bits (run, 0);
    double limit = 0;
    for (uint64_t t = 0; t < run->step; t++)
        limit += varies ? rg_run_limit_bits (run, t) : each;
    for (uint64_t t = run->step; t < steps; t++) {
        rg_status status = c->pause != NULL ? c->pause (c->pauser, run, message) : check_interrupt (problem, run, message);
        if (status == RG_OK && policy != NULL)
            status = policy->record (trajectory, run, message);
        if (status == RG_OK)
            status = rg_run_gradient (run, t + 1 == steps, message);
        if (status == RG_OK && c->visit != NULL)
            status = c->visit (c->visitor, run, message);
        if (status == RG_OK)
            status = rg_run_advance (run, message);
        if (status != RG_OK)
            return status;
        limit += varies ? rg_run_limit_bits (run, t) : each;
    }
    const double weight_steps = (double) run->weights * (double) steps;
    const size_t real = rg_precision_size (run->inner->precision);
    report->inner_loss = run->inner_loss;
    report->bits = rg_run_buffer_bits (run) / weight_steps;
    report->bits_limit = limit / weight_steps;
    report->buffer_bytes = rg_run_buffer_bytes (run);
    report->stored_bytes = steps * run->weights * real * (size_t) (1 + run->dynamics->moments);
    report->forward_seconds += rg_problem_clock () - start;
    return RG_OK;
}

rg_status
rg_problem_forward (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                    rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { 0 }, report, message);
}

rg_status
rg_problem_forward_with (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                         rg_visit *visit, void *visitor, rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { .visit = visit, .visitor = visitor }, report, message);
}

rg_status
rg_problem_forward_paused (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                           rg_visit *pause, void *pauser, rg_report *report, rg_message *message)
{
    return go_out (problem, run, policy, trajectory, &(calls) { .pause = pause, .pauser = pauser }, report, message);
}

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
    const rg_status status = rg_objective_total (objective, problem->run.team, (rg_instant) { iteration, 0 }, w, lambda,
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

/* A reversible trajectory undoes steps. */
rg_status
rg_problem_check_policy (const rg_problem *problem, const rg_policy *policy, rg_message *message)
{
    const rg_status status = rg_problem_complete (problem, message);
    if (status != RG_OK)
        return status;
    if (policy->exact_only && problem->dynamics->irreversible != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s cannot be run backwards: %s; a stored or checkpointed trajectory "
                        "takes it", problem->dynamics->name, problem->dynamics->irreversible);
    if (policy->exact_only && problem->run.arithmetic != RG_EXACT)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "a %s trajectory needs exact arithmetic; a stored one takes floating arithmetic too",
                        policy->name);
    return RG_OK;
}

/* No silent zeros: a block to be tuned that the estimator cannot reach is refused. */
static rg_status
check_reach (const rg_problem *problem, const rg_estimator *estimator, rg_message *message)
{
    for (size_t i = 0; i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        if (!b.fixed && estimator->cannot_reach >> b.role & 1)
            return rg_fail (message, RG_EUNSUPPORTED, "%.*s cannot differentiate `%s`: %s",
                            (int) strcspn (estimator->name, ":"), estimator->name, b.name, estimator->why_not);
    }
    return RG_OK;
}

rg_status
rg_hypergradient (const rg_problem *problem, const rg_estimator *estimator, const rg_estimator_options *options,
                  uint64_t iteration, double *gradient, rg_report *report, rg_message *message)
{
    rg_report unwanted;
    if (report == NULL)
        report = &unwanted;
    *report = (rg_report) { 0 };
    rg_status status = rg_problem_complete (problem, message);
    if (status == RG_OK && estimator == NULL)
        status = rg_fail (message, RG_EINPUT, "the estimator is NULL");
    else if (status == RG_OK && estimator->needs_policy && options->policy == NULL)
        status = rg_fail (message, RG_EUNSUPPORTED, "%s needs a trajectory", estimator->name);
    if (status == RG_OK && estimator->needs_policy)
        status = rg_problem_check_policy (problem, options->policy, message);
    if (status == RG_OK)
        status = check_reach (problem, estimator, message);
    rg_estimator_options settled = *options;
    if (status == RG_OK && estimator->needs_policy)
        status = rg_problem_fit (problem, estimator, &settled, message);
    if (status != RG_OK)
        return status;
    const int threads = rg_blas_enter ();
    rg_problem own = *problem;
    own.run.alone |= !estimator->spreads;
    status = estimator->estimate (&own, &settled, iteration, gradient, report, message);
    rg_blas_leave (threads);
    for (size_t i = 0; status == RG_OK && i < rg_hyper_size (problem->hyper); i++)
        if (!isfinite (gradient[i]))
            status = rg_fail (message, RG_ENONFINITE, "the hypergradient is not finite");
    return status;
}

rg_status
rg_train (const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    *report = (rg_report) { 0 };
    rg_run *run;
    const int threads = rg_blas_enter ();
    rg_status status = rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK) {
        status = rg_problem_forward (problem, run, NULL, NULL, report, message);
        if (status == RG_OK)
            status = rg_problem_outer (problem, run, NULL, NULL, report, message);
        if (status == RG_OK && w_T != NULL)
            rg_run_weights (run, w_T);
        rg_run_free (run);
    }
    rg_blas_leave (threads);
    return status;
}

rg_status
rg_evaluate (const rg_problem *problem, rg_objective *objective, uint64_t iteration, const double *w, rg_report *report,
             rg_message *message)
{
    *report = (rg_report) { 0 };
    rg_status status = check_sizes (problem, objective, "objective to be evaluated", message);
    if (status != RG_OK)
        return status;
    const rg_dense *dense = rg_dense_get (objective->precision);
    void *real = rg_malloc (objective->weights, dense->size);
    if (real == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the weights");
    dense->convert (objective->weights, w, real);
    const int threads = rg_blas_enter ();
    status = total (problem, objective, iteration, real, NULL, NULL, report, message);
    rg_blas_leave (threads);
    rg_free (real);
    return status;
}

rg_status
rg_retrace (const rg_problem *problem, const rg_estimator_options *told, uint64_t iteration, rg_report *report,
            rg_message *message)
{
    *report = (rg_report) { 0 };
    rg_run *run = NULL;
    void *trajectory = NULL;
    const rg_policy *policy = &rg_policy_reversible;
    rg_estimator_options settled = told == NULL ? (rg_estimator_options) { .check_interval = 1 } : *told;
    settled.policy = policy;
    rg_status status = rg_problem_complete (problem, message);
    if (status == RG_OK && problem->run.arithmetic != RG_EXACT)
        status = rg_fail (message, RG_EUNSUPPORTED, "floating arithmetic cannot be run backwards; exact arithmetic can");
    if (status == RG_OK)
        status = rg_problem_check_policy (problem, policy, message);
    if (status == RG_OK)
        status = rg_problem_fit (problem, NULL, &settled, message);
    if (status != RG_OK)
        return status;
    const rg_trajectory_options options = rg_problem_trajectory (problem, &settled);
    const int threads = rg_blas_enter ();
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
        status = check_interrupt (problem, run, message);
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
    rg_blas_leave (threads);
    return status;
}

void
rg_hypergradient_natural (const rg_hyper *hyper, double *gradient)
{
    for (size_t k = 0; k < rg_hyper_blocks (hyper); k++) {
        const rg_block b = rg_hyper_block (hyper, k);
        const rg_transform_row *row = rg_transform_get ((int) b.transform);
        for (size_t i = 0; !b.fixed && i < b.size; i++) {
            const double free_value = rg_hyper_values (hyper)[b.first + i];
            const double slope = row->derivative (b.tied != NULL ? row->natural (free_value) : b.natural[i]);
            gradient[b.first + i] = slope == 0 ? 0 : gradient[b.first + i] / slope;
        }
    }
}

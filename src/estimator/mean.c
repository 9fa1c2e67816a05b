/*
 * mean.c -- the mean of several hypergradients, each of a training run of its own.
 *
 * Members are done in waves, one to each set of objectives, and added in their order, wave by wave: the bits of
 * the sum depend neither on the number of threads nor on the size of a wave. Ranks share each member instead, one after the other.
 */
#include <math.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "base/team.h"
#include "dense/blas.h"
#include "estimator/estimator.h"

/* One wave, for the pieces of a team. */
typedef struct {
    const rg_estimator *estimator;
    const rg_estimator_options *options;
    uint64_t first;      /* meta-iteration of the wave's first member */
    size_t size;         /* free numbers */
    rg_problem *problem; /* [sets] */
    double *gradient;    /* [sets x size] */
    rg_report *report;   /* [sets] */
} wave;

static rg_status
estimate (void *user, size_t k, size_t thread, rg_message *message)
{
    const wave *v = user;
    (void) thread;
    return rg_hypergradient (&v->problem[k], v->estimator, v->options, v->first + k, v->gradient + k * v->size,
                             &v->report[k], message);
}

/* Add what a member found to what the members before it did: losses and times are summed, the rest is the worst. */
static void
add_report (rg_report *sum, const rg_report *r)
{
    sum->inner_loss += r->inner_loss;
    sum->outer_loss += r->outer_loss;
    sum->validation_loss += r->validation_loss;
    sum->wrong += r->wrong;
    sum->examples += r->examples;
    sum->forward_seconds += r->forward_seconds;
    sum->outer_seconds += r->outer_seconds;
    sum->backward_seconds += r->backward_seconds;
    sum->recomputed_steps += r->recomputed_steps;
    sum->trajectory_bytes = r->trajectory_bytes > sum->trajectory_bytes ? r->trajectory_bytes : sum->trajectory_bytes;
    sum->disk_bytes = r->disk_bytes > sum->disk_bytes ? r->disk_bytes : sum->disk_bytes;
    sum->buffer_bytes = r->buffer_bytes > sum->buffer_bytes ? r->buffer_bytes : sum->buffer_bytes;
    sum->bits = fmax (sum->bits, r->bits);
    sum->adjoint_growth = fmax (sum->adjoint_growth, r->adjoint_growth);
    sum->usable_steps = fmin (sum->usable_steps, r->usable_steps);
    sum->certified = sum->certified && r->certified;
}

/* The problems of a wave; only the first member ever of a mean gives notes: the others would repeat them. */
static rg_status
prepare (wave *v, const rg_problem *problem, const rg_member *others, size_t sets, rg_message *message)
{
    for (size_t k = 0; k < sets; k++) {
        v->problem[k] = *problem;
        if (sets > 1)
            v->problem[k].run.team = NULL;
        if (k == 0)
            continue;
        const rg_member *own = &others[k - 1];
        if (rg_hyper_copy (&v->problem[k].hyper, problem->hyper) != RG_OK)
            return rg_fail (message, RG_ENOMEM, "out of memory for the mean of hypergradients");
        v->problem[k].inner = own->inner;
        v->problem[k].outer = own->outer;
        v->problem[k].validation = own->validation;
        v->problem[k].log = (rg_log) { 0 };
    }
    return RG_OK;
}

/* All waves; the sum is in gradient and report. */
static rg_status
sum_waves (wave *v, rg_team *team, size_t sets, uint64_t members, double *gradient, rg_report *report, rg_message *message)
{
    const uint64_t first = v->first;
    for (uint64_t done = 0; done < members; done += sets) {
        const size_t count = members - done < sets ? (size_t) (members - done) : sets;
        v->first = first + done;
        const rg_status status = rg_team_each (sets > 1 ? team : NULL, count, estimate, v, message);
        if (status != RG_OK)
            return status;
        for (size_t k = 0; k < count; k++) {
            for (size_t i = 0; i < v->size; i++)
                gradient[i] = (done + k == 0 ? 0 : gradient[i]) + v->gradient[k * v->size + i];
            if (done + k == 0)
                *report = v->report[0];
            else
                add_report (report, &v->report[k]);
        }
        v->problem[0].log = (rg_log) { 0 };
    }
    return RG_OK;
}

rg_status
rg_hypergradient_mean (const rg_problem *problem, uint64_t members, const rg_member *others, size_t count,
                       const rg_estimator *estimator, const rg_estimator_options *options, uint64_t iteration,
                       double *gradient, rg_report *report, rg_message *message)
{
    *report = (rg_report) { 0 };
    if (members == 0)
        return rg_fail (message, RG_ERANGE, "a mean needs at least one member");
    if (members == 1)
        return rg_hypergradient (problem, estimator, options, iteration, gradient, report, message);
    if (!problem->initial.fresh || problem->last_weights != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "a mean over initialisations needs fresh initial weights for each");
    rg_team *team = problem->run.team;
    const int beside = rg_team_threads (team) > 1 && rg_ranks_count (rg_team_ranks (team)) == 1;
    const size_t sets = beside ? 1 + (count < members - 1 ? count : (size_t) (members - 1)) : 1;
    rg_estimator_options own = *options;
    own.keeper = NULL; /* it follows one run at a time */
    wave v = { estimator, &own, iteration * members, rg_hyper_size (problem->hyper), NULL, NULL, NULL };
    v.problem = rg_calloc (sets, sizeof *v.problem);
    v.report = rg_calloc (sets, sizeof *v.report);
    v.gradient = v.size > SIZE_MAX / sets ? NULL : rg_malloc (sets * v.size, sizeof *v.gradient);
    rg_status status = v.problem == NULL || v.report == NULL || v.gradient == NULL
        ? rg_fail (message, RG_ENOMEM, "out of memory for the mean of hypergradients")
        : prepare (&v, problem, others, sets, message);
    const int threads = rg_blas_enter (); /* before any member does, so that none sets it back while others work */
    if (status == RG_OK)
        status = sum_waves (&v, team, sets, members, gradient, report, message);
    rg_blas_leave (threads);
    for (size_t i = 0; status == RG_OK && i < v.size; i++)
        gradient[i] /= (double) members;
    report->inner_loss /= (double) members;
    report->outer_loss /= (double) members;
    report->validation_loss /= (double) members;
    for (size_t k = 1; v.problem != NULL && k < sets; k++)
        rg_hyper_free (v.problem[k].hyper);
    rg_free (v.problem);
    rg_free (v.report);
    rg_free (v.gradient);
    return status;
}

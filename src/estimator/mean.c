/*
 * mean.c -- the mean of several hypergradients, each of a training run of its own.
 *
 * Members are done in waves, one to each set of objectives, and added in their order, wave by wave: the bits of
 * the sum depend neither on the number of threads nor on the size of a wave. Ranks share each member instead, one after the other.
 * A snapshot holds the sum over the first members.
 */
#include <math.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "base/team.h"
#include "dense/blas.h"
#include "estimator/estimator.h"
#include "estimator/keeping.h"

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

/* The sum so far. What must be the same in a snapshot, and how far it is. */
typedef struct {
    const rg_keeper *keeper; /* NULL: no snapshots */
    rg_ranks *ranks;
    uint64_t iteration;
    double *gradient;
    rg_report *report;
    struct {
        uint64_t members, size, values_digest, done;
    } at;
    uint64_t saved; /* members in the last snapshot */
} sum;

enum { PARTS = 3 };

static void
list (sum *s, rg_span parts[PARTS])
{
    parts[0] = (rg_span) { &s->at, sizeof s->at };
    parts[1] = (rg_span) { s->report, sizeof *s->report };
    parts[2] = (rg_span) { s->gradient, s->at.size * sizeof *s->gradient };
}

/* Go on from the newest good snapshot, if there is one. */
static rg_status
resume (sum *s, rg_message *message)
{
    const sum own = *s;
    rg_span parts[PARTS];
    rg_status status = RG_OK;
    int candidate = 0;
    list (s, parts);
    for (int found = 1; status == RG_OK && s->keeper != NULL && found;) {
        status = rg_keeping_load (s->keeper, s->ranks, RG_KEEP_MEAN, s->iteration, &candidate, parts, PARTS, &found, message);
        s->saved = s->at.done;
        const int same = s->at.members == own.at.members && s->at.size == own.at.size
            && s->at.values_digest == own.at.values_digest && s->at.done <= s->at.members;
        if (status == RG_OK && found && same)
            return RG_OK;
        if (status == RG_OK && found)
            rg_keeping_refuse (s->keeper, s->ranks, "the snapshot is of another mean");
        *s = own;
    }
    return status;
}

/* The first rank's alone: all have the same sum. */
static rg_status
save (sum *s, rg_message *message)
{
    rg_span parts[PARTS];
    list (s, parts);
    s->saved = s->at.done;
    return s->keeper->save (s->keeper->user, RG_KEEP_MEAN, s->iteration, parts, PARTS, message);
}

static void
add_member (sum *s, const double *gradient, const rg_report *report)
{
    for (size_t i = 0; i < s->at.size; i++)
        s->gradient[i] = (s->at.done == 0 ? 0 : s->gradient[i]) + gradient[i];
    if (s->at.done == 0)
        *s->report = *report;
    else
        add_report (s->report, report);
    s->at.done++;
}

/* All waves that are left. */
static rg_status
sum_waves (sum *s, wave *v, rg_team *team, size_t sets, rg_message *message)
{
    const uint64_t first = v->first, members = s->at.members;
    rg_status status = RG_OK;
    for (uint64_t done; status == RG_OK && (done = s->at.done) < members;) {
        const size_t count = members - done < sets ? (size_t) (members - done) : sets;
        v->first = first + done;
        status = rg_team_each (sets > 1 ? team : NULL, count, estimate, v, message);
        for (size_t k = 0; status == RG_OK && k < count; k++)
            add_member (s, v->gradient + k * v->size, &v->report[k]);
        v->problem[0].log = (rg_log) { 0 };
        if (status == RG_OK && s->at.done < members && s->keeper != NULL
            && s->keeper->due (s->keeper->user, RG_KEEP_MEAN))
            status = save (s, message);
        if (status == RG_OK && s->keeper != NULL)
            s->keeper->begin (s->keeper->user); /* what was saved of the wave's members on their way is of no use any more */
    }
    rg_message unwanted = { "" };
    if (status == RG_EINTERRUPTED && s->keeper != NULL && s->at.done > s->saved && save (s, &unwanted) != RG_OK)
        s->keeper->refuse (s->keeper->user, unwanted.text);
    return status;
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
    const rg_status complete = rg_problem_complete (problem, message);
    if (complete != RG_OK)
        return complete;
    rg_team *team = problem->run.team;
    const int beside = rg_team_threads (team) > 1 && rg_ranks_count (rg_team_ranks (team)) == 1;
    const size_t sets = beside ? 1 + (count < members - 1 ? count : (size_t) (members - 1)) : 1;
    rg_estimator_options own = *options;
    if (sets > 1)
        own.keeper = NULL; /* it follows one run at a time */
    sum s = { options->keeper, rg_team_ranks (team), iteration, gradient, report,
              { members, rg_hyper_size (problem->hyper), 0, 0 }, 0 };
    s.at.values_digest = XXH3_64bits (rg_hyper_values (problem->hyper), s.at.size * sizeof *gradient);
    wave v = { estimator, &own, iteration * members, rg_hyper_size (problem->hyper), NULL, NULL, NULL };
    v.problem = rg_calloc (sets, sizeof *v.problem);
    v.report = rg_calloc (sets, sizeof *v.report);
    v.gradient = v.size > SIZE_MAX / sets ? NULL : rg_malloc (sets * v.size, sizeof *v.gradient);
    rg_status status = v.problem == NULL || v.report == NULL || v.gradient == NULL
        ? rg_fail (message, RG_ENOMEM, "out of memory for the mean of hypergradients")
        : prepare (&v, problem, others, sets, message);
    const int threads = rg_blas_enter (); /* before any member does, so that none sets it back while others work */
    if (status == RG_OK)
        status = resume (&s, message);
    if (status == RG_OK)
        status = sum_waves (&s, &v, team, sets, message);
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

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
#include "base/record.h"
#include "base/team.h"
#include "estimator/estimation.h"
#include "estimator/keeping.h"
#include "estimator/member.h"
#include "estimator/report.h"

/* A mean over members: what is made once, one of each kind a set of objectives, and where a wave is. */
typedef struct {
    rg_problem problem;  /* its hyperparameters are the caller's */
    uint64_t members;
    const rg_keeper *keeper; /* NULL: no snapshots */
    size_t sets, size;   /* sets of objectives; free numbers */
    rg_estimation **member; /* [sets] */
    rg_hyper **hyper;    /* [sets] a set's own hyperparameters; NULL: those of the problem, which only reading shares */
    double *gradient;    /* [sets x size] */
    rg_report *report;   /* [sets] */
    const rg_member *others;
    const rg_estimator *estimator;
    rg_how how;          /* of each member */
    rg_settings known;   /* its settings, for the members */
    uint64_t first, done; /* meta-iteration of the wave's first member, and which of the mean it is */
} mean;

static rg_status
estimate (void *user, size_t k, size_t thread, rg_message *message)
{
    const mean *v = user;
    (void) thread;
    v->member[k]->problem.member = v->done + k;
    return rg_estimation_advance (v->member[k], v->first + k, v->gradient + k * v->size, &v->report[k], message);
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
    sum->adjoint_end = fmax (sum->adjoint_end, r->adjoint_end);
    sum->adjoint_cut = fmax (sum->adjoint_cut, r->adjoint_cut);
    sum->left_out = fmax (sum->left_out, r->left_out);
    sum->usable_steps = fmin (sum->usable_steps, r->usable_steps);
    sum->window = r->window > sum->window ? r->window : sum->window;
    sum->evaluated_again += r->evaluated_again;
    sum->certified = sum->certified && r->certified;
}

static void
free_members (mean *v)
{
    for (size_t k = 0; k < v->sets; k++) {
        rg_estimation_free (v->member[k]);
        v->member[k] = NULL;
    }
    rg_member_free_hypers (v->sets, v->hyper);
}

/* The estimation of each set. */
static rg_status
make_members (mean *v, rg_message *message)
{
    rg_status status = rg_member_hypers (v->problem.hyper, v->sets, v->hyper, message);
    for (size_t k = 0; status == RG_OK && k < v->sets; k++) {
        const rg_problem problem = rg_member_problem (&v->problem, v->others, v->sets, k, v->hyper);
        status = rg_estimation_new (&v->member[k], &problem, v->estimator, &v->how.options, message);
    }
    return status;
}

/* What a sum is of, and how many members are in it. */
typedef struct {
    uint64_t members, size, values_digest, done;
} where;

static const rg_field fields[] = { RG_UINT64 (where, members, UINT64_MAX), RG_UINT64 (where, size, UINT64_MAX),
                                   RG_UINT64 (where, values_digest, UINT64_MAX), RG_UINT64 (where, done, UINT64_MAX) };
enum { FIELDS = sizeof fields / sizeof *fields, AT_BYTES = 8 * FIELDS };

/* The sum so far. What must be the same in a snapshot, and how far it is. */
typedef struct {
    const rg_keeper *keeper; /* NULL: no snapshots */
    rg_ranks *ranks;
    uint64_t iteration;
    double *gradient;
    rg_report *report;
    where at;
    uint64_t saved; /* members in the last snapshot */
    unsigned char at_block[AT_BYTES], report_block[RG_REPORT_BYTES]; /* both as a snapshot holds them */
} sum;

enum { PARTS = 3 };

static void
list (sum *s, rg_span parts[PARTS])
{
    parts[0] = (rg_span) { s->at_block, sizeof s->at_block };
    parts[1] = (rg_span) { s->report_block, sizeof s->report_block };
    parts[2] = (rg_span) { s->gradient, s->at.size * sizeof *s->gradient };
}

/* Whether what was read belongs to this mean, each number within its range. */
static int
take_numbers (sum *s, const where *own)
{
    if (!rg_record_read (fields, FIELDS, &s->at, s->at_block) || !rg_report_read (s->report, s->report_block))
        return 0;
    s->saved = s->at.done;
    return s->at.members == own->members && s->at.size == own->size && s->at.values_digest == own->values_digest
        && s->at.done <= own->members;
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
        if (status == RG_OK && found && take_numbers (s, &own.at))
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
    rg_record_write (fields, FIELDS, &s->at, s->at_block);
    rg_report_write (s->report, s->report_block);
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
sum_waves (sum *s, mean *v, rg_message *message)
{
    const uint64_t first = s->iteration * v->members, members = v->members;
    rg_status status = RG_OK;
    v->member[0]->problem.log = v->problem.log;
    for (uint64_t done; status == RG_OK && (done = s->at.done) < members;) {
        const size_t count = members - done < v->sets ? (size_t) (members - done) : v->sets;
        v->first = first + done;
        v->done = done;
        status = rg_team_each (v->sets > 1 ? v->problem.run.team : NULL, count, estimate, v, message);
        for (size_t k = 0; status == RG_OK && k < count; k++)
            add_member (s, v->gradient + k * v->size, &v->report[k]);
        v->member[0]->problem.log = (rg_log) { 0 };
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

static void
mean_free (void *state)
{
    mean *v = state;
    if (v->member != NULL && v->hyper != NULL)
        free_members (v);
    rg_free (v->member);
    rg_free (v->hyper);
    rg_free (v->report);
    rg_free (v->gradient);
    rg_how_clear (&v->how);
    rg_free (v);
}

static rg_status
mean_advance (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
              rg_message *message)
{
    (void) how;
    mean *v = state;
    rg_status status = RG_OK;
    if (v->sets > 1 && v->hyper[1] != NULL) { /* the copies hold values of an earlier time */
        free_members (v);
        status = make_members (v, message);
    }
    sum s = { v->keeper, rg_team_ranks (problem->run.team), iteration, gradient, report, { v->members, v->size, 0, 0 }, 0, { 0 },
              { 0 } };
    s.at.values_digest = XXH3_64bits (rg_hyper_values (problem->hyper), s.at.size * sizeof *gradient);
    if (status == RG_OK)
        status = resume (&s, message);
    if (status == RG_OK)
        status = sum_waves (&s, v, message);
    for (size_t i = 0; status == RG_OK && i < v->size; i++)
        gradient[i] /= (double) v->members;
    report->inner_loss /= (double) v->members;
    report->outer_loss /= (double) v->members;
    report->validation_loss /= (double) v->members;
    return status;
}

static const rg_estimator row = {
    .name = "mean",
    .spreads = 1,
    .free = mean_free,
    .advance = mean_advance,
};

/* Options and settings of the members, which are made more than once. */
static rg_status
read_options (mean *v, const rg_estimator_options *given, rg_message *message)
{
    const rg_status status = rg_how_read (&v->how, v->estimator, given, message);
    v->keeper = v->how.options.keeper;
    v->how.options.window_memory = rg_window_memory (&v->how.options) / v->sets;
    if (v->sets > 1)
        v->how.options.keeper = NULL; /* it follows one run at a time */
    if (v->how.settings.own.kind.name != NULL) {
        v->known = (rg_settings) { 1, &v->how.settings.own };
        v->how.options.known = &v->known;
    }
    return status;
}

static rg_status
make (mean *v, rg_message *message)
{
    v->member = rg_calloc (v->sets, sizeof *v->member);
    v->hyper = rg_calloc (v->sets, sizeof *v->hyper);
    v->report = rg_calloc (v->sets, sizeof *v->report);
    for (size_t k = 0; v->report != NULL && k < v->sets; k++)
        v->report[k].size = sizeof *v->report;
    v->gradient = v->size > SIZE_MAX / v->sets ? NULL : rg_malloc (v->sets * v->size, sizeof *v->gradient);
    return v->member == NULL || v->hyper == NULL || v->report == NULL || v->gradient == NULL
        ? rg_fail (message, RG_ENOMEM, "out of memory for the mean of hypergradients")
        : make_members (v, message);
}

rg_status
rg_estimation_mean (rg_estimation **out, const rg_problem *given, uint64_t members, const rg_member *others, size_t count,
                    const rg_estimator *estimator, const rg_estimator_options *options, rg_message *message)
{
    *out = NULL;
    rg_problem own, *problem = &own;
    if (members == 0)
        return rg_fail (message, RG_ERANGE, "a mean needs at least one member");
    if (members == 1)
        return rg_estimation_new (out, given, estimator, options, message);
    rg_status status = rg_problem_read (problem, given, message);
    if (status != RG_OK)
        return status;
    const int alike = problem->inner == NULL || !problem->inner->per_member;
    if ((!problem->initial.fresh && alike) || problem->last_weights != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "a mean over initialisations needs fresh initial weights for each");
    if (estimator != NULL && estimator->in_progress != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s", estimator->in_progress);
    mean *v = rg_calloc (1, sizeof *v);
    if (v == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the mean of hypergradients");
    *v = (mean) { .problem = *problem, .members = members, .others = others,
                  .sets = rg_member_sets (problem->run.team, members, count), .size = rg_hyper_size (problem->hyper),
                  .estimator = estimator };
    status = read_options (v, options, message);
    if (status == RG_OK)
        status = make (v, message);
    if (status != RG_OK) {
        mean_free (v);
        return status;
    }
    return rg_estimation_wrap (out, &row, problem, v, message);
}

rg_status
rg_hypergradient_mean (const rg_problem *problem, uint64_t members, const rg_member *others, size_t count,
                       const rg_estimator *estimator, const rg_estimator_options *options, uint64_t iteration,
                       double *gradient, rg_report *report, rg_message *message)
{
    rg_estimation *e;
    rg_report none;
    rg_status status = rg_report_begin (&none, report, message);
    if (status != RG_OK)
        return status;
    rg_report_give (report, &none);
    if (members == 1)
        return rg_hypergradient (problem, estimator, options, iteration, gradient, report, message);
    status = rg_estimation_mean (&e, problem, members, others, count, estimator, options, message);
    if (status != RG_OK)
        return status;
    status = rg_estimation_advance (e, iteration, gradient, report, message);
    rg_estimation_free (e);
    return status;
}

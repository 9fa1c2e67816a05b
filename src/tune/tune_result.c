/*
 * tune_result.c -- what tuning ends with: a training run with the last hyperparameters, and one with the best; see tuner.h.
 *
 * The best run is trained again: it is a function of hyperparameters and meta-iteration, so it has the bits that it had. Where each
 * run goes on from the one before, it is no such function: then it has no weights of its own, and the last run is the result.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/team.h"
#include "estimator/estimator.h"
#include "study/result.h"
#include "tune/tuner.h"

/* Whether each run goes on from the one before. */
static int
goes_on (const rg_tuner *t)
{
    return t->setup->warm || rg_estimation_lasts (t->estimation) > 0;
}

static uint64_t
members_of (const rg_tuner *t)
{
    return t->setup->members == 0 ? 1 : t->setup->members;
}

static const rg_dataset *
training_of (const rg_tuner *t)
{
    return t->setup->sets == NULL ? NULL : t->setup->sets[RG_TRAINING];
}

rg_status
rg_tuner_concludes (const rg_tuner *t, int *out, rg_message *message)
{
    const rg_summary *s = t->summary;
    *out = s->done > 0 || s->iterations == 0;
    if (*out || t->setup->study == NULL)
        return RG_OK;
    *out = rg_ranks_index (t->ranks) == 0 && !rg_result_is_there (t->study);
    return rg_ranks_share (t->ranks, 0, out, sizeof *out, message);
}

/* A training run with the hyperparameters in force. */
static rg_status
train (rg_tuner *t, uint64_t iteration, rg_tuned *out, double *w, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    const uint64_t instant = iteration * members_of (t);
    rg_report report = { .size = sizeof report }, tested = { .size = sizeof tested };
    rg_status status = rg_estimation_outcome (t->estimation, instant, w, &report, message);
    if (status == RG_OK && setup->test != NULL)
        status = rg_evaluate (setup->problem, setup->test, instant, w, &tested, message);
    if (status != RG_OK)
        return status;
    rg_outcome outcome = rg_report_outcome (&report);
    if (!setup->has_validation)
        outcome.validation_loss = outcome.validation_error = NAN;
    *out = (rg_tuned) { 1, iteration, outcome, setup->test != NULL ? tested.validation_loss : NAN,
                        rg_report_outcome (&tested).validation_error };
    return RG_OK;
}

/* The last run is one of those that the best is among, where nothing but its hyperparameters tells it from them. */
static rg_status
note (rg_tuner *t, rg_message *message)
{
    const rg_outcome *found = &t->summary->last_run.outcome;
    const rg_journal_line line = { .iteration = t->at, .outer_loss = found->outer_loss, .inner_loss = found->inner_loss,
                                   .validation_loss = found->validation_loss, .validation_error = found->validation_error };
    if (goes_on (t) || members_of (t) > 1 || t->at == 0 || t->at < t->summary->iterations)
        return RG_OK;
    const rg_status status = rg_study_note (t->study, t->setup->problem->hyper, t->at, rg_tuner_monitored (t, &line), message);
    if (status == RG_OK && rg_study_best (t->study).iteration == t->at)
        t->summary->at_best = *found;
    t->best_moved = rg_study_best (t->study).iteration == t->at;
    return status;
}

rg_status
rg_tuner_run_last (rg_tuner *t, rg_message *message)
{
    const size_t weights = rg_layout_weights (rg_hyper_layout (t->setup->problem->hyper));
    rg_message reason = { "" };
    t->last_weights = rg_calloc (weights, sizeof *t->last_weights);
    if (t->last_weights == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the weights");
    const rg_status status = train (t, t->at, &t->summary->last_run, t->last_weights, &reason);
    if (status == RG_OK)
        return note (t, message);
    if ((status != RG_ENONFINITE && status != RG_EOVERFLOW) || !rg_study_best (t->study).known || goes_on (t))
        return rg_fail (message, status, "%s", reason.text);
    rg_note (&t->setup->problem->log, "training with the last hyperparameters fails: %s; the best are the result", reason.text);
    return RG_OK;
}

/* The best run, with its hyperparameters in force; w: its weights. */
static rg_status
run_best (rg_tuner *t, double *w, rg_message *message)
{
    rg_summary *s = t->summary;
    const rg_best best = rg_study_best (t->study);
    if (!best.known || (s->last_run.known && best.iteration == t->at)) {
        s->best_run = s->last_run;
        memcpy (w, t->last_weights, rg_layout_weights (rg_hyper_layout (t->setup->problem->hyper)) * sizeof *w);
        return RG_OK;
    }
    const rg_status status = rg_study_recall (t->study, t->setup->problem->hyper, message);
    return status == RG_OK ? train (t, best.iteration, &s->best_run, w, message) : status;
}

/* The best run and its files; then the hyperparameters of now are put back. */
static rg_status
conclude_best (rg_tuner *t, rg_message *message)
{
    rg_hyper *hyper = t->setup->problem->hyper;
    const size_t size = rg_hyper_size (hyper), weights = rg_layout_weights (rg_hyper_layout (hyper));
    double *w = rg_calloc (weights, sizeof *w), *now = rg_calloc (size, sizeof *now);
    rg_status status = w == NULL || now == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the weights") : RG_OK;
    if (status == RG_OK) {
        memcpy (now, rg_hyper_values (hyper), size * sizeof *now);
        status = run_best (t, w, message);
    }
    if (status == RG_OK)
        status = rg_result_write (t->study, RG_THE_BEST, hyper, w, training_of (t), message);
    if (status == RG_OK && t->summary->result == RG_RESULT_LAST) {
        memcpy (rg_hyper_values (hyper), now, size * sizeof *now);
        status = rg_hyper_update (hyper, message);
    }
    rg_free (w);
    rg_free (now);
    return rg_ranks_agree (t->ranks, status, message);
}

rg_status
rg_tuner_conclude (rg_tuner *t, void *user, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    rg_summary *s = t->summary;
    s->result = goes_on (t) || (s->last_run.known && setup->result == RG_RESULT_LAST) ? RG_RESULT_LAST : RG_RESULT_BEST;
    rg_status status = rg_result_write (t->study, RG_THE_LAST, setup->problem->hyper, s->last_run.known ? t->last_weights : NULL,
                                        training_of (t), message);
    status = rg_ranks_agree (t->ranks, status, message);
    if (status == RG_OK && !goes_on (t))
        status = conclude_best (t, message);
    else if (status == RG_OK && s->best.known)
        s->best_run = (rg_tuned) { 1, s->best.iteration, s->at_best, NAN, NAN };
    if (status == RG_OK)
        status = rg_tuner_evaluate (t, 1, setup->on_evaluation, user, message);
    if (status != RG_OK)
        return status;
    const rg_tuned *result = s->result == RG_RESULT_BEST ? &s->best_run : &s->last_run;
    s->concluded = 1;
    s->after = result->outcome;
    s->test_loss = result->test_loss;
    s->test_error = result->test_error;
    if (t->at == 0)
        s->before = s->after;
    return RG_OK;
}

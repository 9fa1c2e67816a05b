/*
 * tune_shorten.c -- a run that diverges shortens the outer step that led to it, and is taken again; see tuner.h.
 *
 * Snapshots hold the step at its full length and where it began, never what is in between: a study that is killed in the middle of
 * shortening goes on at the full step, diverges again and is shortened again, by the same bits.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/estimator.h"
#include "tune/tuner.h"

static size_t
size_of (const rg_tuner *t)
{
    return rg_hyper_size (t->setup->problem->hyper);
}

rg_status
rg_tuner_persist_begin (rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    if (setup->keep_going == 0)
        return RG_OK;
    if (rg_estimation_lasts (t->estimation) > 0 || rg_optimizer_searches (setup->optimizer))
        return rg_fail (message, RG_EUNSUPPORTED, "a step that led to a run that diverges is not shortened: %s",
                        rg_optimizer_searches (setup->optimizer) ? "the optimizer finds its length itself"
                                                                 : "real-time has one run, which cannot be taken again");
    t->before = rg_calloc (2 * size_of (t), sizeof *t->before);
    return t->before != NULL ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for the hyperparameters");
}

void
rg_tuner_persist_end (rg_tuner *t)
{
    rg_free (t->before);
}

size_t
rg_tuner_before_bytes (const rg_tuner *t)
{
    return t->before == NULL ? 0 : size_of (t) * sizeof *t->before;
}

void
rg_tuner_mark (rg_tuner *t)
{
    if (t->before != NULL)
        memcpy (t->before, rg_hyper_values (t->setup->problem->hyper), rg_tuner_before_bytes (t));
}

/* Values between where the step began (factor 0) and where it led (factor 1). */
static rg_status
set_values (rg_tuner *t, double factor, rg_message *message)
{
    rg_hyper *hyper = t->setup->problem->hyper;
    const double *stepped = t->before + size_of (t);
    double *values = rg_hyper_values (hyper);
    for (size_t i = 0; i < size_of (t); i++)
        values[i] = factor >= 1 ? stepped[i] : t->before[i] + factor * (stepped[i] - t->before[i]);
    return rg_hyper_update (hyper, message);
}

static int
diverges (rg_status status)
{
    return status == RG_ENONFINITE || status == RG_EOVERFLOW;
}

rg_status
rg_tuner_persist (rg_tuner *t, rg_report *report, double *factor, rg_message *message)
{
    rg_status status = rg_estimation_advance (t->estimation, t->at, t->gradient, report, message);
    *factor = 1;
    if (t->before == NULL || t->at == 0 || !diverges (status)) /* the first values are the caller's */
        return status;
    memcpy (t->before + size_of (t), rg_hyper_values (t->setup->problem->hyper), rg_tuner_before_bytes (t));
    t->shortening = 1;
    for (uint64_t tries = 1; diverges (status) && tries <= t->setup->keep_going; tries++) {
        *factor /= 2;
        rg_note (&t->setup->problem->log, "meta-iteration %llu: %s: the outer step is taken %g times as long",
                 (unsigned long long) t->at, message == NULL ? rg_status_text (status) : message->text, *factor);
        status = set_values (t, *factor, message);
        if (status == RG_OK)
            status = rg_estimation_advance (t->estimation, t->at, t->gradient, report, message);
    }
    t->shortening = 0;
    if (status != RG_OK && set_values (t, 1, NULL) != RG_OK) /* what is saved now goes on with the full step */
        t->torn = 1;
    return status;
}

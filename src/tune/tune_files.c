/*
 * tune_files.c -- the study that tuning keeps: opened, saved in time, and closed; see tuner.h.
 *
 * A snapshot within a meta-iteration is of use only beside one of the meta-iteration's beginning. So the estimator's keeper
 * first saves that, where it was not yet time to.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/estimator.h"
#include "tune/tuner.h"

static const double between_snapshots = 1; /* seconds */

static rg_status
save_within (void *user, rg_kept what, uint64_t iteration, const rg_span *parts, size_t count, rg_message *message)
{
    rg_tuner *t = user;
    const rg_status status = rg_tuner_save (t, message);
    return status == RG_OK ? t->of_study->save (t->of_study->user, what, iteration, parts, count, message) : status;
}

static int
due (void *user, rg_kept what)
{
    const rg_tuner *t = user;
    return !t->shortening && t->of_study->due (t->of_study->user, what);
}

static rg_status
load (void *user, rg_kept what, uint64_t iteration, int *candidate, const rg_span *parts, size_t count, int *found,
      rg_message *message)
{
    const rg_tuner *t = user;
    const rg_keeper *k = t->of_study;
    *found = 0;
    return t->shortening ? RG_OK : k->load (k->user, what, iteration, candidate, parts, count, found, message);
}

static void
begin (void *user)
{
    const rg_keeper *k = ((rg_tuner *) user)->of_study;
    k->begin (k->user);
}

static void
refuse (void *user, const char *why)
{
    const rg_keeper *k = ((rg_tuner *) user)->of_study;
    k->refuse (k->user, why);
}

static void
stop (void *user, const char *why)
{
    rg_tuner *t = user;
    t->keeper.off = 1;
    t->of_study->stop (t->of_study->user, why);
}

/* Where the last step began, and the estimator's state, from the snapshot that the study goes on from. */
static rg_status
take_over (rg_tuner *t, rg_message *message)
{
    size_t bytes;
    const char *data = rg_study_carried (t->study, &bytes);
    const size_t before = rg_tuner_before_bytes (t);
    if (t->at == 0)
        return RG_OK;
    rg_status status = bytes < before ? RG_EINPUT : RG_OK;
    if (status == RG_OK && before > 0)
        memcpy (t->before, data, before);
    for (size_t i = 0; status == RG_OK && i < before / sizeof *t->before; i++)
        status = isfinite (t->before[i]) ? RG_OK : RG_EINPUT;
    if (status == RG_OK)
        status = rg_estimation_load (t->estimation, before > 0 ? data + before : data, bytes - before);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "%s: the snapshot does not hold the run that goes on",
                                              t->setup->study);
}

static rg_status
open_directory (rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    rg_origin origin = setup->origin;
    origin.config = origin.config == NULL ? "" : origin.config;
    rg_hyper *hyper = setup->problem->hyper;
    rg_message passed_over = { "" };
    rg_status status = setup->study == NULL
        ? rg_study_follow (&t->study, "", 0, &origin, hyper, t->outer, &t->at, message)
        : rg_ranks_index (t->ranks) > 0
        ? rg_study_follow (&t->study, setup->study, setup->resume, &origin, hyper, t->outer, &t->at, message)
        : setup->resume ? rg_study_resume (&t->study, setup->study, &origin, hyper, t->outer, &t->at, &passed_over)
                        : rg_study_create (&t->study, setup->study, &origin, message);
    if (status == RG_OK && setup->sets != NULL && !setup->resume)
        status = rg_study_write_rows (t->study, setup->sets, message);
    if (status == RG_OK && passed_over.text[0] != '\0')
        rg_note (&setup->problem->log, "%s", passed_over.text);
    else if (status != RG_OK && passed_over.text[0] != '\0')
        rg_fail (message, status, "%s", passed_over.text);
    return status;
}

double
rg_tuner_monitored (const rg_tuner *t, const rg_journal_line *line)
{
    switch (t->setup->monitor) {
    case RG_MONITOR_VALIDATION_LOSS: return line->validation_loss;
    case RG_MONITOR_VALIDATION_ERROR: return line->validation_error;
    default: return line->outer_loss;
    }
}

void
rg_tuner_remember (rg_tuner *t, const rg_journal_line *line)
{
    rg_summary *s = t->summary;
    const rg_best best = rg_study_best (t->study);
    const rg_outcome outcome = { line->outer_loss, line->inner_loss, line->validation_loss, line->validation_error };
    t->last[line->iteration % RG_TUNE_LAST] = line->outer_loss;
    if (line->iteration == 0)
        s->before = outcome;
    if (best.known && best.iteration == line->iteration)
        s->at_best = outcome;
}

/* What the summary tells of meta-iterations that were done before: the first, the best, the last. The first rank reads them. */
static rg_status
look_back (rg_tuner *t, rg_message *message)
{
    const rg_best best = rg_study_best (t->study);
    const uint64_t last = t->at < RG_TUNE_LAST ? t->at : RG_TUNE_LAST;
    rg_journal_line lines[2 + RG_TUNE_LAST] = { { 0 } };
    rg_status status = RG_OK;
    if (rg_ranks_index (t->ranks) == 0) {
        status = rg_study_lines (t->study, 0, 1, lines, message);
        if (status == RG_OK && best.known && best.iteration < t->at) /* else it was the last run, and will be this one */
            status = rg_study_lines (t->study, best.iteration, 1, lines + 1, message);
        if (status == RG_OK)
            status = rg_study_lines (t->study, t->at - last, (size_t) last, lines + 2, message);
    }
    status = rg_ranks_agree (t->ranks, status, message);
    if (status == RG_OK)
        status = rg_ranks_share (t->ranks, 0, lines, sizeof lines, message);
    for (uint64_t i = 0; status == RG_OK && i < 2 + last; i++) /* the last ones last: they stay in the ring */
        if (i != 1 || (best.known && best.iteration < t->at))
            rg_tuner_remember (t, &lines[i]);
    return status;
}

rg_status
rg_tuner_open (rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    rg_status status = open_directory (t, message);
    if (status == RG_OK && t->at > 0) /* one of an older version may have been left outside the range of its run */
        rg_hyper_note_shortened (setup->problem->hyper, &setup->problem->log);
    if (status == RG_OK)
        status = take_over (t, message);
    if (status == RG_OK)
        status = rg_tuner_carry (t, message);
    t->saved = t->at;
    t->when = -INFINITY;
    status = rg_ranks_agree (t->ranks, status, message);
    if (status == RG_OK && t->at > 0)
        status = look_back (t, message);
    if (status != RG_OK || setup->study == NULL || setup->sweeps == NULL)
        return status;
    status = rg_study_keep_sweeps (t->study, setup->sweeps, &t->of_study, message); /* after the first rank has made the study */
    status = rg_ranks_agree (t->ranks, status, message);
    if (status == RG_OK)
        t->keeper = (rg_keeper) { sizeof t->keeper, t, 0, t->of_study->words, due, save_within, load, begin, refuse, stop };
    return status;
}

void
rg_tuner_close (rg_tuner *t)
{
    rg_study_free (t->study);
    rg_free (t->block);
}

rg_status
rg_tuner_carry (rg_tuner *t, rg_message *message)
{
    const size_t before = rg_tuner_before_bytes (t), own = rg_estimation_bytes (t->estimation), bytes = before + own;
    if (bytes != t->block_bytes) {
        void *block = rg_malloc (bytes, 1);
        if (block == NULL)
            return rg_fail (message, RG_ENOMEM, "out of memory for a snapshot of the run");
        rg_free (t->block);
        t->block = block;
        t->block_bytes = bytes;
    }
    if (before > 0)
        memcpy (t->block, t->before, before);
    if (own > 0)
        rg_estimation_save (t->estimation, (char *) t->block + before);
    return RG_OK;
}

rg_status
rg_tuner_save (rg_tuner *t, rg_message *message)
{
    if (t->saved == t->at && !t->best_moved)
        return RG_OK;
    rg_study_carry (t->study, t->block, t->block_bytes);
    const rg_status status = rg_study_save (t->study, t->setup->problem->hyper, t->outer, t->at, message);
    t->when = rg_problem_clock ();
    if (status == RG_OK) {
        t->saved = t->at;
        t->best_moved = 0;
    }
    return status;
}

rg_status
rg_tuner_save_in_time (rg_tuner *t, rg_message *message)
{
    const int on_its_way = rg_study_kept_sweep (t->study);
    if (!on_its_way && rg_problem_clock () - t->when < between_snapshots)
        return RG_OK;
    const rg_status status = rg_tuner_save (t, message);
    if (status == RG_OK && on_its_way)
        rg_study_drop_sweeps (t->study);
    return status;
}

/* tune.c -- the meta-iterations; see retrograde/tune.h. */
#include <retrograde/tune.h>

#include <math.h>

#include "base/memory.h"
#include "base/sized.h"
#include "base/team.h"
#include "estimator/estimator.h"
#include "study/result.h"
#include "tune/tuner.h"

/* The Euclidean norm; squares neither overflow nor vanish. */
static double
norm_of (const double *x, size_t count)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax (largest, fabs (x[i]));
    for (size_t i = 0; largest > 0 && i < count; i++)
        sum += x[i] / largest * (x[i] / largest);
    return largest * sqrt (sum);
}

/* Of classes; NaN without any. */
static double
error_rate (int wanted, const rg_report *r)
{
    return !wanted || r->examples == 0 ? NAN : (double) r->wrong / (double) r->examples;
}

/* Whether the best meta-iteration is longer ago than patience lasts, before the given one. */
static int
stops (const rg_tuner *t, uint64_t iteration)
{
    const rg_best best = rg_study_best (t->study);
    return t->setup->patience > 0 && best.known && iteration - best.iteration > t->setup->patience;
}

static rg_status
make_estimation (rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    const uint64_t members = setup->members == 0 ? 1 : setup->members;
    rg_estimator_options options;
    const rg_status status = rg_estimator_options_read (&options, setup->estimator_options, message);
    if (status != RG_OK)
        return status;
    options.keeper = setup->study == NULL || setup->sweeps == NULL ? NULL : &t->keeper;
    t->keeper.size = sizeof t->keeper;
    t->keeper.off = 1; /* until the study is open */
    if (setup->warm && members > 1)
        return rg_fail (message, RG_EUNSUPPORTED, "a mean over initialisations needs fresh initial weights for each");
    return setup->warm ? rg_estimation_warm (&t->estimation, setup->problem, setup->estimator, &options, message)
                       : rg_estimation_mean (&t->estimation, setup->problem, members, setup->others, setup->other_count,
                                             setup->estimator, &options, message);
}

/* A search compares losses of different meta-iterations. */
static rg_status
check_search (const rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    const int differ = setup->warm || setup->problem->initial.fresh || rg_estimation_lasts (t->estimation) > 0;
    if (rg_optimizer_searches (setup->optimizer) && (differ || setup->clip > 0))
        return rg_fail (message, RG_EUNSUPPORTED, "the optimizer compares meta-iterations, which must differ in nothing but their "
                        "hyperparameters: no fresh or warm starts, no real-time, no clipping");
    return RG_OK;
}

static rg_status
begin (rg_tuner *t, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    rg_status status = rg_problem_narrow (setup->problem, message);
    if (status != RG_OK)
        return status;
    const size_t size = rg_hyper_size (setup->problem->hyper);
    t->ranks = rg_team_ranks (setup->problem->run.team);
    status = rg_outer_new (&t->outer, setup->optimizer, setup->outer, size, message);
    if (status == RG_OK && (t->gradient = rg_calloc (size, sizeof *t->gradient)) == NULL)
        status = rg_fail (message, RG_ENOMEM, "out of memory for the hypergradient");
    if (status == RG_OK)
        status = make_estimation (t, message);
    if (status == RG_OK)
        status = check_search (t, message);
    if (status == RG_OK)
        status = rg_tuner_persist_begin (t, message);
    if (status == RG_OK && setup->memory != NULL && !setup->resume)
        status = rg_study_read_memory (setup->memory, setup->problem->hyper, t->outer, message);
    if (status == RG_OK)
        status = rg_tuner_open (t, message);
    if (status != RG_OK)
        return status;
    const uint64_t lasts = rg_estimation_lasts (t->estimation);
    t->summary->first = t->at;
    t->summary->iterations = lasts > 0 ? lasts : setup->iterations;
    return RG_OK;
}

/* The outer step, and the line before it; the values are those of the next meta-iteration then. */
static rg_status
step (rg_tuner *t, const rg_journal_line *line, rg_message *message)
{
    rg_hyper *hyper = t->setup->problem->hyper;
    rg_status status = rg_study_append (t->study, line, message);
    if (status == RG_OK)
        status = rg_study_note (t->study, hyper, t->at, rg_tuner_monitored (t, line), message);
    if (status == RG_OK)
        rg_tuner_remember (t, line);
    t->torn = status == RG_OK;
    rg_tuner_mark (t);
    if (status == RG_OK)
        status = rg_outer_descend (t->outer, line->outer_loss, t->gradient, hyper, message);
    if (status == RG_OK)
        rg_hyper_note_shortened (hyper, &t->setup->problem->log);
    if (status == RG_OK)
        status = rg_tuner_carry (t, message);
    if (status != RG_OK)
        return status;
    t->at++;
    t->torn = 0;
    return rg_tuner_save_in_time (t, message);
}

/* What the summary tells of a way back that ended early. */
static void
tell_left_out (rg_summary *s, const rg_report *r, double norm)
{
    const int cut = r->adjoint_end > 0;
    s->adjoint_left = cut ? r->adjoint_cut / r->adjoint_end : NAN;
    s->left_out = cut ? r->left_out / norm : NAN;
}

/* One meta-iteration: hypergradient, outer step, files. */
static rg_status
iterate (rg_tuner *t, rg_on_iteration *on_iteration, void *user, rg_message *message)
{
    const rg_tuning *setup = t->setup;
    const size_t size = rg_hyper_size (setup->problem->hyper);
    const uint64_t iteration = t->at;
    rg_report report = { .size = sizeof report };
    const double start = rg_problem_clock ();
    double shortened;
    if (t->summary->done == 0)
        rg_result_drop (t->study);
    rg_status status = rg_tuner_persist (t, &report, &shortened, message);
    if (status != RG_OK)
        return status;
    const double norm = norm_of (t->gradient, size);
    const double factor = setup->clip > 0 ? rg_outer_clip (t->gradient, size, setup->clip) : 1;
    const rg_journal_line line = { .iteration = iteration, .outer_loss = report.outer_loss, .inner_loss = report.inner_loss,
                                   .validation_loss = setup->has_validation ? report.validation_loss : NAN,
                                   .validation_error = error_rate (setup->has_validation, &report), .hypergradient_norm = norm,
                                   .adjoint_growth = report.samples > 1 ? report.adjoint_growth : NAN,
                                   .clipped = factor < 1 ? factor : NAN, .shortened = shortened < 1 ? shortened : NAN,
                                   .seconds = rg_problem_clock () - start,
                                   .report = &report };
    tell_left_out (t->summary, &report, norm);
    t->summary->done++;
    t->summary->seconds += line.seconds;
    status = rg_ranks_agree (t->ranks, step (t, &line, message), message);
    if (status == RG_OK)
        status = rg_tuner_evaluate (t, 0, setup->on_evaluation, user, message);
    if (status != RG_OK || on_iteration == NULL)
        return status;
    const rg_progress progress = { iteration, t->summary->iterations, &line, t->summary->done, t->summary->seconds };
    return on_iteration (user, &progress) == 0
        ? RG_OK : rg_fail (message, RG_EINTERRUPTED, "interrupted after meta-iteration %llu", (unsigned long long) iteration);
}

/* Where it ends, the study is saved, also where that is early. */
static rg_status
leave (rg_tuner *t, rg_status status, rg_message *message)
{
    rg_message unwanted = { "" };
    rg_summary *s = t->summary;
    if (t->study == NULL)
        return status;
    const rg_status own = t->torn ? RG_OK : rg_tuner_save (t, status == RG_OK ? message : &unwanted);
    s->saved = t->setup->study == NULL ? 0 : t->saved;
    s->on_its_way = rg_study_kept_sweep (t->study);
    s->best = rg_study_best (t->study);
    return status != RG_OK ? status : rg_ranks_agree (t->ranks, own, message);
}

static void
finish (rg_tuner *t)
{
    rg_summary *s = t->summary;
    s->mean_of = t->at < RG_TUNE_LAST ? t->at : RG_TUNE_LAST;
    s->mean_last = 0;
    for (uint64_t i = 0; i < s->mean_of; i++)
        s->mean_last += t->last[i];
    s->mean_last /= (double) s->mean_of;
    rg_tuner_close (t);
    rg_tuner_persist_end (t);
    rg_estimation_free (t->estimation);
    rg_outer_free (t->outer);
    rg_free (t->gradient);
    rg_free (t->last_weights);
}

static rg_status
tune (const rg_tuning *setup, rg_on_iteration *on_iteration, void *user, rg_summary *summary, rg_message *message)
{
    rg_tuner t = { .setup = setup, .summary = summary };
    int concludes = 0;
    rg_status status = begin (&t, message);
    while (status == RG_OK && t.at < summary->iterations && !stops (&t, t.at))
        status = iterate (&t, on_iteration, user, message);
    if (status == RG_OK)
        status = rg_tuner_concludes (&t, &concludes, message);
    if (status == RG_OK && concludes)
        status = rg_ranks_agree (t.ranks, rg_tuner_run_last (&t, message), message);
    status = leave (&t, status, message);
    summary->stopped_early = t.study != NULL && status == RG_OK && t.at < summary->iterations;
    if (status == RG_OK && concludes)
        status = rg_tuner_conclude (&t, user, message);
    finish (&t);
    return status;
}

/* Take over what a caller gives, by its size. */
static rg_status
read (rg_tuning *own, rg_problem *problem, const rg_tuning *given, const rg_summary *summary, rg_message *message)
{
    *own = (rg_tuning) { .size = sizeof *own };
    rg_status status = rg_sized_check (summary, RG_SIZE_TO (rg_summary, done), "rg_summary", message);
    if (status == RG_OK)
        status = rg_sized_read (own, sizeof *own, RG_SIZE_TO (rg_tuning, iterations), given, "rg_tuning", message);
    if (status == RG_OK)
        status = rg_problem_read (problem, own->problem, message);
    own->problem = problem;
    return status;
}

rg_status
rg_tune (const rg_tuning *given, rg_on_iteration *on_iteration, void *user, rg_summary *summary, rg_message *message)
{
    const rg_outcome unknown = { NAN, NAN, NAN, NAN };
    rg_summary found = { .size = sizeof found, .before = unknown, .after = unknown, .at_best = unknown, .test_loss = NAN,
                         .test_error = NAN, .adjoint_left = NAN, .left_out = NAN };
    rg_tuning setup;
    rg_problem problem;
    rg_status status = read (&setup, &problem, given, summary, message);
    if (status == RG_OK)
        status = tune (&setup, on_iteration, user, &found, message);
    rg_sized_write (summary, summary->size, &found, sizeof found);
    return status;
}

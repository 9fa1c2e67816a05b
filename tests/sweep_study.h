/* sweep_study.h -- a problem whose hypergradient is left and gone on with in a study of its own, for the suites of sweeps. */
#ifndef TESTS_SWEEP_STUDY_H
#define TESTS_SWEEP_STUDY_H

#include "testing.h"

#include <stdio.h>
#include <unistd.h>

#include "how.h"
#include "network.h"
#include "scratch.h"

#include "study/study_parts.h"

static const scenario runs[] = {
    { "momentum", "momentum", 24, .05, .3, .1, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_shuffled, 0, 0, 0, 0, 0 },
    { "damped, in shards", "momentum-damped", 24, .2, .2, .1, RG_TANH, 1, 0, RG_PER_ALL, &rg_sampler_cyclic, 7, 1, 0, 0, 0 },
    { "adam", "adam", 20, .01, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, &rg_sampler_cyclic, 0, 0, 0, 0, 0 },
    { "adamw per step", "adamw", 20, .01, .9, .05, RG_TANH, 0, 1, RG_PER_LAYER, &rg_sampler_random, 0, 0, 0, 0, 0 },
};
static const rg_origin origin = { "a: 1\n", NULL, 0 };
enum { RUNS = sizeof runs / sizeof *runs, MOST = 2000, EVERY = 3 };

typedef struct {
    fixture f;
    rg_study *study;
    rg_estimator_options options;
    long left;      /* steps until the interruption */
    int notes;      /* warnings */
    char last[300]; /* the last of them */
    char directory[400];
} trial;

static inline int
interrupt (void *user)
{
    trial *t = user;
    return t->left-- <= 0;
}

static inline void
note (void *user, const char *sentence)
{
    trial *t = user;
    t->notes++;
    snprintf (t->last, sizeof t->last, "%s", sentence);
}

static inline void
keep (trial *t, uint64_t every)
{
    rg_message message = { "" };
    const rg_sweep_options sweeps = { .size = sizeof sweeps, .steps = every, .log = { note, t } };
    ck_assert_int_eq (rg_study_keep_sweeps (t->study, &sweeps, &t->options.keeper, &message), RG_OK);
}

static inline void
trial_init (trial *t, const scenario *s, rg_precision precision, uint64_t every)
{
    static int count = 0;
    rg_message message = { "" };
    *t = (trial) { .options = HOW (.policy = rg_registry_trajectory ("reversible")), .left = 1 << 20 };
    fixture_init (&t->f, s, precision);
    t->f.problem.interrupted = interrupt;
    t->f.problem.user = t;
    snprintf (t->directory, sizeof t->directory, "%s/%ld.%d", scratch, (long) getpid (), count++);
    ck_assert_msg (rg_study_create (&t->study, t->directory, &origin, &message) == RG_OK, "%s", message.text);
    keep (t, every);
}

/* Another process would open the study again. */
static inline void
reopen (trial *t, uint64_t every)
{
    uint64_t next;
    rg_message message = { "" };
    rg_outer *outer;
    const rg_outer_options defaults = rg_outer_defaults ();
    rg_study_free (t->study);
    ck_assert_int_eq (rg_outer_new (&outer, rg_registry_optimizer ("adam"), &defaults, rg_hyper_size (t->f.hyper), NULL), RG_OK);
    ck_assert_msg (rg_study_resume (&t->study, t->directory, &origin, t->f.hyper, outer, &next, &message) == RG_OK, "%s",
                   message.text);
    rg_outer_free (outer);
    keep (t, every);
}

static inline void
trial_clear (trial *t)
{
    rg_study_free (t->study);
    fixture_clear (&t->f);
}

/* One hypergradient, or its interruption after so many steps. */
static inline rg_status
run (trial *t, long steps, double *gradient, rg_report *report, rg_message *message)
{
    t->left = steps;
    return rg_hypergradient (&t->f.problem, rg_registry_estimator ("reverse"), &t->options, 5, gradient, report, message);
}

static inline void
undisturbed (trial *t, double *gradient, rg_report *report)
{
    rg_message message = { "" };
    const rg_keeper *keeper = t->options.keeper;
    t->options.keeper = NULL;
    ck_assert_msg (run (t, 1 << 20, gradient, report, &message) == RG_OK, "%s", message.text);
    t->options.keeper = keeper;
    ck_assert_uint_le (rg_hyper_size (t->f.hyper), MOST);
}

/* Go on to the end, and compare. */
static inline void
finish (trial *t, const double *expected, const rg_report *whole, const char *what, long at)
{
    double gradient[MOST];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_msg (run (t, 1 << 20, gradient, &report, &message) == RG_OK, "%s %ld: %s", what, at, message.text);
    ck_assert_msg (memcmp (gradient, expected, rg_hyper_size (t->f.hyper) * sizeof *gradient) == 0, "%s %ld", what, at);
    ck_assert_int_eq (report.certified, whole->certified);
    ck_assert_double_eq (report.outer_loss, whole->outer_loss);
    ck_assert_double_eq (report.inner_loss, whole->inner_loss);
    ck_assert_double_eq (report.bits, whole->bits);
    ck_assert_double_eq (report.bits_limit, whole->bits_limit);
    ck_assert_uint_eq (report.samples, whole->samples);
    ck_assert_double_eq (report.adjoint_growth, whole->adjoint_growth);
}


enum { MEMBERS = 3 };

static inline rg_status
run_mean (trial *t, const char *estimator, long steps, double *gradient, rg_report *report, rg_message *message)
{
    t->left = steps;
    return rg_hypergradient_mean (&t->f.problem, MEMBERS, NULL, 0, rg_registry_estimator (estimator), &t->options, 5, gradient,
                                  report, message);
}

#endif /* TESTS_SWEEP_STUDY_H */

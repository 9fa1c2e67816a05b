/* tuner.h -- what tuning needs and remembers, for the files that do it. */
#ifndef RG_TUNE_TUNER_H
#define RG_TUNE_TUNER_H

#include <retrograde/tune.h>

enum { RG_TUNE_LAST = 5 }; /* the summary's mean is over this many outer losses */

typedef struct {
    const rg_tuning *setup;
    rg_summary *summary;
    rg_ranks *ranks;
    rg_estimation *estimation;
    rg_outer *outer;
    double *gradient;           /* [free numbers] */
    double *last_weights;       /* [weights] of the last run; NULL: there was none yet */
    double last[RG_TUNE_LAST];  /* outer losses of the last meta-iterations, a ring by their number */
    /* Files; without any the study is one that writes nothing: */
    rg_study *study;
    const rg_keeper *of_study;  /* snapshots within a meta-iteration; NULL: none */
    rg_keeper keeper;           /* the same for the estimator */
    uint64_t at, saved;         /* the values of now begin this meta-iteration; the newest snapshot that one */
    int best_moved;             /* whether the newest snapshot lacks the best run */
    int torn;                   /* whether they are in the middle of a step that failed: not to be saved */
    double when;                /* it was saved, seconds */
    double *before;             /* [2 x free numbers] those of the last meta-iteration, and room for those of now; NULL: not kept */
    int shortening;             /* whether the values of now are in between: no snapshot is of them */
    void *block;                /* [block_bytes] the estimator's state as it was then */
    size_t block_bytes;
} rg_tuner;

/* Of a meta-iteration: what the summary remembers of it. */
void rg_tuner_remember (rg_tuner *tuner, const rg_journal_line *line);

/* Make ready for runs that diverge. RG_OK, RG_EUNSUPPORTED or RG_ENOMEM. */
rg_status rg_tuner_persist_begin (rg_tuner *tuner, rg_message *message);
void rg_tuner_persist_end (rg_tuner *tuner);

/* Bytes of `before` that a snapshot holds; and keep the values of now there. */
size_t rg_tuner_before_bytes (const rg_tuner *tuner);
void rg_tuner_mark (rg_tuner *tuner);

/*
 * The hypergradient of the next meta-iteration; where its run diverges, after the outer step was shortened as often as wanted.
 *   factor  [out] of the step; 1: it is as long as it was
 */
rg_status rg_tuner_persist (rg_tuner *tuner, rg_report *report, double *factor, rg_message *message);
/* What the best meta-iteration has least, of a line. */
double rg_tuner_monitored (const rg_tuner *tuner, const rg_journal_line *line);

/* Whether there is something to conclude: meta-iterations were done, there are none, or the study lacks its result. The ranks agree. */
rg_status rg_tuner_concludes (const rg_tuner *tuner, int *out, rg_message *message);

/* Train with the hyperparameters of now, before they are saved: this may be the best run. */
rg_status rg_tuner_run_last (rg_tuner *tuner, rg_message *message);

/* After they are saved: the best run, the files of both, and the summary. */
rg_status rg_tuner_conclude (rg_tuner *tuner, void *user, rg_message *message);

/* Those evaluations that are due after so many meta-iterations, or all at the end. */
rg_status rg_tuner_evaluate (rg_tuner *tuner, int at_end, rg_on_evaluation *on_evaluation, void *user, rg_message *message);

/* Create the study, or go on with it: the hyperparameters, outer optimizer and estimator are where it was left. */
rg_status rg_tuner_open (rg_tuner *tuner, rg_message *message);
void rg_tuner_close (rg_tuner *tuner);

/* The estimator's state is now what the next meta-iteration begins with. RG_OK or RG_ENOMEM. */
rg_status rg_tuner_carry (rg_tuner *tuner, rg_message *message);

/* Save the values of now; those that are saved already are not saved again. */
rg_status rg_tuner_save (rg_tuner *tuner, rg_message *message);

/* The same after a meta-iteration: where it is the first, the last time is a second ago, or there are snapshots of it on its way. */
rg_status rg_tuner_save_in_time (rg_tuner *tuner, rg_message *message);

#endif /* RG_TUNE_TUNER_H */

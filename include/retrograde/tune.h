/* tune.h -- the whole of tuning: meta-iterations from the first to the last, with or without a study. */
#ifndef RETROGRADE_TUNE_H
#define RETROGRADE_TUNE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/estimator.h>
#include <retrograde/outer.h>
#include <retrograde/status.h>
#include <retrograde/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the best meta-iteration has least. */
typedef enum { RG_MONITOR_OUTER_LOSS, RG_MONITOR_VALIDATION_LOSS, RG_MONITOR_VALIDATION_ERROR } rg_monitor;

/* Which training run is the result of tuning: that of the best meta-iteration, or the last one. */
typedef enum { RG_RESULT_BEST, RG_RESULT_LAST } rg_result;

/* Training runs beside tuning, with its hyperparameters of the time: the tasks of a meta-validation or meta-test, say. */
typedef struct {
    const rg_problem *problem; /* with the tuned hyperparameters; its objectives and run.steps may be its own */
    const rg_member *others;   /* [other_count] as for rg_evaluate_members */
    size_t other_count;
    uint64_t members;          /* how many runs, the same ones each time; >= 1 */
    uint64_t every;            /* after so many meta-iterations, and at the end; 0: at the end alone */
} rg_evaluation_plan;

/*
 * Called with what an evaluation has found; another result than 0 ends rg_tune with RG_EINTERRUPTED.
 *   which      index of the plan
 *   iteration  meta-iterations done before
 *   outcome    [members]
 */
typedef int rg_on_evaluation (void *user, size_t which, uint64_t iteration, uint64_t members, const rg_outcome *outcome);

/*
 * What is tuned, and how; all parts are kept by reference and belong to the caller. A zeroed struct with size, problem, estimator,
 * estimator_options where that needs a trajectory, optimizer and iterations set is complete: it tunes without files.
 */
typedef struct {
    size_t size;               /* sizeof (rg_tuning) */
    const rg_problem *problem; /* its hyperparameters are tuned */
    const rg_estimator *estimator;
    const rg_estimator_options *estimator_options; /* keeper: left to rg_tune; NULL: no trajectory, and the presets */
    uint64_t members;          /* training runs that a hypergradient is the mean of; 0: 1 */
    const rg_member *others;   /* [other_count] as for rg_hypergradient_mean */
    size_t other_count;
    int warm;                  /* whether each meta-iteration's training begins where the one before ended; one member only */
    const rg_optimizer *optimizer;
    const rg_outer_options *outer; /* NULL: the defaults */
    double clip;               /* largest norm of a hypergradient, longer ones are shortened; 0: any */
    uint64_t iterations;       /* meta-iterations; real-time: as many as its run has intervals, whatever this says */
    int has_validation;        /* whether a report's validation_loss and wrong are of validation data */
    rg_monitor monitor;
    rg_result result;          /* default: the best; where each run goes on from the one before (warm, real-time) it is the last */
    uint64_t patience;         /* meta-iterations without a new best before it stops; 0: it does not */
    uint64_t keep_going;       /* how often an outer step is halved whose run diverges, before that ends it; 0: never. Not of
                                  real-time and of optimizers that search */
    rg_objective *test;        /* evaluated with the weights of the best and of the last run; NULL: none */
    const rg_evaluation_plan *evaluations; /* [evaluation_count] */
    size_t evaluation_count;
    rg_on_evaluation *on_evaluation; /* what they find is told to; gets the `user` of rg_tune */
    /* Files: */
    const char *study;         /* a directory; NULL: no files, and nothing to resume */
    rg_origin origin;          /* of the study: its config is any text that tells this problem from others; NULL: empty */
    const char *memory;        /* directory of a study of the same hyperparameters and optimizer, whose memory and steps are where a new
                                  study's optimizer begins; NULL: none */
    int resume;                /* whether the study is gone on with; else it is created */
    const rg_sweep_options *sweeps; /* when a meta-iteration leaves snapshots of itself on its way; NULL: never */
    const rg_dataset *const *sets; /* [RG_PARTS] of which a new study keeps the rows that a split took, and its weights.npz what
                                      they say of the examples; NULL: none */
} rg_tuning;

/* A meta-iteration that is done. */
typedef struct {
    uint64_t iteration, iterations; /* which, 0 ... iterations - 1 */
    const rg_journal_line *line;    /* what it found; its report is never NULL */
    uint64_t done;                  /* meta-iterations of this call so far */
    double seconds;                 /* of these, together */
} rg_progress;

/* Called after each meta-iteration; another result than 0 ends rg_tune with RG_EINTERRUPTED. */
typedef int rg_on_iteration (void *user, const rg_progress *progress);

/* A training run, and what it has come to. */
typedef struct {
    int known;                  /* whether there is one */
    uint64_t iteration;         /* its meta-iteration; where all are done, the last run is that of the one that would be next */
    rg_outcome outcome;
    double test_loss, test_error; /* of tuning->test, with the run's weights */
} rg_tuned;

/* What tuning has brought. What is said of meta-iterations is of the whole study, also where this call went on with it. */
typedef struct {
    size_t size;                /* set by the caller, to sizeof (rg_summary): no more is written */
    uint64_t first, iterations; /* the meta-iteration that this call began with; how many there are */
    uint64_t done;              /* meta-iterations of this call */
    uint64_t saved;             /* meta-iterations that the study can go on from; 0 without a study */
    int on_its_way;             /* whether a snapshot of the next one on its way is there, too */
    int stopped_early;          /* whether patience has ended it */
    int concluded;              /* whether `after` and `tested` are known: something was done, or there was nothing to do */
    rg_outcome before;          /* of the first meta-iteration; where there is none, `after` */
    rg_outcome after;           /* of the result */
    double test_loss, test_error; /* of tuning->test, with its weights */
    rg_tuned best_run, last_run;
    rg_result result;           /* which of them that is */
    double mean_last;           /* of the last outer losses; NaN where there is none */
    uint64_t mean_of;           /* how many: 5, or fewer */
    rg_best best;
    rg_outcome at_best;         /* of that meta-iteration */
    /* Truncated, of the last meta-iteration of this call: ||dE/ds|| at the cut over that at the end, and what is left out, of the
     * hypergradient's norm (rg_report.left_out); NaN where nothing is cut, or nothing was done */
    double adjoint_left, left_out;
    double seconds;             /* of the meta-iterations of this call */
} rg_summary;

/*
 * Tune: in each meta-iteration the hypergradient, its clipping, an outer step with projection, a line of the journal. At
 * the end it trains with the hyperparameters that the last step has left; where that is comparable (all are done, one member), this run may be
 * the best one. The hyperparameters are those of the result then. Where the last run diverges, the best is the result, with a note.
 * A study is saved at most once a second, at the end, and where it is left; a killed one goes on from its last snapshot with
 * the same bits. All ranks of problem->run.team call this together; the first of them writes the files.
 *   on_iteration  may be NULL
 *   summary       [out] also after a failure: what was done until then
 * Returns RG_OK; RG_EINPUT where the size of a struct is not set; what rg_estimation_new, rg_estimation_advance, rg_outer_new, rg_hyper_update and the functions of study.h
 * return; RG_ENONFINITE where a step has no finite direction; RG_EINTERRUPTED. The state before a
 * meta-iteration that failed is saved.
 */
RG_API rg_status rg_tune (const rg_tuning *tuning, rg_on_iteration *on_iteration, void *user, rg_summary *summary,
                          rg_message *message);

/*
 * Put the hyperparameters of a study's best or last run in force, as of its newest snapshot, free numbers to the bit. Nothing is written.
 *   tuning     as for rg_tune; its origin is compared with the study's
 *   iteration  [out] of the run, as rg_train takes it: of the first member, where there are several
 * Returns RG_OK; what rg_study_follow returns; RG_EINPUT where there is no meta-iteration yet.
 */
RG_API rg_status rg_tune_recall (const rg_tuning *tuning, rg_result which, uint64_t *iteration, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_TUNE_H */

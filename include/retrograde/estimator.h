/* estimator.h -- a problem, and its hypergradient. */
#ifndef RETROGRADE_ESTIMATOR_H
#define RETROGRADE_ESTIMATOR_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/dynamics.h>
#include <retrograde/hyper.h>
#include <retrograde/keeper.h>
#include <retrograde/objective.h>
#include <retrograde/status.h>
#include <retrograde/trajectory.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Everything a hypergradient is about; all parts are kept by reference and
 * belong to the caller. A zeroed struct with size, hyper, inner, outer and dynamics set, and run
 * = rg_run_defaults (), is complete.
 */
typedef struct {
    size_t size;                /* sizeof (rg_problem) */
    rg_hyper *hyper;            /* lambda */
    rg_objective *inner;        /* J(w, lambda, t), minimised by the dynamics */
    rg_objective *outer;        /* E(w, lambda), evaluated at w_T */
    rg_objective *validation;   /* evaluated at w_T for the report only; NULL: none */
    rg_objective *whole;        /* implicit estimators: J over the examples that Hessian and mixed derivative are taken over, all
                                   of them where training goes by batches; NULL: `inner`, over the last step's batch */
    const rg_dynamics *dynamics;
    rg_run_options run;
    rg_initial initial;
    uint64_t member;            /* which member of a mean it is, for rg_instant; left to the functions of means */
    double *last_weights;       /* [weights] [out] w_T of the last run whose outer loss was evaluated; NULL: not wanted */
    double penalty;             /* E gains penalty * sum of squares of the free numbers; >= 0 */
    int penalty_natural;        /* whether the squares are of the natural values instead */
    /* Called before each step; another result than 0 ends the work with RG_EINTERRUPTED. May be NULL. */
    int (*interrupted) (void *user);
    void *user;
    rg_log log;                 /* warnings */
    /* Forecasts only: they are of so many steps, over which the hyperparameters go on as they do over their own; 0: of these. */
    uint64_t forecast_steps;
} rg_problem;

/* A way to a hypergradient: one of those that rg_registry_estimator knows ("reverse", "differences"). */
typedef struct rg_estimator rg_estimator;

/* As many steps as memory allows. */
#define RG_WINDOW_AUTO SIZE_MAX

/* How one works: what is common to all. { .size = sizeof (rg_estimator_options) } is complete; a copy's size is that of the struct it is
 * copied to. Texts, policy and keeper are kept by reference while an estimation is at work, `settings` until it is made. */
typedef struct {
    size_t size;              /* of the struct where the caller was compiled */
    const rg_policy *policy;  /* how states come back; ignored by estimators that do not go back */
    uint64_t check_interval;  /* steps between two digests of the state; 0: a 16th of the run */
    size_t slots;             /* states that the checkpointed policy keeps; 0: the root of the steps */
    size_t memory_slots;      /* how many of them in memory, the others in a file; 0: all */
    /* The most bytes of a trajectory, 0: no limit. A reversible one moves what is beyond to a file; a checkpointed one with
     * slots = 0 keeps as many as fit; what does not fit is refused. */
    size_t memory;
    const char *settings;     /* the estimator's own, "terms: 30, damping: .1", as `retrograde list` has them; NULL: their presets */
    const char *slot_directory;  /* where the file of slots is; NULL: the system's directory for temporary files */
    const char *spill_directory; /* where the reversible policy's file is; NULL: the system's directory for temporary files */
    const rg_keeper *keeper;  /* reverse, truncated and means: snapshots; NULL: none */
    int sketch;               /* reverse: whether the report's adjoint_sketch is wanted */
    const struct rg_settings *known; /* left to rg_config: settings that are read already, where `settings` is NULL; NULL: none */
    /* Reverse estimators: of how many of the last steps gradient and linearisation are kept from the way out, at most, so that the
     * way back need not evaluate them again; the bits are the same, but such a run is not certified. 0: none; RG_WINDOW_AUTO. What
     * `memory` does not leave is not taken, nor more than window_memory where memory is 0 (0: 256 MiB). Callbacks cannot be kept. */
    size_t window;
    size_t window_memory;
} rg_estimator_options;

enum { RG_RESIDUALS = 8 };

/* An inner problem whose gradient has fallen to this fraction of that at w_0 counts as solved; else a note is given. */
#define RG_STATIONARY 1e-3

/* What an implicit estimator found on its way to q, (H + damping I) q = dE/dw. All zero for the others. Fixed, as a part of rg_report. */
typedef struct {
    size_t iterations, products; /* of the solver; with H, those for lambda_max and the last residual included */
    double residual;             /* |dE/dw - (H + damping I) q| / |dE/dw|, recomputed at the end */
    double history[RG_RESIDUALS];/* residuals of the last iterations, oldest first */
    size_t residuals;            /* how many of them */
    int sought;                  /* whether iterations went on until a tolerance */
    double curvature;            /* cg: least p'(H + damping I)p / p'p met; dense: least pivot */
    double largest_eigenvalue;   /* neumann, fixed-point: estimate from below */
    double step;                 /* neumann, fixed-point: the step used */
    double stationarity;         /* |dJ/dw| at w_T */
    double stationarity_start;   /* the same at w_0 */
    double outer_change;         /* -q'dJ/dw: first-order change of the outer loss from w_T to the minimum */
} rg_solve;

enum { RG_SAMPLES = 16, RG_SKETCH = 16 };

/* What a run found, beside the hypergradient: { .size = sizeof (rg_report) } before a function fills it. */
typedef struct {
    size_t size;                 /* set by the caller: no more is written */
    double inner_loss;           /* of the last step's batch */
    double outer_loss;           /* penalty included */
    double validation_loss;      /* of the validation objective, or else of the outer one */
    size_t wrong, examples;      /* of the same examples; examples = 0: no classes */
    double forward_seconds, outer_seconds, backward_seconds; /* training; outer and validation loss; the way back */
    size_t trajectory_bytes;     /* held by the policy at most, buffer included; forward mode: by the tangents */
    size_t disk_bytes;           /* the policy's files at most */
    uint64_t recomputed_steps;   /* steps that the way back took again; forward mode: those of further training runs */
    size_t buffer_bytes;         /* held by the entropy buffer at most */
    size_t stored_bytes;         /* what storing every state in the objective's precision would take */
    double bits, bits_limit;     /* entropy kept and its limit log2(1/decay), a weight and step */
    rg_solve solve;              /* of an implicit estimator, also where it refuses */
    /* Reverse estimators: ||dE/ds_t|| at some steps, falling, and how fast it grows on the way back */
    size_t samples;
    uint64_t sample_step[RG_SAMPLES];
    double adjoint_norm[RG_SAMPLES];
    double adjoint_growth;       /* of its logarithm, a step */
    double adjoint_sketch[RG_SAMPLES][RG_SKETCH]; /* with options->sketch: the samples' projections on fixed random signs */
    /* Forward mode: Frobenius norm of all tangents after so many steps, rising; real-time: after all of them */
    size_t tangent_samples;
    uint64_t tangent_step[RG_SAMPLES];
    double tangent_norm[RG_SAMPLES];
    double tangent_growth;       /* of its logarithm, a step, over the second half of the run */
    double usable_steps;         /* after so many steps growth has turned rounding errors into the size of E's gradient; infinite without growth */
    /* Truncated: ||dE/ds_t|| at the end and at the cut, and the norm of what is left out of the hypergradient, in free numbers: at most so
     * much where steps before the cut contract and act as those after it, infinite where these do not contract; all 0: nothing is cut */
    double adjoint_end, adjoint_cut, left_out;
    int certified;               /* whether the way back was checked and ended at the start, and every gradient was evaluated again */
    uint64_t window;             /* reverse estimators: steps kept from the way out, at most */
    uint64_t evaluated_again;    /* steps of the way back whose gradient was evaluated again */
} rg_report;

/*
 * The derivative of E(w_T(lambda), lambda) in the free numbers of the hyperparameters.
 *   estimator  the method
 *   iteration  meta-iteration: which batches and initial weights
 *   options    NULL: no trajectory, and the presets
 *   gradient   [rg_hyper_size] [out]; defined on success only
 *   report     [out] of the size that it has; NULL: not wanted
 * Returns RG_OK; RG_EINPUT where the estimator or a part of the problem is NULL, as a name unknown to the registry is, where the
 * size of problem, options or report is not set, or a setting is unknown or not as expected, naming it; RG_EUNSUPPORTED
 * for a combination that is not possible, with the reason, and where the options ask for what a newer version has;
 * RG_EOVERFLOW, RG_ENONFINITE naming step and array; RG_EIRREVERSIBLE naming the steps;
 * RG_ECALLBACK, RG_EINTERRUPTED, RG_ENOMEM. The hyperparameters are not changed.
 * BLAS runs with one thread meanwhile, in the whole process.
 */
RG_API rg_status rg_hypergradient (const rg_problem *problem, const rg_estimator *estimator,
                                   const rg_estimator_options *options, uint64_t iteration, double *gradient,
                                   rg_report *report, rg_message *message);

/*
 * Narrow the ranges of a problem's hyperparameters, for good, to what its run can use: no epsilon below the resolution of the second
 * moments, in exact arithmetic no decay of 0. The values stay as they are; from the next projection on (rg_outer_descend,
 * rg_hyper_update) they are kept inside. rg_tune does so by itself.
 * Returns RG_OK, or RG_EINPUT where a part of the problem is NULL.
 */
RG_API rg_status rg_problem_narrow (const rg_problem *problem, rg_message *message);

/*
 * An estimator at work on one problem: what it keeps from one hypergradient to the next. That is memory, so that the next one
 * is set up at once; for some it is a state: the run that real-time goes along, the weights that a warm restart begins with.
 */
typedef struct rg_estimation rg_estimation;

/*
 * Make one.
 *   out       [out] ended with rg_estimation_free
 *   problem   copied; its parts are kept by reference, their values may change between two hypergradients
 *   options   as for rg_hypergradient
 * Returns as rg_hypergradient, without a run.
 */
RG_API rg_status rg_estimation_new (rg_estimation **out, const rg_problem *problem, const rg_estimator *estimator,
                                    const rg_estimator_options *options, rg_message *message);
RG_API void rg_estimation_free (rg_estimation *estimation);

/* How many hypergradients there are until its run is over (real-time); 0: as many as one likes. */
RG_API uint64_t rg_estimation_lasts (const rg_estimation *estimation);

/* The next hypergradient; as rg_hypergradient, whose arguments these are. After a failure only rg_estimation_free makes sense
   of an estimation that has a state; any other may be asked again. */
RG_API rg_status rg_estimation_advance (rg_estimation *estimation, uint64_t iteration, double *gradient, rg_report *report,
                                        rg_message *message);

/*
 * The outcome of the values of now: that of another training run, as rg_train tells it; of a run in progress, what it has
 * come to.
 *   iteration  meta-iteration of that run
 *   w_T        [weights] [out] the last weights; NULL: not wanted
 */
RG_API rg_status rg_estimation_outcome (rg_estimation *estimation, uint64_t iteration, double *w_T, rg_report *report,
                                        rg_message *message);

/*
 * The state as a block of bytes, for snapshots, and back into an estimation of the same problem; 0 bytes: it has none.
 * load returns RG_OK, RG_EINPUT (not such a block) or RG_ENOMEM; after a failure only rg_estimation_free makes sense.
 */
RG_API size_t rg_estimation_bytes (const rg_estimation *estimation);
RG_API void rg_estimation_save (const rg_estimation *estimation, void *block);
RG_API rg_status rg_estimation_load (rg_estimation *estimation, const void *block, size_t bytes);

/*
 * Another estimator over warm restarts: each training run begins where the one before ended, the first as
 * problem->initial says; its state is those weights. Arguments and statuses as rg_estimation_new; RG_EUNSUPPORTED where
 * the initial weights are drawn afresh, or wanted by problem->last_weights.
 */
RG_API rg_status rg_estimation_warm (rg_estimation **out, const rg_problem *problem, const rg_estimator *estimator,
                                     const rg_estimator_options *options, rg_message *message);

/* What a member of a mean needs of its own, to be worked on beside others: objectives equal to the problem's in all but memory. */
typedef struct {
    rg_objective *inner, *outer, *validation, *whole; /* NULL where the problem's is */
} rg_member;

/*
 * The mean of the hypergradients of the meta-iterations iteration * members ... + members - 1: over so many
 * draws of the initial weights and of the batches.
 *   members   >= 1; more than one needs fresh initial weights, or an inner objective that may differ from one to another: few-shot
 *             tasks (retrograde/episodes.h), or what callers make
 *   others    [count] so many members are worked on beside the problem's own objectives, by the threads of
 *             problem->run.team; without them, without a team, or with ranks, one after the other. The bits are the same
 *   report    [out] means of the losses, sums of times and of wrong examples, and the largest of sizes and growth
 * With options->keeper the sum over the members that are done is saved, and a mean that is interrupted goes on with the
 * next; worked on one after the other, each member may be saved on its way, too.
 * The mean over parts of the validation data needs no such thing: the outer loss is that mean, and one way back does it.
 * Returns what rg_hypergradient returns.
 */
RG_API rg_status rg_hypergradient_mean (const rg_problem *problem, uint64_t members, const rg_member *others, size_t count,
                                        const rg_estimator *estimator, const rg_estimator_options *options,
                                        uint64_t iteration, double *gradient, rg_report *report, rg_message *message);

/* The same mean as an estimation: what each member's set of objectives needs is kept, too. Arguments as above. */
RG_API rg_status rg_estimation_mean (rg_estimation **out, const rg_problem *problem, uint64_t members,
                                     const rg_member *others, size_t count, const rg_estimator *estimator,
                                     const rg_estimator_options *options, rg_message *message);

/* Train once, without a way back: report and (w_T not NULL) the last weights [weights]. */
RG_API rg_status rg_train (const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report,
                           rg_message *message);

/*
 * Evaluate an objective (of test data, say) at weights that a run has ended with, w_T of rg_train.
 *   iteration  meta-iteration: which batches
 *   w          [weights]
 *   report     [out] its loss and errors as validation_loss, wrong and examples; the rest is 0
 * Returns RG_OK, RG_ESHAPE (another number of weights or hyperparameters), RG_ENONFINITE, RG_ECALLBACK, RG_ERANGE, RG_ENOMEM.
 */
RG_API rg_status rg_evaluate (const rg_problem *problem, rg_objective *objective, uint64_t iteration, const double *w,
                              rg_report *report, rg_message *message);

/* What a training run came to; NaN where there is no such number. */
typedef struct {
    double outer_loss, inner_loss, validation_loss, validation_error;
} rg_outcome;

/* The outcome that a report tells of; without an error where there are no classes. */
RG_API rg_outcome rg_report_outcome (const rg_report *report);

/*
 * Train once for each member, and tell what each came to: of the few-shot tasks of a meta-test, say.
 *   problem   its objectives see the instants of meta-iterations first ... first + members - 1, members 0 ... members - 1;
 *             problem->run.steps may differ from the steps of the hyperparameters
 *   others    [count] so many members are worked on beside the problem's own objectives, as in rg_hypergradient_mean
 *   outcome   [members] [out] validation_loss is that of the validation objective, or else of the outer one
 * Returns what rg_train returns, of the first member that failed.
 */
RG_API rg_status rg_evaluate_members (const rg_problem *problem, uint64_t first, uint64_t members, const rg_member *others,
                                      size_t count, rg_outcome *outcome, rg_message *message);

/*
 * Forward, backward and certificate, without derivatives: is the run reversible, and
 * what does it keep?
 *   options  check_interval, memory and spill_directory are heeded; NULL: a digest a step, no limit
 */
RG_API rg_status rg_retrace (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration,
                             rg_report *report, rg_message *message);

/*
 * The largest Lyapunov exponent of the training run: the mean growth of the logarithm of a small change of the
 * state, a step, over the second half of the run. Above 0 the run is chaotic.
 */
RG_API rg_status rg_lyapunov (const rg_problem *problem, uint64_t iteration, double *exponent, rg_message *message);

/*
 * The relative difference ||a - b|| / ||b|| of the adjoints that two runs have met at the same steps (in single and in
 * double precision, say), estimated from their sketches to about 20 %.
 *   difference  [out] [b->samples]; NaN where b's adjoint is 0 or a's was not sampled
 */
RG_API void rg_adjoint_differences (const rg_report *a, const rg_report *b, double difference[RG_SAMPLES]);

/*
 * Derivatives in the natural values from those in the free numbers, in place.
 * Where the transform's derivative is 0 the result is 0. Of a tied block they are in the natural values of its free
 * numbers (the rate of a group, or at a knot).
 */
RG_API void rg_hypergradient_natural (const rg_hyper *hyper, double *gradient);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_ESTIMATOR_H */

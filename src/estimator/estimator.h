/* estimator.h -- one estimator a file behind one table, and what they share. */
#ifndef RG_ESTIMATOR_ESTIMATOR_H
#define RG_ESTIMATOR_ESTIMATOR_H

#include <retrograde/estimator.h>
#include <retrograde/forecast.h>

#include "base/settings.h"
#include "trajectory/trajectory.h"

/* What a block of hyperparameters is used by in a problem: RG_OF_DYNAMICS, RG_OF_INITIAL, RG_OF_OBJECTIVE of its role, and: */
enum { RG_OF_OUTER = 8 }; /* directly by the outer loss */
enum { RG_ALL_USES = 15 };

/* How an estimator is to work: what is common to all, each member settled, and the settings of its row. */
typedef struct {
    rg_estimator_options options; /* settings: NULL, they are read */
    rg_row_settings settings;
    double window_memory; /* bytes that are left for a window; of rg_problem_fit */
} rg_how;

/* The most bytes of a window where `memory` is no limit. */
size_t rg_window_memory (const rg_estimator_options *options);

/*
 * One row an estimator. What it keeps between meta-iterations is its state; one that keeps nothing has neither create nor free.
 * Problem and `how` are at the same place in all calls, and outlive the state.
 */
struct rg_estimator {
    const char *name;
    const char *summary;
    int spreads;            /* whether the ranks share its training runs; else each does all of it, or sees to that itself */
    unsigned reaches;       /* the uses by which it can reach a block; a block with no other is refused */
    const char *why_not;    /* the reason */
    int over_whole;         /* whether it takes derivatives of problem->whole */
    int moves_lambda;       /* it follows changes of lambda through gradients or losses: it needs no derivative of J in lambda */
    const rg_option *options; /* of its settings; NULL: none */
    size_t settings_bytes;    /* of the struct that they are fields of: how->settings.values */
    const char *in_progress; /* what it says where one hypergradient alone is asked for; NULL: it gives one */
    /* Whether it goes back over a trajectory here; NULL: never. */
    int (*needs_policy) (const rg_problem *problem);
    /* Refuse what it cannot do beyond `reaches`; NULL: nothing. */
    rg_status (*check) (const rg_problem *problem, const rg_how *how, rg_message *message);
    rg_status (*create) (void **state, const rg_problem *problem, const rg_how *how, rg_message *message);
    void (*free) (void *state);
    rg_status (*advance) (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient,
                          rg_report *report, rg_message *message);
    /* How often until its run is over; NULL: there is no end. */
    uint64_t (*lasts) (const rg_problem *problem, const rg_how *how);
    /* What a snapshot must hold of the state, as one block of bytes; NULL: nothing. load: RG_EINPUT where it is not such a block. */
    size_t (*bytes) (const void *state);
    void (*save) (const void *state, void *block);
    rg_status (*load) (void *state, const void *block, size_t bytes);
    /* The outcome of the values of now, as rg_train tells it; NULL: that of rg_train. */
    rg_status (*outcome) (void *state, const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report,
                          rg_message *message);
    /* What it takes; NULL: not known before it runs. */
    rg_status (*forecast) (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out,
                           rg_message *message);
};

/* A row each, in the order of `retrograde list`. */
#define RG_ESTIMATOR_TABLE(ROW) \
    ROW (reverse)               \
    ROW (truncated)             \
    ROW (first_order)           \
    ROW (forward)               \
    ROW (realtime)              \
    ROW (differences)           \
    ROW (implicit_cg)           \
    ROW (implicit_neumann)      \
    ROW (implicit_fixed_point)  \
    ROW (implicit_dense)        \
    ROW (perturbation)

#define RG_ESTIMATOR_ROW(name) extern const rg_estimator rg_estimator_##name;
RG_ESTIMATOR_TABLE (RG_ESTIMATOR_ROW)
#undef RG_ESTIMATOR_ROW

/* needs_policy of the rows that always go back. */
int rg_estimator_goes_back (const rg_problem *problem);

/* Whether an estimator needs a trajectory for a problem. */
int rg_estimator_needs_policy (const rg_estimator *estimator, const rg_problem *problem);

/* Take over a caller's options; NULL: the presets. Returns as rg_sized_read. */
rg_status rg_estimator_options_read (rg_estimator_options *own, const rg_estimator_options *given, rg_message *message);

/*
 * Options and settings of a row.
 *   out    [out] ended with rg_how_clear; after a failure there is nothing to clear
 *   row    NULL: what is common alone
 *   given  by a caller, or NULL
 * Returns as rg_estimator_options_read and rg_row_settings_read.
 */
rg_status rg_how_read (rg_how *out, const rg_estimator *row, const rg_estimator_options *given, rg_message *message);
void rg_how_clear (rg_how *how);

/*
 * No silent zeros: refuse a block to be tuned that the estimator cannot reach, and what its row refuses besides.
 * Returns RG_OK or RG_EUNSUPPORTED, with the reason.
 */
rg_status rg_problem_reach (const rg_problem *problem, const rg_estimator *estimator, const rg_how *how, rg_message *message);

/* What a block is used by in this problem: by an objective only where one takes it. */
unsigned rg_problem_uses (const rg_problem *problem, const rg_block *block);

/* Make a run of the problem, not started; ended with rg_run_free. */
rg_status rg_problem_run (rg_run **out, const rg_problem *problem, rg_message *message);

/*
 * Set it to s_0 of a meta-iteration.
 *   w0  [weights] workspace
 */
rg_status rg_problem_restart (const rg_problem *problem, rg_run *run, uint64_t iteration, double *w0, rg_message *message);

/* Make a run of the problem, at s_0 of the meta-iteration; ended with rg_run_free. */
rg_status rg_problem_start (rg_run **out, const rg_problem *problem, uint64_t iteration, rg_message *message);

/*
 * Run all steps.
 *   policy, trajectory  record each state; NULL: none
 *   want_loss  whether the last step's inner loss is wanted in the report
 */
rg_status rg_problem_forward (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                              rg_report *report, rg_message *message);

typedef rg_status rg_visit (void *visitor, rg_run *run, rg_message *message);

/* The same from the state that the run is at; `pause` is called at each s_t before all else, and looks for interruptions. */
rg_status rg_problem_forward_paused (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                                     rg_visit *pause, void *pauser, rg_report *report, rg_message *message);

/* The same; `visit` is called at each s_t, t = 0 ... T-1, with its gradient evaluated. NULL: nothing. */
rg_status rg_problem_forward_with (const rg_problem *problem, rg_run *run, const rg_policy *policy, void *trajectory,
                                   rg_visit *visit, void *visitor, rg_report *report, rg_message *message);

/*
 * The outer loss at the run's weights, penalty included.
 *   dw       [weights] dE/dw, written; NULL: not wanted
 *   dlambda  [lambdas of the problem] the direct term, added to; NULL: not wanted
 */
rg_status rg_problem_outer (const rg_problem *problem, const rg_run *run, double *dw, double *dlambda,
                            rg_report *report, rg_message *message);

/* What the outer loss gains by problem->penalty. */
double rg_problem_penalty (const rg_problem *problem);

/* The hypergradient in the free numbers, penalty included, from that in the natural values without it; in place. */
void rg_problem_chain (const rg_problem *problem, double *gradient);

/* RG_EINTERRUPTED with the step where the user of any rank interrupts. */
rg_status rg_problem_look_up (const rg_problem *problem, const rg_run *run, rg_message *message);

/* Whether a policy can serve the problem; RG_EUNSUPPORTED with the reason where not. */
rg_status rg_problem_check_policy (const rg_problem *problem, const rg_policy *policy, rg_message *message);

/* Settle what the options leave open, and refuse a trajectory that would take more than the memory allowed. */
rg_status rg_problem_fit (const rg_problem *problem, const rg_estimator *estimator, rg_how *how, rg_message *message);

/* The steps that a forecast is of. */
uint64_t rg_forecast_steps (const rg_problem *problem);

/* Note a trajectory that would take more memory than the machine has left, before it is made. Returns what the forecast does. */
rg_status rg_problem_note_scarce (const rg_problem *problem, const rg_estimator *estimator, const rg_how *how, rg_message *message);

/* What the policy is told of a problem and the caller's options. */
rg_trajectory_options rg_problem_trajectory (const rg_problem *problem, const rg_estimator_options *options);

/* Add what a trajectory holds now and has cost to the report; before and after the way back. */
void rg_problem_account (const rg_policy *policy, const void *trajectory, const rg_run *run, rg_report *report);

/* How a way back goes. */
typedef struct {
    uint64_t first;  /* it ends at s_first; the adjoint there is dropped where first > 0, and there is no certificate then */
    int first_order; /* whether the dependence of gradients on weights and lambda is left out */
    /* Looks at the direct term [lambdas] before the way back, and may refuse it; NULL: nobody does. */
    rg_status (*check_direct) (const rg_problem *problem, const double *dlambda, rg_message *message);
} rg_way_back;

/*
 * The adjoint of a training run over the options' policy, for the rows that differ in how they go back. The run, its adjoint
 * and what a trajectory can use again are kept from one call to the next.
 */
rg_status rg_reverse_create (void **state, const rg_problem *problem, const rg_how *how, rg_message *message);
void rg_reverse_free (void *state);
rg_status rg_reverse (void *state, const rg_problem *problem, const rg_how *how, const rg_way_back *way, uint64_t iteration,
                      double *gradient, rg_report *report, rg_message *message);

/* Forecast the options' trajectory for a way back to s_first. */
rg_status rg_forecast_back_to (const rg_problem *problem, const rg_estimator_options *options, uint64_t first,
                               const rg_step_seconds *measured, rg_forecast *out, rg_message *message);

/* A run at its start, of which sizes are read; ended with rg_run_free. */
rg_status rg_forecast_start (rg_run **out, const rg_problem *problem, rg_message *message);

/* Refuse a problem without one of the parts that all need, as a name that the registry does not know leaves it. */
rg_status rg_problem_complete (const rg_problem *problem, rg_message *message);

/* Take over a caller's problem, which may be of another version's size. Refuses one that lacks a part. */
rg_status rg_problem_read (rg_problem *own, const rg_problem *given, rg_message *message);

/* The same, and a report of the library's own in place of the caller's (report.h): what most public functions begin with. */
rg_status rg_given_read (rg_problem *problem, const rg_problem *given, rg_report *report, const rg_report *wanted, rg_message *message);

/* Weights and hyperparameters of an objective that is evaluated at w_T, against the problem's: RG_ESHAPE, naming it. */
rg_status rg_problem_check_sizes (const rg_problem *problem, const rg_objective *objective, const char *which,
                                  rg_message *message);

/* Refuse an objective that cannot be evaluated at the weights [real] of a run: RG_ESHAPE, naming it. */
rg_status rg_problem_check_objective (const rg_problem *problem, const rg_objective *objective, const char *which,
                                      rg_message *message);

/* Refuse a problem whose parts are missing or do not fit, by name. */
rg_status rg_problem_check (const rg_problem *problem, rg_message *message);

/* Seconds of a monotonic clock. */
double rg_problem_clock (void);

#endif /* RG_ESTIMATOR_ESTIMATOR_H */

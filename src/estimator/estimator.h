/* estimator.h -- one estimator a file behind one table, and what they share. */
#ifndef RG_ESTIMATOR_ESTIMATOR_H
#define RG_ESTIMATOR_ESTIMATOR_H

#include <retrograde/estimator.h>

#include "trajectory/trajectory.h"

struct rg_estimator {
    const char *name;
    const char *summary;
    int needs_policy;
    int spreads;            /* whether the ranks share its training runs; else each does all of it, or sees to that itself */
    unsigned cannot_reach;  /* bit 1 << role: blocks of that role have no derivative here */
    const char *why_not;    /* the reason */
    rg_status (*estimate) (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration,
                           double *gradient, rg_report *report, rg_message *message);
};

extern const rg_estimator rg_estimator_truncated;
extern const rg_estimator rg_estimator_reverse, rg_estimator_forward, rg_estimator_differences, rg_estimator_realtime;

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

/* Whether a policy can serve the problem; RG_EUNSUPPORTED with the reason where not. */
rg_status rg_problem_check_policy (const rg_problem *problem, const rg_policy *policy, rg_message *message);

/* Settle what the options leave open, and refuse a trajectory that would take more than options->memory. */
rg_status rg_problem_fit (const rg_problem *problem, const rg_estimator *estimator, rg_estimator_options *options,
                          rg_message *message);

/* What the policy is told of a problem and the caller's options. */
rg_trajectory_options rg_problem_trajectory (const rg_problem *problem, const rg_estimator_options *options);

/* Add what a trajectory holds now and has cost to the report; before and after the way back. */
void rg_problem_account (const rg_policy *policy, const void *trajectory, const rg_run *run, rg_report *report);

/*
 * The adjoint of steps first ... T-1, over the options' policy; the adjoint of s_first is dropped where
 * first > 0, and there is no certificate then.
 */
rg_status rg_reverse (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration,
                      uint64_t first, double *gradient, rg_report *report, rg_message *message);

/* Refuse a problem without one of the parts that all need, as a name that the registry does not know leaves it. */
rg_status rg_problem_complete (const rg_problem *problem, rg_message *message);

/* Refuse an objective that cannot be evaluated at the weights [real] of a run: RG_ESHAPE, naming it. */
rg_status rg_problem_check_objective (const rg_problem *problem, const rg_objective *objective, const char *which,
                                      rg_message *message);

/* Refuse a problem whose parts are missing or do not fit, by name. */
rg_status rg_problem_check (const rg_problem *problem, rg_message *message);

/* Seconds of a monotonic clock. */
double rg_problem_clock (void);

#endif /* RG_ESTIMATOR_ESTIMATOR_H */

/* dynamics.h -- update rules and how their steps are computed. */
#ifndef RETROGRADE_DYNAMICS_H
#define RETROGRADE_DYNAMICS_H

#include <stdint.h>

#include <retrograde/exact.h>
#include <retrograde/hyper.h>
#include <retrograde/model.h>
#include <retrograde/status.h>
#include <retrograde/team.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An update rule: one of those that rg_registry_dynamics knows. */
typedef struct rg_dynamics rg_dynamics;

/* Whether steps are taken in fixed point (and can be undone) or in plain reals of the objective's precision. */
typedef enum { RG_EXACT, RG_FLOATING } rg_arithmetic;

/* How the steps of a run are computed. Start from rg_run_defaults. */
typedef struct {
    rg_arithmetic arithmetic;
    int fraction_bits;          /* F of weights and velocities, 8 .. 51; default 40; exact only */
    /* k of the decays, 1 .. 16, or 28 with RG_BUFFER_STREAM64; default 14; exact only; that of beta2 is 28 always */
    int ratio_bits;
    rg_buffer_kind buffer_kind; /* default RG_BUFFER_STREAM32; exact only */
    rg_ratio ratio;             /* the decay as an exact rational, RG_BUFFER_INTEGER only; d = 0: n / 2^k */
    rg_team *team;              /* who shares the work, kept by reference; NULL: the calling thread alone */
    int alone;                  /* whether the team's ranks each do the whole run */
    int second_bits;            /* fraction bits of second moments, 24 .. 61; default 56; exact only */
    /* How many steps a run takes: beyond those that the hyperparameters have, the last step's are used; 0: as many. Others than
     * 0 only where there is no way back: rg_train, rg_evaluate_members. */
    uint64_t steps;
    int epsilon_inside;         /* whether epsilon stands under the root of the second moment; default 0 */
} rg_run_options;

RG_API rg_run_options rg_run_defaults (void);

/*
 * The initial weights w_0. With a hyperparameter block `weights`, its values. Else `values`, if
 * given. Else independent normal numbers with the standard deviation of the block `weight_scale`; else what the
 * model's initialiser draws; else independent normal numbers with standard deviation `scale`. Drawn anew each
 * meta-iteration where `fresh`.
 */
typedef struct {
    const double *values; /* [weights], kept by reference; NULL: draw */
    double scale;         /* >= 0 */
    uint64_t seed;
    int fresh;
    const rg_model *model; /* kept by reference; NULL, or a model without init: `scale` */
    const rg_tasks *tasks; /* of the model, kept by reference; NULL: there are none */
} rg_initial;

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_DYNAMICS_H */

/* outer.h -- optimizers of the free numbers. */
#ifndef RETROGRADE_OUTER_H
#define RETROGRADE_OUTER_H

#include <stddef.h>

#include <retrograde/hyper.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A method: one of those that rg_registry_optimizer knows ("gradient-descent", "adam" ...; `retrograde list`
 * has all). "spectral" is a search: it takes the loss too, some of its steps are trials that it
 * takes back, and it is for outer losses that are functions of the numbers alone (the same batches and starts each time). */
typedef struct rg_optimizer rg_optimizer;

/* How it steps. Start from rg_outer_defaults; a copy's size is that of the struct it is copied to. */
typedef struct {
    size_t size;          /* of the struct where the caller was compiled */
    double rate;          /* > 0; default 0.1; of spectral: the largest change of a number in the first step */
    /* The k-th step, from 0, has the rate `rate` / (1 + decay k)^decay_power: a function of k alone, so that more steps change none before */
    double decay;         /* >= 0; default 0: the rate stays */
    double decay_power;   /* (0, 1]; default 1; 1/2 for the inverse root */
    const char *settings; /* the method's own, "beta1: .8, epsilon: 1e-6", as `retrograde list` has them; NULL: their presets */
    const struct rg_settings *known; /* left to rg_config: settings that are read already, where `settings` is NULL; NULL: none */
} rg_outer_options;

/* Write the defaults, of `size` bytes at most, which is the struct's own size. */
RG_API void rg_outer_options_init (rg_outer_options *options, size_t size);

static inline rg_outer_options
rg_outer_defaults (void)
{
    rg_outer_options options;
    rg_outer_options_init (&options, sizeof options);
    return options;
}

/* Whether a method is a search: one for outer losses that are functions of the numbers alone. */
RG_API int rg_optimizer_searches (const rg_optimizer *optimizer);

/* An optimizer at work on one vector. */
typedef struct rg_outer rg_outer;

/*
 *   out      [out] ended with rg_outer_free
 *   options  copied, `known` kept by reference; NULL: the defaults
 *   size     free numbers
 * Returns RG_OK; RG_EINPUT where the optimizer is NULL, the options' size is not set, or a setting is unknown or not as expected, naming
 * it; RG_ERANGE naming what is out of range; RG_EUNSUPPORTED where the options ask for what a newer version has; or RG_ENOMEM.
 */
RG_API rg_status rg_outer_new (rg_outer **out, const rg_optimizer *optimizer, const rg_outer_options *options,
                               size_t size, rg_message *message);
RG_API void rg_outer_free (rg_outer *outer);

/*
 * One step: values <- values - step (gradient).
 *   gradient  [size]
 *   values    [size] in and out; the caller projects them: of hyperparameters rg_outer_descend does both
 * Returns RG_OK; RG_ENONFINITE or, of a method that needs the loss, RG_EUNSUPPORTED, with nothing changed.
 */
RG_API rg_status rg_outer_step (rg_outer *outer, const double *gradient, double *values);

/*
 * One step of all free numbers of a set, projected onto boxes, budgets and simplices in the optimizer's own metric
 * (rg_hyper_project): Adam's is the root of its second moment plus epsilon, RMSprop's likewise, that of sign descent |g|. In the
 * Euclidean metric equal signs would give equal steps, which a budget takes back: such a method would stand still. Of a block with a
 * schedule or ties so much less of the step is taken, by halves, that no step's numbers leave their range: rg_hyper_note_shortened.
 *   loss      the outer loss at the numbers as they are, whose gradient that is; methods other than spectral do not look at it
 *   gradient  [rg_hyper_size]
 * Returns RG_OK; RG_ESHAPE where the numbers are not as many as the optimizer's; RG_ENONFINITE with nothing changed where the gradient,
 * or a loss that is needed, is not finite; else what rg_hyper_update returns.
 */
RG_API rg_status rg_outer_descend (rg_outer *outer, double loss, const double *gradient, rg_hyper *hyper,
                                   rg_message *message);

/* The rate of the next step. */
RG_API double rg_outer_rate (const rg_outer *outer);

/*
 * Shorten a gradient [size] to the norm `most` (> 0) where it is longer.
 * Returns the factor, 1 where nothing was done; a gradient that is not finite is left for rg_outer_step to refuse.
 */
RG_API double rg_outer_clip (double *gradient, size_t size, double most);

/* Number of steps taken, trials included, and the method's memory: rg_outer_state_size doubles, to be saved and put back;
 * NULL will do where these are none. */
RG_API size_t rg_outer_steps (const rg_outer *outer);
RG_API size_t rg_outer_state_size (const rg_outer *outer);
RG_API void rg_outer_save (const rg_outer *outer, double *state);
RG_API void rg_outer_load (rg_outer *outer, const double *state, size_t steps);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_OUTER_H */

/*
 * perturbation.c -- simultaneous perturbation: two training runs a sample, whatever the number of hyperparameters. Spall, Multivariate stochastic
 * approximation using a simultaneous perturbation gradient approximation (1992), Eq. 2.2.
 *
 * All free numbers are moved at once, by h_i d_i with random signs d_i: the sample of the derivative in number i is the central difference over
 * 2 h_i d_i. Its mean over the signs is the gradient, up to O(h^2); its variance grows with the number of hyperparameters. The result is the mean
 * of some samples. The signs are a function of seed, meta-iteration and sample. What differences.c says of decays and constraints holds here.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "estimator/estimator.h"

typedef struct {
    uint64_t samples;
    double perturbation; /* 0: by the precision */
} perturbation_settings;

/* A search for the gradient: the hyperparameters that are moved, where they were, and how far each goes. */
typedef struct {
    rg_problem near;
    uint64_t iteration;
    size_t size;
    double *value, *reached, relative; /* [size] both */
} search;

static rg_status
outer_at (const search *s, rg_report *report, rg_message *message)
{
    const rg_status status = rg_hyper_update (s->near.hyper, message);
    return status == RG_OK ? rg_train (&s->near, s->iteration, NULL, report, message) : status;
}

/* The outer loss where all numbers are moved by `way` times their signs. */
static rg_status
move (search *s, uint32_t sample, double way, rg_report *found, rg_message *message)
{
    const rg_random signs = { s->near.initial.seed, RG_STREAM_SKETCH, (uint32_t) s->iteration, sample };
    double *values = rg_hyper_values (s->near.hyper);
    for (size_t i = 0; i < s->size; i++)
        values[i] = s->value[i] + (rg_random_below (&signs, i, 2) ? way : -way) * s->relative * fmax (1, fabs (s->value[i]));
    return outer_at (s, found, message);
}

/* Add one sample of the gradient. */
static rg_status
add_sample (search *s, uint32_t sample, double share, double *gradient, rg_report *seconds, rg_message *message)
{
    double *values = rg_hyper_values (s->near.hyper);
    rg_report above = { .size = sizeof above }, below = { .size = sizeof below };
    rg_status status = move (s, sample, 1, &above, message);
    memcpy (s->reached, values, s->size * sizeof *values); /* the range of a role may have cut a step */
    if (status == RG_OK)
        status = move (s, sample, -1, &below, message);
    for (size_t i = 0; status == RG_OK && i < s->size; i++)
        gradient[i] += share * (above.outer_loss - below.outer_loss) / (s->reached[i] - values[i]);
    memcpy (values, s->value, s->size * sizeof *values);
    seconds->forward_seconds += above.forward_seconds + below.forward_seconds;
    seconds->outer_seconds += above.outer_seconds + below.outer_seconds;
    return status;
}

static rg_status
sum_samples (search *s, uint64_t samples, const rg_problem *problem, double *gradient, rg_report *report, rg_message *message)
{
    const double penalty = problem->penalty_natural ? 0 : problem->penalty;
    s->near.penalty -= penalty;
    memcpy (s->value, rg_hyper_values (s->near.hyper), s->size * sizeof *s->value);
    rg_status status = outer_at (s, report, message);
    s->near.last_weights = NULL; /* those of the runs beside do not count */
    for (size_t i = 0; i < s->size; i++)
        gradient[i] = 2 * penalty * s->value[i];
    for (uint64_t k = 0; status == RG_OK && k < samples; k++)
        status = add_sample (s, (uint32_t) k, 1 / (double) samples, gradient, report, message);
    report->outer_loss += penalty > 0 ? rg_problem_penalty (problem) : 0;
    return status;
}

static rg_status
perturb (void *none, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
         rg_message *message)
{
    (void) none;
    const perturbation_settings *own = how->settings.values;
    search s = { .near = *problem, .iteration = iteration, .size = rg_hyper_size (problem->hyper) };
    s.near.run.arithmetic = RG_FLOATING;
    s.near.log = (rg_log) { 0 };
    s.relative = own->perturbation > 0 ? own->perturbation : problem->inner->precision == RG_SINGLE ? 5e-3 : 1e-5;
    s.value = rg_malloc (2 * s.size, sizeof *s.value);
    rg_status status = s.value == NULL ? RG_ENOMEM : rg_hyper_copy (&s.near.hyper, problem->hyper);
    if (status != RG_OK) {
        rg_free (s.value);
        return rg_fail (message, status, "out of memory for a simultaneous perturbation");
    }
    s.reached = s.value + s.size;
    rg_hyper_set_rounding (s.near.hyper, 0);
    rg_hyper_unconstrain (s.near.hyper);
    status = sum_samples (&s, own->samples, problem, gradient, report, message);
    rg_hyper_free (s.near.hyper);
    rg_free (s.value);
    return status;
}

/* Two training runs a sample, and one. */
static rg_status
forecast (const rg_problem *problem, const rg_how *how, const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    (void) message;
    const double runs = 1 + 2 * (double) ((const perturbation_settings *) how->settings.values)->samples;
    if (measured != NULL)
        out->seconds = runs * ((double) rg_hyper_steps (problem->hyper) * measured->step + measured->outer);
    return RG_OK;
}

static const rg_option options[] = {
    { "samples", RG_OPTION_WHOLE, RG_FIELD (perturbation_settings, samples), RG_FROM_TO (1, UINT32_MAX), "1",
      "pairs of training runs that the hypergradient is the mean of" },
    { "perturbation", RG_OPTION_REAL, RG_FIELD (perturbation_settings, perturbation), RG_POSITIVE, NULL,
      "how far numbers are moved, relative to those above 1; default: 1e-5, in single precision 5e-3" },
    { 0 }
};

const rg_estimator rg_estimator_perturbation = {
    .name = "perturbation",
    .summary = "differences of all free numbers moved at once by random signs: noise, but two runs a sample (Spall 1992)",
    .options = options,
    .settings_bytes = sizeof (perturbation_settings),
    .moves_lambda = 1,
    .reaches = RG_ALL_USES,
    .advance = perturb,
    .forecast = forecast,
};

/* warm.c -- warm restarts: each training run begins where the one before ended. */
#include <string.h>

#include "base/memory.h"
#include "estimator/estimation.h"
#include "hyper/role.h"

typedef struct {
    rg_estimation *inner;
    int begun;        /* whether there are weights to begin with */
    size_t count;
    double weights[]; /* [count] */
} warm;

static void
warm_free (void *state)
{
    warm *s = state;
    rg_estimation_free (s->inner);
    rg_free (s);
}

static void
begin_there (warm *s)
{
    s->begun = 1;
    s->inner->problem.initial.values = s->weights;
}

static rg_status
warm_advance (void *state, const rg_problem *problem, const rg_how *how, uint64_t iteration, double *gradient, rg_report *report,
              rg_message *message)
{
    (void) problem, (void) how;
    warm *s = state;
    const rg_status status = rg_estimation_advance (s->inner, iteration, gradient, report, message);
    if (status == RG_OK)
        begin_there (s);
    return status;
}

static size_t
warm_bytes (const void *state)
{
    const warm *s = state;
    return s->count * sizeof *s->weights + rg_estimation_bytes (s->inner);
}

static void
warm_save (const void *state, void *block)
{
    const warm *s = state;
    memcpy (block, s->weights, s->count * sizeof *s->weights);
    rg_estimation_save (s->inner, (char *) block + s->count * sizeof *s->weights);
}

static rg_status
warm_load (void *state, const void *block, size_t bytes)
{
    warm *s = state;
    const size_t own = s->count * sizeof *s->weights;
    if (block == NULL || bytes < own)
        return RG_EINPUT;
    const rg_status status = rg_estimation_load (s->inner, (const char *) block + own, bytes - own);
    if (status != RG_OK)
        return status;
    memcpy (s->weights, block, own);
    begin_there (s);
    return RG_OK;
}

static rg_status
warm_outcome (void *state, const rg_problem *problem, uint64_t iteration, double *w_T, rg_report *report, rg_message *message)
{
    (void) problem;
    const warm *s = state;
    return rg_estimation_outcome (s->inner, iteration, w_T, report, message);
}

static const rg_estimator row = {
    .name = "warm restarts",
    .reaches = RG_OF_DYNAMICS | RG_OF_OBJECTIVE | RG_OF_OUTER,
    .why_not = "only the first training run begins with it",
    .free = warm_free,
    .advance = warm_advance,
    .bytes = warm_bytes,
    .save = warm_save,
    .load = warm_load,
    .outcome = warm_outcome,
};

rg_status
rg_estimation_warm (rg_estimation **out, const rg_problem *given, const rg_estimator *estimator,
                    const rg_estimator_options *options, rg_message *message)
{
    *out = NULL;
    rg_problem own, *problem = &own;
    rg_status status = rg_problem_read (problem, given, message);
    if (status == RG_OK && (problem->initial.fresh || problem->last_weights != NULL))
        status = rg_fail (message, RG_EUNSUPPORTED, "a warm restart begins with the last weights, not with fresh ones or with "
                          "those of problem.last_weights");
    if (status == RG_OK)
        status = rg_problem_reach (problem, &row, NULL, message);
    if (status != RG_OK)
        return status;
    const size_t count = rg_layout_weights (rg_hyper_layout (problem->hyper));
    warm *s = rg_calloc (1, sizeof *s + count * sizeof *s->weights);
    if (s == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for warm restarts");
    s->count = count;
    own.last_weights = s->weights;
    status = rg_estimation_new (&s->inner, &own, estimator, options, message);
    if (status != RG_OK) {
        rg_free (s);
        return status;
    }
    return rg_estimation_wrap (out, &row, problem, s, message);
}

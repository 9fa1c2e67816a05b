/* objective.c -- what all kinds of objectives share; see objective.h. */
#include "objective/objective.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

rg_status
rg_objective_wrap (rg_objective **out, const rg_objective_table *table, void *self, size_t weights, size_t lambdas,
                   size_t shards, size_t slots, rg_precision precision)
{
    *out = rg_malloc (1, sizeof **out);
    if (*out == NULL) {
        table->free (self);
        return RG_ENOMEM;
    }
    **out = (rg_objective) { table, self, weights, lambdas, shards, slots, precision, 1, NULL, 0 };
    return RG_OK;
}

void
rg_objective_free (rg_objective *objective)
{
    if (objective == NULL)
        return;
    objective->table->free (objective->self);
    rg_free (objective);
}

size_t
rg_objective_weights (const rg_objective *objective)
{
    return objective->weights;
}

size_t
rg_objective_lambdas (const rg_objective *objective)
{
    return objective->lambdas;
}

rg_precision
rg_objective_precision (const rg_objective *objective)
{
    return objective->precision;
}

/* As many slots as there are threads, where the objective can have them. */
static rg_status
reserve (rg_objective *objective, size_t threads)
{
    const size_t wanted = threads < objective->shards ? threads : objective->shards;
    if (wanted <= objective->slots || objective->table->reserve == NULL)
        return RG_OK;
    const rg_status status = objective->table->reserve (objective->self, wanted);
    if (status == RG_OK)
        objective->slots = wanted;
    return status;
}

/* Shards evaluated side by side, one a slot. */
typedef struct {
    rg_objective *objective;
    rg_instant at;
    const void *w;
    const double *lambda;
    size_t first, count; /* shards */
    double *loss;        /* [slots] */
    char *shard_g;       /* [slots x weights] reals; NULL: the loss only */
    double *g;
} wave;

static char *
gradient_of (const wave *v, size_t slot)
{
    return v->shard_g + slot * v->objective->weights * rg_precision_size (v->objective->precision);
}

static rg_status
evaluate (void *user, size_t slot, size_t thread, rg_message *message)
{
    (void) thread;
    const wave *v = user;
    const rg_objective_table *table = v->objective->table;
    return v->shard_g == NULL
        ? table->loss (v->objective->self, slot, v->at, v->first + slot, v->w, v->lambda, &v->loss[slot], message)
        : table->gradient (v->objective->self, slot, v->at, v->first + slot, v->w, v->lambda, &v->loss[slot],
                           gradient_of (v, slot), message);
}

enum { BLOCK = 8192 };

/* Add the shards' gradients of a block of weights, in the order of the shards. */
static rg_status
add_block (void *user, size_t block, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    const wave *v = user;
    const size_t first = block * BLOCK, left = v->objective->weights - first, count = left < BLOCK ? left : BLOCK;
    double *sum = v->g + first;
    for (size_t slot = 0; slot < v->count; slot++) {
        const float *single = (const float *) gradient_of (v, slot) + first;
        const double *real = (const double *) gradient_of (v, slot) + first;
        if (v->objective->precision == RG_SINGLE)
            for (size_t i = 0; i < count; i++)
                sum[i] += (double) single[i];
        else
            for (size_t i = 0; i < count; i++)
                sum[i] += real[i];
    }
    return RG_OK;
}

/* What else the shards of a wave say, in their order. */
static rg_status
collect (const wave *v, rg_evaluation *found, double *direct, rg_message *message)
{
    const rg_objective_table *table = v->objective->table;
    rg_status status = RG_OK;
    for (size_t slot = 0; status == RG_OK && slot < v->count; slot++) {
        size_t wrong = 0, examples = 0;
        found->loss += v->loss[slot];
        if (direct != NULL && table->lambda_gradient != NULL)
            status = table->lambda_gradient (v->objective->self, slot, direct, message);
        if (table->errors != NULL)
            table->errors (v->objective->self, slot, &wrong, &examples);
        found->wrong += wrong;
        found->examples += examples;
    }
    return status;
}

static rg_status
total (wave *v, rg_team *team, rg_evaluation *found, double *direct, rg_message *message)
{
    const size_t weights = v->objective->weights;
    rg_status status = RG_OK;
    for (v->first = 0; status == RG_OK && v->first < v->objective->shards; v->first += v->count) {
        const size_t left = v->objective->shards - v->first;
        v->count = left < v->objective->slots ? left : v->objective->slots;
        status = rg_team_each (team, v->count, evaluate, v, message);
        if (status == RG_OK && v->g != NULL)
            status = rg_team_each (team, (weights + BLOCK - 1) / BLOCK, add_block, v, message);
        if (status == RG_OK)
            status = collect (v, found, direct, message);
    }
    if (status == RG_OK && !isfinite (found->loss))
        status = rg_fail (message, RG_ENONFINITE, "step %llu: the loss is not finite", (unsigned long long) v->at.step);
    return status;
}

rg_status
rg_objective_total (rg_objective *objective, rg_team *team, rg_instant at, const void *w, const double *lambda,
                    rg_evaluation *found, double *g, double *direct, rg_message *message)
{
    *found = (rg_evaluation) { 0 };
    if (reserve (objective, rg_team_threads (team)) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for %zu threads", rg_team_threads (team));
    wave v = { .objective = objective, .at = at, .w = w, .lambda = lambda, .g = g };
    const size_t reals = g == NULL ? 0 : objective->weights * rg_precision_size (objective->precision);
    v.loss = rg_malloc (objective->slots, sizeof *v.loss);
    v.shard_g = g == NULL ? NULL : rg_malloc (objective->slots, reals);
    rg_status status = RG_OK;
    if (v.loss == NULL || (g != NULL && v.shard_g == NULL))
        status = rg_fail (message, RG_ENOMEM, "out of memory for the gradients of %zu shards", objective->slots);
    if (g != NULL)
        memset (g, 0, objective->weights * sizeof *g);
    if (status == RG_OK)
        status = total (&v, team, found, direct, message);
    rg_free (v.loss);
    rg_free (v.shard_g);
    return status;
}

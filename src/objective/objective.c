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
    **out = (rg_objective) { table, self, weights, lambdas, shards, slots, precision };
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

static void
add_reals (double *sum, const void *addend, size_t count, rg_precision precision)
{
    if (precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            sum[i] += (double) ((const float *) addend)[i];
    else
        for (size_t i = 0; i < count; i++)
            sum[i] += ((const double *) addend)[i];
}

rg_status
rg_objective_total (rg_objective *objective, rg_instant at, const void *w, const double *lambda,
                    rg_evaluation *found, double *g, double *direct, void *shard_g, rg_message *message)
{
    const rg_objective_table *table = objective->table;
    *found = (rg_evaluation) { 0 };
    if (g != NULL)
        memset (g, 0, objective->weights * sizeof *g);
    for (size_t shard = 0; shard < objective->shards; shard++) {
        double loss;
        rg_status status = g == NULL
            ? table->loss (objective->self, 0, at, shard, w, lambda, &loss, message)
            : table->gradient (objective->self, 0, at, shard, w, lambda, &loss, shard_g, message);
        if (status != RG_OK)
            return status;
        found->loss += loss;
        if (g != NULL)
            add_reals (g, shard_g, objective->weights, objective->precision);
        if (direct != NULL && table->lambda_gradient != NULL)
            status = table->lambda_gradient (objective->self, 0, direct, message);
        if (status != RG_OK)
            return status;
        size_t wrong = 0, examples = 0;
        if (table->errors != NULL)
            table->errors (objective->self, 0, &wrong, &examples);
        found->wrong += wrong;
        found->examples += examples;
    }
    return isfinite (found->loss) ? RG_OK
                                  : rg_fail (message, RG_ENONFINITE, "step %llu: the loss is not finite",
                                             (unsigned long long) at.step);
}

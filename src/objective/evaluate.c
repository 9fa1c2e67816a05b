/* evaluate.c -- an objective asked from outside, in doubles whatever its precision; see retrograde/objective.h. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/lambda.h"
#include "objective/objective.h"

void
rg_objective_lambda (const rg_hyper *hyper, double *out)
{
    rg_lambda_collect (hyper, out);
}

/* A copy in the objective's precision; NULL: out of memory. */
static void *
to_reals (const rg_objective *objective, const double *x)
{
    void *out = rg_malloc (objective->weights, rg_precision_size (objective->precision));
    if (out == NULL)
        return NULL;
    if (objective->precision == RG_DOUBLE)
        memcpy (out, x, objective->weights * sizeof *x);
    else
        for (size_t i = 0; i < objective->weights; i++)
            ((float *) out)[i] = (float) x[i];
    return out;
}

static void
add_reals (const rg_objective *objective, const void *x, double *sum)
{
    for (size_t i = 0; i < objective->weights; i++)
        sum[i] += objective->precision == RG_DOUBLE ? ((const double *) x)[i] : (double) ((const float *) x)[i];
}

static rg_status
no_memory (const rg_objective *objective, rg_message *message)
{
    return rg_fail (message, RG_ENOMEM, "out of memory for an evaluation at %zu weights", objective->weights);
}

rg_status
rg_objective_evaluate (rg_objective *objective, rg_instant at, const double *w, const double *lambda, rg_evaluation *found, double *g,
                       double *lambda_g, rg_message *message)
{
    void *reals = to_reals (objective, w);
    double *unwanted = g == NULL && lambda_g != NULL ? rg_malloc (objective->weights, sizeof *g) : NULL;
    if (lambda_g != NULL)
        memset (lambda_g, 0, objective->lambdas * sizeof *lambda_g);
    const rg_status status = reals == NULL || (g == NULL && lambda_g != NULL && unwanted == NULL)
        ? no_memory (objective, message)
        : rg_objective_total (objective, NULL, at, reals, lambda, found, g != NULL ? g : unwanted, lambda_g, message);
    rg_free (reals);
    rg_free (unwanted);
    return status;
}

rg_status
rg_objective_outputs (rg_objective *o, const double *w, const double *lambda, double *out, rg_message *message)
{
    const rg_instant at = { 0 };
    double unwanted;
    void *reals = to_reals (o, w);
    rg_status status = reals == NULL ? no_memory (o, message) : RG_OK;
    for (size_t shard = 0; status == RG_OK && shard < o->shards; shard++) {
        status = o->table->loss (o->self, 0, at, shard, reals, lambda, &unwanted, message);
        if (status == RG_OK && (o->table->outputs == NULL || !o->table->outputs (o->self, 0, out)))
            status = rg_fail (message, RG_EUNSUPPORTED, "only a model of one task puts something out for each example");
    }
    rg_free (reals);
    return status;
}

/* The workspaces of a product, in the objective's precision. */
typedef struct {
    void *w, *w_dot, *g, *g_dot;
} product;

static rg_status
multiply (rg_objective *o, product *p, rg_instant at, const double *lambda, const double *lambda_dot, double *g_dot,
          double *lambda_g_dot, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t shard = 0; status == RG_OK && shard < o->shards; shard++) {
        status = o->table->gradient (o->self, 0, at, shard, p->w, lambda, NULL, p->g, message);
        if (status == RG_OK)
            status = o->table->tangent (o->self, 0, p->w_dot, lambda_dot, p->g_dot, lambda_g_dot, message);
        if (status == RG_OK)
            add_reals (o, p->g_dot, g_dot);
    }
    return status;
}

static rg_status
check_product (const rg_objective *o, const double *g_dot, const double *lambda_g_dot, rg_message *message)
{
    for (size_t i = 0; i < o->weights; i++)
        if (!isfinite (g_dot[i]))
            return rg_fail (message, RG_ENONFINITE, "the product is not finite at weight %zu", i);
    for (size_t i = 0; lambda_g_dot != NULL && i < o->lambdas; i++)
        if (!isfinite (lambda_g_dot[i]))
            return rg_fail (message, RG_ENONFINITE, "the product is not finite at lambda %zu", i);
    return RG_OK;
}

rg_status
rg_objective_product (rg_objective *o, rg_instant at, const double *w, const double *lambda, const double *w_dot,
                      const double *lambda_dot, double *g_dot, double *lambda_g_dot, rg_message *message)
{
    const size_t real = rg_precision_size (o->precision);
    product p = { to_reals (o, w), to_reals (o, w_dot), rg_malloc (o->weights, real), rg_malloc (o->weights, real) };
    memset (g_dot, 0, o->weights * sizeof *g_dot);
    if (lambda_g_dot != NULL)
        memset (lambda_g_dot, 0, o->lambdas * sizeof *lambda_g_dot);
    rg_status status = p.w == NULL || p.w_dot == NULL || p.g == NULL || p.g_dot == NULL
        ? no_memory (o, message)
        : multiply (o, &p, at, lambda, lambda_dot, g_dot, o->lambdas == 0 ? NULL : lambda_g_dot, message);
    if (status == RG_OK)
        status = check_product (o, g_dot, lambda_g_dot, message);
    void *const workspaces[] = { p.w, p.w_dot, p.g, p.g_dot };
    for (size_t i = 0; i < sizeof workspaces / sizeof *workspaces; i++)
        rg_free (workspaces[i]);
    return status;
}

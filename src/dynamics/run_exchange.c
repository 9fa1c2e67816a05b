/* run_exchange.c -- what ranks that share a run tell each other in a step, in bytes; see run.h. */
#include "dynamics/run_parts.h"
#include "hyper/lambda.h"

/* What the norm of a gradient that is clipped, or its product with a direction, is the sum of. */
static double
clip_sums (const rg_run *run)
{
    return run->clip_sums == NULL ? 0 : (double) ((run->weights + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE) * sizeof (double);
}

/* Rounded gradients are summed and each rank gets its part; then all get the weights. Floating: all get each shard's gradient. */
double
rg_run_exchange_out (const rg_run *run)
{
    const double reals = (double) run->weights * (double) rg_precision_size (run->inner->precision);
    if (run->inner->shards == 1)
        return 0;
    return rg_run_is_exact (run) ? (double) run->weights * sizeof (int64_t) + reals + clip_sums (run) : (double) run->inner->shards * reals;
}

/* The derivatives in a coefficient: a number a weight, or sums over blocks. */
static double
gathered (const rg_run *run, const rg_block *b)
{
    const size_t blocks = (run->weights + RG_DYNAMICS_BLOCK - 1) / RG_DYNAMICS_BLOCK;
    return (double) (b->offsets == NULL ? run->weights : blocks + b->slice) * sizeof (double);
}

/* Each rank moves its part of the adjoint; all get the adjoint of the gradient, and then each shard's product. */
double
rg_run_exchange_adjoint (const rg_run *run)
{
    const rg_dynamics *rule = run->dynamics;
    const double shards = (double) run->inner->shards;
    const double reals = (double) run->weights * (double) rg_precision_size (run->inner->precision);
    double bytes = shards * reals;
    if (run->inner->shards == 1)
        return 0;
    if (run->inner->lambdas > 0 && rg_lambda_is_tuned (run->hyper))
        bytes += shards * (double) run->inner->lambdas * sizeof (double);
    if (!rg_run_is_exact (run))
        return bytes;
    for (int c = 0; c < rule->coefficients; c++)
        bytes += run->coefficient[c].fixed ? 0 : gathered (run, &run->coefficient[c]);
    for (int m = 0; rule->corrects && m < rule->moments; m++) {
        const rg_block *decay = &run->coefficient[rule->moment[m].decay];
        bytes += decay->fixed ? 0 : gathered (run, decay);
    }
    return bytes + reals + clip_sums (run);
}

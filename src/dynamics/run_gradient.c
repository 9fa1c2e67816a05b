/* run_gradient.c -- the gradient at the state of a run, shard by shard; see run.h. */
#include <string.h>

#include "dynamics/run_parts.h"

/*
 * Add a block of one shard's gradient, rounded, to integers (or begin them); name what is not finite.
 *   sum  [count] in units of 2^-F
 */
static rg_status
round_shard (const rg_run *run, int begin, size_t first, size_t count, int64_t *sum, rg_message *message)
{
    const int single = run->inner->precision == RG_SINGLE;
    const float *g_single = (const float *) run->shard_g + first;
    const double *g_double = (const double *) run->shard_g + first;
    const double unit = RG_RUN_SCALE (run);
    if (!(single ? run->kernels->add_single (count, begin, g_single, unit, sum)
                 : run->kernels->add_double (count, begin, g_double, unit, sum)))
        return RG_OK;
    for (size_t i = 0; i < count; i++) {
        const double g = single ? (double) g_single[i] : g_double[i];
        if (!isfinite (g))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the gradient of array %s is not finite",
                            (unsigned long long) run->step, rg_run_array_name (run, first + i));
        if (!(fabs (g * unit) < 0x1p51) || !rg_fixed_fits (sum[i]))
            return rg_run_overflow (run, "gradient", first + i, message);
    }
    return RG_OK;
}

/*
 * The rounded gradient of a block of weights: the sum of several shards, or one shard's
 * rounded here, where it is used, so that it need not travel through memory.
 *   scratch  [count] workspace
 *   g        [out] the integers
 */
rg_status
rg_run_gradient_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                rg_message *message)
{
    *g = run->g == NULL ? scratch : run->g + first;
    return run->g == NULL ? round_shard (run, 1, first, count, scratch, message) : RG_OK;
}

rg_status
rg_run_check_finite (const rg_run *run, const void *reals, const char *what, rg_message *message)
{
    if (run->inner->precision == RG_SINGLE ? run->kernels->finite_single (run->weights, reals)
                                           : run->kernels->finite_double (run->weights, reals))
        return RG_OK;
    for (size_t i = 0; i < run->weights; i++)
        if (!(run->inner->precision == RG_SINGLE ? isfinite (((const float *) reals)[i])
                                                 : isfinite (((const double *) reals)[i])))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the %s of array %s is not finite",
                            (unsigned long long) run->step, what, rg_run_array_name (run, i));
    return RG_OK;
}

/* Floating arithmetic: the sum of the shards in order. */
static void
add_floating (rg_run *run, size_t shard)
{
    if (shard == 0)
        memcpy (run->g_real, run->shard_g, run->weights * rg_precision_size (run->inner->precision));
    else if (run->inner->precision == RG_SINGLE)
        for (size_t i = 0; i < run->weights; i++)
            ((float *) run->g_real)[i] += ((const float *) run->shard_g)[i];
    else
        for (size_t i = 0; i < run->weights; i++)
            ((double *) run->g_real)[i] += ((const double *) run->shard_g)[i];
}

rg_status
rg_run_gradient (rg_run *run, int want_loss, rg_message *message)
{
    rg_objective *inner = run->inner;
    double total = 0;
    for (size_t shard = 0; shard < inner->shards; shard++) {
        double loss = 0;
        const rg_instant at = { run->iteration, run->step };
        rg_status status = inner->table->gradient (inner->self, shard, at, shard, run->w_real, run->lambda,
                                                   want_loss ? &loss : NULL, run->shard_g, message);
        if (status == RG_OK && run->g != NULL)
            status = round_shard (run, shard == 0, 0, run->weights, run->g, message);
        if (status != RG_OK)
            return status;
        if (!rg_run_is_exact (run))
            add_floating (run, shard);
        total += loss;
    }
    run->inner_loss = total;
    return rg_run_is_exact (run) ? RG_OK : rg_run_check_finite (run, run->g_real, "gradient", message);
}

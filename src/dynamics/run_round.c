/* run_round.c -- the gradient as the integers that an exact step takes; see run_parts.h. */
#include "dynamics/run_clip.h"
#include "dynamics/run_parts.h"

rg_status
rg_run_round_shard (const rg_run *run, size_t room, int begin, size_t first, size_t count, int64_t *sum, rg_message *message)
{
    const int single = run->inner->precision == RG_SINGLE;
    const float *g_single = (const float *) rg_run_room (run, run->gradients, room) + first;
    const double *g_double = (const double *) rg_run_room (run, run->gradients, room) + first;
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
 * The rounded gradient of a block of weights, not clipped: the sum over the shards, or where all of them still stand
 * in their rooms, rounded here, where it is used, so that it need not travel through memory.
 *   scratch  [count] workspace
 *   g        [out] the integers
 */
rg_status
rg_run_rounded_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                       rg_message *message)
{
    *g = run->g == NULL ? scratch : run->g + first;
    rg_status status = RG_OK;
    for (size_t shard = 0; status == RG_OK && run->g == NULL && shard < run->inner->shards; shard++)
        status = rg_run_round_shard (run, shard, shard == 0, first, count, scratch, message);
    return status;
}

/* Clipped, and rounded again. */
static void
shorten (const rg_run *run, size_t count, const int64_t *g, int64_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (int64_t) nearbyint ((double) g[i] * run->clip_factor);
}

rg_status
rg_run_gradient_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                       rg_message *message)
{
    const rg_status status = rg_run_rounded_block (run, first, count, scratch, g, message);
    if (status != RG_OK || !rg_run_is_clipped (run))
        return status;
    shorten (run, count, *g, scratch);
    *g = scratch;
    return RG_OK;
}

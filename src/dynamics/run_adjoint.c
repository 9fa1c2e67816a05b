/* run_adjoint.c -- a step of a run's adjoint; see run.h. */
#include <string.h>

#include "dynamics/run_parts.h"

/* A block of reals as doubles. */
static void
widen (const rg_run *run, void *reals, size_t first, size_t count, double *out)
{
    const float *single = (const float *) reals + first;
    if (run->inner->precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            out[i] = (double) single[i];
    else
        memcpy (out, (const double *) reals + first, count * sizeof *out);
}

rg_status
rg_run_load (const rg_run *run, size_t first, size_t count, double *g, double (*moment)[RG_DYNAMICS_BLOCK],
             rg_message *message)
{
    if (!rg_run_is_exact (run)) {
        widen (run, run->g_real, first, count, g);
        for (int m = 0; m < run->dynamics->moments; m++)
            widen (run, run->moment_real[m], first, count, moment[m]);
        return RG_OK;
    }
    int64_t scratch[RG_DYNAMICS_BLOCK];
    const int64_t *rounded;
    const rg_status status = rg_run_gradient_block (run, first, count, scratch, &rounded, message);
    if (status != RG_OK)
        return status;
    run->kernels->to_double (count, rounded, RG_RUN_ULP (run), g);
    for (int m = 0; m < run->dynamics->moments; m++)
        run->kernels->to_double (count, run->moment[m] + first, RG_RUN_ULP (run), moment[m]);
    return RG_OK;
}

/* Keep a block of the adjoint of the gradient in the objective's precision. */
static void
store_direction (rg_run *run, size_t first, size_t count, const double *dg)
{
    float *single = (float *) run->direction + first;
    if (run->inner->precision == RG_SINGLE)
        for (size_t k = 0; k < count; k++)
            single[k] = (float) dg[k];
    else
        memcpy ((double *) run->direction + first, dg, count * sizeof *dg);
}

/* The dynamics' own part of the adjoint; leaves the adjoint of the gradient in run->direction. */
static rg_status
adjoint_of_rule (rg_run *run, double *dw, double *const dmoment[RG_MOMENTS], double *drate, double *ddecay,
                 rg_message *message)
{
    double rates[RG_DYNAMICS_BLOCK], decays[RG_DYNAMICS_BLOCK], g[RG_DYNAMICS_BLOCK], dg[RG_DYNAMICS_BLOCK];
    double moment[RG_MOMENTS][RG_DYNAMICS_BLOCK], in_rate[RG_DYNAMICS_BLOCK], in_decay[RG_DYNAMICS_BLOCK];
    const rg_coefficient rate = rg_coefficient_at (&run->rate, run->step);
    const rg_coefficient decay = rg_coefficient_at (&run->decay, run->step);
    double *to_rate = drate == NULL ? NULL : rg_coefficient_room (&run->rate, run->step, drate);
    double *to_decay = ddecay == NULL ? NULL : rg_coefficient_room (&run->decay, run->step, ddecay);
    size_t filled[2] = { 0 };
    for (size_t i = 0; i < run->weights; i += RG_DYNAMICS_BLOCK) {
        rg_adjoint_block b = { .count = rg_run_block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i, .rate = rates,
                               .decay = decays, .g = g, .dw = dw + i, .dg = dg, .drate = in_rate,
                               .ddecay = in_decay };
        for (int m = 0; m < run->dynamics->moments; m++) {
            b.moment[m] = moment[m];
            b.dmoment[m] = dmoment[m] + i;
        }
        rg_coefficient_refill (&rate, i, b.count, rates, &filled[0]);
        rg_coefficient_refill (&decay, i, b.count, decays, &filled[1]);
        const rg_status status = rg_run_load (run, i, b.count, g, moment, message);
        if (status != RG_OK)
            return status;
        run->dynamics->adjoint (&b);
        if (drate != NULL)
            rg_coefficient_gather (&rate, i, b.count, in_rate, to_rate);
        if (ddecay != NULL)
            rg_coefficient_gather (&decay, i, b.count, in_decay, to_decay);
        store_direction (run, i, b.count, dg);
    }
    if (drate != NULL)
        rg_coefficient_pull (&run->rate, run->step, to_rate, drate);
    if (ddecay != NULL)
        rg_coefficient_pull (&run->decay, run->step, to_decay, ddecay);
    return rg_run_check_finite (run, run->direction, "adjoint", message);
}

rg_status
rg_run_adjoint (rg_run *run, double *dw, double *const dmoment[RG_MOMENTS], double *drate, double *ddecay,
                double *dlambda, rg_message *message)
{
    rg_status status = adjoint_of_rule (run, dw, dmoment, drate, ddecay, message);
    rg_objective *inner = run->inner;
    for (size_t shard = 0; status == RG_OK && shard < inner->shards; shard++) {
        status = inner->table->tangent (inner->self, shard, run->direction, NULL, run->product, dlambda, message);
        if (status == RG_OK && inner->precision == RG_SINGLE)
            for (size_t i = 0; i < run->weights; i++)
                dw[i] += (double) ((const float *) run->product)[i];
        else if (status == RG_OK)
            for (size_t i = 0; i < run->weights; i++)
                dw[i] += ((const double *) run->product)[i];
    }
    return status;
}

/* run_step.c -- a step of a run, and its undoing; see run.h. */
#include "dynamics/run_parts.h"

/* The ratios that a range is multiplied by at this step. */
static rg_status
range_decays (const rg_run *run, const rg_coefficient *decay, size_t first, size_t count, uint32_t *numerators,
              rg_decays *out)
{
    *out = (rg_decays) { .ratio = { 0, (uint64_t) 1 << run->options.ratio_bits } };
    if (run->options.ratio.d != 0) {
        out->ratio = run->options.ratio;
        return RG_OK;
    }
    double value, values[RG_DYNAMICS_BLOCK];
    if (rg_coefficient_uniform (decay, first, count, &value))
        return rg_ratio_from_decay (value, run->options.ratio_bits, &out->ratio);
    for (size_t i = 0; i < count; i += RG_DYNAMICS_BLOCK) {
        const size_t size = rg_run_block_end (i, count, RG_DYNAMICS_BLOCK) - i;
        rg_coefficient_expand (decay, first + i, size, values);
        const rg_status status = rg_ratio_numerators (size, values, run->options.ratio_bits, numerators + i, NULL);
        if (status != RG_OK)
            return status;
    }
    out->n = numerators;
    return RG_OK;
}

static rg_status
decay_refused (const rg_run *run, rg_status status, rg_message *message)
{
    if (status == RG_ENOMEM)
        return rg_fail (message, status, "step %llu: out of memory for the entropy buffer",
                        (unsigned long long) run->step);
    if (status == RG_EIRREVERSIBLE)
        return rg_fail (message, status, "step %llu: the entropy buffer is exhausted on the way back",
                        (unsigned long long) run->step);
    return rg_fail (message, status, "step %llu: a decay cannot be applied exactly: expected a number in (0, 1]",
                    (unsigned long long) run->step);
}

/* One face of the dynamics, what it reads and what it moves. */
typedef struct {
    int (*kernel) (const rg_exact_block *, rg_overflow *);
    int reads_gradient, moves_weights;
} face;

/* The weights of a range as the objective sees them. */
static void
refresh (rg_run *run, size_t first, size_t end)
{
    if (run->inner->precision == RG_SINGLE)
        run->kernels->to_single (end - first, run->w + first, RG_RUN_ULP (run), (float *) run->w_real + first);
    else
        run->kernels->to_double (end - first, run->w + first, RG_RUN_ULP (run), (double *) run->w_real + first);
}

/* Apply one face of the dynamics to a range, block by block, and show the objective the weights where they moved. */
static rg_status
apply_exact (rg_run *run, face f, const rg_coefficient *rate, const rg_coefficient *decay, size_t first, size_t end,
             rg_message *message)
{
    double rates[RG_DYNAMICS_BLOCK], decays[RG_DYNAMICS_BLOCK];
    int64_t scratch[RG_DYNAMICS_BLOCK];
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        rg_exact_block b = { .count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i, .kernels = run->kernels,
                             .rate = rates, .decay = decays, .w = run->w + i };
        if (f.reads_gradient) {
            const rg_status status = rg_run_gradient_block (run, i, b.count, scratch, &b.g, message);
            if (status != RG_OK)
                return status;
        }
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment[m] = run->moment[m] + i;
        b.uniform = rg_coefficient_uniform (rate, i, b.count, rates)
            && rg_coefficient_uniform (decay, i, b.count, decays);
        if (!b.uniform) {
            rg_coefficient_expand (rate, i, b.count, rates);
            rg_coefficient_expand (decay, i, b.count, decays);
        }
        rg_overflow where;
        if (f.kernel (&b, &where))
            return rg_run_overflow (run, where.array, i + where.index, message);
        if (f.moves_weights)
            refresh (run, i, i + b.count);
    }
    return RG_OK;
}

void
rg_run_refresh (rg_run *run)
{
    refresh (run, 0, run->weights);
}

static rg_status
advance_range (rg_run *run, size_t range, const rg_coefficient *rate, const rg_coefficient *decay, rg_message *message)
{
    uint32_t numerators[RG_BUFFER_RANGE];
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_decays decays;
    rg_status status = range_decays (run, decay, first, end - first, numerators, &decays);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        status = rg_buffer_multiply (run->buffer[m], range, &decays, run->moment[m] + first);
    if (status != RG_OK)
        return decay_refused (run, status, message);
    return apply_exact (run, (face) { run->dynamics->step_exact, 1, 1 }, rate, decay, first, end, message);
}

static rg_status
advance_floating (rg_run *run, const rg_coefficient *rate, const rg_coefficient *decay, rg_message *message)
{
    double rates[RG_DYNAMICS_BLOCK], decays[RG_DYNAMICS_BLOCK];
    size_t filled[2] = { 0 };
    for (size_t i = 0; i < run->weights; i += RG_DYNAMICS_BLOCK) {
        rg_floating_block b = { .count = rg_run_block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i, .rate = rates,
                                .decay = decays, .g = rg_run_real_at (run, run->g_real, i),
                                .w = rg_run_real_at (run, run->w_real, i) };
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment[m] = rg_run_real_at (run, run->moment_real[m], i);
        rg_coefficient_refill (rate, i, b.count, rates, &filled[0]);
        rg_coefficient_refill (decay, i, b.count, decays, &filled[1]);
        if (run->inner->precision == RG_SINGLE)
            run->dynamics->step_single (&b);
        else
            run->dynamics->step_double (&b);
    }
    return rg_run_check_finite (run, run->w_real, "weight", message);
}

rg_status
rg_run_advance (rg_run *run, rg_message *message)
{
    const rg_coefficient rate = rg_coefficient_at (&run->rate, run->step);
    const rg_coefficient decay = rg_coefficient_at (&run->decay, run->step);
    rg_status status = RG_OK;
    if (!rg_run_is_exact (run))
        status = advance_floating (run, &rate, &decay, message);
    else
        for (size_t range = 0; status == RG_OK && range * RG_BUFFER_RANGE < run->weights; range++)
            status = advance_range (run, range, &rate, &decay, message);
    run->step += status == RG_OK;
    return status;
}

static rg_status
undo_range (rg_run *run, size_t range, const rg_coefficient *rate, const rg_coefficient *decay, rg_message *message)
{
    uint32_t numerators[RG_BUFFER_RANGE];
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_decays decays;
    rg_status status = apply_exact (run, (face) { run->dynamics->undo_moments, 1, 0 }, rate, decay, first, end,
                                    message);
    if (status != RG_OK)
        return status;
    status = range_decays (run, decay, first, end - first, numerators, &decays);
    for (int m = run->dynamics->moments - 1; status == RG_OK && m >= 0; m--)
        status = rg_buffer_divide (run->buffer[m], range, &decays, run->moment[m] + first);
    return status == RG_OK ? RG_OK : decay_refused (run, status, message);
}

/* On the way back an overflow or a number that is not finite is the same finding: the way was not retraced. */
static rg_status
irreversible (const rg_run *run, rg_status status, rg_message *message)
{
    if (status != RG_EOVERFLOW && status != RG_ENONFINITE && status != RG_EIRREVERSIBLE)
        return status;
    return rg_fail (message, RG_EIRREVERSIBLE,
                    "step %llu: the way back left the way out (the gradient was not bit-reproducible)",
                    (unsigned long long) run->step);
}

rg_status
rg_run_undo (rg_run *run, rg_message *message)
{
    run->step--;
    const rg_coefficient rate = rg_coefficient_at (&run->rate, run->step);
    const rg_coefficient decay = rg_coefficient_at (&run->decay, run->step);
    rg_status status = apply_exact (run, (face) { run->dynamics->undo_weights, 0, 1 }, &rate, &decay, 0,
                                    run->weights, message);
    if (status == RG_OK)
        status = rg_run_gradient (run, 0, message);
    for (size_t range = 0; status == RG_OK && range * RG_BUFFER_RANGE < run->weights; range++)
        status = undo_range (run, range, &rate, &decay, message);
    return irreversible (run, status, message);
}

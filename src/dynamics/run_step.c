/* run_step.c -- a step of a run, and its undoing; see run.h. */
#include <stdio.h>
#include <string.h>

#include "dynamics/run_factors.h"
#include "dynamics/run_own.h"
#include "dynamics/run_parts.h"

/* The numerators of a block; those of weights that share one number are found once. */
static rg_status
block_numerators (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count, uint32_t *out)
{
    const int bits = run->ratio_bits[stream];
    double value, values[RG_DYNAMICS_BLOCK];
    if (rg_run_stream_uniform (run, now, stream, first, count, &value)) {
        rg_ratio ratio;
        const rg_status status = rg_ratio_from_decay (value, bits, &ratio);
        for (size_t i = 0; i < count; i++)
            out[i] = (uint32_t) ratio.n;
        return status;
    }
    rg_run_stream_expand (run, now, stream, first, count, values);
    return rg_ratio_numerators (count, values, bits, out, NULL);
}

/* The ratios that a stream multiplies a range by at this step. */
static rg_status
range_decays (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count,
              uint32_t *numerators, rg_decays *out)
{
    const int bits = run->ratio_bits[stream];
    *out = (rg_decays) { .ratio = { 0, (uint64_t) 1 << bits } };
    if (run->options.ratio.d != 0) {
        out->ratio = run->options.ratio;
        return RG_OK;
    }
    double value;
    if (rg_run_stream_uniform (run, now, stream, first, count, &value))
        return rg_ratio_from_decay (value, bits, &out->ratio);
    rg_status status = RG_OK;
    for (size_t i = 0, end; status == RG_OK && i < count; i = end) {
        end = rg_run_block_end (i, count, RG_DYNAMICS_BLOCK);
        status = block_numerators (run, now, stream, first + i, end - i, numerators + i);
    }
    out->n = numerators;
    return status;
}

static rg_status
decay_refused (const rg_run *run, int stream, rg_status status, rg_message *message)
{
    if (status == RG_ENOMEM)
        return rg_fail (message, status, "step %llu: out of memory for the entropy buffer",
                        (unsigned long long) run->step);
    if (status == RG_EIRREVERSIBLE)
        return rg_fail (message, status, "step %llu: the entropy buffer is exhausted on the way back",
                        (unsigned long long) run->step);
    return rg_fail (message, status, "step %llu: %s cannot be applied exactly: expected a number in (0, 1]",
                    (unsigned long long) run->step,
                    stream < run->dynamics->moments ? "a decay" : "1 - rate * weight_decay");
}

/* Multiply a range of what a stream multiplies, or undo it. */
static rg_status
pass_stream (rg_run *run, const rg_run_coefficients *now, int stream, int forward, size_t range, rg_message *message)
{
    uint32_t numerators[RG_BUFFER_RANGE];
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    int64_t *c = stream < run->dynamics->moments ? run->moment[stream] : run->w;
    rg_decays decays;
    rg_status status = range_decays (run, now, stream, first, end - first, numerators, &decays);
    if (status == RG_OK)
        status = (forward ? rg_buffer_multiply : rg_buffer_divide) (run->buffer[stream], range, &decays, c + first);
    return status == RG_OK ? RG_OK : decay_refused (run, stream, status, message);
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
apply_exact (rg_run *run, face f, const rg_run_coefficients *now, size_t first, size_t end, rg_message *message)
{
    rg_factor_room room;
    int64_t scratch[RG_DYNAMICS_BLOCK];
    memset (room.filled, 0, sizeof room.filled);
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        rg_exact_block b = { .count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i, .kernels = run->kernels,
                             .fraction_bits = run->options.fraction_bits, .second_bits = run->options.second_bits,
                             .step = run->step, .first = i, .inside = run->options.epsilon_inside, .w = run->w + i };
        if (f.reads_gradient) {
            const rg_status status = rg_run_gradient_block (run, i, b.count, scratch, &b.g, message);
            if (status != RG_OK)
                return status;
        }
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment[m] = run->moment[m] + i;
        b.factors = rg_run_factors_short (run, now, i, b.count, &room, &b.uniform);
        rg_overflow where;
        if (f.kernel (&b, &where))
            return rg_run_overflow (run, where.array, i + where.index, message);
        if (f.moves_weights)
            refresh (run, i, i + b.count);
    }
    return RG_OK;
}

/* The objective sees the weights of all ranks. */
static rg_status
show_weights (rg_run *run, rg_message *message)
{
    return rg_run_gather_reals (run, run->w_real, rg_precision_size (run->inner->precision), message);
}

static rg_status
refresh_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    rg_run *run = user;
    const size_t first = range * RG_BUFFER_RANGE;
    refresh (run, first, rg_run_block_end (first, run->weights, RG_BUFFER_RANGE));
    return RG_OK;
}

void
rg_run_refresh (rg_run *run)
{
    run->lost = rg_run_each_range (run, refresh_range, run, NULL);
    if (run->lost == RG_OK)
        run->lost = show_weights (run, NULL);
}

/* What the ranges of a step share. */
typedef struct {
    rg_run *run;
    rg_run_coefficients now;
} moving;

static rg_status
advance_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = ((const moving *) user)->run;
    const rg_run_coefficients *now = &((const moving *) user)->now;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_status status = RG_OK;
    for (int s = 0; status == RG_OK && s < run->streams; s++)
        status = pass_stream (run, now, s, 1, range, message);
    if (status != RG_OK)
        return status;
    return apply_exact (run, (face) { run->faces->step_exact, 1, 1 }, now, first, end, message);
}

static rg_status
advance_floating_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = ((const moving *) user)->run;
    const rg_run_coefficients *now = &((const moving *) user)->now;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_factor_room room;
    memset (room.filled, 0, sizeof room.filled);
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        rg_floating_block b = { .count = count, .factors = rg_run_factors (run, now, i, count, &room),
                                .inside = run->options.epsilon_inside, .g = rg_run_real_at (run, run->g_real, i),
                                .w = rg_run_real_at (run, run->w_real, i) };
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment[m] = rg_run_real_at (run, run->moment_real[m], i);
        if (run->inner->precision == RG_SINGLE)
            run->faces->step_single (&b);
        else
            run->faces->step_double (&b);
    }
    rg_status status = rg_run_check_finite (run, run->w_real, first, end - first, "weight", message);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        if (run->dynamics->moment[m].second) /* an infinite one would stop the weights without a trace */
            status = rg_run_check_finite (run, run->moment_real[m], first, end - first, run->dynamics->moment[m].name,
                                          message);
    return status;
}

/* The blocks of a range, by a rule of one's own. */
static rg_status
advance_own_range (void *user, size_t range, size_t thread, rg_message *message)
{
    rg_run *run = ((const moving *) user)->run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_factor_room room;
    rg_status status = RG_OK;
    memset (room.filled, 0, sizeof room.filled);
    for (size_t i = first, count; status == RG_OK && i < end; i += count) {
        count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        const rg_factors factors = rg_run_factors (run, &((const moving *) user)->now, i, count, &room);
        status = rg_own_step (run, thread, &factors, i, count, message);
    }
    if (status == RG_OK)
        status = rg_run_check_finite (run, run->w_real, first, end - first, "weight", message);
    for (int m = 0; status == RG_OK && m < run->dynamics->slots; m++) {
        char what[32];
        snprintf (what, sizeof what, "state %d", m);
        status = rg_run_check_finite (run, run->moment_real[m], first, end - first, what, message);
    }
    return status;
}

rg_status
rg_run_advance (rg_run *run, rg_message *message)
{
    moving m = { run, rg_run_coefficients_now (run) };
    rg_piece *piece = rg_run_is_exact (run) ? advance_range
        : run->dynamics->own != NULL        ? advance_own_range
                                            : advance_floating_range;
    rg_status status = rg_run_each_range (run, piece, &m, message);
    if (status == RG_OK)
        status = show_weights (run, message);
    run->step += status == RG_OK;
    return status;
}

/* The weights of s_t from those of s_{t+1}: what was added last is taken away first. */
static rg_status
undo_weights (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = ((const moving *) user)->run;
    const rg_run_coefficients *now = &((const moving *) user)->now;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    const int decay = run->dynamics->weight_decay != 0;
    rg_status status = apply_exact (run, (face) { run->faces->undo_weights, 0, !decay }, now, first, end, message);
    if (status != RG_OK || !decay)
        return status;
    status = pass_stream (run, now, run->dynamics->moments, 0, range, message);
    if (status == RG_OK)
        refresh (run, first, end);
    return status;
}

static rg_status
undo_moments (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = ((const moving *) user)->run;
    const rg_run_coefficients *now = &((const moving *) user)->now;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_status status = apply_exact (run, (face) { run->faces->undo_moments, 1, 0 }, now, first, end, message);
    for (int m = run->dynamics->moments - 1; status == RG_OK && m >= 0; m--)
        status = pass_stream (run, now, m, 0, range, message);
    return status;
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
    moving m = { run, rg_run_coefficients_now (run) };
    rg_status status = rg_run_each_range (run, undo_weights, &m, message);
    if (status == RG_OK)
        status = show_weights (run, message);
    if (status == RG_OK)
        status = rg_run_gradient (run, 0, message);
    if (status == RG_OK)
        status = rg_run_each_range (run, undo_moments, &m, message);
    return irreversible (run, status, message);
}

/* run.c -- one training run; see run.h. */
#include "dynamics/run.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"

#define SCALED(run) ldexp (1, (run)->options.fraction_bits)
#define ULP(run) ldexp (1, -(run)->options.fraction_bits)

static int
is_exact (const rg_run *run)
{
    return run->options.arithmetic == RG_EXACT;
}

static char *
real_at (const rg_run *run, void *reals, size_t first)
{
    return (char *) reals + first * rg_precision_size (run->inner->precision);
}

static size_t
block_end (size_t first, size_t end, size_t block)
{
    return end - first < block ? end : first + block;
}

static rg_status
allocate (rg_run *run)
{
    const size_t n = run->weights, real = rg_precision_size (run->inner->precision);
    int complete = 1;
    complete &= (run->lambda = rg_calloc (run->inner->lambdas, sizeof (double))) != NULL;
    complete &= (run->w_real = rg_calloc (n, real)) != NULL;
    complete &= (run->g_real = rg_calloc (n, real)) != NULL;
    complete &= (run->shard_g = rg_calloc (n, real)) != NULL;
    complete &= (run->direction = rg_calloc (n, real)) != NULL;
    complete &= (run->product = rg_calloc (n, real)) != NULL;
    for (int m = 0; complete && m < run->dynamics->moments; m++)
        if (is_exact (run)) {
            complete &= (run->moment[m] = rg_calloc (n, sizeof (int64_t))) != NULL;
            complete &= rg_buffer_new (&run->buffer[m], run->options.buffer_kind, n, run->options.ratio_bits) == RG_OK;
        } else
            complete &= (run->moment_real[m] = rg_calloc (n, real)) != NULL;
    if (complete && is_exact (run)) {
        complete &= (run->w = rg_calloc (n, sizeof (int64_t))) != NULL;
        complete &= run->inner->shards == 1 || (run->g = rg_calloc (n, sizeof (int64_t))) != NULL;
    }
    return complete ? RG_OK : RG_ENOMEM;
}

static rg_status
check_options (const rg_run_options *options, rg_message *message)
{
    if (options->arithmetic == RG_FLOATING)
        return RG_OK;
    const int most = options->buffer_kind == RG_BUFFER_STREAM32 ? 16 : 28;
    if (options->fraction_bits < 8 || options->fraction_bits > 51)
        return rg_fail (message, RG_ERANGE, "fraction_bits: expected 8 to 51, got %d", options->fraction_bits);
    if (options->ratio_bits < 1 || options->ratio_bits > most)
        return rg_fail (message, RG_ERANGE, "ratio_bits: expected 1 to %d with this buffer, got %d", most,
                        options->ratio_bits);
    if (options->ratio.d != 0 && options->buffer_kind != RG_BUFFER_INTEGER)
        return rg_fail (message, RG_EUNSUPPORTED, "an exact ratio %llu/%llu needs the integer buffer",
                        (unsigned long long) options->ratio.n, (unsigned long long) options->ratio.d);
    return RG_OK;
}

/* The schedules as they are now; a rule without moments has no use for a decay. */
static rg_status
find_schedules (rg_run *run, rg_message *message)
{
    static const double one = 1;
    const char *name = run->dynamics->name;
    const int moments = run->dynamics->moments, found = rg_hyper_find (run->hyper, RG_DECAY, &run->decay);
    if (!rg_hyper_find (run->hyper, RG_RATE, &run->rate) || (moments > 0 && !found))
        return rg_fail (message, RG_EUNSUPPORTED, "%s needs a rate%s among the hyperparameters", name,
                        moments > 0 ? " and a decay" : "");
    if (moments > 0)
        return RG_OK;
    if (found && !run->decay.fixed)
        return rg_fail (message, RG_EUNSUPPORTED, "%s cannot tune `decay`: it has no momentum; momentum and nesterov have",
                        name);
    run->whole[1] = run->weights;
    run->decay = (rg_block) { .name = "decay", .role = RG_DECAY, .fixed = 1, .slice = 1, .size = 1, .natural = &one,
                              .offsets = run->whole };
    return RG_OK;
}

rg_run_options
rg_run_defaults (void)
{
    return (rg_run_options) { .arithmetic = RG_EXACT,
                              .fraction_bits = 40,
                              .ratio_bits = 14,
                              .buffer_kind = RG_BUFFER_STREAM32 };
}

rg_status
rg_run_new (rg_run **out, const rg_dynamics *dynamics, rg_objective *inner, const rg_hyper *hyper,
            const rg_run_options *options, rg_message *message)
{
    *out = NULL;
    const size_t weights = rg_layout_weights (rg_hyper_layout (hyper));
    if (inner->weights != weights)
        return rg_fail (message, RG_ESHAPE, "the objective has %zu weights, the layout %zu", inner->weights, weights);
    if (inner->lambdas != 0 && inner->lambdas != rg_lambda_size (hyper))
        return rg_fail (message, RG_ESHAPE, "the objective takes %zu hyperparameters, the blocks have %zu",
                        inner->lambdas, rg_lambda_size (hyper));
    rg_status status = check_options (options, message);
    if (status != RG_OK)
        return status;
    rg_run *run = rg_calloc (1, sizeof *run);
    if (run == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    run->dynamics = rg_dynamics_here (dynamics);
    run->inner = inner;
    run->hyper = hyper;
    run->options = *options;
    run->kernels = rg_update_get ();
    run->weights = weights;
    status = find_schedules (run, message);
    if (status == RG_OK && allocate (run) != RG_OK)
        status = rg_fail (message, RG_ENOMEM, "out of memory for a run of %zu weights", weights);
    if (status != RG_OK) {
        rg_run_free (run);
        return status;
    }
    *out = run;
    return RG_OK;
}

void
rg_run_free (rg_run *run)
{
    if (run == NULL)
        return;
    void *const blocks[] = { run->lambda, run->w_real, run->g_real, run->shard_g, run->direction,
                             run->product, run->w, run->g };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rg_free (blocks[i]);
    for (int m = 0; m < RG_MOMENTS; m++) {
        rg_free (run->moment[m]);
        rg_free (run->moment_real[m]);
        rg_buffer_free (run->buffer[m]);
    }
    rg_free (run);
}

static const char *
array_name (const rg_run *run, size_t weight)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    return rg_layout_name (layout, rg_layout_array_of (layout, weight));
}

static rg_status
overflow_at (const rg_run *run, const char *what, size_t weight, rg_message *message)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    const size_t array = rg_layout_array_of (layout, weight);
    return rg_fail (message, RG_EOVERFLOW,
                    "step %llu: the %s of parameter %zu of array %s left (-2^%d, 2^%d), the range of %d fraction bits",
                    (unsigned long long) run->step, what, weight - rg_layout_offset (layout, array),
                    array_name (run, weight), 52 - run->options.fraction_bits, 52 - run->options.fraction_bits,
                    run->options.fraction_bits);
}

/* A decay of 0 loses everything it multiplies. */
static rg_status
check_decays (const rg_run *run, rg_message *message)
{
    for (size_t i = 0; is_exact (run) && i < run->decay.size; i++)
        if (run->decay.natural[i] == 0)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "decay: a decay of 0 forgets the velocity and cannot be run backwards: expected a number in "
                            "(0, 1], or floating arithmetic");
    return RG_OK;
}

rg_status
rg_run_renew (rg_run *run, rg_message *message)
{
    if (run->inner->lambdas > 0)
        rg_lambda_collect (run->hyper, run->lambda);
    const rg_status status = find_schedules (run, message);
    return status == RG_OK ? check_decays (run, message) : status;
}

rg_status
rg_run_start (rg_run *run, const double *w0, uint64_t iteration, rg_message *message)
{
    const size_t n = run->weights;
    run->iteration = iteration;
    run->step = 0;
    const rg_status status = rg_run_renew (run, message);
    if (status != RG_OK)
        return status;
    size_t bad = 0;
    for (; bad < n && isfinite (w0[bad]); bad++)
        continue;
    if (bad < n)
        return rg_fail (message, RG_ENONFINITE, "initial weight %zu (array %s) is not finite", bad,
                        array_name (run, bad));
    if (!is_exact (run)) {
        if (run->inner->precision == RG_SINGLE)
            for (size_t i = 0; i < n; i++)
                ((float *) run->w_real)[i] = (float) w0[i];
        else
            memcpy (run->w_real, w0, n * sizeof *w0);
        for (int m = 0; m < run->dynamics->moments; m++)
            memset (run->moment_real[m], 0, n * rg_precision_size (run->inner->precision));
        return RG_OK;
    }
    if (rg_fixed_from_double (n, w0, run->options.fraction_bits, run->w, &bad) != RG_OK)
        return overflow_at (run, "initial weight", bad, message);
    for (int m = 0; m < run->dynamics->moments; m++) {
        memset (run->moment[m], 0, n * sizeof (int64_t));
        rg_buffer_reset (run->buffer[m]);
    }
    rg_run_refresh (run);
    return RG_OK;
}

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
    const double unit = SCALED (run);
    if (!(single ? run->kernels->add_single (count, begin, g_single, unit, sum)
                 : run->kernels->add_double (count, begin, g_double, unit, sum)))
        return RG_OK;
    for (size_t i = 0; i < count; i++) {
        const double g = single ? (double) g_single[i] : g_double[i];
        if (!isfinite (g))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the gradient of array %s is not finite",
                            (unsigned long long) run->step, array_name (run, first + i));
        if (!(fabs (g * unit) < 0x1p51) || !rg_fixed_fits (sum[i]))
            return overflow_at (run, "gradient", first + i, message);
    }
    return RG_OK;
}

/*
 * The rounded gradient of a block of weights: the sum of several shards, or one shard's
 * rounded here, where it is used, so that it need not travel through memory.
 *   scratch  [count] workspace
 *   g        [out] the integers
 */
static rg_status
gradient_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                rg_message *message)
{
    *g = run->g == NULL ? scratch : run->g + first;
    return run->g == NULL ? round_shard (run, 1, first, count, scratch, message) : RG_OK;
}

static rg_status
check_finite (const rg_run *run, const void *reals, const char *what, rg_message *message)
{
    if (run->inner->precision == RG_SINGLE ? run->kernels->finite_single (run->weights, reals)
                                           : run->kernels->finite_double (run->weights, reals))
        return RG_OK;
    for (size_t i = 0; i < run->weights; i++)
        if (!(run->inner->precision == RG_SINGLE ? isfinite (((const float *) reals)[i])
                                                 : isfinite (((const double *) reals)[i])))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the %s of array %s is not finite",
                            (unsigned long long) run->step, what, array_name (run, i));
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
        if (!is_exact (run))
            add_floating (run, shard);
        total += loss;
    }
    run->inner_loss = total;
    return is_exact (run) ? RG_OK : check_finite (run, run->g_real, "gradient", message);
}

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
        const size_t size = block_end (i, count, RG_DYNAMICS_BLOCK) - i;
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
        run->kernels->to_single (end - first, run->w + first, ULP (run), (float *) run->w_real + first);
    else
        run->kernels->to_double (end - first, run->w + first, ULP (run), (double *) run->w_real + first);
}

/* Apply one face of the dynamics to a range, block by block, and show the objective the weights where they moved. */
static rg_status
apply_exact (rg_run *run, face f, const rg_coefficient *rate, const rg_coefficient *decay, size_t first, size_t end,
             rg_message *message)
{
    double rates[RG_DYNAMICS_BLOCK], decays[RG_DYNAMICS_BLOCK];
    int64_t scratch[RG_DYNAMICS_BLOCK];
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        rg_exact_block b = { .count = block_end (i, end, RG_DYNAMICS_BLOCK) - i, .kernels = run->kernels,
                             .rate = rates, .decay = decays, .w = run->w + i };
        if (f.reads_gradient) {
            const rg_status status = gradient_block (run, i, b.count, scratch, &b.g, message);
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
            return overflow_at (run, where.array, i + where.index, message);
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
    const size_t first = range * RG_BUFFER_RANGE, end = block_end (first, run->weights, RG_BUFFER_RANGE);
    rg_decays decays;
    rg_status status = range_decays (run, decay, first, end - first, numerators, &decays);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        status = rg_buffer_multiply (run->buffer[m], range, &decays, run->moment[m] + first);
    if (status != RG_OK)
        return decay_refused (run, status, message);
    return apply_exact (run, (face) { run->dynamics->step_exact, 1, 1 }, rate, decay, first, end, message);
}

/*
 * Expand a coefficient over a block, unless the workspace holds it already.
 *   filled  [in and out] how many leading entries share the value of the first; 0: none
 */
static void
expand (const rg_coefficient *coefficient, size_t first, size_t count, double *out, size_t *filled)
{
    double value;
    const int uniform = rg_coefficient_uniform (coefficient, first, count, &value);
    if (!uniform || *filled < count || value != out[0])
        rg_coefficient_expand (coefficient, first, count, out);
    else
        return;
    *filled = uniform ? count : 0;
}

static rg_status
advance_floating (rg_run *run, const rg_coefficient *rate, const rg_coefficient *decay, rg_message *message)
{
    double rates[RG_DYNAMICS_BLOCK], decays[RG_DYNAMICS_BLOCK];
    size_t filled[2] = { 0 };
    for (size_t i = 0; i < run->weights; i += RG_DYNAMICS_BLOCK) {
        rg_floating_block b = { .count = block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i, .rate = rates,
                                .decay = decays, .g = real_at (run, run->g_real, i),
                                .w = real_at (run, run->w_real, i) };
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment[m] = real_at (run, run->moment_real[m], i);
        expand (rate, i, b.count, rates, &filled[0]);
        expand (decay, i, b.count, decays, &filled[1]);
        if (run->inner->precision == RG_SINGLE)
            run->dynamics->step_single (&b);
        else
            run->dynamics->step_double (&b);
    }
    return check_finite (run, run->w_real, "weight", message);
}

rg_status
rg_run_advance (rg_run *run, rg_message *message)
{
    const rg_coefficient rate = rg_coefficient_at (&run->rate, run->step);
    const rg_coefficient decay = rg_coefficient_at (&run->decay, run->step);
    rg_status status = RG_OK;
    if (!is_exact (run))
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
    const size_t first = range * RG_BUFFER_RANGE, end = block_end (first, run->weights, RG_BUFFER_RANGE);
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
    if (!is_exact (run)) {
        widen (run, run->g_real, first, count, g);
        for (int m = 0; m < run->dynamics->moments; m++)
            widen (run, run->moment_real[m], first, count, moment[m]);
        return RG_OK;
    }
    int64_t scratch[RG_DYNAMICS_BLOCK];
    const int64_t *rounded;
    const rg_status status = gradient_block (run, first, count, scratch, &rounded, message);
    if (status != RG_OK)
        return status;
    run->kernels->to_double (count, rounded, ULP (run), g);
    for (int m = 0; m < run->dynamics->moments; m++)
        run->kernels->to_double (count, run->moment[m] + first, ULP (run), moment[m]);
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
    size_t filled[2] = { 0 };
    for (size_t i = 0; i < run->weights; i += RG_DYNAMICS_BLOCK) {
        rg_adjoint_block b = { .count = block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i, .rate = rates,
                               .decay = decays, .g = g, .dw = dw + i, .dg = dg, .drate = in_rate,
                               .ddecay = in_decay };
        for (int m = 0; m < run->dynamics->moments; m++) {
            b.moment[m] = moment[m];
            b.dmoment[m] = dmoment[m] + i;
        }
        expand (&rate, i, b.count, rates, &filled[0]);
        expand (&decay, i, b.count, decays, &filled[1]);
        const rg_status status = rg_run_load (run, i, b.count, g, moment, message);
        if (status != RG_OK)
            return status;
        run->dynamics->adjoint (&b);
        if (drate != NULL)
            rg_coefficient_gather (&rate, i, b.count, in_rate,
                                   drate + (run->rate.per_step ? run->step * run->rate.slice : 0));
        if (ddecay != NULL)
            rg_coefficient_gather (&decay, i, b.count, in_decay,
                                   ddecay + (run->decay.per_step ? run->step * run->decay.slice : 0));
        store_direction (run, i, b.count, dg);
    }
    return check_finite (run, run->direction, "adjoint", message);
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

uint64_t
rg_run_digest (const rg_run *run)
{
    const size_t real = rg_precision_size (run->inner->precision);
    uint64_t parts[2 + 2 * RG_MOMENTS] = { run->step };
    parts[1] = is_exact (run) ? XXH3_64bits (run->w, run->weights * sizeof *run->w)
                              : XXH3_64bits (run->w_real, run->weights * real);
    for (int m = 0; m < run->dynamics->moments; m++) {
        parts[2 + 2 * m] = is_exact (run) ? XXH3_64bits (run->moment[m], run->weights * sizeof (int64_t))
                                          : XXH3_64bits (run->moment_real[m], run->weights * real);
        parts[3 + 2 * m] = is_exact (run) ? rg_buffer_digest (run->buffer[m]) : 0;
    }
    return XXH3_64bits (parts, sizeof parts);
}

void
rg_run_weights (const rg_run *run, double *out)
{
    if (is_exact (run))
        run->kernels->to_double (run->weights, run->w, ULP (run), out);
    else
        for (size_t i = 0; i < run->weights; i++)
            out[i] = run->inner->precision == RG_SINGLE ? (double) ((const float *) run->w_real)[i]
                                                        : ((const double *) run->w_real)[i];
}

size_t
rg_run_buffer_bytes (const rg_run *run)
{
    size_t bytes = 0;
    for (int m = 0; is_exact (run) && m < run->dynamics->moments; m++)
        bytes += rg_buffer_bytes (run->buffer[m]);
    return bytes;
}

double
rg_run_buffer_bits (const rg_run *run)
{
    double bits = 0;
    for (int m = 0; is_exact (run) && m < run->dynamics->moments; m++)
        bits += rg_buffer_bits (run->buffer[m]);
    return bits;
}

double
rg_run_limit_bits (const rg_run *run, uint64_t step)
{
    const rg_coefficient decay = rg_coefficient_at (&run->decay, step);
    double bits = 0;
    for (size_t s = 0; s < decay.segments; s++) {
        const double count = decay.offsets == NULL ? 1 : (double) (decay.offsets[s + 1] - decay.offsets[s]);
        bits -= count * log2 (decay.values[s]);
    }
    return bits * run->dynamics->moments;
}

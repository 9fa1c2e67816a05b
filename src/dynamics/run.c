/* run.c -- one training run: its making, its start, what it holds; see run.h. */
#include "dynamics/run.h"

#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "dynamics/run_parts.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"

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
        if (rg_run_is_exact (run)) {
            complete &= (run->moment[m] = rg_calloc (n, sizeof (int64_t))) != NULL;
            complete &= rg_buffer_new (&run->buffer[m], run->options.buffer_kind, n, run->options.ratio_bits) == RG_OK;
        } else
            complete &= (run->moment_real[m] = rg_calloc (n, real)) != NULL;
    if (complete && rg_run_is_exact (run)) {
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

const char *
rg_run_array_name (const rg_run *run, size_t weight)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    return rg_layout_name (layout, rg_layout_array_of (layout, weight));
}

rg_status
rg_run_overflow (const rg_run *run, const char *what, size_t weight, rg_message *message)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    const size_t array = rg_layout_array_of (layout, weight);
    return rg_fail (message, RG_EOVERFLOW,
                    "step %llu: the %s of parameter %zu of array %s left (-2^%d, 2^%d), the range of %d fraction bits",
                    (unsigned long long) run->step, what, weight - rg_layout_offset (layout, array),
                    rg_run_array_name (run, weight), 52 - run->options.fraction_bits, 52 - run->options.fraction_bits,
                    run->options.fraction_bits);
}

/* A decay of 0 loses everything it multiplies. */
static rg_status
check_decays (const rg_run *run, rg_message *message)
{
    const int tied = run->decay.tied != NULL; /* the step says it of a tied one, whose slices come with the steps */
    for (size_t i = 0; rg_run_is_exact (run) && i < (tied ? run->decay.slice : run->decay.size); i++)
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
                        rg_run_array_name (run, bad));
    if (!rg_run_is_exact (run)) {
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
        return rg_run_overflow (run, "initial weight", bad, message);
    for (int m = 0; m < run->dynamics->moments; m++) {
        memset (run->moment[m], 0, n * sizeof (int64_t));
        rg_buffer_reset (run->buffer[m]);
    }
    rg_run_refresh (run);
    return RG_OK;
}

uint64_t
rg_run_digest (const rg_run *run)
{
    const size_t real = rg_precision_size (run->inner->precision);
    uint64_t parts[2 + 2 * RG_MOMENTS] = { run->step };
    parts[1] = rg_run_is_exact (run) ? XXH3_64bits (run->w, run->weights * sizeof *run->w)
                              : XXH3_64bits (run->w_real, run->weights * real);
    for (int m = 0; m < run->dynamics->moments; m++) {
        parts[2 + 2 * m] = rg_run_is_exact (run) ? XXH3_64bits (run->moment[m], run->weights * sizeof (int64_t))
                                          : XXH3_64bits (run->moment_real[m], run->weights * real);
        parts[3 + 2 * m] = rg_run_is_exact (run) ? rg_buffer_digest (run->buffer[m]) : 0;
    }
    return XXH3_64bits (parts, sizeof parts);
}

void
rg_run_weights (const rg_run *run, double *out)
{
    if (rg_run_is_exact (run))
        run->kernels->to_double (run->weights, run->w, RG_RUN_ULP (run), out);
    else
        for (size_t i = 0; i < run->weights; i++)
            out[i] = run->inner->precision == RG_SINGLE ? (double) ((const float *) run->w_real)[i]
                                                        : ((const double *) run->w_real)[i];
}

size_t
rg_run_buffer_bytes (const rg_run *run)
{
    size_t bytes = 0;
    for (int m = 0; rg_run_is_exact (run) && m < run->dynamics->moments; m++)
        bytes += rg_buffer_bytes (run->buffer[m]);
    return bytes;
}

double
rg_run_buffer_bits (const rg_run *run)
{
    double bits = 0;
    for (int m = 0; rg_run_is_exact (run) && m < run->dynamics->moments; m++)
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

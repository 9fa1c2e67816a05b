/* run.c -- one training run: its making, its start, what it holds; see run.h. */
#include "dynamics/run.h"

#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "dynamics/run_factors.h"
#include "dynamics/run_own.h"
#include "dynamics/run_parts.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"
#include "hyper/role.h"

/* Decays very near 1 need heads of 64 bits. */
rg_buffer_kind
rg_run_stream_kind (const rg_run *run, int stream)
{
    const rg_buffer_kind kind = run->options.buffer_kind;
    return kind == RG_BUFFER_STREAM32 && run->ratio_bits[stream] > 16 ? RG_BUFFER_STREAM64 : kind;
}

static rg_status
new_buffer (rg_run *run, int stream)
{
    const rg_dynamics *rule = run->dynamics;
    const int second = stream < rule->moments && rule->moment[stream].second;
    return (second ? rg_buffer_new_large : rg_buffer_new) (&run->buffer[stream], rg_run_stream_kind (run, stream),
                                                           run->weights, run->ratio_bits[stream]);
}

/* One a shard, or where they are many, one a thread. */
static size_t
count_rooms (const rg_run *run)
{
    enum { FEW = 4 };
    const size_t threads = rg_team_threads (run->options.team), most = threads > FEW ? threads : FEW;
    const size_t all = most * rg_ranks_count (run->ranks);
    return run->inner->shards < all ? run->inner->shards : all;
}

static rg_status
allocate (rg_run *run)
{
    const size_t n = run->weights, real = rg_precision_size (run->inner->precision);
    int complete = 1;
    run->rooms = count_rooms (run);
    if (rg_lambda_borrow (run->hyper) == NULL)
        complete &= (run->lambda_room = rg_calloc (run->inner->lambdas, sizeof (double))) != NULL;
    complete &= (run->w_real = rg_calloc (n, real)) != NULL;
    complete &= (run->room = rg_malloc (run->rooms, n * real)) != NULL;
    run->gradients = run->room;
    complete &= (run->digest = rg_calloc (n / RG_BUFFER_RANGE + 1, sizeof *run->digest)) != NULL;
    complete &= (run->direction = rg_calloc (n, real)) != NULL;
    complete &= (run->loss = rg_calloc (run->inner->shards, sizeof (double))) != NULL;
    run->g_real = run->inner->shards == 1 ? run->room : NULL;
    if (run->g_real == NULL && !rg_run_is_exact (run))
        complete &= (run->g_real = rg_calloc (n, real)) != NULL;
    if (!rg_run_is_exact (run))
        complete &= (run->moment_real = rg_calloc ((size_t) rg_dynamics_arrays (run->dynamics), sizeof *run->moment_real)) != NULL;
    for (int m = 0; complete && m < rg_dynamics_arrays (run->dynamics); m++)
        if (rg_run_is_exact (run))
            complete &= (run->moment[m] = rg_calloc (n, sizeof (int64_t))) != NULL;
        else
            complete &= (run->moment_real[m] = rg_calloc (n, real)) != NULL;
    if (run->options.clip > 0)
        complete &= (run->clip_sums = rg_calloc ((n + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE, sizeof *run->clip_sums)) != NULL;
    if (complete && run->dynamics->own != NULL)
        complete = rg_own_init (run) == RG_OK;
    for (int s = 0; complete && s < run->streams; s++)
        complete &= new_buffer (run, s) == RG_OK;
    if (complete && rg_run_is_exact (run)) {
        complete &= (run->w = rg_calloc (n, sizeof (int64_t))) != NULL;
        complete &= (run->inner->shards <= run->rooms && run->parts == NULL) || (run->g = rg_calloc (n,
                     sizeof (int64_t))) != NULL;
    }
    return complete ? rg_run_products_init (run) : RG_ENOMEM;
}

rg_run_options
rg_run_defaults (void)
{
    return (rg_run_options) { .arithmetic = RG_EXACT,
                              .fraction_bits = 40,
                              .ratio_bits = 14,
                              .buffer_kind = RG_BUFFER_STREAM32,
                              .second_bits = 56 };
}

/* In exact arithmetic: the moments, each with the bits of its decay, and the weights where they decay. */
static void
count_streams (rg_run *run)
{
    const rg_dynamics *rule = run->dynamics;
    if (!rg_run_is_exact (run))
        return;
    run->streams = rule->moments + (rule->weight_decay != 0);
    for (int m = 0; m < rule->moments; m++)
        run->ratio_bits[m] = rg_role_ratio_bits (rule->coefficient[rule->moment[m].decay].role, run->options.ratio_bits);
    if (rule->weight_decay != 0)
        run->ratio_bits[rule->moments] = RG_NEAR_ONE_BITS;
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
    rg_status status = rg_run_check_options (options, dynamics, message);
    if (status != RG_OK)
        return status;
    rg_run *run = rg_calloc (1, sizeof *run);
    if (run == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    run->dynamics = dynamics;
    run->faces = rg_dynamics_faces (dynamics);
    run->inner = inner;
    run->hyper = hyper;
    run->options = *options;
    run->kernels = rg_kernels_here ()->update;
    run->weights = weights;
    run->clip_factor = 1;
    count_streams (run);
    status = rg_run_find_coefficients (run, message);
    if (status == RG_OK && (rg_run_ranks_init (run) != RG_OK || allocate (run) != RG_OK))
        status = rg_fail (message, RG_ENOMEM, "out of memory for a run of %zu weights", weights);
    if (!options->alone)
        status = rg_ranks_agree (rg_team_ranks (options->team), status, message);
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
    void *const blocks[] = { run->lambda_room, run->w_real, run->g_real == run->room ? NULL : run->g_real, run->room,
                             run->direction, run->loss, run->w, run->g, run->parts, run->places,
                             run->own_g, run->digest, run->clip_sums };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rg_free (blocks[i]);
    for (int m = 0; m < RG_MOMENTS; m++)
        rg_free (run->moment[m]);
    for (int m = 0; run->moment_real != NULL && m < rg_dynamics_arrays (run->dynamics); m++)
        rg_free (run->moment_real[m]);
    rg_free (run->moment_real);
    rg_own_clear (run);
    for (int s = 0; s < RG_STREAMS; s++)
        rg_buffer_free (run->buffer[s]);
    rg_run_products_clear (run);
    rg_free (run);
}

rg_status
rg_run_renew (rg_run *run, rg_message *message)
{
    run->lambda = rg_lambda_borrow (run->hyper);
    if (run->lambda == NULL && run->inner->lambdas > 0)
        rg_lambda_collect (run->hyper, run->lambda_room);
    if (run->lambda == NULL)
        run->lambda = run->lambda_room;
    rg_status status = rg_run_find_coefficients (run, message);
    if (status == RG_OK)
        status = rg_run_check_coefficients (run, message);
    if (status == RG_OK)
        rg_run_products_renew (run);
    return status;
}

rg_status
rg_run_start (rg_run *run, const double *w0, uint64_t iteration, rg_message *message)
{
    const size_t n = run->weights;
    run->iteration = iteration;
    run->way = RG_WAY_OUT;
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
        for (int m = 0; m < rg_dynamics_arrays (run->dynamics); m++)
            memset (run->moment_real[m], 0, n * rg_precision_size (run->inner->precision));
        return RG_OK;
    }
    if (rg_fixed_from_double (n, w0, run->options.fraction_bits, run->w, &bad) != RG_OK)
        return rg_run_overflow (run, "initial weight", bad, message);
    for (int m = 0; m < run->dynamics->moments; m++)
        memset (run->moment[m], 0, n * sizeof (int64_t));
    for (int s = 0; s < run->streams; s++)
        rg_buffer_reset (run->buffer[s]);
    rg_run_refresh (run);
    return RG_OK;
}

/* The digest of a range of each array and buffer, one after the other. */
static rg_status
digest_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    rg_run *run = user;
    const size_t real = rg_precision_size (run->inner->precision), first = range * RG_BUFFER_RANGE;
    const size_t count = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE) - first;
    uint64_t parts[1 + RG_MOMENTS + RG_STREAMS];
    size_t at = 0;
    for (int m = -1; m < run->dynamics->moments; m++)
        if (rg_run_is_exact (run))
            parts[at++] = XXH3_64bits ((m < 0 ? run->w : run->moment[m]) + first, count * sizeof (int64_t));
        else
            parts[at++] = XXH3_64bits (rg_run_real_at (run, m < 0 ? run->w_real : run->moment_real[m], first), count * real);
    for (int s = 0; s < run->streams; s++)
        parts[at++] = rg_buffer_range_digest (run->buffer[s], range);
    run->digest[range] = XXH3_64bits (parts, at * sizeof *parts);
    for (int m = run->dynamics->moments; m < rg_dynamics_arrays (run->dynamics); m++)
        run->digest[range] = XXH3_64bits_withSeed (rg_run_real_at (run, run->moment_real[m], first), count * real,
                                                   run->digest[range]);
    return RG_OK;
}

uint64_t
rg_run_digest (const rg_run *run)
{
    rg_run *own = (rg_run *) (uintptr_t) run; /* its workspace */
    const size_t ranges = (run->weights + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE;
    memset (own->digest, 0, ranges * sizeof *own->digest);
    rg_status status = rg_run_each_range (own, digest_range, own, NULL);
    if (status == RG_OK && run->parts != NULL)
        status = rg_ranks_unite (run->ranks, own->digest, ranges, NULL);
    return status == RG_OK ? XXH3_64bits_withSeed (own->digest, ranges * sizeof *own->digest, run->step) : 0;
}

void
rg_run_weights (const rg_run *run, double *out)
{
    if (!rg_run_is_exact (run)) {
        for (size_t i = 0; i < run->weights; i++)
            out[i] = run->inner->precision == RG_SINGLE ? (double) ((const float *) run->w_real)[i]
                                                        : ((const double *) run->w_real)[i];
        return;
    }
    if (run->parts != NULL) {
        rg_run *own = (rg_run *) (uintptr_t) run;
        own->lost = rg_run_gather_reals (own, own->w, sizeof *own->w, NULL);
    }
    run->kernels->to_double (run->weights, run->w, RG_RUN_ULP (run), out);
}

size_t
rg_run_buffer_bytes (const rg_run *run)
{
    size_t bytes = 0;
    for (int s = 0; s < run->streams; s++)
        bytes += rg_buffer_bytes (run->buffer[s]);
    return bytes;
}

double
rg_run_buffer_bits (const rg_run *run)
{
    double bits = 0;
    for (int s = 0; s < run->streams; s++)
        bits += rg_buffer_bits (run->buffer[s]);
    if (run->parts == NULL)
        return bits;
    int64_t thousandths = (int64_t) (1000 * bits); /* of the other ranks, too */
    return rg_ranks_sum (run->ranks, &thousandths, 1, NULL) == RG_OK ? (double) thousandths / 1000 : bits;
}

void
rg_run_forget (const rg_run *run)
{
    for (int s = 0; s < run->streams; s++)
        rg_buffer_forget (run->buffer[s]);
}

/* Of the weights, whose factor depends on two coefficients. */
static double
weights_limit (const rg_run *run, uint64_t step)
{
    const rg_run_coefficients at = rg_run_coefficients_at (run, step);
    const int stream = run->dynamics->moments;
    double bits = 0, value, values[RG_DYNAMICS_BLOCK];
    for (size_t i = 0; i < run->weights; i += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i;
        const int uniform = rg_run_stream_uniform (run, &at, stream, i, count, &value);
        if (!uniform)
            rg_run_stream_expand (run, &at, stream, i, count, values);
        for (size_t k = 0; k < (uniform ? 1 : count); k++) { /* only floating arithmetic lets others than 0 ... 1 pass */
            const double keep = uniform ? value : values[k];
            bits -= keep > 0 && keep < 1 ? (uniform ? (double) count : 1) * log2 (keep) : 0;
        }
    }
    return bits;
}

double
rg_run_stream_limit (const rg_run *run, int stream, uint64_t step)
{
    if (stream == run->dynamics->moments)
        return weights_limit (run, step);
    const rg_coefficient decay = rg_coefficient_at (&run->coefficient[run->dynamics->moment[stream].decay],
                                                     rg_run_row (run, step));
    double bits = 0;
    for (size_t s = 0; s < decay.segments; s++) {
        const double count = decay.offsets == NULL ? 1 : (double) (decay.offsets[s + 1] - decay.offsets[s]);
        bits -= count * log2 (decay.values[s]);
    }
    return bits;
}

int
rg_run_limit_varies (const rg_run *run)
{
    const rg_dynamics *rule = run->dynamics;
    int varies = rule->weight_decay != 0 && (run->coefficient[0].per_step || run->coefficient[rule->weight_decay].per_step);
    for (int m = 0; m < rule->moments; m++)
        varies |= run->coefficient[rule->moment[m].decay].per_step;
    return varies;
}

double
rg_run_limit_bits (const rg_run *run, uint64_t step)
{
    double bits = 0;
    const rg_dynamics *rule = run->dynamics;
    for (int s = 0; s < rule->moments + (rule->weight_decay != 0); s++)
        bits += rg_run_stream_limit (run, s, step);
    return bits;
}

/* run_gradient.c -- the gradient at the state of a run, shard by shard; see run.h. */
#include <string.h>

#include "dynamics/run_clip.h"
#include "dynamics/run_parts.h"
#include "dynamics/window.h"

rg_status
rg_run_check_finite (const rg_run *run, const void *reals, size_t first, size_t count, const char *what,
                     rg_message *message)
{
    const float *single = (const float *) reals + first;
    const double *real = (const double *) reals + first;
    const int is_single = run->inner->precision == RG_SINGLE;
    if (is_single ? run->kernels->finite_single (count, single) : run->kernels->finite_double (count, real))
        return RG_OK;
    for (size_t i = 0; i < count; i++)
        if (!(is_single ? isfinite (single[i]) : isfinite (real[i])))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the %s of array %s is not finite",
                            (unsigned long long) run->step, what, rg_run_array_name (run, first + i));
    return RG_OK;
}

/* A gradient at an instant. */
typedef struct {
    rg_summed_wave to; /* the sum of gradients that are not rounded */
    rg_instant at;
    int want_loss;
    rg_window_found kept; /* what is held of it */
} gradient;

static rg_status
gradient_of_shard (void *user, size_t index, size_t thread, rg_message *message)
{
    (void) thread;
    const gradient *q = user;
    const rg_run *run = q->to.wave.run;
    const rg_objective *inner = run->inner;
    const size_t shard = q->to.wave.first + index;
    double *loss = q->want_loss ? &run->loss[shard] : NULL;
    void *g = rg_run_room (run, q->to.wave.rooms, index);
    rg_window_place (run, shard);
    return q->kept == RG_NOT_KEPT
        ? inner->table->gradient (inner->self, shard, q->at, shard, run->w_real, run->lambda, loss, g, message)
        : inner->table->kept (inner->self, shard, q->at, shard, run->w_real, run->lambda, q->kept == RG_KEPT_WHOLE, loss, g, message);
}

/* Exact arithmetic, where not all shards stay in rooms: the sum so far, of those that were evaluated here. */
static rg_status
round_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    const rg_wave *wave = &((const gradient *) user)->to.wave;
    const rg_run *run = wave->run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    const size_t ranks = rg_ranks_count (run->ranks), rank = rg_ranks_index (run->ranks);
    int64_t *sum = run->own_g == NULL ? run->g : run->own_g;
    rg_status status = RG_OK;
    if (wave->first == 0 && wave->count <= rank)
        memset (sum + first, 0, (end - first) * sizeof *sum);
    for (size_t k = rank; status == RG_OK && k < wave->count; k += ranks)
        status = rg_run_round_shard (run, k, wave->first == 0 && k == rank, first, end - first, sum + first, message);
    return status;
}

static rg_status
collect_rounded (rg_wave *wave, rg_message *message)
{
    rg_run *run = wave->run;
    const rg_status status = rg_run_each_range_here (run, round_range, wave, message);
    return rg_ranks_agree (run->ranks, status, message);
}

/* A sum over the ranks must be in range, too. */
static rg_status
check_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    const rg_run *run = ((const gradient *) user)->to.wave.run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    for (size_t i = first; i < end; i++)
        if (!rg_fixed_fits (run->g[i]))
            return rg_run_overflow (run, "gradient", i, message);
    return RG_OK;
}

/* The sum over the ranks, each its part. */
static rg_status
sum_ranks (gradient *q, rg_message *message)
{
    rg_run *run = q->to.wave.run;
    const rg_status status = rg_ranks_sum_parts (run->ranks, run->own_g, run->parts, run->g + rg_run_own_first (run),
                                                 message);
    return status == RG_OK ? rg_run_each_range (run, check_range, q, message) : status;
}

/* Floating arithmetic: the sum in the order of the shards, in the objective's precision. */
static rg_status
add_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    const rg_wave *wave = &((const gradient *) user)->to.wave;
    rg_run *run = wave->run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    for (size_t k = 0; k < wave->count; k++) {
        void *room = rg_run_room (run, wave->rooms, k);
        if (room == run->g_real)
            continue;
        if (wave->first + k == 0)
            memcpy (rg_run_real_at (run, run->g_real, first), rg_run_real_at (run, room, first),
                    (end - first) * rg_precision_size (run->inner->precision));
        else if (run->inner->precision == RG_SINGLE)
            for (size_t i = first; i < end; i++)
                ((float *) run->g_real)[i] += ((const float *) room)[i];
        else
            for (size_t i = first; i < end; i++)
                ((double *) run->g_real)[i] += ((const double *) room)[i];
    }
    const int last = wave->first + wave->count == run->inner->shards;
    return last ? rg_run_check_finite (run, run->g_real, first, end - first, "gradient", message) : RG_OK;
}

static rg_status
collect_added (rg_wave *wave, rg_message *message)
{
    const rg_status status = rg_run_share_rooms (wave, message);
    return status == RG_OK ? rg_run_each_range (wave->run, add_range, wave, message) : status;
}

/* The loss of all shards; what other ranks evaluated is 0 here. */
static rg_status
sum_losses (rg_run *run, rg_message *message)
{
    const size_t shards = run->inner->shards;
    const rg_status status = rg_ranks_unite (run->ranks, run->loss, shards, message);
    run->inner_loss = 0;
    for (size_t shard = 0; shard < shards; shard++)
        run->inner_loss += run->loss[shard];
    return status;
}

/* Evaluate it, or what of it is not held. */
static rg_status
evaluate (rg_run *run, gradient *q, rg_message *message)
{
    rg_collect *collect = !rg_run_is_exact (run) ? collect_added : run->g != NULL ? collect_rounded : NULL;
    const int whole = q->kept == RG_KEPT_WHOLE;
    q->to.wave.rooms = run->gradients;
    rg_status status = rg_run_each_shard (run, gradient_of_shard, whole ? NULL : collect, &q->to.wave, message);
    if (status == RG_OK && run->parts != NULL && !whole)
        status = sum_ranks (q, message);
    if (status == RG_OK && run->clip_sums != NULL)
        status = rg_run_clip (run, message);
    if (status == RG_OK)
        rg_window_end (run, q->kept);
    return status;
}

rg_status
rg_run_gradient (rg_run *run, int want_loss, rg_message *message)
{
    gradient q = { .at = { .iteration = run->iteration, .step = run->step, .member = run->member, .way = run->way },
                   .want_loss = want_loss || rg_dynamics_needs_loss (run->dynamics) };
    memset (run->loss, 0, run->inner->shards * sizeof *run->loss);
    if (run->lost != RG_OK)
        return rg_fail (message, run->lost, "step %llu: the ranks lost each other", (unsigned long long) run->step);
    q.kept = rg_window_begin (run, q.want_loss);
    const rg_status status = evaluate (run, &q, message);
    run->inner_loss = 0;
    return status == RG_OK && q.want_loss ? sum_losses (run, message) : status;
}

rg_status
rg_run_plain_gradient (rg_run *run, uint64_t step, double *g, rg_message *message)
{
    gradient q = { .to = { .sum = g }, .at = { .iteration = run->iteration, .step = step, .member = run->member, .way = run->way } };
    memset (g, 0, run->weights * sizeof *g);
    return rg_run_each_shard (run, gradient_of_shard, rg_run_add_rooms, &q.to.wave, message);
}

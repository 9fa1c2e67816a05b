/*
 * run_shards.c -- the shards of a step side by side, and what they give put together; see run_parts.h.
 *
 * Shards are evaluated in waves, as many at once as there are rooms for their results. After a wave, ranges of
 * weights add what the rooms hold, in the order of the shards: the bits depend neither on the
 * number of rooms nor on who did what.
 */
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "dynamics/run_parts.h"

size_t
rg_run_own_first (const rg_run *run)
{
    return run->parts == NULL ? 0 : run->parts[rg_ranks_index (run->ranks)];
}

size_t
rg_run_own_end (const rg_run *run)
{
    return run->parts == NULL ? run->weights : run->parts[rg_ranks_index (run->ranks) + 1];
}

int
rg_run_agree (const rg_run *run, int wish)
{
    int64_t most = wish;
    return rg_ranks_largest (run->ranks, &most, 1, NULL) == RG_OK ? (int) most : INT_MAX;
}

int
rg_run_agree_to_stop (const rg_run *run, int stop)
{
    return rg_run_agree (run, stop != 0) != 0;
}

rg_status
rg_run_ranks_init (rg_run *run)
{
    const size_t ranks = rg_ranks_count (rg_team_ranks (run->options.team));
    if (ranks == 1 || run->options.alone || run->inner->shards == 1)
        return RG_OK;
    run->ranks = rg_team_ranks (run->options.team);
    if (!rg_run_is_exact (run))
        return RG_OK;
    const size_t ranges = (run->weights + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE;
    run->parts = rg_malloc (ranks + 1, sizeof *run->parts);
    run->places = rg_malloc (ranks + 1, sizeof *run->places);
    run->own_g = rg_malloc (run->weights, sizeof *run->own_g);
    for (size_t r = 0; run->parts != NULL && r <= ranks; r++) {
        const size_t first = ranges * r / ranks * RG_BUFFER_RANGE;
        run->parts[r] = first < run->weights ? first : run->weights;
    }
    return run->parts != NULL && run->places != NULL && run->own_g != NULL ? RG_OK : RG_ENOMEM;
}

/* Pieces whose numbers are shifted and spread. */
typedef struct {
    rg_piece *piece;
    void *user;
    size_t first, stride;
} subset;

static rg_status
do_one (void *user, size_t index, size_t thread, rg_message *message)
{
    const subset *s = user;
    return s->piece (s->user, s->first + index * s->stride, thread, message);
}

static size_t
range_of (size_t weights)
{
    return (weights + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE;
}

rg_status
rg_run_each_range (rg_run *run, rg_piece *piece, void *user, rg_message *message)
{
    const size_t first = rg_run_own_first (run) / RG_BUFFER_RANGE, end = range_of (rg_run_own_end (run));
    subset own = { piece, user, first, 1 };
    const rg_status status = rg_team_each (run->options.team, end - first, do_one, &own, message);
    return rg_ranks_agree (run->ranks, status, message);
}

rg_status
rg_run_each_range_here (rg_run *run, rg_piece *piece, void *user, rg_message *message)
{
    return rg_team_each (run->options.team, range_of (run->weights), piece, user, message);
}

/* This rank's shards of a wave: each of the ranks has every so manieth. */
static rg_status
do_shards (const rg_wave *wave, rg_piece *shard, rg_message *message)
{
    rg_run *run = wave->run;
    const size_t ranks = rg_ranks_count (run->ranks), rank = rg_ranks_index (run->ranks);
    subset own = { shard, (void *) (uintptr_t) wave, rank, ranks };
    const size_t count = wave->count > rank ? (wave->count - rank + ranks - 1) / ranks : 0;
    const rg_status status = rg_team_each (run->options.team, count, do_one, &own, message);
    return rg_ranks_agree (run->ranks, status, message);
}

rg_status
rg_run_share_rooms (const rg_wave *wave, rg_message *message)
{
    const rg_run *run = wave->run;
    const size_t ranks = rg_ranks_count (run->ranks), bytes = run->weights * rg_precision_size (run->inner->precision);
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && ranks > 1 && k < wave->count; k++)
        status = rg_ranks_share (run->ranks, k % ranks, rg_run_room (run, wave->rooms, k), bytes, message);
    return status;
}

rg_status
rg_run_each_shard (rg_run *run, rg_piece *shard, rg_collect *collect, rg_wave *wave, rg_message *message)
{
    const size_t shards = run->inner->shards;
    rg_status status = RG_OK;
    wave->run = run;
    wave->rooms = wave->rooms == NULL ? run->room : wave->rooms;
    for (wave->first = 0; status == RG_OK && wave->first < shards; wave->first += wave->count) {
        wave->count = shards - wave->first < run->rooms ? shards - wave->first : run->rooms;
        status = do_shards (wave, shard, message);
        if (status == RG_OK && collect != NULL)
            status = collect (wave, message);
    }
    return status;
}

void *
rg_run_room (const rg_run *run, void *rooms, size_t index)
{
    return (char *) rooms + index * run->weights * rg_precision_size (run->inner->precision);
}

/* The sum over the shards, in their order. */
static rg_status
add_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    const rg_wave *wave = user;
    const rg_run *run = wave->run;
    double *sum = ((const rg_summed_wave *) user)->sum;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    for (size_t k = 0; k < wave->count; k++)
        if (run->inner->precision == RG_SINGLE) {
            const float *x = rg_run_room (run, wave->rooms, k);
            for (size_t i = first; i < end; i++)
                sum[i] += (double) x[i];
        } else {
            const double *x = rg_run_room (run, wave->rooms, k);
            for (size_t i = first; i < end; i++)
                sum[i] += x[i];
        }
    return RG_OK;
}

rg_status
rg_run_add_rooms (rg_wave *wave, rg_message *message)
{
    const rg_status status = rg_run_share_rooms (wave, message);
    return status == RG_OK ? rg_run_each_range (wave->run, add_range, wave, message) : status;
}

/* A product with the second derivatives. */
typedef struct {
    rg_summed_wave to;
    double *dlambda;
} product;

static rg_status
product_of_shard (void *user, size_t index, size_t thread, rg_message *message)
{
    (void) thread;
    const product *p = user;
    const rg_wave *wave = &p->to.wave;
    rg_objective *inner = wave->run->inner;
    return inner->table->tangent (inner->self, wave->first + index, wave->run->direction, NULL,
                                  rg_run_room (wave->run, wave->rooms, index), inner->shards == 1 ? p->dlambda : NULL, message);
}

/* What the shards' tangents say of lambda, in their order; it goes from rank to rank. */
static rg_status
add_lambda (rg_run *run, double *dlambda, rg_message *message)
{
    rg_objective *inner = run->inner;
    const size_t ranks = rg_ranks_count (run->ranks), rank = rg_ranks_index (run->ranks);
    rg_status status = RG_OK;
    for (size_t shard = 0; status == RG_OK && shard < inner->shards; shard++) {
        const size_t owner = shard % run->rooms % ranks;
        if (owner == rank)
            inner->table->lambda_tangent (inner->self, shard, dlambda);
        status = rg_ranks_share (run->ranks, owner, dlambda, inner->lambdas * sizeof *dlambda, message);
    }
    return status;
}

rg_status
rg_run_product (rg_run *run, double *out, double *dlambda, rg_message *message)
{
    product p = { .to = { .sum = out }, .dlambda = dlambda };
    const rg_status status = rg_run_each_shard (run, product_of_shard, rg_run_add_rooms, &p.to.wave, message);
    return status == RG_OK && dlambda != NULL && run->inner->shards > 1 ? add_lambda (run, dlambda, message) : status;
}

rg_status
rg_run_loss_lambda (rg_run *run, rg_message *message)
{
    rg_objective *inner = run->inner;
    const size_t ranks = rg_ranks_count (run->ranks), rank = rg_ranks_index (run->ranks);
    rg_status status = RG_OK;
    memset (run->loss_lambda, 0, inner->lambdas * sizeof *run->loss_lambda);
    if (inner->table->lambda_gradient == NULL && inner->lambdas > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s uses the loss of the step, and the callbacks of the inner objective do not tell "
                        "how that depends on its hyperparameters: give them lambda_gradient", run->dynamics->name);
    for (size_t shard = 0; status == RG_OK && inner->lambdas > 0 && shard < inner->shards; shard++) {
        const size_t owner = shard % run->rooms % ranks;
        if (owner == rank)
            status = inner->table->lambda_gradient (inner->self, shard, run->loss_lambda, message);
        status = rg_ranks_agree (run->ranks, status, message);
        if (status == RG_OK)
            status = rg_ranks_share (run->ranks, owner, run->loss_lambda, inner->lambdas * sizeof *run->loss_lambda, message);
    }
    return status;
}

rg_status
rg_run_gather_reals (rg_run *run, void *reals, size_t size, rg_message *message)
{
    return run->parts == NULL ? RG_OK : rg_ranks_gather (run->ranks, reals, size, run->parts, message);
}

rg_status
rg_run_gather (rg_run *run, rg_message *message)
{
    if (!rg_run_is_exact (run))
        return RG_OK;
    rg_status status = rg_run_gather_reals (run, run->w, sizeof *run->w, message);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        status = rg_run_gather_reals (run, run->moment[m], sizeof *run->moment[m], message);
    return status;
}

rg_status
rg_run_gather_adjoint (rg_run *run, rg_adjoint *a, rg_message *message)
{
    rg_status status = rg_run_gather_reals (run, a->dw, sizeof *a->dw, message);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        status = rg_run_gather_reals (run, a->dmoment[m], sizeof *a->dmoment[m], message);
    return status;
}

/*
 * run_shards.c -- the shards of a step side by side, and what they give put together; see run_parts.h.
 *
 * Shards are evaluated in waves, as many at once as there are rooms for their results. After a wave, ranges of
 * weights add what the rooms hold, in the order of the shards: the bits depend neither on the
 * number of rooms nor on who did what.
 */
#include <string.h>

#include "dynamics/run_parts.h"

rg_status
rg_run_each_range (rg_run *run, rg_piece *piece, void *user, rg_message *message)
{
    const size_t ranges = run->weights / RG_BUFFER_RANGE + (run->weights % RG_BUFFER_RANGE != 0);
    return rg_team_each (run->options.team, ranges, piece, user, message);
}

rg_status
rg_run_each_shard (rg_run *run, rg_piece *shard, rg_piece *range, rg_wave *wave, rg_message *message)
{
    const size_t shards = run->inner->shards;
    rg_status status = RG_OK;
    wave->run = run;
    for (wave->first = 0; status == RG_OK && wave->first < shards; wave->first += wave->count) {
        wave->count = shards - wave->first < run->rooms ? shards - wave->first : run->rooms;
        status = rg_team_each (run->options.team, wave->count, shard, wave, message);
        if (status == RG_OK && range != NULL)
            status = rg_run_each_range (run, range, wave, message);
    }
    return status;
}

void *
rg_run_room (const rg_run *run, size_t index)
{
    return (char *) run->room + index * run->weights * rg_precision_size (run->inner->precision);
}

void
rg_run_add_rooms (const rg_wave *wave, size_t range, double *sum)
{
    const rg_run *run = wave->run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    for (size_t k = 0; k < wave->count; k++)
        if (run->inner->precision == RG_SINGLE) {
            const float *x = rg_run_room (run, k);
            for (size_t i = first; i < end; i++)
                sum[i] += (double) x[i];
        } else {
            const double *x = rg_run_room (run, k);
            for (size_t i = first; i < end; i++)
                sum[i] += x[i];
        }
}

/* A product with the second derivatives. */
typedef struct {
    rg_wave wave;
    double *out, *dlambda;
} product;

static rg_status
product_of_shard (void *user, size_t index, size_t thread, rg_message *message)
{
    (void) thread;
    const product *p = user;
    rg_objective *inner = p->wave.run->inner;
    return inner->table->tangent (inner->self, p->wave.first + index, p->wave.run->direction, NULL,
                                  rg_run_room (p->wave.run, index), inner->shards == 1 ? p->dlambda : NULL, message);
}

static rg_status
product_of_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    const product *p = user;
    rg_run_add_rooms (&p->wave, range, p->out);
    return RG_OK;
}

rg_status
rg_run_product (rg_run *run, double *out, double *dlambda, rg_message *message)
{
    rg_objective *inner = run->inner;
    product p = { .out = out, .dlambda = dlambda };
    const rg_status status = rg_run_each_shard (run, product_of_shard, product_of_range, &p.wave, message);
    for (size_t shard = 0; status == RG_OK && dlambda != NULL && inner->shards > 1 && shard < inner->shards; shard++)
        inner->table->lambda_tangent (inner->self, shard, dlambda);
    return status;
}

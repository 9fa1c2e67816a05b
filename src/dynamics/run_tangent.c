/* run_tangent.c -- tangents of a run's state; see run_tangent.h. */
#include "dynamics/run_tangent.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "dynamics/run_clip.h"
#include "dynamics/run_factors.h"
#include "dynamics/run_own.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"

static int
is_single (const rg_run *run)
{
    return run->inner->precision == RG_SINGLE;
}

rg_status
rg_tangent_room_init (rg_tangent_room *room, rg_run *run, size_t index, size_t wanted)
{
    const rg_objective *inner = run->inner;
    *room = (rg_tangent_room) { .index = index, .most = inner->table->tangents == NULL ? 1 : wanted };
    const size_t numbers = run->weights * room->most, real = rg_precision_size (inner->precision);
    room->g_dot = rg_malloc (numbers, sizeof (double));
    room->lambda_dot = rg_calloc (inner->lambdas, sizeof (double));
    room->lambda = rg_malloc (room->most, sizeof (size_t));
    int complete = room->g_dot != NULL && room->lambda_dot != NULL && room->lambda != NULL;
    if (is_single (run))
        complete &= (room->direction = rg_malloc (numbers, real)) != NULL;
    if (is_single (run) || inner->shards > 1)
        complete &= (room->product = rg_malloc (numbers, real)) != NULL;
    if (run->dynamics->own != NULL)
        complete &= (room->own = rg_own_room_new (run)) != NULL
            && (room->loss_dot = rg_malloc (room->most, sizeof *room->loss_dot)) != NULL;
    if (complete && room->most > 1)
        complete &= inner->table->widen (inner->self, index + 1, room->most) == RG_OK;
    if (complete)
        return RG_OK;
    rg_tangent_room_clear (room);
    return RG_ENOMEM;
}

void
rg_tangent_room_clear (rg_tangent_room *room)
{
    rg_free (room->g_dot);
    rg_free (room->lambda_dot);
    rg_free (room->lambda);
    rg_own_room_free (room->own);
    rg_free (room->loss_dot);
    rg_free (room->direction);
    rg_free (room->product);
    *room = (rg_tangent_room) { 0 };
}

/* The tangents of one shard's gradient; written to out in the objective's precision. */
static rg_status
shard_tangents (rg_run *run, size_t shard, size_t width, const void *direction, rg_tangent_room *room, void *out,
                rg_message *message)
{
    rg_objective *inner = run->inner;
    if (width > 1)
        return inner->table->tangents (inner->self, shard, room->index, width, direction, room->lambda, out, message);
    const size_t lambda = room->lambda[0];
    if (lambda != SIZE_MAX)
        room->lambda_dot[lambda] = 1;
    const rg_status status = inner->table->tangent (inner->self, shard, direction,
                                                    lambda != SIZE_MAX ? room->lambda_dot : NULL, out, NULL, message);
    if (lambda != SIZE_MAX)
        room->lambda_dot[lambda] = 0;
    return status;
}

/* The derivative of the gradient, all shards: room->g_dot. */
static rg_status
gradient_tangents (rg_run *run, size_t width, const rg_number *number, const double *w_dot, rg_tangent_room *room,
                   rg_message *message)
{
    const size_t numbers = run->weights * width;
    const void *direction = w_dot;
    float *single = room->direction;
    if (is_single (run)) {
        for (size_t i = 0; i < numbers; i++)
            single[i] = (float) w_dot[i];
        direction = single;
    }
    for (size_t k = 0; k < width; k++)
        room->lambda[k] = number[k].lambda;
    for (size_t shard = 0; shard < run->inner->shards; shard++) {
        const int in_place = shard == 0 && !is_single (run);
        const rg_status status = shard_tangents (run, shard, width, direction, room,
                                                 in_place ? room->g_dot : room->product, message);
        if (status != RG_OK)
            return status;
        if (shard == 0 && is_single (run))
            memset (room->g_dot, 0, numbers * sizeof *room->g_dot);
        for (size_t i = 0; !in_place && i < numbers; i++)
            room->g_dot[i] += is_single (run) ? (double) ((const float *) room->product)[i]
                                              : ((const double *) room->product)[i];
    }
    return RG_OK;
}

/* out_ik = in_i for all k. */
static void
spread (const double *in, size_t count, size_t width, double *out)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < width; k++)
            out[i * width + k] = in[i];
}

/* The weights first ... first+count-1 that a number of the slice acts on: begin is less than end where there are any. */
static void
reached_by (const rg_block *schedule, size_t segment, size_t first, size_t count, size_t *begin, size_t *end)
{
    const size_t from = schedule->offsets == NULL ? segment : schedule->offsets[segment];
    const size_t to = schedule->offsets == NULL ? segment + 1 : schedule->offsets[segment + 1];
    *begin = from > first ? from : first;
    *end = to < first + count ? to : first + count;
}

/*
 * The tangents of a coefficient over a block of weights: what the number of a tangent does to each value in force.
 *   out  [count x width] written where there is any
 * Returns out, or NULL for zeros.
 */
static const double *
schedule_tangents (const rg_run *run, const rg_block *schedule, size_t width, const rg_number *number, size_t first,
                   size_t count, double *out)
{
    int any = 0;
    for (size_t k = 0; k < width; k++) {
        if (number[k].role != schedule->role)
            continue;
        const size_t index = number[k].index, at = schedule->per_step ? run->step * schedule->slice : 0;
        const int one = schedule->tied == NULL; /* then a number is in one slice, and there alone */
        if (one && (index < at || index >= at + schedule->slice))
            continue;
        const int each = schedule->offsets == NULL;
        const size_t last = one ? index - at + 1 : each ? first + count : schedule->slice;
        for (size_t s = one ? index - at : each ? first : 0; s < last; s++) {
            size_t begin, end;
            reached_by (schedule, s, first, count, &begin, &end);
            const double slope = begin < end ? rg_coefficient_slope (schedule, run->step, s, index) : 0;
            if (slope == 0)
                continue;
            if (!any)
                memset (out, 0, count * width * sizeof *out);
            any = 1;
            for (size_t i = begin; i < end; i++)
                out[(i - first) * width + k] = slope;
        }
    }
    return any ? out : NULL;
}

/*
 * The tangents of a moment's bias correction, 1 - the product of its decays, as far as step t.
 *   product_dot  [slice x width] of the product after step t
 *   out          [count x width]
 */
static const double *
correction_tangents (const rg_run *run, int moment, size_t width, const double *product_dot, size_t first, size_t count,
                     double *out)
{
    const rg_block *decay = &run->coefficient[run->dynamics->moment[moment].decay];
    const int each = decay->offsets == NULL;
    for (size_t s = each ? first : 0; s < (each ? first + count : decay->slice); s++) {
        size_t begin, end;
        reached_by (decay, s, first, count, &begin, &end);
        for (size_t i = begin; i < end; i++)
            for (size_t k = 0; k < width; k++)
                out[(i - first) * width + k] = -product_dot[s * width + k];
    }
    return out;
}

/* The block's and the index's name of the number that a tangent is the derivative in. */
static rg_status
not_finite (const rg_run *run, const rg_number *number, size_t weight, rg_message *message)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    const char *array = rg_layout_name (layout, rg_layout_array_of (layout, weight));
    const char *name = rg_role_name (number->role);
    size_t at = 0;
    for (size_t i = 0; number->lambda != SIZE_MAX && i < rg_hyper_blocks (run->hyper); i++) {
        const rg_block b = rg_hyper_block (run->hyper, i);
        if (!rg_lambda_has (run->hyper, b.role))
            continue;
        if (number->lambda >= at && number->lambda < at + b.slice)
            name = b.name;
        at += b.slice;
    }
    return rg_fail (message, RG_ENONFINITE, "step %llu: the tangent of array %s in value %zu of %s is not finite",
                    (unsigned long long) run->step, array, number->index, name);
}

static rg_status
check_tangents (const rg_run *run, size_t width, const rg_number *number, size_t first, size_t count,
                const double *w_dot, rg_message *message)
{
    if (run->kernels->finite_double (count * width, w_dot))
        return RG_OK;
    size_t i = 0;
    while (isfinite (w_dot[i]))
        i++;
    return not_finite (run, &number[i % width], first + i / width, message);
}

/* Rows of a block that are as many numbers as the rules take at a time. */
static size_t
rows_of (size_t width)
{
    return width < RG_DYNAMICS_BLOCK ? RG_DYNAMICS_BLOCK / width : 1;
}

/* Workspaces of one block: what is there at s_t, the same a column each, and tangents of factors. */
typedef struct {
    rg_factor_room room;
    double w[RG_DYNAMICS_BLOCK], g[RG_DYNAMICS_BLOCK], moment[RG_MOMENTS][RG_DYNAMICS_BLOCK];
    double wide[RG_FACTORS + 2 + RG_MOMENTS][RG_DYNAMICS_BLOCK];
    double dot[RG_COEFFICIENTS + RG_MOMENTS][RG_DYNAMICS_BLOCK];
} tangent_rows;

/* Each row of weights as `width` equal columns, and what differs between them. */
static void
widen (const rg_run *run, size_t width, const rg_number *number, const rg_state_dot *dot, size_t first, size_t count,
       tangent_rows *rows, rg_tangent_block *b)
{
    const rg_dynamics *rule = run->dynamics;
    size_t used = 0;
#define WIDE(row) (spread (row, count, width, rows->wide[used]), rows->wide[used++])
    for (int c = 0; c < rule->coefficients; c++) {
        b->factors.coefficient[c] = WIDE (b->factors.coefficient[c]);
        b->coefficient_dot[c] = schedule_tangents (run, &run->coefficient[c], width, number, first, count, rows->dot[c]);
    }
    for (int m = 0; m < rule->moments; m++) {
        b->moment[m] = WIDE (rows->moment[m]);
        if (!rule->corrects)
            continue;
        b->factors.correction[m] = WIDE (b->factors.correction[m]);
        if (dot->product[m] != NULL)
            b->correction_dot[m] = correction_tangents (run, m, width, dot->product[m], first, count,
                                                        rows->dot[RG_COEFFICIENTS + m]);
    }
    b->g = WIDE (rows->g);
    if (rule->weight_decay != 0) {
        b->w = WIDE (rows->w);
        b->factors.keep = WIDE (b->factors.keep);
    }
#undef WIDE
}

/* The tangents of a step by a rule of one's own, the gradient's being there. */
static rg_status
own_tangents (rg_run *run, size_t width, const rg_number *number, const rg_state_dot *dot, rg_tangent_room *room,
              rg_message *message)
{
    tangent_rows rows;
    const rg_run_coefficients now = rg_run_coefficients_now (run);
    rg_status status = RG_OK;
    memset (rows.room.filled, 0, sizeof rows.room.filled);
    rg_own_loss_tangents (run, width, number, dot->w, room->loss_dot);
    for (size_t i = 0, count; status == RG_OK && i < run->weights; i += count) {
        count = run->weights - i < rows_of (width) ? run->weights - i : rows_of (width);
        const double *in_coefficient[RG_COEFFICIENTS];
        const rg_factors factors = rg_run_factors (run, &now, i, count, &rows.room);
        for (int c = 0; c < run->dynamics->coefficients; c++)
            in_coefficient[c] = schedule_tangents (run, &run->coefficient[c], width, number, i, count, rows.dot[c]);
        status = rg_own_tangents (run, room->own, &factors, i, count, width, number, room->g_dot + i * width, room->loss_dot,
                                  in_coefficient, dot, message);
        if (status == RG_OK)
            status = check_tangents (run, width, number, i, count, dot->w + i * width, message);
    }
    return status;
}

rg_status
rg_run_tangents (rg_run *run, size_t width, const rg_number *number, const rg_state_dot *dot, rg_tangent_room *room,
                 rg_message *message)
{
    tangent_rows rows;
    const rg_run_coefficients now = rg_run_coefficients_now (run);
    memset (rows.room.filled, 0, sizeof rows.room.filled);
    rg_status status = rg_own_check_tangent (run->dynamics, message);
    if (status == RG_OK)
        status = gradient_tangents (run, width, number, dot->w, room, message);
    if (status == RG_OK)
        status = rg_run_clip_tangents (run, width, room->g_dot, message);
    if (status != RG_OK || run->dynamics->own != NULL)
        return status == RG_OK ? own_tangents (run, width, number, dot, room, message) : status;
    for (int m = 0; m < run->dynamics->moments; m++)
        if (dot->product[m] != NULL)
            rg_run_product_tangents (run, m, width, number, dot->product[m]);
    for (size_t i = 0, count; status == RG_OK && i < run->weights; i += count) {
        count = run->weights - i < rows_of (width) ? run->weights - i : rows_of (width);
        status = rg_run_load (run, i, count, rows.w, rows.g, rows.moment, message);
        if (status != RG_OK)
            return status;
        rg_tangent_block b = { .count = count * width, .factors = rg_run_factors (run, &now, i, count, &rows.room),
                               .inside = run->options.epsilon_inside, .g_dot = room->g_dot + i * width,
                               .w_dot = dot->w + i * width };
        for (int m = 0; m < run->dynamics->moments; m++)
            b.moment_dot[m] = dot->moment[m] + dot->offset + i * width;
        widen (run, width, number, dot, i, count, &rows, &b);
        run->faces->tangent (&b);
        status = check_tangents (run, width, number, i, count, dot->w + i * width, message);
    }
    return status;
}

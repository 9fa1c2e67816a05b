/* run_clip.c -- see run_clip.h. Sums are over ranges of weights, each range in a fixed order, whoever adds it. */
#include "dynamics/run_clip.h"

#include <math.h>
#include <string.h>

#include "dense/dense.h"
#include "dynamics/run_parts.h"

static size_t
ranges_of (const rg_run *run)
{
    return (run->weights + RG_BUFFER_RANGE - 1) / RG_BUFFER_RANGE;
}

/* A block of reals as doubles. */
static void
widen (const rg_run *run, const void *reals, size_t first, size_t count, double *out)
{
    const float *single = (const float *) reals + first;
    if (run->inner->precision == RG_DOUBLE)
        memcpy (out, (const double *) reals + first, count * sizeof *out);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (double) single[i];
}

static void
narrow (const rg_run *run, const double *in, size_t first, size_t count, void *reals)
{
    float *single = (float *) reals + first;
    if (run->inner->precision == RG_DOUBLE)
        memcpy ((double *) reals + first, in, count * sizeof *in);
    else
        for (size_t i = 0; i < count; i++)
            single[i] = (float) in[i];
}

/* A block of the gradient as it was evaluated, before it is clipped; times `scale`. In floating arithmetic it may be clipped already. */
static rg_status
load_gradient (const rg_run *run, size_t first, size_t count, double scale, double *out, rg_message *message)
{
    int64_t scratch[RG_DYNAMICS_BLOCK];
    const int64_t *g;
    rg_status status = RG_OK;
    if (rg_run_is_exact (run)) {
        status = rg_run_rounded_block (run, first, count, scratch, &g, message);
        if (status == RG_OK)
            run->kernels->to_double (count, g, RG_RUN_ULP (run), out);
    } else
        widen (run, run->g_real, first, count, out);
    for (size_t i = 0; status == RG_OK && i < count; i++)
        out[i] *= scale;
    return status;
}

/* A block of u = g / ||g||; in floating arithmetic g' / most. */
static rg_status
load_unit (const rg_run *run, size_t first, size_t count, double *out, rg_message *message)
{
    return load_gradient (run, first, count, 1 / (rg_run_is_exact (run) ? run->gradient_norm : run->options.clip), out, message);
}

/* The sum over all ranges, whichever rank has them. */
static rg_status
add_sums (rg_run *run, double *sum, rg_message *message)
{
    const rg_status status = run->parts == NULL ? RG_OK : rg_ranks_unite (run->ranks, run->clip_sums, ranges_of (run), message);
    *sum = rg_sum_blocked (ranges_of (run), run->clip_sums);
    return status;
}

static rg_status
square_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = user;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    double g[RG_DYNAMICS_BLOCK];
    rg_status status = RG_OK;
    for (size_t i = first, count; status == RG_OK && i < end; i += count) {
        count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        status = load_gradient (run, i, count, 1, g, message);
        if (status == RG_OK)
            run->clip_sums[range] += rg_dot_blocked (count, g, g);
    }
    return status;
}

static rg_status
scale_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = user;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    double g[RG_DYNAMICS_BLOCK];
    for (size_t i = first, count; i < end; i += count) {
        count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        const rg_status status = load_gradient (run, i, count, run->clip_factor, g, message);
        if (status != RG_OK)
            return status;
        narrow (run, g, i, count, run->g_real);
    }
    return RG_OK;
}

rg_status
rg_run_clip (rg_run *run, rg_message *message)
{
    double sum;
    memset (run->clip_sums, 0, ranges_of (run) * sizeof *run->clip_sums);
    rg_status status = rg_run_each_range (run, square_range, run, message);
    if (status == RG_OK)
        status = add_sums (run, &sum, message);
    if (status != RG_OK)
        return status;
    run->gradient_norm = sqrt (sum);
    run->clip_factor = run->gradient_norm > run->options.clip ? run->options.clip / run->gradient_norm : 1;
    if (!isfinite (run->gradient_norm)) /* of reals whose squares are not; integers have no such */
        return rg_fail (message, RG_ENONFINITE, "step %llu: the norm of the gradient is not finite", (unsigned long long) run->step);
    return rg_run_is_clipped (run) && !rg_run_is_exact (run) ? rg_run_each_range (run, scale_range, run, message) : RG_OK;
}

static rg_status
project_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    rg_run *run = user;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    double u[RG_DYNAMICS_BLOCK], d[RG_DYNAMICS_BLOCK];
    rg_status status = RG_OK;
    for (size_t i = first, count; status == RG_OK && i < end; i += count) {
        count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        widen (run, run->direction, i, count, d);
        status = load_unit (run, i, count, u, message);
        if (status == RG_OK)
            run->clip_sums[range] += rg_dot_blocked (count, u, d);
    }
    return status;
}

/* What a range needs to be freed of its part along u. */
typedef struct {
    rg_run *run;
    double along;
} projection;

static rg_status
reject_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    const projection *p = user;
    rg_run *run = p->run;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    double u[RG_DYNAMICS_BLOCK], d[RG_DYNAMICS_BLOCK];
    for (size_t i = first, count; i < end; i += count) {
        count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        const rg_status status = load_unit (run, i, count, u, message);
        if (status != RG_OK)
            return status;
        widen (run, run->direction, i, count, d);
        for (size_t k = 0; k < count; k++)
            d[k] = run->clip_factor * (d[k] - p->along * u[k]);
        narrow (run, d, i, count, run->direction);
    }
    return RG_OK;
}

rg_status
rg_run_clip_direction (rg_run *run, rg_message *message)
{
    projection p = { run, 0 };
    if (!rg_run_is_clipped (run))
        return RG_OK;
    memset (run->clip_sums, 0, ranges_of (run) * sizeof *run->clip_sums);
    rg_status status = rg_run_each_range (run, project_range, run, message);
    if (status == RG_OK)
        status = add_sums (run, &p.along, message);
    return status == RG_OK ? rg_run_each_range (run, reject_range, &p, message) : status;
}

/* One tangent after the other; all numbers of a range, strided. */
static rg_status
tangent_along (rg_run *run, size_t width, size_t k, const double *g_dot, double *along, rg_message *message)
{
    double u[RG_DYNAMICS_BLOCK], d[RG_DYNAMICS_BLOCK];
    *along = 0;
    for (size_t i = 0, count; i < run->weights; i += count) {
        count = rg_run_block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i;
        const rg_status status = load_unit (run, i, count, u, message);
        if (status != RG_OK)
            return status;
        for (size_t j = 0; j < count; j++)
            d[j] = g_dot[(i + j) * width + k];
        *along += rg_dot_blocked (count, u, d);
    }
    return RG_OK;
}

static rg_status
reject_tangent (rg_run *run, size_t width, size_t k, double along, double *g_dot, rg_message *message)
{
    double u[RG_DYNAMICS_BLOCK];
    for (size_t i = 0, count; i < run->weights; i += count) {
        count = rg_run_block_end (i, run->weights, RG_DYNAMICS_BLOCK) - i;
        const rg_status status = load_unit (run, i, count, u, message);
        if (status != RG_OK)
            return status;
        for (size_t j = 0; j < count; j++)
            g_dot[(i + j) * width + k] = run->clip_factor * (g_dot[(i + j) * width + k] - along * u[j]);
    }
    return RG_OK;
}

rg_status
rg_run_clip_tangents (rg_run *run, size_t width, double *g_dot, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && rg_run_is_clipped (run) && k < width; k++) {
        double along;
        status = tangent_along (run, width, k, g_dot, &along, message);
        if (status == RG_OK)
            status = reject_tangent (run, width, k, along, g_dot, message);
    }
    return status;
}

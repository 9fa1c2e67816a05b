/*
 * run_factors.c -- see run_factors.h.
 *
 * The bias correction of a moment that starts at 0 divides it by 1 - prod_{s <= t} beta_s (Kingma, Ba 2015, Algorithm 1,
 * for a schedule). The products before each step are tabulated where decays differ from step to step, and powers
 * else: nothing is ever divided back.
 */
#include "dynamics/run_factors.h"

#include <string.h>

#include "base/memory.h"
#include "dynamics/run_parts.h"
#include "hyper/role.h"

/* x^n, in an order that depends on n alone. */
static double
power (double x, uint64_t n)
{
    double product = 1;
    for (; n != 0; n >>= 1, x *= x)
        if (n & 1)
            product *= x;
    return product;
}

static const rg_block *
decay_of (const rg_run *run, int moment)
{
    return &run->coefficient[run->dynamics->moment[moment].decay];
}

uint64_t
rg_run_steps (const rg_run *run)
{
    return run->options.steps > 0 ? run->options.steps : rg_hyper_steps (run->hyper);
}

uint64_t
rg_run_row (const rg_run *run, uint64_t step)
{
    const uint64_t last = rg_hyper_steps (run->hyper) - 1;
    return step < last ? step : last;
}

rg_status
rg_run_products_init (rg_run *run)
{
    int complete = 1;
    for (int m = 0; run->dynamics->corrects && m < run->dynamics->moments; m++) {
        rg_products *p = &run->powers[m];
        const rg_block *decay = decay_of (run, m);
        complete &= (p->correction = rg_malloc (decay->slice, sizeof *p->correction)) != NULL;
        const size_t rows = decay->per_step ? rg_run_steps (run) + 1 : 1;
        complete &= rows <= SIZE_MAX / decay->slice
            && (p->table = rg_malloc (rows * decay->slice, sizeof *p->table)) != NULL;
        p->step = UINT64_MAX;
    }
    return complete ? RG_OK : RG_ENOMEM;
}

void
rg_run_products_clear (rg_run *run)
{
    for (int m = 0; m < RG_MOMENTS; m++) {
        rg_free (run->powers[m].table);
        rg_free (run->powers[m].correction);
    }
}

void
rg_run_products_renew (rg_run *run)
{
    for (int m = 0; run->dynamics->corrects && m < run->dynamics->moments; m++) {
        rg_products *p = &run->powers[m];
        const rg_block *decay = decay_of (run, m);
        p->step = UINT64_MAX;
        for (size_t i = 0; i < decay->slice; i++)
            p->table[i] = 1;
        for (size_t t = 0; decay->per_step && t < rg_run_steps (run); t++) {
            const double *values = rg_block_values (decay, rg_run_row (run, t));
            double *before = p->table + t * decay->slice;
            for (size_t i = 0; i < decay->slice; i++)
                before[decay->slice + i] = before[i] * values[i];
        }
    }
}

/* Products and correction of a moment at run->step. */
static void
products_now (rg_run *run, int moment)
{
    rg_products *p = &run->powers[moment];
    const rg_block *decay = decay_of (run, moment);
    if (p->step == run->step)
        return;
    p->step = run->step;
    p->before = p->table + (decay->per_step ? run->step * decay->slice : 0);
    for (size_t i = 0; !decay->per_step && i < decay->slice; i++) {
        p->table[i] = power (decay->natural[i], run->step);
        p->correction[i] = 1 - power (decay->natural[i], run->step + 1);
    }
    for (size_t i = 0; decay->per_step && i < decay->slice; i++)
        p->correction[i] = 1 - p->before[decay->slice + i];
}

void
rg_run_product_tangents (rg_run *run, int moment, size_t width, const rg_number *number, double *product_dot)
{
    const rg_block *decay = decay_of (run, moment);
    const rg_coefficient now = rg_coefficient_at (decay, run->step);
    products_now (run, moment);
    const double *before = run->powers[moment].before;
    for (size_t s = 0; s < decay->slice; s++)
        for (size_t k = 0; k < width; k++) {
            double *dot = &product_dot[s * width + k];
            *dot *= now.values[s];
            if (number[k].role == decay->role)
                *dot += before[s] * rg_coefficient_slope (decay, run->step, s, number[k].index);
        }
}

rg_run_coefficients
rg_run_coefficients_at (const rg_run *run, uint64_t step)
{
    rg_run_coefficients at = { .coefficient = { { 0 } } };
    for (int c = 0; c < run->dynamics->coefficients; c++)
        at.coefficient[c] = rg_coefficient_at (&run->coefficient[c], rg_run_row (run, step));
    return at;
}

rg_run_coefficients
rg_run_coefficients_now (rg_run *run)
{
    rg_run_coefficients now = rg_run_coefficients_at (run, run->step);
    for (int m = 0; run->dynamics->corrects && m < run->dynamics->moments; m++) {
        const rg_block *decay = decay_of (run, m);
        products_now (run, m);
        now.correction[m] = (rg_coefficient) { run->powers[m].correction, decay->slice, decay->offsets };
    }
    return now;
}

/* 1 - rate weight_decay, rounded to what the entropy buffer applies where decays are. */
static double
keep_of (const rg_run *run, double rate, double weight_decay)
{
    const double keep = 1 - rate * weight_decay, scale = ldexp (1, RG_NEAR_ONE_BITS);
    if (!(keep > 0 && keep <= 1) || !(rg_run_is_exact (run) || rg_hyper_rounds (run->hyper)))
        return keep;
    return fmax (1, nearbyint (keep * scale)) / scale;
}

enum { CORRECTION = RG_COEFFICIENTS, KEEP = RG_COEFFICIENTS + RG_MOMENTS };

/* Coefficients and corrections of each weight. */
static rg_factors
of_each (const rg_run *run, const rg_run_coefficients *now, size_t first, size_t count, rg_factor_room *room)
{
    const rg_dynamics *rule = run->dynamics;
    rg_factors out = { .keep = NULL };
    for (int c = 0; c < rule->coefficients; c++)
        out.coefficient[c] = rg_coefficient_refill (&now->coefficient[c], first, count, room->value[c], &room->filled[c]);
    for (int m = 0; rule->corrects && m < rule->moments; m++)
        out.correction[m] = rg_coefficient_refill (&now->correction[m], first, count, room->value[CORRECTION + m],
                                                   &room->filled[CORRECTION + m]);
    return out;
}

rg_factors
rg_run_factors (const rg_run *run, const rg_run_coefficients *now, size_t first, size_t count, rg_factor_room *room)
{
    const rg_dynamics *rule = run->dynamics;
    rg_factors out = of_each (run, now, first, count, room);
    if (rule->weight_decay != 0) {
        rg_run_stream_expand (run, now, rule->moments, first, count, room->value[KEEP]);
        out.keep = room->value[KEEP];
    }
    return out;
}

rg_factors
rg_run_factors_short (const rg_run *run, const rg_run_coefficients *now, size_t first, size_t count,
                      rg_factor_room *room, int *uniform)
{
    const rg_dynamics *rule = run->dynamics;
    rg_factors out = { .keep = NULL };
    *uniform = 1;
    for (int c = 0; c < rule->coefficients; c++) {
        *uniform = *uniform && rg_coefficient_uniform (&now->coefficient[c], first, count, &room->one[c]);
        out.coefficient[c] = &room->one[c];
    }
    for (int m = 0; rule->corrects && m < rule->moments; m++) {
        *uniform = *uniform && rg_coefficient_uniform (&now->correction[m], first, count, &room->one[CORRECTION + m]);
        out.correction[m] = &room->one[CORRECTION + m];
    }
    if (!*uniform)
        out = of_each (run, now, first, count, room);
    return out; /* steps in fixed point have no use for keep: a stream multiplies by it */
}

void
rg_run_stream_expand (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count,
                      double *out)
{
    const rg_dynamics *rule = run->dynamics;
    if (stream < rule->moments) {
        rg_coefficient_expand (&now->coefficient[rule->moment[stream].decay], first, count, out);
        return;
    }
    double rates[RG_DYNAMICS_BLOCK], uniform;
    if (rg_run_stream_uniform (run, now, stream, first, count, &uniform)) {
        for (size_t i = 0; i < count; i++)
            out[i] = uniform;
        return;
    }
    for (size_t i = 0; i < count; i += RG_DYNAMICS_BLOCK) {
        const size_t size = rg_run_block_end (i, count, RG_DYNAMICS_BLOCK) - i;
        rg_coefficient_expand (&now->coefficient[0], first + i, size, rates);
        rg_coefficient_expand (&now->coefficient[rule->weight_decay], first + i, size, out + i);
        for (size_t k = 0; k < size; k++)
            out[i + k] = keep_of (run, rates[k], out[i + k]);
    }
}

int
rg_run_stream_uniform (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count,
                       double *value)
{
    const rg_dynamics *rule = run->dynamics;
    if (stream < rule->moments)
        return rg_coefficient_uniform (&now->coefficient[rule->moment[stream].decay], first, count, value);
    double rate, weight_decay;
    if (!rg_coefficient_uniform (&now->coefficient[0], first, count, &rate)
        || !rg_coefficient_uniform (&now->coefficient[rule->weight_decay], first, count, &weight_decay))
        return 0;
    *value = keep_of (run, rate, weight_decay);
    return 1;
}

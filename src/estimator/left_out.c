/* left_out.c -- see left_out.h. */
#include "estimator/left_out.h"

#include <math.h>

#include "estimator/growth.h"

/* Steps between two samples: at most RG_LEFT_OUT_SAMPLES of them, and the cut. */
static uint64_t
interval_of (uint64_t first, uint64_t steps)
{
    return (steps - first + RG_LEFT_OUT_SAMPLES - 1) / RG_LEFT_OUT_SAMPLES;
}

void
rg_left_out_begin (rg_left_out *l)
{
    *l = (rg_left_out) { .end = NAN };
    for (int i = 0; i <= RG_LEFT_OUT_SAMPLES; i++)
        l->norm[i] = NAN;
}

int
rg_left_out_wants (uint64_t t, uint64_t first, uint64_t steps)
{
    return first > 0 && (t + 1 == steps || (t - first) % interval_of (first, steps) == 0);
}

void
rg_left_out_add (rg_left_out *l, uint64_t t, uint64_t first, uint64_t steps, double before, double after, double added)
{
    const uint64_t interval = interval_of (first, steps);
    if (t + 1 == steps)
        l->end = before;
    if ((t - first) % interval == 0)
        l->norm[(t - first) / interval] = after;
    if (before > 0)
        l->most = fmax (l->most, added / before);
}

/* The slope of the adjoint's logarithm, a step back, over the half that is nearest to the cut, or over all where that is one sample. */
static double
slope_of (const rg_left_out *l, uint64_t interval)
{
    uint64_t step[RG_LEFT_OUT_SAMPLES + 1];
    size_t known = 0;
    while (known <= RG_LEFT_OUT_SAMPLES && isfinite (l->norm[known])) {
        step[known] = known * interval;
        known++;
    }
    return -rg_growth_slope (known < 4 ? known : (known + 1) / 2, step, l->norm);
}

/* The sum of rho^j over j = 0 ... count - 1, where rho = e^slope < 1. */
static double
geometric_sum (double slope, double count)
{
    return expm1 (slope * count) / expm1 (slope);
}

void
rg_left_out_judge (const rg_left_out *l, uint64_t first, uint64_t steps, rg_report *report)
{
    const double slope = slope_of (l, interval_of (first, steps));
    report->adjoint_end = l->end;
    report->adjoint_cut = l->norm[0];
    report->left_out = slope < 0 ? l->most * l->norm[0] * geometric_sum (slope, (double) first) : INFINITY;
    if (l->norm[0] == 0) /* nothing came to the cut */
        report->left_out = 0;
}

/* growth.c -- see growth.h. */
#include "estimator/growth.h"

#include <math.h>

#include "dense/dense.h"

int
rg_growth_wants (uint64_t t, uint64_t steps)
{
    const uint64_t interval = (steps + RG_SAMPLES - 1) / RG_SAMPLES;
    return t % interval == 0;
}

void
rg_growth_add (rg_report *report, uint64_t t, size_t n, const double *w, double *const *moment, int moments)
{
    if (report->samples == RG_SAMPLES)
        return;
    double sum = rg_dot_blocked (n, w, w);
    for (int m = 0; m < moments; m++)
        sum += rg_dot_blocked (n, moment[m], moment[m]);
    report->sample_step[report->samples] = t;
    report->adjoint_norm[report->samples++] = sqrt (sum);
}

void
rg_growth_judge (rg_report *report, uint64_t steps, double epsilon, const rg_log *notes)
{
    double count = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < report->samples; i++) {
        if (!(report->adjoint_norm[i] > 0 && isfinite (report->adjoint_norm[i])))
            continue;
        const double back = (double) (steps - report->sample_step[i]), norm = log (report->adjoint_norm[i]);
        count++;
        x += back;
        y += norm;
        xx += back * back;
        xy += back * norm;
    }
    const double spread = count * xx - x * x;
    report->adjoint_growth = count < 2 || spread <= 0 ? 0 : (count * xy - x * y) / spread;
    report->usable_steps = report->adjoint_growth > 0 ? -log (epsilon) / report->adjoint_growth : INFINITY;
    if (report->adjoint_growth * (double) steps > 9.2)
        rg_note (notes, "chaotic regime: the hypergradient grows e^%.3g per step backwards: not usable beyond %.0f steps",
                 report->adjoint_growth, floor (report->usable_steps));
}

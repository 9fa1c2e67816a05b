/* growth.c -- see growth.h. */
#include "estimator/growth.h"
#include "estimator/report.h"

#include <math.h>

#include "base/random.h"
#include "dense/dense.h"

int
rg_growth_wants (uint64_t t, uint64_t steps)
{
    const uint64_t interval = (steps + RG_SAMPLES - 1) / RG_SAMPLES;
    return t % interval == 0;
}

/* Add the projections of x on random signs, those of numbers first ... first + n - 1 (Johnson, Lindenstrauss 1984). */
static void
add_sketch (size_t first, size_t n, const double *x, double sketch[RG_SKETCH])
{
    const rg_random random = { 1, RG_STREAM_SKETCH, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = rg_random_below (&random, first + i, UINT32_C (1) << RG_SKETCH);
        for (int j = 0; j < RG_SKETCH; j++)
            sketch[j] += (bits >> j & 1) != 0 ? x[i] : -x[i];
    }
}

double
rg_growth_norm (size_t n, const double *w, double *const *moment, int moments)
{
    double sum = rg_dot_blocked (n, w, w);
    for (int m = 0; m < moments; m++)
        sum += rg_dot_blocked (n, moment[m], moment[m]);
    return sqrt (sum);
}

void
rg_growth_add (rg_report *report, uint64_t t, size_t n, const double *w, double *const *moment, int moments, int sketch)
{
    if (report->samples == RG_SAMPLES)
        return;
    double *sketched = report->adjoint_sketch[report->samples];
    if (sketch)
        add_sketch (0, n, w, sketched);
    for (int m = 0; sketch && m < moments; m++)
        add_sketch ((size_t) (m + 1) * n, n, moment[m], sketched);
    report->sample_step[report->samples] = t;
    report->adjoint_norm[report->samples++] = rg_growth_norm (n, w, moment, moments);
}

double
rg_growth_slope (size_t samples, const uint64_t *step, const double *norm)
{
    double count = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < samples; i++) {
        if (!(norm[i] > 0 && isfinite (norm[i])))
            continue;
        const double t = (double) step[i], logarithm = log (norm[i]);
        count++;
        x += t;
        y += logarithm;
        xx += t * t;
        xy += t * logarithm;
    }
    const double spread = count * xx - x * x;
    return count < 2 || spread <= 0 ? 0 : (count * xy - x * y) / spread;
}

void
rg_growth_judge (rg_report *report, uint64_t steps, double epsilon, const rg_log *notes)
{
    const size_t half = report->tangent_samples / 2; /* tangents grow from 0: not yet by the run's own factor */
    report->adjoint_growth = -rg_growth_slope (report->samples, report->sample_step, report->adjoint_norm);
    report->tangent_growth = rg_growth_slope (report->tangent_samples - half, report->tangent_step + half, report->tangent_norm + half);
    const int forward = report->tangent_samples > 0;
    const double growth = forward ? report->tangent_growth : report->adjoint_growth;
    report->usable_steps = growth > 0 ? -log (epsilon) / growth : INFINITY;
    if (growth * (double) steps > 9.2)
        rg_note (notes, "chaotic regime: the hypergradient grows e^%.3g per step%s: not usable beyond %.0f steps",
                 growth, forward ? "" : " backwards", floor (report->usable_steps));
}

void
rg_adjoint_differences (const rg_report *given_a, const rg_report *given_b, double difference[RG_SAMPLES])
{
    rg_report own_a, own_b;
    rg_report_take (&own_a, given_a);
    rg_report_take (&own_b, given_b);
    const rg_report *a = &own_a, *b = &own_b;
    for (size_t i = 0; i < b->samples; i++) {
        double apart = 0, whole = 0;
        for (int j = 0; j < RG_SKETCH; j++) {
            apart += pow (a->adjoint_sketch[i][j] - b->adjoint_sketch[i][j], 2);
            whole += pow (b->adjoint_sketch[i][j], 2);
        }
        difference[i] = i < a->samples && a->sample_step[i] == b->sample_step[i] && whole > 0 ? sqrt (apart / whole) : NAN;
    }
}

/* clip.c -- the operator y = x between two bounds, with slope 0 at and beyond them. */
#include "graph/op/elementwise.h"
#include "graph/operators.h"

typedef struct {
    double low, high;
} clip_settings;

static const rg_option options[] = {
    { "low", RG_OPTION_REAL, RG_FIELD (clip_settings, low), RG_ANY, "-1", "the least value" },
    { "high", RG_OPTION_REAL, RG_FIELD (clip_settings, high), RG_ANY, "1", "the greatest value" },
    { 0 },
};

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    const clip_settings *s = settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] < s->low ? s->low : x[i] > s->high ? s->high : x[i];
        slope[i] = x[i] > s->low && x[i] < s->high ? 1 : 0;
        bend[i] = 0;
    }
}

const rg_operator rg_operator_clip = {
    .name = "clip",
    .formula = "x, at least `low` and at most `high`",
    .options = options,
    .settings_bytes = sizeof (clip_settings),
    RG_ELEMENTWISE (curve, false),
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE | RG_FORGETS_MOVES,
};

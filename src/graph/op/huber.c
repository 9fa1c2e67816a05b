/* huber.c -- the operator y = x²/2 for |x| <= d, else d (|x| - d/2). Huber 1964. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

typedef struct {
    double delta;
} huber_settings;

static const rg_option options[] = {
    { "delta", RG_OPTION_REAL, RG_FIELD (huber_settings, delta), RG_POSITIVE, "1", "where the parabola ends" },
    { 0 },
};

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    const huber_settings *s = settings;
    for (size_t i = 0; i < n; i++) {
        const double size = fabs (x[i]);
        const int inside = size <= s->delta;
        y[i] = inside ? .5 * x[i] * x[i] : s->delta * (size - .5 * s->delta);
        slope[i] = inside ? x[i] : copysign (s->delta, x[i]);
        bend[i] = inside;
    }
}

const rg_operator rg_operator_huber = {
    .name = "huber",
    .formula = "x^2 / 2 where |x| <= delta, else delta (|x| - delta / 2)",
    .options = options,
    .settings_bytes = sizeof (huber_settings),
    RG_ELEMENTWISE (curve, true),
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

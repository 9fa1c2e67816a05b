/* elu.c -- the operator y = x for x > 0, else a (exp x - 1). Clevert, Unterthiner, Hochreiter 2016. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

typedef struct {
    double alpha;
} elu_settings;

static const rg_option options[] = {
    { "alpha", RG_OPTION_REAL, RG_FIELD (elu_settings, alpha), RG_POSITIVE, "1", "minus the value far below 0" },
    { 0 },
};

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    const elu_settings *s = settings;
    for (size_t i = 0; i < n; i++) {
        const double e = s->alpha * exp (fmin (x[i], 0));
        y[i] = x[i] > 0 ? x[i] : s->alpha * expm1 (x[i]);
        slope[i] = x[i] > 0 ? 1 : e;
        bend[i] = x[i] > 0 ? 0 : e;
    }
}

const rg_operator rg_operator_elu = {
    .name = "elu",
    .formula = "x where x > 0, else alpha (exp (x) - 1)",
    .options = options,
    .settings_bytes = sizeof (elu_settings),
    RG_ELEMENTWISE (curve, true),
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

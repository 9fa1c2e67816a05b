/* leaky_relu.c -- the operator y = x for x > 0, else a little of it. */
#include "graph/op/elementwise.h"
#include "graph/operators.h"

typedef struct {
    double slope;
} leaky_relu_settings;

static const rg_option options[] = {
    { "slope", RG_OPTION_REAL, RG_FIELD (leaky_relu_settings, slope), RG_ANY, "0.01",
      "the derivative where x is not above 0" },
    { 0 },
};

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    const leaky_relu_settings *s = settings;
    for (size_t i = 0; i < n; i++) {
        slope[i] = x[i] > 0 ? 1 : s->slope;
        y[i] = x[i] * slope[i];
        bend[i] = 0;
    }
}

const rg_operator rg_operator_leaky_relu = {
    .name = "leaky_relu",
    .formula = "x where x > 0, else slope x",
    .options = options,
    .settings_bytes = sizeof (leaky_relu_settings),
    RG_ELEMENTWISE (curve, false),
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE | RG_FORGETS_MOVES,
};

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

static void
forward (rg_call *call)
{
    rg_elementwise_forward (call, curve);
}

static void
backward (rg_call *call)
{
    rg_elementwise_backward (call, curve);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_elementwise_adjoint_tangents (call, curve, false);
}

const rg_operator rg_operator_leaky_relu = {
    .name = "leaky_relu",
    .formula = "x where x > 0, else slope x",
    .options = options,
    .settings_bytes = sizeof (leaky_relu_settings),
    .needs = 1,
    .takes = 1,
    .shape = rg_elementwise_shape,
    .forward = forward,
    .backward = backward,
    .tangents = rg_elementwise_tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE | RG_FORGETS_MOVES,
};

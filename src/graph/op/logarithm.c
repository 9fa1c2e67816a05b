/* logarithm.c -- the operator y = log x, x > 0. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = log (x[i]);
        slope[i] = 1 / x[i];
        bend[i] = -1 / (x[i] * x[i]);
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
    rg_elementwise_adjoint_tangents (call, curve, true);
}

const rg_operator rg_operator_log = {
    .name = "log", .formula = "log (x)", .needs = 1, .takes = 1,
    .shape = rg_elementwise_shape, .forward = forward, .backward = backward, .tangents = rg_elementwise_tangents,
    .adjoint_tangents = adjoint_tangents, .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

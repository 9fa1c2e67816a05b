/* square_root.c -- the operator y = sqrt x, x > 0; its derivatives at 0 are 0. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = sqrt (x[i]);
        slope[i] = x[i] > 0 ? .5 / y[i] : 0;
        bend[i] = x[i] > 0 ? -.5 * slope[i] / x[i] : 0;
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

const rg_operator rg_operator_sqrt = {
    .name = "sqrt", .formula = "sqrt (x); its derivatives at 0 are 0", .needs = 1, .takes = 1,
    .shape = rg_elementwise_shape, .forward = forward, .backward = backward, .tangents = rg_elementwise_tangents,
    .adjoint_tangents = adjoint_tangents, .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

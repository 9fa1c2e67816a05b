/* reciprocal.c -- the operator y = 1 / x. */
#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = 1 / x[i];
        slope[i] = -y[i] * y[i];
        bend[i] = 2 * y[i] * y[i] * y[i];
    }
}

const rg_operator rg_operator_reciprocal = {
    .name = "reciprocal", .formula = "1 / x",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

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

const rg_operator rg_operator_sqrt = {
    .name = "sqrt", .formula = "sqrt (x); its derivatives at 0 are 0",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

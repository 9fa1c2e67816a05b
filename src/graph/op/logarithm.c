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

const rg_operator rg_operator_log = {
    .name = "log", .formula = "log (x)",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

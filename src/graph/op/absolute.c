/* absolute.c -- the operator y = |x|, with slope 0 at 0. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = fabs (x[i]);
        slope[i] = (x[i] > 0) - (x[i] < 0);
        bend[i] = 0;
    }
}

const rg_operator rg_operator_abs = {
    .name = "abs", .formula = "|x|; its derivative at 0 is 0",
    RG_ELEMENTWISE (curve, false), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE | RG_FORGETS_MOVES,
};

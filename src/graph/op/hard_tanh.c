/* hard_tanh.c -- the operator y = x between -1 and 1, with slope 0 at and beyond them. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] < -1 ? -1 : x[i] > 1 ? 1 : x[i];
        slope[i] = fabs (x[i]) < 1 ? 1 : 0;
        bend[i] = 0;
    }
}

const rg_operator rg_operator_hard_tanh = {
    .name = "hard_tanh", .formula = "x, at least -1 and at most 1",
    RG_ELEMENTWISE (curve, false), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE | RG_FORGETS_MOVES,
};

/* exponential.c -- the operator y = exp x. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++)
        y[i] = slope[i] = bend[i] = exp (x[i]);
}

const rg_operator rg_operator_exp = {
    .name = "exp", .formula = "exp (x)",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

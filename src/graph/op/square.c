/* square.c -- the operator y = x². */
#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] * x[i];
        slope[i] = 2 * x[i];
        bend[i] = 2;
    }
}

const rg_operator rg_operator_square = {
    .name = "square", .formula = "x^2",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

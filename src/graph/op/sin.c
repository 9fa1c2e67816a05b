/*
 * sin.c -- the operator y = sin (x): y' = cos (x), y'' = -sin (x). Of periodic layers (Sitzmann et al., Implicit neural representations
 * with periodic activation functions, 2020) and of positions.
 */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        y[i] = sin (x[i]);
        slope[i] = cos (x[i]);
        bend[i] = -y[i];
    }
}

const rg_operator rg_operator_sin = {
    .name = "sin", .formula = "sin (x)",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

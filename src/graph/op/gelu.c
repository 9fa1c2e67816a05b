/* gelu.c -- the operator y = x Φ(x), Φ the normal distribution, by erf. Hendrycks, Gimpel 2016. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        const double phi = exp (-.5 * x[i] * x[i]) * .39894228040143267794;
        slope[i] = .5 * erfc (-x[i] * .70710678118654752440);
        y[i] = x[i] * slope[i];
        slope[i] += x[i] * phi;
        bend[i] = (2 - x[i] * x[i]) * phi;
    }
}

const rg_operator rg_operator_gelu = {
    .name = "gelu", .formula = "x (1 + erf (x / sqrt (2))) / 2",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

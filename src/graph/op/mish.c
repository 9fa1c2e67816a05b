/*
 * mish.c -- the operator y = x tanh (s), s = log (1 + exp (x)) (Misra, Mish: a self regularized non-monotonic activation function, 2019).
 *
 * With t = tanh (s), p = 1 / (1 + exp (-x)) and q = 1 - t^2:  y' = t + x q p,  y'' = q p (2 + x (1 - p) - 2 x t p).
 */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        const double p = 1 / (1 + exp (-x[i])), t = tanh (fmax (x[i], 0) + log1p (exp (-fabs (x[i])))), qp = (1 - t * t) * p;
        y[i] = x[i] * t;
        slope[i] = t + x[i] * qp;
        bend[i] = qp * (2 + x[i] * (1 - p) - 2 * x[i] * t * p);
    }
}

const rg_operator rg_operator_mish = {
    .name = "mish", .formula = "x tanh (log (1 + exp (x)))",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

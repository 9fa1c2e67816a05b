/* silu.c -- the operator y = x σ(x), σ(x) = 1 / (1 + exp -x). */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        const double p = 1 / (1 + exp (-x[i])), q = p * (1 - p);
        y[i] = x[i] * p;
        slope[i] = p + x[i] * q;
        bend[i] = q * (2 + x[i] * (1 - 2 * p));
    }
}

const rg_operator rg_operator_silu = {
    .name = "silu", .formula = "x / (1 + exp (-x))",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

/* softsign.c -- the operator y = x / (1 + |x|): y' = 1 / (1 + |x|)², y'' = -2 sign x / (1 + |x|)³, 0 at 0. */
#include <math.h>

#include "graph/op/elementwise.h"
#include "graph/operators.h"

static void
curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend)
{
    (void) settings;
    for (size_t i = 0; i < n; i++) {
        const double part = 1 / (1 + fabs (x[i]));
        y[i] = x[i] * part;
        slope[i] = part * part;
        bend[i] = -2 * ((x[i] > 0) - (x[i] < 0)) * part * part * part;
    }
}

const rg_operator rg_operator_softsign = {
    .name = "softsign", .formula = "x / (1 + |x|)",
    RG_ELEMENTWISE (curve, true), .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

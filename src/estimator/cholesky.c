/*
 * cholesky.c -- the implicit hypergradient's equations by the whole matrix, for small problems: weights^2 numbers,
 * weights products and weights^3 / 3 multiplications. A matrix that is not positive definite is refused.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/implicit.h"

enum { MOST_WEIGHTS = 4096 };

/* All columns, by products with unit vectors; made symmetric, as rounding (or differences) did not leave it. */
static rg_status
fill (const rg_system *s, double *a, double *unit)
{
    const size_t n = s->size;
    rg_status status = RG_OK;
    memset (unit, 0, n * sizeof *unit);
    for (size_t j = 0; status == RG_OK && j < n; j++) {
        unit[j] = 1;
        status = rg_system_product (s, unit, a + j * n, NULL);
        unit[j] = 0;
    }
    for (size_t i = 0; status == RG_OK && i < n; i++)
        for (size_t j = 0; j < i; j++)
            a[i * n + j] = .5 * (a[i * n + j] + a[j * n + i]);
    return status;
}

/* A = L L', L written over the lower triangle; a pivot that is not positive ends it. */
static rg_status
factor (const rg_system *s, double *a)
{
    const size_t n = s->size;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double rest = a[i * n + j] - rg_system_dot (j, a + i * n, a + j * n);
            if (i != j)
                a[i * n + j] = rest / a[j * n + j];
            else if (rest > 0) {
                a[i * n + i] = sqrt (rest);
                s->found->curvature = i == 0 ? rest : fmin (rest, s->found->curvature);
            } else {
                s->found->curvature = rest;
                return rg_fail (s->message, RG_ERANGE,
                                "%s: pivot %zu is %.6g: the Hessian at w_T is not positive definite; a larger "
                                "estimator.damping makes it so", s->name, i, rest);
            }
        }
    return RG_OK;
}

rg_status
rg_solve_dense (const rg_system *s, double *q)
{
    const size_t n = s->size;
    if (n > MOST_WEIGHTS)
        return rg_fail (s->message, RG_EUNSUPPORTED, "%s takes at most %d weights, there are %zu; implicit:cg takes more",
                        s->name, MOST_WEIGHTS, n);
    double *a = rg_malloc (n * n + n, sizeof *a);
    if (a == NULL)
        return rg_fail (s->message, RG_ENOMEM, "out of memory for a matrix of %zu weights squared", n);
    rg_status status = fill (s, a, a + n * n);
    if (status == RG_OK)
        status = factor (s, a);
    for (size_t i = 0; status == RG_OK && i < n; i++)
        q[i] = (s->right[i] - rg_system_dot (i, a + i * n, q)) / a[i * n + i];
    for (size_t i = n; status == RG_OK && i-- > 0;) {
        q[i] /= a[i * n + i];
        for (size_t k = 0; k < i; k++)
            q[k] -= a[i * n + k] * q[i];
    }
    rg_free (a);
    return status;
}

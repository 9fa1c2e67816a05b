/*
 * cg.c -- conjugate gradients (Hestenes, Stiefel 1952) for the implicit hypergradient.
 *
 * A direction of negative curvature ends them: the Hessian is then not positive definite, w_T no minimum.
 * Known value: two iterations solve the two equations of the ridge regression in tests/check_implicit.c.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/implicit.h"

static rg_status
refuse_curvature (const rg_system *s, double curvature)
{
    const double damping = s->settings->damping;
    s->found->curvature = curvature;
    return rg_fail (s->message, RG_ERANGE,
                    "%s: iteration %zu met a direction of curvature %.6g: the Hessian at w_T is not positive definite; "
                    "estimator.damping above %.6g, or more inner.steps, or implicit:neumann", s->name,
                    s->found->iterations, curvature, damping - curvature);
}

rg_status
rg_solve_cg (const rg_system *s, double *q)
{
    const size_t n = s->size, most = s->settings->terms > 0 ? s->settings->terms : 1000;
    double *r = rg_malloc (3 * n, sizeof *r), *p = r + n, *product = r + 2 * n;
    if (r == NULL)
        return rg_fail (s->message, RG_ENOMEM, "out of memory for conjugate gradients");
    memset (q, 0, n * sizeof *q);
    memcpy (r, s->right, n * sizeof *r);
    memcpy (p, r, n * sizeof *p);
    double square = rg_system_dot (n, r, r);
    rg_status status = RG_OK;
    for (size_t k = 0; k < most && sqrt (square) > s->tolerance * s->norm; k++) {
        status = rg_system_product (s, p, product, NULL);
        if (status != RG_OK)
            break;
        const double bend = rg_system_dot (n, p, product), curvature = bend / rg_system_dot (n, p, p);
        if (!(curvature > 0)) {
            status = refuse_curvature (s, curvature);
            break;
        }
        s->found->curvature = k == 0 ? curvature : fmin (curvature, s->found->curvature);
        const double length = square / bend;
        for (size_t i = 0; i < n; i++) {
            q[i] += length * p[i];
            r[i] -= length * product[i];
        }
        const double next = rg_system_dot (n, r, r);
        for (size_t i = 0; i < n; i++)
            p[i] = r[i] + next / square * p[i];
        square = next;
        rg_system_residual (s, sqrt (square) / s->norm);
    }
    rg_free (r);
    return status;
}

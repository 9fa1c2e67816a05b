/*
 * neumann.c -- the Neumann series of an inverse Hessian, and the fixed-point iteration whose iterates are its sums.
 *
 *   q_K = a sum_{j < K} (I - a A)^j right,   A = H + damping I,   K = terms
 *
 * (Lorraine, Vicol, Duvenaud 2020, Algorithm 3, with the factor a; their K counts the terms after the first.) The
 * residual of q_K is (I - a A)^K right: that of a reverse pass through the last K steps of gradient descent at a
 * minimum. a is estimator.rate; else the rate of the last step where all weights share one; else 1 / lambda_max.
 * The fixed-point iteration q+ = q + a (right - A q) stops at a tolerance.
 * Known value: ridge regression of tests/check_implicit.c, -0.054674826437447 with two terms and a = 1/lambda_max.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "estimator/implicit.h"

enum { LEAST_POWERS = 4, MOST_POWERS = 30 };

/*
 * A lower bound of the largest eigenvalue, by power iterations from a random vector.
 *   x, y  [size] workspaces
 */
static rg_status
largest_eigenvalue (const rg_system *s, size_t iterations, double *x, double *y)
{
    const rg_random random = { 0, RG_STREAM_POWER, 0, 0 };
    for (size_t i = 0; i < s->size; i++)
        x[i] = rg_random_normal (&random, i);
    double norm = sqrt (rg_system_dot (s->size, x, x)), before = 0;
    for (size_t k = 0; k < iterations; k++) {
        for (size_t i = 0; i < s->size; i++)
            x[i] /= norm;
        const rg_status status = rg_system_product (s, x, y, NULL);
        if (status != RG_OK)
            return status;
        norm = sqrt (rg_system_dot (s->size, y, y));
        s->found->largest_eigenvalue = fmax (s->found->largest_eigenvalue, norm);
        if (norm == 0 || fabs (norm - before) < 1e-6 * norm)
            break;
        before = norm;
        memcpy (x, y, s->size * sizeof *x);
    }
    return RG_OK;
}

/* The step a, checked against 2 / lambda_max. */
static rg_status
find_step (const rg_system *s, size_t terms, double *x, double *y, double *step)
{
    const size_t powers = terms < LEAST_POWERS ? LEAST_POWERS : terms < MOST_POWERS ? terms : MOST_POWERS;
    const rg_coefficient rate = rg_coefficient_at (&s->run->coefficient[0], rg_hyper_steps (s->problem->hyper) - 1);
    const rg_status status = s->found->largest_eigenvalue > 0 ? RG_OK : largest_eigenvalue (s, powers, x, y);
    if (status != RG_OK)
        return status;
    const double largest = s->found->largest_eigenvalue;
    *step = s->settings->rate;
    if (*step == 0 && !rg_coefficient_uniform (&rate, 0, s->size, step))
        *step = largest > 0 ? 1 / largest : 1;
    s->found->step = *step;
    if (*step * largest > 2)
        return rg_fail (s->message, RG_ERANGE,
                        "%s: a step of %.6g is above 2 / lambda_max = %.6g (lambda_max is about %.6g): the series "
                        "diverges; estimator.rate below %.6g", s->name, *step, 2 / largest, largest, 2 / largest);
    return RG_OK;
}

rg_status
rg_solve_neumann (const rg_system *s, double *q)
{
    const size_t n = s->size, terms = s->settings->terms > 0 ? s->settings->terms : 20;
    double *u = rg_malloc (3 * n, sizeof *u), *product = u + n, step;
    if (u == NULL)
        return rg_fail (s->message, RG_ENOMEM, "out of memory for a Neumann series");
    rg_status status = find_step (s, terms, u, product, &step);
    memset (q, 0, n * sizeof *q);
    memcpy (u, s->right, n * sizeof *u);
    for (size_t k = 0; status == RG_OK && k < terms; k++) {
        for (size_t i = 0; i < n; i++)
            q[i] += u[i];
        if (k + 1 == terms)
            break; /* the residual of the last term is found by the caller's product */
        status = rg_system_product (s, u, product, NULL);
        for (size_t i = 0; i < n; i++)
            u[i] -= step * product[i];
        rg_system_residual (s, sqrt (rg_system_dot (n, u, u)) / s->norm);
    }
    for (size_t i = 0; i < n; i++)
        q[i] *= step;
    rg_free (u);
    return status;
}

rg_status
rg_solve_fixed_point (const rg_system *s, double *q)
{
    const size_t n = s->size, most = s->settings->terms > 0 ? s->settings->terms : 10000;
    double *r = rg_malloc (2 * n, sizeof *r), *product = r + n, step, residual = 1;
    if (r == NULL)
        return rg_fail (s->message, RG_ENOMEM, "out of memory for a fixed-point iteration");
    rg_status status = find_step (s, MOST_POWERS, r, product, &step);
    memset (q, 0, n * sizeof *q);
    memcpy (r, s->right, n * sizeof *r);
    for (size_t k = 0; status == RG_OK && k < most && residual > s->tolerance; k++) {
        for (size_t i = 0; i < n; i++)
            q[i] += step * r[i];
        status = rg_system_product (s, q, product, NULL);
        for (size_t i = 0; i < n; i++)
            r[i] = s->right[i] - product[i];
        residual = sqrt (rg_system_dot (n, r, r)) / s->norm;
        rg_system_residual (s, residual);
        if (status == RG_OK && !(residual < 1e3))
            break;
    }
    rg_free (r);
    if (status == RG_OK && !(residual < 1))
        return rg_fail (s->message, RG_ERANGE,
                        "%s: the residual does not fall: it is %.6g of the right-hand side after %zu iterations of step "
                        "%.6g: the Hessian at w_T is not positive definite; estimator.damping makes it so", s->name,
                        residual, s->found->iterations, step);
    return status;
}

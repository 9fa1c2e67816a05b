/* system.c -- products with the damped Hessian, for the solvers of the implicit equations; see implicit.h. */
#include <string.h>

#include "estimator/implicit.h"

double
rg_system_dot (size_t count, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Doubles as the objective's reals. */
static void
narrow (const rg_run *run, const double *x, void *reals)
{
    if (run->inner->precision == RG_SINGLE)
        for (size_t i = 0; i < run->weights; i++)
            ((float *) reals)[i] = (float) x[i];
    else
        memcpy (reals, x, run->weights * sizeof *x);
}

rg_status
rg_system_product (const rg_system *system, const double *p, double *out, double *dlambda)
{
    rg_run *run = system->run;
    const rg_problem *problem = system->problem;
    if (problem->interrupted != NULL && problem->interrupted (problem->user) != 0)
        return rg_fail (system->message, RG_EINTERRUPTED, "meta-iteration %llu: interrupted",
                        (unsigned long long) run->iteration);
    narrow (run, p, run->direction);
    for (size_t i = 0; i < system->size; i++)
        out[i] = system->settings->damping * p[i];
    system->found->products++;
    return rg_run_product (run, out, dlambda, system->message);
}

void
rg_system_residual (const rg_system *system, double residual)
{
    rg_solve *found = system->found;
    if (found->residuals == RG_RESIDUALS)
        memmove (found->history, found->history + 1, (RG_RESIDUALS - 1) * sizeof *found->history);
    else
        found->residuals++;
    found->history[found->residuals - 1] = residual;
    found->iterations++;
}

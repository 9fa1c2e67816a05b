/*
 * penalty.c -- what the outer loss gains by the hyperparameters' own size: penalty * sum of their squares,
 * of the free numbers or of the natural values, and the end of every hypergradient.
 */
#include "estimator/estimator.h"

double
rg_problem_penalty (const rg_problem *problem)
{
    rg_hyper *hyper = problem->hyper;
    const double *values = rg_hyper_values (hyper);
    double sum = 0;
    if (problem->penalty == 0)
        return 0;
    for (size_t i = 0; !problem->penalty_natural && i < rg_hyper_size (hyper); i++)
        sum += values[i] * values[i];
    for (size_t k = 0; problem->penalty_natural && k < rg_hyper_blocks (hyper); k++) {
        const rg_block b = rg_hyper_block (hyper, k);
        for (size_t i = 0; !b.fixed && i < b.size; i++)
            sum += b.natural[i] * b.natural[i];
    }
    return problem->penalty * sum;
}

void
rg_problem_chain (const rg_problem *problem, double *gradient)
{
    rg_hyper *hyper = problem->hyper;
    const double twice = 2 * problem->penalty, *values = rg_hyper_values (hyper);
    for (size_t k = 0; problem->penalty_natural && k < rg_hyper_blocks (hyper); k++) {
        const rg_block b = rg_hyper_block (hyper, k);
        for (size_t i = 0; !b.fixed && i < b.size; i++)
            gradient[b.first + i] += twice * b.natural[i];
    }
    rg_hyper_chain (hyper, gradient);
    for (size_t i = 0; !problem->penalty_natural && i < rg_hyper_size (hyper); i++)
        gradient[i] += twice * values[i];
}

/*
 * penalty.c -- what the outer loss gains by the hyperparameters' own size: penalty * sum of their squares,
 * of the free numbers or of their natural values, and the end of every hypergradient.
 */
#include "estimator/estimator.h"
#include "hyper/tied.h"

/* The natural value of a free number, and its derivative. */
static double
natural_of (const rg_hyper *hyper, const rg_block *b, size_t i, double *slope)
{
    const rg_transform_row *row = rg_block_transform (b, i);
    const double natural = b->tied == NULL ? b->natural[i] : row->natural (rg_hyper_values (hyper)[b->first + i]);
    *slope = row->derivative (natural);
    return natural;
}

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
        for (size_t i = 0; !b.fixed && i < b.size; i++) {
            double slope;
            const double natural = natural_of (hyper, &b, i, &slope);
            sum += natural * natural;
        }
    }
    return problem->penalty * sum;
}

void
rg_problem_chain (const rg_problem *problem, double *gradient)
{
    rg_hyper *hyper = problem->hyper;
    const double twice = 2 * problem->penalty, *values = rg_hyper_values (hyper);
    rg_hyper_chain (hyper, gradient);
    for (size_t k = 0; problem->penalty_natural && problem->penalty > 0 && k < rg_hyper_blocks (hyper); k++) {
        const rg_block b = rg_hyper_block (hyper, k);
        for (size_t i = 0; !b.fixed && i < b.size; i++) {
            double slope;
            const double natural = natural_of (hyper, &b, i, &slope);
            gradient[b.first + i] += twice * natural * slope;
        }
    }
    for (size_t i = 0; !problem->penalty_natural && i < rg_hyper_size (hyper); i++)
        gradient[i] += twice * values[i];
}

void
rg_hypergradient_natural (const rg_hyper *hyper, double *gradient)
{
    for (size_t k = 0; k < rg_hyper_blocks (hyper); k++) {
        const rg_block b = rg_hyper_block (hyper, k);
        for (size_t i = 0; !b.fixed && i < b.size; i++) {
            double slope;
            natural_of (hyper, &b, i, &slope);
            gradient[b.first + i] = slope == 0 ? 0 : gradient[b.first + i] / slope;
        }
    }
}

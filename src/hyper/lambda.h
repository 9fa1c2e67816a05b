/* lambda.h -- the hyperparameters that an objective depends on, as one flat vector. */
#ifndef RG_HYPER_LAMBDA_H
#define RG_HYPER_LAMBDA_H

#include <stdint.h>

#include <retrograde/hyper.h>

/*
 * lambda is the concatenation, in the order they were added, of the values in force of
 * the blocks that are not the dynamics' (rate, decay) nor the initial state's
 * (weights, weight_scale): those whose role is of the objective.
 */
int rg_role_of_objective (rg_role role);
size_t rg_lambda_size (const rg_hyper *hyper);

/* Where the block of a role starts in lambda; SIZE_MAX where there is none. */
size_t rg_lambda_offset (const rg_hyper *hyper, rg_role role);

/* Copy the values in force to out [rg_lambda_size]. */
void rg_lambda_collect (const rg_hyper *hyper, double *out);

/* Add derivatives in lambda to those of the blocks they belong to, before rg_hyper_chain: gradient [rg_hyper_size]. */
void rg_lambda_scatter (const rg_hyper *hyper, const double *dlambda, double *gradient);

#endif /* RG_HYPER_LAMBDA_H */

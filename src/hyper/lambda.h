/* lambda.h -- the hyperparameters that an objective depends on, as one flat vector. */
#ifndef RG_HYPER_LAMBDA_H
#define RG_HYPER_LAMBDA_H

#include <stdint.h>

#include <retrograde/hyper.h>

/*
 * lambda is the concatenation, in the order they were added, of the values in force of
 * the blocks that are not the dynamics' (rate, decay) nor the initial state's
 * (weights, weight_scale): those that the objective uses. It uses `weights`, too, where there is a proximal term, whose
 * centre they are.
 */
int rg_lambda_has (const rg_hyper *hyper, rg_role role);

/* What the blocks of a role are used by in a set: bits RG_OF_DYNAMICS ... */
unsigned rg_lambda_uses (const rg_hyper *hyper, rg_role role);

size_t rg_lambda_size (const rg_hyper *hyper);

/* Whether any of them is to be tuned. */
int rg_lambda_is_tuned (const rg_hyper *hyper);

/* Where the block of a role starts in lambda; SIZE_MAX where there is none. */
size_t rg_lambda_offset (const rg_hyper *hyper, rg_role role);

/*
 * lambda where it lies as it is: in the one block it is made of; NULL where there are several, or none.
 * It follows the set's changes.
 */
const double *rg_lambda_borrow (const rg_hyper *hyper);

/*
 * The part of a gradient [rg_hyper_size] that derivatives in lambda can be added to directly, where rg_lambda_scatter would
 * do nothing else; NULL where it would.
 */
double *rg_lambda_gradient (const rg_hyper *hyper, double *gradient);

/* Copy the values in force to out [rg_lambda_size]. */
void rg_lambda_collect (const rg_hyper *hyper, double *out);

/* Add derivatives in lambda to those of the blocks they belong to, before rg_hyper_chain: gradient [rg_hyper_size]. */
void rg_lambda_scatter (const rg_hyper *hyper, const double *dlambda, double *gradient);

#endif /* RG_HYPER_LAMBDA_H */

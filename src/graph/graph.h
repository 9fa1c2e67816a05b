/* graph.h -- what the library's own floors use of graphs beside retrograde/graph.h. */
#ifndef RG_GRAPH_GRAPH_H
#define RG_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include <retrograde/graph.h>

#include "dense/precision.h"

/*
 * Leave the adjoints of hyper leaves out of rg_executor_gradient; where they are wanted after all,
 * the other function computes those of the last gradient.
 */
void rg_executor_defer_hyper (rg_executor *executor);
void rg_executor_gradient_hyper (rg_executor *executor);

/* Let the tangents of all differentiable hyper leaves be a direction of the flat hyperparameters. */
void rg_executor_seed_hyper (rg_executor *executor, const double *direction);

/* Add what rg_executor_adjoint or rg_executor_adjoint_tangent says of all differentiable hyper leaves to the flat
   hyperparameters' numbers. */
void rg_executor_add_hyper (const rg_executor *executor,
                            const void *(*derivative) (const rg_executor *executor, rg_tensor leaf), double *sum);

#endif /* RG_GRAPH_GRAPH_H */

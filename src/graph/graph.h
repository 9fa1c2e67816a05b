/* graph.h -- the static graph of a loss; its gradient, and the derivative of that. */
#ifndef RG_GRAPH_GRAPH_H
#define RG_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include <retrograde/status.h>

#include "dense/precision.h"

/*
 * A graph is built once (leaves, operators, finish) and is then read-only: any
 * number of executors, in any number of threads, may run it. "Real" is float or
 * double, by the graph's precision; every matrix is row-major and dense.
 *
 * A batched tensor has one row for each example; how many there are is told to
 * the executor before a run. Every other shape is fixed when the graph is built.
 */
typedef struct rg_graph rg_graph;

/* A tensor of a graph: what the builder functions return. */
typedef int rg_tensor;
enum { RG_NO_TENSOR = -1 }; /* an optional operand that is absent; a builder call that failed */

/*
 * Create an empty graph.
 *   out        [out] the graph; the caller ends it with rg_graph_free
 *   rows       largest number of examples in one run, >= 1 [count]
 *   weights    length of the flat weight vector [count]
 *   hypers     length of the flat hyperparameter vector; may be 0 [count]
 * Returns RG_OK, RG_ERANGE (rows, precision) or RG_ENOMEM; *out = NULL on failure.
 */
rg_status rg_graph_new (rg_graph **out, rg_precision precision, size_t rows, size_t weights,
                        size_t hypers);

/* Free a graph; its executors must have been freed before. NULL is allowed. */
void rg_graph_free (rg_graph *graph);

/*
 * Builder functions return a tensor, or RG_NO_TENSOR on failure. The first
 * failure is remembered, later calls do nothing, and rg_graph_finish reports it:
 * a caller need not look in between.
 */

/* Leaf: the rows x cols matrix at offset in the flat weight vector. Leaves may overlap. */
rg_tensor rg_graph_weights (rg_graph *graph, size_t offset, size_t rows, size_t cols);

/*
 * Leaf: a column of `count` hyperparameters from offset in the flat
 * hyperparameter vector, as used (after transform and tie).
 *   differentiable   whether adjoints are wanted and tangents may be given
 */
rg_tensor rg_graph_hyper (rg_graph *graph, size_t offset, size_t count, bool differentiable);

/* The same as a rows x cols matrix. */
rg_tensor rg_graph_hyper_matrix (rg_graph *graph, size_t offset, size_t rows, size_t cols, bool differentiable);

/* Leaf: real data, `cols` numbers an example (inputs, targets, example weights). Batched. */
rg_tensor rg_graph_batch (rg_graph *graph, size_t cols, bool differentiable);

/* Leaf: one int32_t class an example, in [0, classes). Batched. */
rg_tensor rg_graph_labels (rg_graph *graph, size_t classes);

/* Leaf: a rows x cols constant; the values are copied. */
rg_tensor rg_graph_constant (rg_graph *graph, size_t rows, size_t cols, const double *values);

/* y = x W + 1 bᵀ: x n x p, W p x q, b 1 x q or q x 1 or RG_NO_TENSOR. */
rg_tensor rg_graph_affine (rg_graph *graph, rg_tensor x, rg_tensor weight, rg_tensor bias);

/*
 * A layer of several networks side by side: y_n = x_n W_k + b_k for the rows n of the k-th group.
 *   weights  groups x (p q): a p x q matrix a row; biases: groups x q
 *   ends     exclusive last row of each group, increasing, the last one all rows of x; copied
 */
rg_tensor rg_graph_block_affine (rg_graph *graph, rg_tensor x, rg_tensor weights, rg_tensor biases, size_t groups,
                                 const size_t *ends);

/* Elementwise functions. The derivative of relu at 0 is 0. */
rg_tensor rg_graph_tanh (rg_graph *graph, rg_tensor x);
rg_tensor rg_graph_relu (rg_graph *graph, rg_tensor x);
rg_tensor rg_graph_sigmoid (rg_graph *graph, rg_tensor x);
rg_tensor rg_graph_softplus (rg_graph *graph, rg_tensor x);

/*
 * factor Σ_n ω_n (log Σ_c exp z_nc - z_n,label(n)), a scalar; `factor` is given
 * to the executor (1/B for a shard of a batch of B).
 *   example_weight   ω, batched with one column, or RG_NO_TENSOR for 1
 */
rg_tensor rg_graph_cross_entropy (rg_graph *graph, rg_tensor logits, rg_tensor labels,
                                  rg_tensor example_weight);

/* factor Σ_n ω_n (1/C) Σ_c (y_nc - target_nc)², a scalar; C columns, otherwise as above. */
rg_tensor rg_graph_squared_error (rg_graph *graph, rg_tensor prediction, rg_tensor target,
                                  rg_tensor example_weight);

/* The sum of all elements, a scalar. */
rg_tensor rg_graph_sum (rg_graph *graph, rg_tensor x);

/* s x; s is a scalar tensor (a hyperparameter, a constant, ...). */
rg_tensor rg_graph_scale (rg_graph *graph, rg_tensor x, rg_tensor s);

/* a + b, of one shape. */
rg_tensor rg_graph_add (rg_graph *graph, rg_tensor a, rg_tensor b);

/*
 * Σ_i λ_s(i) w_i², a scalar, without the executor's factor.
 *   w        any tensor that is not batched, N elements
 *   lambda   1 coefficient; or N, one an element; or `segments` of them
 *   segments number of segments, or 0 for the first two forms
 *   ends     exclusive end of each segment, increasing, the last one N; copied;
 *            NULL when segments is 0
 */
rg_tensor rg_graph_penalty_l2 (rg_graph *graph, rg_tensor w, rg_tensor lambda, size_t segments,
                               const size_t *ends);

/*
 * Σ_{j<k} c_jk |w_j - w_k|², a scalar, without the executor's factor.
 *   weights   K x m, the w_j its rows, K >= 2
 *   strength  K (K - 1) / 2 numbers c_12, c_13 ... c_1K, c_23 ...
 */
rg_tensor rg_graph_interaction (rg_graph *graph, rg_tensor weights, rg_tensor strength);

/*
 * End the building: check that loss is a scalar, find what depends on what, plan memory.
 *   message   [out] the first failure as a sentence; NULL allowed
 * Returns RG_OK, RG_ENOMEM, RG_ERANGE (a leaf outside its vector, a foreign
 * tensor), or RG_ESHAPE (operands do not fit; loss is no scalar).
 */
rg_status rg_graph_finish (rg_graph *graph, rg_tensor loss, rg_message *message);

/* The name and the formula of the index-th operator there is; NULL past the last one. */
const char *rg_graph_operator_name (size_t index);
const char *rg_graph_operator_formula (size_t index);

/*
 * An executor holds the values and the linearisation of one run (one shard of
 * one step). For one thread at a time. Nothing is allocated after _new.
 */
typedef struct rg_executor rg_executor;

/*
 *   out     [out] ended with rg_executor_free
 *   graph   finished; must outlive the executor
 * Returns RG_OK, or RG_ENOMEM with *out = NULL.
 */
rg_status rg_executor_new (rg_executor **out, const rg_graph *graph);
void rg_executor_free (rg_executor *executor);

/* Set the flat weights [real]. Only the pointer is kept: unchanged until the last tangent. */
void rg_executor_bind_weights (rg_executor *executor, const void *weights);

/* Set the flat hyperparameters. In double precision only the pointer is kept: unchanged until the last tangent. */
void rg_executor_bind_hyper (rg_executor *executor, const double *hyper);

/*
 * Set the number of examples and the factor of the losses; at first the planned
 * number and its reciprocal. The tangents of all leaves become 0.
 * Returns RG_OK, or RG_ERANGE (rows is 0 or more than planned) with nothing changed.
 */
rg_status rg_executor_bind_rows (rg_executor *executor, size_t rows, double factor);

/* The buffer of a batch leaf [rows x cols, real] or of labels [rows, int32_t]: fill before a run. */
void *rg_executor_leaf (rg_executor *executor, rg_tensor leaf);

/*
 * Forward pass.
 *   loss   [out]
 * Returns RG_OK; RG_ERANGE for a label outside its classes; RG_ENONFINITE when
 * the loss is not finite (*loss holds it).
 */
rg_status rg_executor_loss (rg_executor *executor, double *loss);

/*
 * Forward and backward pass; keeps the linearisation for rg_executor_tangent.
 *   loss       [out] or NULL: it is computed only as far as the gradient needs it, and may not be finite unseen
 *   gradient   [out] flat gradient in the weights [real], all of it written
 * Statuses as rg_executor_loss; the gradient is not written on failure.
 */
rg_status rg_executor_gradient (rg_executor *executor, double *loss, void *gradient);

/*
 * Leave the adjoints of hyper leaves out of rg_executor_gradient; where they are wanted after all,
 * the other function computes those of the last gradient.
 */
void rg_executor_defer_hyper (rg_executor *executor);
void rg_executor_gradient_hyper (rg_executor *executor);

/*
 * The derivative of the whole gradient in a direction (R-operator), at the point
 * of the last rg_executor_gradient; any number of times. The direction is `weights`
 * together with the leaf tangents that were set.
 *   weights    flat direction ẇ [real], or NULL for 0
 *   gradient   [out] flat derivative of the gradient in the weights [real], all of it
 *              written; not the same array as weights
 */
void rg_executor_tangent (rg_executor *executor, const void *weights, void *gradient);

/*
 * The tangent buffer of a differentiable hyper or batch leaf [shape of the leaf, real], to
 * be filled before rg_executor_tangent. Zeroed when it is asked for the first time
 * since rg_executor_clear_tangents; until then it is 0 and costs nothing.
 */
void *rg_executor_leaf_tangent (rg_executor *executor, rg_tensor leaf);

/* Let the tangents of all differentiable hyper leaves be a direction of the flat hyperparameters. */
void rg_executor_seed_hyper (rg_executor *executor, const double *direction);

/* Make the tangents of all leaves 0 again. */
void rg_executor_clear_tangents (rg_executor *executor);

/* The value of a tensor in the last run (logits, ...) [real]; not of a loss that was not asked for. */
const void *rg_executor_value (const rg_executor *executor, rg_tensor tensor);

/*
 * After rg_executor_gradient: the derivative of the loss in a differentiable
 * hyper or batch leaf [shape of the leaf, real]; zeros where the loss does not depend on it.
 */
const void *rg_executor_adjoint (const rg_executor *executor, rg_tensor leaf);

/* After rg_executor_tangent: the derivative of that adjoint; with ẇ alone, (∂²J/∂λ∂w) ẇ. */
const void *rg_executor_adjoint_tangent (const rg_executor *executor, rg_tensor leaf);

/* Add what one of the last two says of all differentiable hyper leaves to the flat hyperparameters' numbers. */
void rg_executor_add_hyper (const rg_executor *executor,
                            const void *(*derivative) (const rg_executor *executor, rg_tensor leaf), double *sum);

/*
 * Several tangents side by side at the linearisation of an executor: the primal is shared and the
 * products with weights are wider. Those of one number stand together: a flat direction is a
 * weights x width matrix, a leaf's tangent [rows][cols][width]. For the weights' gradient alone.
 */
typedef struct rg_wide rg_wide;

/*
 * Make room for tangents side by side.
 *   out    [out] ended with rg_wide_free
 *   graph  finished; must outlive it
 *   most   largest width, >= 1
 * Returns RG_OK, RG_ERANGE, or RG_ENOMEM with *out = NULL.
 */
rg_status rg_wide_new (rg_wide **out, const rg_graph *graph, size_t most);
void rg_wide_free (rg_wide *wide);

/*
 * Choose the point: that of the executor's last rg_executor_gradient. The tangents of all leaves become 0.
 *   width  tangents, 1 to most. A tangent's bits may depend on it
 */
void rg_wide_begin (rg_wide *wide, const rg_executor *executor, size_t width);

/* As rg_executor_leaf_tangent; NULL where the leaf is not differentiable. */
void *rg_wide_leaf_tangent (rg_wide *wide, rg_tensor leaf);

/* Let the index-th flat hyperparameter move by 1 in the k-th direction, in all hyper leaves that hold it. */
void rg_wide_move_hyper (rg_wide *wide, size_t index, size_t k);

/*
 * The derivatives of the gradient in all directions, once after each rg_wide_begin or as often as asked.
 *   weights    [weights x width] directions [real]
 *   gradient   [weights x width] [out] all of it written; not the same array
 */
void rg_wide_tangents (rg_wide *wide, const void *weights, void *gradient);

#endif /* RG_GRAPH_GRAPH_H */

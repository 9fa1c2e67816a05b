/*
 * graph.h -- a loss of one's own, built out of operators: its gradient, and the derivative of that.
 *
 *     // The mean squared error of tanh (x W) V against y, with a penalty whose strength is a hyperparameter.
 *     rg_graph *graph;
 *     rg_executor *executor;
 *     rg_message message;
 *     double w[15] = { ... }, lambda[1] = { 0.01 }, loss, g[15];
 *
 *     rg_graph_new (&graph, RG_DOUBLE, 20, 15, 1);                  // 20 examples, 15 weights, 1 hyperparameter
 *     rg_tensor x = rg_graph_batch (graph, 4, 0), y = rg_graph_batch (graph, 1, 0);
 *     rg_tensor h = rg_graph_tanh (graph, rg_graph_affine (graph, x, rg_graph_weights (graph, 0, 4, 3), RG_NO_TENSOR));
 *     rg_tensor z = rg_graph_affine (graph, h, rg_graph_weights (graph, 12, 3, 1), RG_NO_TENSOR);
 *     rg_tensor fit = rg_graph_squared_error (graph, z, y, RG_NO_TENSOR);
 *     rg_tensor all = rg_graph_weights (graph, 0, 15, 1), strength = rg_graph_hyper (graph, 0, 1, 1);
 *     rg_tensor pull = rg_graph_penalty_l2 (graph, all, strength, 0, NULL);
 *     if (rg_graph_finish (graph, rg_graph_add (graph, fit, pull), &message) != RG_OK)
 *         puts (message.text);                                      // the first thing that did not fit
 *
 *     rg_executor_new (&executor, graph);
 *     memcpy (rg_executor_leaf (executor, x), inputs, ...);         // [20 x 4]
 *     memcpy (rg_executor_leaf (executor, y), targets, ...);        // [20 x 1]
 *     rg_executor_bind_weights (executor, w);
 *     rg_executor_bind_hyper (executor, lambda);
 *     rg_executor_gradient (executor, &loss, g);                    // loss and gradient
 *     rg_executor_tangent (executor, v, hv);                        // the Hessian times v, as often as wanted
 *
 * An operator that has no function of its own here is applied by name: `retrograde list` prints all of them, and
 * rg_graph_operator_name goes through them. An operator of one's own is a row of callbacks (rg_own_operator);
 * rg_graph_check_operator tests its derivatives against each other and against differences.
 */
#ifndef RETROGRADE_GRAPH_H
#define RETROGRADE_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/precision.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A graph is built once (leaves, operators, finish) and is then read-only: any number of executors, in any number of
 * threads, may run it. "Real" is float or double, by the graph's precision; every array is row-major and dense.
 */
typedef struct rg_graph rg_graph;

/* A tensor of a graph: what the builder functions return. */
typedef int rg_tensor;
enum { RG_NO_TENSOR = -1 }; /* an optional operand that is absent; a builder call that failed */

enum { RG_DIMENSIONS = 4 }; /* of a tensor, at most */

/*
 * A shape. A batched tensor has dim[0] rows for each example, those of one example together; how many examples there
 * are is told to the executor before a run. Every other dimension is fixed when the graph is built. Images are
 * examples x height x width x channels: batched, { 1, height, width, channels }.
 */
typedef struct {
    size_t dimensions;         /* 1 to 4 */
    size_t dim[RG_DIMENSIONS]; /* each >= 1; those beyond are 1 */
    int batched;
} rg_shape;

/*
 * Create an empty graph.
 *   out        [out] the graph; the caller ends it with rg_graph_free
 *   rows       largest number of examples in one run, >= 1 [count]
 *   weights    length of the flat weight vector [count]
 *   hypers     length of the flat hyperparameter vector; may be 0 [count]
 * Returns RG_OK, RG_ERANGE (rows, precision) or RG_ENOMEM; *out = NULL on failure.
 */
RG_API rg_status rg_graph_new (rg_graph **out, rg_precision precision, size_t rows, size_t weights, size_t hypers);

/* Free a graph; its executors must have been freed before. NULL is allowed. */
RG_API void rg_graph_free (rg_graph *graph);

/*
 * Builder functions return a tensor, or RG_NO_TENSOR on failure. The first failure is remembered, later calls do
 * nothing, and rg_graph_finish reports it: a caller need not look in between.
 */

/* ---- Leaves ---------------------------------------------------------------- */

/* The rows x cols matrix at offset in the flat weight vector. Leaves may overlap. */
RG_API rg_tensor rg_graph_weights (rg_graph *graph, size_t offset, size_t rows, size_t cols);

/* The same in any shape that is not batched. */
RG_API rg_tensor rg_graph_weight_array (rg_graph *graph, size_t offset, const rg_shape *shape);

/*
 * A column of `count` hyperparameters from offset in the flat hyperparameter vector, as used (after transform and tie).
 *   differentiable   whether adjoints are wanted and tangents may be given
 */
RG_API rg_tensor rg_graph_hyper (rg_graph *graph, size_t offset, size_t count, int differentiable);

/* The same as a rows x cols matrix, and in any shape that is not batched. */
RG_API rg_tensor rg_graph_hyper_matrix (rg_graph *graph, size_t offset, size_t rows, size_t cols, int differentiable);
RG_API rg_tensor rg_graph_hyper_array (rg_graph *graph, size_t offset, const rg_shape *shape, int differentiable);

/* Real data, `cols` numbers an example (inputs, targets, example weights). Batched. */
RG_API rg_tensor rg_graph_batch (rg_graph *graph, size_t cols, int differentiable);

/* The same in any batched shape. */
RG_API rg_tensor rg_graph_batch_array (rg_graph *graph, const rg_shape *shape, int differentiable);

/* One int32_t class an example, in [0, classes). Batched. */
RG_API rg_tensor rg_graph_labels (rg_graph *graph, size_t classes);

/* Whole numbers (tokens, indices) in [0, bound), int32_t, in any shape. */
RG_API rg_tensor rg_graph_integers (rg_graph *graph, const rg_shape *shape, size_t bound);

/* A rows x cols constant; the values are copied. */
RG_API rg_tensor rg_graph_constant (rg_graph *graph, size_t rows, size_t cols, const double *values);

/* ---- Operators ------------------------------------------------------------- */

/*
 * Apply an operator by its name.
 *   name      as in rg_graph_operator_name
 *   operands  [count], in the order of the formula; an optional one may be left out at the end, or be RG_NO_TENSOR
 *   options   "key: value, key: [value, value]"; NULL: none
 *
 *     y = rg_graph_apply (graph, "conv2d", (rg_tensor[]) { x, w }, 2, "stride: 2, pad: same");
 */
RG_API rg_tensor rg_graph_apply (rg_graph *graph, const char *name, const rg_tensor *operands, size_t count,
                                 const char *options);

/* y = x W + 1 b^T: x n x p, W p x q, b 1 x q or q x 1 or RG_NO_TENSOR. p is the last dimension of x. */
RG_API rg_tensor rg_graph_affine (rg_graph *graph, rg_tensor x, rg_tensor weight, rg_tensor bias);

/*
 * A layer of several networks side by side: y_n = x_n W_k + b_k for the rows n of the k-th group.
 *   weights  groups x (p q): a p x q matrix a row; biases: groups x q
 *   ends     exclusive last row of each group, increasing, the last one all rows of x; copied
 */
RG_API rg_tensor rg_graph_block_affine (rg_graph *graph, rg_tensor x, rg_tensor weights, rg_tensor biases,
                                        size_t groups, const size_t *ends);

/* Elementwise functions. The derivative of relu at 0 is 0. */
RG_API rg_tensor rg_graph_tanh (rg_graph *graph, rg_tensor x);
RG_API rg_tensor rg_graph_relu (rg_graph *graph, rg_tensor x);
RG_API rg_tensor rg_graph_sigmoid (rg_graph *graph, rg_tensor x);
RG_API rg_tensor rg_graph_softplus (rg_graph *graph, rg_tensor x);

/*
 * factor sum_n weight_n (log sum_c exp z_nc - z_n,label(n)), a scalar; `factor` is given to the executor (1/B for a
 * shard of a batch of B).
 *   example_weight   batched with one column, or RG_NO_TENSOR for 1
 */
RG_API rg_tensor rg_graph_cross_entropy (rg_graph *graph, rg_tensor logits, rg_tensor labels, rg_tensor example_weight);

/* factor sum_n weight_n (1/C) sum_c (y_nc - target_nc)^2, a scalar; C columns, otherwise as above. */
RG_API rg_tensor rg_graph_squared_error (rg_graph *graph, rg_tensor prediction, rg_tensor target,
                                         rg_tensor example_weight);

/* The sum of all elements, a scalar. */
RG_API rg_tensor rg_graph_sum (rg_graph *graph, rg_tensor x);

/* s x; s is a scalar tensor (a hyperparameter, a constant, ...). */
RG_API rg_tensor rg_graph_scale (rg_graph *graph, rg_tensor x, rg_tensor s);

/* a + b, of one shape. */
RG_API rg_tensor rg_graph_add (rg_graph *graph, rg_tensor a, rg_tensor b);

/*
 * sum_i lambda_s(i) w_i^2, a scalar, without the executor's factor.
 *   w        any tensor that is not batched, N elements
 *   lambda   1 coefficient; or N, one an element; or `segments` of them
 *   segments number of segments, or 0 for the first two forms
 *   ends     exclusive end of each segment, increasing, the last one N; copied; NULL when segments is 0
 */
RG_API rg_tensor rg_graph_penalty_l2 (rg_graph *graph, rg_tensor w, rg_tensor lambda, size_t segments,
                                      const size_t *ends);

/*
 * sum_{j<k} c_jk |w_j - w_k|^2, a scalar, without the executor's factor.
 *   weights   K x m, the w_j its rows, K >= 2
 *   strength  K (K - 1) / 2 numbers c_12, c_13 ... c_1K, c_23 ...
 */
RG_API rg_tensor rg_graph_interaction (rg_graph *graph, rg_tensor weights, rg_tensor strength);

/* The name and the formula of the index-th operator there is; NULL past the last one. */
RG_API const char *rg_graph_operator_name (size_t index);
RG_API const char *rg_graph_operator_formula (size_t index);

/* ---- The whole graph ------------------------------------------------------- */

/* The shape of a tensor; no dimensions where there is no such tensor. */
RG_API rg_shape rg_graph_shape (const rg_graph *graph, rg_tensor tensor);

/* Call a tensor by a name, copied, for rg_graph_print and messages. Returns it, or RG_NO_TENSOR out of memory. */
RG_API rg_tensor rg_graph_name (rg_graph *graph, rg_tensor tensor, const char *name);

/*
 * Keep the value of a tensor readable after a run, before rg_graph_finish: an elementwise function may otherwise be
 * computed in its operand's place. Leaves, the loss, and what no elementwise function follows are always readable.
 */
RG_API void rg_graph_watch (rg_graph *graph, rg_tensor tensor);

/*
 * End the building: check that loss is a scalar, find what depends on what, plan memory.
 *   message   [out] the first failure as a sentence; NULL allowed
 * Returns RG_OK, RG_ENOMEM, RG_ERANGE (a leaf outside its vector, a foreign tensor), RG_ESHAPE (operands do not
 * fit; loss is no scalar), or RG_EINPUT (an operator or option that is not there, or whose value is not as expected).
 */
RG_API rg_status rg_graph_finish (rg_graph *graph, rg_tensor loss, rg_message *message);

/* What rg_graph_new was given; 0 rows before rg_graph_finish. */
RG_API size_t rg_graph_rows (const rg_graph *graph);
RG_API size_t rg_graph_weight_count (const rg_graph *graph);
RG_API size_t rg_graph_hyper_count (const rg_graph *graph);
RG_API rg_precision rg_graph_precision (const rg_graph *graph);

/* What an executor is asked for at most. */
typedef enum { RG_USE_LOSS, RG_USE_GRADIENT, RG_USE_TANGENTS } rg_use;

/* Whose derivatives are wanted of tangents: the gradient in the weights alone, or the adjoints of leaves, too. */
typedef enum { RG_WANT_WEIGHTS, RG_WANT_ALL } rg_wanted;

/* Bytes of an executor, and of a block of directions; 0 before rg_graph_finish, out of memory, or without a number. */
RG_API size_t rg_graph_bytes (const rg_graph *graph, rg_use use);
RG_API size_t rg_graph_tangent_bytes (const rg_graph *graph, size_t width, rg_wanted wanted);

/* A line for each node: name, operator, operands, shape, bytes, floating-point operations of its forward pass. */
RG_API void rg_graph_print (const rg_graph *graph, const rg_log *log);

/* ---- Running --------------------------------------------------------------- */

/*
 * An executor holds the values and the linearisation of one run (one shard of one step). For one thread at a time.
 * Nothing is allocated after _new.
 */
typedef struct rg_executor rg_executor;

/*
 *   out     [out] ended with rg_executor_free
 *   graph   finished; must outlive the executor
 * Returns RG_OK, or RG_ENOMEM with *out = NULL.
 */
RG_API rg_status rg_executor_new (rg_executor **out, const rg_graph *graph);

/*
 * The same for one that is asked for less, in less memory: for RG_USE_GRADIENT no rg_executor_tangent (which writes
 * numbers that are not finite), for RG_USE_LOSS no rg_executor_gradient either.
 */
RG_API rg_status rg_executor_new_for (rg_executor **out, const rg_graph *graph, rg_use use);
RG_API void rg_executor_free (rg_executor *executor);

/* Set the flat weights [real]. Only the pointer is kept: unchanged until the last tangent. */
RG_API void rg_executor_bind_weights (rg_executor *executor, const void *weights);

/* Set the flat hyperparameters. In double precision only the pointer is kept: unchanged until the last tangent. */
RG_API void rg_executor_bind_hyper (rg_executor *executor, const double *hyper);

/*
 * Set the number of examples and the factor of the losses; at first the planned number and its reciprocal. The
 * tangents of all leaves become 0.
 * Returns RG_OK, or RG_ERANGE (rows is 0 or more than planned) with nothing changed.
 */
RG_API rg_status rg_executor_bind_rows (rg_executor *executor, size_t rows, double factor);

/* What random masks (dropout) are a function of, beside their node: the same masks from the same draw. */
typedef struct {
    uint64_t seed, iteration, step;
    uint32_t member;  /* of a mean over several runs */
    size_t first_row; /* the place of the run's first example in the whole batch */
    int on;           /* 0: there are no masks */
} rg_draw;

/* Set the masks of the runs that follow; NULL, and at first: there are none. Copied. */
RG_API void rg_executor_bind_draw (rg_executor *executor, const rg_draw *draw);

/* The buffer of a batch leaf [real] or of whole numbers [int32_t], in the leaf's shape: fill it before a run. */
RG_API void *rg_executor_leaf (rg_executor *executor, rg_tensor leaf);

/*
 * Forward pass.
 *   loss   [out]
 * Returns RG_OK; RG_ERANGE for a label outside its classes; RG_ENONFINITE when the loss is not finite (*loss holds it).
 */
RG_API rg_status rg_executor_loss (rg_executor *executor, double *loss);

/*
 * Forward and backward pass; keeps the linearisation for rg_executor_tangent.
 *   loss       [out] or NULL: it is computed only as far as the gradient needs it, and may not be finite unseen
 *   gradient   [out] flat gradient in the weights [real], all of it written
 * Statuses as rg_executor_loss; the gradient is not written on failure.
 */
RG_API rg_status rg_executor_gradient (rg_executor *executor, double *loss, void *gradient);

/*
 * Print the graph as rg_graph_print does, and microseconds of each node's forward and backward kernel: the least of some runs of
 * rg_executor_gradient with what is bound. What is kept is that of the last of them.
 *   repeats  >= 1
 * Returns as rg_executor_gradient, the message naming the node, or RG_ENOMEM.
 */
RG_API rg_status rg_executor_profile (rg_executor *executor, size_t repeats, const rg_log *log, rg_message *message);

/*
 * After a run that was refused: which leaf holds a number outside its classes, or which node is the first whose value
 * is not finite, as a sentence. The message stays as it is where there is none.
 */
RG_API void rg_executor_explain (const rg_executor *executor, rg_message *message);

/*
 * The derivative of the whole gradient in a direction (R-operator), at the point of the last rg_executor_gradient; any
 * number of times. The direction is `weights` together with the leaf tangents that were set.
 *   weights    flat direction [real], or NULL for 0
 *   gradient   [out] flat derivative of the gradient in the weights [real], all of it written; not the same array
 */
RG_API void rg_executor_tangent (rg_executor *executor, const void *weights, void *gradient);

/*
 * The tangent buffer of a differentiable hyper or batch leaf [shape of the leaf, real], to be filled before
 * rg_executor_tangent; NULL where the leaf is not differentiable. Zeroed when it is asked for the first time since
 * rg_executor_clear_tangents; until then it is 0 and costs nothing.
 */
RG_API void *rg_executor_leaf_tangent (rg_executor *executor, rg_tensor leaf);

/* Make the tangents of all leaves 0 again. */
RG_API void rg_executor_clear_tangents (rg_executor *executor);

/*
 * The value of a tensor in the last run (logits, ...) [real]; not of a loss that was not asked for. NULL where another
 * node was computed in its place: see rg_graph_watch.
 */
RG_API const void *rg_executor_value (const rg_executor *executor, rg_tensor tensor);

/*
 * After rg_executor_gradient: the derivative of the loss in a differentiable hyper or batch leaf [shape of the leaf,
 * real]; zeros where the loss does not depend on it.
 */
RG_API const void *rg_executor_adjoint (const rg_executor *executor, rg_tensor leaf);

/* After rg_executor_tangent: the derivative of that adjoint in the direction. */
RG_API const void *rg_executor_adjoint_tangent (const rg_executor *executor, rg_tensor leaf);

/* ---- A block of directions -------------------------------------------------- */

/*
 * Several tangents side by side at the linearisation of an executor: the primal is shared and the products with weights
 * are wider. Those of one number stand together: a flat direction is a weights x width matrix, a leaf's tangent
 * [shape of the leaf][width]. Several may work at one linearisation at once.
 */
typedef struct rg_tangents rg_tangents;

/*
 * Make the workspace of a block of directions.
 *   out     [out] ended with rg_tangents_free
 *   graph   finished; must outlive it
 *   most    largest width, >= 1
 *   wanted  the gradient in the weights alone, or the adjoints of leaves, too
 * Returns RG_OK, RG_ERANGE, or RG_ENOMEM with *out = NULL.
 */
RG_API rg_status rg_tangents_new (rg_tangents **out, const rg_graph *graph, size_t most, rg_wanted wanted);
RG_API void rg_tangents_free (rg_tangents *tangents);

/*
 * Choose the point: that of the executor's last rg_executor_gradient. The tangents of all leaves become 0.
 *   width  directions, 1 to most. A tangent's bits may depend on it
 */
RG_API void rg_tangents_begin (rg_tangents *tangents, const rg_executor *executor, size_t width);

/* As rg_executor_leaf_tangent, [shape of the leaf][width]. */
RG_API void *rg_tangents_leaf (rg_tangents *tangents, rg_tensor leaf);

/* Let the index-th flat hyperparameter move by 1 in the k-th direction, in all hyper leaves that hold it. */
RG_API void rg_tangents_move_hyper (rg_tangents *tangents, size_t index, size_t k);

/* Let all differentiable hyper leaves move: dense directions of the flat hyperparameters [hypers x width]. */
RG_API void rg_tangents_seed_hyper (rg_tangents *tangents, const double *directions);

/* Whether the derivative of a leaf's adjoint is wanted, from now on (RG_WANT_ALL: at first all). */
RG_API void rg_tangents_want (rg_tangents *tangents, rg_tensor leaf, int wanted);

/*
 * The derivatives of the gradient in all directions, once after each rg_tangents_begin or as often as asked.
 *   weights    [weights x width] directions [real]; NULL for 0
 *   gradient   [weights x width] [out] all of it written; not the same array
 */
RG_API void rg_tangents_run (rg_tangents *tangents, const void *weights, void *gradient);

/* After rg_tangents_run: the derivatives of a leaf's adjoint [shape of the leaf][width]; NULL: they are not wanted. */
RG_API const void *rg_tangents_adjoint (const rg_tangents *tangents, rg_tensor leaf);

/* ---- Operators of one's own, and how any operator is tested -------------------- */

enum { RG_OWN_OPERANDS = 8 }; /* of an operator of one's own, at most */

/*
 * What a kernel of one's own operator y = f(x) is given. Arrays are float or double by the precision, row-major and
 * without gaps. In the tangent kernels an array whose name ends with _dot holds `width` directions, those of one
 * number together: [number][direction].
 */
typedef struct {
    rg_precision precision;
    size_t operands;
    const rg_shape *operand;   /* [operands] as run: dim[0] counts all rows */
    const rg_shape *result;    /* as run */
    const void *const *x;      /* [operands] values */
    const void *y;             /* the value; NULL in forward */
    const void *y_bar;         /* the derivative of the loss in y: in backward and adjoint_tangents */
    size_t width;              /* directions; 1 in forward and backward */
    const void *const *x_dot;  /* [operands] tangents, NULL where they are 0: in tangents and adjoint_tangents */
    const void *y_bar_dot;     /* the derivative of y_bar, NULL where it is 0: in adjoint_tangents */
} rg_own_view;

/*
 * An operator of one's own, whose results depend on its operands alone. Outputs of the last three are zeroed before:
 * a kernel adds to them.
 */
typedef struct {
    size_t size;      /* sizeof (rg_own_operator) */
    const char *name; /* for messages; not copied */
    void *user;       /* passed to each; unchanged while executors run, which may be in several threads */
    /* The result's shape from those of the operands (dim[0]: of one example where batched); RG_ESHAPE refuses them. */
    rg_status (*shape) (void *user, size_t operands, const rg_shape *operand, rg_shape *result);
    void (*forward) (void *user, const rg_own_view *view, void *y);
    /* x_bar_k += (df/dx_k)^T y_bar; x_bar_k is NULL where it is not wanted. */
    void (*backward) (void *user, const rg_own_view *view, void *const *x_bar);
    /* y_dot += sum_k df/dx_k x_dot_k */
    void (*tangents) (void *user, const rg_own_view *view, void *y_dot);
    /* x_bar_dot_k += (df/dx_k)^T y_bar_dot + the derivative of (df/dx_k)^T y_bar in the direction x_dot */
    void (*adjoint_tangents) (void *user, const rg_own_view *view, void *const *x_bar_dot);
    int wide;         /* whether the tangent kernels take any width; else they are given one direction at a time */
} rg_own_operator;

/*
 * Apply an operator of one's own.
 *   row       copied
 *   operands  [count] 1 to RG_OWN_OPERANDS tensors of numbers
 */
RG_API rg_tensor rg_graph_apply_own (rg_graph *graph, const rg_own_operator *row, const rg_tensor *operands,
                                     size_t count);

/* An operand of a test. */
typedef struct {
    rg_shape shape;   /* of one example where batched */
    int moves;        /* whether derivatives are taken in it */
    size_t bound;     /* > 0: whole numbers below it, not numbers */
    double low, high; /* numbers are drawn from here; both 0: from -2.4 to 2.4, but none within 0.1 of 0 */
} rg_operand;

/* How far apart two ways to one number are at worst, relative to the numbers where those are above 1. */
typedef struct {
    double duality;    /* <y_bar, J x_dot> and <J^T y_bar, x_dot>: rounding in double, limit 1e-12 */
    double gradient;   /* backward and central differences of forward: limit 1e-6 */
    double tangent;    /* adjoint_tangents and central differences of backward: limit 1e-6 */
    double symmetry;   /* u^T H v and v^T H u: limit 1e-10 */
    double block;      /* directions side by side and one at a time, all sets of operands that move: limit 1e-12 */
    double precision;  /* single and double: limit 1e-4 */
} rg_operator_gaps;

/*
 * Test the derivatives of an operator, or of any expression of operators, at one random point: alone, as part of a loss
 * that is not linear in it, and where its operands are read elsewhere, too. All memory of the runs is filled with
 * not-a-number before.
 *   build     adds the operator to the graph and returns its result
 *   rows      examples, >= 1
 *   gaps      [out] NULL allowed
 *   message   [out] which limit is exceeded, or what build was refused for; NULL allowed
 * Returns RG_OK; RG_EINPUT where a gap is beyond its limit; RG_ENONFINITE where a value or derivative is not finite;
 * what rg_graph_finish says of the operator; or RG_ENOMEM.
 */
RG_API rg_status rg_graph_check_operator (rg_tensor (*build) (rg_graph *graph, const rg_tensor *operands, void *user),
                                          void *user, size_t operands, const rg_operand *operand, size_t rows,
                                          rg_operator_gaps *gaps, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_GRAPH_H */

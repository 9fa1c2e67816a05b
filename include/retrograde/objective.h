/* objective.h -- a scalar function of weights, hyperparameters and the step. */
#ifndef RETROGRADE_OBJECTIVE_H
#define RETROGRADE_OBJECTIVE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/graph.h>
#include <retrograde/hyper.h>
#include <retrograde/model.h>
#include <retrograde/precision.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the training run goes forward, or a step of it is evaluated again on the way back. */
typedef enum { RG_WAY_OUT, RG_WAY_BACK } rg_way;

/*
 * When an objective is evaluated: a batch is a function of iteration, member and step alone, so that any step can be replayed.
 * Start from a zeroed one.
 */
typedef struct {
    uint64_t iteration; /* meta-iteration, 0 ...; in a mean of n members meta-iteration n + member: no two runs have the same */
    uint64_t step;      /* inner step t, 0 ... T-1; 0 for an outer objective */
    uint64_t member;    /* which member of a mean, 0 ... n-1; 0 without a mean */
    size_t shard;       /* for callbacks: the part of the step's batch that is asked for, 0 ... shards - 1 */
    rg_way way;         /* for those who count or cache; what is computed must not depend on it */
} rg_instant;

/*
 * A user's own objective J(w, lambda, t). `lambda` is the
 * concatenation, in the order they were added, of the hyperparameter blocks that are
 * not rate, decay, weights or weight_scale: natural values. Each callback returns 0, or another
 * number to stop the run with RG_ECALLBACK. The same arguments must give the
 * same bits: a gradient that does not is found out on the way back.
 */
typedef struct rg_single_callbacks rg_single_callbacks;

typedef struct {
    size_t size; /* sizeof (rg_callbacks): start from { .size = sizeof (rg_callbacks) } */
    /* J. Required. */
    int (*loss) (void *user, rg_instant at, const double *w, const double *lambda, double *loss);
    /* dJ/dw, written to g [weights]. Required. */
    int (*gradient) (void *user, rg_instant at, const double *w, const double *lambda, double *g);
    /*
     * The R-operator: derivative of (dJ/dw, dJ/dlambda) in the direction
     * (w_dot, lambda_dot), written to g_dot [weights] and lambda_g_dot [lambda].
     * lambda_dot and lambda_g_dot are NULL where not wanted. NULL: central
     * differences of `gradient` (and of `lambda_gradient`), with a note that says so.
     */
    int (*tangent) (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
                    const double *lambda_dot, double *g_dot, double *lambda_g_dot);
    /*
     * dJ/dlambda, written to h [lambda]; for an outer objective its direct term. NULL: the outer objective does not depend on lambda; of
     * an inner one, without `tangent` as well, nothing tells how it does, and its hyperparameters are refused
     * (RG_EUNSUPPORTED) but by forward mode, real time and differences.
     */
    int (*lambda_gradient) (void *user, rg_instant at, const double *w, const double *lambda, double *h);
    void *user;     /* passed to each */
    size_t lambdas; /* length of lambda */

    /* What most do without; zero: none. */
    size_t shards;  /* parts of a step's batch, J being their sum; each is asked for by itself, as at.shard. 0: one */
    int parallel;   /* whether different shards may be asked for by different threads at once; 0: one call at a time */
    /*
     * Several tangents at once, for the weights alone: w_dot and g_dot are [weights x width], lambda_dot is [lambda x width], the
     * directions of one number side by side; lambda_dot is NULL where there is no lambda. NULL: they are asked for one by one.
     */
    int (*tangents) (void *user, rg_instant at, size_t width, const double *w, const double *lambda, const double *w_dot,
                     const double *lambda_dot, double *g_dot);
    /* How many of how many examples are classified wrongly at w; asked after each loss. NULL: there are no classes. */
    void (*errors) (void *user, rg_instant at, const double *w, const double *lambda, size_t *wrong, size_t *examples);
    /* For an objective in single precision: its functions, in place of all those above; copied. NULL: double precision. */
    const rg_single_callbacks *single;
} rg_callbacks;

/* The same functions where weights, gradients and directions are floats; lambda and losses are doubles. */
struct rg_single_callbacks {
    size_t size; /* sizeof (rg_single_callbacks) */
    int (*loss) (void *user, rg_instant at, const float *w, const double *lambda, double *loss);
    int (*gradient) (void *user, rg_instant at, const float *w, const double *lambda, float *g);
    int (*tangent) (void *user, rg_instant at, const float *w, const double *lambda, const float *w_dot, const double *lambda_dot,
                    float *g_dot, double *lambda_g_dot);
    int (*lambda_gradient) (void *user, rg_instant at, const float *w, const double *lambda, double *h);
    int (*tangents) (void *user, rg_instant at, size_t width, const float *w, const double *lambda, const float *w_dot,
                     const double *lambda_dot, float *g_dot);
    void (*errors) (void *user, rg_instant at, const float *w, const double *lambda, size_t *wrong, size_t *examples);
};

/* An objective; ended with rg_objective_free. */
typedef struct rg_objective rg_objective;

/*
 * Make an objective of callbacks.
 *   out       [out] the objective
 *   weights   length of w, >= 1
 *   callbacks copied
 *   log       where a finite-difference fallback is announced; copied; may be NULL
 * Returns RG_OK; RG_ERANGE where a required callback is missing; RG_EINPUT where there are callbacks in both precisions,
 * or a size is not set; RG_EUNSUPPORTED where the caller was built for a newer library and uses it; RG_ENOMEM.
 * Memory: of each shard three copies of the weights.
 */
RG_API rg_status rg_objective_from_callbacks (rg_objective **out, size_t weights, const rg_callbacks *callbacks,
                                              const rg_log *log, rg_message *message);

/* ---- A loss of one's own, built of operators: see retrograde/graph.h --------- */

/* J(w, lambda, t): the loss of a graph over the rows of a step. `lambda` is as for rg_callbacks. */
typedef struct {
    size_t size;             /* sizeof (rg_graph_batches) */
    const rg_graph *graph;   /* finished, kept by reference; so many rows as it is planned for are evaluated together: a shard */
    const rg_graph *penalty; /* another graph, of the same vectors, that is evaluated once a step: terms that are no sum over
                                rows, which the first graph would count once a shard; NULL: none */
    size_t rows;             /* of a step, >= 1 */
    double factor;           /* of the losses in the graph; 0: 1 / rows */
    /*
     * Fill the batch leaves of an executor, by rg_executor_leaf, with the rows first ... first + count - 1 of a step.
     * Returns 0, or another number to stop the run with RG_ECALLBACK. The same instant and rows must give the same
     * numbers; called by several threads at once where a run has them. NULL: there are no such leaves.
     */
    int (*fill) (void *user, rg_instant at, size_t first, size_t count, rg_executor *executor);
    void *user;              /* passed to it */
} rg_graph_batches;

/*
 * Make an objective of a graph: the gradient and the R-operator are the graph's.
 * Returns RG_OK; RG_EINPUT (the size is not set); RG_ERANGE (a graph that is not finished; no rows); RG_ESHAPE (a penalty of other vectors); RG_ENOMEM.
 */
RG_API rg_status rg_objective_from_graph (rg_objective **out, const rg_graph_batches *batches, rg_message *message);

/* ---- Any objective ------------------------------------------------------------ */

/* Free an objective; NULL is allowed. */
RG_API void rg_objective_free (rg_objective *objective);

RG_API size_t rg_objective_weights (const rg_objective *objective);
RG_API size_t rg_objective_lambdas (const rg_objective *objective);
RG_API rg_precision rg_objective_precision (const rg_objective *objective);

/* What an evaluation over all shards of one step found. */
typedef struct {
    double loss;
    size_t wrong, examples; /* examples is 0 where there are no classes */
} rg_evaluation;

/* The lambda that a set of hyperparameters stands for, natural values. out: [rg_objective_lambdas] [out] */
RG_API void rg_objective_lambda (const rg_hyper *hyper, double *out);

/*
 * Evaluate an objective, by the calling thread.
 *   w, lambda  [weights], [lambdas]; lambda may be NULL where there is none
 *   found      [out]
 *   g          [weights] dJ/dw [out]; NULL: not wanted
 *   lambda_g   [lambdas] dJ/dlambda [out]; NULL: not wanted
 * Returns RG_OK; RG_ENONFINITE; RG_ENOMEM; or what the objective returns.
 */
RG_API rg_status rg_objective_evaluate (rg_objective *objective, rg_instant at, const double *w, const double *lambda,
                                        rg_evaluation *found, double *g, double *lambda_g, rg_message *message);

/*
 * What a model puts out for each example of the objective that rg_objective_from_model has made, in their order: of classes, the
 * numbers whose softmax are probabilities; of real targets, their values, standardised where they are. The objective's part
 * is RG_OUTER, its batch all examples.
 *   w, lambda  as for rg_objective_evaluate
 *   out        [examples x rg_model_outputs] [out]
 * Returns RG_OK; RG_EUNSUPPORTED (no model, several tasks); RG_ENONFINITE; RG_ENOMEM.
 */
RG_API rg_status rg_objective_outputs (rg_objective *objective, const double *w, const double *lambda, double *out,
                                       rg_message *message);

/*
 * The derivative of (dJ/dw, dJ/dlambda) at a point along a direction: a product with the Hessian.
 *   w_dot, lambda_dot    [weights], [lambdas] the direction; lambda_dot NULL: 0
 *   g_dot, lambda_g_dot  [weights], [lambdas] [out]; lambda_g_dot NULL: not wanted
 * Returns as rg_objective_evaluate.
 */
RG_API rg_status rg_objective_product (rg_objective *objective, rg_instant at, const double *w, const double *lambda,
                                       const double *w_dot, const double *lambda_dot, double *g_dot, double *lambda_g_dot,
                                       rg_message *message);

/* ---- Built-in: a model on a set of examples ----------------------------- */

/* Which part a model's loss plays. */
typedef enum {
    RG_INNER, /* example weights and penalties apply; linearisations of a whole step are kept */
    RG_OUTER  /* the plain mean over the batch */
} rg_part_played;

/*
 * Second models phi beside the trained one, in any combination: their weights are hyperparameters, the block of their role (constants
 * where that is fixed), in the flat order of the model.
 *   representation  the model sees phi (x), in the inner and in the outer loss: it puts out as many numbers as the model takes.
 *                   Franceschi, Frasconi, Salzo, Grazzi, Pontil, Bilevel programming for hyperparameter optimization and
 *                   meta-learning (2018)
 *   augmentation    in the inner loss x + phi ([x, noise]) stands for x (before a representation), as many numbers as x; the noise
 *                   is standard normal, a function of the seed of the batches, meta-iteration, step and row.
 *                   Lorraine, Vicol, Duvenaud, Optimizing millions of hyperparameters by implicit differentiation (2020)
 *   weighting       in the inner loss phi (x), one number >= 0, is the example's weight: the last layer is one that puts out
 *                   nothing below 0, such as sigmoid, softplus or relu
 */
typedef struct {
    const rg_model *representation, *augmentation, *weighting; /* NULL: there is none */
} rg_second_models;

/*
 * The loss of a model is a sum of terms.
 * Inner: the mean over a batch of (example weight x cross-entropy), or x mean squared error for real targets; of two classes and
 * a model with one output the cross-entropy is the logistic loss, the output the logit of class 1; plus
 * sum lambda_i w_i^2 where there is a block `l2`. With tasks, the sum over the tasks of the mean over each task's batch, as if each were
 * trained alone; plus sum_{j<k} C_jk |z_j - z_k|^2 over the layers that are not tied where there is a block `interaction`; plus
 * 1/2 sum lambda_i (w_i - c_i)^2 where there is a block `proximal`, c the block `weights`.
 * Outer: the plain mean over the examples; with tasks the mean over the tasks of their plain means.
 */
typedef struct {
    size_t size;               /* sizeof (rg_model_loss) */
    const rg_model *model;     /* used while the objective is made, like tasks and second */
    const rg_tasks *tasks;     /* NULL: there are none */
    rg_precision precision;
    rg_part_played part;
    const rg_dataset *data;    /* kept by reference; with tasks, unless one_vs_all */
    int own_inputs;            /* whether the inputs are the hyperparameter block `inputs` */
    rg_batches batches;        /* examples = those of data; with tasks batch is that of each task (0: all, of which tasks may
                                  have different numbers), and each task has an order of its own */
    uint32_t shard;            /* examples evaluated together; 0, or with tasks: the whole step */
    const rg_hyper *hyper;     /* kept by reference */
    rg_second_models second;
    const rg_dataset *reference; /* the training examples, kept by reference: the first of them stand before each shard of an
                                    outer loss where a batch norm of the model evaluates by reference rows; NULL: none does */
    double smoothing;          /* in [0, 1): of classes, the share of each label that is spread over all outputs (of one output: over
                                  both classes), in an inner loss; Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016) */
    rg_distortion distortion;  /* of the images of an inner loss, by the seed of the batches; zeroed: none */
} rg_model_loss;

/*
 * Make the objective of a model.
 * Returns RG_OK; RG_ESHAPE (the model against features, classes, layout and second models; blocks against model, examples and second
 * models; a distortion of what is no image); RG_EINPUT (a task without examples, or examples of more tasks); RG_ERANGE (no precision; a batch of 0 or above the examples; fewer
 * than 2 tasks; fewer training examples than reference rows; a smoothing out of its range); RG_EUNSUPPORTED (smoothing of real targets; own_inputs without that block, or distorted; whole numbers that are distorted; a second model without its block, or the block without it; weights of examples
 * given twice; a shared layer without sharing, or sharing without one; an interaction of tied layers, or without tasks; a proximal term without the block `weights`; arrays that are
 * not adapted without the block `shared`, or with tasks; data without tasks, or without
 * labels for one_vs_all); RG_ENONFINITE (data that single precision cannot hold); RG_ENOMEM.
 */
RG_API rg_status rg_objective_from_model (rg_objective **out, const rg_model_loss *loss, rg_message *message);

/* ---- The same of fully connected networks, by their widths ---------------- */

/* The layout of a network's weights: W1 [inputs x outputs] row-major, b1, W2, b2 ... Returns RG_OK, RG_ERANGE or RG_ENOMEM. */
RG_API rg_status rg_network_layout (rg_layout **out, const rg_network *network);

/* A second model by its widths. */
typedef struct {
    rg_network network;    /* widths 0: there is none. Its activation is that of the hidden layers */
    rg_activation output;  /* after the last layer */
    size_t noise;          /* of an augmentation: channels of noise that the first layer takes beside the inputs */
} rg_second_network;

typedef struct {
    rg_second_network representation, augmentation, weighting;
} rg_second_networks;

/* How many weights a second network has; 0: there is none, a width is 0, or they are more than there can be. */
RG_API size_t rg_second_network_size (const rg_second_network *second);

/*
 * Random initial weights of a second network: normal, a function of (seed, role, index).
 *   role   RG_REPRESENTATION, RG_AUGMENTATION or RG_WEIGHTING
 *   scale  standard deviation
 *   out    [rg_second_network_size] [out]
 */
RG_API void rg_second_network_draw (const rg_second_network *second, rg_role role, uint64_t seed, double scale, double *out);

/* As rg_model_loss. */
typedef struct {
    size_t size;               /* sizeof (rg_network_loss) */
    rg_network network;
    rg_precision precision;
    rg_part_played part;
    const rg_dataset *data;    /* kept by reference */
    int own_inputs;            /* whether the inputs are the hyperparameter block `inputs` */
    rg_batches batches;        /* examples = those of data */
    uint32_t shard;            /* examples evaluated together; 0: the batch */
    const rg_hyper *hyper;     /* kept by reference */
    const rg_second_networks *second; /* NULL: none; used while the objective is made */
} rg_network_loss;

/*
 * Make the objective of a network.
 * Returns RG_OK; RG_ESHAPE (widths against features, classes, layout and second networks; blocks against examples and second
 * networks); RG_ERANGE (a batch of 0 or above the examples; fewer than 2 widths); RG_EUNSUPPORTED (own_inputs
 * without that block; a second network without its block, or the block without it; weights of examples given
 * twice); RG_ENONFINITE (data that single precision cannot hold); RG_ENOMEM.
 */
RG_API rg_status rg_objective_from_network (rg_objective **out, const rg_network_loss *loss, rg_message *message);

/* Several tasks, of one network each. */
typedef struct {
    rg_network network;         /* of each task */
    size_t tasks;               /* K, >= 2 */
    const rg_sharing *sharing;  /* [widths - 1]; NULL: all separate */
    int one_vs_all;             /* task k is to tell class k from the others: all examples belong to every task, the last
                                   width is 2, and output 1 stands for "is of the class" */
} rg_multitask;

/*
 * The layout of the weights z: W1 [K x (inputs x outputs)], b1 [K x outputs], W2, b2 ...; a tied layer once.
 * Returns RG_OK, RG_ERANGE or RG_ENOMEM.
 */
RG_API rg_status rg_multitask_layout (rg_layout **out, const rg_multitask *model);

/* Numbers of the blocks `sharing` (one K x K matrix T a shared layer) and `interaction` (pairs 12, 13 ... 1K, 23 ...; one
   number for all of them in scope RG_PER_ALL). */
RG_API size_t rg_multitask_sharings (const rg_multitask *model);
RG_API size_t rg_multitask_interactions (const rg_multitask *model);

/* As rg_model_loss. All rows of a step are one shard. */
typedef struct {
    size_t size;               /* sizeof (rg_multitask_loss) */
    rg_multitask model;
    rg_precision precision;
    rg_part_played part;
    const rg_dataset *data;    /* kept by reference; with tasks, unless one_vs_all */
    int own_inputs;            /* whether the inputs are the hyperparameter block `inputs` */
    const rg_sampler *sampler;
    uint32_t batch;            /* examples of each task a step; 0: all, of which tasks may have different numbers */
    uint64_t seed;             /* of the order; each task has an order of its own */
    const rg_hyper *hyper;     /* kept by reference */
} rg_multitask_loss;

/*
 * Make the objective of several tasks.
 * Returns RG_OK; RG_ESHAPE (widths against features, classes and layout; blocks against model or examples);
 * RG_EINPUT (a task without examples, or examples of more tasks); RG_ERANGE (a task of fewer examples than a batch;
 * fewer than 2 tasks or widths); RG_EUNSUPPORTED (own_inputs
 * without that block; a shared layer without sharing, or sharing without one; an interaction of tied layers, or without tasks; a proximal term without the block `weights`; data
 * without tasks, or without labels for one_vs_all); RG_ENONFINITE (data that single precision cannot hold); RG_ENOMEM.
 */
RG_API rg_status rg_objective_from_multitask (rg_objective **out, const rg_multitask_loss *loss, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_OBJECTIVE_H */

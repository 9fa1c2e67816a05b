/* graph_loss.h -- what the built-in losses share: a graph over examples, shard by shard, and a penalty's graph as one shard more. */
#ifndef RG_OBJECTIVE_GRAPH_LOSS_H
#define RG_OBJECTIVE_GRAPH_LOSS_H

#include "graph/graph.h"
#include "objective/objective.h"

/* One shard's executor and the examples that its last run was about. */
typedef struct {
    rg_executor *executor;
    uint32_t *indices; /* [batch] of the whole step */
    uint32_t *held;    /* [batch] those whose inputs and targets the leaves hold, of so many positions */
    size_t held_first, held_count;
    size_t first, count;
    int is_penalty;
} rg_loss_slot;

/* Workspaces of tangents side by side. */
typedef struct {
    rg_tangents *wide, *penalty; /* penalty NULL: there is none */
    size_t width;            /* at most */
} rg_loss_room;

/*
 * The first member of every objective that is a graph. Hyperparameters are hyper leaves of either
 * graph (their flat vector is lambda), or, one a row, the inputs and the example weights.
 */
typedef struct rg_graph_loss rg_graph_loss;
struct rg_graph_loss {
    /* Set by the kind of objective before rg_graph_loss_complete. */
    rg_precision precision;
    rg_part_played part;
    const rg_dataset *data;
    const rg_hyper *hyper;
    rg_graph *graph, *penalty; /* finished, owned; penalty NULL: none */
    rg_tensor inputs, targets, example_weight, logits; /* of graph; example_weight may be RG_NO_TENSOR */
    int own_inputs;            /* whether the inputs are hyperparameters */
    size_t outputs;            /* columns of the logits */
    size_t batch, shard;       /* rows of a step, and of a shard */
    double factor;             /* of the losses */
    /* Write the examples of a step's rows, [batch]. */
    void (*choose) (const rg_graph_loss *self, rg_instant at, uint32_t *indices);
    /* Change the labels of the rows first ... after they were gathered; NULL: keep them. */
    void (*relabel) (const rg_graph_loss *self, size_t first, size_t count, int32_t *labels);
    /* Fill what leaves the kind of objective has beside these, for the rows first ... of a step; NULL: none. */
    void (*fill_more) (const rg_graph_loss *self, rg_instant at, size_t first, size_t count, rg_executor *executor);
    const double *balance;     /* [batch] a factor of each row's example weight, owned; NULL: 1 */
    /* The rest is rg_graph_loss_complete's. */
    size_t example_weights_at, inputs_at; /* in lambda; SIZE_MAX: none */
    size_t example_weights;               /* 1, or one an example */
    size_t data_shards, slots;
    rg_loss_slot *slot;
    rg_executor *penalty_executor;
    rg_loss_room *room; /* [rooms] */
    size_t rooms;       /* 0 until tangents side by side are asked for */
};

/* Whether the rows of a part have example weights that are hyperparameters. */
int rg_graph_loss_is_weighted (rg_part_played part, const rg_hyper *hyper);

/* Inputs, example weights and data of a spec against the blocks: RG_OK, RG_ESHAPE, RG_EUNSUPPORTED or RG_ENONFINITE. */
rg_status rg_graph_loss_check (rg_part_played part, rg_precision precision, const rg_dataset *data, int own_inputs,
                               const rg_hyper *hyper, rg_message *message);

/*
 * The loss of a graph's rows from what the network puts out, by the data's kind of targets; sets logits and targets.
 *   example_weight  one number a row, or RG_NO_TENSOR for 1
 */
rg_tensor rg_graph_loss_of_rows (rg_graph_loss *self, rg_tensor outputs, rg_tensor example_weight);

/* The term sum lambda_i w_i^2 over all weights of a graph, its coefficients those of the block l2. */
rg_tensor rg_graph_loss_l2 (rg_graph *graph, const rg_hyper *hyper);

/*
 * Make the executors, and of self (whose first member is the loss) the objective.
 *   table   its functions are those below; errors may be the kind's own
 * Takes over self, also on failure.
 */
rg_status rg_graph_loss_complete (rg_objective **out, const rg_objective_table *table, rg_graph_loss *self,
                                  rg_message *message);

/* A number of an array in the loss's precision. */
double rg_graph_loss_number (const rg_graph_loss *self, const void *in, size_t at);

/* Free what the members own, then self. */
void rg_graph_loss_free (void *self);

/* The functions of rg_objective_table. */
rg_status rg_graph_loss_gradient (void *self, size_t slot, rg_instant at, size_t shard, const void *w,
                                  const double *lambda, double *loss, void *g, rg_message *message);
rg_status rg_graph_loss_loss (void *self, size_t slot, rg_instant at, size_t shard, const void *w,
                              const double *lambda, double *loss, rg_message *message);
rg_status rg_graph_loss_tangent (void *self, size_t slot, const void *w_dot, const double *lambda_dot, void *g_dot,
                                 double *lambda_g_dot, rg_message *message);
rg_status rg_graph_loss_tangents (void *self, size_t slot, size_t room, size_t width, const void *w_dot,
                                  const size_t *lambda, void *g_dot, rg_message *message);
rg_status rg_graph_loss_widen (void *self, size_t rooms, size_t width);
rg_status rg_graph_loss_lambda_gradient (void *self, size_t slot, double *h, rg_message *message);
void rg_graph_loss_lambda_tangent (void *self, size_t slot, double *lambda_g_dot);
rg_status rg_graph_loss_reserve (void *self, size_t slots);
void rg_graph_loss_errors (void *self, size_t slot, size_t *wrong, size_t *examples);

/* The rows that they are of an objective's table: all but name, free and errors. */
#define RG_GRAPH_LOSS_TABLE                                                                                         \
    .gradient = rg_graph_loss_gradient, .loss = rg_graph_loss_loss, .tangent = rg_graph_loss_tangent,               \
    .lambda_tangent = rg_graph_loss_lambda_tangent, .reserve = rg_graph_loss_reserve,                               \
    .tangents = rg_graph_loss_tangents, .widen = rg_graph_loss_widen,                                               \
    .lambda_gradient = rg_graph_loss_lambda_gradient

#endif /* RG_OBJECTIVE_GRAPH_LOSS_H */

/* graph_loss.h -- an objective that is a graph over examples, shard by shard, and a graph of its other terms as one shard more. */
#ifndef RG_OBJECTIVE_GRAPH_LOSS_H
#define RG_OBJECTIVE_GRAPH_LOSS_H

#include "graph/graph.h"
#include "objective/data_term.h"
#include "objective/objective.h"
#include "objective/rows.h"

/* One shard's executor and the examples that its last run was about. */
typedef struct {
    rg_executor *executor;
    uint32_t *indices; /* [rows] of the whole step */
    double *numbers;   /* [features] of an example whose inputs are whole numbers, or distorted; NULL: neither */
    uint32_t *held;    /* [shard] those whose inputs and targets the leaves hold, of so many positions */
    size_t held_first, held_count;
    uint64_t held_of;  /* the meta-iteration: an example's label differs from one episode to another */
    rg_instant at;
    size_t first, count;
    int is_terms;      /* whether it was the shard of the other terms */
} rg_loss_slot;

/* Workspaces of tangents side by side. */
typedef struct {
    rg_tangents *wide, *terms; /* terms NULL: there are none */
    size_t width;          /* at most */
} rg_loss_workspace;

/*
 * Hyperparameters are hyper leaves of either graph (their flat vector is lambda), or, one a row, the inputs and the example
 * weights.
 */
typedef struct {
    rg_precision precision;
    rg_part_played part;
    const rg_dataset *data, *reference; /* reference: where the term's reference rows are from */
    const rg_hyper *hyper;
    int own_inputs;            /* whether the inputs are hyperparameters */
    rg_rows rows;
    rg_data_term term;
    rg_graph *terms;           /* the other terms; NULL: none */
    size_t shard;              /* rows of one */
    int tokens;                /* whether the inputs are whole numbers */
    rg_distortion distortion;  /* of the inputs; zeroed: none */
    int draws, mixes;          /* whether the model draws random numbers, and takes statistics of a shard */
    size_t data_shards;        /* the shard after them is that of the other terms */
    size_t example_weights_at, inputs_at; /* in lambda; SIZE_MAX: none */
    size_t example_weights;               /* 1, or one an example */
    rg_loss_slot *slot;                   /* [slots] */
    size_t slots;
    rg_executor *terms_executor;
    rg_loss_workspace *workspace;         /* [workspaces] */
    size_t workspaces;                    /* 0 until tangents side by side are asked for */
} rg_graph_loss;

/* ---- Slots and workspaces; in loss_slots.c ------------------------------------- */

/* The executor of a slot's last run. */
rg_executor *rg_loss_executor (const rg_graph_loss *loss, const rg_loss_slot *slot);

/* The executor of the other terms, where there are some: RG_OK or RG_ENOMEM. */
rg_status rg_loss_make_terms (rg_graph_loss *loss);

/* As in rg_objective_table. */
rg_status rg_loss_reserve (void *self, size_t slots);
rg_status rg_loss_widen (void *self, size_t workspaces, size_t width);

void rg_loss_free_slots (rg_graph_loss *loss);

/* ---- Leaves that have a number a row; in loss_leaves.c ------------------------- */

typedef const void *rg_adjoint_of (const rg_executor *executor, rg_tensor leaf);

/* A number of an array in the loss's precision. */
double rg_loss_number (const rg_graph_loss *loss, const void *in, size_t at);

/* Write the reference rows of a new slot, which stay. RG_OK or RG_ENOMEM. */
rg_status rg_loss_fill_reference (const rg_graph_loss *loss, rg_loss_slot *slot);

/* Fill the leaves of a slot with its rows; the values of hyperparameters come from lambda. */
void rg_loss_fill (const rg_graph_loss *loss, rg_loss_slot *slot, const double *lambda);

/* Give the rows' inputs and weights the tangents of the hyperparameters they came from. */
void rg_loss_seed (const rg_graph_loss *loss, const rg_loss_slot *slot, const double *lambda_dot);

/* The same of the one hyperparameter that moves, by 1, in the k-th of several directions. */
void rg_loss_seed_one (const rg_graph_loss *loss, const rg_loss_slot *slot, rg_tangents *wide, size_t lambda, size_t width, size_t k);

/* Add the (tangents of the) adjoints of the rows' inputs and weights to the hyperparameters they came from. */
void rg_loss_scatter (const rg_graph_loss *loss, const rg_loss_slot *slot, rg_adjoint_of *adjoint, double *sum);

/* ---- The objective ----------------------------------------------------------- */

/*
 * Make the executors, and the objective.
 *   loss  all members up to shard are set; taken over, also on failure
 */
rg_status rg_graph_loss_complete (rg_objective **out, rg_graph_loss *loss, rg_message *message);

/* Free what the members own, then the loss. */
void rg_graph_loss_free (void *self);

/* As in rg_objective_table; in loss_errors.c. */
void rg_loss_errors (void *self, size_t slot, size_t *wrong, size_t *examples);
int rg_loss_outputs (void *self, size_t slot, double *out);

#endif /* RG_OBJECTIVE_GRAPH_LOSS_H */

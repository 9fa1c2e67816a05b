/* data_term.h -- the term of the examples: what the model makes of a shard's rows, against their labels or targets. */
#ifndef RG_OBJECTIVE_DATA_TERM_H
#define RG_OBJECTIVE_DATA_TERM_H

#include "graph/graph.h"
#include "objective/data_loss.h"
#include "objective/rows.h"

/* Its graph, and the leaves that rows are written to. */
typedef struct {
    const rg_data_loss *kind;
    rg_graph *graph;
    rg_tensor inputs, targets, logits;
    rg_tensor example_weight; /* one number a row, or RG_NO_TENSOR */
    rg_tensor noise;          /* of an augmentation, or RG_NO_TENSOR */
    size_t outputs;           /* columns of the logits */
    size_t channels;          /* numbers of noise a row */
    size_t reference;         /* rows that stand before the shard's; they weigh 0 */
} rg_data_term;

/* Whether the rows of a part have example weights that are hyperparameters. */
int rg_data_term_is_weighted (rg_part_played part, const rg_hyper *hyper);

/*
 * Build the graph of a shard.
 *   term   [out] its graph is to be freed, also on failure
 *   loss   checked
 *   shard  rows, beside those of reference
 */
rg_status rg_data_term_build (rg_data_term *term, const rg_model_loss *loss, const rg_rows *rows, size_t shard,
                              rg_message *message);

#endif /* RG_OBJECTIVE_DATA_TERM_H */

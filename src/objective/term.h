/* term.h -- the terms of an inner loss beside that of the examples: one file and one row each. */
#ifndef RG_OBJECTIVE_TERM_H
#define RG_OBJECTIVE_TERM_H

#include <retrograde/objective.h>

#include "graph/graph.h"

/* A term is there where its block of hyperparameters is. */
typedef struct {
    rg_role role;
    /* The block against model and tasks: RG_OK, RG_ESHAPE or RG_EUNSUPPORTED. NULL: any will do. */
    rg_status (*check) (const rg_model_loss *loss, const rg_block *block, rg_message *message);
    /*
     * Add the term.
     *   at     where the block starts in the flat hyperparameters
     *   total  in and out: the sum so far, or RG_NO_TENSOR
     */
    rg_status (*add) (const rg_model_loss *loss, const rg_block *block, size_t at, rg_graph *graph, rg_tensor *total);
} rg_term;

extern const rg_term rg_term_l2, rg_term_interaction, rg_term_proximal;

/* All terms of a loss against its blocks, whatever part it plays. */
rg_status rg_terms_check (const rg_model_loss *loss, rg_message *message);

/*
 * The graph of the terms, without a factor.
 *   out  [out] finished; NULL where there are no terms
 */
rg_status rg_terms_build (const rg_model_loss *loss, rg_graph **out, rg_message *message);

/* x + y, where x may be RG_NO_TENSOR. */
static inline rg_tensor
rg_term_sum (rg_graph *graph, rg_tensor x, rg_tensor y)
{
    return x == RG_NO_TENSOR ? y : rg_graph_add (graph, x, y);
}

#endif /* RG_OBJECTIVE_TERM_H */

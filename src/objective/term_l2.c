/* term_l2.c -- the term sum lambda_i w_i^2 over all weights; see term.h. */
#include "objective/term.h"

static rg_status
add (const rg_model_loss *loss, const rg_block *block, size_t at, rg_graph *graph, rg_tensor *total)
{
    const rg_tensor w = rg_graph_weights (graph, 0, rg_layout_weights (rg_hyper_layout (loss->hyper)), 1);
    const rg_tensor coefficient = rg_graph_hyper (graph, at, block->slice, !block->fixed);
    const int segmented = block->offsets != NULL && block->slice > 1;
    *total = rg_term_sum (graph, *total, rg_graph_penalty_l2 (graph, w, coefficient, segmented ? block->slice : 0,
                                                              segmented ? block->offsets + 1 : NULL));
    return RG_OK;
}

const rg_term rg_term_l2 = { .role = RG_L2, .add = add };

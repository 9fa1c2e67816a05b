/*
 * term_proximal.c -- the pull to the initial weights: 1/2 sum lambda_i (w_i - c_i)^2, c the block `weights`; see term.h.
 * Rajeswaran, Finn, Kakade, Levine: Meta-learning with implicit gradients (2019), equation 3.
 */
#include "hyper/lambda.h"
#include "objective/term.h"

static rg_status
check (const rg_model_loss *loss, const rg_block *block, rg_message *message)
{
    rg_block centre;
    return rg_hyper_find (loss->hyper, RG_WEIGHTS, &centre)
        ? RG_OK
        : rg_fail (message, RG_EUNSUPPORTED, "%s needs the hyperparameters weights, tuned or fixed: its centre", block->name);
}

/* A constant number. */
static rg_tensor
number (rg_graph *graph, double value)
{
    return rg_graph_constant (graph, 1, 1, &value);
}

static rg_status
add (const rg_model_loss *loss, const rg_block *block, size_t at, rg_graph *graph, rg_tensor *total)
{
    const size_t n = rg_layout_weights (rg_hyper_layout (loss->hyper));
    rg_block centre;
    rg_hyper_find (loss->hyper, RG_WEIGHTS, &centre);
    const rg_tensor w = rg_graph_weights (graph, 0, n, 1);
    const rg_tensor c = rg_graph_hyper (graph, rg_lambda_offset (loss->hyper, RG_WEIGHTS), n, !centre.fixed);
    const rg_tensor way = rg_graph_add (graph, w, rg_graph_scale (graph, c, number (graph, -1)));
    const rg_tensor coefficient = rg_graph_hyper (graph, at, block->slice, !block->fixed);
    const int segmented = block->offsets != NULL && block->slice > 1;
    const rg_tensor pull = rg_graph_penalty_l2 (graph, way, coefficient, segmented ? block->slice : 0,
                                                segmented ? block->offsets + 1 : NULL);
    *total = rg_term_sum (graph, *total, rg_graph_scale (graph, pull, number (graph, .5)));
    return RG_OK;
}

const rg_term rg_term_proximal = { .role = RG_PROXIMAL, .check = check, .add = add };

/* calls.h -- the calls of all nodes on one set of arrays, and the derivatives that lie in flat vectors. */
#ifndef RG_GRAPH_CALLS_H
#define RG_GRAPH_CALLS_H

#include "graph/node.h"

/* Arrays of a graph's tensors and the calls that work on them. */
typedef struct {
    rg_graph_array *array;    /* [nodes] */
    rg_call *call;            /* [nodes] of those that are operators */
    rg_graph_array **operand; /* of all calls */
} rg_calls;

/* Returns RG_OK or RG_ENOMEM, with nothing held. */
rg_status rg_calls_init (rg_calls *calls, const rg_graph *graph, const rg_dense *dense);
void rg_calls_clear (rg_calls *calls);

/* One kind of derivative of an array. */
typedef rg_slot *rg_slot_of (rg_graph_array *array);

/*
 * Make all derivatives of a kind absent, and let those of weights point into a flat vector.
 *   flat   [weights x width]; NULL: those of weights are not wanted
 */
void rg_calls_begin (const rg_calls *calls, const rg_graph *graph, rg_slot_of *slot, void *flat, size_t width);

/* Write the zeros that leaves which are still absent stand for, and those between the leaves. */
void rg_calls_end (const rg_calls *calls, const rg_graph *graph, rg_slot_of *slot, void *flat, size_t width);

#endif /* RG_GRAPH_CALLS_H */

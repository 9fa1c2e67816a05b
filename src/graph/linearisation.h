/* linearisation.h -- what an executor holds of a run: values, adjoints, and what operators keep of them. */
#ifndef RG_GRAPH_LINEARISATION_H
#define RG_GRAPH_LINEARISATION_H

#include "graph/calls.h"

/* An array of a node: where it lies unless it is kept elsewhere, and the part of a linearisation that it belongs to. */
typedef struct {
    void *at;
    size_t bytes; /* 0: it is not moved, since nobody reads it once both passes are over */
    int part;     /* RG_KEPT_VALUES, RG_KEPT_ADJOINTS */
} rg_home;

enum { RG_VALUE_OF_NODE, RG_KEPT_OF_NODE, RG_ADJOINT_OF_NODE, RG_ARRAYS_OF_NODE };

struct rg_executor {
    const rg_graph *graph;
    const rg_dense *dense;
    rg_calls calls;        /* values and adjoints */
    void **leaf_adjoint;   /* [nodes] where those of leaves lie; NULL: not wanted */
    void *memory;          /* the arena */
    rg_home *home;         /* [nodes][RG_ARRAYS_OF_NODE] */
    size_t bytes;
    rg_draw draw;          /* of the masks of the next run */
    rg_tangents *tangents; /* of one direction; NULL: none follow */
    bool lacks_loss;       /* the last gradient was computed without it */
    rg_graph_seconds *seconds; /* [nodes] of a profile; NULL: none is made */
    bool defers_hyper;     /* adjoints of hyper leaves are left to rg_executor_gradient_hyper */
};

/* The backward pass of a gradient. */
void rg_executor_backward (rg_executor *executor, void *gradient);

/* Whether a node is a loss that nobody asked for, and nothing else comes of its forward kernel and its tangents. */
static inline bool
rg_executor_is_idle (const rg_executor *executor, size_t index)
{
    const rg_graph *graph = executor->graph;
    return executor->lacks_loss && index == (size_t) graph->loss && graph->node[index].op->terminal;
}

#endif /* RG_GRAPH_LINEARISATION_H */

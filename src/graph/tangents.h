/* tangents.h -- a block of directions at one linearisation: what it holds. */
#ifndef RG_GRAPH_TANGENTS_H
#define RG_GRAPH_TANGENTS_H

#include "graph/calls.h"
#include "graph/pack.h"

struct rg_tangents {
    const rg_graph *graph;
    const rg_executor *executor; /* whose linearisation is used */
    rg_wanted wanted;
    size_t most, width;
    rg_calls calls; /* values and adjoints of the executor, derivatives of their own */
    bool *refused;  /* [nodes] leaves whose adjoints' derivatives are not wanted */
    void **place;   /* [nodes] where derivatives of adjoints lie; NULL: nowhere */
    rg_pack pack;
    void *memory; /* the arena */
    size_t bytes;
};

#endif /* RG_GRAPH_TANGENTS_H */

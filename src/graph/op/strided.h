/*
 * strided.h -- what linear operators that move numbers share: each is a few maps, and a map says where the numbers of
 * an operand go. Back they take the same ways.
 */
#ifndef RG_GRAPH_STRIDED_H
#define RG_GRAPH_STRIDED_H

#include "graph/node.h"

/*
 * out[out_at + Σ i_d out_d] (+)= scale in[in_at + Σ i_d in_d] over all 0 <= i_d < dim_d. Where a stride is 0, numbers
 * are repeated or, on the other side, added up: in double precision, in the order of the indices.
 */
typedef struct {
    size_t dim[RG_DIMENSIONS], in[RG_DIMENSIONS], out[RG_DIMENSIONS], in_at, out_at;
    double scale; /* 0: nothing goes, and nothing is written */
    bool fills_in, fills_out; /* whether every number of the operand, of the result is met */
} rg_map_of_numbers;

/* The map of operand k in a call, from the shapes as run. */
typedef rg_map_of_numbers rg_strided_map (const rg_call *call, size_t k);

void rg_strided_forward (rg_call *call, rg_strided_map *map);
void rg_strided_backward (rg_call *call, rg_strided_map *map);
void rg_strided_tangents (rg_call *call, rg_strided_map *map);
void rg_strided_adjoint_tangents (rg_call *call, rg_strided_map *map);

/* Row-major strides of a shape. */
void rg_strides (const rg_shape *shape, size_t *stride);

/* A map that meets every number of a shape once on each side. */
rg_map_of_numbers rg_map_identity (const rg_shape *shape);

#endif /* RG_GRAPH_STRIDED_H */

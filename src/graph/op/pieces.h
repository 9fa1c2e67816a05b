/* pieces.h -- rows or weights cut into pieces, by where each ends. */
#ifndef RG_GRAPH_PIECES_H
#define RG_GRAPH_PIECES_H

#include "graph/node.h"

typedef struct {
    size_t pieces;
    size_t end[]; /* [pieces] exclusive, increasing */
} rg_pieces;

/* A copy, or NULL out of memory; no pieces where ends is NULL. */
rg_pieces *rg_pieces_new (size_t pieces, const size_t *ends);

/* Whether no piece is empty. */
bool rg_pieces_fit (size_t pieces, const size_t *ends);

static inline size_t
rg_piece_start (const rg_pieces *pieces, size_t k)
{
    return k == 0 ? 0 : pieces->end[k - 1];
}

#endif /* RG_GRAPH_PIECES_H */

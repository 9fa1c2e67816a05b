/* pieces.h -- rows or weights cut into pieces, by where each ends: an option of operators. */
#ifndef RG_GRAPH_PIECES_H
#define RG_GRAPH_PIECES_H

#include "graph/node.h"

typedef struct {
    rg_wholes ends; /* exclusive, increasing; none: there are no pieces */
} rg_pieces;

extern const rg_option rg_pieces_options[];

/* Settings that hold a copy, or NULL out of memory; no pieces where ends is NULL. */
rg_pieces *rg_pieces_new (size_t pieces, const size_t *ends);

/* Those of a node; NULL: there are none. */
static inline const rg_pieces *
rg_pieces_of (const rg_graph_node *node)
{
    const rg_pieces *pieces = node->settings;
    return pieces == NULL || pieces->ends.count == 0 ? NULL : pieces;
}

/* Whether they cut up so many things, none empty. */
bool rg_pieces_fit (const rg_pieces *pieces, size_t count);

static inline size_t
rg_piece_end (const rg_pieces *pieces, size_t k)
{
    return (size_t) pieces->ends.values[k];
}

static inline size_t
rg_piece_start (const rg_pieces *pieces, size_t k)
{
    return k == 0 ? 0 : rg_piece_end (pieces, k - 1);
}

#endif /* RG_GRAPH_PIECES_H */

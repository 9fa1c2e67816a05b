/* pieces.c -- see pieces.h. */
#include "graph/op/pieces.h"

#include <string.h>

#include "base/memory.h"

rg_pieces *
rg_pieces_new (size_t pieces, const size_t *ends)
{
    rg_pieces *copy = pieces > SIZE_MAX / 16 ? NULL : rg_malloc (1, sizeof *copy + pieces * sizeof *ends);
    if (copy == NULL)
        return NULL;
    copy->pieces = pieces;
    if (pieces > 0)
        memcpy (copy->end, ends, pieces * sizeof *ends);
    return copy;
}

bool
rg_pieces_fit (size_t pieces, const size_t *ends)
{
    for (size_t k = 0; k < pieces; k++)
        if (ends[k] <= (k == 0 ? 0 : ends[k - 1]))
            return false;
    return true;
}

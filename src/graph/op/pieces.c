/* pieces.c -- see pieces.h. */
#include "graph/op/pieces.h"

#include "base/memory.h"

const rg_option rg_pieces_options[] = {
    { "ends", RG_OPTION_WHOLES, RG_FIELD (rg_pieces, ends), RG_POSITIVE, NULL, "where each piece ends" },
    { 0 },
};

rg_pieces *
rg_pieces_new (size_t pieces, const size_t *ends)
{
    rg_pieces *settings = rg_calloc (1, sizeof *settings);
    int64_t *values = rg_malloc (pieces, sizeof *values);
    if (settings == NULL || values == NULL) {
        rg_free (settings);
        rg_free (values);
        return NULL;
    }
    for (size_t k = 0; k < pieces; k++)
        values[k] = (int64_t) ends[k];
    settings->ends = (rg_wholes) { .count = pieces, .values = values };
    return settings;
}

bool
rg_pieces_fit (const rg_pieces *pieces, size_t count)
{
    const rg_wholes *ends = &pieces->ends;
    for (size_t k = 0; k < ends->count; k++)
        if (ends->values[k] <= (k == 0 ? 0 : ends->values[k - 1]))
            return false;
    return ends->count > 0 && (size_t) ends->values[ends->count - 1] == count;
}

/* embedding.c -- a vector for each whole number of an example: the first layer of models of tokens. */
#include "model/layer/sequence.h"

typedef struct {
    uint64_t entries, width;
    int positions;
} settings;

static const rg_option options[] = {
    { "entries", RG_OPTION_WHOLE, RG_FIELD (settings, entries), RG_COUNT, RG_REQUIRED, "whole numbers there are, from 0" },
    { "width", RG_OPTION_WHOLE, RG_FIELD (settings, width), RG_POSITIVE, RG_REQUIRED, "numbers of a vector" },
    { "positions", RG_OPTION_FLAG, RG_FIELD (settings, positions), NULL, "false", "whether a vector of each place is added" },
    { 0 }
};

static size_t
tokens (const void *chosen)
{
    return ((const settings *) chosen)->entries;
}

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    const size_t steps = rg_signal_size (&x), width = own->width;
    if (!x.tokens)
        return rg_build_refuse (b, RG_EUNSUPPORTED, "an embedding comes first: it takes the whole numbers of the data");
    const rg_tensor table = rg_build_shared (b, &(rg_array_plan) { "W", own->entries, width, RG_FILL_DRAWN });
    const rg_tensor places = own->positions ? rg_build_shared (b, &(rg_array_plan) { "P", steps, width, RG_FILL_DRAWN }) : RG_NO_TENSOR;
    if (b->status != RG_OK)
        return x;
    rg_tensor y = rg_graph_apply (b->graph, "gather", (rg_tensor[]) { table, x.tensor }, 2, NULL);
    if (own->positions)
        y = rg_graph_add (b->graph, y, rg_graph_apply (b->graph, "expand", (rg_tensor[]) { places, y }, 2, NULL));
    return rg_sequence_signal (y, steps, width);
}

const rg_layer_kind rg_layer_embedding = { .name = "embedding", .sentence = "a vector for each whole number of an example",
                                           .options = options, .settings = sizeof (settings), .build = build, .tokens = tokens };

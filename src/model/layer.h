/* layer.h -- a kind of layer: one file in layer/ and one row. */
#ifndef RG_MODEL_LAYER_H
#define RG_MODEL_LAYER_H

#include <stdbool.h>

#include "base/option.h"
#include "model/signal.h"

/* A model that is being built; see build.h. */
typedef struct rg_build rg_build;

typedef struct {
    const char *name, *sentence;
    const rg_option *options; /* NULL: none, or those of rg_nested_layers */
    size_t settings;          /* bytes of the struct that they are written to */
    bool nests;               /* its settings are rg_nested_layers */
    bool normalises;          /* what comes before it has no bias unless one is asked for */
    bool not_negative;        /* what it puts out is never below 0 */
    bool takes_noise;         /* it takes numbers beside the examples in, or hands them on */
    /*
     * Build the layer on a graph. Its arrays are asked for by rg_build_array, in the flat order. This is all that a layer says of
     * its arrays and shapes: both the layout and the loss come of it.
     *   x  what comes in
     * Returns what goes out; after rg_build_refuse anything. NULL: the layer is `operator`, applied to each number.
     */
    rg_signal (*build) (rg_build *build, const void *settings, rg_signal x);
    const struct rg_operator *operator;
    size_t (*tokens) (const void *settings); /* as the first layer it takes whole numbers below this; NULL: numbers */
} rg_layer_kind;

/* The settings of a layer that holds others; in layers.c, since the table of kinds is part of them. */
typedef struct {
    rg_chain body, shortcut;
} rg_nested_layers;

/* The table of kinds, for options that are lists of layers. */
extern const rg_kinds rg_layer_kinds;

/* A row each, in the order of the list. Activations are rows of graph/operators.h. */
#define RG_LAYER_TABLE(ROW)   \
    ROW (dense)               \
    ROW (conv)                \
    ROW (max_pool)            \
    ROW (average_pool)        \
    ROW (global_average_pool) \
    ROW (layer_norm)          \
    ROW (group_norm)          \
    ROW (batch_norm)          \
    ROW (rms_norm)            \
    ROW (dropout)             \
    ROW (embedding)           \
    ROW (lstm)                \
    ROW (gru)                 \
    ROW (attention)           \
    ROW (transformer)         \
    ROW (residual)            \
    ROW (flatten)             \
    ROW (linear)

#define RG_LAYER_ROW(name) extern const rg_layer_kind rg_layer_##name;
RG_LAYER_TABLE (RG_LAYER_ROW)
#undef RG_LAYER_ROW

#endif /* RG_MODEL_LAYER_H */

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
     * Returns what goes out; after rg_build_refuse anything.
     */
    rg_signal (*build) (rg_build *build, const void *settings, rg_signal x);
} rg_layer_kind;

/* The settings of a layer that holds others; in layers.c, since the table of kinds is part of them. */
typedef struct {
    rg_chain body, shortcut;
} rg_nested_layers;

/* The table of kinds, for options that are lists of layers. */
extern const rg_kinds rg_layer_kinds;

/* One row a kind. The activations have a row each. */
extern const rg_layer_kind rg_layer_conv, rg_layer_max_pool, rg_layer_average_pool, rg_layer_global_average_pool, rg_layer_layer_norm,
    rg_layer_group_norm, rg_layer_dense,
    rg_layer_flatten, rg_layer_residual, rg_layer_tanh, rg_layer_relu, rg_layer_sigmoid,
    rg_layer_softplus, rg_layer_silu, rg_layer_gelu, rg_layer_hard_tanh, rg_layer_softsign, rg_layer_linear;

#endif /* RG_MODEL_LAYER_H */

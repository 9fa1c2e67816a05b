/* build.h -- a model on a graph, or its arrays alone: the same description, run for either. */
#ifndef RG_MODEL_BUILD_H
#define RG_MODEL_BUILD_H

#include "model/layer.h"
#include "model/model.h"
#include "model/source.h"

struct rg_build {
    rg_graph *graph;
    rg_source *source;
    rg_model *found;  /* what arrays there are is written down here; NULL: it is known */
    size_t layers;    /* layers with arrays so far */
    const rg_layer_kind *kind; /* the layer that is being built */
    bool has_arrays;  /* whether it has asked for any */
    bool before_norm; /* whether a norm follows it */
    bool evaluates;   /* for an outer loss */
    rg_norms *norms;  /* of a model whose training is over; NULL: it is not */
    rg_status status; /* of the first failure */
    rg_message message;
};

/* Where an array is. */
typedef struct {
    size_t at, cols, copies;
} rg_array_place;

/* Build a list of layers, one after the other. */
rg_signal rg_build_chain (rg_build *build, const rg_chain *layers, rg_signal x);

/* Remember the first failure of a layer, and its sentence; returns an empty signal. */
rg_signal rg_build_refuse (rg_build *build, rg_status status, const char *format, ...) RG_PRINTF (3, 4);

/* Put words before the sentence and the subject of a failure: which part of a list, or of a layer, it is about. */
void rg_build_within (rg_build *build, const char *format, ...) RG_PRINTF (2, 3);

/* The next array of the layer. */
rg_array_place rg_build_array (rg_build *build, const rg_array_plan *plan);

/* Rows first ... first + rows - 1 of an array as a tensor; of several copies only all rows. */
rg_tensor rg_build_leaf (const rg_build *build, const rg_array_place *place, size_t first, size_t rows);

/* The next array of the layer as a tensor; refused where several tasks have copies of it. */
rg_tensor rg_build_shared (rg_build *build, const rg_array_plan *plan);

/* A layer draws random numbers: a run of the model is a function of its instant, too. */
void rg_build_draws (rg_build *build);

/*
 * A layer takes statistics of the rows of a shard.
 *   channels   whose statistics
 *   pixels     numbers that a row adds to each channel
 *   reference  in an outer loss: of so many rows, which stand before the shard's; 0: of the shard's own
 */
void rg_build_mixes (rg_build *build, size_t channels, size_t pixels, size_t reference);

/* A signal as the matrix [examples x numbers]. */
rg_tensor rg_build_flat (rg_build *build, const rg_signal *x);

/* x W + b, for each group of examples with the copies of its own where there are several; bias may be RG_NO_TENSOR. */
rg_tensor rg_build_affine (rg_build *build, rg_tensor x, const rg_array_place *place, rg_tensor weight, rg_tensor bias);

#endif /* RG_MODEL_BUILD_H */

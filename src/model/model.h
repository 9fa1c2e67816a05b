/* model.h -- what a model holds; see retrograde/model.h. */
#ifndef RG_MODEL_MODEL_H
#define RG_MODEL_MODEL_H

#include <retrograde/model.h>

#include "base/option.h"
#include "model/layer.h"
#include "model/source.h"

/* What an array begins with: drawn by the initialiser, or a number whatever that is. */
typedef enum { RG_FILL_DRAWN, RG_FILL_ZEROS, RG_FILL_ONES } rg_fill;

/* An array of a layer, as the layer describes it. */
typedef struct {
    const char *name;  /* "W", "b" ...: the layer's name comes before it */
    size_t rows, cols; /* a matrix [rows x cols]: its columns are what goes out; a bias has one row */
    rg_fill fill;
    size_t fan_out;    /* how many outputs an input goes to; 0: the columns */
} rg_array_plan;

enum { RG_ARRAY_NAME = 24 };

typedef struct {
    char name[RG_ARRAY_NAME];
    size_t layer;      /* of those with arrays, from 0 */
    size_t rows, cols; /* the rows are what a column is a sum of: inputs, or inputs of a window */
    size_t fan_out;    /* how many outputs an input goes to: the columns, times the windows that it is in */
    rg_fill fill;
    bool shared;       /* not among the weights, but in the block of the role RG_SHARED_ARRAYS */
} rg_model_array;

struct rg_model {
    int dimensions;
    size_t shape[RG_MODEL_DIMENSIONS]; /* of an example */
    size_t noise;
    rg_chain layers;
    rg_choice init;                    /* how arrays are drawn; its name is NULL where nobody said */
    int numbered;                      /* arrays are W1, b1, W2 ... */
    /* What a trial build found. */
    size_t arrays, array_layers, outputs;
    size_t weights, shared;            /* numbers of all arrays, and of those that are not adapted */
    rg_model_array *array;             /* [arrays], in the flat order */
    const rg_layer_kind **kind;        /* [array_layers] */
    size_t tokens;                     /* an example is of whole numbers below it; 0: of numbers */
    bool draws;                        /* a layer draws random numbers in the inner loss */
    bool mixes;                        /* a layer takes statistics of the rows of a shard, of at least so many: */
    size_t least_rows;
    bool own_statistics;               /* also in an outer loss */
    size_t reference;                  /* else the most rows that stand before each shard of it */
    size_t norms, statistics;          /* batch norms, and their numbers: a mean and a variance a channel */
};

/* What a model is made of. */
typedef struct {
    size_t input[RG_MODEL_DIMENSIONS]; /* as in rg_model_spec, like noise */
    size_t noise;
    rg_chain layers;
    rg_choice init;                    /* of rg_initialiser_kinds; its name may be NULL */
    int numbered;                      /* whether arrays are W1, b1, W2 ..., instead of named after their layers */
} rg_model_parts;

/*
 * Make a model of its parts.
 *   parts  layers and init are taken over, also on failure
 */
rg_status rg_model_of_parts (rg_model **out, rg_model_parts *parts, rg_message *message);

/* Free layers and init. */
void rg_model_parts_clear (rg_model_parts *parts);

/* Write one more array down: RG_OK, RG_ERANGE (more weights than there can be) or RG_ENOMEM. */
rg_status rg_model_note (rg_model *model, const rg_layer_kind *kind, size_t layer, const rg_array_plan *plan);

/* The leaf of the examples on a graph. */
rg_tensor rg_model_leaf (const rg_model *model, rg_graph *graph, bool differentiable);

/* Copies of a layer's arrays among the weights of some tasks, or of none (NULL). */
size_t rg_tasks_copies (const rg_tasks *tasks, size_t layer);

/* What the last layer is; NULL: a model of no layers. */
const rg_layer_kind *rg_model_last (const rg_model *model);

/*
 * The model on a graph.
 *   source  of its arrays; begun
 *   x       the examples, batched
 *   noise   batched, as many numbers as the model takes beside them; RG_NO_TENSOR where it takes none
 *   evaluates  whether it is for an outer loss
 *   out     [out] what the last layer puts out
 * Returns RG_OK or RG_ENOMEM. What else fails is the graph's to remember.
 */
rg_status rg_model_apply (const rg_model *model, rg_graph *graph, rg_source *source, rg_tensor x, rg_tensor noise,
                          bool evaluates, rg_tensor *out);

/*
 * The numbers of one part of the arrays, out of those of all.
 *   shared  whether those that are not adapted; else the weights
 *   all     [rg_model_weights], in the flat order
 *   out     [of the part] [out]
 */
void rg_model_part (const rg_model *model, bool shared, const double *all, double *out);

/* Batch norms of a model whose training is over: the inputs whose statistics they take are noted, or the statistics are known. */
typedef struct {
    bool known;       /* they are the hyperparameters of the graph: of each norm means, then variances */
    size_t count, at; /* norms and hyperparameters so far */
    rg_tensor *input; /* [norms of the model], readable after a run; where they are not known */
} rg_norms;

/* The same after training; where statistics are not known yet, they are those of the rows at hand. norms: begun with 0 */
rg_status rg_model_apply_after (const rg_model *model, rg_graph *graph, rg_source *source, rg_tensor x, rg_norms *norms,
                                rg_tensor *out);

/* Whether a layout is that of rg_model_layout: RG_OK or RG_ESHAPE. */
rg_status rg_model_check_layout (const rg_model *model, const rg_tasks *tasks, const rg_layout *layout, rg_message *message);

#endif /* RG_MODEL_MODEL_H */

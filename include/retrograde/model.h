/* model.h -- a network, described once as a list of layers. */
#ifndef RETROGRADE_MODEL_H
#define RETROGRADE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/hyper.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A model is a list of layers. One description gives the arrays of its weights, with their names and places, and the loss.
 *
 *     static const rg_layer body[] = { { .kind = "dense", .settings = { { "units", 100 } } }, { .kind = "relu" }, { NULL } };
 *     static const rg_layer layers[] = {
 *         { .kind = "dense", .settings = { { "units", 100 } } },
 *         { .kind = "tanh" },
 *         { .kind = "residual", .body = body },
 *         { .kind = "dense", .settings = { { "units", 10 } } },
 *         { NULL },
 *     };
 *     const rg_model_spec spec = { .input = { 28, 28, 1 }, .layers = layers };
 *     rg_model *model;
 *     rg_layout *layout;
 *     if (rg_model_new (&model, &spec, &message) != RG_OK)
 *         fail (message.text);                  // "layers[0], dense: units: expected a whole number >= 1, got 0"
 *     rg_model_layout (&layout, model);         // dense1.W, dense1.b, dense2.W, dense2.b, dense3.W, dense3.b
 *     rg_hyper_new (&hyper, layout, ...);       // then the hyperparameters, and the objectives:
 *     rg_objective_from_model (&inner, &(rg_model_loss) { .model = model, .data = train, .hyper = hyper, ... }, &message);
 *
 * What one layer hands to the next is, of each example, a vector or an image [height x width x channels], row-major.
 */
enum { RG_MODEL_DIMENSIONS = 3, RG_LAYER_SETTINGS = 8 };

/* One setting of a layer. */
typedef struct {
    const char *key; /* NULL ends the settings */
    double number;   /* 1 and 0 stand for true and false */
    const char *text;/* instead of the number, as in a configuration: "same", "[3, 5]"; NULL: the number */
} rg_setting;

/* A layer, as the caller describes it. */
typedef struct rg_layer rg_layer;
struct rg_layer {
    const char *kind; /* one of rg_layer_name; NULL ends a list */
    rg_setting settings[RG_LAYER_SETTINGS];
    const rg_layer *body, *shortcut; /* of a residual: y = body (x) + shortcut (x), lists of their own; shortcut NULL: x as it is */
};

/* The name of the index-th kind of layer, and what it does; NULL past the last one. */
RG_API const char *rg_layer_name (size_t index);
RG_API const char *rg_layer_sentence (size_t index);

/* The name of the index-th kind of initial weights, and what it does; NULL past the last one. */
RG_API const char *rg_initialiser_name (size_t index);
RG_API const char *rg_initialiser_sentence (size_t index);

/* A model, as the caller describes it. */
typedef struct {
    size_t size;                       /* sizeof (rg_model_spec) */
    size_t input[RG_MODEL_DIMENSIONS]; /* shape of one example: { numbers }, or { height, width, channels }; 0 ends it */
    size_t noise;                      /* numbers that the first layer takes beside the inputs; those of an augmentation */
    const rg_layer *layers;            /* ended by a kind that is NULL; at least one layer */
    const char *init;                  /* how rg_model_draw draws: one of rg_initialiser_name; NULL: it does not */
    double init_scale;                 /* standard deviation, or a factor of all numbers; 0: 1, where the kind has that preset */
} rg_model_spec;

/* A model; constant, may be used by any number of threads. */
typedef struct rg_model rg_model;

/*
 * Make a model.
 *   out   [out] ended with rg_model_free
 *   spec  used during the call only
 * Returns RG_OK; RG_EINPUT (no such kind or setting; the size is not set); RG_ERANGE (a setting out of its range; no input, no layer; more weights
 * than there can be); RG_ESHAPE (a layer does not fit what it is given); RG_EUNSUPPORTED (noise that no dense layer takes);
 * or RG_ENOMEM. The sentence says which layer: "layers[2], dense: ...".
 */
RG_API rg_status rg_model_new (rg_model **out, const rg_model_spec *spec, rg_message *message);

/* Free a model; NULL is allowed. */
RG_API void rg_model_free (rg_model *model);

/* Functions between layers, by the names that layers have. */
typedef enum { RG_TANH, RG_RELU, RG_SIGMOID, RG_SOFTPLUS_UNITS, RG_LINEAR } rg_activation;

/* The activation's name; NULL past the last. */
RG_API const char *rg_activation_name (rg_activation activation);

/* The widths of a fully connected network: inputs, hidden layers, outputs. Hidden layers have the activation, the last has none. */
typedef struct {
    size_t widths;       /* how many, 2 ... 512 */
    const size_t *width; /* [widths], each >= 1 */
    rg_activation activation;
} rg_network;

/*
 * Make a fully connected network. Its arrays are W1, b1, W2, b2 ...; all else is as of dense layers with activations between them.
 *   output  after the last layer
 *   noise   as in rg_model_spec
 * Returns RG_OK, RG_ERANGE or RG_ENOMEM.
 */
RG_API rg_status rg_model_mlp (rg_model **out, const rg_network *network, rg_activation output, size_t noise,
                               rg_message *message);

RG_API size_t rg_model_inputs (const rg_model *model);  /* numbers of an example, noise apart */
RG_API size_t rg_model_outputs (const rg_model *model); /* numbers that the last layer puts out for an example */
RG_API size_t rg_model_noise (const rg_model *model);
RG_API size_t rg_model_weights (const rg_model *model); /* of one copy of the model, those that are not adapted included */

/* Layers that have weights. A layout's layers are those, in their order; a residual's body comes before its shortcut. */
RG_API size_t rg_model_layers (const rg_model *model);

/* ---- What the inner problem adapts ------------------------------------- */

/*
 * Say which arrays the inner problem trains; before the model is used for anything else. The others leave the weights, the
 * layout and what rg_model_draw draws. They are the block of the role RG_SHARED_ARRAYS, array by array in the flat order: a
 * constant, or what is meta-learned alone, as the body of a network whose head is adapted (Raghu, Raghu, Bengio, Vinyals, Rapid
 * learning or feature reuse?, 2020).
 *   patterns  [count] names of arrays, where * stands for any characters, ? for one: "dense4.*"
 * Returns RG_OK; RG_EINPUT where a pattern fits no array, or there is none: then all are adapted.
 */
RG_API rg_status rg_model_adapt (rg_model *model, size_t count, const char *const *patterns, rg_message *message);

/* Numbers of the arrays that are not adapted. */
RG_API size_t rg_model_shared (const rg_model *model);

/*
 * Draw those as rg_model_draw would have, were they weights.
 *   out  [rg_model_shared] [out]
 * Returns as rg_model_draw.
 */
RG_API rg_status rg_model_draw_shared (const rg_model *model, uint64_t seed, uint32_t iteration, double *out);

/* ---- Several models of one description, one a task --------------------- */

/* Whether the tasks of a layer have their own arrays (z), one for all, or mixtures w_j = sum_k T_jk z_k. */
typedef enum { RG_SEPARATE, RG_TIED, RG_SHARED } rg_sharing;

/* The sharing's name in a config; NULL past the last. */
RG_API const char *rg_sharing_name (rg_sharing sharing);

typedef struct {
    size_t tasks;               /* K, >= 2 */
    const rg_sharing *sharing;  /* [rg_model_layers]; NULL: all separate */
    int one_vs_all;             /* task k is to tell class k from the others: all examples belong to every task, the last layer
                                   puts out 2 numbers, and output 1 stands for "is of the class" */
} rg_tasks;

/* Numbers of the blocks `sharing` (one K x K matrix T a shared layer) and `interaction` (pairs 12, 13 ... 1K, 23 ...; one
   number for all of them in scope RG_PER_ALL). */
RG_API size_t rg_tasks_sharings (const rg_tasks *tasks, const rg_model *model);
RG_API size_t rg_tasks_interactions (const rg_tasks *tasks);

/*
 * The layout of a model's weights: layer by layer; of a dense layer W [inputs x outputs] row-major, then b. Of several tasks each
 * array has K copies, one after the other, [K x (inputs x outputs)], or one where the layer is tied.
 *   tasks  NULL: there is one
 * Returns RG_OK; RG_ERANGE (fewer than 2 tasks, no weights, or more than there can be); RG_ENOMEM.
 */
RG_API rg_status rg_model_layout (rg_layout **out, const rg_model *model, const rg_tasks *tasks);

/*
 * Draw initial weights: matrices by the model's init; biases are 0, scales of norms 1.
 *   tasks      as in rg_model_layout
 *   seed, iteration   the numbers are a function of both and of the place in the flat weights; `normal` draws those that
 *              rg_initial.scale draws
 *   out        [weights of the layout] [out]
 * Returns RG_OK, or RG_EUNSUPPORTED where the model has no init. Cost: orthogonal inputs x outputs x the smaller of both.
 */
RG_API rg_status rg_model_draw (const rg_model *model, const rg_tasks *tasks, uint64_t seed, uint32_t iteration, double *out);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_MODEL_H */

/*
 * norm.c -- norms y = scale (x - mean) / sqrt (variance + epsilon) + shift, scale and shift a number a channel. Ba, Kiros, Hinton:
 * Layer normalization (2016); Wu, He: Group normalization (2018); Ioffe, Szegedy: Batch normalization (2015). A batch norm takes mean
 * and variance of a shard's rows, and is differentiated through both. Running ones are there after training only.
 */
#include <stdio.h>

#include "model/layer/image.h"

typedef struct {
    uint64_t groups, reference;
    double epsilon;
    int evaluate;
} settings;

enum { BY_BATCH, BY_REFERENCE };

#define EPSILON \
    { "epsilon", RG_OPTION_REAL, RG_FIELD (settings, epsilon), RG_POSITIVE, "1e-5", "added to the variance" }
static const rg_option layer_options[] = { EPSILON, { 0 } };
static const rg_option group_options[] = {
    { "groups", RG_OPTION_WHOLE, RG_FIELD (settings, groups), RG_POSITIVE, RG_REQUIRED, "parts of the channels" },
    EPSILON,
    { 0 }
};

static const rg_option batch_options[] = {
    { "evaluate", RG_OPTION_WORD, RG_FIELD (settings, evaluate), NULL, "batch",
      "in an outer loss statistics are those of each part that is evaluated together, or of reference rows, which stand before it",
      .words = "batch|reference" },
    { "reference", RG_OPTION_WHOLE, RG_FIELD (settings, reference), RG_NOT_NEGATIVE, "0",
      "training examples that are the reference rows, the first ones" },
    EPSILON,
    { 0 }
};

/* An array of a number a channel, repeated to the shape of x; the layer's place is the same for all tasks. */
static rg_tensor
channel_array (rg_build *b, const char *name, size_t channels, rg_fill fill, rg_tensor x)
{
    const rg_tensor values = rg_build_shared (b, &(rg_array_plan) { name, 1, channels, fill });
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    return rg_graph_apply (b->graph, "expand", (rg_tensor[]) { values, x }, 2, NULL);
}

/* scale x + shift, x as the operator put it out. */
static rg_signal
rescale (rg_build *b, rg_signal x, rg_tensor normal)
{
    const size_t channels = x.shape[x.dimensions - 1];
    const rg_tensor scale = channel_array (b, "scale", channels, RG_FILL_ONES, normal);
    const rg_tensor shift = channel_array (b, "shift", channels, RG_FILL_ZEROS, normal);
    const rg_tensor product = rg_graph_apply (b->graph, "multiply", (rg_tensor[]) { normal, scale }, 2, NULL);
    x.tensor = rg_graph_add (b->graph, product, shift);
    return x;
}

static rg_signal
layer_build (rg_build *b, const void *chosen, rg_signal x)
{
    char text[RG_WINDOW_TEXT];
    const rg_tensor tensor = rg_image_tensor (b, &x);
    snprintf (text, sizeof text, "epsilon: %.17g", ((const settings *) chosen)->epsilon);
    return rescale (b, x, rg_graph_apply (b->graph, "layer_norm", &tensor, 1, text));
}

static rg_signal
group_build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    const size_t channels = x.shape[x.dimensions - 1];
    char text[RG_WINDOW_TEXT], shape[RG_SIGNAL_TEXT];
    if (channels % own->groups != 0)
        return rg_build_refuse (b, RG_ESHAPE, "%zu groups do not divide the %zu channels of %s", (size_t) own->groups, channels,
                                rg_shape_text (shape, x.dimensions, x.shape));
    const rg_tensor tensor = rg_image_tensor (b, &x);
    snprintf (text, sizeof text, "epsilon: %.17g, groups: %zu", own->epsilon, (size_t) own->groups);
    return rescale (b, x, rg_graph_apply (b->graph, "group_norm", &tensor, 1, text));
}

/* The next `channels` known numbers, as an array of one row. */
static rg_tensor
known_array (rg_build *b, size_t channels)
{
    const rg_tensor values = rg_graph_hyper_matrix (b->graph, b->norms->at, 1, channels, 0);
    b->norms->at += channels;
    return values;
}

/* (x - mean) / sqrt (variance + epsilon) by known statistics. */
static rg_tensor
by_known (rg_build *b, rg_tensor x, size_t channels, double epsilon)
{
    const rg_tensor mean = known_array (b, channels), variance = known_array (b, channels);
    const rg_tensor little[] = { rg_graph_constant (b->graph, 1, 1, &epsilon), variance };
    const rg_tensor raised = rg_graph_add (b->graph, variance, rg_graph_apply (b->graph, "expand", little, 2, NULL));
    const rg_tensor root = rg_graph_apply (b->graph, "sqrt", &raised, 1, NULL);
    const rg_tensor scale = rg_graph_apply (b->graph, "reciprocal", &root, 1, NULL);
    const rg_tensor means = rg_graph_apply (b->graph, "expand", (rg_tensor[]) { mean, x }, 2, NULL);
    const rg_tensor scales = rg_graph_apply (b->graph, "expand", (rg_tensor[]) { scale, x }, 2, NULL);
    const rg_tensor centred = rg_graph_apply (b->graph, "subtract", (rg_tensor[]) { x, means }, 2, NULL);
    return rg_graph_apply (b->graph, "multiply", (rg_tensor[]) { centred, scales }, 2, NULL);
}

/* Whose statistics are to be found. */
static void
note_input (rg_build *b, rg_tensor x)
{
    b->norms->input[b->norms->count++] = x;
    rg_graph_watch (b->graph, x);
}

static rg_signal
batch_build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    const size_t channels = x.shape[x.dimensions - 1], pixels = rg_signal_size (&x) / channels, rows = own->reference;
    char text[RG_WINDOW_TEXT];
    if ((own->evaluate == BY_REFERENCE) != (rows > 0))
        return rg_build_refuse (b, RG_EINPUT, "expected evaluate: reference and reference: rows, both or neither");
    if (rows == 1 && pixels == 1)
        return rg_build_refuse (b, RG_ERANGE, "expected at least 2 reference rows, got 1");
    rg_build_mixes (b, channels, pixels, rows);
    snprintf (text, sizeof text, "epsilon: %.17g, reference: %zu", own->epsilon, b->evaluates ? rows : 0);
    const rg_tensor tensor = rg_image_tensor (b, &x);
    if (b->norms != NULL && b->norms->known)
        return rescale (b, x, by_known (b, tensor, channels, own->epsilon));
    if (b->norms != NULL)
        note_input (b, tensor);
    return rescale (b, x, rg_graph_apply (b->graph, "batch_norm", &tensor, 1, text));
}

const rg_layer_kind rg_layer_layer_norm = { .name = "layer-norm", .sentence = "each pixel, or vector, with mean 0 and variance 1",
                                            .options = layer_options, .settings = sizeof (settings), .normalises = true,
                                            .build = layer_build };
const rg_layer_kind rg_layer_group_norm = { .name = "group-norm", .sentence = "groups of channels with mean 0 and variance 1",
                                            .options = group_options, .settings = sizeof (settings), .normalises = true,
                                            .build = group_build };
const rg_layer_kind rg_layer_batch_norm = { .name = "batch-norm", .sentence = "each channel of a part of the batch with mean 0 and variance 1",
                                            .options = batch_options, .settings = sizeof (settings), .normalises = true,
                                            .build = batch_build };

/*
 * rms_norm.c -- y = scale x / sqrt (mean x^2 + epsilon), the mean over the last dimension, scale a number a channel. Zhang, Sennrich: Root mean
 * square layer normalization (2019).
 */
#include <stdio.h>

#include "model/layer/image.h"

typedef struct {
    double epsilon;
} settings;

static const rg_option options[] = {
    { "epsilon", RG_OPTION_REAL, RG_FIELD (settings, epsilon), RG_POSITIVE, "1e-5", "added to the mean square" }, { 0 }
};

/* sqrt (mean x^2 + epsilon), of the shape of x. */
static rg_tensor
root (rg_build *b, const rg_signal *signal, rg_tensor x, double epsilon)
{
    char axis[32];
    snprintf (axis, sizeof axis, "axes: [%d]", signal->dimensions);
    const rg_tensor square = rg_graph_apply (b->graph, "square", &x, 1, NULL);
    const rg_tensor mean = rg_graph_apply (b->graph, "mean_axes", &square, 1, axis), least = rg_graph_constant (b->graph, 1, 1, &epsilon);
    const rg_tensor wide = rg_graph_apply (b->graph, "expand", (rg_tensor[]) { least, mean }, 2, NULL);
    const rg_tensor sum = rg_graph_add (b->graph, mean, wide), one = rg_graph_apply (b->graph, "sqrt", &sum, 1, NULL);
    return rg_graph_apply (b->graph, "expand", (rg_tensor[]) { one, x }, 2, NULL);
}

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const rg_tensor tensor = rg_image_tensor (b, &x), below = root (b, &x, tensor, ((const settings *) chosen)->epsilon);
    const rg_tensor factor = rg_graph_apply (b->graph, "reciprocal", &below, 1, NULL);
    const rg_tensor normal = rg_graph_apply (b->graph, "multiply", (rg_tensor[]) { tensor, factor }, 2, NULL);
    const rg_tensor scale = rg_build_shared (b, &(rg_array_plan) { "scale", 1, x.shape[x.dimensions - 1], RG_FILL_ONES });
    if (b->status != RG_OK)
        return x;
    const rg_tensor wide = rg_graph_apply (b->graph, "expand", (rg_tensor[]) { scale, normal }, 2, NULL);
    x.tensor = rg_graph_apply (b->graph, "multiply", (rg_tensor[]) { normal, wide }, 2, NULL);
    return x;
}

const rg_layer_kind rg_layer_rms_norm = { .name = "rms-norm", .sentence = "each pixel, or vector, with mean square 1", .options = options,
                                          .settings = sizeof (settings), .build = build };

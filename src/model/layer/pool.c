/* pool.c -- the greatest number, or the mean, of each window of an image, channel by channel. */
#include <stdio.h>

#include "model/layer/image.h"

static const rg_option options[] = {
    { "kernel", RG_OPTION_WHOLES, RG_FIELD (rg_window, kernel), RG_POSITIVE, RG_REQUIRED, "sides of a window", .least = 1, .most = 2 },
    { "stride", RG_OPTION_WHOLES, RG_FIELD (rg_window, stride), RG_POSITIVE, NULL,
      "from one window to the next; default: the kernel", .least = 1, .most = 2 },
    RG_WINDOW_PAD,
    { 0 }
};

static rg_signal
slide (rg_build *b, const char *name, const rg_window *window, const rg_geometry *g, rg_tensor image)
{
    char text[RG_WINDOW_TEXT], all[RG_WINDOW_TEXT + 80];
    snprintf (all, sizeof all, "kernel: [%zu, %zu], %s", g->kernel[0], g->kernel[1], rg_image_options (text, window, g, false));
    return rg_image_signal (rg_graph_apply (b->graph, name, &image, 1, all), g->out[0], g->out[1], g->channels);
}

static rg_signal
mean_build (rg_build *b, const void *chosen, rg_signal x)
{
    rg_geometry g;
    rg_tensor image;
    return rg_image_slide (b, &x, chosen, &image, &g) ? slide (b, "average_pool", chosen, &g, image) : x;
}

/* Every window of the greatest meets the image. */
static rg_signal
max_build (rg_build *b, const void *chosen, rg_signal x)
{
    rg_geometry g;
    rg_tensor image;
    if (!rg_image_slide (b, &x, chosen, &image, &g))
        return x;
    for (int side = 0; side < 2; side++)
        if (g.before[side] >= g.kernel[side] || (g.out[side] - 1) * g.stride[side] >= g.in[side] + g.before[side])
            return rg_build_refuse (b, RG_ESHAPE, "a window of %zu x %zu would lie in the padding alone", g.kernel[0], g.kernel[1]);
    return slide (b, "max_pool", chosen, &g, image);
}

/* One window over all of the image. */
static rg_signal
global_build (rg_build *b, const void *chosen, rg_signal x)
{
    (void) chosen;
    if (x.dimensions == 2) /* of a sequence: over its steps */
        x = (rg_signal) { .tensor = x.tensor, .dimensions = 3, .shape = { x.shape[0], 1, x.shape[1] }, .beside = RG_NO_TENSOR };
    int64_t sides[2] = { (int64_t) x.shape[0], (int64_t) x.shape[1] }, none = 0;
    const rg_window window = { .kernel = { 2, sides, 0 }, .pad = { 1, &none, 0 } };
    rg_signal y = mean_build (b, &window, x);
    return b->status == RG_OK ? rg_signal_vector (rg_build_flat (b, &y), y.shape[2]) : y;
}

const rg_layer_kind rg_layer_max_pool = { .name = "max-pool", .sentence = "the greatest number of each window of an image",
                                          .options = options, .settings = sizeof (rg_window), .build = max_build };
const rg_layer_kind rg_layer_average_pool = { .name = "average-pool", .sentence = "the mean of each window of an image",
                                              .options = options, .settings = sizeof (rg_window), .build = mean_build };
const rg_layer_kind rg_layer_global_average_pool = { .name = "global-average-pool", .sentence = "the mean of each channel",
                                                     .build = global_build };

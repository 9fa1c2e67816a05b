/* conv.c -- a convolution of images: y = x * W + b, W [KH x KW x C/groups x F]. */
#include <stdio.h>

#include "model/layer/image.h"

typedef struct {
    rg_window window; /* first: its options are told where they are in it */
    uint64_t filters;
    int bias, bias_given;
} settings;

static const rg_option options[] = {
    { "filters", RG_OPTION_WHOLE, RG_FIELD (settings, filters), RG_POSITIVE, RG_REQUIRED, "channels that come out" },
    { "kernel", RG_OPTION_WHOLES, RG_FIELD (rg_window, kernel), RG_POSITIVE, RG_REQUIRED, "sides of a filter", .least = 1,
      .most = 2 },
    RG_WINDOW_STRIDE,
    RG_WINDOW_PAD,
    RG_WINDOW_DILATION,
    { "groups", RG_OPTION_WHOLE, RG_FIELD (rg_window, groups), RG_POSITIVE, "1", "parts of the channels that do not see each other" },
    { "bias", RG_OPTION_FLAG, RG_FIELD (settings, bias), NULL, NULL,
      "whether a bias is added; default: true, unless a norm follows", RG_GIVEN (settings, bias_given) },
    { 0 }
};

static rg_tensor
filters_of (rg_build *b, const settings *own, const rg_geometry *g)
{
    const size_t groups = own->window.groups, pixels = g->kernel[0] * g->kernel[1], inputs = g->channels / groups;
    char text[RG_WINDOW_TEXT];
    const rg_tensor w = rg_build_shared (b, &(rg_array_plan) { "W", pixels * inputs, own->filters, RG_FILL_DRAWN,
                                                               pixels * own->filters / groups });
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    snprintf (text, sizeof text, "shape: [%zu, %zu, %zu, %zu]", g->kernel[0], g->kernel[1], inputs, (size_t) own->filters);
    return rg_graph_apply (b->graph, "reshape", &w, 1, text);
}

static rg_tensor
add_bias (rg_build *b, rg_tensor y, size_t filters)
{
    const rg_tensor bias = rg_build_shared (b, &(rg_array_plan) { "b", 1, filters, RG_FILL_ZEROS });
    return rg_graph_add (b->graph, y, rg_graph_apply (b->graph, "expand", (rg_tensor[]) { bias, y }, 2, NULL));
}

/* Whether the filters are of a size that can be counted, and the groups divide them and the channels. */
static bool
fits (rg_build *b, const settings *own, const rg_geometry *g)
{
    const size_t groups = own->window.groups, filters = own->filters;
    if (g->channels % groups != 0 || filters % groups != 0)
        rg_build_refuse (b, RG_ESHAPE, "%zu groups do not divide %zu channels into %zu filters", groups, g->channels, filters);
    else if (g->kernel[0] > INT32_MAX / g->kernel[1] || g->kernel[0] * g->kernel[1] > INT32_MAX / g->channels)
        rg_build_refuse (b, RG_ERANGE, "expected fewer weights in all");
    return b->status == RG_OK;
}

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    char text[RG_WINDOW_TEXT], with_groups[RG_WINDOW_TEXT + 40];
    rg_geometry g;
    rg_tensor image;
    if (!rg_image_slide (b, &x, &own->window, &image, &g) || !fits (b, own, &g))
        return x;
    const rg_tensor w = filters_of (b, own, &g);
    if (b->status != RG_OK)
        return x;
    snprintf (with_groups, sizeof with_groups, "%s, groups: %zu", rg_image_options (text, &own->window, &g, true), own->window.groups);
    rg_tensor y = rg_graph_apply (b->graph, "conv2d", (rg_tensor[]) { image, w }, 2, with_groups);
    if (own->bias_given ? own->bias : !b->before_norm)
        y = add_bias (b, y, own->filters);
    return rg_image_signal (y, g.out[0], g.out[1], own->filters);
}

const rg_layer_kind rg_layer_conv = { .name = "conv", .sentence = "convolution of an image with filters", .options = options,
                                      .settings = sizeof (settings), .build = build };

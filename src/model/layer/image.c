/* image.c -- see image.h. */
#include "model/layer/image.h"

#include <stdio.h>

rg_tensor
rg_image_tensor (rg_build *b, const rg_signal *x)
{
    char text[RG_WINDOW_TEXT] = "shape: [1";
    if (rg_graph_shape (b->graph, x->tensor).dimensions == (size_t) x->dimensions + 1)
        return x->tensor;
    for (int i = 0, used = 9; i < x->dimensions; i++)
        used += snprintf (text + used, sizeof text - (size_t) used, ", %zu%s", x->shape[i], i + 1 == x->dimensions ? "]" : "");
    return rg_graph_apply (b->graph, "reshape", &x->tensor, 1, text);
}

bool
rg_image_slide (rg_build *b, const rg_signal *x, const rg_window *window, rg_tensor *image, rg_geometry *geometry)
{
    char text[RG_SIGNAL_TEXT];
    rg_shape_text (text, x->dimensions, x->shape);
    if (x->dimensions != 3) {
        rg_build_refuse (b, RG_ESHAPE, "expected an image of height x width x channels, got %s", text);
        return false;
    }
    const rg_shape shape = { 4, { 1, x->shape[0], x->shape[1], x->shape[2] }, 1 };
    const size_t kernel[2] = { rg_window_side (&window->kernel, 0), rg_window_side (&window->kernel, 1) };
    if (!rg_window_geometry (window, &shape, kernel, geometry)) {
        rg_build_refuse (b, RG_ESHAPE, "a window of %zu x %zu does not fit into an image of %s", kernel[0], kernel[1], text);
        return false;
    }
    *image = rg_image_tensor (b, x);
    return true;
}

const char *
rg_image_options (char text[RG_WINDOW_TEXT], const rg_window *window, const rg_geometry *g, bool dilated)
{
    int used = snprintf (text, RG_WINDOW_TEXT, "stride: [%zu, %zu]", g->stride[0], g->stride[1]);
    if (dilated)
        used += snprintf (text + used, RG_WINDOW_TEXT - (size_t) used, ", dilation: [%zu, %zu]", g->dilation[0], g->dilation[1]);
    if (window->pad.word != 0)
        snprintf (text + used, RG_WINDOW_TEXT - (size_t) used, ", pad: same");
    else
        snprintf (text + used, RG_WINDOW_TEXT - (size_t) used, ", pad: [%zu, %zu]", rg_window_side (&window->pad, 0),
                  rg_window_side (&window->pad, 1));
    return text;
}

rg_signal
rg_image_signal (rg_tensor tensor, size_t height, size_t width, size_t channels)
{
    return (rg_signal) { .tensor = tensor, .dimensions = 3, .shape = { height, width, channels }, .beside = RG_NO_TENSOR };
}

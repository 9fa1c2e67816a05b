/* window.c -- see window.h. */
#include "graph/op/window.h"

/* The zeros before and after one side, and how many windows there are. */
static bool
set_side (const rg_window *window, int side, rg_geometry *g)
{
    const size_t in = g->in[side], stride = g->stride[side], span = (g->kernel[side] - 1) * g->dilation[side] + 1;
    size_t around;
    if (window->pad.word != 0) { /* same */
        const size_t windows = (in + stride - 1) / stride, needs = (windows - 1) * stride + span;
        around = needs > in ? needs - in : 0;
        g->before[side] = around / 2;
    } else {
        g->before[side] = (size_t) window->pad.values[0];
        around = g->before[side] + (size_t) window->pad.values[window->pad.count - 1];
    }
    if (in + around < span)
        return false;
    g->out[side] = (in + around - span) / stride + 1;
    return true;
}

bool
rg_window_geometry (const rg_window *window, const rg_shape *image, const size_t kernel[2], rg_geometry *out)
{
    if (image->dimensions != 4)
        return false;
    *out = (rg_geometry) { .images = image->dim[0], .channels = image->dim[3], .in = { image->dim[1], image->dim[2] } };
    for (int side = 0; side < 2; side++) {
        out->kernel[side] = kernel[side];
        out->stride[side] = window->stride.count == 0 ? kernel[side] : rg_window_side (&window->stride, (size_t) side);
        out->dilation[side] = window->dilation.count == 0 ? 1 : rg_window_side (&window->dilation, (size_t) side);
        if (kernel[side] > INT32_MAX || out->stride[side] > INT32_MAX || out->dilation[side] > 4096
            || (window->pad.word == 0 && window->pad.values[0] > 4096) || !set_side (window, side, out))
            return false;
    }
    return true;
}

/* residual.c -- a body of layers and a way around it; He, Zhang, Ren, Sun: Deep residual learning for image recognition (2016). */
#include <string.h>

#include "model/build.h"

/* One of the two ways. */
static rg_signal
way (rg_build *b, const char *name, const rg_chain *layers, rg_signal x)
{
    const rg_signal y = rg_build_chain (b, layers, x);
    if (b->status != RG_OK)
        rg_build_within (b, "%s", name);
    return y;
}

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const rg_nested_layers *own = chosen;
    char left[RG_SIGNAL_TEXT], right[RG_SIGNAL_TEXT];
    rg_signal y = way (b, "body", &own->body, x);
    if (b->status != RG_OK)
        return y;
    const rg_signal around = way (b, "shortcut", &own->shortcut, x);
    if (b->status != RG_OK)
        return y;
    if (y.dimensions != around.dimensions || memcmp (y.shape, around.shape, (size_t) y.dimensions * sizeof *y.shape) != 0)
        return rg_build_refuse (b, RG_ESHAPE, "the body puts out %s, the way around it %s",
                                rg_shape_text (left, y.dimensions, y.shape),
                                rg_shape_text (right, around.dimensions, around.shape));
    y.tensor = rg_graph_add (b->graph, y.tensor, around.tensor);
    return y;
}

const rg_layer_kind rg_layer_residual = { .name = "residual", .sentence = "y = body (x) + shortcut (x)", .nests = true,
                                          .settings = sizeof (rg_nested_layers), .build = build };

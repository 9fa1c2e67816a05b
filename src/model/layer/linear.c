/* linear.c -- a layer that changes nothing: the activation of none. */
#include "model/build.h"

static rg_signal
build (rg_build *b, const void *settings, rg_signal x)
{
    (void) b, (void) settings;
    return x;
}

const rg_layer_kind rg_layer_linear = { .name = "linear", .sentence = "x", .build = build };

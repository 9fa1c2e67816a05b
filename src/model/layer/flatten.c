/* flatten.c -- an image as the vector of its numbers: height, width, channel. */
#include "model/build.h"

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    (void) b, (void) chosen;
    const size_t size = rg_signal_size (&x);
    x.dimensions = 1;
    x.shape[0] = size;
    return x;
}

const rg_layer_kind rg_layer_flatten = { .name = "flatten", .sentence = "an image as a vector: height, width, channel",
                                         .build = build, .takes_noise = true };

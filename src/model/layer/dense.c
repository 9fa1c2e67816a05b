/* dense.c -- a fully connected layer: y = x W + b. */
#include "model/build.h"

typedef struct {
    uint64_t units;
    int bias, bias_given;
} settings;

static const rg_option options[] = {
    { "units", RG_OPTION_WHOLE, RG_FIELD (settings, units), RG_POSITIVE, RG_REQUIRED, "numbers that come out" },
    { "bias", RG_OPTION_FLAG, RG_FIELD (settings, bias), NULL, NULL,
      "whether a bias is added; default: true, unless a norm follows", RG_GIVEN (settings, bias_given) },
    { 0 }
};

/* An image is taken as the vector of its numbers. Numbers beside the examples stand for more columns of x: [x, noise] W. */
static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    const size_t inputs = rg_signal_size (&x), beside = x.beside_count, units = own->units;
    if (beside > SIZE_MAX - inputs)
        return rg_build_refuse (b, RG_ERANGE, "expected fewer weights in all");
    const rg_array_place w = rg_build_array (b, &(rg_array_plan) { "W", inputs + beside, units, RG_FILL_DRAWN });
    const rg_tensor weight = rg_build_leaf (b, &w, 0, inputs);
    rg_tensor bias = RG_NO_TENSOR;
    if (own->bias_given ? own->bias : !b->before_norm) {
        const rg_array_place place = rg_build_array (b, &(rg_array_plan) { "b", 1, units, RG_FILL_ZEROS });
        bias = rg_build_leaf (b, &place, 0, 1);
    }
    rg_tensor y = rg_build_affine (b, rg_build_flat (b, &x), &w, weight, bias);
    if (beside > 0) {
        const rg_tensor more = rg_build_leaf (b, &w, inputs, beside);
        y = rg_graph_add (b->graph, y, rg_graph_affine (b->graph, x.beside, more, RG_NO_TENSOR));
    }
    return rg_signal_vector (y, units);
}

const rg_layer_kind rg_layer_dense = { .name = "dense", .sentence = "y = x W + b, of all numbers of an example", .options = options,
                                       .settings = sizeof (settings), .build = build, .takes_noise = true };

/* activation.c -- functions of each number: one row each. */
#include "model/build.h"

#define ACTIVATION(name)                                                \
    static rg_signal name##_build (rg_build *b, const void *chosen, rg_signal x) \
    {                                                                   \
        (void) chosen;                                                  \
        x.tensor = rg_graph_##name (b->graph, x.tensor);                \
        return x;                                                       \
    }

ACTIVATION (tanh)
ACTIVATION (relu)
ACTIVATION (sigmoid)
ACTIVATION (softplus)

/* Those that are operators by name alone. */
#define BY_NAME(function, operator)                                             \
    static rg_signal function##_build (rg_build *b, const void *chosen, rg_signal x) \
    {                                                                           \
        (void) chosen;                                                          \
        x.tensor = rg_graph_apply (b->graph, operator, &x.tensor, 1, NULL);     \
        return x;                                                               \
    }

BY_NAME (silu, "silu")
BY_NAME (gelu, "gelu")
BY_NAME (hard_tanh, "hard_tanh")
BY_NAME (softsign, "softsign")

static rg_signal
linear_build (rg_build *b, const void *chosen, rg_signal x)
{
    (void) b, (void) chosen;
    return x;
}

const rg_layer_kind rg_layer_tanh = { .name = "tanh", .sentence = "tanh x", .build = tanh_build };
const rg_layer_kind rg_layer_relu = { .name = "relu", .sentence = "max (x, 0)", .build = relu_build, .not_negative = true };
const rg_layer_kind rg_layer_sigmoid = { .name = "sigmoid", .sentence = "1 / (1 + exp (-x))", .build = sigmoid_build,
                                         .not_negative = true };
const rg_layer_kind rg_layer_softplus = { .name = "softplus", .sentence = "log (1 + exp x)", .build = softplus_build,
                                          .not_negative = true };
const rg_layer_kind rg_layer_silu = { .name = "silu", .sentence = "x / (1 + exp (-x))", .build = silu_build };
const rg_layer_kind rg_layer_gelu = { .name = "gelu", .sentence = "x (1 + erf (x / sqrt (2))) / 2", .build = gelu_build };
const rg_layer_kind rg_layer_hard_tanh = { .name = "hard-tanh", .sentence = "x, at least -1 and at most 1", .build = hard_tanh_build };
const rg_layer_kind rg_layer_softsign = { .name = "softsign", .sentence = "x / (1 + |x|)", .build = softsign_build };
const rg_layer_kind rg_layer_linear = { .name = "linear", .sentence = "x", .build = linear_build };

/* sequence.c -- see sequence.h. */
#include "model/layer/sequence.h"

#include <stdarg.h>
#include <stdio.h>

enum { OPTIONS = 120 };

rg_tensor
rg_build_apply (rg_build *b, const char *name, rg_tensor x, const char *format, ...)
{
    char text[OPTIONS];
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    return b->status == RG_OK ? rg_graph_apply (b->graph, name, &x, 1, text) : RG_NO_TENSOR;
}

bool
rg_sequence_read (rg_build *b, const rg_signal *x, rg_sequence *out)
{
    char text[RG_SIGNAL_TEXT];
    if (x->tokens || x->dimensions < 2 || (x->dimensions == 3 && x->shape[2] != 1)) {
        rg_build_refuse (b, RG_ESHAPE, "expected a sequence of steps x channels, got %s%s",
                         rg_shape_text (text, x->dimensions, x->shape), x->tokens ? " whole numbers" : "");
        return false;
    }
    *out = (rg_sequence) { rg_build_apply (b, "reshape", x->tensor, "shape: [1, %zu, %zu]", x->shape[0], x->shape[1]), x->shape[0],
                           x->shape[1] };
    return true;
}

rg_signal
rg_sequence_signal (rg_tensor tensor, size_t steps, size_t channels)
{
    return (rg_signal) { .tensor = tensor, .dimensions = 2, .shape = { steps, channels }, .beside = RG_NO_TENSOR };
}

rg_tensor
rg_build_linear (rg_build *b, rg_tensor x, size_t inputs, size_t outputs, const char *weight, const char *bias)
{
    const rg_tensor w = rg_build_shared (b, &(rg_array_plan) { weight, inputs, outputs, RG_FILL_DRAWN });
    const rg_tensor c = bias == NULL ? RG_NO_TENSOR : rg_build_shared (b, &(rg_array_plan) { bias, 1, outputs, RG_FILL_ZEROS });
    return b->status == RG_OK ? rg_graph_affine (b->graph, x, w, c) : RG_NO_TENSOR;
}

/* An array of a number a channel, repeated to the shape of x. */
static rg_tensor
each_channel (rg_build *b, const char *name, size_t channels, rg_fill fill, rg_tensor x)
{
    const rg_tensor values = rg_build_shared (b, &(rg_array_plan) { name, 1, channels, fill });
    return b->status == RG_OK ? rg_graph_apply (b->graph, "expand", (rg_tensor[]) { values, x }, 2, NULL) : RG_NO_TENSOR;
}

rg_tensor
rg_build_normal (rg_build *b, const rg_sequence *x, double epsilon, const char *scale, const char *shift)
{
    const rg_tensor normal = rg_build_apply (b, "layer_norm", x->tensor, "epsilon: %.17g", epsilon);
    const rg_tensor scales = each_channel (b, scale, x->channels, RG_FILL_ONES, normal);
    const rg_tensor shifts = each_channel (b, shift, x->channels, RG_FILL_ZEROS, normal);
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    return rg_graph_add (b->graph, rg_graph_apply (b->graph, "multiply", (rg_tensor[]) { normal, scales }, 2, NULL), shifts);
}

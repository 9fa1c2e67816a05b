/* signal.c -- see signal.h. */
#include "model/signal.h"

#include <stdio.h>

size_t
rg_signal_size (const rg_signal *signal)
{
    size_t size = 1;
    for (int i = 0; i < signal->dimensions; i++)
        size *= signal->shape[i];
    return size;
}

rg_signal
rg_signal_vector (rg_tensor tensor, size_t count)
{
    return (rg_signal) { .tensor = tensor, .dimensions = 1, .shape = { count }, .beside = RG_NO_TENSOR };
}

const char *
rg_shape_text (char text[RG_SIGNAL_TEXT], int dimensions, const size_t *shape)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < dimensions && used < RG_SIGNAL_TEXT; i++)
        used += (size_t) snprintf (text + used, RG_SIGNAL_TEXT - used, "%s%zu", i == 0 ? "" : " x ", shape[i]);
    return text;
}

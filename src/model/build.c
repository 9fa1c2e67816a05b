/* build.c -- see build.h. */
#include "model/build.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/option_value.h"
#include "graph/operators.h"

rg_signal
rg_build_refuse (rg_build *build, rg_status status, const char *format, ...)
{
    if (build->status == RG_OK) {
        va_list arguments;
        va_start (arguments, format);
        vsnprintf (build->message.text, sizeof build->message.text, format, arguments);
        va_end (arguments);
        build->message.subject[0] = '\0';
        build->status = status;
    }
    return rg_signal_vector (RG_NO_TENSOR, 1);
}

void
rg_build_within (rg_build *build, const char *format, ...)
{
    char part[128];
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (part, sizeof part, format, arguments);
    va_end (arguments);
    rg_option_within (part, build->status, &build->message);
}

static bool
is_norm (const rg_choice *layer)
{
    return ((const rg_layer_kind *) layer->kind.row)->normalises;
}

rg_signal
rg_build_chain (rg_build *build, const rg_chain *layers, rg_signal x)
{
    for (size_t i = 0; i < layers->count && build->status == RG_OK; i++) {
        const rg_choice *layer = &layers->values[i];
        build->kind = layer->kind.row;
        build->has_arrays = false;
        build->before_norm = i + 1 < layers->count && is_norm (&layers->values[i + 1]);
        if (x.beside_count > 0 && !build->kind->takes_noise)
            x = rg_build_refuse (build, RG_EUNSUPPORTED, "noise enters by a dense layer that comes first");
        else if (build->kind->build != NULL)
            x = build->kind->build (build, layer->settings, x);
        else
            x.tensor = rg_graph_apply (build->graph, build->kind->operator->name, &x.tensor, 1, NULL);
        if (build->status != RG_OK)
            rg_build_within (build, "%zu.%s", i, layer->kind.name);
    }
    return x;
}

/* The layer has arrays: this is the first one. */
static void
enter (rg_build *build)
{
    if (!build->has_arrays && build->source->enter != NULL)
        build->source->enter (build->source, build->graph, build->layers);
    build->layers += !build->has_arrays;
    build->has_arrays = true;
}

rg_array_place
rg_build_array (rg_build *build, const rg_array_plan *plan)
{
    enter (build);
    rg_source *source = build->source;
    const rg_array_place place = { source->used, plan->cols, source->copies == NULL ? 1 : source->copies (source) };
    if (build->found != NULL && build->status == RG_OK) {
        const rg_status status = rg_model_note (build->found, build->kind, build->layers - 1, plan);
        if (status != RG_OK)
            rg_build_refuse (build, status, status == RG_ENOMEM ? "out of memory" : "expected fewer weights in all");
    }
    if (build->status == RG_OK)
        source->used += place.copies * plan->rows * plan->cols;
    return place;
}

rg_tensor
rg_build_leaf (const rg_build *build, const rg_array_place *place, size_t first, size_t rows)
{
    if (build->status != RG_OK)
        return RG_NO_TENSOR;
    return build->source->leaf (build->source, build->graph, place->at + first * place->cols, rows, place->cols);
}

rg_tensor
rg_build_shared (rg_build *build, const rg_array_plan *plan)
{
    const rg_array_place place = rg_build_array (build, plan);
    if (place.copies > 1)
        return rg_build_refuse (build, RG_EUNSUPPORTED, "the arrays of several tasks must be tied").tensor;
    return rg_build_leaf (build, &place, 0, plan->rows);
}

void
rg_build_draws (rg_build *build)
{
    if (build->found != NULL)
        build->found->draws = true;
}

void
rg_build_mixes (rg_build *build, size_t channels, size_t pixels, size_t reference)
{
    rg_model *found = build->found;
    if (found == NULL)
        return;
    found->mixes = true;
    found->norms++;
    found->statistics += 2 * channels;
    found->least_rows = pixels > 1 ? found->least_rows : 2;
    found->own_statistics |= reference == 0;
    found->reference = reference > found->reference ? reference : found->reference;
}

rg_tensor
rg_build_flat (rg_build *build, const rg_signal *x)
{
    char text[64];
    if (build->status != RG_OK || rg_graph_shape (build->graph, x->tensor).dimensions <= 2)
        return x->tensor;
    snprintf (text, sizeof text, "shape: [1, %zu]", rg_signal_size (x));
    return rg_graph_apply (build->graph, "reshape", &x->tensor, 1, text);
}

/* [rows x cols] of 0. */
static rg_tensor
zeros (rg_build *build, size_t rows, size_t cols)
{
    double *values = rg_calloc (rows * cols, sizeof *values);
    if (values == NULL)
        return rg_build_refuse (build, RG_ENOMEM, "out of memory").tensor;
    const rg_tensor x = rg_graph_constant (build->graph, rows, cols, values);
    rg_free (values);
    return x;
}

rg_tensor
rg_build_affine (rg_build *build, rg_tensor x, const rg_array_place *place, rg_tensor weight, rg_tensor bias)
{
    if (place->copies == 1)
        return rg_graph_affine (build->graph, x, weight, bias);
    if (bias == RG_NO_TENSOR)
        bias = zeros (build, place->copies, place->cols);
    return rg_graph_block_affine (build->graph, x, weight, bias, place->copies, build->source->ends);
}

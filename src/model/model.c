/* model.c -- see model.h and retrograde/model.h. */
#include "model/model.h"

#include "base/memory.h"
#include "graph/node.h"
#include "model/build.h"
#include "model/initialiser.h"

static const rg_option owned[] = {
    { "layers", RG_OPTION_CHAIN, RG_FIELD (rg_model_parts, layers), NULL, RG_REQUIRED, "layers", .kinds = &rg_layer_kinds },
    { "init", RG_OPTION_KIND, RG_FIELD (rg_model_parts, init), NULL, NULL, "initialiser", .kinds = &rg_initialiser_kinds },
    { 0 }
};

void
rg_model_parts_clear (rg_model_parts *parts)
{
    rg_option_clear (owned, parts);
}

void
rg_model_free (rg_model *model)
{
    if (model == NULL)
        return;
    rg_model_parts parts = { .layers = model->layers, .init = model->init };
    rg_model_parts_clear (&parts);
    rg_free (model->array);
    rg_free (model->kind);
    rg_free (model);
}

/* What comes in. */
static rg_signal
inputs_of (const rg_model *model, rg_tensor x, rg_tensor noise)
{
    rg_signal signal = { .tensor = x, .dimensions = model->dimensions, .beside = noise, .beside_count = model->noise,
                         .tokens = model->tokens > 0 };
    for (int i = 0; i < model->dimensions; i++)
        signal.shape[i] = model->shape[i];
    return signal;
}

rg_tensor
rg_model_leaf (const rg_model *model, rg_graph *graph, bool differentiable)
{
    const rg_shape shape = { 2, { 1, rg_model_inputs (model), 1, 1 }, 1 };
    return model->tokens > 0 ? rg_graph_integers (graph, &shape, model->tokens) : rg_graph_batch_array (graph, &shape, differentiable);
}

/* Whole numbers that the first layer takes; 0: none. */
static size_t
tokens_of (const rg_chain *layers)
{
    const rg_layer_kind *first = layers->count == 0 ? NULL : layers->values[0].kind.row;
    return first == NULL || first->tokens == NULL ? 0 : first->tokens (layers->values[0].settings);
}

/* Build the layers on a graph that nobody runs, to see what arrays they have and whether they fit. */
static rg_status
try_build (rg_model *model, rg_graph *graph, rg_message *message)
{
    rg_source source = rg_source_weights ();
    rg_build build = { .graph = graph, .source = &source, .found = model };
    const rg_tensor x = rg_model_leaf (model, graph, false);
    const rg_tensor noise = model->noise > 0 ? rg_graph_batch (graph, model->noise, false) : RG_NO_TENSOR;
    rg_signal y = rg_build_chain (&build, &model->layers, inputs_of (model, x, noise));
    if (build.status == RG_OK && y.beside_count > 0)
        y = rg_build_refuse (&build, RG_EUNSUPPORTED, "noise enters by a dense layer that comes first");
    if (build.status != RG_OK) {
        rg_build_within (&build, "layers");
        return rg_fail_about (message, build.status, build.message.subject, "%s", build.message.text);
    }
    if (model->arrays == 0)
        return rg_fail_about (message, RG_ERANGE, "layers", "expected a layer with weights");
    model->outputs = rg_signal_size (&y);
    return rg_graph_finish (graph, rg_graph_sum (graph, y.tensor), message);
}

static rg_status
explore (rg_model *model, rg_message *message)
{
    rg_graph *graph;
    rg_status status = rg_graph_new (&graph, RG_DOUBLE, 1, SIZE_MAX / sizeof (double) / 16, 0);
    if (status == RG_OK)
        status = try_build (model, graph, message);
    else
        rg_fail (message, status, "%s", rg_status_text (status));
    rg_graph_free (graph);
    return status;
}

/* The shape of an example. */
static rg_status
read_input (rg_model *model, const size_t input[RG_MODEL_DIMENSIONS], rg_message *message)
{
    size_t size = 1;
    while (model->dimensions < RG_MODEL_DIMENSIONS && input[model->dimensions] > 0) {
        const size_t extent = model->shape[model->dimensions] = input[model->dimensions];
        if (extent > INT32_MAX / size)
            return rg_fail_about (message, RG_ERANGE, "input", "expected fewer numbers in an example");
        size *= extent;
        model->dimensions++;
    }
    return model->dimensions > 0 ? RG_OK : rg_fail_about (message, RG_ERANGE, "input", "expected at least one number in an example");
}

rg_status
rg_model_of_parts (rg_model **out, rg_model_parts *parts, rg_message *message)
{
    *out = NULL;
    rg_model *model = rg_calloc (1, sizeof *model);
    if (model == NULL) {
        rg_model_parts_clear (parts);
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    }
    model->layers = parts->layers;
    model->init = parts->init;
    model->noise = parts->noise;
    model->numbered = parts->numbered;
    model->least_rows = 1;
    model->tokens = tokens_of (&model->layers);
    rg_status status = read_input (model, parts->input, message);
    if (status == RG_OK && model->layers.count == 0)
        status = rg_fail_about (message, RG_ERANGE, "layers", "expected at least one layer");
    if (status == RG_OK)
        status = explore (model, message);
    if (status != RG_OK) {
        rg_model_free (model);
        return status;
    }
    *out = model;
    return RG_OK;
}

static rg_status
apply (const rg_model *model, rg_build *build, rg_tensor x, rg_tensor noise, rg_tensor *out)
{
    const rg_signal y = rg_build_chain (build, &model->layers, inputs_of (model, x, noise));
    *out = rg_build_flat (build, &y);
    if (build->status != RG_OK && build->status != RG_ENOMEM) {
        rg_graph_refuse (build->graph, build->status, "layers.%s: %s", build->message.subject, build->message.text);
        return RG_OK;
    }
    return build->status;
}

rg_status
rg_model_apply (const rg_model *model, rg_graph *graph, rg_source *source, rg_tensor x, rg_tensor noise, bool evaluates,
                rg_tensor *out)
{
    rg_build build = { .graph = graph, .source = source, .evaluates = evaluates };
    return apply (model, &build, x, noise, out);
}

rg_status
rg_model_apply_after (const rg_model *model, rg_graph *graph, rg_source *source, rg_tensor x, rg_norms *norms, rg_tensor *out)
{
    rg_build build = { .graph = graph, .source = source, .norms = norms };
    return apply (model, &build, x, RG_NO_TENSOR, out);
}

size_t
rg_model_inputs (const rg_model *model)
{
    const rg_signal x = inputs_of (model, RG_NO_TENSOR, RG_NO_TENSOR);
    return rg_signal_size (&x);
}

size_t
rg_model_outputs (const rg_model *model)
{
    return model->outputs;
}

size_t
rg_model_noise (const rg_model *model)
{
    return model->noise;
}

size_t
rg_model_weights (const rg_model *model)
{
    return model->weights;
}

size_t
rg_model_layers (const rg_model *model)
{
    return model->array_layers;
}

const rg_layer_kind *
rg_model_last (const rg_model *model)
{
    return model->layers.count == 0 ? NULL : model->layers.values[model->layers.count - 1].kind.row;
}

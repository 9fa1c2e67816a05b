/* model_kind.c -- see model_kind.h. */
#include "model/model_kind.h"

#include "base/memory.h"
#include "model/initialiser.h"

#define INIT                                                                                                     \
    { "init", RG_OPTION_CHAIN, RG_FIELD (rg_model_settings, init), NULL, NULL,                                   \
      "how the initial weights are drawn: he, glorot, lecun, orthogonal, {normal: deviation}, {truncated: deviation}; biases are 0", \
      .most = 1, .kinds = &rg_initialiser_kinds }

static const rg_option by_widths[] = {
    { "layers", RG_OPTION_WHOLES, RG_FIELD (rg_model_settings, widths), RG_POSITIVE, RG_REQUIRED,
      "width of each layer, inputs first", .least = 2 },
    { "activation", RG_OPTION_WORD, RG_FIELD (rg_model_settings, activation), NULL, "tanh", "between layers",
      .words = "tanh|relu|sigmoid|softplus|linear" },
    INIT,
    { 0 }
};

static const rg_option by_layers[] = {
    { "input", RG_OPTION_WHOLES, RG_FIELD (rg_model_settings, input), RG_POSITIVE, NULL,
      "shape of one example, [numbers] or [height, width, channels]; default: that of the data", .least = 1, .most = 3 },
    { "layers", RG_OPTION_CHAIN, RG_FIELD (rg_model_settings, layers), NULL, RG_REQUIRED,
      "the layers (retrograde list layer), each alone or with its options: [{dense: 100}, tanh, {dense: 10}]", .least = 1,
      .kinds = &rg_layer_kinds },
    INIT,
    { 0 }
};

static const rg_model_kind mlp = { RG_ONE_TASK, 0 }, multitask = { RG_SEVERAL_TASKS, 0 }, layers = { RG_TASKS_IF_ASKED, 1 };
static const rg_kind kinds[] = {
    { "mlp", "fully connected layers, one activation", by_widths, sizeof (rg_model_settings), &mlp },
    { "layers", "a list of layers of any kinds", by_layers, sizeof (rg_model_settings), &layers },
    { "multitask", "one such network a task; its layers separate, tied, or shared by matrices", by_widths,
      sizeof (rg_model_settings), &multitask },
};
enum { KINDS = sizeof kinds / sizeof *kinds, SECONDS = KINDS - 1 };

static rg_kind
at (size_t i)
{
    return i < KINDS ? kinds[i] : (rg_kind) { 0 };
}

/* Those of one task. */
static rg_kind
second_at (size_t i)
{
    return i < SECONDS ? kinds[i] : (rg_kind) { 0 };
}

const rg_kinds rg_kinds_model = { "model", at }, rg_kinds_second = { "model", second_at };

static rg_status
model_of_widths (rg_model **out, const rg_model_settings *settings, const rg_model_ends *ends, rg_message *message)
{
    size_t *width = rg_calloc (settings->widths.count, sizeof *width);
    if (width == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    for (size_t i = 0; i < settings->widths.count; i++)
        width[i] = (size_t) settings->widths.values[i];
    const rg_network network = { settings->widths.count, width, settings->activation };
    const rg_status status = rg_model_mlp (out, &network, ends->output, ends->noise, message);
    rg_free (width);
    return status;
}

/* Where the initialiser goes. */
static rg_choice
take_init (rg_model_settings *settings)
{
    rg_choice init = { 0 };
    if (settings->init.count == 1) {
        init = settings->init.values[0];
        settings->init.values[0] = (rg_choice) { 0 };
    }
    return init;
}

static rg_status
take_input (const rg_model_settings *settings, const rg_model_ends *ends, size_t input[RG_MODEL_DIMENSIONS], rg_message *message)
{
    const int dimensions = ends->dimensions;
    if (settings->input.count == 0 && dimensions > RG_MODEL_DIMENSIONS)
        return rg_fail_about (message, RG_ESHAPE, "input", "an example has %d dimensions: expected the shape that the layers see",
                              dimensions);
    for (size_t i = 0; i < settings->input.count; i++)
        input[i] = (size_t) settings->input.values[i];
    for (int i = 0; settings->input.count == 0 && i < dimensions; i++)
        input[i] = ends->shape[i];
    if (settings->input.count == 0 && dimensions < 1)
        input[0] = 1;
    if (input[1] > 0 && input[2] == 0) /* an image without channels has one */
        input[2] = 1;
    return RG_OK;
}

rg_status
rg_model_of_kind (rg_model **out, const rg_kind *kind, rg_model_settings *settings, const rg_model_ends *ends, rg_message *message)
{
    rg_model_parts parts = { .noise = ends->noise };
    *out = NULL;
    if (!((const rg_model_kind *) kind->row)->listed) {
        const rg_status status = model_of_widths (out, settings, ends, message);
        if (status == RG_OK)
            (*out)->init = take_init (settings);
        return status;
    }
    const rg_status status = take_input (settings, ends, parts.input, message);
    if (status != RG_OK)
        return status;
    parts.layers = settings->layers;
    parts.init = take_init (settings);
    settings->layers = (rg_chain) { 0 };
    return rg_model_of_parts (out, &parts, message);
}

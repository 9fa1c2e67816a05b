/* layer_list.c -- a model of layers as a C program writes them down, and of widths; see retrograde/model.h. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "base/option_value.h"
#include "model/initialiser.h"

/* A setting of a layer's struct. */
static rg_status
set (const rg_kind *kind, void *own, const rg_setting *setting, rg_message *message)
{
    const rg_option *option = rg_option_find (kind->options, setting->key);
    const double number = setting->number;
    if (setting->text != NULL)
        return rg_option_set (kind->options, own, setting->key, setting->text, message);
    const bool whole = number >= -0x1p53 && number <= 0x1p53 && number == (double) (int64_t) number;
    const rg_given given = option != NULL && option->kind == RG_OPTION_FLAG && (number == 0 || number == 1)
        ? rg_given_flag ((int) number)
        : whole ? rg_given_whole ((int64_t) number) : rg_given_real (number);
    return rg_option_give (kind->options, own, setting->key, &given, message);
}

static rg_status read_list (rg_chain *out, const rg_layer *layers, int depth, rg_message *message);

/* A list of layers within a layer. */
static rg_status
nest (const rg_kind *kind, void *own, const char *key, const rg_layer *layers, int depth, rg_message *message)
{
    const rg_option *option = rg_option_find (kind->options, key);
    if (layers == NULL)
        return RG_OK;
    if (option == NULL || option->kind != RG_OPTION_CHAIN)
        return rg_fail_about (message, RG_EINPUT, key, "%s has no %s", kind->name, key);
    if (depth > RG_OPTION_DEPTH)
        return rg_fail_about (message, RG_EINPUT, key, "expected layers nested at most %d deep", RG_OPTION_DEPTH);
    return rg_option_within (key, read_list ((rg_chain *) ((char *) own + option->offset), layers, depth, message), message);
}

/* One layer, its struct made. */
static rg_status
read_layer (const rg_choice *choice, const rg_layer *layer, int depth, rg_message *message)
{
    const rg_kind *kind = &choice->kind;
    rg_status status = rg_option_defaults (kind->options, choice->settings, message);
    for (int i = 0; status == RG_OK && i < RG_LAYER_SETTINGS && layer->settings[i].key != NULL; i++)
        status = set (kind, choice->settings, &layer->settings[i], message);
    if (status == RG_OK)
        status = nest (kind, choice->settings, "body", layer->body, depth + 1, message);
    if (status == RG_OK)
        status = nest (kind, choice->settings, "shortcut", layer->shortcut, depth + 1, message);
    return status == RG_OK ? rg_option_require (kind->options, choice->settings, message) : status;
}

/* One entry of a list. */
static rg_status
read_entry (rg_choice *out, const rg_layer *layer, int depth, rg_message *message)
{
    out->kind = rg_kinds_find (&rg_layer_kinds, layer->kind);
    if (out->kind.name == NULL)
        return rg_fail (message, RG_EINPUT, "expected a kind of layer, got %s", layer->kind);
    if (out->kind.bytes > 0 && (out->settings = rg_calloc (1, out->kind.bytes)) == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    return rg_option_within (layer->kind, read_layer (out, layer, depth, message), message);
}

/* A list; what was read of it is there after a failure, too. */
static rg_status
read_list (rg_chain *out, const rg_layer *layers, int depth, rg_message *message)
{
    size_t count = 0;
    while (layers[count].kind != NULL)
        count++;
    out->values = rg_calloc (count, sizeof *out->values);
    rg_status status = out->values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the model") : RG_OK;
    for (size_t i = 0; status == RG_OK && i < count; i++) {
        out->count = i + 1;
        status = rg_option_within_entry (i, read_entry (&out->values[i], &layers[i], depth, message), message);
    }
    return status;
}

static rg_status
read_init (rg_choice *out, const char *name, double scale, rg_message *message)
{
    const rg_kind kind = rg_kinds_find (&rg_initialiser_kinds, name);
    if (kind.name == NULL)
        return rg_fail (message, RG_EINPUT, "expected a kind of initial weights, got %s", name);
    const rg_given number = rg_given_real (scale), map = rg_given_map (1, &kind.options->key, &number);
    return rg_choice_new (out, &kind, scale == 0 ? NULL : &map, message);
}

static rg_status
new_model (rg_model **out, const rg_model_spec *spec, int numbered, rg_message *message)
{
    rg_model_parts parts = { .noise = spec->noise, .numbered = numbered };
    *out = NULL;
    memcpy (parts.input, spec->input, sizeof parts.input);
    rg_status status = rg_option_within ("layers", read_list (&parts.layers, spec->layers, 0, message), message);
    if (status == RG_OK && spec->init != NULL)
        status = rg_option_within ("init", read_init (&parts.init, spec->init, spec->init_scale, message), message);
    if (status == RG_OK)
        return rg_model_of_parts (out, &parts, message);
    rg_model_parts_clear (&parts);
    return status;
}

/* The subject of a failure before its sentence. */
static rg_status
place (rg_status status, rg_message *message)
{
    if (status == RG_OK || message == NULL || message->subject[0] == '\0')
        return status;
    const rg_message reason = *message;
    return rg_fail_about (message, status, reason.subject, "%s: %s", reason.subject, reason.text);
}

rg_status
rg_model_new (rg_model **out, const rg_model_spec *spec, rg_message *message)
{
    rg_model_spec own = { .size = sizeof own };
    *out = NULL;
    const rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_model_spec, init_scale), spec, "rg_model_spec", message);
    return status == RG_OK ? place (new_model (out, &own, 0, message), message) : status;
}

/* ---- Widths ----------------------------------------------------------------- */

static const char *const activations[] = { [RG_TANH] = "tanh", [RG_RELU] = "relu", [RG_SIGMOID] = "sigmoid",
                                           [RG_SOFTPLUS_UNITS] = "softplus", [RG_LINEAR] = "linear" };

const char *
rg_activation_name (rg_activation activation)
{
    return (size_t) activation < sizeof activations / sizeof *activations ? activations[activation] : NULL;
}

rg_status
rg_model_mlp (rg_model **out, const rg_network *network, rg_activation output, size_t noise, rg_message *message)
{
    *out = NULL;
    if (network->widths < 2 || network->widths > 512)
        return rg_fail (message, RG_ERANGE, network->widths < 2 ? "expected at least 2 widths, got %zu"
                                                                : "expected at most 512 widths, got %zu", network->widths);
    for (size_t i = 0; i < network->widths; i++)
        if (network->width[i] < 1 || network->width[i] > INT32_MAX)
            return rg_fail (message, RG_ERANGE, "expected widths from 1 to %d, got %zu", INT32_MAX, network->width[i]);
    rg_layer *layers = rg_calloc (2 * network->widths, sizeof *layers); /* zeroed: the list's end */
    if (layers == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    for (size_t i = 0; i + 1 < network->widths; i++) {
        const int last = i + 2 == network->widths;
        layers[2 * i] = (rg_layer) { .kind = "dense", .settings = { { "units", (double) network->width[i + 1], NULL } } };
        layers[2 * i + 1].kind = rg_activation_name (last ? output : network->activation);
    }
    const rg_model_spec spec = { sizeof spec, { network->width[0] }, noise, layers };
    const rg_status status = new_model (out, &spec, 1, message);
    rg_free (layers);
    return status;
}

/* layers.c -- the table of the kinds of layers; see layer.h. */
#include "model/layer.h"

static const rg_layer_kind *const rows[] = {
    &rg_layer_dense, &rg_layer_conv, &rg_layer_max_pool, &rg_layer_average_pool, &rg_layer_global_average_pool,
    &rg_layer_layer_norm, &rg_layer_group_norm, &rg_layer_residual, &rg_layer_flatten, &rg_layer_tanh, &rg_layer_relu, &rg_layer_sigmoid,
    &rg_layer_softplus, &rg_layer_silu, &rg_layer_gelu, &rg_layer_hard_tanh, &rg_layer_softsign, &rg_layer_linear,
};

static const rg_option nested[] = {
    { "body", RG_OPTION_CHAIN, RG_FIELD (rg_nested_layers, body), NULL, RG_REQUIRED, "layers", .least = 1,
      .kinds = &rg_layer_kinds },
    { "shortcut", RG_OPTION_CHAIN, RG_FIELD (rg_nested_layers, shortcut), NULL, NULL, "layers of the way around; default: none",
      .kinds = &rg_layer_kinds },
    { 0 }
};

static rg_kind
at (size_t i)
{
    if (i >= sizeof rows / sizeof *rows)
        return (rg_kind) { 0 };
    return (rg_kind) { rows[i]->name, rows[i]->sentence, rows[i]->nests ? nested : rows[i]->options, rows[i]->settings, rows[i] };
}

const rg_kinds rg_layer_kinds = { "layer", at };

const char *
rg_layer_name (size_t index)
{
    return at (index).name;
}

const char *
rg_layer_sentence (size_t index)
{
    return at (index).summary;
}

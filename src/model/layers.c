/* layers.c -- the table of the kinds of layers; see layer.h. */
#include "graph/operators.h"
#include "model/layer.h"

static const rg_layer_kind *const rows[] = {
#define ROW(name) &rg_layer_##name,
    RG_LAYER_TABLE (ROW)
#undef ROW
};

static const rg_layer_kind activations[] = {
#define NONE(...)
#define ACTIVATION(function, layer, least) { .name = layer, .operator = &rg_operator_##function, .not_negative = least },
    RG_OPERATOR_TABLE (NONE, ACTIVATION)
#undef ACTIVATION
#undef NONE
};

enum { ROWS = sizeof rows / sizeof *rows, ACTIVATIONS = sizeof activations / sizeof *activations };

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
    if (i < ROWS)
        return (rg_kind) { rows[i]->name, rows[i]->sentence, rows[i]->nests ? nested : rows[i]->options, rows[i]->settings, rows[i] };
    const rg_layer_kind *row = i - ROWS < ACTIVATIONS ? &activations[i - ROWS] : NULL;
    return row == NULL ? (rg_kind) { 0 } : (rg_kind) { .name = row->name, .summary = row->operator->formula, .row = row };
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

/* layout.c -- how the flat weight vector divides into arrays and layers; see retrograde/hyper.h. */
#include "hyper/layout.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/entry.h"
#include "base/memory.h"

enum { NAME_SIZE = 24, SCOPES = 4 };

struct rg_layout {
    size_t weights, arrays, layers, units;
    size_t *offsets[SCOPES]; /* all, layer, array, unit: segments + 1 offsets each */
    char (*names)[NAME_SIZE];
    size_t *rows; /* [arrays] of matrices; 0: a vector */
};

static size_t
units_of (const rg_array_spec *spec)
{
    return spec->units == 0 ? 1 : spec->units;
}

rg_status
rg_layout_new (rg_layout **out, size_t arrays, const rg_array_spec *specs)
{
    *out = NULL;
    size_t units = 0, weights = 0;
    for (size_t a = 0; a < arrays; a++) {
        const size_t before = a == 0 ? 0 : specs[a - 1].layer;
        if (specs[a].name == NULL || !rg_entry_names_file (specs[a].name) || specs[a].count == 0 || specs[a].layer < before || specs[a].layer > before + (a > 0))
            return RG_ERANGE;
        const size_t own = units_of (&specs[a]);
        if (specs[a].count % own != 0 || specs[a].count > SIZE_MAX - weights)
            return RG_ERANGE;
        units += own;
        weights += specs[a].count;
    }
    if (arrays == 0)
        return RG_ERANGE;
    rg_layout *layout = rg_calloc (1, sizeof *layout);
    if (layout == NULL)
        return RG_ENOMEM;
    layout->arrays = arrays;
    layout->layers = specs[arrays - 1].layer + 1;
    layout->units = units;
    layout->names = rg_calloc (arrays, sizeof *layout->names);
    layout->rows = rg_calloc (arrays, sizeof *layout->rows);
    int complete = layout->names != NULL && layout->rows != NULL;
    for (int scope = 0; scope < SCOPES; scope++) {
        layout->offsets[scope] = rg_calloc ((scope == SCOPES - 1 ? units : arrays) + 1, sizeof (size_t));
        complete = complete && layout->offsets[scope] != NULL;
    }
    if (!complete) {
        rg_layout_free (layout);
        return RG_ENOMEM;
    }
    size_t unit = 0;
    for (size_t a = 0; a < arrays; a++) {
        const size_t own = units_of (&specs[a]);
        for (size_t i = 0; i < own; i++)
            layout->offsets[3][unit++] = layout->weights + i * (specs[a].count / own);
        if (a == 0 || specs[a].layer != specs[a - 1].layer)
            layout->offsets[1][specs[a].layer] = layout->weights;
        layout->offsets[2][a] = layout->weights;
        layout->weights += specs[a].count;
        layout->rows[a] = specs[a].units;
        snprintf (layout->names[a], NAME_SIZE, "%s", specs[a].name);
    }
    layout->offsets[0][1] = layout->offsets[1][layout->layers] = layout->offsets[2][arrays] = layout->weights;
    layout->offsets[3][units] = layout->weights;
    *out = layout;
    return RG_OK;
}

void
rg_layout_free (rg_layout *layout)
{
    if (layout == NULL)
        return;
    for (int scope = 0; scope < SCOPES; scope++)
        rg_free (layout->offsets[scope]);
    rg_free (layout->names);
    rg_free (layout->rows);
    rg_free (layout);
}

size_t
rg_layout_weights (const rg_layout *layout)
{
    return layout->weights;
}

size_t
rg_layout_arrays (const rg_layout *layout)
{
    return layout->arrays;
}

size_t
rg_layout_layers (const rg_layout *layout)
{
    return layout->layers;
}

size_t
rg_layout_units (const rg_layout *layout)
{
    return layout->units;
}

const char *
rg_layout_name (const rg_layout *layout, size_t array)
{
    return layout->names[array];
}

size_t
rg_layout_offset (const rg_layout *layout, size_t array)
{
    return layout->offsets[2][array];
}

size_t
rg_layout_count (const rg_layout *layout, size_t array)
{
    return layout->offsets[2][array + 1] - layout->offsets[2][array];
}

size_t
rg_layout_rows (const rg_layout *layout, size_t array)
{
    return layout->rows[array];
}

size_t
rg_layout_array_of (const rg_layout *layout, size_t weight)
{
    size_t low = 0, high = layout->arrays;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (layout->offsets[2][middle] <= weight)
            low = middle;
        else
            high = middle;
    }
    return low;
}

size_t
rg_layout_segments (const rg_layout *layout, rg_scope scope, const size_t **offsets)
{
    switch (scope) {
    case RG_PER_ALL:
        *offsets = layout->offsets[0];
        return 1;
    case RG_PER_LAYER:
        *offsets = layout->offsets[1];
        return layout->layers;
    case RG_PER_ARRAY:
        *offsets = layout->offsets[2];
        return layout->arrays;
    case RG_PER_UNIT:
        *offsets = layout->offsets[3];
        return layout->units;
    default:
        *offsets = NULL;
        return layout->weights;
    }
}

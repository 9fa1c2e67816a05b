/* layout.c -- how the flat weight vector divides into arrays and layers; see retrograde/hyper.h. */
#include "hyper/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { NAME_SIZE = 24 };

struct rg_layout {
    size_t weights, arrays, layers;
    size_t *offsets[3];      /* all, layer, array: segments + 1 offsets each */
    char (*names)[NAME_SIZE];
};

rg_status
rg_layout_new (rg_layout **out, size_t arrays, const rg_array_spec *specs)
{
    *out = NULL;
    for (size_t a = 0; a < arrays; a++) {
        const size_t before = a == 0 ? 0 : specs[a - 1].layer;
        if (specs[a].count == 0 || specs[a].layer < before || specs[a].layer > before + (a > 0))
            return RG_ERANGE;
    }
    if (arrays == 0)
        return RG_ERANGE;
    rg_layout *layout = rg_calloc (1, sizeof *layout);
    if (layout == NULL)
        return RG_ENOMEM;
    layout->arrays = arrays;
    layout->layers = specs[arrays - 1].layer + 1;
    layout->names = rg_calloc (arrays, sizeof *layout->names);
    for (int scope = 0; scope < 3; scope++)
        layout->offsets[scope] = rg_calloc (arrays + 1, sizeof (size_t));
    if (layout->names == NULL || layout->offsets[0] == NULL || layout->offsets[1] == NULL
        || layout->offsets[2] == NULL) {
        rg_layout_free (layout);
        return RG_ENOMEM;
    }
    for (size_t a = 0; a < arrays; a++) {
        if (a == 0 || specs[a].layer != specs[a - 1].layer)
            layout->offsets[1][specs[a].layer] = layout->weights;
        layout->offsets[2][a] = layout->weights;
        layout->weights += specs[a].count;
        snprintf (layout->names[a], NAME_SIZE, "%s", specs[a].name);
    }
    layout->offsets[0][1] = layout->offsets[1][layout->layers] = layout->offsets[2][arrays] = layout->weights;
    *out = layout;
    return RG_OK;
}

void
rg_layout_free (rg_layout *layout)
{
    if (layout == NULL)
        return;
    for (int scope = 0; scope < 3; scope++)
        rg_free (layout->offsets[scope]);
    rg_free (layout->names);
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
    default:
        *offsets = NULL;
        return layout->weights;
    }
}

/* apply.c -- operators by name, their options as text; see rg_graph_apply in retrograde/graph.h. */
#include <string.h>

#include "base/memory.h"
#include "base/settings.h"
#include "graph/operators.h"

static const rg_operator *
find (const char *name)
{
    for (size_t i = 0; rg_operator_at (i) != NULL; i++)
        if (strcmp (rg_operator_at (i)->name, name) == 0)
            return rg_operator_at (i);
    return NULL;
}

static rg_tensor
refuse_name (rg_graph *graph, const char *name)
{
    char nearest[64] = "";
    size_t distance = 3;
    for (size_t i = 0; rg_operator_at (i) != NULL; i++)
        rg_nearest_consider (rg_operator_at (i)->name, name, &distance, nearest, sizeof nearest);
    return rg_graph_refuse (graph, RG_EINPUT, "there is no operator %s%s%s%s", name,
                            nearest[0] == 0 ? "" : "; did you mean ", nearest, nearest[0] == 0 ? "" : "?");
}

rg_tensor
rg_graph_apply (rg_graph *graph, const char *name, const rg_tensor *operands, size_t count, const char *options)
{
    rg_message message = { "out of memory" };
    const rg_operator *op = find (name);
    if (op == NULL)
        return refuse_name (graph, name);
    void *settings = rg_calloc (1, op->settings_bytes);
    const rg_status status = settings == NULL ? RG_ENOMEM : rg_option_read_line (op->options, settings, options, &message);
    if (status == RG_OK)
        return rg_graph_add_node (graph, op, count, operands, settings);
    rg_free (settings);
    return rg_graph_refuse (graph, status, "%s: %s", name, message.text);
}

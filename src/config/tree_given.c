/* tree_given.c -- see tree_given.h. */
#include "config/tree_given.h"

#include "base/memory.h"

/* The entries of a list, and the keys of a map. */
static rg_status
take_entries (const rg_node *node, rg_given *out)
{
    const size_t count = rg_node_count (node);
    rg_given *entries = rg_calloc (count, sizeof *entries);
    const char **keys = out->kind == RG_GIVEN_MAP ? rg_calloc (count, sizeof *keys) : NULL;
    out->entries = entries;
    out->keys = keys;
    if (entries == NULL || (out->kind == RG_GIVEN_MAP && keys == NULL))
        return RG_ENOMEM;
    rg_status status = RG_OK;
    while (status == RG_OK && out->count < count) {
        if (keys != NULL)
            keys[out->count] = rg_node_key (node, out->count);
        status = rg_given_of_node (rg_node_item (node, out->count), &entries[out->count]);
        out->count++;
    }
    return status;
}

rg_status
rg_given_of_node (const rg_node *node, rg_given *out)
{
    *out = (rg_given) { 0 };
    switch (rg_node_kind_of (node)) {
    case RG_NODE_NOTHING: return RG_OK;
    case RG_NODE_SCALAR:
        *out = rg_given_text (rg_node_text (node));
        out->quoted = rg_node_quoted (node);
        return RG_OK;
    case RG_NODE_LIST: out->kind = RG_GIVEN_LIST; break;
    case RG_NODE_MAP: out->kind = RG_GIVEN_MAP; break;
    }
    return take_entries (node, out);
}

void
rg_given_free (rg_given *given)
{
    for (size_t i = 0; i < given->count; i++)
        rg_given_free ((rg_given *) &given->entries[i]);
    rg_free ((void *) given->entries);
    rg_free ((void *) given->keys);
    *given = (rg_given) { 0 };
}

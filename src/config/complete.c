/* complete.c -- see complete.h. */
#include "config/complete.h"

#include <stdio.h>
#include <string.h>

#include "config/value.h"

static void
extend (char out[RG_TREE_PATH], const char *path, const char *key)
{
    snprintf (out, RG_TREE_PATH, "%.180s%s%s", path, *path == '\0' ? "" : ".", key);
}

static rg_status
put (rg_tree *tree, const char *path, const rg_option *option)
{
    const rg_place place = { "default", 0, 0 };
    const int map = option->kind == RG_OPTION_MAP;
    rg_node *node;
    rg_status status = rg_node_new (&node, map ? RG_NODE_MAP : RG_NODE_SCALAR, map ? NULL : option->preset, false, place);
    if (status == RG_OK)
        status = rg_tree_put (tree, path, node, place, NULL);
    if (status != RG_OK)
        rg_node_free (node);
    return status;
}

static rg_status
complete (rg_tree *tree, const char *path, const rg_option *options)
{
    rg_status status = RG_OK;
    char own[RG_TREE_PATH];
    for (const rg_option *o = options; status == RG_OK && o != NULL && o->key != NULL; o++) {
        extend (own, path, o->key);
        if (o->preset != NULL && strcmp (o->preset, RG_REQUIRED) != 0 && !rg_tree_has (tree, own))
            status = put (tree, own, o);
        if (status != RG_OK || !rg_tree_has (tree, own))
            continue;
        if (o->kind == RG_OPTION_MAP)
            status = complete (tree, own, o->options);
        else if (o->kind == RG_OPTION_KIND)
            status = complete (tree, path, rg_kinds_find (o->kinds, rg_tree_text (tree, own)).options);
    }
    return status;
}

rg_status
rg_complete_tree (rg_tree *tree, const rg_option *options)
{
    return complete (tree, "", options);
}

/* anchor.c -- file names of a tree made absolute; see schema.h. */
#define _POSIX_C_SOURCE 200809L

#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/value.h"

/* Whether a scalar is a file's name that is relative to the config. */
static int
is_relative_file (const rg_option *option, const rg_node *node)
{
    if (rg_node_kind_of (node) != RG_NODE_SCALAR || rg_node_text (node)[0] == '/' || rg_node_text (node)[0] == '\0')
        return 0;
    const char *text = rg_node_text (node);
    const size_t length = strlen (text);
    const int npy = length > 4 && strcmp (text + length - 4, ".npy") == 0;
    switch (option->kind) {
    case RG_OPTION_FILE: return 1;
    case RG_OPTION_REAL_OR_FILE:
    case RG_OPTION_FRACTION_OR_FILE:
    case RG_OPTION_CONSTANT:
    case RG_OPTION_GROUPS: return npy;
    default: return 0;
    }
}

static rg_status
anchor_file (rg_tree *tree, const char *path, const char *folder)
{
    char *name = NULL, *absolute = NULL;
    rg_node *node = NULL;
    const rg_place place = rg_tree_place (tree, path, false), key_place = rg_tree_place (tree, path, true);
    rg_status status = rg_tree_file_at (tree, path, &name);
    if (status == RG_OK && name[0] != '/') {
        const size_t bytes = strlen (folder) + strlen (name) + 2;
        absolute = rg_malloc (bytes, 1);
        if (absolute == NULL)
            status = RG_ENOMEM;
        else
            snprintf (absolute, bytes, "%s/%s", folder, name);
    }
    if (status == RG_OK)
        status = rg_node_new (&node, RG_NODE_SCALAR, absolute != NULL ? absolute : name, false, place);
    if (status == RG_OK)
        status = rg_tree_put (tree, path, node, key_place, NULL);
    if (status != RG_OK)
        rg_node_free (node);
    rg_free (absolute);
    rg_free (name);
    return status;
}

static rg_status anchor_map (rg_tree *tree, const char *path, const rg_option *options, const char *folder);

static rg_status
anchor_option (rg_tree *tree, const char *path, const rg_option *option, const char *folder)
{
    const rg_node *node = rg_tree_find (tree, path);
    if (option->kind == RG_OPTION_MAP)
        return anchor_map (tree, path, option->options, folder);
    rg_status status = RG_OK;
    for (size_t i = 0; option->kind == RG_OPTION_MAPS && status == RG_OK && i < rg_node_count (node); i++) {
        char entry[RG_TREE_PATH];
        snprintf (entry, sizeof entry, "%.200s.%zu", path, i);
        status = anchor_map (tree, entry, option->options, folder);
        node = rg_tree_find (tree, path);
    }
    return status == RG_OK && is_relative_file (option, node) ? anchor_file (tree, path, folder) : status;
}

static rg_status
anchor_key (rg_tree *tree, const char *path, const rg_option *option, const char *folder)
{
    char own[RG_TREE_PATH];
    snprintf (own, sizeof own, "%.180s%s%s", path, *path == '\0' ? "" : ".", option->key);
    return rg_tree_has (tree, own) ? anchor_option (tree, own, option, folder) : RG_OK;
}

/* The options of a kind stand in the same map as its name; so may, for some commands, those of others that it has not. */
static rg_status
anchor_kinds (rg_tree *tree, const char *path, const rg_kinds *kinds, const rg_option *chosen, const char *folder)
{
    rg_status status = RG_OK;
    for (size_t i = 0; kinds->at (i).name != NULL; i++) {
        const rg_option *options = kinds->at (i).options;
        for (const rg_option *o = options; status == RG_OK && o != NULL && o->key != NULL; o++)
            if (options == chosen || rg_option_find (chosen, o->key) == NULL)
                status = anchor_key (tree, path, o, folder);
    }
    return status;
}

static rg_status
anchor_map (rg_tree *tree, const char *path, const rg_option *options, const char *folder)
{
    rg_status status = RG_OK;
    const rg_node *map = rg_tree_find (tree, path);
    if (map == NULL || rg_node_kind_of (map) != RG_NODE_MAP)
        return RG_OK;
    for (const rg_option *o = options; status == RG_OK && o != NULL && o->key != NULL; o++) {
        if (o->kind != RG_OPTION_KIND) {
            status = anchor_key (tree, path, o, folder);
            continue;
        }
        char own[RG_TREE_PATH];
        snprintf (own, sizeof own, "%.180s%s%s", path, *path == '\0' ? "" : ".", o->key);
        const rg_node *node = rg_tree_find (tree, own);
        const int named = node != NULL && rg_node_kind_of (node) == RG_NODE_SCALAR;
        const char *name = named ? rg_node_text (node) : o->preset == NULL ? "" : o->preset;
        status = anchor_kinds (tree, path, o->kinds, rg_kinds_find (o->kinds, name).options, folder);
    }
    return status;
}

rg_status
rg_schema_anchor (rg_tree *tree, rg_message *message)
{
    char *folder = getcwd (NULL, 0);
    if (folder == NULL)
        return rg_fail (message, RG_ESYSTEM, "there is no current directory");
    const rg_status status = anchor_map (tree, "", rg_skeleton, folder);
    free (folder);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "%s", rg_status_text (status));
}

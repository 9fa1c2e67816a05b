/* schema.c -- check a tree against the table and write the defaults in; see schema.h. */
#define _POSIX_C_SOURCE 200809L

#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "config/value.h"

/* Longest path of a row with the name of a list's entry in it. */
enum { PATH_SIZE = RG_TREE_PATH };

/* Where in the tree the check is: the path people read, and the row's path. */
typedef struct {
    char path[PATH_SIZE], pattern[PATH_SIZE];
} spot;

static void
extend (spot *out, const spot *at, const char *key, const char *pattern)
{
    const char *dot = at->path[0] == '\0' ? "" : ".";
    snprintf (out->path, sizeof out->path, "%.180s%s%s", at->path, dot, key);
    snprintf (out->pattern, sizeof out->pattern, "%.180s%s%s", at->pattern, dot, pattern);
}

static const rg_key *
find_row (const char *pattern)
{
    const rg_key *row;
    for (size_t i = 0; (row = rg_schema_row (i)) != NULL; i++)
        if (strcmp (row->path, pattern) == 0)
            return row;
    return NULL;
}

/* The last part of a row's path, if the row is a key of the map `pattern`; or NULL. */
static const char *
child_key (const rg_key *row, const char *pattern)
{
    const size_t length = strlen (pattern);
    const char *key = row->path;
    if (length > 0) {
        if (strncmp (row->path, pattern, length) != 0 || row->path[length] != '.')
            return NULL;
        key += length + 1;
    }
    return strchr (key, '.') == NULL ? key : NULL;
}

static rg_status
fail_unknown (const rg_tree *tree, const spot *map, const spot *at, const char *key, rg_message *message)
{
    const char *nearest = NULL, *candidate;
    size_t best = 3;
    const rg_key *row;
    for (size_t i = 0; (row = rg_schema_row (i)) != NULL; i++) {
        candidate = child_key (row, map->pattern);
        const size_t distance = candidate == NULL ? 3 : rg_edit_distance (candidate, key, 2);
        if (distance < best && 2 * distance < strlen (candidate)) {
            best = distance;
            nearest = candidate;
        }
    }
    if (nearest == NULL)
        return rg_tree_fail_at_key (tree, at->path, message, RG_EINPUT, "unknown key");
    return rg_tree_fail_at_key (tree, at->path, message, RG_EINPUT, "unknown key; did you mean %s?", nearest);
}

/* Whether what is refused are the digits of a number that is only too large to be one here. */
static bool
is_too_large (const rg_key *row, const rg_node *node)
{
    if (row->kind != RG_KEY_WHOLE || rg_node_kind_of (node) != RG_NODE_SCALAR || rg_node_quoted (node))
        return false;
    const char *text = rg_node_text (node);
    return text[0] != '0' && text[strspn (text, "0123456789")] == '\0' && strtod (text, NULL) > (double) RG_WHOLE_MAX;
}

static rg_status
fail_value (const rg_tree *tree, const rg_key *row, const spot *at, const rg_node *node, rg_message *message)
{
    char expectation[256], looks[64], name[64];
    const char *nearest = NULL;
    rg_schema_expectation (row, expectation, sizeof expectation);
    rg_node_describe (node, looks, sizeof looks);
    if (rg_node_kind_of (node) == RG_NODE_SCALAR)
        nearest = rg_schema_nearest_name (row, rg_node_text (node), name, sizeof name);
    return rg_tree_fail (tree, at->path, message, RG_EINPUT, "expected %s%s, got %s%s%s%s", expectation,
                         is_too_large (row, node) && strstr (expectation, " to ") == NULL ? " and below 2^53" : "", looks,
                         nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                         nearest == NULL ? "" : "?");
}

static rg_status
check_node (const rg_tree *tree, const rg_key *row, const spot *at, const rg_node *node, rg_message *message);

static rg_status
check_map (const rg_tree *tree, const spot *at, const rg_node *map, rg_message *message)
{
    const rg_key *row;
    spot child;
    for (size_t i = 0; i < rg_node_count (map); i++) {
        const char *key = rg_node_key (map, i);
        extend (&child, at, key, key);
        row = strcmp (key, "*") == 0 ? NULL : find_row (child.pattern);
        if (row == NULL)
            return fail_unknown (tree, at, &child, key, message);
        const rg_status status = check_node (tree, row, &child, rg_node_item (map, i), message);
        if (status != RG_OK)
            return status;
    }
    for (size_t i = 0; (row = rg_schema_row (i)) != NULL; i++) {
        const char *key = child_key (row, at->pattern);
        if (key == NULL || row->preset == NULL || row->preset[0] != '!' || rg_node_has_key (map, key))
            continue;
        char expectation[256];
        rg_schema_expectation (row, expectation, sizeof expectation);
        extend (&child, at, key, key);
        return rg_tree_fail (tree, child.path, message, RG_EINPUT, "missing: expected %s", expectation);
    }
    return RG_OK;
}

/* How people call entry i of a list: by its name, where that finds this very entry. */
static void
name_entry (spot *out, const rg_tree *tree, const spot *at, const rg_node *list, size_t i)
{
    char key[RG_TREE_KEY + 1], position[24];
    const rg_node *item = rg_node_item (list, i);
    spot entry;
    snprintf (position, sizeof position, "%zu", i);
    extend (out, at, position, "*");
    if (rg_node_kind_of (item) != RG_NODE_MAP)
        return;
    extend (&entry, out, "name", "name");
    const rg_node *name = rg_tree_find (tree, entry.path);
    if (name == NULL || rg_node_kind_of (name) != RG_NODE_SCALAR || rg_node_quoted (name)
        || strlen (rg_node_text (name)) > RG_TREE_KEY)
        return;
    snprintf (key, sizeof key, "%s", rg_node_text (name));
    extend (&entry, at, key, "*");
    if (rg_tree_find (tree, entry.path) == item)
        *out = entry;
}

static rg_status
check_list (const rg_tree *tree, const spot *at, const rg_node *list, rg_message *message)
{
    spot entry;
    for (size_t i = 0; i < rg_node_count (list); i++) {
        name_entry (&entry, tree, at, list, i);
        const rg_status status = check_node (tree, find_row (entry.pattern), &entry, rg_node_item (list, i), message);
        if (status != RG_OK)
            return status;
    }
    return RG_OK;
}

/* Point at the first entry of a list that is no whole number, or none of the words, rather than at the list. */
static rg_status
fail_entries (const rg_tree *tree, const rg_key *row, const spot *at, const rg_node *list, rg_message *message)
{
    const rg_key entry_row = { row->path, row->kind == RG_KEY_WHOLES ? RG_KEY_WHOLE : RG_KEY_WORD, row->range, NULL,
                               row->words, NULL };
    for (size_t i = 0; i < rg_node_count (list); i++) {
        if (rg_schema_accepts (&entry_row, rg_node_item (list, i)))
            continue;
        spot entry;
        name_entry (&entry, tree, at, list, i);
        return fail_value (tree, &entry_row, &entry, rg_node_item (list, i), message);
    }
    return rg_tree_fail (tree, at->path, message, RG_EINPUT, "expected at least two whole numbers, got %zu",
                         rg_node_count (list));
}

static rg_status
check_node (const rg_tree *tree, const rg_key *row, const spot *at, const rg_node *node, rg_message *message)
{
    if (!rg_schema_accepts (row, node))
        return (row->kind == RG_KEY_WHOLES || row->kind == RG_KEY_WORDS) && rg_node_kind_of (node) == RG_NODE_LIST
            ? fail_entries (tree, row, at, node, message)
            : fail_value (tree, row, at, node, message);
    if (row->kind == RG_KEY_MAP)
        return check_map (tree, at, node, message);
    return row->kind == RG_KEY_LIST ? check_list (tree, at, node, message) : RG_OK;
}

/* --- rules between keys --- */

/* One source of initial weights. */
static rg_status
check_model (const rg_tree *tree, rg_message *message)
{
    if (rg_tree_has (tree, "model.weights") && rg_tree_has (tree, "model.scale"))
        return rg_tree_fail_at_key (tree, "model.scale", message, RG_EINPUT,
                                    "model.weights gives the initial weights already; keep one of the two");
    return RG_OK;
}

/* Entry i has a name of its own, and its box is not empty. */
static rg_status
check_entry (const rg_tree *tree, size_t i, rg_message *message)
{
    char path[64], low[64], high[64];
    snprintf (path, sizeof path, "hyper.%zu.name", i);
    const char *name = rg_tree_text (tree, path);
    for (size_t j = 0; j < i; j++) {
        char other[64];
        snprintf (other, sizeof other, "hyper.%zu.name", j);
        if (strcmp (rg_tree_text (tree, other), name) == 0)
            return rg_tree_fail (tree, path, message, RG_EINPUT, "%s is here twice", name);
    }
    snprintf (low, sizeof low, "hyper.%zu.constraint.min", i);
    snprintf (high, sizeof high, "hyper.%zu.constraint.max", i);
    if (rg_tree_has (tree, low) && rg_tree_has (tree, high) && rg_tree_real (tree, low) > rg_tree_real (tree, high))
        return rg_tree_fail (tree, high, message, RG_EINPUT, "expected at least the minimum %s, got %s",
                             rg_tree_text (tree, low), rg_tree_text (tree, high));
    return RG_OK;
}

static rg_status
check_rules (const rg_tree *tree, rg_message *message)
{
    rg_status status = check_model (tree, message);
    for (size_t i = 0; status == RG_OK && i < rg_tree_count (tree, "hyper"); i++)
        status = check_entry (tree, i, message);
    return status;
}

/* --- defaults --- */

static rg_status
put_default (rg_tree *tree, const rg_key *row, rg_message *message)
{
    const rg_place place = { "default", 0, 0 };
    rg_node *node;
    rg_status status = row->kind == RG_KEY_MAP ? rg_node_new (&node, RG_NODE_MAP, NULL, false, place)
                                               : rg_node_new (&node, RG_NODE_SCALAR, row->preset, false, place);
    if (status == RG_OK)
        status = rg_tree_put (tree, row->path, node, place, message);
    if (status != RG_OK)
        rg_node_free (node);
    return status == RG_OK ? status : rg_fail (message, status, "%s", rg_status_text (status));
}

/* Defaults of the keys outside lists; a map that is made by default comes before its keys. */
static rg_status
put_defaults (rg_tree *tree, rg_message *message)
{
    const rg_key *row;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && (row = rg_schema_row (i)) != NULL; i++)
        if (row->preset != NULL && row->preset[0] != '!' && !rg_tree_has (tree, row->path))
            status = put_default (tree, row, message);
    return status;
}

rg_status
rg_schema_check (rg_tree *tree, rg_message *message)
{
    const spot root = { "", "" };
    rg_status status = check_map (tree, &root, rg_tree_find (tree, ""), message);
    if (status == RG_OK)
        status = check_rules (tree, message);
    return status == RG_OK ? put_defaults (tree, message) : status;
}

/* --- file names --- */

/* Whether a node is a file's name that is relative to the config. */
static bool
is_relative_file (const rg_key *row, const rg_tree *tree, const char *path)
{
    const rg_node *node = rg_tree_find (tree, path);
    if (node == NULL || rg_node_kind_of (node) != RG_NODE_SCALAR || rg_node_text (node)[0] == '/')
        return false;
    if (row->kind == RG_KEY_FILE || row->kind == RG_KEY_GROUPS)
        return true;
    return (row->kind == RG_KEY_REAL_OR_FILE || row->kind == RG_KEY_FRACTION_OR_FILE)
           && !rg_tree_is_number (tree, path);
}

static rg_status
anchor (rg_tree *tree, const char *path, const char *folder, rg_message *message)
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
        status = rg_tree_put (tree, path, node, key_place, message);
    if (status != RG_OK)
        rg_node_free (node);
    rg_free (absolute);
    rg_free (name);
    return status == RG_OK ? status : rg_fail (message, status, "%s", rg_status_text (status));
}

/* Anchor what a row stands for: its path, or one path an entry of `hyper`. */
static rg_status
anchor_row (rg_tree *tree, const rg_key *row, const char *folder, rg_message *message)
{
    const char *star = strchr (row->path, '*');
    if (star == NULL)
        return is_relative_file (row, tree, row->path) ? anchor (tree, row->path, folder, message) : RG_OK;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < rg_tree_count (tree, "hyper"); i++) {
        char path[PATH_SIZE];
        snprintf (path, sizeof path, "hyper.%zu%s", i, star + 1);
        if (is_relative_file (row, tree, path))
            status = anchor (tree, path, folder, message);
    }
    return status;
}

rg_status
rg_schema_anchor (rg_tree *tree, rg_message *message)
{
    const rg_key *row;
    char *folder = getcwd (NULL, 0);
    if (folder == NULL)
        return rg_fail (message, RG_ESYSTEM, "there is no current directory");
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && (row = rg_schema_row (i)) != NULL; i++)
        status = anchor_row (tree, row, folder, message);
    free (folder);
    return status;
}

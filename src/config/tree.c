/* tree.c -- nodes and paths; see tree.h. */
#include "config/tree.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/given.h"
#include "base/memory.h"
#include "base/number.h"

typedef struct {
    char *key;  /* NULL in a list */
    rg_place key_place;
    rg_node *node;
} entry;

struct rg_node {
    rg_node_kind kind;
    rg_place place;
    char *text;  /* of a scalar */
    bool quoted;
    entry *entries;
    size_t count, capacity;
};

struct rg_tree {
    char *file;
    rg_node *root;
};

/* What a path leads to: the last node there is, and the entry that holds it. */
typedef struct {
    rg_node *parent;   /* NULL at the root */
    size_t index;      /* of the entry in parent */
    rg_node *node;
    const char *rest;  /* what of the path could not be followed; "" if nothing */
} walk;

/* Whether c may stand in a scalar without quotes: what names, numbers and simple file names need. */
static bool
is_plain_byte (char c)
{
    return c != '\0'
           && strchr ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.+*/~-", c)
                  != NULL;
}

bool
rg_text_is_plain (const char *text)
{
    static const char *const nothing[] = { "null", "Null", "NULL" };
    const char first = text[0] == '-' || text[0] == '+' ? text[1] : text[0];
    if (first == '\0' || first == '*' || first == '-' || first == '+' || first == '~')
        return false;
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        if (strcmp (text, nothing[i]) == 0)
            return false;
    for (const char *at = text; *at != '\0'; at++)
        if (!is_plain_byte (*at))
            return false;
    return true;
}

rg_status
rg_node_new (rg_node **out, rg_node_kind kind, const char *text, bool quoted, rg_place place)
{
    *out = NULL;
    rg_node *node = rg_calloc (1, sizeof *node);
    if (node == NULL)
        return RG_ENOMEM;
    node->kind = kind;
    node->place = place;
    if (kind == RG_NODE_SCALAR) {
        assert (text != NULL);
        node->quoted = quoted || !rg_text_is_plain (text);
        node->text = rg_strdup (text);
        if (node->text == NULL) {
            rg_free (node);
            return RG_ENOMEM;
        }
    }
    *out = node;
    return RG_OK;
}

void
rg_node_free (rg_node *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->count; i++) {
        rg_free (node->entries[i].key);
        rg_node_free (node->entries[i].node);
    }
    rg_free (node->entries);
    rg_free (node->text);
    rg_free (node);
}

rg_status
rg_node_append (rg_node *parent, const char *key, rg_place key_place, rg_node *child)
{
    assert ((parent->kind == RG_NODE_MAP && key != NULL)
            || (parent->kind == RG_NODE_LIST && key == NULL));
    if (parent->count == parent->capacity) {
        const size_t capacity = parent->capacity == 0 ? 4 : 2 * parent->capacity;
        entry *grown = rg_grow (parent->entries, parent->count * sizeof *grown, capacity,
                                sizeof *grown);
        if (grown == NULL)
            return RG_ENOMEM;
        parent->entries = grown;
        parent->capacity = capacity;
    }
    char *copy = rg_strdup (key);
    if (copy == NULL && key != NULL)
        return RG_ENOMEM;
    parent->entries[parent->count++] = (entry) { copy, key_place, child };
    return RG_OK;
}

rg_status
rg_tree_new (rg_tree **out, const char *file)
{
    *out = NULL;
    rg_tree *tree = rg_calloc (1, sizeof *tree);
    if (tree == NULL)
        return RG_ENOMEM;
    tree->file = rg_strdup (file);
    if (tree->file == NULL
        || rg_node_new (&tree->root, RG_NODE_MAP, NULL, false, (rg_place) { tree->file, 1, 1 })) {
        rg_tree_free (tree);
        return RG_ENOMEM;
    }
    *out = tree;
    return RG_OK;
}

void
rg_tree_free (rg_tree *tree)
{
    if (tree == NULL)
        return;
    rg_node_free (tree->root);
    rg_free (tree->file);
    rg_free (tree);
}

void
rg_tree_set_root (rg_tree *tree, rg_node *root)
{
    assert (root->kind == RG_NODE_MAP);
    rg_node_free (tree->root);
    tree->root = root;
}

const char *
rg_tree_file (const rg_tree *tree)
{
    return tree->file;
}

rg_node_kind
rg_node_kind_of (const rg_node *node)
{
    return node->kind;
}

size_t
rg_node_count (const rg_node *node)
{
    return node->count;
}

const rg_node *
rg_node_item (const rg_node *node, size_t i)
{
    assert (i < node->count);
    return node->entries[i].node;
}

const char *
rg_node_key (const rg_node *map, size_t i)
{
    assert (map->kind == RG_NODE_MAP && i < map->count);
    return map->entries[i].key;
}

const char *
rg_node_text (const rg_node *node)
{
    assert (node->kind == RG_NODE_SCALAR);
    return node->text;
}

bool
rg_node_quoted (const rg_node *node)
{
    return node->quoted;
}

void
rg_node_describe (const rg_node *node, char *out, size_t bytes)
{
    static const rg_given_kind kinds[] = { [RG_NODE_NOTHING] = RG_GIVEN_NOTHING, [RG_NODE_SCALAR] = RG_GIVEN_TEXT,
                                           [RG_NODE_LIST] = RG_GIVEN_LIST, [RG_NODE_MAP] = RG_GIVEN_MAP };
    const rg_given given = { .kind = kinds[node->kind], .text = node->text, .quoted = node->quoted };
    rg_given_describe (&given, out, bytes);
}

/* Whether the first `length` bytes of `name` are all of `text`. */
static bool
equals (const char *text, const char *name, size_t length)
{
    return strlen (text) == length && memcmp (text, name, length) == 0;
}

static size_t
find_key (const rg_node *map, const char *key, size_t length)
{
    size_t i = 0;
    while (i < map->count && !equals (map->entries[i].key, key, length))
        i++;
    return i;
}

bool
rg_node_has_key (const rg_node *map, const char *key)
{
    return find_key (map, key, strlen (key)) < map->count;
}

/* The position of a list's entry: by number (count is the position after the last), else by its `name`. */
static bool
find_in_list (const rg_node *list, const char *part, size_t length, size_t *index)
{
    char number[20];
    int64_t position;
    if (length < sizeof number && part[0] >= '0' && part[0] <= '9') {
        memcpy (number, part, length);
        number[length] = '\0';
        if (!rg_read_digits (number, &position) || (uint64_t) position > list->count)
            return false;
        *index = (size_t) position;
        return true;
    }
    for (size_t i = 0; i < list->count; i++) {
        const rg_node *item = list->entries[i].node;
        const size_t at = item->kind == RG_NODE_MAP ? find_key (item, "name", 4) : item->count;
        if (at == item->count)
            continue;
        const rg_node *name = item->entries[at].node;
        if (name->kind == RG_NODE_SCALAR && equals (name->text, part, length)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static walk
follow (const rg_tree *tree, const char *path)
{
    walk w = { NULL, 0, tree->root, path };
    while (*w.rest != '\0') {
        const size_t length = strcspn (w.rest, ".");
        size_t index = w.node->count;
        if (w.node->kind == RG_NODE_MAP)
            index = find_key (w.node, w.rest, length);
        else if (w.node->kind == RG_NODE_LIST
                 && !find_in_list (w.node, w.rest, length, &index))
            index = w.node->count;
        if (index >= w.node->count)
            break;
        w.parent = w.node;
        w.index = index;
        w.node = w.parent->entries[index].node;
        w.rest += length;
        if (*w.rest == '.')
            w.rest++;
    }
    return w;
}

const rg_node *
rg_tree_find (const rg_tree *tree, const char *path)
{
    const walk w = follow (tree, path);
    return *w.rest == '\0' ? w.node : NULL;
}

rg_place
rg_tree_place (const rg_tree *tree, const char *path, bool key)
{
    const walk w = follow (tree, path);
    if (key && *w.rest == '\0' && w.parent != NULL && w.parent->kind == RG_NODE_MAP)
        return w.parent->entries[w.index].key_place;
    return w.node->place;
}

bool
rg_tree_has (const rg_tree *tree, const char *path)
{
    return rg_tree_find (tree, path) != NULL;
}

/* --- changing --- */

/* Whether an entry for the rest of a path can be made under the node that was reached. */
static rg_status
check_way (const char *path, walk w, rg_message *message)
{
    const size_t used = (size_t) (w.rest - path), length = strcspn (w.rest, ".");
    const int reached = (int) (used > 0 ? used - 1 : 0);
    size_t index;
    if (w.node->kind == RG_NODE_MAP)
        return RG_OK;
    if (w.node->kind != RG_NODE_LIST) {
        char looks[64];
        rg_node_describe (w.node, looks, sizeof looks);
        return rg_fail (message, RG_EINPUT, "command line: %s: %.*s is %s, which has no keys", path,
                        reached, path, looks);
    }
    if (find_in_list (w.node, w.rest, length, &index))
        return RG_OK;
    return rg_fail (message, RG_EINPUT, "command line: %s: no entry of %.*s is called %.*s", path,
                    reached, path, (int) length, w.rest);
}

/* Every part of a path is a key of its own: not empty, not too long, not too many. */
static rg_status
check_parts (const char *path, rg_message *message)
{
    size_t parts = 0;
    for (const char *at = path;; at++) {
        const size_t length = strcspn (at, ".");
        if (length == 0 || length > RG_TREE_KEY || ++parts > RG_TREE_PARTS)
            return rg_fail (message, RG_EINPUT,
                            "command line: %.64s: expected a path such as inner.steps", path);
        at += length;
        if (*at == '\0')
            return RG_OK;
    }
}

static void
remove_entry (rg_node *parent, size_t index)
{
    rg_free (parent->entries[index].key);
    rg_node_free (parent->entries[index].node);
    parent->count--;
    memmove (parent->entries + index, parent->entries + index + 1,
             (parent->count - index) * sizeof *parent->entries);
}

/* Append under the first part of a path, which ends at a point or at its end. */
static rg_status
append_part (rg_node *parent, const char *path, rg_place place, rg_node *child)
{
    char part[RG_TREE_KEY + 1];
    const size_t length = strcspn (path, ".");
    memcpy (part, path, length);
    part[length] = '\0';
    return rg_node_append (parent, parent->kind == RG_NODE_MAP ? part : NULL, place, child);
}

/* Append rest = "a.b.c" as {a: {b: {c: node}}}; on failure parent and node are unchanged. */
static rg_status
append_way (rg_node *parent, const char *rest, rg_node *node, rg_place place)
{
    const char *point = strchr (rest, '.');
    rg_node *child;
    if (point == NULL)
        return append_part (parent, rest, place, node);
    rg_status status = rg_node_new (&child, RG_NODE_MAP, NULL, false, place);
    if (status != RG_OK)
        return status;
    status = append_part (parent, rest, place, child);
    if (status != RG_OK) {
        rg_node_free (child);
        return status;
    }
    status = append_way (child, point + 1, node, place);
    if (status != RG_OK)
        remove_entry (parent, parent->count - 1);
    return status;
}

rg_status
rg_tree_put (rg_tree *tree, const char *path, rg_node *node, rg_place place, rg_message *message)
{
    rg_status status = check_parts (path, message);
    if (status != RG_OK)
        return status;
    const walk w = follow (tree, path);
    if (*w.rest == '\0' && node == NULL) {
        remove_entry (w.parent, w.index);
        return RG_OK;
    }
    if (*w.rest == '\0') {
        rg_node_free (w.node);
        w.parent->entries[w.index].node = node;
        w.parent->entries[w.index].key_place = place;
        return RG_OK;
    }
    status = check_way (path, w, message);
    if (status != RG_OK || node == NULL)
        return status;
    status = append_way (w.node, w.rest, node, place);
    return status == RG_OK ? status : rg_fail (message, status, "%s", rg_status_text (status));
}

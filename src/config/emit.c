/* emit.c -- a tree back to YAML text; see emit.h. */
#include "config/emit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* Text that grows; after a failed allocation `status` stays and nothing more is written. */
typedef struct {
    char *text;
    size_t used, capacity;
    rg_status status;
} sheet;

static void
put_bytes (sheet *out, const char *bytes, size_t count)
{
    if (out->status != RG_OK)
        return;
    if (out->capacity - out->used <= count) {
        const size_t capacity = 2 * (out->used + count) + 1024;
        char *grown = rg_grow (out->text, out->used, capacity, 1);
        if (grown == NULL) {
            out->status = RG_ENOMEM;
            return;
        }
        out->text = grown;
        out->capacity = capacity;
    }
    memcpy (out->text + out->used, bytes, count);
    out->used += count;
    out->text[out->used] = '\0';
}

static void
put (sheet *out, const char *text)
{
    put_bytes (out, text, strlen (text));
}

/* The character at `at` (UTF-8, checked by the parser); length is set to its bytes. */
static uint32_t
decode (const char *at, size_t *length)
{
    const unsigned char first = (unsigned char) *at;
    *length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t character = first & (*length == 1 ? 0x7Fu : 0x3Fu >> (*length - 1));
    for (size_t i = 1; i < *length && at[i] != '\0'; i++)
        character = character << 6 | ((unsigned char) at[i] & 0x3Fu);
    return character;
}

/* Whether a character may stand in double quotes as it is. */
static bool
is_printable (uint32_t character)
{
    if (character < 0xA0)
        return character >= 0x20 && character < 0x7F;
    return character != 0x2028 && character != 0x2029 && character != 0xFEFF
           && character != 0xFFFE && character != 0xFFFF;
}

static void
put_quoted (sheet *out, const char *text)
{
    char escape[16];
    size_t length;
    put (out, "\"");
    for (; *text != '\0'; text += length) {
        const uint32_t character = decode (text, &length);
        if (length > strlen (text))
            length = strlen (text);
        if (character == '"' || character == '\\') {
            snprintf (escape, sizeof escape, "\\%c", (char) character);
            put (out, escape);
        } else if (is_printable (character)) {
            put_bytes (out, text, length);
        } else {
            snprintf (escape, sizeof escape, "\\u%04X", (unsigned) character);
            put (out, escape);
        }
    }
    put (out, "\"");
}

static void
put_indent (sheet *out, size_t indent)
{
    for (size_t i = 0; i < indent; i++)
        put (out, "  ");
}

static void put_node (sheet *out, const rg_node *node, size_t indent);

/* Whether a list reads well on one line: [9, 7, 5, 4]. */
static bool
is_short_list (const rg_node *list)
{
    if (rg_node_count (list) > 16)
        return false;
    for (size_t i = 0; i < rg_node_count (list); i++)
        if (rg_node_kind_of (rg_node_item (list, i)) != RG_NODE_SCALAR)
            return false;
    return true;
}

static void
put_short_list (sheet *out, const rg_node *list)
{
    put (out, " [");
    for (size_t i = 0; i < rg_node_count (list); i++) {
        const rg_node *item = rg_node_item (list, i);
        if (i > 0)
            put (out, ", ");
        if (rg_node_quoted (item))
            put_quoted (out, rg_node_text (item));
        else
            put (out, rg_node_text (item));
    }
    put (out, "]\n");
}

/* Write the entries of a map; the first one continues the line "- " in a list. */
static void
put_map (sheet *out, const rg_node *map, size_t indent, bool in_list)
{
    for (size_t i = 0; i < rg_node_count (map); i++) {
        const char *key = rg_node_key (map, i);
        if (i > 0 || !in_list)
            put_indent (out, indent);
        if (rg_text_is_plain (key))
            put (out, key);
        else
            put_quoted (out, key);
        put (out, ":");
        put_node (out, rg_node_item (map, i), indent + 1);
    }
}

static void
put_list (sheet *out, const rg_node *list, size_t indent)
{
    put (out, "\n");
    for (size_t i = 0; i < rg_node_count (list); i++) {
        const rg_node *item = rg_node_item (list, i);
        put_indent (out, indent);
        put (out, "-");
        if (rg_node_kind_of (item) == RG_NODE_MAP && rg_node_count (item) > 0) {
            put (out, " ");
            put_map (out, item, indent + 1, true);
        } else {
            put_node (out, item, indent + 1);
        }
    }
}

/* Write what follows "key:" or "-", its end of line included. */
static void
put_node (sheet *out, const rg_node *node, size_t indent)
{
    switch (rg_node_kind_of (node)) {
    case RG_NODE_NOTHING:
        put (out, " null\n");
        return;
    case RG_NODE_SCALAR:
        put (out, " ");
        if (rg_node_quoted (node))
            put_quoted (out, rg_node_text (node));
        else
            put (out, rg_node_text (node));
        put (out, "\n");
        return;
    case RG_NODE_LIST:
        if (is_short_list (node))
            put_short_list (out, node);
        else
            put_list (out, node, indent);
        return;
    case RG_NODE_MAP:
        if (rg_node_count (node) == 0) {
            put (out, " {}\n");
        } else {
            put (out, "\n");
            put_map (out, node, indent, false);
        }
        return;
    }
}

rg_status
rg_tree_emit (const rg_tree *tree, char **text, size_t *bytes)
{
    sheet out = { NULL, 0, 0, RG_OK };
    const rg_node *root = rg_tree_find (tree, "");
    if (rg_node_count (root) == 0)
        put (&out, "{}\n");
    else
        put_map (&out, root, 0, false);
    if (out.status != RG_OK) {
        rg_free (out.text);
        out.text = NULL;
        out.used = 0;
    }
    *text = out.text;
    *bytes = out.used;
    return out.status;
}

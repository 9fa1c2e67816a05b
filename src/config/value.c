/* value.c -- typed values and errors with their position; see value.h. */
#include "config/value.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

/* The text of the scalar that the schema promises at a path. */
static const char *
promised_text (const rg_tree *tree, const char *path)
{
    const rg_node *node = rg_tree_find (tree, path);
    assert (node != NULL && rg_node_kind_of (node) == RG_NODE_SCALAR);
    return rg_node_text (node);
}

int64_t
rg_tree_whole (const rg_tree *tree, const char *path)
{
    int64_t value = 0;
    const bool read = rg_read_whole (promised_text (tree, path), &value);
    assert (read);
    (void) read;
    return value;
}

double
rg_tree_real (const rg_tree *tree, const char *path)
{
    const char *text = promised_text (tree, path);
    double value = 0;
    int64_t numerator, denominator;
    if (rg_read_fraction (text, &numerator, &denominator))
        return (double) numerator / (double) denominator;
    const bool read = rg_read_real (text, &value);
    assert (read);
    (void) read;
    return value;
}

bool
rg_tree_flag (const rg_tree *tree, const char *path)
{
    bool value = false;
    const bool read = rg_read_flag (promised_text (tree, path), &value);
    assert (read);
    (void) read;
    return value;
}

uint64_t
rg_tree_bytes (const rg_tree *tree, const char *path)
{
    uint64_t value = 0;
    const bool read = rg_read_bytes (promised_text (tree, path), &value);
    assert (read);
    (void) read;
    return value;
}

const char *
rg_tree_text (const rg_tree *tree, const char *path)
{
    return promised_text (tree, path);
}

size_t
rg_tree_count (const rg_tree *tree, const char *path)
{
    const rg_node *node = rg_tree_find (tree, path);
    return node == NULL ? 0 : rg_node_count (node);
}

bool
rg_tree_fraction (const rg_tree *tree, const char *path, int64_t *numerator, int64_t *denominator)
{
    const rg_node *node = rg_tree_find (tree, path);
    return node != NULL && rg_node_kind_of (node) == RG_NODE_SCALAR && !rg_node_quoted (node)
           && rg_read_fraction (rg_node_text (node), numerator, denominator);
}

bool
rg_tree_is_number (const rg_tree *tree, const char *path)
{
    const rg_node *node = rg_tree_find (tree, path);
    double value;
    int64_t numerator, denominator;
    if (node == NULL || rg_node_kind_of (node) != RG_NODE_SCALAR || rg_node_quoted (node))
        return false;
    return rg_read_real (rg_node_text (node), &value)
           || rg_read_fraction (rg_node_text (node), &numerator, &denominator);
}

rg_status
rg_tree_file_at (const rg_tree *tree, const char *path, char **out)
{
    const char *name = promised_text (tree, path), *config = rg_tree_file (tree);
    const char *slash = strrchr (config, '/');
    const size_t folder = name[0] == '/' || slash == NULL ? 0 : (size_t) (slash - config) + 1;
    *out = rg_malloc (folder + strlen (name) + 1, 1);
    if (*out == NULL)
        return RG_ENOMEM;
    memcpy (*out, config, folder);
    memcpy (*out + folder, name, strlen (name) + 1);
    return RG_OK;
}

static rg_status
fail_at (rg_place place, const char *path, rg_message *message, rg_status status, const char *format, va_list arguments)
{
    rg_message sentence;
    const char *colon = *path == '\0' ? "" : ": ";
    vsnprintf (sentence.text, sizeof sentence.text, format, arguments);
    if (place.line == 0)
        return rg_fail (message, status, "%s: %s%s%s", place.origin, path, colon, sentence.text);
    return rg_fail (message, status, "%s:%zu:%zu: %s%s%s", place.origin, place.line, place.column, path, colon,
                    sentence.text);
}

rg_status
rg_tree_fail (const rg_tree *tree, const char *path, rg_message *message, rg_status status,
              const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    status = fail_at (rg_tree_place (tree, path, false), path, message, status, format, arguments);
    va_end (arguments);
    return status;
}

rg_status
rg_tree_fail_at_key (const rg_tree *tree, const char *path, rg_message *message, rg_status status,
                     const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    status = fail_at (rg_tree_place (tree, path, true), path, message, status, format, arguments);
    va_end (arguments);
    return status;
}

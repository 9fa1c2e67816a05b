/* parse.h -- YAML text to a tree. */
#ifndef RG_CONFIG_PARSE_H
#define RG_CONFIG_PARSE_H

#include <stddef.h>

#include "config/tree.h"

/*
 * Read one YAML document with a map at its root. Refused, each by a sentence
 * with its position: duplicate keys, keys with a point, aliases, anchors, tags, further documents,
 * an empty text, NUL characters and what is beyond the limits of tree.h.
 *   out      [out] the tree; the caller ends it with rg_tree_free
 *   file     the file to read, or what errors call the text
 *   message  [out] or NULL
 * Returns RG_OK, RG_EINPUT, RG_ESYSTEM (the file cannot be read) or RG_ENOMEM;
 * then *out = NULL.
 */
rg_status rg_tree_read (rg_tree **out, const char *file, rg_message *message);
rg_status rg_tree_parse (rg_tree **out, const char *file, const char *text, size_t bytes,
                         rg_message *message);

/*
 * Override one key: "inner.steps=1000". The value is YAML (a scalar, [a, b] or
 * {a: b}); it replaces the node or creates it, and its errors read
 * "command line: inner.steps: ...". The value null removes the key.
 *   assignment   path=value
 * Returns RG_OK, RG_EINPUT or RG_ENOMEM; then the tree is unchanged.
 */
rg_status rg_tree_set (rg_tree *tree, const char *assignment, rg_message *message);

#endif /* RG_CONFIG_PARSE_H */

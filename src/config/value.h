/* value.h -- typed values of a checked tree, and errors with their position. */
#ifndef RG_CONFIG_VALUE_H
#define RG_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/tree.h"

/*
 * Typed values of a tree that rg_schema_check has accepted. Whether the node is
 * there and of that kind is the schema's promise: these assert it.
 */
int64_t rg_tree_whole (const rg_tree *tree, const char *path);
double rg_tree_real (const rg_tree *tree, const char *path);     /* 9/10 is 0.9 */
bool rg_tree_flag (const rg_tree *tree, const char *path);
uint64_t rg_tree_bytes (const rg_tree *tree, const char *path);  /* 2 MiB is 2097152 */
const char *rg_tree_text (const rg_tree *tree, const char *path);

/* The same for entries of a map or a list; 0 when there is no such node. */
size_t rg_tree_count (const rg_tree *tree, const char *path);

/* Whether the node at a path is a scalar that reads as a number or a fraction: not a file's name. */
bool rg_tree_is_number (const rg_tree *tree, const char *path);

/*
 * The value at a path as a fraction of positive integers, where it was written so (9/10).
 *   numerator, denominator   [out] as written, not reduced
 * Returns whether it was; otherwise the outputs are unchanged.
 */
bool rg_tree_fraction (const rg_tree *tree, const char *path, int64_t *numerator,
                       int64_t *denominator);

/*
 * The file name at a path, made relative to the process instead of to the config.
 *   out   [out] the name; the caller ends it with rg_free
 * Returns RG_OK, or RG_ENOMEM with *out = NULL.
 */
rg_status rg_tree_file_at (const rg_tree *tree, const char *path, char **out);

/*
 * Write "file:line:column: path: sentence" (or "command line: path: sentence"),
 * with the position of the node at the path, or of its nearest ancestor.
 *   message  [out] or NULL
 *   status   what to return
 */
rg_status rg_tree_fail (const rg_tree *tree, const char *path, rg_message *message,
                        rg_status status, const char *format, ...) RG_PRINTF (5, 6);

/*
 * The same at the key, not the value, of the node at the path.
 */
rg_status rg_tree_fail_at_key (const rg_tree *tree, const char *path, rg_message *message,
                               rg_status status, const char *format, ...) RG_PRINTF (5, 6);

#endif /* RG_CONFIG_VALUE_H */

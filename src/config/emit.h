/* emit.h -- a tree back to YAML text. */
#ifndef RG_CONFIG_EMIT_H
#define RG_CONFIG_EMIT_H

#include <stddef.h>

#include "config/tree.h"

/*
 * Write a tree as YAML text that reads back as the same tree (positions aside).
 *   text    [out] terminated; the caller ends it with rg_free
 *   bytes   [out] its length
 * Returns RG_OK, or RG_ENOMEM with *text = NULL.
 */
rg_status rg_tree_emit (const rg_tree *tree, char **text, size_t *bytes);

#endif /* RG_CONFIG_EMIT_H */

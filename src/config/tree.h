/* tree.h -- a configuration as a tree of maps, lists and scalars that know where they came from. */
#ifndef RG_CONFIG_TREE_H
#define RG_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include <retrograde/status.h>

/*
 * A tree has a map at its root. A node is reached by a dotted path: a key in a
 * map, a position ("hyper.0.init") or the value of `name` ("hyper.rate.init")
 * in a list; "" is the root. Nodes belong to their tree and live until it is
 * changed there or freed. Not safe for use by two threads while it changes.
 */
typedef struct rg_tree rg_tree;
typedef struct rg_node rg_node;

/* Limits: what is beyond them is refused by a sentence. */
enum {
    RG_TREE_DEPTH = 32,       /* maps and lists inside each other */
    RG_TREE_BYTES = 1 << 20,  /* size of the text */
    RG_TREE_KEYS = 1000,      /* keys of one map */
    RG_TREE_KEY = 64,         /* bytes of one key */
    RG_TREE_PARTS = 8,        /* parts of a path that changes a tree */
    RG_TREE_PATH = 256        /* bytes of a dotted path, its end included */
};

/* A scalar that is null, ~ or empty without quotes is RG_NODE_NOTHING. */
typedef enum { RG_NODE_NOTHING, RG_NODE_SCALAR, RG_NODE_LIST, RG_NODE_MAP } rg_node_kind;

/*
 * Create a tree whose root is an empty map.
 *   out    [out] the tree; the caller ends it with rg_tree_free
 *   file   what errors call it, and what relative paths are relative to; copied
 * Returns RG_OK, or RG_ENOMEM with *out = NULL.
 */
rg_status rg_tree_new (rg_tree **out, const char *file);

/* Free a tree and its nodes; NULL is allowed. */
void rg_tree_free (rg_tree *tree);

/* The name given to rg_tree_new. */
const char *rg_tree_file (const rg_tree *tree);

/* The node at a path, or NULL. */
const rg_node *rg_tree_find (const rg_tree *tree, const char *path);

/* Whether there is a node at a path. */
bool rg_tree_has (const rg_tree *tree, const char *path);

/* What a node is. */
rg_node_kind rg_node_kind_of (const rg_node *node);

/* Number of entries of a map or a list; 0 for the other kinds. */
size_t rg_node_count (const rg_node *node);

/* Entry i < rg_node_count of a map or a list, in the order of the file. */
const rg_node *rg_node_item (const rg_node *node, size_t i);

/* Key of entry i of a map. */
const char *rg_node_key (const rg_node *map, size_t i);

/* The text of a scalar, without its quotes. */
const char *rg_node_text (const rg_node *node);

/*
 * Whether a scalar is text by its looks: it was quoted, or has characters that
 * no number, word or simple file name has. Such a scalar is never a number.
 */
bool rg_node_quoted (const rg_node *node);

/*
 * Write how a value looks in an error: 20.5, "text", a list, a map, nothing.
 *   out, bytes   [out] buffer; long values are cut
 */
void rg_node_describe (const rg_node *node, char *out, size_t bytes);

/* Whether a text can be written without quotes and read back as the same scalar. */
bool rg_text_is_plain (const char *text);

/* Where a node stands: its origin ("command line", "default" or the file), line and column from 1. */
typedef struct {
    const char *origin;  /* static, or the tree's */
    size_t line;         /* 0: the origin has no lines */
    size_t column;       /* in characters */
} rg_place;

/*
 * Where the node at a path stands, or its nearest ancestor.
 *   key   of a map's entry: the place of the key instead of the value
 */
rg_place rg_tree_place (const rg_tree *tree, const char *path, bool key);

/* --- building: for the parser and the schema only --- */

/*
 * Make a node that belongs to nobody yet.
 *   out    [out] ended with rg_node_free, or given to rg_node_append or rg_tree_put
 *   text   of a scalar, copied; NULL for the other kinds
 * Returns RG_OK, or RG_ENOMEM with *out = NULL.
 */
rg_status rg_node_new (rg_node **out, rg_node_kind kind, const char *text, bool quoted,
                       rg_place place);

/* Free a node that belongs to nobody; NULL is allowed. */
void rg_node_free (rg_node *node);

/*
 * Append an entry; the parent takes it over on success only.
 *   key     of a map's entry, copied; NULL for a list
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_node_append (rg_node *parent, const char *key, rg_place key_place, rg_node *child);

/* Whether a map has a key. */
bool rg_node_has_key (const rg_node *map, const char *key);

/* Exchange the root for a map; the tree takes it over. */
void rg_tree_set_root (rg_tree *tree, rg_node *root);

/*
 * Replace the node at a path or create it, with the maps on the way to it; in a
 * list the position after the last one appends.
 *   node      taken over on success only; NULL removes what is at the path
 *   message   [out] or NULL
 * Returns RG_OK, RG_EINPUT for a path that cannot be (through a scalar, past the
 * end of a list, to a name that no entry has) or RG_ENOMEM; then the tree is unchanged.
 */
rg_status rg_tree_put (rg_tree *tree, const char *path, rg_node *node, rg_place place,
                       rg_message *message);

#endif /* RG_CONFIG_TREE_H */

/* schema.h -- the one table of configuration keys, and the check of a tree against it. */
#ifndef RG_CONFIG_SCHEMA_H
#define RG_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "config/tree.h"

typedef enum {
    RG_KEY_MAP,
    RG_KEY_LIST,              /* of maps, whose keys are the rows under path.* */
    RG_KEY_WHOLES,            /* list of whole numbers */
    RG_KEY_WHOLE,
    RG_KEY_REAL,
    RG_KEY_FLAG,              /* true or false */
    RG_KEY_WORD,              /* one of `words` */
    RG_KEY_PRODUCT,           /* one of `words`, or two of them as a*b */
    RG_KEY_FILE,              /* a file or directory, relative to the config */
    RG_KEY_REAL_OR_FILE,      /* a number, or an .npy file */
    RG_KEY_FRACTION_OR_FILE,  /* a number, a fraction n/d, or an .npy file */
    RG_KEY_BYTES              /* a size: 4 GiB */
} rg_key_kind;

/*
 * One key. A range applies to each number of the key; for RG_KEY_WHOLES `least`
 * is also the least number of entries.
 */
typedef struct {
    const char *path;       /* dotted; * stands for each entry of a list */
    rg_key_kind kind;
    double low, high;       /* inclusive; +-INFINITY: none */
    bool above;             /* low itself is not allowed */
    bool required;          /* where the map around it is there */
    size_t least;           /* least number of entries of a list */
    const char *preset;     /* the default, as YAML; NULL: none, the key may be absent */
    const char *words;      /* "a|b|c" for RG_KEY_WORD and RG_KEY_PRODUCT */
    const char *sentence;   /* what the key means, for the manual */
} rg_key;

/* Row i of the table, or NULL past its end. A map comes before its keys. */
const rg_key *rg_schema_row (size_t i);

/*
 * Write what a key expects: "a whole number ≥ 1".
 *   out, bytes   [out] buffer; always terminated
 */
void rg_schema_expectation (const rg_key *key, char *out, size_t bytes);

/*
 * Check a tree and complete it: unknown keys, missing keys, kinds, ranges and
 * the rules between keys (schema.c); then write the defaults in. What remains
 * for the builder: whether files exist, shapes, and which parts can be combined.
 *   message  [out] "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 20.5"
 * Returns RG_OK; RG_EINPUT with the tree unchanged; or RG_ENOMEM with some
 * defaults written, none wrong.
 */
rg_status rg_schema_check (rg_tree *tree, rg_message *message);

/*
 * Make every file name of a checked tree absolute, so that the tree can be
 * written to another directory.
 * Returns RG_OK, RG_ENOMEM or RG_ESYSTEM (no current directory); then some names are absolute
 * and all still mean the same files.
 */
rg_status rg_schema_anchor (rg_tree *tree, rg_message *message);

#endif /* RG_CONFIG_SCHEMA_H */

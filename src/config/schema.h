/* schema.h -- the one table of configuration keys, and the check of a tree against it. */
#ifndef RG_CONFIG_SCHEMA_H
#define RG_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "config/tree.h"

typedef enum {
    RG_KEY_MAP,
    RG_KEY_LIST,              /* of maps: the row path.* with its keys */
    RG_KEY_WHOLES,            /* list of whole numbers */
    RG_KEY_WORDS,             /* list, each one of `words` */
    RG_KEY_GROUPS,            /* list of lists of names, or an .npy file */
    RG_KEY_WHOLE,
    RG_KEY_REAL,
    RG_KEY_FLAG,              /* true or false */
    RG_KEY_WORD,              /* one of `words` */
    RG_KEY_NAME,              /* a name that the registry has under the kind `words` */
    RG_KEY_PER,               /* one of `words`, or one of them times step */
    RG_KEY_FILE,              /* a file or directory, relative to the config */
    RG_KEY_REAL_OR_FILE,      /* a number, or an .npy file */
    RG_KEY_FRACTION_OR_FILE,  /* a number, a fraction n/d, or an .npy file */
    RG_KEY_BYTES              /* a size: 4 GiB */
} rg_key_kind;

/* Ranges of numbers. */
typedef enum {
    RG_ANY,
    RG_NOT_NEGATIVE,    /* >= 0 */
    RG_POSITIVE,        /* > 0; >= 1 for whole numbers */
    RG_COUNT,           /* 1 ... 2^31 - 1 */
    RG_FRACTION,        /* [0, 1] */
    RG_BELOW_ONE,       /* [0, 1) */
    RG_FRACTION_BITS,   /* 8 ... 51 */
    RG_SECOND_BITS,     /* 24 ... 61 */
    RG_RATIO_BITS,      /* 1 ... 28 */
    RG_LAYERS           /* >= 1, and at least two of them */
} rg_range;

/* One key. */
typedef struct {
    const char *path;       /* dotted; * stands for each entry of a list */
    rg_key_kind kind;
    rg_range range;         /* of the numbers; RG_ANY for the other kinds */
    const char *preset;     /* the default; "{}" makes a map; "!": required where the map around it is
                               there; NULL: none, the key may be absent */
    const char *words;      /* "a|b|c" for RG_KEY_WORD, _WORDS and _PER; the registry's kind for RG_KEY_NAME */
    const char *sentence;   /* what the key means, for the manual */
} rg_key;

/* Row i of the table, or NULL past its end. A map comes before its keys. In schema_table.c. */
const rg_key *rg_schema_row (size_t i);

/*
 * Write what a key expects: "a whole number ≥ 1". In schema_value.c, like the next.
 *   out, bytes   [out] buffer; always terminated
 */
void rg_schema_expectation (const rg_key *key, char *out, size_t bytes);

/* Whether a node is what a key expects; of a list or a map only the node itself, not its entries. */
bool rg_schema_accepts (const rg_key *key, const rg_node *node);

/* The word nearest to `text` among those it may be, for "did you mean"; NULL when none is near. */
const char *rg_schema_nearest_name (const rg_key *key, const char *text, char *out, size_t bytes);

/* Number of insertions, deletions, exchanges and swaps of neighbours between two texts; limit + 1 when more than limit; base/option.h. */
size_t rg_edit_distance (const char *a, const char *b, size_t limit);

/*
 * Check a tree and complete it: unknown keys, missing keys, kinds, ranges and
 * a few rules between keys; then write the defaults in. What remains
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

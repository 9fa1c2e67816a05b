/* fuzz_config.c -- any bytes: parse, check and emit never crash, and what was emitted reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/emit.h"
#include "config/parse.h"
#include "config/schema.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Emit, parse, emit: both texts must be equal. */
static void
round_trip (const rg_tree *tree)
{
    rg_message message;
    rg_tree *again;
    char *first, *second;
    size_t first_bytes, second_bytes;
    if (rg_tree_emit (tree, &first, &first_bytes) != RG_OK)
        abort ();
    if (first_bytes <= RG_TREE_BYTES) {
        if (rg_tree_parse (&again, "again.yaml", first, first_bytes, &message) != RG_OK)
            abort ();
        if (rg_tree_emit (again, &second, &second_bytes) != RG_OK || second_bytes != first_bytes
            || memcmp (first, second, first_bytes) != 0)
            abort ();
        rg_free (second);
        rg_tree_free (again);
    }
    rg_free (first);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rg_message message;
    rg_tree *tree;
    if (rg_tree_parse (&tree, "fuzz.yaml", (const char *) data, size, &message) != RG_OK)
        return 0;
    round_trip (tree);
    if (size < 200) { /* the same bytes as the value of a key */
        char assignment[256] = "outer.penalty=";
        memcpy (assignment + strlen (assignment), data, size);
        if (rg_tree_set (tree, assignment, &message) == RG_OK)
            round_trip (tree);
    }
    rg_values values;
    if (rg_schema_read (tree, 0, &values, &message) == RG_OK) {
        rg_schema_clear (&values);
        if (rg_schema_read (tree, 0, &values, &message) != RG_OK || rg_schema_anchor (tree, &message) != RG_OK)
            abort ();
        rg_schema_clear (&values);
        round_trip (tree);
    }
    rg_tree_free (tree);
    return 0;
}

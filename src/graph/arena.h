/* arena.h -- where arrays lie in one block of memory, those that live at different times in one place. */
#ifndef RG_GRAPH_ARENA_H
#define RG_GRAPH_ARENA_H

#include <stdbool.h>
#include <stddef.h>


enum { RG_ALWAYS = -1 }; /* a span that lives as long as the arena */

/* An array: its bytes, when it is first written and last read, where it lies. */
typedef struct {
    size_t bytes;
    long birth, death; /* death RG_ALWAYS: it never ends */
    size_t at;         /* [out] from the start of the arena; no matter what, where there are no bytes */
} rg_span;

/*
 * Place spans, each on a cache line.
 *   bytes   [out] of the arena, more than 0
 * Returns false where the size has no number.
 */
bool rg_arena_place (size_t spans, rg_span *span, size_t *bytes);

/* A span of so many things; its bytes are SIZE_MAX where they have no number, and then it is not placed. */
rg_span rg_arena_span (size_t count, size_t size, long birth, long death);

#endif /* RG_GRAPH_ARENA_H */

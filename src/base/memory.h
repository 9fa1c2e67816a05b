/* memory.h -- aligned allocation whose failures can be rehearsed. */
#ifndef RG_BASE_MEMORY_H
#define RG_BASE_MEMORY_H

#include <stddef.h>

/* Every block is aligned to this many bytes (a cache line, a 512-bit vector). */
enum { RG_ALIGNMENT = 64 };

/*
 * Allocate count * size bytes, zeroed.
 *   count, size   count * size may be 0: a valid pointer to nothing is returned
 * Returns the block, ended with rg_free; or NULL when out of memory, when
 * count * size overflows, or when a rehearsed failure is due.
 */
void *rg_calloc (size_t count, size_t size);

/* The same without zeroing. */
void *rg_malloc (size_t count, size_t size);

/*
 * Enlarge a block that holds `used` bytes worth keeping.
 * Returns the new block, or NULL with the old one untouched.
 */
void *rg_grow (void *block, size_t used, size_t count, size_t size);

/* Copy a string, NULL in, NULL out; ended with rg_free. NULL too when out of memory. */
char *rg_strdup (const char *text);

/* Free a block; NULL is allowed. */
void rg_free (void *block);

/*
 * Let the k-th allocation from now fail (k = 0: the next), once; a negative k
 * ends the rehearsal. For tests; the count is shared by all threads.
 */
void rg_memory_fail_at (long k);

/* Whether the rehearsed failure has happened since rg_memory_fail_at. */
int rg_memory_failed (void);

#endif /* RG_BASE_MEMORY_H */

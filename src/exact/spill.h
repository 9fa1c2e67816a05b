/* spill.h -- a stack of words in linked chunks of one size, never copied when it grows. */
#ifndef RG_EXACT_SPILL_H
#define RG_EXACT_SPILL_H

#include <stddef.h>

#include <retrograde/status.h>

/* Bytes of words in a chunk, so that a chunk is a page; a whole number of words of any size up to 64. */
enum { RG_SPILL_CHUNK = 4032 };

typedef struct rg_spill_chunk rg_spill_chunk;

/* A stack of bytes. All zero is an empty one. The fields are for this module. */
typedef struct {
    rg_spill_chunk *top;   /* NULL or 1 .. RG_SPILL_CHUNK bytes of it are in use */
    rg_spill_chunk *spare; /* an empty chunk kept at hand, or NULL */
    size_t used;           /* bytes in use in the top chunk */
    size_t length;         /* bytes in all */
} rg_spill;

/* Drop all and free all; the stack is empty again. */
void rg_spill_clear (rg_spill *spill);

/*
 * Push a block of bytes; what stands last in it becomes the top.
 * Returns RG_OK, or RG_ENOMEM with the stack unchanged.
 */
rg_status rg_spill_push (rg_spill *spill, const void *data, size_t bytes);

/*
 * Copy the top of the stack without taking it.
 *   out    [out] in the order pushed, the top last
 *   bytes  as many as wanted; returns how many there were, at most that
 */
size_t rg_spill_peek (const rg_spill *spill, void *out, size_t bytes);

/* Take the top `bytes` off, at most the length. */
void rg_spill_drop (rg_spill *spill, size_t bytes);

/* Copy the whole stack, the bottom first, to a block of spill->length bytes. */
void rg_spill_copy (const rg_spill *spill, void *out);

/* Memory held, in bytes. */
size_t rg_spill_held (const rg_spill *spill);

#endif /* RG_EXACT_SPILL_H */

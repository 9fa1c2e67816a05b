/* spill.h -- a stack of words in linked chunks of one size, never copied when it grows; the oldest may be in a file. */
#ifndef RG_EXACT_SPILL_H
#define RG_EXACT_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

/* Bytes of words in a chunk, so that a chunk is a page; a whole number of words of any size up to 64. */
enum { RG_SPILL_CHUNK = 4032 };

typedef struct rg_spill_chunk rg_spill_chunk;

/*
 * A stack of bytes, byte 0 the oldest. All zero is an empty one. Chunks begin at multiples of
 * their size. In memory are the bytes start .. length - 1; the functions here see no others, and
 * buffer_spill.h moves them. The fields are for that module and this one.
 */
typedef struct {
    rg_spill_chunk *top, *bottom; /* NULL where nothing is in memory */
    rg_spill_chunk *spare;        /* an empty chunk kept at hand, or NULL */
    size_t chunks;                /* from bottom to top */
    size_t used;                  /* bytes of the top chunk up to the top of the stack */
    size_t length;                /* bytes in all */
    size_t start, filed;          /* bytes 0 .. start - 1 are in the file only, 0 .. filed - 1 in the file */
    uint64_t block, below;        /* the file's newest block with bytes of this stack, and that before it; 0: none */
    size_t block_start;           /* the first byte in it; it is out of date from `filed` on */
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
 *   bytes  as many as wanted; returns how many there were in memory, at most that
 */
size_t rg_spill_peek (const rg_spill *spill, void *out, size_t bytes);

/* Take the top `bytes` off, at most those in memory. */
void rg_spill_drop (rg_spill *spill, size_t bytes);

/* Copy the whole stack, all of it in memory, the bottom first, to a block of spill->length bytes. */
void rg_spill_copy (const rg_spill *spill, void *out);

/* Copy bytes from .. from + bytes - 1, all of them in memory. */
void rg_spill_copy_part (const rg_spill *spill, size_t from, size_t bytes, void *out);

/* Free the chunks all of whose bytes are before `end`, but for the top one. */
void rg_spill_free_below (rg_spill *spill, size_t end);

/*
 * Put the bytes start - bytes .. start - 1 back into memory.
 * Returns RG_OK; or RG_ENOMEM with some of them in memory.
 */
rg_status rg_spill_put_below (rg_spill *spill, const void *data, size_t bytes);

/* Memory held, in bytes. */
size_t rg_spill_held (const rg_spill *spill);

#endif /* RG_EXACT_SPILL_H */

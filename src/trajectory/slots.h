/* slots.h -- numbered places for blocks of bytes, the first of them on disk. */
#ifndef RG_TRAJECTORY_SLOTS_H
#define RG_TRAJECTORY_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

typedef struct rg_slots rg_slots;

/*
 * Make a store; no file is opened before it is needed.
 *   count      slots
 *   on_disk    slots 0 .. on_disk - 1 are in a file without a name, gone when the process ends
 *   directory  where that file is; NULL: the system's for temporary files; copied
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_slots_new (rg_slots **out, size_t count, size_t on_disk, const char *directory);
void rg_slots_free (rg_slots *slots);

/*
 * Where to put a block of some size; it is in the slot after rg_slots_close_put only.
 * Returns RG_OK, RG_ENOMEM or RG_ESYSTEM with a sentence.
 */
rg_status rg_slots_open_put (rg_slots *slots, size_t slot, size_t bytes, void **block, rg_message *message);
rg_status rg_slots_close_put (rg_slots *slots, size_t slot, rg_message *message);

/*
 * A slot's block, valid until the next call. What comes from disk is compared with its XXH3 digest.
 * Returns RG_OK or RG_ESYSTEM with a sentence.
 */
rg_status rg_slots_get (rg_slots *slots, size_t slot, const void **block, size_t *bytes, rg_message *message);

/* The most memory and disk that the blocks held, in bytes. */
size_t rg_slots_bytes (const rg_slots *slots);
size_t rg_slots_disk_bytes (const rg_slots *slots);

/* What the store itself takes. */
size_t rg_slots_overhead (size_t count);

#endif /* RG_TRAJECTORY_SLOTS_H */

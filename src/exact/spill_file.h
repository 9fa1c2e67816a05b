/* spill_file.h -- a file of blocks that are only ever appended: where the words of entropy buffers go. */
#ifndef RG_EXACT_SPILL_FILE_H
#define RG_EXACT_SPILL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

typedef struct rg_spill_file rg_spill_file;

/*
 * Layout, in the byte order of the machine: "RGWORDS1", then blocks: XXH3 of the rest of the block, seeded
 * with its offset; number of the stack; bytes; the stack's byte that is its first; offset of the block
 * before it of the same stack, 0: none (8 bytes each); the bytes.
 */
typedef struct {
    uint64_t checksum, stack, bytes, start, below;
} rg_spill_header;
_Static_assert (sizeof (rg_spill_header) == 5 * 8, "the file holds 8-byte numbers");

/*
 * Make one; no file is opened before it is needed.
 *   path        a file that is kept, and is there or not; neither it nor its directory may be a link; NULL: one without a name
 *   directory   of the file without a name; NULL: the system's for temporary files; not used with a path
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_spill_file_new (rg_spill_file **out, const char *path, const char *directory);

/* Close; a kept file stays. NULL is allowed. */
void rg_spill_file_free (rg_spill_file *file);

/*
 * Let this object be one of several, of as many processes, that append to one kept file; before it is opened. Each
 * writes pieces of RG_SPILL_EXTENT bytes of its own, so that none needs to ask the others; what is between them is a hole.
 * Once the file is reopened, each reads the blocks of all.
 *   index  0 ... count - 1; 0 makes the file
 */
void rg_spill_file_spread (rg_spill_file *file, size_t index, size_t count);

/*
 * One of several: make the file now, or (index > 0) open what index 0 has made.
 * Returns RG_OK; RG_EINPUT where it is not there, or another file; RG_ESYSTEM.
 */
rg_status rg_spill_file_open (rg_spill_file *file, rg_message *message);

/* Bytes in a block at most: 32 chunks of a stack. */
enum { RG_SPILL_BLOCK = 32 * 4032, RG_SPILL_EXTENT = 1 << 20 };

/* The place for the bytes of the next block to be appended, or of the last one read. */
void *rg_spill_file_data (const rg_spill_file *file);

/*
 * Append the block whose bytes are at rg_spill_file_data.
 *   offset  [out] of the block
 * Returns RG_OK; RG_ESYSTEM with the file as it was; RG_ENOMEM.
 */
rg_status rg_spill_file_append (rg_spill_file *file, const rg_spill_header *header, uint64_t *offset,
                                rg_message *message);

/*
 * Read a block of a stack to rg_spill_file_data, and check it.
 * Returns RG_OK; RG_EINPUT where it is not such a block, or damaged; RG_ESYSTEM.
 */
rg_status rg_spill_file_read (rg_spill_file *file, uint64_t offset, uint64_t stack, rg_spill_header *header,
                              rg_message *message);

/* Wait until all is on the disk. Returns RG_OK or RG_ESYSTEM. */
rg_status rg_spill_file_sync (rg_spill_file *file, rg_message *message);

/*
 * Open the kept file as it was with so many bytes (of several: the most of them); what came after is cut off, by index 0 if
 * they are several, and they go on behind it.
 * Returns RG_OK; RG_EINPUT where it is shorter or of another kind; RG_ESYSTEM.
 */
rg_status rg_spill_file_reopen (rg_spill_file *file, uint64_t bytes, rg_message *message);

/* Where the file ends, 0 before it is opened; of several: where this one's last block does. */
uint64_t rg_spill_file_bytes (const rg_spill_file *file);

/* Bytes that this object wrote, and (index 0) found there. */
uint64_t rg_spill_file_written (const rg_spill_file *file);

#endif /* RG_EXACT_SPILL_FILE_H */

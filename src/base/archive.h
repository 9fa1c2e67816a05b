/* archive.h -- a file of parts, written at once, with a checksum over everything. */
#ifndef RG_BASE_ARCHIVE_H
#define RG_BASE_ARCHIVE_H

#include <retrograde/keeper.h>

#include "base/entry.h"

enum { RG_ARCHIVE_MAGIC = 8, RG_ARCHIVE_IDENTITY = 248 };

/*
 * Layout, numbers in the byte order of the machine: magic (8 bytes, of which trailing digits are the version), identity (248),
 * number of parts, the bytes of each (8 each), the parts, the checksum (8): XXH3 of each stretch of at most 1 MiB of what is
 * before it, header, sizes and parts apart, seeded with that of the stretch before.
 *
 * Write to NAME.new, which is made anew, wait until it is on the disk, rename.
 *   identity  text of at most RG_ARCHIVE_IDENTITY - 1 bytes: who wrote it
 * Returns RG_OK; RG_ESYSTEM with what was there untouched; RG_ERANGE for too many parts or too long a name.
 */
rg_status rg_archive_write (const rg_entry *entry, const char *magic, const char *identity, const rg_span *parts,
                            size_t count, rg_message *message);

typedef struct rg_archive rg_archive;

/*
 * Open one and check all of it.
 * Returns RG_OK; RG_EINPUT (a link, another magic, another version by its number, damaged); RG_ESYSTEM; RG_ENOMEM.
 */
rg_status rg_archive_open (rg_archive **out, const rg_entry *entry, const char *magic, rg_message *message);
void rg_archive_close (rg_archive *archive);

const char *rg_archive_identity (const rg_archive *archive);
size_t rg_archive_parts (const rg_archive *archive);
uint64_t rg_archive_bytes (const rg_archive *archive, size_t part);

/* Read a part. Returns RG_OK or RG_ESYSTEM. */
rg_status rg_archive_read (const rg_archive *archive, size_t part, void *out, rg_message *message);

#endif /* RG_BASE_ARCHIVE_H */

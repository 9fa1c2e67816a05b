/* replace.h -- a file of several pieces, whole or not at all. */
#ifndef RG_BASE_REPLACE_H
#define RG_BASE_REPLACE_H

#include <stddef.h>

#include "base/entry.h"

/* A piece of a file. */
typedef struct {
    const void *data;
    size_t bytes;
} rg_piece;

/*
 * Write pieces one after the other to a temporary name in the same folder, fsync, rename: under its name there is at any time
 * the old file or the new one. A link of that name is replaced, not followed.
 * Returns RG_OK, RG_ENOMEM or RG_ESYSTEM.
 */
rg_status rg_replace (const rg_entry *entry, const rg_piece *pieces, size_t count, rg_message *message);

#endif /* RG_BASE_REPLACE_H */

/* snapshot.h -- one file to go on from: versioned, with length and checksum. */
#ifndef RG_STUDY_SNAPSHOT_H
#define RG_STUDY_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

/*
 * Layout, in the byte order of the machine: magic "RGSNAP01" (8 bytes), iteration, outer steps,
 * number of values, number of memories (8 bytes each), the values and memories (8 bytes each),
 * XXH3 of all before (8 bytes).
 */
typedef struct {
    uint64_t iteration, outer_steps, values_size, memory_size;
    double *values, *memory; /* the caller's arrays */
} rg_snapshot;

/* Write to a temporary name, fsync, rename. */
rg_status rg_snapshot_write (const char *path, const rg_snapshot *snapshot, rg_message *message);

/*
 * Read into arrays of the given sizes.
 * Returns RG_OK; RG_EINPUT for a file that is damaged, or of other sizes; RG_ESYSTEM where it cannot be read; RG_ENOMEM.
 */
rg_status rg_snapshot_read (const char *path, rg_snapshot *snapshot, rg_message *message);

#endif /* RG_STUDY_SNAPSHOT_H */

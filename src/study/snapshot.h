/* snapshot.h -- one file to go on from: versioned, with length and checksum. */
#ifndef RG_STUDY_SNAPSHOT_H
#define RG_STUDY_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

/*
 * Layout, in the byte order of the machine: magic "RGSNAP02" (8 bytes), iteration, outer steps,
 * number of values, number of memories, number of best values, best meta-iteration, its value (8 bytes each), the values, memories
 * and best values (8 bytes each), XXH3 of all before (8 bytes).
 */
typedef struct {
    uint64_t iteration, outer_steps, values_size, memory_size;
    uint64_t best_size;              /* values_size, or 0 where there is no best yet */
    uint64_t best_iteration;
    double best_value;
    double *values, *memory, *best;  /* the caller's arrays */
} rg_snapshot;

/* Write to a temporary name, fsync, rename. */
rg_status rg_snapshot_write (const char *path, const rg_snapshot *snapshot, rg_message *message);

/*
 * Read into arrays of the given sizes; `best` is of values_size, and best_size is set.
 * Returns RG_OK; RG_EINPUT for a file that is damaged, or of other sizes; RG_ESYSTEM where it cannot be read; RG_ENOMEM.
 */
rg_status rg_snapshot_read (const char *path, rg_snapshot *snapshot, rg_message *message);

#endif /* RG_STUDY_SNAPSHOT_H */

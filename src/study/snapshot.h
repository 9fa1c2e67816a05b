/* snapshot.h -- one file to go on from at the start of a meta-iteration. */
#ifndef RG_STUDY_SNAPSHOT_H
#define RG_STUDY_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

#include "base/entry.h"

/*
 * An archive (base/archive.h) of magic "RGSNAP04", in which the parts are: iteration, outer steps, best iteration and its value
 * (base/record.h: 8 bytes each); values; memory; best values (all doubles); what the caller carries along.
 */
typedef struct {
    uint64_t iteration, outer_steps, values_size, memory_size;
    uint64_t best_size;              /* values_size, or 0 where there is no best yet */
    uint64_t best_iteration;
    double best_value;
    double *values, *memory, *best;  /* the caller's arrays */
    void *carried;                   /* write: the caller's; read: allocated, ended with rg_free; NULL where there is none */
    uint64_t carried_bytes;
} rg_snapshot;

/* Write to a temporary name, fsync, rename. */
rg_status rg_snapshot_write (const rg_entry *entry, const rg_snapshot *snapshot, rg_message *message);

/*
 * Read into arrays of the given sizes; `best` is of values_size, and best_size is set. Each number is checked.
 *   lines  of the journal: the snapshot's iteration can be no more
 * Returns RG_OK; RG_EINPUT for a file that is damaged, of another version or other sizes, or with a number out of its range;
 * RG_EUNSUPPORTED for one made where the bits are others; RG_ESYSTEM where it cannot be read; RG_ENOMEM.
 */
rg_status rg_snapshot_read (const rg_entry *entry, uint64_t lines, rg_snapshot *snapshot, rg_message *message);

#endif /* RG_STUDY_SNAPSHOT_H */

/* study.c -- the directory of a study; see retrograde/study.h. */
#include <retrograde/study.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "study/snapshot.h"
#include "study/study_parts.h"
#include "study/values.h"

static rg_status
study_new (rg_study **out, const char *directory, rg_message *message)
{
    *out = NULL;
    if (strlen (directory) + 300 > RG_STUDY_PATH)
        return rg_fail (message, RG_EINPUT, "the study's path is longer than %d bytes", RG_STUDY_PATH - 300);
    rg_study *study = rg_calloc (1, sizeof *study);
    char *copy = rg_strdup (directory);
    if (study == NULL || copy == NULL) {
        rg_free (study);
        rg_free (copy);
        return rg_fail (message, RG_ENOMEM, "out of memory for the study");
    }
    *study = (rg_study) { .directory = copy, .folder = { -1, -1, -1, -1, -1 }, .journal = -1 };
    *out = study;
    return RG_OK;
}

void
rg_study_free (rg_study *study)
{
    if (study == NULL)
        return;
    if (study->journal >= 0)
        close (study->journal);
    rg_study_close_folders (study);
    rg_free (study->directory);
    rg_free (study->best_values);
    rg_free (study->words);
    rg_free (study->carried);
    rg_free (study);
}

rg_status
rg_study_create (rg_study **out, const char *directory, const rg_origin *origin, rg_message *message)
{
    rg_study *study;
    rg_status status = study_new (&study, directory, message);
    *out = NULL;
    if (status != RG_OK)
        return status;
    status = rg_study_make_folders (study, message);
    if (status == RG_OK) {
        status = rg_origin_write (study, origin, message);
        if (status == RG_OK)
            status = rg_journal_open (study, 1, message);
        if (status != RG_OK)
            rg_study_remove (study);
    }
    if (status != RG_OK) {
        rg_study_free (study);
        return status;
    }
    rg_study_sync_folders (study);
    *out = study;
    return RG_OK;
}

static const char *const snapshots[] = { "next", "last", "previous" };

/*
 * Read the newest good snapshot.
 *   found    [out] whether there is any, good or not
 *   message  [out] on success empty, or what was passed over
 */
static rg_status
read_newest (const rg_study *study, rg_snapshot *snapshot, int *found, rg_message *message)
{
    char path[RG_STUDY_PATH];
    const uint64_t lines = rg_journal_lines (study);
    rg_message first = { "" }, last = { "" };
    rg_status status = RG_EINPUT;
    *found = 0;
    for (size_t i = 0; status == RG_EINPUT && i < RG_STUDY_NAMES; i++) {
        const rg_entry entry = rg_study_entry (study, RG_IN_SNAPSHOTS, snapshots[i], path);
        if (!rg_entry_is_there (&entry)) {
            if (i == RG_STUDY_LAST && !*found)
                rg_fail (&first, RG_OK, "%s: the snapshot is missing", path);
            continue;
        }
        status = rg_snapshot_read (&entry, lines, snapshot, &last);
        if (status == RG_OK && first.text[0] != '\0')
            rg_fail (message, RG_OK, "%s; going on from %s", first.text, path);
        if (first.text[0] == '\0')
            first = last;
        *found = 1;
    }
    if (*found && status != RG_OK && message != NULL)
        *message = last;
    return status;
}

/* Put a snapshot in force; what it holds that was allocated becomes the study's. */
static rg_status
take (rg_study *study, rg_snapshot *s, rg_hyper *hyper, rg_outer *outer, rg_message *message)
{
    memcpy (rg_hyper_values (hyper), s->values, s->values_size * sizeof *s->values);
    rg_outer_load (outer, s->memory, s->outer_steps);
    if (s->best_size > 0) {
        study->best = (rg_best) { 1, s->best_iteration, s->best_value };
        study->best_values = s->best;
        s->best = NULL;
    }
    study->carried = s->carried;
    study->carried_bytes = s->carried_bytes;
    return rg_hyper_update (hyper, message);
}

static rg_status
read_snapshot (rg_study *study, rg_hyper *hyper, rg_outer *outer, uint64_t *iteration, rg_message *message)
{
    const size_t values = rg_hyper_size (hyper), memory = rg_outer_state_size (outer);
    rg_snapshot snapshot = { .values_size = values, .memory_size = memory, .values = rg_calloc (values, sizeof (double)),
                             .memory = rg_calloc (memory, sizeof (double)), .best = rg_calloc (values, sizeof (double)) };
    int found = 0;
    rg_status status = snapshot.values == NULL || snapshot.memory == NULL || snapshot.best == NULL
        ? rg_fail (message, RG_ENOMEM, "out of memory") : read_newest (study, &snapshot, &found, message);
    *iteration = 0;
    if (status == RG_OK) {
        *iteration = snapshot.iteration;
        status = take (study, &snapshot, hyper, outer, message);
    } else if (!found && status == RG_EINPUT)
        status = RG_OK;
    rg_free (snapshot.values);
    rg_free (snapshot.memory);
    rg_free (snapshot.best);
    return status;
}

rg_status
rg_study_read_memory (const char *directory, rg_hyper *hyper, rg_outer *outer, rg_message *message)
{
    rg_study *study;
    rg_message passed_over = { "" };
    const size_t size = rg_hyper_size (hyper);
    rg_snapshot s = { .values_size = size, .memory_size = rg_outer_state_size (outer), .values = rg_calloc (size, sizeof (double)),
                      .memory = rg_calloc (rg_outer_state_size (outer), sizeof (double)), .best = rg_calloc (size, sizeof (double)) };
    int found = 0;
    rg_status status = study_new (&study, directory, message);
    if (status == RG_OK && (s.values == NULL || s.memory == NULL || s.best == NULL))
        status = rg_fail (message, RG_ENOMEM, "out of memory");
    if (status == RG_OK)
        status = rg_study_open_folders (study, message);
    if (status == RG_OK && (status = read_newest (study, &s, &found, &passed_over)) != RG_OK)
        rg_fail (message, status, "%s", found ? passed_over.text : "there is no snapshot");
    if (status == RG_OK)
        rg_outer_load (outer, s.memory, s.outer_steps);
    rg_free (s.values);
    rg_free (s.memory);
    rg_free (s.best);
    rg_free (status == RG_OK ? s.carried : NULL);
    rg_study_free (study);
    return status;
}

/* The directories, what the study was begun with, and its newest good snapshot. */
static rg_status
open_study (rg_study *study, const rg_origin *origin, rg_message *message)
{
    rg_status status = rg_study_open_folders (study, message);
    if (status == RG_OK)
        status = rg_origin_compare (study, origin, message);
    return status == RG_OK ? rg_study_check_folders (study, message) : status;
}

rg_status
rg_study_resume (rg_study **out, const char *directory, const rg_origin *origin, rg_hyper *hyper, rg_outer *outer,
                 uint64_t *iteration, rg_message *message)
{
    rg_study *study;
    rg_status status = study_new (&study, directory, message);
    *out = NULL;
    if (status != RG_OK)
        return status;
    rg_fail (message, RG_OK, "%s", "");
    status = open_study (study, origin, message);
    for (int what = 0; what < RG_KEPT; what++)
        study->maybe_kept[what] = 1;
    if (status == RG_OK)
        status = rg_journal_open (study, 0, message);
    if (status == RG_OK)
        status = read_snapshot (study, hyper, outer, iteration, message);
    if (status == RG_OK)
        status = rg_journal_cut (study, *iteration, message);
    if (status == RG_OK) {
        rg_values_clean (study, RG_IN_HYPER);
        rg_values_clean (study, RG_IN_BEST);
        rg_values_clean (study, RG_IN_LAST);
    }
    study->best_moved = study->best.known;
    if (status == RG_OK && *iteration > 0) /* the process may have ended between a snapshot and its arrays */
        status = rg_values_write (study, RG_IN_HYPER, hyper, message);
    if (status != RG_OK) {
        rg_study_free (study);
        return status;
    }
    *out = study;
    return RG_OK;
}

rg_status
rg_study_follow (rg_study **out, const char *directory, int resume, const rg_origin *origin, rg_hyper *hyper, rg_outer *outer,
                 uint64_t *iteration, rg_message *message)
{
    rg_study *study;
    rg_status status = study_new (&study, directory, message);
    *out = NULL;
    *iteration = 0;
    if (status != RG_OK)
        return status;
    study->follows = 1;
    if (resume)
        status = open_study (study, origin, message);
    if (resume && status == RG_OK)
        status = read_snapshot (study, hyper, outer, iteration, message);
    if (status != RG_OK) {
        rg_study_free (study);
        return status;
    }
    *out = study;
    return RG_OK;
}

static rg_status
write_snapshot (const rg_study *study, const rg_snapshot *snapshot, rg_message *message)
{
    char path[RG_STUDY_PATH];
    const rg_entry entry = rg_study_entry (study, RG_IN_SNAPSHOTS, snapshots[RG_STUDY_NEXT], path);
    const rg_status status = rg_snapshot_write (&entry, snapshot, message);
    return status == RG_OK ? rg_study_rotate (study, snapshots, message) : status;
}

/* DIR/best, where it is behind. */
static rg_status
write_best (rg_study *study, const rg_hyper *hyper, rg_message *message)
{
    rg_hyper *best;
    if (!study->best_moved)
        return RG_OK;
    rg_status status = rg_hyper_copy (&best, hyper);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for the best hyperparameters");
    status = rg_study_recall (study, best, message);
    if (status == RG_OK)
        status = rg_values_write (study, RG_IN_BEST, best, message);
    rg_hyper_free (best);
    study->best_moved = status != RG_OK;
    return status;
}

rg_status
rg_study_save (rg_study *study, rg_hyper *hyper, const rg_outer *outer, uint64_t iteration, rg_message *message)
{
    if (study->follows)
        return RG_OK;
    double *memory = rg_calloc (rg_outer_state_size (outer), sizeof *memory);
    if (memory == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the snapshot");
    rg_outer_save (outer, memory);
    const rg_snapshot snapshot = { iteration, rg_outer_steps (outer), rg_hyper_size (hyper),
                                   rg_outer_state_size (outer), study->best.known ? rg_hyper_size (hyper) : 0,
                                   study->best.iteration, study->best.value, rg_hyper_values (hyper), memory,
                                   study->best_values, (void *) (uintptr_t) study->to_carry, study->to_carry_bytes };
    rg_status status = rg_journal_sync (study, message);
    if (status == RG_OK)
        status = write_snapshot (study, &snapshot, message);
    rg_free (memory);
    if (status == RG_OK)
        status = write_best (study, hyper, message);
    return status == RG_OK ? rg_values_write (study, RG_IN_HYPER, hyper, message) : status;
}

void
rg_study_carry (rg_study *study, const void *data, size_t bytes)
{
    study->to_carry = data;
    study->to_carry_bytes = bytes;
}

const void *
rg_study_carried (const rg_study *study, size_t *bytes)
{
    *bytes = study->carried_bytes;
    return study->carried;
}

rg_status
rg_study_note (rg_study *study, rg_hyper *hyper, uint64_t iteration, double value, rg_message *message)
{
    if (isnan (value) || (study->best.known && value >= study->best.value))
        return RG_OK;
    const size_t size = rg_hyper_size (hyper);
    if (study->best_values == NULL && (study->best_values = rg_malloc (size, sizeof *study->best_values)) == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the best hyperparameters");
    if (size > 0)
        memcpy (study->best_values, rg_hyper_values (hyper), size * sizeof *study->best_values);
    study->best = (rg_best) { 1, iteration, value };
    study->best_moved = 1;
    return RG_OK;
}

rg_best
rg_study_best (const rg_study *study)
{
    return study->best;
}

rg_status
rg_study_recall (const rg_study *study, rg_hyper *hyper, rg_message *message)
{
    if (!study->best.known)
        return RG_OK;
    if (rg_hyper_size (hyper) > 0)
        memcpy (rg_hyper_values (hyper), study->best_values, rg_hyper_size (hyper) * sizeof *study->best_values);
    return rg_hyper_update (hyper, message);
}

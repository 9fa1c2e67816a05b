/* study.c -- the directory of a study; see retrograde/study.h. */
#include <retrograde/study.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <retrograde/data.h>

#include "base/archive.h"
#include "base/memory.h"
#include "study/snapshot.h"
#include "study/study_parts.h"
#include "study/values.h"

enum { PATH_SIZE = RG_STUDY_PATH };

const char *
rg_study_path (char out[PATH_SIZE], const rg_study *study, const char *name)
{
    snprintf (out, PATH_SIZE, "%s/%s", study->directory, name);
    return out;
}

rg_status
rg_study_fails (rg_message *message, const char *what, const char *path)
{
    return rg_fail (message, RG_ESYSTEM, "%s: cannot %s: %s", path, what, strerror (errno));
}

static rg_status
study_new (rg_study **out, const char *directory, rg_message *message)
{
    *out = NULL;
    if (strlen (directory) + 300 > PATH_SIZE)
        return rg_fail (message, RG_EINPUT, "the study's path is longer than %d bytes", PATH_SIZE - 300);
    rg_study *study = rg_calloc (1, sizeof *study);
    char *copy = rg_strdup (directory);
    if (study == NULL || copy == NULL) {
        rg_free (study);
        rg_free (copy);
        return rg_fail (message, RG_ENOMEM, "out of memory for the study");
    }
    *study = (rg_study) { .directory = copy, .journal = -1 };
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
    rg_free (study->directory);
    rg_free (study->best_values);
    rg_free (study->words);
    rg_free (study->carried);
    rg_free (study);
}

static rg_status
write_config (const rg_study *study, const char *config, rg_message *message)
{
    char path[PATH_SIZE];
    FILE *file = fopen (rg_study_path (path, study, "config.yaml"), "we");
    if (file == NULL)
        return rg_study_fails (message, "create", path);
    const int failed = fputs (config, file) == EOF || fflush (file) != 0 || fsync (fileno (file)) != 0;
    const int error = errno;
    if ((fclose (file) != 0) | failed) {
        errno = failed ? error : errno;
        return rg_study_fails (message, "write", path);
    }
    return RG_OK;
}

/* Take back what a creation that failed has made. */
static void
remove_all (const rg_study *study)
{
    static const char *const names[] = { "journal.jsonl", "config.yaml", "snapshots", "hyper", "best" };
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove (rg_study_path (path, study, names[i]));
    remove (study->directory);
}

rg_status
rg_study_create (rg_study **out, const char *directory, const char *config, rg_message *message)
{
    rg_study *study;
    rg_status status = study_new (&study, directory, message);
    *out = NULL;
    if (status != RG_OK)
        return status;
    char path[PATH_SIZE];
    if (mkdir (directory, 0777) != 0) {
        const int exists = errno == EEXIST, holds_one = exists && access (rg_study_path (path, study, "config.yaml"), F_OK) == 0;
        status = !exists ? rg_study_fails (message, "create", directory)
            : holds_one  ? rg_fail (message, RG_EINPUT, "%s: the study exists; go on with it by --resume, or choose another by "
                                    "--study DIR", directory)
                         : rg_fail (message, RG_EINPUT, "%s: this exists, and holds no study; remove it, or choose another place "
                                    "by --study DIR", directory);
        rg_study_free (study);
        return status;
    }
    if (mkdir (rg_study_path (path, study, "snapshots"), 0777) != 0
             || mkdir (rg_study_path (path, study, "hyper"), 0777) != 0 || mkdir (rg_study_path (path, study, "best"), 0777) != 0)
        status = rg_study_fails (message, "create", path);
    if (status == RG_OK)
        status = write_config (study, config, message);
    if (status == RG_OK)
        status = rg_journal_open (study, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, message);
    if (status != RG_OK) {
        remove_all (study);
        rg_study_free (study);
        return status;
    }
    *out = study;
    return RG_OK;
}

/*
 * The next line of a text that matters, without its end, and go behind it; NULL at the end. Keys that change what
 * a study takes but not what it finds may change: threads, memory, snapshots, where files are put.
 */
static const char *
next_line (const char **text, size_t *length)
{
    static const char *const free_keys[] = { "threads:", "memory:", "snapshots:", "study:", "  spill_directory:", "  slot_directory:" };
    int skipping = 0;
    while (**text != '\0') {
        const char *line = *text;
        *length = strcspn (line, "\n");
        *text += *length + (line[*length] == '\n');
        if (skipping && line[0] == ' ')
            continue;
        skipping = 0;
        int skipped = 0;
        for (size_t i = 0; i < sizeof free_keys / sizeof *free_keys; i++)
            skipped |= strncmp (line, free_keys[i], strlen (free_keys[i])) == 0;
        skipping = skipped && line[0] != ' ';
        if (!skipped)
            return line;
    }
    return NULL;
}

/* The first line in which two texts differ. */
static rg_status
compare_texts (const char *path, const char *before, const char *now, rg_message *message)
{
    for (;;) {
        size_t a, b;
        const char *was = next_line (&before, &a), *is = next_line (&now, &b);
        if (was == NULL && is == NULL)
            return RG_OK;
        if (was == NULL || is == NULL || a != b || memcmp (was, is, a) != 0)
            return rg_fail (message, RG_EINPUT,
                            "%s: the study was begun with another configuration: `%.*s`, not `%.*s`", path, was == NULL ? 0 : (int) (a < 80 ? a : 80), was == NULL ? "" : was,
                            is == NULL ? 0 : (int) (b < 80 ? b : 80), is == NULL ? "" : is);
    }
}

/* Whether config.yaml holds this text, but for what may change. */
static rg_status
compare_config (const rg_study *study, const char *config, rg_message *message)
{
    char path[PATH_SIZE];
    FILE *file = fopen (rg_study_path (path, study, "config.yaml"), "re");
    if (file == NULL)
        return rg_fail (message, RG_EINPUT, "%s: there is no study to go on with (%s: %s)", study->directory, path,
                        strerror (errno));
    char *text = NULL;
    size_t used = 0;
    for (size_t read = 1; read > 0; used += read) {
        char *longer = rg_grow (text, used, used + PATH_SIZE + 1, 1);
        if (longer == NULL) {
            rg_free (text);
            fclose (file);
            return rg_fail (message, RG_ENOMEM, "out of memory for the study");
        }
        text = longer;
        read = fread (text + used, 1, PATH_SIZE, file);
    }
    text[used] = '\0';
    fclose (file);
    const rg_status status = compare_texts (path, text, config, message);
    rg_free (text);
    return status;
}

static const char *const snapshots[] = { "snapshots/next", "snapshots/last", "snapshots/previous" };

static rg_status
read_snapshot (rg_study *study, rg_hyper *hyper, rg_outer *outer, uint64_t *iteration, rg_message *message)
{
    char path[PATH_SIZE];
    double *values = rg_calloc (rg_hyper_size (hyper), sizeof *values);
    double *memory = rg_calloc (rg_outer_state_size (outer), sizeof *memory);
    double *best = rg_calloc (rg_hyper_size (hyper), sizeof *best);
    rg_snapshot snapshot = { .values_size = rg_hyper_size (hyper), .memory_size = rg_outer_state_size (outer),
                             .values = values, .memory = memory, .best = best };
    rg_status status = values == NULL || memory == NULL || best == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_EINPUT;
    rg_message first = { "" }, last = { "" };
    int found = 0;
    *iteration = 0;
    for (size_t i = 0; status == RG_EINPUT && i < RG_STUDY_NAMES; i++) {
        if (access (rg_study_path (path, study, snapshots[i]), F_OK) != 0) {
            if (i == RG_STUDY_LAST && !found)
                rg_fail (&first, RG_OK, "%s: the snapshot is missing", path);
            continue;
        }
        status = rg_snapshot_read (path, &snapshot, &last);
        if (status == RG_OK && first.text[0] != '\0')
            rg_fail (message, RG_OK, "%s; going on from %s", first.text, path);
        if (first.text[0] == '\0')
            first = last;
        found = 1;
    }
    if (found && status != RG_OK && message != NULL)
        *message = last;
    if (status == RG_OK) {
        memcpy (rg_hyper_values (hyper), values, snapshot.values_size * sizeof *values);
        rg_outer_load (outer, memory, snapshot.outer_steps);
        *iteration = snapshot.iteration;
        if (snapshot.best_size > 0) {
            study->best = (rg_best) { 1, snapshot.best_iteration, snapshot.best_value };
            study->best_values = best;
            best = NULL;
        }
        study->carried = snapshot.carried;
        study->carried_bytes = snapshot.carried_bytes;
        status = rg_hyper_update (hyper, message);
    } else if (!found && status == RG_EINPUT)
        status = RG_OK;
    rg_free (values);
    rg_free (memory);
    rg_free (best);
    return status;
}

rg_status
rg_study_resume (rg_study **out, const char *directory, const char *config, rg_hyper *hyper, rg_outer *outer,
                 uint64_t *iteration, rg_message *message)
{
    rg_study *study;
    rg_status status = study_new (&study, directory, message);
    *out = NULL;
    if (status != RG_OK)
        return status;
    rg_fail (message, RG_OK, "%s", "");
    status = compare_config (study, config, message);
    for (int what = 0; what < RG_KEPT; what++)
        study->maybe_kept[what] = 1;
    if (status == RG_OK)
        status = rg_journal_open (study, O_RDWR | O_CREAT | O_APPEND, message);
    if (status == RG_OK)
        status = read_snapshot (study, hyper, outer, iteration, message);
    if (status == RG_OK)
        status = rg_journal_cut (study, *iteration, message);
    if (status == RG_OK) {
        rg_values_clean (directory, "hyper");
        rg_values_clean (directory, "best");
    }
    if (status == RG_OK && *iteration > 0) /* the process may have ended between a snapshot and its arrays */
        status = rg_values_write (directory, "hyper", hyper, message);
    if (status != RG_OK) {
        rg_study_free (study);
        return status;
    }
    *out = study;
    return RG_OK;
}

rg_status
rg_study_follow (rg_study **out, const char *directory, int resume, const char *config, rg_hyper *hyper, rg_outer *outer,
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
        status = compare_config (study, config, message);
    if (resume && status == RG_OK)
        status = read_snapshot (study, hyper, outer, iteration, message);
    if (status != RG_OK) {
        rg_study_free (study);
        return status;
    }
    *out = study;
    return RG_OK;
}

rg_status
rg_study_rotate (const rg_study *study, const char *const names[RG_STUDY_NAMES], rg_message *message)
{
    char next[PATH_SIZE], last[PATH_SIZE], previous[PATH_SIZE];
    rg_study_path (next, study, names[RG_STUDY_NEXT]);
    rg_study_path (last, study, names[RG_STUDY_LAST]);
    rg_study_path (previous, study, names[RG_STUDY_PREVIOUS]);
    if (rename (last, previous) != 0 && errno != ENOENT)
        return rg_study_fails (message, "keep the previous snapshot as", previous);
    if (rename (next, last) != 0)
        return rg_study_fails (message, "put the snapshot at", last);
    rg_archive_sync_names (last);
    return RG_OK;
}

static rg_status
write_snapshot (const rg_study *study, const rg_snapshot *snapshot, rg_message *message)
{
    char path[PATH_SIZE];
    const rg_status status = rg_snapshot_write (rg_study_path (path, study, snapshots[RG_STUDY_NEXT]), snapshot, message);
    return status == RG_OK ? rg_study_rotate (study, snapshots, message) : status;
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
    rg_status status = write_snapshot (study, &snapshot, message);
    rg_free (memory);
    if (status == RG_OK)
        rg_study_drop (study);
    return status == RG_OK ? rg_values_write (study->directory, "hyper", hyper, message) : status;
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
    return study->follows ? RG_OK : rg_values_write (study->directory, "best", hyper, message);
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

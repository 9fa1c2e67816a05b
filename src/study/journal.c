/* journal.c -- a study's lines of JSON, one a meta-iteration, each whole or not there. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "estimator/report.h"
#include "study/study_parts.h"

rg_status
rg_journal_open (rg_study *study, int anew, rg_message *message)
{
    char path[RG_STUDY_PATH];
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    const rg_status status = rg_entry_open (&study->journal, &entry, O_RDWR | O_CREAT | O_APPEND | (anew ? O_EXCL : 0), message);
    if (status != RG_OK)
        return status;
    if (flock (study->journal, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) /* a file system without locks has none */
        return rg_fail (message, RG_EINPUT, "%s: another process is at work on this study", study->directory);
    return RG_OK;
}

/* Where so many whole lines end, and how many of them there are. */
static off_t
end_of (int journal, uint64_t lines, uint64_t *seen)
{
    char text[4096];
    off_t end = 0, at = 0;
    *seen = 0;
    for (ssize_t read; *seen < lines && (read = pread (journal, text, sizeof text, at)) > 0; at += read)
        for (ssize_t i = 0; i < read && *seen < lines; i++)
            if (text[i] == '\n') {
                ++*seen;
                end = at + i + 1;
            }
    return end;
}

uint64_t
rg_journal_lines (const rg_study *study)
{
    char path[RG_STUDY_PATH];
    uint64_t lines = 0;
    int journal = study->journal;
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    if (journal < 0 && rg_entry_open (&journal, &entry, O_RDONLY, NULL) != RG_OK)
        return 0;
    end_of (journal, UINT64_MAX, &lines);
    if (study->journal < 0)
        close (journal);
    return lines;
}

rg_status
rg_journal_cut (rg_study *study, uint64_t lines, rg_message *message)
{
    char path[RG_STUDY_PATH];
    uint64_t seen;
    const off_t kept = end_of (study->journal, lines, &seen);
    rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    if (seen < lines)
        return rg_fail (message, RG_EINPUT, "%s: expected %llu lines, got %llu", path, (unsigned long long) lines,
                        (unsigned long long) seen);
    return ftruncate (study->journal, kept) == 0 ? RG_OK : rg_entry_fails (message, "shorten", path);
}

static void
set_number (json_t *line, const char *key, double value)
{
    if (isfinite (value))
        json_object_set_new (line, key, json_real (value));
}

/* What there is to tell of tangents, of what a truncated way back left out, and of an implicit solution. */
static void
add_diagnostics (json_t *line, const rg_report *given)
{
    rg_report own, *r = &own;
    rg_report_take (r, given);
    if (r->tangent_samples > 0)
        set_number (line, "tangent_norm", r->tangent_norm[r->tangent_samples - 1]);
    if (r->tangent_samples > 1)
        set_number (line, "tangent_growth", r->tangent_growth);
    if (r->samples > 1 || r->tangent_samples > 1)
        set_number (line, "usable_steps", r->usable_steps);
    if (r->adjoint_end > 0) {
        set_number (line, "adjoint_end", r->adjoint_end);
        set_number (line, "adjoint_cut", r->adjoint_cut);
        set_number (line, "left_out", r->left_out);
    }
    if (r->solve.products == 0)
        return;
    json_object_set_new (line, "solver_iterations", json_integer ((json_int_t) r->solve.iterations));
    set_number (line, "residual", r->solve.residual);
    set_number (line, "stationarity", r->solve.stationarity);
    set_number (line, "stationarity_start", r->solve.stationarity_start);
}

rg_status
rg_study_append (rg_study *study, const rg_journal_line *line, rg_message *message)
{
    if (study->follows)
        return RG_OK;
    json_t *object = json_object ();
    json_object_set_new (object, "iteration", json_integer ((json_int_t) line->iteration));
    set_number (object, "outer_loss", line->outer_loss);
    set_number (object, "inner_loss", line->inner_loss);
    set_number (object, "validation_loss", line->validation_loss);
    set_number (object, "validation_error", line->validation_error);
    set_number (object, "hypergradient_norm", line->hypergradient_norm);
    set_number (object, "adjoint_growth", line->adjoint_growth);
    set_number (object, "clipped", line->clipped);
    set_number (object, "shortened", line->shortened);
    if (line->report != NULL)
        add_diagnostics (object, line->report);
    set_number (object, "seconds", line->seconds);
    char text[1024];
    const size_t length = json_dumpb (object, text, sizeof text - 1, JSON_COMPACT | JSON_REAL_PRECISION (17));
    json_decref (object);
    if (length == 0 || length > sizeof text - 1)
        return rg_fail (message, RG_ENOMEM, "out of memory for a line of the journal");
    text[length] = '\n';
    const off_t before = lseek (study->journal, 0, SEEK_END);
    const ssize_t written = write (study->journal, text, length + 1);
    if (written == (ssize_t) (length + 1))
        return RG_OK;
    const int error = written >= 0 && written < (ssize_t) (length + 1) ? ENOSPC : errno;
    char path[RG_STUDY_PATH];
    if (before >= 0 && ftruncate (study->journal, before) != 0) /* a torn line is cut away on resuming, too */
        errno = error;
    rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    return rg_fail (message, RG_ESYSTEM, "%s: cannot append: %s", path, strerror (error));
}

rg_status
rg_journal_sync (const rg_study *study, rg_message *message)
{
    char path[RG_STUDY_PATH];
    if (fsync (study->journal) == 0 || errno == EINVAL)
        return RG_OK;
    const int error = errno;
    rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    errno = error;
    return rg_entry_fails (message, "write", path);
}

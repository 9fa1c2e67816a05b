/* sweeps.c -- snapshots within a meta-iteration: of a training run on its way out or back, and of a mean's members. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/archive.h"
#include "base/memory.h"
#include "base/sized.h"
#include "estimator/estimator.h"
#include "study/identity.h"
#include "study/study_parts.h"

enum { MOST_PARTS = 63 };
static const char magic[] = "RGSWEEP2";
static const char *const names[RG_KEPT][RG_STUDY_NAMES]
    = { { "sweep.next", "sweep", "sweep.previous" }, { "mean.next", "mean", "mean.previous" } };
static const char *const halves[RG_KEPT] = { "sweep.next.new", "mean.next.new" };
static const double between_members = 1; /* seconds: members that take less are not worth a snapshot each */

static int
due (void *user, rg_kept what)
{
    rg_study *study = user;
    const rg_sweep_options *o = &study->sweeps;
    const double since = rg_problem_clock () - study->last[what];
    if (what == RG_KEEP_MEAN)
        return o->steps != 0 || since >= between_members;
    study->asked++;
    return (o->steps != 0 && study->asked >= o->steps) || (o->minutes > 0 && since >= 60 * o->minutes);
}

/* The parts of a snapshot: the meta-iteration, then those of the caller. */
static rg_status
with_iteration (uint64_t *iteration, const rg_span *parts, size_t count, rg_span out[MOST_PARTS + 1], rg_message *message)
{
    if (count > MOST_PARTS)
        return rg_fail (message, RG_ERANGE, "a snapshot of %zu parts", count);
    out[0] = (rg_span) { iteration, sizeof *iteration };
    memcpy (out + 1, parts, count * sizeof *parts);
    return RG_OK;
}

static rg_status
save (void *user, rg_kept what, uint64_t iteration, const rg_span *parts, size_t count, rg_message *message)
{
    rg_study *study = user;
    char path[RG_STUDY_PATH], identity[RG_ARCHIVE_IDENTITY];
    rg_span all[MOST_PARTS + 1];
    rg_status status = with_iteration (&iteration, parts, count, all, message);
    rg_identity (identity);
    const rg_entry entry = rg_study_entry (study, RG_IN_SNAPSHOTS, names[what][RG_STUDY_NEXT], path);
    if (status == RG_OK && !study->follows)
        status = rg_archive_write (&entry, magic, identity, all, count + 1, message);
    if (status == RG_OK && !study->follows)
        status = rg_study_rotate (study, names[what], message);
    if (what == RG_KEEP_SWEEP)
        study->asked = 0;
    study->last[what] = rg_problem_clock ();
    study->kept[what] |= status == RG_OK;
    study->maybe_kept[what] = 1;
    return status;
}

/* Read one, where it is of this meta-iteration and of these sizes. */
static rg_status
load_one (const rg_entry *entry, uint64_t iteration, const rg_span *parts, size_t count, rg_message *message)
{
    rg_archive *archive;
    uint64_t found = 0;
    rg_status status = rg_archive_open (&archive, entry, magic, message);
    if (status != RG_OK)
        return status;
    status = rg_identity_compare (entry->path, rg_archive_identity (archive), message);
    int same = rg_archive_parts (archive) == count + 1 && rg_archive_bytes (archive, 0) == sizeof found;
    if (status == RG_OK && same)
        status = rg_archive_read (archive, 0, &found, message);
    if (status == RG_OK && same && found != iteration)
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is of meta-iteration %llu, not %llu", entry->path,
                          (unsigned long long) found, (unsigned long long) iteration);
    for (size_t i = 0; same && i < count; i++)
        same = rg_archive_bytes (archive, i + 1) == parts[i].bytes;
    if (status == RG_OK && !same)
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is of another problem", entry->path);
    for (size_t i = 0; status == RG_OK && i < count; i++)
        status = rg_archive_read (archive, i + 1, parts[i].data, message);
    rg_archive_close (archive);
    return status;
}

static void
refuse (void *user, const char *why)
{
    const rg_study *study = user;
    rg_note (&study->sweeps.log, "%s", why);
}

static void
stop (void *user, const char *why)
{
    rg_study *study = user;
    study->keeper.off = 1;
    if (!study->follows)
        rg_note (&study->sweeps.log, "no snapshots of training runs on their way: %s", why);
}

static rg_status
load (void *user, rg_kept what, uint64_t iteration, int *candidate, const rg_span *parts, size_t count, int *found,
      rg_message *message)
{
    rg_study *study = user;
    char path[RG_STUDY_PATH];
    rg_status status = RG_OK;
    *found = 0;
    while (status == RG_OK && !*found && study->maybe_kept[what] && *candidate < RG_STUDY_NAMES) {
        const rg_entry entry = rg_study_entry (study, RG_IN_SNAPSHOTS, names[what][(*candidate)++], path);
        if (!rg_entry_is_there (&entry))
            continue;
        rg_message why = { "" };
        status = load_one (&entry, iteration, parts, count, &why);
        *found = status == RG_OK;
        study->kept[what] |= *found;
        if (status == RG_EINPUT) {
            refuse (user, why.text);
            status = RG_OK;
        } else if (status != RG_OK)
            rg_fail (message, status, "%s", why.text);
    }
    return status;
}

static void
drop (rg_study *study, rg_kept what)
{
    const int handle = study->folder[RG_IN_SNAPSHOTS];
    if (study->maybe_kept[what] && !study->follows) {
        for (size_t i = 0; i < RG_STUDY_NAMES; i++)
            unlinkat (handle, names[what][i], 0);
        unlinkat (handle, halves[what], 0);
    }
    if (what == RG_KEEP_SWEEP && study->words != NULL && !study->follows)
        study->sweeps.directory == NULL ? unlinkat (handle, "words", 0) : unlink (study->words);
    study->kept[what] = study->maybe_kept[what] = 0;
}

void
rg_study_drop_sweeps (rg_study *study)
{
    for (int what = 0; what < RG_KEPT; what++)
        drop (study, (rg_kept) what);
}

static void
begin (void *user)
{
    rg_study *study = user;
    drop (study, RG_KEEP_SWEEP);
    study->asked = 0;
    study->last[RG_KEEP_SWEEP] = rg_problem_clock ();
}

/* The file of words: in the study, or in a directory of many studies, named for this one. */
static rg_status
name_words (rg_study *study, const char *directory, rg_message *message)
{
    char path[RG_STUDY_PATH];
    if (directory == NULL)
        rg_study_entry (study, RG_IN_SNAPSHOTS, "words", path);
    else {
        char *whole = realpath (study->directory, NULL), *place = realpath (directory, NULL); /* which may be a link */
        const uint64_t digest = whole == NULL ? 0 : XXH3_64bits (whole, strlen (whole));
        const int known = whole != NULL;
        const int length = !known ? 0 : snprintf (path, sizeof path, "%s/retrograde-%016llx.words",
                                                  place == NULL ? directory : place, (unsigned long long) digest);
        free (whole);
        free (place);
        if (!known && study->follows) /* it does not see the study: it will not see the words either */
            rg_study_entry (study, RG_IN_SNAPSHOTS, "words", path);
        else if (!known || length >= (int) sizeof path)
            return rg_fail (message, RG_ESYSTEM, "%s: cannot name a file of words for the study", directory);
    }
    rg_free (study->words);
    study->words = rg_strdup (path);
    return study->words != NULL ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for the study");
}

rg_status
rg_study_keep_sweeps (rg_study *study, const rg_sweep_options *options, const rg_keeper **keeper, rg_message *message)
{
    *keeper = NULL;
    rg_sweep_options own = { .size = sizeof own };
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_sweep_options, log), options, "rg_sweep_options", message);
    if (status == RG_OK && !(own.minutes >= 0 && isfinite (own.minutes)))
        status = rg_fail (message, RG_ERANGE, "minutes between snapshots: expected a number >= 0, got %g", own.minutes);
    if (status == RG_OK)
        status = name_words (study, own.directory, message);
    if (status != RG_OK)
        return status;
    study->sweeps = own;
    study->keeper = (rg_keeper) { sizeof study->keeper, study, 0, study->words, due, save, load, begin, refuse, stop };
    for (int what = 0; what < RG_KEPT; what++)
        study->last[what] = rg_problem_clock ();
    *keeper = &study->keeper;
    return RG_OK;
}

int
rg_study_kept_sweep (const rg_study *study)
{
    return study->kept[RG_KEEP_SWEEP] || study->kept[RG_KEEP_MEAN];
}

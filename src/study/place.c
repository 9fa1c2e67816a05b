/* place.c -- the directories of a study: made, opened once, and never left by a link. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "study/study_parts.h"

static const char *const names[RG_FOLDERS] = { "", "snapshots", "hyper", "best", "last" };

rg_entry
rg_study_entry (const rg_study *study, rg_folder folder, const char *name, char path[RG_STUDY_PATH])
{
    snprintf (path, RG_STUDY_PATH, "%s/%s%s%s", study->directory, names[folder], folder == RG_IN_STUDY ? "" : "/", name);
    return (rg_entry) { study->folder[folder], name, path };
}

void
rg_study_close_folders (rg_study *study)
{
    for (int i = 0; i < RG_FOLDERS; i++) {
        if (study->folder[i] >= 0)
            close (study->folder[i]);
        study->folder[i] = -1;
    }
}

rg_status
rg_study_open_folders (rg_study *study, rg_message *message)
{
    char path[RG_STUDY_PATH];
    rg_status status = RG_OK;
    study->folder[RG_IN_STUDY] = open (study->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* which may be a link */
    if (study->folder[RG_IN_STUDY] < 0)
        return rg_fail (message, RG_EINPUT, "%s: there is no study to go on with (%s/config.yaml: %s)", study->directory,
                        study->directory, strerror (errno));
    for (int i = RG_IN_STUDY + 1; status == RG_OK && i < RG_FOLDERS; i++) {
        const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, names[i], path);
        if (i == RG_IN_LAST && study->follows) /* nothing is written there */
            continue;
        if (i == RG_IN_LAST) /* studies of before have none */
            mkdirat (study->folder[RG_IN_STUDY], names[i], 0777);
        status = !rg_entry_is_there (&entry)
            ? rg_fail (message, RG_EINPUT, "%s: there is no study to go on with (%s: %s)", study->directory, path, strerror (errno))
            : rg_entry_open_directory (&study->folder[i], &entry, message);
    }
    return status;
}

/* RG_EINPUT: it exists, and whether it is a study. */
static rg_status
exists (const rg_study *study, rg_message *message)
{
    char path[RG_STUDY_PATH];
    rg_study_entry (study, RG_IN_STUDY, "config.yaml", path);
    return access (path, F_OK) == 0
        ? rg_fail (message, RG_EINPUT, "%s: the study exists; go on with it, or choose another place",
                   study->directory)
        : rg_fail (message, RG_EINPUT, "%s: this exists, and holds no study; remove it, or choose another place",
                   study->directory);
}

rg_status
rg_study_make_folders (rg_study *study, rg_message *message)
{
    char path[RG_STUDY_PATH];
    if (mkdir (study->directory, 0777) != 0)
        return errno == EEXIST ? exists (study, message) : rg_entry_fails (message, "create", study->directory);
    rg_status status = RG_OK;
    const int handle = open (study->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        status = rg_entry_fails (message, "open", study->directory);
    for (int i = RG_IN_STUDY + 1; status == RG_OK && i < RG_FOLDERS; i++)
        if (mkdirat (handle, names[i], 0777) != 0) {
            rg_study_entry (study, RG_IN_STUDY, names[i], path);
            status = rg_entry_fails (message, "create", path);
        }
    if (handle >= 0)
        close (handle);
    if (status == RG_OK)
        status = rg_study_open_folders (study, message);
    if (status != RG_OK)
        rg_study_remove (study);
    return status;
}

void
rg_study_remove (rg_study *study)
{
    static const char *const files[] = { "journal.jsonl", "config.yaml", "inputs" };
    const int handle = study->folder[RG_IN_STUDY];
    for (size_t i = 0; handle >= 0 && i < sizeof files / sizeof *files; i++)
        unlinkat (handle, files[i], 0);
    for (int i = RG_IN_STUDY + 1; handle >= 0 && i < RG_FOLDERS; i++)
        unlinkat (handle, names[i], AT_REMOVEDIR);
    rmdir (study->directory);
    rg_study_close_folders (study);
}

/* Refuse what is no regular file with one name in a folder. */
static rg_status
check_folder (const rg_study *study, rg_folder folder, rg_message *message)
{
    char path[RG_STUDY_PATH];
    rg_study_entry (study, RG_IN_STUDY, names[folder], path);
    const int handle = openat (study->folder[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listed = handle < 0 ? NULL : fdopendir (handle);
    if (listed == NULL) {
        if (handle >= 0)
            close (handle);
        return rg_entry_fails (message, "list", path);
    }
    rg_status status = RG_OK;
    for (const struct dirent *found; status == RG_OK && (found = readdir (listed)) != NULL;) {
        if (strcmp (found->d_name, ".") == 0 || strcmp (found->d_name, "..") == 0)
            continue;
        const rg_entry entry = rg_study_entry (study, folder, found->d_name, path);
        status = rg_entry_check (&entry, message);
    }
    closedir (listed);
    return status;
}

rg_status
rg_study_check_folders (const rg_study *study, rg_message *message)
{
    rg_status status = RG_OK;
    for (int i = RG_IN_STUDY + 1; status == RG_OK && i < RG_FOLDERS; i++)
        if (study->folder[i] >= 0)
            status = check_folder (study, (rg_folder) i, message);
    return status;
}

/* Where the study's own name is. */
static void
sync_parent (const rg_study *study)
{
    const int parent = openat (study->folder[RG_IN_STUDY], "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return;
    fsync (parent);
    close (parent);
}

void
rg_study_sync_folders (const rg_study *study)
{
    fsync (study->folder[RG_IN_STUDY]);
    sync_parent (study);
}

rg_status
rg_study_rotate (const rg_study *study, const char *const snapshot[RG_STUDY_NAMES], rg_message *message)
{
    char path[RG_STUDY_PATH];
    const int handle = study->folder[RG_IN_SNAPSHOTS];
    if (renameat (handle, snapshot[RG_STUDY_LAST], handle, snapshot[RG_STUDY_PREVIOUS]) != 0 && errno != ENOENT) {
        const int error = errno;
        rg_study_entry (study, RG_IN_SNAPSHOTS, snapshot[RG_STUDY_PREVIOUS], path);
        errno = error;
        return rg_entry_fails (message, "keep the previous snapshot as", path);
    }
    if (renameat (handle, snapshot[RG_STUDY_NEXT], handle, snapshot[RG_STUDY_LAST]) != 0) {
        const int error = errno;
        rg_study_entry (study, RG_IN_SNAPSHOTS, snapshot[RG_STUDY_LAST], path);
        errno = error;
        return rg_entry_fails (message, "put the snapshot at", path);
    }
    fsync (handle); /* where the system cannot, it is left at that */
    return RG_OK;
}

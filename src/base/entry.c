/* entry.c -- see entry.h. */
#include "base/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rg_status
rg_entry_fails (rg_message *message, const char *what, const char *path)
{
    const int error = errno;
    rg_fail (message, RG_ESYSTEM, "%s: cannot %s: %s", path, what, strerror (error));
    errno = error;
    return RG_ESYSTEM;
}

static const char *
kind_of (mode_t mode)
{
    return S_ISLNK (mode) ? "a link" : S_ISDIR (mode) ? "a directory" : "something that is no file";
}

static rg_status
check (const struct stat *about, const rg_entry *entry, rg_message *message)
{
    if (!S_ISREG (about->st_mode))
        return rg_fail (message, RG_EINPUT, "%s: expected a regular file, got %s", entry->path, kind_of (about->st_mode));
    if (about->st_nlink > 1)
        return rg_fail (message, RG_EINPUT, "%s: expected a file with one name, got one with %llu", entry->path,
                        (unsigned long long) about->st_nlink);
    return RG_OK;
}

rg_status
rg_entry_check (const rg_entry *entry, rg_message *message)
{
    struct stat about;
    if (fstatat (entry->directory, entry->name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return rg_entry_fails (message, "open", entry->path);
    return check (&about, entry, message);
}

int
rg_entry_names_file (const char *name)
{
    const size_t length = strlen (name);
    int plain = length >= 1 && length <= 200 && name[0] != '.';
    for (size_t i = 0; plain && i < length; i++)
        plain = name[i] != '/' && (unsigned char) name[i] >= ' ' && name[i] != 127;
    return plain;
}

int
rg_entry_is_there (const rg_entry *entry)
{
    struct stat about;
    return fstatat (entry->directory, entry->name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

rg_status
rg_entry_open (int *file, const rg_entry *entry, int flags, rg_message *message)
{
    struct stat about;
    *file = -1;
    const int opened = openat (entry->directory, entry->name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (opened < 0) {
        const int error = errno;
        if (error != ENOENT && rg_entry_is_there (entry) && rg_entry_check (entry, message) == RG_EINPUT)
            return RG_EINPUT;
        errno = error;
        return rg_entry_fails (message, "open", entry->path);
    }
    const rg_status status = fstat (opened, &about) != 0 ? rg_entry_fails (message, "look up", entry->path)
                                                         : check (&about, entry, message);
    if (status == RG_OK)
        *file = opened;
    else
        close (opened);
    return status;
}

rg_status
rg_entry_create (int *file, const rg_entry *entry, rg_message *message)
{
    unlinkat (entry->directory, entry->name, 0); /* the name; what a link leads to stays */
    *file = openat (entry->directory, entry->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    return *file >= 0 ? RG_OK : rg_entry_fails (message, "create", entry->path);
}

rg_status
rg_entry_open_directory (int *handle, const rg_entry *entry, rg_message *message)
{
    struct stat about;
    *handle = openat (entry->directory, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*handle >= 0)
        return RG_OK;
    const int error = errno;
    if (fstatat (entry->directory, entry->name, &about, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (about.st_mode))
        return rg_fail (message, RG_EINPUT, "%s: expected a directory, got %s", entry->path,
                        S_ISREG (about.st_mode) ? "a file" : kind_of (about.st_mode));
    errno = error;
    return rg_entry_fails (message, "open", entry->path);
}

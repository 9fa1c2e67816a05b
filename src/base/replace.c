/* replace.c -- see replace.h. */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

/* All pieces, to the disk. Returns 0, or -1 with errno set. */
static int
write_pieces (int file, const rg_piece *pieces, size_t count)
{
    uint64_t at = 0;
    for (size_t i = 0; i < count; at += pieces[i++].bytes) {
        const int error = rg_file_write (file, pieces[i].data, pieces[i].bytes, at);
        if (error != 0) {
            errno = error;
            return -1;
        }
    }
    return fsync (file);
}

static int
write_temporary (int directory, const char *name, const rg_piece *pieces, size_t count)
{
    unlinkat (directory, name, 0); /* left by a process of the same number that was killed */
    const int file = openat (directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return -1;
    const int failed = write_pieces (file, pieces, count) != 0;
    const int code = errno;
    const int closed = close (file);
    if (failed)
        errno = code;
    return failed || closed != 0 ? -1 : 0;
}

/* A text without what follows its last slash, to be ended with rg_free; NULL: out of memory. */
static char *
folder_of (const char *path)
{
    const char *slash = strrchr (path, '/');
    const size_t length = slash == NULL || slash == path ? 1 : (size_t) (slash - path);
    char *folder = rg_malloc (length + 1, 1);
    if (folder == NULL)
        return NULL;
    memcpy (folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    return folder;
}

/* Make the renaming itself durable, in an open directory or, where that is none, in a folder. Returns 0, or -1 with errno set. */
static int
sync_folder (int directory, const char *folder)
{
    const int file = directory != AT_FDCWD ? directory : open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = file < 0 || (fsync (file) != 0 && errno != EINVAL);
    const int code = errno;
    if (file >= 0 && directory == AT_FDCWD)
        close (file);
    errno = code;
    return failed ? -1 : 0;
}

static rg_status
replace (const rg_entry *entry, const char *temporary, const char *folder, const rg_piece *pieces, size_t count,
         rg_message *message)
{
    if (write_temporary (entry->directory, temporary, pieces, count) != 0
        || renameat (entry->directory, temporary, entry->directory, entry->name) != 0) {
        const int code = errno;
        unlinkat (entry->directory, temporary, 0);
        return rg_fail (message, RG_ESYSTEM, "%s: cannot write: %s", entry->path, strerror (code));
    }
    return sync_folder (entry->directory, folder) == 0
        ? RG_OK : rg_fail (message, RG_ESYSTEM, "%s: cannot make the folder durable: %s", entry->path, strerror (errno));
}

rg_status
rg_replace (const rg_entry *entry, const rg_piece *pieces, size_t count, rg_message *message)
{
    static atomic_uint serial; /* two threads may write the same path */
    const size_t bytes = strlen (entry->name) + 48;
    char *temporary = rg_malloc (bytes, 1), *folder = folder_of (entry->name);
    rg_status status = RG_ENOMEM;
    if (temporary == NULL || folder == NULL)
        rg_fail (message, RG_ENOMEM, "%s: out of memory", entry->path);
    else {
        snprintf (temporary, bytes, "%s.tmp.%ld.%u", entry->name, (long) getpid (), atomic_fetch_add (&serial, 1));
        status = replace (entry, temporary, folder, pieces, count, message);
    }
    rg_free (temporary);
    rg_free (folder);
    return status;
}

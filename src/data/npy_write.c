/* npy_write.c -- writing NPY 1.0 files, whole or not at all; see data.h and npy_write.h. */
#include "data/npy_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/source.h"

enum { HEADER_BYTES = 384 }; /* a multiple of 64 that holds 8 extents of 20 digits */

static const char *
descr (rg_element type)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy (&first, &probe, 1);
    static const char *const little[] = { "|u1", "<i4", "<i8", "<f4", "<f8", "|b1" };
    static const char *const big[] = { "|u1", ">i4", ">i8", ">f4", ">f8", "|b1" };
    return first == 1 ? little[type] : big[type];
}

/* Build magic, version, length and dictionary, padded so that the data start at a multiple of 64. Returns its length. */
static size_t
build_header (const rg_array *array, char out[HEADER_BYTES])
{
    char text[HEADER_BYTES];
    int used = snprintf (text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr (array->type));
    for (int i = 0; i < array->ndim; i++)
        used += snprintf (text + used, sizeof text - (size_t) used, i == 0 ? "%zu," : " %zu,", array->shape[i]);
    if (array->ndim > 1)
        used--; /* (3,) but (3, 4) */
    used += snprintf (text + used, sizeof text - (size_t) used, "), }");
    const size_t total = (10 + (size_t) used + 1 + 63) / 64 * 64, length = total - 10;
    memcpy (out, "\x93NUMPY\x01\x00", 8);
    out[8] = (char) (length & 0xff);
    out[9] = (char) (length >> 8);
    memcpy (out + 10, text, (size_t) used);
    memset (out + 10 + used, ' ', length - (size_t) used - 1);
    out[total - 1] = '\n';
    return total;
}

static int
write_fully (int file, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t at = 0; at < size;) {
        const ssize_t put = write (file, bytes + at, size - at);
        if (put < 0 && errno != EINTR)
            return -1;
        at += put < 0 ? 0 : (size_t) put;
    }
    return 0;
}

/* Make the renaming itself durable. */
static int
sync_folder (const rg_entry *entry)
{
    if (entry->directory != AT_FDCWD)
        return fsync (entry->directory) != 0 && errno != EINVAL ? -1 : 0;
    const char *path = entry->name;
    const char *slash = strrchr (path, '/');
    const size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t) (slash - path);
    char *folder = rg_malloc (length + 1, 1);
    if (folder == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memcpy (folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    const int file = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = file < 0 || (fsync (file) != 0 && errno != EINVAL);
    const int code = errno;
    if (file >= 0)
        close (file);
    rg_free (folder);
    errno = code;
    return failed ? -1 : 0;
}

static int
write_temporary (int directory, const char *name, const rg_array *array)
{
    char header[HEADER_BYTES];
    const size_t length = build_header (array, header);
    unlinkat (directory, name, 0); /* left by a process of the same number that was killed */
    const int file = openat (directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return -1;
    const int failed = write_fully (file, header, length) != 0
                       || write_fully (file, array->data, rg_array_count (array) * rg_element_bytes (array->type)) != 0
                       || fsync (file) != 0;
    const int code = errno;
    const int closed = close (file);
    if (failed)
        errno = code;
    return failed || closed != 0 ? -1 : 0;
}

rg_status
rg_npy_write_at (const rg_entry *entry, const rg_array *array, rg_message *message)
{
    static atomic_uint serial; /* two threads may write the same path */
    const size_t room = strlen (entry->name) + 48;
    char *temporary = rg_malloc (room, 1);
    if (temporary == NULL)
        return rg_fail_memory (message, entry->path);
    snprintf (temporary, room, "%s.tmp.%ld.%u", entry->name, (long) getpid (), atomic_fetch_add (&serial, 1));
    rg_status status = RG_OK;
    if (write_temporary (entry->directory, temporary, array) != 0
        || renameat (entry->directory, temporary, entry->directory, entry->name) != 0) {
        const int code = errno;
        unlinkat (entry->directory, temporary, 0);
        status = rg_fail (message, RG_ESYSTEM, "%s: cannot write: %s", entry->path, strerror (code));
    } else if (sync_folder (entry) != 0) {
        status = rg_fail (message, errno == ENOMEM ? RG_ENOMEM : RG_ESYSTEM, "%s: cannot make the folder durable: %s",
                          entry->path, strerror (errno));
    }
    rg_free (temporary);
    return status;
}

rg_status
rg_npy_write (const char *path, const rg_array *array, rg_message *message)
{
    return rg_npy_write_at (&(rg_entry) { AT_FDCWD, path, path }, array, message);
}

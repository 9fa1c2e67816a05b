/* archive.c -- see archive.h. */
#include "base/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_NO_STREAM
#include <xxhash.h>

#include "base/file.h"
#include "base/memory.h"

enum { STRETCH = 1 << 20, MOST_PARTS = 64, PATH_SIZE = 4096 };

typedef struct {
    char magic[RG_ARCHIVE_MAGIC], identity[RG_ARCHIVE_IDENTITY];
    uint64_t count;
} header;

struct rg_archive {
    int file;
    char *path;
    header head;
    uint64_t bytes[MOST_PARTS];
};

/* A file being written, the checksum so far, and where to go on. */
typedef struct {
    int file;
    uint64_t sum, end;
} flow;

static uint64_t
sum_of (uint64_t sum, const void *data, size_t bytes)
{
    for (const char *at = data; bytes > 0;) {
        const size_t part = bytes < STRETCH ? bytes : STRETCH;
        sum = XXH3_64bits_withSeed (at, part, sum);
        at += part;
        bytes -= part;
    }
    return sum;
}

/* All of a block; returns 0, or -1 with errno. */
static int
write_block (flow *f, const void *data, size_t bytes)
{
    f->sum = sum_of (f->sum, data, bytes);
    const int error = rg_file_write (f->file, data, bytes, f->end);
    f->end += bytes;
    errno = error == 0 ? errno : error;
    return error == 0 ? 0 : -1;
}

static int
write_parts (flow *f, const header *head, const rg_span *parts)
{
    uint64_t bytes[MOST_PARTS];
    for (size_t i = 0; i < head->count; i++)
        bytes[i] = parts[i].bytes;
    int failed = write_block (f, head, sizeof *head) != 0 || write_block (f, bytes, head->count * sizeof *bytes) != 0;
    for (size_t i = 0; !failed && i < head->count; i++)
        failed = write_block (f, parts[i].data, parts[i].bytes) != 0;
    const uint64_t sum = f->sum;
    return failed || write_block (f, &sum, sizeof sum) != 0 ? -1 : 0;
}

rg_status
rg_archive_write (const char *path, const char *magic, const char *identity, const rg_span *parts, size_t count,
                  rg_message *message)
{
    char temporary[PATH_SIZE];
    header head = { .count = count };
    if (count > MOST_PARTS || strlen (identity) >= sizeof head.identity || strlen (path) + 5 > PATH_SIZE)
        return rg_fail (message, RG_ERANGE, "%s: a snapshot of too many parts", path);
    memcpy (head.magic, magic, sizeof head.magic);
    strcpy (head.identity, identity);
    snprintf (temporary, sizeof temporary, "%s.new", path);
    flow f = { open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), 0, 0 };
    int failed = f.file < 0 || write_parts (&f, &head, parts) != 0 || fsync (f.file) != 0;
    int error = errno;
    if (f.file >= 0 && close (f.file) != 0 && !failed) {
        failed = 1;
        error = errno;
    }
    if (!failed && rename (temporary, path) != 0) {
        failed = 1;
        error = errno;
    }
    if (!failed)
        return RG_OK;
    unlink (temporary);
    return rg_fail (message, RG_ESYSTEM, "%s: cannot write: %s", path, strerror (error));
}

void
rg_archive_sync_names (const char *path)
{
    char directory[PATH_SIZE];
    snprintf (directory, sizeof directory, "%s", path);
    char *slash = strrchr (directory, '/');
    if (slash != NULL)
        *slash = '\0';
    const int file = open (slash == NULL ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync (file);
    close (file);
}

/* Offset of a part, or of the checksum for part = count. */
static uint64_t
offset_of (const rg_archive *a, size_t part)
{
    uint64_t offset = sizeof a->head + a->head.count * sizeof a->bytes[0];
    for (size_t i = 0; i < part; i++)
        offset += a->bytes[i];
    return offset;
}

/* Whether header, sizes and file agree; the sizes are read. */
static int
is_whole (rg_archive *a)
{
    struct stat about;
    if (fstat (a->file, &about) != 0 || a->head.count > MOST_PARTS || memchr (a->head.identity, 0, RG_ARCHIVE_IDENTITY) == NULL)
        return 0;
    const size_t bytes = (size_t) a->head.count * sizeof a->bytes[0];
    if (rg_file_read (a->file, a->bytes, bytes, sizeof a->head) != (ssize_t) bytes)
        return 0;
    for (size_t i = 0; i < a->head.count; i++)
        if (a->bytes[i] > (uint64_t) about.st_size)
            return 0;
    return offset_of (a, (size_t) a->head.count) + sizeof (uint64_t) == (uint64_t) about.st_size;
}

/* Whether the checksum is right. */
static int
is_sound (const rg_archive *a, void *room)
{
    uint64_t sum = sum_of (sum_of (0, &a->head, sizeof a->head), a->bytes, (size_t) a->head.count * sizeof a->bytes[0]);
    uint64_t at = offset_of (a, 0), said;
    for (size_t i = 0; i < a->head.count; i++)
        for (uint64_t left = a->bytes[i]; left > 0;) {
            const size_t part = left < STRETCH ? (size_t) left : STRETCH;
            if (rg_file_read (a->file, room, part, at) != (ssize_t) part)
                return 0;
            sum = sum_of (sum, room, part);
            at += part;
            left -= part;
        }
    return rg_file_read (a->file, &said, sizeof said, at) == sizeof said && said == sum;
}

rg_status
rg_archive_open (rg_archive **out, const char *path, const char *magic, rg_message *message)
{
    *out = NULL;
    rg_archive *a = rg_calloc (1, sizeof *a);
    char *room = rg_malloc (STRETCH, 1);
    if (a == NULL || room == NULL || (a->path = rg_strdup (path)) == NULL) {
        rg_free (room);
        rg_free (a);
        return rg_fail (message, RG_ENOMEM, "%s: out of memory for the snapshot", path);
    }
    rg_status status = RG_OK;
    a->file = open (path, O_RDONLY | O_CLOEXEC);
    if (a->file < 0)
        status = rg_fail (message, RG_ESYSTEM, "%s: cannot open: %s", path, strerror (errno));
    else if (rg_file_read (a->file, &a->head, sizeof a->head, 0) < RG_ARCHIVE_MAGIC
             || memcmp (a->head.magic, magic, RG_ARCHIVE_MAGIC) != 0)
        status = rg_fail (message, RG_EINPUT, "%s: not a snapshot of this version", path);
    else if (!is_whole (a) || !is_sound (a, room))
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is damaged", path);
    rg_free (room);
    if (status != RG_OK) {
        rg_archive_close (a);
        return status;
    }
    *out = a;
    return RG_OK;
}

void
rg_archive_close (rg_archive *a)
{
    if (a == NULL)
        return;
    if (a->file >= 0)
        close (a->file);
    rg_free (a->path);
    rg_free (a);
}

const char *
rg_archive_identity (const rg_archive *a)
{
    return a->head.identity;
}

size_t
rg_archive_parts (const rg_archive *a)
{
    return (size_t) a->head.count;
}

uint64_t
rg_archive_bytes (const rg_archive *a, size_t part)
{
    return a->bytes[part];
}

rg_status
rg_archive_read (const rg_archive *a, size_t part, void *out, rg_message *message)
{
    const size_t bytes = (size_t) a->bytes[part];
    const ssize_t read = rg_file_read (a->file, out, bytes, offset_of (a, part));
    return read == (ssize_t) bytes ? RG_OK
                                   : rg_fail (message, RG_ESYSTEM, "%s: cannot read: %s", a->path,
                                              strerror (read < 0 ? errno : EIO));
}

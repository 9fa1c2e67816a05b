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

/* What an archive begins with: the magic, the identity, the number of parts. */
enum { COUNT_AT = RG_ARCHIVE_MAGIC + RG_ARCHIVE_IDENTITY, HEADER = COUNT_AT + sizeof (uint64_t) };

struct rg_archive {
    int file;
    char *path;
    char header[HEADER];
    uint64_t count, bytes[MOST_PARTS];
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
write_parts (flow *f, const char header[HEADER], const rg_span *parts, size_t count)
{
    uint64_t bytes[MOST_PARTS];
    for (size_t i = 0; i < count; i++)
        bytes[i] = parts[i].bytes;
    int failed = write_block (f, header, HEADER) != 0 || write_block (f, bytes, count * sizeof *bytes) != 0;
    for (size_t i = 0; !failed && i < count; i++)
        failed = write_block (f, parts[i].data, parts[i].bytes) != 0;
    const uint64_t sum = f->sum;
    return failed || write_block (f, &sum, sizeof sum) != 0 || fsync (f->file) != 0 ? -1 : 0;
}

static void
make_header (char header[HEADER], const char *magic, const char *identity, uint64_t count)
{
    memset (header, 0, HEADER);
    memcpy (header, magic, RG_ARCHIVE_MAGIC);
    memcpy (header + RG_ARCHIVE_MAGIC, identity, strlen (identity));
    memcpy (header + COUNT_AT, &count, sizeof count);
}

rg_status
rg_archive_write (const rg_entry *entry, const char *magic, const char *identity, const rg_span *parts, size_t count,
                  rg_message *message)
{
    char name[PATH_SIZE], path[PATH_SIZE], header[HEADER];
    if (count > MOST_PARTS || strlen (identity) >= RG_ARCHIVE_IDENTITY || strlen (entry->name) + 5 > PATH_SIZE
        || strlen (entry->path) + 5 > PATH_SIZE)
        return rg_fail (message, RG_ERANGE, "%s: a snapshot of too many parts", entry->path);
    make_header (header, magic, identity, count);
    snprintf (name, sizeof name, "%s.new", entry->name);
    snprintf (path, sizeof path, "%s.new", entry->path);
    flow f = { -1, 0, 0 };
    const rg_status status = rg_entry_create (&f.file, &(rg_entry) { entry->directory, name, path }, message);
    if (status != RG_OK)
        return status;
    int failed = write_parts (&f, header, parts, count) != 0, error = errno;
    if (close (f.file) != 0 && !failed) {
        failed = 1;
        error = errno;
    }
    if (!failed && renameat (entry->directory, name, entry->directory, entry->name) != 0) {
        failed = 1;
        error = errno;
    }
    if (!failed)
        return RG_OK;
    unlinkat (entry->directory, name, 0);
    return rg_fail (message, RG_ESYSTEM, "%s: cannot write: %s", entry->path, strerror (error));
}

/* Offset of a part, or of the checksum for part = count. */
static uint64_t
offset_of (const rg_archive *a, size_t part)
{
    uint64_t offset = HEADER + a->count * sizeof a->bytes[0];
    for (size_t i = 0; i < part; i++)
        offset += a->bytes[i];
    return offset;
}

/* Whether header, sizes and file agree; the sizes are read. */
static int
is_whole (rg_archive *a)
{
    struct stat about;
    if (fstat (a->file, &about) != 0 || a->count > MOST_PARTS
        || memchr (a->header + RG_ARCHIVE_MAGIC, 0, RG_ARCHIVE_IDENTITY) == NULL)
        return 0;
    const size_t sizes = (size_t) a->count * sizeof a->bytes[0];
    const uint64_t fixed = HEADER + sizes + sizeof (uint64_t), size = (uint64_t) about.st_size;
    uint64_t left = size - fixed;
    int whole = size >= fixed && rg_file_read (a->file, a->bytes, sizes, HEADER) == (ssize_t) sizes;
    for (size_t i = 0; whole && i < a->count; i++) {
        whole = a->bytes[i] <= left;
        left -= a->bytes[i];
    }
    return whole && left == 0;
}

/* Whether the checksum is right. */
static int
is_sound (const rg_archive *a, void *room)
{
    uint64_t sum = sum_of (sum_of (0, a->header, HEADER), a->bytes, (size_t) a->count * sizeof a->bytes[0]);
    uint64_t at = offset_of (a, 0), said;
    for (size_t i = 0; i < a->count; i++)
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

/* The magic without the digits at its end. */
static size_t
stem_of (const char *magic)
{
    size_t length = RG_ARCHIVE_MAGIC;
    while (length > 0 && magic[length - 1] >= '0' && magic[length - 1] <= '9')
        length--;
    return length;
}

/* Whether it is of this sort and version; the header is read. */
static rg_status
check_magic (rg_archive *a, const char *magic, rg_message *message)
{
    const ssize_t read = rg_file_read (a->file, a->header, HEADER, 0);
    const size_t stem = stem_of (magic);
    memcpy (&a->count, a->header + COUNT_AT, sizeof a->count);
    if (read >= RG_ARCHIVE_MAGIC && memcmp (a->header, magic, RG_ARCHIVE_MAGIC) == 0)
        return RG_OK;
    if (read < RG_ARCHIVE_MAGIC || stem_of (a->header) != stem || memcmp (a->header, magic, stem) != 0)
        return rg_fail (message, RG_EINPUT, "%s: this is not a snapshot", a->path);
    return rg_fail (message, RG_EINPUT, "%s: the snapshot is of version %.*s of its format, and this program reads version %s: "
                    "only the program that wrote it can go on from it", a->path, (int) (RG_ARCHIVE_MAGIC - stem),
                    a->header + stem, magic + stem);
}

rg_status
rg_archive_open (rg_archive **out, const rg_entry *entry, const char *magic, rg_message *message)
{
    *out = NULL;
    rg_archive *a = rg_calloc (1, sizeof *a);
    char *room = rg_malloc (STRETCH, 1);
    if (a == NULL || room == NULL || (a->path = rg_strdup (entry->path)) == NULL) {
        rg_free (room);
        rg_free (a);
        return rg_fail (message, RG_ENOMEM, "%s: out of memory for the snapshot", entry->path);
    }
    rg_status status = rg_entry_open (&a->file, entry, O_RDONLY, message);
    if (status == RG_OK)
        status = check_magic (a, magic, message);
    if (status == RG_OK && (!is_whole (a) || !is_sound (a, room)))
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is damaged", entry->path);
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
    return a->header + RG_ARCHIVE_MAGIC;
}

size_t
rg_archive_parts (const rg_archive *a)
{
    return (size_t) a->count;
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

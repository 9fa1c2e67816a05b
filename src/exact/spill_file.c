/* spill_file.c -- see spill_file.h. Reading goes back through the file, and the system is told to read ahead that way. */
#include "exact/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_NO_STREAM
#include <xxhash.h>

#include "base/entry.h"
#include "base/file.h"
#include "base/memory.h"

enum { MAGIC = 8, AHEAD = 4 << 20 };
static const char magic[MAGIC + 1] = "RGWORDS1";

struct rg_spill_file {
    char *name;      /* path of the kept file; else of the directory */
    int kept, folder; /* handle of the kept file's directory, -1: not open */
    int file; /* -1: not open */
    size_t index, count; /* which of several */
    uint64_t first;      /* extent of index 0 of several */
    uint64_t end, written;
    uint64_t hinted; /* from here on the system has been asked to read, on the way back */
    unsigned char *room; /* a header and a block */
};

rg_status
rg_spill_file_new (rg_spill_file **out, const char *path, const char *directory)
{
    *out = NULL;
    rg_spill_file *f = rg_calloc (1, sizeof *f);
    if (f == NULL)
        return RG_ENOMEM;
    f->kept = path != NULL;
    f->name = rg_strdup (path != NULL ? path : directory != NULL ? directory : "/tmp");
    f->file = f->folder = -1;
    f->count = 1;
    f->room = rg_malloc (1, sizeof (rg_spill_header) + RG_SPILL_BLOCK);
    if (f->name == NULL || f->room == NULL) {
        rg_spill_file_free (f);
        return RG_ENOMEM;
    }
    *out = f;
    return RG_OK;
}

void
rg_spill_file_free (rg_spill_file *f)
{
    if (f == NULL)
        return;
    if (f->file >= 0)
        close (f->file);
    if (f->folder >= 0)
        close (f->folder);
    rg_free (f->name);
    rg_free (f->room);
    rg_free (f);
}

void *
rg_spill_file_data (const rg_spill_file *f)
{
    return f->room + sizeof (rg_spill_header);
}

uint64_t
rg_spill_file_bytes (const rg_spill_file *f)
{
    return f->end;
}

uint64_t
rg_spill_file_written (const rg_spill_file *f)
{
    return f->written;
}

void
rg_spill_file_spread (rg_spill_file *f, size_t index, size_t count)
{
    f->index = index;
    f->count = count;
}

static rg_status
system_failure (const rg_spill_file *f, const char *what, int error, rg_message *message)
{
    return rg_fail (message, RG_ESYSTEM, "%s: cannot %s the entropy buffer: %s", f->name, what, strerror (error));
}

/* A file in the directory whose name is gone at once. */
static int
open_nameless (const rg_spill_file *f)
{
    const size_t length = strlen (f->name) + sizeof "/retrograde-XXXXXX";
    char *name = rg_malloc (length, 1);
    if (name == NULL)
        return -1;
    snprintf (name, length, "%s/retrograde-XXXXXX", f->name);
    const int file = mkostemp (name, O_CLOEXEC);
    const int error = errno;
    if (file >= 0)
        unlink (name);
    rg_free (name);
    errno = error;
    return file;
}

/* Open the kept file's directory, which is no link, once; 0, or -1 with errno. */
static int
open_folder (rg_spill_file *f)
{
    char *slash = strrchr (f->name, '/');
    if (f->folder >= 0)
        return 0;
    if (slash != NULL)
        *slash = '\0';
    f->folder = open (slash == NULL ? "." : slash == f->name ? "/" : f->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (slash != NULL)
        *slash = '/';
    return f->folder >= 0 ? 0 : -1;
}

/* The kept file in its directory. */
static rg_entry
entry_of (const rg_spill_file *f)
{
    const char *slash = strrchr (f->name, '/');
    return (rg_entry) { f->folder, slash == NULL ? f->name : slash + 1, f->name };
}

/* Make the kept file anew; -1 with errno. */
static int
make_kept (rg_spill_file *f)
{
    int file = -1;
    if (open_folder (f) == 0) {
        const rg_entry entry = entry_of (f);
        rg_entry_create (&file, &entry, NULL);
    }
    return file;
}

static rg_status
create (rg_spill_file *f, rg_message *message)
{
    if (f->file >= 0) /* a creation that failed */
        close (f->file);
    f->file = f->kept ? make_kept (f) : open_nameless (f);
    if (f->file < 0)
        return system_failure (f, "create a file for", errno, message);
    const int error = rg_file_write (f->file, magic, MAGIC, 0);
    if (error != 0)
        return system_failure (f, "write", error, message);
    f->end = f->hinted = f->written = MAGIC;
    f->first = 0;
    return RG_OK;
}

/* Where the next block goes: to the end, or where an extent of this one of several begins. */
static uint64_t
place_for (const rg_spill_file *f, size_t bytes)
{
    const uint64_t extent = f->end / RG_SPILL_EXTENT, start = (f->first + f->index) * RG_SPILL_EXTENT;
    if (f->count > 1 && f->end <= start)
        return start;
    return f->count == 1 || f->end + bytes < (extent + 1) * RG_SPILL_EXTENT ? f->end
                                                                            : (extent + f->count) * RG_SPILL_EXTENT;
}

/* Of a block in the room. */
static uint64_t
checksum (const rg_spill_file *f, const rg_spill_header *header, uint64_t offset)
{
    const size_t covered = sizeof *header - sizeof header->checksum + (size_t) header->bytes;
    return XXH3_64bits_withSeed (f->room + sizeof header->checksum, covered, offset);
}

rg_status
rg_spill_file_append (rg_spill_file *f, const rg_spill_header *header, uint64_t *offset, rg_message *message)
{
    if (f->end == 0) {
        const rg_status status = f->count == 1 ? create (f, message) : rg_spill_file_open (f, message);
        if (status != RG_OK)
            return status;
    }
    const size_t bytes = sizeof *header + (size_t) header->bytes;
    const uint64_t place = place_for (f, bytes);
    memcpy (f->room, header, sizeof *header);
    const uint64_t sum = checksum (f, header, place);
    memcpy (f->room, &sum, sizeof sum);
    const int error = rg_file_write (f->file, f->room, bytes, place);
    if (error != 0) {
        if (f->count == 1 && ftruncate (f->file, (off_t) f->end) != 0) /* what is beyond the end is not read anyway */
            return system_failure (f, "shorten", errno, message);
        return system_failure (f, "write", error, message);
    }
    *offset = place;
    f->end = f->hinted = place + bytes;
    f->written += bytes;
    return RG_OK;
}

static rg_status
damaged (const rg_spill_file *f, uint64_t offset, rg_message *message)
{
    return rg_fail (message, RG_EINPUT, "%s: the words of the entropy buffer at byte %llu are damaged", f->name,
                    (unsigned long long) offset);
}

/* Ask for what will be read soon: the blocks before this one. */
static void
read_ahead (rg_spill_file *f, uint64_t offset)
{
    if (offset > f->hinted || f->hinted - offset < AHEAD / 2)
        return;
    const uint64_t from = f->hinted > AHEAD ? f->hinted - AHEAD : 0;
#ifdef HAVE_POSIX_FADVISE
    if (posix_fadvise (f->file, (off_t) from, (off_t) (f->hinted - from), POSIX_FADV_WILLNEED) != 0)
        return;
#endif
    f->hinted = from;
}

rg_status
rg_spill_file_read (rg_spill_file *f, uint64_t offset, uint64_t stack, rg_spill_header *header, rg_message *message)
{
    if (f->end < sizeof *header || offset < MAGIC || offset > f->end - sizeof *header)
        return damaged (f, offset, message);
    read_ahead (f, offset);
    ssize_t read = rg_file_read (f->file, f->room, sizeof *header, offset);
    memcpy (header, f->room, sizeof *header);
    if (read == sizeof *header && (header->bytes == 0 || header->bytes > RG_SPILL_BLOCK || header->stack != stack
                                   || header->below >= offset))
        return damaged (f, offset, message);
    if (read == sizeof *header)
        read = rg_file_read (f->file, f->room + sizeof *header, (size_t) header->bytes, offset + sizeof *header);
    if (read < 0)
        return system_failure (f, "read", errno, message);
    return (size_t) read == header->bytes && header->checksum == checksum (f, header, offset)
        ? RG_OK : damaged (f, offset, message);
}

rg_status
rg_spill_file_sync (rg_spill_file *f, rg_message *message)
{
    return f->file < 0 || fsync (f->file) == 0 ? RG_OK : system_failure (f, "write", errno, message);
}

/* Open the kept file, which must be there with so many bytes at least. */
static rg_status
open_there (rg_spill_file *f, uint64_t bytes, rg_message *message)
{
    char begin[MAGIC];
    struct stat about;
    rg_status status = RG_ESYSTEM;
    if (open_folder (f) == 0) {
        const rg_entry entry = entry_of (f);
        status = rg_entry_open (&f->file, &entry, O_RDWR, message);
    }
    if (status == RG_ESYSTEM && errno == ENOENT)
        return rg_fail (message, RG_EINPUT, "%s: the words of the entropy buffer are not there", f->name);
    if (status == RG_EINPUT)
        return status;
    if (f->file < 0 || fstat (f->file, &about) != 0)
        return system_failure (f, "open", errno, message);
    if ((uint64_t) about.st_size < bytes || bytes < MAGIC || rg_file_read (f->file, begin, MAGIC, 0) != MAGIC
        || memcmp (begin, magic, MAGIC) != 0)
        return damaged (f, (uint64_t) about.st_size, message);
    f->end = f->hinted = bytes;
    f->written = f->index == 0 ? bytes : 0;
    f->first = (bytes + RG_SPILL_EXTENT - 1) / RG_SPILL_EXTENT;
    return RG_OK;
}

static void
shut (rg_spill_file *f)
{
    if (f->file >= 0)
        close (f->file);
    f->file = -1;
    f->end = f->written = 0;
}

rg_status
rg_spill_file_open (rg_spill_file *f, rg_message *message)
{
    shut (f);
    if (f->index == 0)
        return create (f, message);
    const rg_status status = open_there (f, MAGIC, message);
    f->first = 0;
    return status;
}

rg_status
rg_spill_file_reopen (rg_spill_file *f, uint64_t bytes, rg_message *message)
{
    shut (f);
    if (bytes == 0)
        return f->count == 1 ? RG_OK : rg_spill_file_open (f, message);
    const rg_status status = open_there (f, bytes, message);
    if (status == RG_OK && f->index == 0 && ftruncate (f->file, (off_t) bytes) != 0)
        return system_failure (f, "shorten", errno, message);
    return status;
}

/* source.c -- whole files in memory; see source.h. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "data/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_NO_STREAM
#include <xxhash.h>

#include "base/memory.h"

/* A path that leads nowhere is a mistake in the input; the rest is the system's. */
static rg_status
fail_system (rg_message *message, const char *path, const char *what)
{
    const int code = errno;
    const int input = code == ENOENT || code == ENOTDIR || code == EISDIR || code == ENAMETOOLONG;
    return rg_fail (message, input ? RG_EINPUT : RG_ESYSTEM, "%s: cannot %s: %s", path, what, strerror (code));
}

/* Fill a block; a file that shrinks meanwhile is an error. */
static rg_status
read_fully (int file, unsigned char *block, size_t size, const char *path, rg_message *message)
{
    for (size_t at = 0; at < size;) {
        const ssize_t got = read (file, block + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_system (message, path, "read");
        if (got == 0)
            return rg_fail (message, RG_ESYSTEM, "%s: the file became shorter while being read", path);
        at += (size_t) got;
    }
    return RG_OK;
}

rg_status
rg_source_open (rg_source *out, const char *path, rg_message *message)
{
    *out = (rg_source) { 0 };
    const int file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fail_system (message, path, "open");

    rg_status status;
    struct stat facts;
    if (fstat (file, &facts) != 0) {
        status = fail_system (message, path, "look up");
        goto done;
    }
    if (!S_ISREG (facts.st_mode)) {
        status = rg_fail (message, RG_EINPUT, "%s: expected a regular file", path);
        goto done;
    }
    if ((uintmax_t) facts.st_size > SIZE_MAX / 2) {
        status = rg_fail_memory (message, path);
        goto done;
    }
    const size_t size = (size_t) facts.st_size;
    unsigned char *block = rg_malloc (size, 1);
    if (block == NULL) {
        status = rg_fail_memory (message, path);
        goto done;
    }
    status = read_fully (file, block, size, path, message);
    if (status != RG_OK) {
        rg_free (block);
        goto done;
    }
    *out = (rg_source) { .bytes = block, .size = size, .name = path, .block = block };
done:
    close (file);
    return status == RG_OK ? rg_source_prepare (out, message) : status;
}

rg_status
rg_source_prepare (rg_source *source, rg_message *message)
{
    const rg_status status = rg_source_unpack (source, message);
    return status == RG_OK ? rg_foreign_refuse (source, message) : status;
}

uint64_t
rg_source_digest (const rg_source *source)
{
    return XXH3_64bits (source->bytes, source->size);
}

/* A parser that takes a part of the source sets the digest itself. */
static rg_status
parse_and_digest (rg_source *source, rg_parser *parse, rg_array *out, rg_message *message)
{
    const uint64_t digest = rg_source_digest (source); /* before the bytes are put in order */
    const rg_status status = parse (source, out, message);
    if (status == RG_OK && out->digest == 0)
        out->digest = digest;
    return status;
}

rg_status
rg_source_read (const char *path, rg_parser *parse, rg_array *out, rg_message *message)
{
    *out = (rg_array) { 0 };
    rg_source source;
    rg_status status = rg_source_open (&source, path, message);
    if (status == RG_OK)
        status = parse_and_digest (&source, parse, out, message);
    rg_free (source.block);
    return status;
}

rg_status
rg_source_parse (const void *bytes, size_t size, const char *name, rg_parser *parse, rg_array *out,
                 rg_message *message)
{
    *out = (rg_array) { 0 };
    rg_source source = { .bytes = size == 0 ? (const unsigned char *) "" : bytes,
                         .size = size, .name = name, .block = NULL };
    rg_status status = rg_source_prepare (&source, message);
    if (status == RG_OK)
        status = parse_and_digest (&source, parse, out, message);
    rg_free (source.block);
    return status;
}

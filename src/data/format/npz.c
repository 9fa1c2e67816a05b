/*
 * npz.c -- one member of an NPZ file: a ZIP archive (PKWARE's APPNOTE 6.3) of
 * NPY files, found by its central directory; the copies of sizes and checksum
 * in the local headers are not used.
 */
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "base/memory.h"
#include "data/inflate.h"
#include "data/format/format.h"

enum { END_BYTES = 22, ENTRY_BYTES = 46, LOCAL_BYTES = 30, LONGEST_COMMENT = 65535 };

static const unsigned char end_magic[4] = { 'P', 'K', 5, 6 }, entry_magic[4] = { 'P', 'K', 1, 2 },
                           local_magic[4] = { 'P', 'K', 3, 4 };

/* What the central directory says about a member. */
typedef struct {
    unsigned flags, method;
    uint32_t crc;
    size_t packed, size, local; /* local: where its local header starts */
} entry;

static unsigned
load16 (const unsigned char *at)
{
    return (unsigned) at[0] | (unsigned) at[1] << 8;
}

static uint32_t
load32 (const unsigned char *at)
{
    return (uint32_t) load16 (at) | (uint32_t) load16 (at + 2) << 16;
}

/* Where the end-of-directory record starts; (size_t) -1 when there is none. */
static size_t
find_end (const rg_source *zip)
{
    if (zip->size < END_BYTES)
        return (size_t) -1;
    const size_t last = zip->size - END_BYTES, first = last > LONGEST_COMMENT ? last - LONGEST_COMMENT : 0;
    for (size_t at = last + 1; at-- > first;)
        if (memcmp (zip->bytes + at, end_magic, 4) == 0 && load16 (zip->bytes + at + 20) == last - at)
            return at;
    return (size_t) -1;
}

/* Whether a name in the directory is `member` or `member`.npy. */
static int
is_member (const unsigned char *name, size_t length, const char *member)
{
    const size_t wanted = strlen (member);
    if (length < wanted || memcmp (name, member, wanted) != 0)
        return 0;
    return length == wanted || (length == wanted + 4 && memcmp (name + wanted, ".npy", 4) == 0);
}

static rg_status
find_member (const rg_source *zip, const char *member, entry *out, rg_message *message)
{
    const size_t end = find_end (zip);
    if (end == (size_t) -1)
        return rg_fail (message, RG_EINPUT, "%s: expected an NPZ (ZIP) file, found no end of a ZIP directory", zip->name);
    const unsigned count = load16 (zip->bytes + end + 10);
    size_t at = load32 (zip->bytes + end + 16);
    for (unsigned i = 0; i < count; i++) {
        if (at > end || end - at < ENTRY_BYTES || memcmp (zip->bytes + at, entry_magic, 4) != 0)
            return rg_fail (message, RG_EINPUT, "%s: entry %u of the ZIP directory is damaged", zip->name, i);
        const unsigned char *here = zip->bytes + at;
        const size_t name = load16 (here + 28), rest = load16 (here + 30) + load16 (here + 32);
        if (end - at - ENTRY_BYTES < name + rest)
            return rg_fail (message, RG_EINPUT, "%s: entry %u of the ZIP directory is damaged", zip->name, i);
        if (is_member (here + ENTRY_BYTES, name, member)) {
            *out = (entry) { .flags = load16 (here + 8), .method = load16 (here + 10), .crc = load32 (here + 16),
                             .packed = load32 (here + 20), .size = load32 (here + 24), .local = load32 (here + 42) };
            return RG_OK;
        }
        at += ENTRY_BYTES + name + rest;
    }
    return rg_fail (message, RG_EINPUT, "%s: expected a member '%s' or '%s.npy', found none among %u", zip->name, member,
                    member, count);
}

/* Check what the directory says and find where the member's bytes start. */
static rg_status
locate (const rg_source *zip, const entry *found, const char *name, size_t *start, rg_message *message)
{
    if (found->size == UINT32_MAX || found->packed == UINT32_MAX || found->local == UINT32_MAX)
        return rg_fail (message, RG_EINPUT, "%s: expected a member below 4 GiB, got a ZIP64 entry", name);
    if ((found->flags & 1) != 0)
        return rg_fail (message, RG_EINPUT, "%s: expected plain data, got an encrypted member", name);
    if (found->method != 0 && found->method != 8)
        return rg_fail (message, RG_EINPUT, "%s: expected a stored or deflated member, got ZIP method %u", name,
                        found->method);
    if (found->method == 0 && found->packed != found->size)
        return rg_fail (message, RG_EINPUT, "%s: expected a stored member of %zu bytes, got %zu", name, found->size,
                        found->packed);
    if (found->local > zip->size || zip->size - found->local < LOCAL_BYTES
        || memcmp (zip->bytes + found->local, local_magic, 4) != 0)
        return rg_fail (message, RG_EINPUT, "%s: found no ZIP header where the directory says", name);
    const unsigned char *local = zip->bytes + found->local;
    const size_t skip = LOCAL_BYTES + load16 (local + 26) + load16 (local + 28);
    if (zip->size - found->local < skip || zip->size - found->local - skip < found->packed)
        return rg_fail (message, RG_EINPUT, "%s: expected %zu bytes of the member, the file ends before", name,
                        found->packed);
    *start = found->local + skip;
    return RG_OK;
}

static rg_status
unpack (const rg_source *zip, const entry *found, size_t start, rg_source *out, rg_message *message)
{
    if (!rg_inflate_plausible (found->packed, found->size))
        return rg_fail (message, RG_EINPUT, "%s: expected %zu bytes, more than %zu deflated bytes can hold", out->name,
                        found->size, found->packed);
    unsigned char *block = rg_malloc (found->size, 1);
    if (block == NULL)
        return rg_fail_memory (message, out->name);
    size_t written, used;
    const rg_inflated result = rg_inflate (RG_DEFLATE, zip->bytes + start, found->packed, block, found->size, &written,
                                           &used);
    if (result == RG_INFLATE_END && written == found->size && used == found->packed) {
        out->bytes = out->block = block;
        out->size = written;
        return RG_OK;
    }
    rg_free (block);
    if (result == RG_INFLATE_ENOMEM)
        return rg_fail_memory (message, out->name);
    return rg_fail (message, RG_EINPUT, "%s: expected %zu bytes after decompression, the deflated data are damaged",
                    out->name, found->size);
}

/* The checksum of a whole member; zlib counts in unsigned int, sizes here are below 4 GiB. */
static rg_status
check_crc (const rg_source *member, const entry *found, rg_message *message)
{
    const uLong crc = crc32 (crc32 (0, NULL, 0), member->bytes, (uInt) member->size);
    if (crc != found->crc)
        return rg_fail (message, RG_EINPUT, "%s: expected the checksum %08lx, got %08lx", member->name,
                        (unsigned long) found->crc, (unsigned long) crc);
    return RG_OK;
}

static rg_status
parse_member (rg_source *member, const entry *found, rg_array *out, rg_message *message)
{
    const uint64_t digest = rg_source_digest (member);
    rg_status status = check_crc (member, found, message);
    if (status == RG_OK)
        status = rg_npy_from_source (member, out, message);
    if (status == RG_OK)
        out->digest = digest;
    return status;
}

/* Read one member; a stored one may take the block of the archive over. */
static rg_status
read_member (rg_source *zip, const char *member, rg_array *out, rg_message *message)
{
    entry found = { 0 };
    size_t start = 0;
    char name[sizeof message->text];
    snprintf (name, sizeof name, "%s:%s", zip->name, member);
    rg_status status = find_member (zip, member, &found, message);
    if (status == RG_OK)
        status = locate (zip, &found, name, &start, message);
    if (status != RG_OK)
        return status;
    if (found.method == 0) {
        rg_source stored = { zip->bytes + start, found.size, name, zip->block };
        status = parse_member (&stored, &found, out, message);
        zip->block = stored.block;
        return status;
    }
    rg_source plain = { .name = name };
    status = unpack (zip, &found, start, &plain, message);
    if (status == RG_OK)
        status = parse_member (&plain, &found, out, message);
    rg_free (plain.block);
    return status;
}

static rg_status
read_named (rg_source *source, const char *member, rg_array *out, rg_message *message)
{
    *out = (rg_array) { 0 };
    return read_member (source, member, out, message);
}

rg_status
rg_npz_read (const char *path, const char *member, rg_array *out, rg_message *message)
{
    *out = (rg_array) { 0 };
    rg_source zip;
    rg_status status = rg_source_open (&zip, path, message);
    if (status == RG_OK)
        status = read_member (&zip, member, out, message);
    rg_free (zip.block);
    return status;
}

rg_status
rg_npz_parse (const void *bytes, size_t size, const char *name, const char *member, rg_array *out, rg_message *message)
{
    *out = (rg_array) { 0 };
    rg_source zip = { .bytes = size == 0 ? (const unsigned char *) "" : bytes, .size = size, .name = name };
    rg_status status = rg_source_prepare (&zip, message);
    if (status == RG_OK)
        status = read_member (&zip, member, out, message);
    rg_free (zip.block);
    return status;
}

/* ---- As data --------------------------------------------------------- */

/* What people call inputs and targets in one file. */
static const char *const pairs[][2] = { { "x", "y" }, { "X", "y" }, { "inputs", "labels" }, { "inputs", "targets" },
                                        { "data", "target" }, { "data", "labels" }, { "images", "labels" } };

/* Inputs and targets of one file; the archive's block stays until both are read. */
static rg_status
read_pair (rg_source *zip, rg_table *out, rg_message *message)
{
    entry ignored;
    rg_source borrowed = *zip;
    borrowed.block = NULL;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (find_member (zip, pairs[i][0], &ignored, NULL) == RG_OK && find_member (zip, pairs[i][1], &ignored, NULL) == RG_OK) {
            const rg_status status = read_named (&borrowed, pairs[i][0], &out->array, message);
            return status == RG_OK ? read_named (&borrowed, pairs[i][1], &out->targets, message) : status;
        }
    const rg_status status = find_member (zip, "arr_0", &ignored, NULL);
    if (status == RG_OK && find_member (zip, "arr_1", &ignored, NULL) != RG_OK)
        return read_named (zip, "arr_0", &out->array, message);
    return rg_fail (message, RG_EINPUT, "%s: expected FILE.npz:MEMBER, or members x and y: which one is meant?", zip->name);
}

static rg_status
read_table (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    (void) options;
    return member != NULL ? read_named (source, member, &out->array, message) : read_pair (source, out, message);
}

static int
recognise (const rg_source *source)
{
    return source->size >= sizeof local_magic && memcmp (source->bytes, local_magic, sizeof local_magic) == 0;
}

const rg_format rg_format_npz = { "npz", "NumPy's archives: FILE.npz:MEMBER, or members x and y", .recognise = recognise,
                                  .read = read_table };

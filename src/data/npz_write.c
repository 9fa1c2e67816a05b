/*
 * npz_write.c -- writing NPZ files, whole or not at all; see data.h and npy_write.h.
 *
 * A ZIP archive (PKWARE's APPNOTE 6.3) of NPY files that are stored as they are. The time of each is the first that there is,
 * 1 January 1980: equal arrays give equal bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "base/memory.h"
#include "base/replace.h"
#include "data/npy_write.h"
#include "data/source.h"
#include "data/texts.h"

enum { LOCAL = 30, ENTRY = 46, END = 22, NEEDED = 20, FIRST_DAY = 1 << 5 | 1, LONGEST_NAME = 200, MOST = 65535 };

/* A member on its way: local header with the name, NPY header, data. */
typedef struct {
    char name[LONGEST_NAME + 8]; /* with .npy */
    char header[RG_NPY_HEADER];
    size_t header_bytes, data_bytes, at; /* at: where its local header starts */
    const void *data;
    uint32_t *texts;             /* data of texts; or NULL */
    uint32_t crc;
    unsigned char local[LOCAL];
} member;

typedef struct {
    member *members;
    size_t count, bytes;         /* bytes of all members */
    unsigned char *directory;    /* entries and end */
    size_t directory_bytes;
    rg_piece *pieces;            /* four a member, and the directory */
} archive;

static unsigned char *
put16 (unsigned char *at, unsigned value)
{
    at[0] = (unsigned char) (value & 0xff);
    at[1] = (unsigned char) (value >> 8 & 0xff);
    return at + 2;
}

static unsigned char *
put32 (unsigned char *at, size_t value)
{
    return put16 (put16 (at, (unsigned) (value & 0xffff)), (unsigned) (value >> 16 & 0xffff));
}

/* From "version needed" to the name's length: what local header and directory have in common. */
static unsigned char *
put_facts (unsigned char *at, const member *m)
{
    const size_t bytes = m->header_bytes + m->data_bytes;
    at = put16 (put16 (put16 (put16 (put16 (at, NEEDED), 0), 0), 0), FIRST_DAY); /* no flags, stored, midnight */
    at = put32 (put32 (put32 (at, m->crc), bytes), bytes);
    return put16 (put16 (at, (unsigned) strlen (m->name)), 0);
}

static rg_status
set_texts (member *m, const rg_npz_member *of, rg_message *message)
{
    size_t longest = 1;
    char descr[32];
    for (size_t i = 0; i < of->count; i++) {
        const size_t length = rg_text_length (of->texts[i]);
        longest = length > longest ? length : longest;
    }
    m->texts = rg_calloc (of->count == 0 ? 1 : of->count, longest * sizeof *m->texts);
    if (m->texts == NULL)
        return rg_fail_memory (message, of->name);
    for (size_t i = 0; i < of->count; i++)
        rg_text_decode (of->texts[i], m->texts + i * longest, longest);
    snprintf (descr, sizeof descr, "%cU%zu", rg_npy_order (), longest);
    m->header_bytes = rg_npy_header (descr, 1, &of->count, m->header);
    m->data_bytes = of->count * longest * sizeof *m->texts;
    m->data = m->texts;
    return RG_OK;
}

static void
set_array (member *m, const rg_array *array)
{
    m->header_bytes = rg_npy_header (rg_npy_descr (array->type), array->ndim, array->shape, m->header);
    m->data_bytes = rg_array_count (array) * rg_element_bytes (array->type);
    m->data = array->data;
}

/* CRC of a stretch of any length. */
static uint32_t
crc_of (uint32_t crc, const void *data, size_t bytes)
{
    for (const unsigned char *at = data; bytes > 0;) {
        const uInt part = bytes < 1u << 30 ? (uInt) bytes : 1u << 30;
        crc = (uint32_t) crc32 (crc, at, part);
        at += part;
        bytes -= part;
    }
    return crc;
}

static rg_status
set_member (archive *zip, size_t i, const rg_npz_member *members, const char *path, rg_message *message)
{
    member *m = &zip->members[i];
    const rg_npz_member *of = &members[i];
    for (size_t k = 0; k < i; k++)
        if (strcmp (members[k].name, of->name) == 0)
            return rg_fail (message, RG_EINPUT, "%s: two arrays are called %s", path, of->name);
    if (!rg_entry_names_file (of->name))
        return rg_fail (message, RG_EINPUT, "%s: expected a name of 1 to %d bytes for array %zu, that could be a file's", path,
                        LONGEST_NAME, i);
    snprintf (m->name, sizeof m->name, "%.*s.npy", LONGEST_NAME, of->name);
    if (of->array != NULL)
        set_array (m, of->array);
    else if (set_texts (m, of, message) != RG_OK)
        return RG_ENOMEM;
    const size_t bytes = LOCAL + strlen (m->name) + m->header_bytes;
    if (m->data_bytes > UINT32_MAX - bytes || zip->bytes > UINT32_MAX - bytes - m->data_bytes)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: expected at most 4 GiB of arrays in an NPZ file", path);
    m->crc = crc_of (crc_of (0, m->header, m->header_bytes), m->data, m->data_bytes);
    put_facts (put32 (m->local, 0x04034b50), m);
    m->at = zip->bytes;
    zip->bytes += bytes + m->data_bytes;
    return RG_OK;
}

static void
build_directory (archive *zip)
{
    unsigned char *at = zip->directory;
    for (size_t i = 0; i < zip->count; i++) {
        const member *m = &zip->members[i];
        at = put_facts (put16 (put32 (at, 0x02014b50), NEEDED), m);
        at = put32 (put16 (put32 (put32 (at, 0), 0), 0), m->at); /* no comment, first disk, no attributes */
        at = (unsigned char *) memcpy (at, m->name, strlen (m->name)) + strlen (m->name);
    }
    const size_t bytes = (size_t) (at - zip->directory);
    const unsigned count = (unsigned) zip->count;
    at = put16 (put16 (put16 (put16 (put32 (at, 0x06054b50), 0), 0), count), count);
    at = put16 (put32 (put32 (at, bytes), zip->bytes), 0);
    zip->directory_bytes = (size_t) (at - zip->directory);
}

static void
list_pieces (archive *zip)
{
    rg_piece *piece = zip->pieces;
    for (size_t i = 0; i < zip->count; i++) {
        const member *m = &zip->members[i];
        *piece++ = (rg_piece) { m->local, LOCAL };
        *piece++ = (rg_piece) { m->name, strlen (m->name) };
        *piece++ = (rg_piece) { m->header, m->header_bytes };
        *piece++ = (rg_piece) { m->data, m->data_bytes };
    }
    *piece = (rg_piece) { zip->directory, zip->directory_bytes };
}

static rg_status
build (archive *zip, const rg_npz_member *members, const char *path, rg_message *message)
{
    zip->members = rg_calloc (zip->count, sizeof *zip->members);
    zip->pieces = rg_calloc (4 * zip->count + 1, sizeof *zip->pieces);
    zip->directory = rg_calloc (zip->count * (ENTRY + sizeof zip->members->name) + END, 1);
    if (zip->members == NULL || zip->pieces == NULL || zip->directory == NULL)
        return rg_fail_memory (message, path);
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < zip->count; i++)
        status = set_member (zip, i, members, path, message);
    if (status == RG_OK) {
        build_directory (zip);
        list_pieces (zip);
    }
    return status;
}

rg_status
rg_npz_write_at (const rg_entry *entry, const rg_npz_member *members, size_t count, rg_message *message)
{
    archive zip = { .count = count };
    if (count == 0 || count > MOST)
        return rg_fail (message, RG_ERANGE, "%s: expected 1 to %d arrays, got %zu", entry->path, MOST, count);
    rg_status status = build (&zip, members, entry->path, message);
    if (status == RG_OK)
        status = rg_replace (entry, zip.pieces, 4 * count + 1, message);
    for (size_t i = 0; zip.members != NULL && i < count; i++)
        rg_free (zip.members[i].texts);
    rg_free (zip.members);
    rg_free (zip.pieces);
    rg_free (zip.directory);
    return status;
}

rg_status
rg_npz_write (const char *path, const rg_npz_member *members, size_t count, rg_message *message)
{
    return rg_npz_write_at (&(rg_entry) { AT_FDCWD, path, path }, members, count, message);
}

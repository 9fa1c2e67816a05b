/* archive_patch.h -- an archive (base/archive.h) with a number changed and its checksum put right: what a stranger may send. */
#ifndef TESTS_ARCHIVE_PATCH_H
#define TESTS_ARCHIVE_PATCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/archive.h"

enum { PATCH_HEADER = RG_ARCHIVE_MAGIC + RG_ARCHIVE_IDENTITY + 8, PATCH_STRETCH = 1 << 20 };

static inline uint64_t
patch_number (const unsigned char *bytes, size_t at)
{
    uint64_t number;
    memcpy (&number, bytes + at, sizeof number);
    return number;
}

static inline uint64_t
patch_sum (uint64_t sum, const unsigned char *at, size_t bytes)
{
    for (size_t part; bytes > 0; at += part, bytes -= part) {
        part = bytes < PATCH_STRETCH ? bytes : PATCH_STRETCH;
        sum = XXH3_64bits_withSeed (at, part, sum);
    }
    return sum;
}

/* Put the checksum at the end of an archive right, where its sizes fit it at all. */
static inline void
patch_checksum (unsigned char *bytes, size_t size)
{
    if (size < PATCH_HEADER + 8)
        return;
    const uint64_t count = patch_number (bytes, PATCH_HEADER - 8);
    if (count > (size - PATCH_HEADER - 8) / 8)
        return;
    uint64_t sum = patch_sum (patch_sum (0, bytes, PATCH_HEADER), bytes + PATCH_HEADER, 8 * count);
    size_t at = PATCH_HEADER + 8 * count;
    for (size_t i = 0; i < count; i++) {
        const uint64_t part = patch_number (bytes, PATCH_HEADER + 8 * i);
        if (part > size - 8 - at)
            return;
        sum = patch_sum (sum, bytes + at, part);
        at += part;
    }
    memcpy (bytes + size - 8, &sum, sizeof sum);
}

/* Where number `index` of a part is, from the start of the file. */
static inline size_t
patch_place (const unsigned char *bytes, size_t part, size_t index)
{
    size_t at = PATCH_HEADER + 8 * patch_number (bytes, PATCH_HEADER - 8);
    for (size_t i = 0; i < part; i++)
        at += patch_number (bytes, PATCH_HEADER + 8 * i);
    return at + 8 * index;
}

/* Change number `index` of a part of the archive at a path. */
static inline void
patch_archive (const char *path, size_t part, size_t index, uint64_t number)
{
    FILE *file = fopen (path, "r+b");
    if (file == NULL)
        abort ();
    fseek (file, 0, SEEK_END);
    const size_t size = (size_t) ftell (file);
    unsigned char *bytes = malloc (size);
    rewind (file);
    if (fread (bytes, 1, size, file) != size)
        abort ();
    memcpy (bytes + patch_place (bytes, part, index), &number, sizeof number);
    patch_checksum (bytes, size);
    rewind (file);
    if (fwrite (bytes, 1, size, file) != size)
        abort ();
    fclose (file);
    free (bytes);
}

#endif /* TESTS_ARCHIVE_PATCH_H */

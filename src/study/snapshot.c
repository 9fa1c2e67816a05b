/* snapshot.c -- see snapshot.h. */
#include "study/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"

enum { HEADER = 8, WORD = 8 };
static const char magic[WORD + 1] = "RGSNAP02";

static size_t
file_words (const rg_snapshot *s)
{
    return HEADER + s->values_size + s->memory_size + s->best_size + 1;
}

/* All of a block to a file descriptor. */
static int
write_all (int file, const void *block, size_t bytes)
{
    for (const char *at = block; bytes > 0;) {
        const ssize_t written = write (file, at, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        at += written;
        bytes -= (size_t) written;
    }
    return 0;
}

/* Append an array, or take one out, and move on. */
static void
put (uint64_t **at, const double *array, uint64_t size)
{
    if (size > 0)
        memcpy (*at, array, size * WORD);
    *at += size;
}

static void
take (const uint64_t **at, double *array, uint64_t size)
{
    if (size > 0)
        memcpy (array, *at, size * WORD);
    *at += size;
}

rg_status
rg_snapshot_write (const char *path, const rg_snapshot *s, rg_message *message)
{
    const size_t words = file_words (s);
    uint64_t *block = rg_malloc (words, WORD);
    if (block == NULL)
        return rg_fail (message, RG_ENOMEM, "%s: out of memory for the snapshot", path);
    memcpy (block, magic, WORD);
    memcpy (block + 1, (uint64_t[]) { s->iteration, s->outer_steps, s->values_size, s->memory_size, s->best_size,
                                      s->best_iteration }, 6 * WORD);
    memcpy (block + HEADER - 1, &s->best_value, WORD);
    uint64_t *at = block + HEADER;
    put (&at, s->values, s->values_size);
    put (&at, s->memory, s->memory_size);
    put (&at, s->best, s->best_size);
    block[words - 1] = XXH3_64bits (block, (words - 1) * WORD);
    char temporary[4096];
    snprintf (temporary, sizeof temporary, "%s.new", path);
    const int file = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int failed = file < 0 || write_all (file, block, words * WORD) != 0 || fsync (file) != 0;
    int error = errno;
    if (file >= 0 && close (file) != 0 && !failed) {
        failed = 1;
        error = errno;
    }
    if (!failed && rename (temporary, path) != 0) {
        failed = 1;
        error = errno;
    }
    rg_free (block);
    if (!failed)
        return RG_OK;
    unlink (temporary);
    return rg_fail (message, RG_ESYSTEM, "%s: cannot write: %s", path, strerror (error));
}

rg_status
rg_snapshot_read (const char *path, rg_snapshot *s, rg_message *message)
{
    s->best_size = s->values_size;
    size_t words = file_words (s);
    uint64_t *block = rg_malloc (words + 1, WORD);
    if (block == NULL)
        return rg_fail (message, RG_ENOMEM, "%s: out of memory for the snapshot", path);
    FILE *file = fopen (path, "rbe");
    if (file == NULL) {
        rg_free (block);
        return rg_fail (message, RG_ESYSTEM, "%s: cannot open: %s", path, strerror (errno));
    }
    const size_t read = fread (block, 1, (words + 1) * WORD, file);
    fclose (file);
    rg_status status = RG_OK;
    if (read >= (HEADER + 1) * WORD && block[5] == 0)
        s->best_size = 0;
    words = file_words (s);
    if (read < (HEADER + 1) * WORD || memcmp (block, magic, WORD) != 0)
        status = rg_fail (message, RG_EINPUT, "%s: not a snapshot of this version", path);
    else if (block[3] != s->values_size || block[4] != s->memory_size)
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is of another problem (%llu values, expected %llu)",
                          path, (unsigned long long) block[3], (unsigned long long) s->values_size);
    else if (block[5] != s->best_size || read != words * WORD || block[words - 1] != XXH3_64bits (block, (words - 1) * WORD))
        status = rg_fail (message, RG_EINPUT, "%s: the snapshot is damaged", path);
    else {
        s->iteration = block[1];
        s->outer_steps = block[2];
        s->best_iteration = block[6];
        memcpy (&s->best_value, block + HEADER - 1, WORD);
        const uint64_t *at = block + HEADER;
        take (&at, s->values, s->values_size);
        take (&at, s->memory, s->memory_size);
        take (&at, s->best, s->best_size);
    }
    rg_free (block);
    return status;
}

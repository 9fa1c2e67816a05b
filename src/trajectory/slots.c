/* slots.c -- see slots.h. Blocks on disk pass through one block of memory. */
#include "trajectory/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/memory.h"

/* A block of memory, or a part of the file. */
typedef struct {
    char *block; /* NULL: not used yet, or on disk */
    size_t capacity, bytes;
    uint64_t offset, digest;
} place;

struct rg_slots {
    size_t count, on_disk;
    char *directory;
    int file; /* -1: not open */
    uint64_t end;
    place between; /* what passes to and from the file */
    size_t held, most;
    place places[];
};

rg_status
rg_slots_new (rg_slots **out, size_t count, size_t on_disk, const char *directory)
{
    *out = NULL;
    if (count > (SIZE_MAX - sizeof (rg_slots)) / sizeof (place))
        return RG_ENOMEM;
    rg_slots *slots = rg_calloc (1, rg_slots_overhead (count));
    if (slots == NULL)
        return RG_ENOMEM;
    slots->count = count;
    slots->on_disk = on_disk;
    slots->file = -1;
    if (on_disk > 0 && (slots->directory = rg_strdup (directory != NULL ? directory : "/tmp")) == NULL) {
        rg_slots_free (slots);
        return RG_ENOMEM;
    }
    *out = slots;
    return RG_OK;
}

void
rg_slots_free (rg_slots *slots)
{
    if (slots == NULL)
        return;
    if (slots->file >= 0)
        close (slots->file);
    for (size_t i = 0; i < slots->count; i++)
        rg_free (slots->places[i].block);
    rg_free (slots->between.block);
    rg_free (slots->directory);
    rg_free (slots);
}

static rg_status
system_failure (const rg_slots *slots, const char *what, int error, rg_message *message)
{
    return rg_fail (message, RG_ESYSTEM, "%s: cannot %s a checkpoint: %s", slots->directory, what, strerror (error));
}

static rg_status
open_file (rg_slots *slots, rg_message *message)
{
    const size_t length = strlen (slots->directory) + sizeof "/retrograde-XXXXXX";
    char *name = rg_malloc (length, 1);
    if (name == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for a checkpoint");
    snprintf (name, length, "%s/retrograde-XXXXXX", slots->directory);
    slots->file = mkostemp (name, O_CLOEXEC);
    const int error = errno;
    if (slots->file >= 0)
        unlink (name);
    rg_free (name);
    return slots->file >= 0 ? RG_OK : system_failure (slots, "create", error, message);
}

/* Memory for a block, the old content given up. */
static rg_status
make_room (rg_slots *slots, place *p, size_t bytes, rg_message *message)
{
    if (p->block != NULL && p->capacity >= bytes)
        return RG_OK;
    rg_free (p->block);
    slots->held -= p->capacity;
    p->block = rg_malloc (bytes, 1);
    p->capacity = p->block == NULL ? 0 : bytes;
    slots->held += p->capacity;
    if (slots->held > slots->most)
        slots->most = slots->held;
    return p->block != NULL ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for a checkpoint");
}

rg_status
rg_slots_open_put (rg_slots *slots, size_t slot, size_t bytes, void **block, rg_message *message)
{
    place *p = slot < slots->on_disk ? &slots->between : &slots->places[slot];
    *block = NULL;
    const rg_status status = make_room (slots, p, bytes, message);
    if (status != RG_OK)
        return status;
    slots->places[slot].bytes = bytes;
    *block = p->block;
    return RG_OK;
}

rg_status
rg_slots_close_put (rg_slots *slots, size_t slot, rg_message *message)
{
    place *p = &slots->places[slot];
    if (slot >= slots->on_disk)
        return RG_OK;
    if (slots->file < 0) {
        const rg_status status = open_file (slots, message);
        if (status != RG_OK)
            return status;
    }
    if (p->capacity < p->bytes) { /* the first time, or the block has grown */
        p->offset = slots->end;
        p->capacity = p->bytes;
        slots->end += p->bytes;
    }
    p->digest = XXH3_64bits (slots->between.block, p->bytes);
    const int error = rg_file_write (slots->file, slots->between.block, p->bytes, p->offset);
    return error == 0 ? RG_OK : system_failure (slots, "write", error, message);
}

rg_status
rg_slots_get (rg_slots *slots, size_t slot, const void **block, size_t *bytes, rg_message *message)
{
    place *p = &slots->places[slot];
    *block = p->block;
    *bytes = p->bytes;
    if (slot >= slots->on_disk)
        return RG_OK;
    const rg_status status = make_room (slots, &slots->between, p->bytes, message);
    if (status != RG_OK)
        return status;
    *block = slots->between.block;
    const ssize_t read = rg_file_read (slots->file, slots->between.block, p->bytes, p->offset);
    if (read != (ssize_t) p->bytes)
        return system_failure (slots, "read", read < 0 ? errno : EIO, message);
    if (XXH3_64bits (slots->between.block, p->bytes) != p->digest)
        return rg_fail (message, RG_ESYSTEM, "%s: a checkpoint was not read back as it was written", slots->directory);
    return RG_OK;
}

size_t
rg_slots_bytes (const rg_slots *slots)
{
    return slots->most;
}

size_t
rg_slots_disk_bytes (const rg_slots *slots)
{
    return slots->end;
}

size_t
rg_slots_overhead (size_t count)
{
    return sizeof (rg_slots) + count * sizeof (place);
}

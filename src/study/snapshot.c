/* snapshot.c -- see snapshot.h. */
#include "study/snapshot.h"

#include "base/memory.h"
#include "study/identity.h"

enum { NUMBERS, VALUES, MEMORY, BEST, CARRIED, PARTS, WORD = 8 };
static const char magic[] = "RGSNAP03";

/* What the first part holds. */
typedef struct {
    uint64_t iteration, outer_steps, best_iteration;
    double best_value;
} numbers;

static void
list (const rg_snapshot *s, numbers *n, rg_span parts[PARTS])
{
    parts[NUMBERS] = (rg_span) { n, sizeof *n };
    parts[VALUES] = (rg_span) { s->values, s->values_size * WORD };
    parts[MEMORY] = (rg_span) { s->memory, s->memory_size * WORD };
    parts[BEST] = (rg_span) { s->best, s->best_size * WORD };
    parts[CARRIED] = (rg_span) { s->carried, s->carried_bytes };
}

rg_status
rg_snapshot_write (const char *path, const rg_snapshot *s, rg_message *message)
{
    char identity[RG_ARCHIVE_IDENTITY];
    numbers n = { s->iteration, s->outer_steps, s->best_iteration, s->best_value };
    rg_span parts[PARTS];
    rg_identity (identity);
    list (s, &n, parts);
    return rg_archive_write (path, magic, identity, parts, PARTS, message);
}

/* Made where the bits are the same, and of these sizes; those of the best and the carried are taken from the file. */
static rg_status
check (const rg_archive *archive, const char *path, rg_snapshot *s, rg_message *message)
{
    const rg_status status = rg_identity_compare (path, rg_archive_identity (archive), message);
    if (status != RG_OK)
        return status;
    if (rg_archive_parts (archive) != PARTS || rg_archive_bytes (archive, NUMBERS) != sizeof (numbers))
        return rg_fail (message, RG_EINPUT, "%s: not a snapshot of this version", path);
    const uint64_t values = rg_archive_bytes (archive, VALUES), best = rg_archive_bytes (archive, BEST);
    if (values != s->values_size * WORD || rg_archive_bytes (archive, MEMORY) != s->memory_size * WORD
        || (best != 0 && best != values))
        return rg_fail (message, RG_EINPUT, "%s: the snapshot is of another problem (%llu values, expected %llu)", path,
                        (unsigned long long) values / WORD, (unsigned long long) s->values_size);
    s->best_size = best / WORD;
    s->carried_bytes = rg_archive_bytes (archive, CARRIED);
    s->carried = s->carried_bytes == 0 ? NULL : rg_malloc (s->carried_bytes, 1);
    return s->carried_bytes == 0 || s->carried != NULL ? RG_OK
                                                       : rg_fail (message, RG_ENOMEM, "%s: out of memory for the snapshot", path);
}

rg_status
rg_snapshot_read (const char *path, rg_snapshot *s, rg_message *message)
{
    numbers n;
    rg_span parts[PARTS];
    rg_archive *archive;
    s->carried = NULL;
    rg_status status = rg_archive_open (&archive, path, magic, message);
    if (status == RG_OK)
        status = check (archive, path, s, message);
    list (s, &n, parts);
    for (size_t i = 0; status == RG_OK && i < PARTS; i++)
        status = rg_archive_read (archive, i, parts[i].data, message);
    rg_archive_close (archive);
    if (status != RG_OK) {
        rg_free (s->carried);
        s->carried = NULL;
        return status;
    }
    s->iteration = n.iteration;
    s->outer_steps = n.outer_steps;
    s->best_iteration = n.best_iteration;
    s->best_value = n.best_value;
    return RG_OK;
}

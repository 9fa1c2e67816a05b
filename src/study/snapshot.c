/* snapshot.c -- see snapshot.h. */
#include "study/snapshot.h"

#include <math.h>

#include "base/archive.h"
#include "base/memory.h"
#include "base/record.h"
#include "study/identity.h"

enum { NUMBERS, VALUES, MEMORY, BEST, CARRIED, PARTS, WORD = 8 };
static const char magic[] = "RGSNAP04";

/* What the first part holds; steps are counted in doubles by some optimizers. */
static const rg_field fields[] = {
    RG_UINT64 (rg_snapshot, iteration, UINT64_MAX - 1),
    RG_UINT64 (rg_snapshot, outer_steps, UINT64_C (1) << 53),
    RG_UINT64 (rg_snapshot, best_iteration, UINT64_MAX - 1),
    RG_REAL (rg_snapshot, best_value),
};
enum { FIELDS = sizeof fields / sizeof *fields };

static void
list (const rg_snapshot *s, unsigned char numbers[FIELDS * WORD], rg_span parts[PARTS])
{
    parts[NUMBERS] = (rg_span) { numbers, FIELDS * WORD };
    parts[VALUES] = (rg_span) { s->values, s->values_size * WORD };
    parts[MEMORY] = (rg_span) { s->memory, s->memory_size * WORD };
    parts[BEST] = (rg_span) { s->best, s->best_size * WORD };
    parts[CARRIED] = (rg_span) { s->carried, s->carried_bytes };
}

rg_status
rg_snapshot_write (const rg_entry *entry, const rg_snapshot *s, rg_message *message)
{
    char identity[RG_ARCHIVE_IDENTITY];
    unsigned char numbers[FIELDS * WORD];
    rg_span parts[PARTS];
    rg_identity (identity);
    rg_record_write (fields, FIELDS, s, numbers);
    list (s, numbers, parts);
    return rg_archive_write (entry, magic, identity, parts, PARTS, message);
}

/* Made where the bits are the same, and of these sizes; those of the best and the carried are taken from the file. */
static rg_status
check (const rg_archive *archive, const char *path, rg_snapshot *s, rg_message *message)
{
    const rg_status status = rg_identity_compare (path, rg_archive_identity (archive), message);
    if (status != RG_OK)
        return status;
    if (rg_archive_parts (archive) != PARTS || rg_archive_bytes (archive, NUMBERS) != FIELDS * WORD)
        return rg_fail (message, RG_EINPUT, "%s: the snapshot is damaged: it has other parts", path);
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

static int
all_finite (const double *numbers, uint64_t size)
{
    int finite = 1;
    for (uint64_t i = 0; i < size; i++)
        finite &= isfinite (numbers[i]) != 0;
    return finite;
}

/* Each number against its range. */
static rg_status
check_numbers (const char *path, const unsigned char numbers[FIELDS * WORD], uint64_t lines, rg_snapshot *s,
               rg_message *message)
{
    const char *what = !rg_record_read (fields, FIELDS, s, numbers) ? "a number is out of its range"
        : s->best_size > 0 && (s->best_iteration > s->iteration || isnan (s->best_value)) ? "its best is not one"
        : !all_finite (s->values, s->values_size) ? "a hyperparameter is not finite"
        : !all_finite (s->memory, s->memory_size) ? "a number of the optimizer is not finite"
        : !all_finite (s->best, s->best_size)     ? "a hyperparameter of the best is not finite"
                                                  : NULL;
    if (what != NULL)
        return rg_fail (message, RG_EINPUT, "%s: the snapshot is damaged: %s", path, what);
    return s->iteration <= lines
        ? RG_OK : rg_fail (message, RG_EINPUT, "%s: the snapshot is of meta-iteration %llu, and the journal has %llu lines", path,
                           (unsigned long long) s->iteration, (unsigned long long) lines);
}

rg_status
rg_snapshot_read (const rg_entry *entry, uint64_t lines, rg_snapshot *s, rg_message *message)
{
    unsigned char numbers[FIELDS * WORD];
    rg_span parts[PARTS];
    rg_archive *archive;
    s->carried = NULL;
    rg_status status = rg_archive_open (&archive, entry, magic, message);
    if (status == RG_OK)
        status = check (archive, entry->path, s, message);
    list (s, numbers, parts);
    for (size_t i = 0; status == RG_OK && i < PARTS; i++)
        status = rg_archive_read (archive, i, parts[i].data, message);
    rg_archive_close (archive);
    if (status == RG_OK)
        status = check_numbers (entry->path, numbers, lines, s, message);
    if (status != RG_OK) {
        rg_free (s->carried);
        s->carried = NULL;
    }
    return status;
}

/* notes.c -- what a user would want to be told of his examples; see part.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/examples/part.h"

/* Add " 3 (setosa)," to a list of classes that has room for it. */
static void
add_class (const rg_dataset *dataset, uint32_t class, char *list, size_t bytes)
{
    const char *name = rg_dataset_class_name (dataset, class);
    const size_t used = strlen (list);
    if (name == NULL)
        snprintf (list + used, bytes - used, "%s%u", used == 0 ? "" : ", ", class);
    else
        snprintf (list + used, bytes - used, "%s%u (%.*s)", used == 0 ? "" : ", ", class, RG_LONGEST_WORD, name);
}

static rg_status
note_absent (const rg_dataset *dataset, int part, const rg_log *log, rg_message *message)
{
    enum { LISTED = 5 };
    const uint32_t classes = rg_dataset_classes (dataset);
    const int32_t *labels = rg_dataset_labels (dataset);
    char list[LISTED * (RG_LONGEST_WORD + 20)] = "";
    uint32_t absent = 0;
    if (labels == NULL || classes < 2)
        return RG_OK;
    unsigned char *seen = rg_calloc (classes, 1);
    if (seen == NULL)
        return rg_fail_memory (message, "classes");
    for (uint32_t i = 0; i < rg_dataset_count (dataset); i++)
        seen[labels[i]] = 1;
    for (uint32_t k = 0; k < classes; k++)
        if (!seen[k] && absent++ < LISTED)
            add_class (dataset, k, list, sizeof list);
    rg_free (seen);
    if (part == RG_TRAINING && 3 * (size_t) (classes - absent) > rg_dataset_count (dataset) && classes - absent > 10)
        rg_note (log, "the %u training examples have %u different labels: are they real targets (task: real)?",
                 rg_dataset_count (dataset), classes - absent);
    else if (absent > 0)
        rg_note (log, "%u of the %u classes have no %s example: %s%s", absent, classes, rg_part_name (part), list,
                 absent > LISTED ? " ..." : "");
    return RG_OK;
}

/* ---- Features of different scales ------------------------------------ */

/* "feature 3" or its name. */
static void
name_feature (const rg_dataset *dataset, size_t feature, char *out, size_t bytes)
{
    const char *name = rg_dataset_feature_name (dataset, feature);
    if (name == NULL)
        snprintf (out, bytes, "feature %zu", feature);
    else
        snprintf (out, bytes, "%.*s", RG_LONGEST_WORD, name);
}

/* Tables whose columns are of other units each train badly; pixels are of one unit, whatever their deviations. */
static rg_status
note_scales (const rg_dataset *training, const rg_log *log, rg_message *message)
{
    enum { ALIKE = 1000 };
    char most[RG_LONGEST_WORD + 1], least[RG_LONGEST_WORD + 1];
    rg_scales scales;
    if (rg_dataset_has_bytes (training) || training->inputs.ndim > 2 || training->divisor != NULL)
        return RG_OK;
    const rg_status status = rg_dataset_find_scales (training, &scales, message);
    if (status != RG_OK || !(scales.most > ALIKE * scales.least))
        return status == RG_ENOMEM ? status : RG_OK;
    name_feature (training, scales.most_at, most, sizeof most);
    name_feature (training, scales.least_at, least, sizeof least);
    rg_note (log, "the inputs differ in scale by 10^%.0f: %s has the deviation %.3g, %s has %.3g; standardize makes them alike",
             floor (log10 (scales.most / scales.least)), most, scales.most, least, scales.least);
    return RG_OK;
}

/* ---- Examples that stand in two parts -------------------------------- */

static uint64_t
digest_of (const rg_dataset *dataset, uint32_t i)
{
    const size_t bytes = dataset->features * rg_element_bytes (dataset->inputs.type);
    const uint64_t target = dataset->labels != NULL
        ? (uint64_t) dataset->labels[i]
        : XXH3_64bits (dataset->reals + i * dataset->targets, dataset->targets * sizeof (double));
    return XXH3_64bits_withSeed ((const unsigned char *) dataset->inputs.data + i * bytes, bytes, target);
}

static int
compare (const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *) left, b = *(const uint64_t *) right;
    return a < b ? -1 : a > b;
}

/* The sorted digests of all examples. */
static uint64_t *
digests_of (const rg_dataset *dataset)
{
    uint64_t *all = rg_malloc (dataset->count, sizeof *all);
    for (uint32_t i = 0; all != NULL && i < dataset->count; i++)
        all[i] = digest_of (dataset, i);
    if (all != NULL)
        qsort (all, dataset->count, sizeof *all, compare);
    return all;
}

static void
note_shared (const uint64_t *known, size_t count, int known_part, const rg_dataset *dataset, int part, const rg_log *log)
{
    uint32_t shared = 0;
    for (uint32_t i = 0; i < dataset->count; i++) {
        const uint64_t digest = digest_of (dataset, i);
        shared += bsearch (&digest, known, count, sizeof digest, compare) != NULL;
    }
    if (shared > 0)
        rg_note (log, "%u of the %u %s examples are %s examples too", shared, dataset->count, rg_part_name (part),
                 rg_part_name (known_part));
}

static rg_status
note_overlaps (const rg_examples_job *job, rg_dataset *const sets[RG_PARTS], int part)
{
    const rg_dataset *of = sets[part];
    uint64_t *known = digests_of (of);
    if (known == NULL)
        return rg_fail_memory (job->message, "digests");
    const int first = part == RG_TRAINING && job->spec->join ? RG_TESTING : part + 1; /* those that were joined are there on purpose */
    for (int other = first; other < RG_FURTHER; other++)
        if (sets[other] != NULL && sets[other]->inputs.type == of->inputs.type)
            note_shared (known, of->count, part, sets[other], other, job->log);
    rg_free (known);
    return RG_OK;
}

rg_status
rg_examples_note (const rg_examples_job *job, rg_dataset *const sets[RG_PARTS])
{
    const rg_log *log = job->log;
    rg_message *message = job->message;
    rg_status status = RG_OK;
    if (log == NULL || log->write == NULL)
        return RG_OK;
    for (int part = 0; status == RG_OK && part < RG_FURTHER; part++)
        if (sets[part] != NULL)
            status = note_absent (sets[part], part, log, message);
    if (status == RG_OK)
        status = note_scales (sets[RG_TRAINING], log, message);
    for (int part = 0; status == RG_OK && part + 1 < RG_FURTHER; part++)
        if (sets[part] != NULL)
            status = note_overlaps (job, sets, part);
    return status;
}

/* labels.c -- from labels as people write them to classes 0, 1 ...; see part.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/examples/part.h"

static int
is_text (const rg_table *targets)
{
    return targets->column != NULL && targets->columns == 1 && targets->column[0].texts > 0;
}

/* Whether all labels are -1 or 1, and both occur. */
static int
are_signs (const rg_table *targets)
{
    int seen[2] = { 0, 0 };
    for (size_t i = 0; i < rg_table_rows (targets); i++) {
        const double label = rg_table_value (targets, i, 0);
        if (label != -1 && label != 1)
            return 0;
        seen[label > 0] = 1;
    }
    return seen[0] && seen[1];
}

/* Whether the labels are 1 ... K and each occurs; *out is K. */
static rg_status
are_from_one (const rg_examples_job *job, const rg_table *targets, uint32_t *out)
{
    const size_t rows = rg_table_rows (targets);
    size_t distinct = 0, most = 0;
    *out = 0;
    unsigned char *seen = rg_calloc (rows + 1, 1);
    if (seen == NULL)
        return rg_fail_memory (job->message, targets->path);
    for (size_t i = 0; i < rows; i++) {
        const double label = rg_table_value (targets, i, 0);
        if (!(label >= 1 && label <= (double) rows && floor (label) == label)) {
            most = rows + 1;
            break;
        }
        distinct += !seen[(size_t) label];
        seen[(size_t) label] = 1;
        most = (size_t) label > most ? (size_t) label : most;
    }
    rg_free (seen);
    if (most == distinct && most >= 2)
        *out = (uint32_t) most;
    return RG_OK;
}

rg_status
rg_labels_decide (const rg_examples_job *job, const rg_table *targets, rg_labels *out)
{
    *out = (rg_labels) { .kind = RG_LABELS_AS_THEY_ARE, .classes = job->spec->classes };
    if (targets->columns != 1)
        return RG_OK;
    if (is_text (targets)) {
        out->kind = RG_LABELS_WORDS;
        return RG_OK;
    }
    uint32_t most;
    const rg_status status = are_from_one (job, targets, &most);
    if (status != RG_OK)
        return status;
    if (are_signs (targets)) {
        out->kind = RG_LABELS_SIGNS;
        out->classes = out->classes > 2 ? out->classes : 2;
        rg_note (job->log, "%s: the labels -1 and 1 are the classes 0 and 1", targets->path);
    } else if (most > 0 && (out->classes == 0 || out->classes == most)) {
        out->kind = RG_LABELS_FROM_ONE;
        out->classes = most;
        rg_note (job->log, "%s: the labels 1 ... %u are the classes 0 ... %u", targets->path, most, most - 1);
    }
    return RG_OK;
}

rg_status
rg_labels_name (const rg_examples_job *job, const rg_table *targets, rg_labels *labels)
{
    const size_t words = targets->column == NULL || targets->columns != 1 ? 0 : targets->column[0].words;
    const size_t rows = rg_table_rows (targets);
    labels->names = words > 0 ? targets : NULL;
    if (labels->kind != RG_LABELS_WORDS)
        return RG_OK;
    labels->classes = 0;
    labels->word = rg_calloc (words, sizeof *labels->word);
    unsigned char *seen = rg_calloc (words, 1);
    if (labels->word == NULL || seen == NULL) {
        rg_free (seen);
        return rg_fail_memory (job->message, targets->path);
    }
    for (size_t i = 0; i < rows; i++) {
        const double cell = rg_table_value (targets, i, 0);
        if (!isnan (cell))
            seen[(size_t) cell] = 1;
    }
    for (size_t k = 0; k < words; k++)
        if (seen[k])
            labels->word[labels->classes++] = k;
    rg_free (seen);
    return RG_OK;
}

/* The class of a text; -1: it does not occur in the training part. */
static int32_t
class_of (const rg_labels *labels, const char *text)
{
    size_t low = 0, high = labels->classes;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp (rg_table_column_word (labels->names, 0, labels->word[middle]), text);
        if (order == 0)
            return (int32_t) middle;
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return -1;
}

static rg_status
fail_label (const rg_examples_job *job, const rg_table *targets, size_t row, const char *expected)
{
    char cell[sizeof job->message->text], got[RG_LONGEST_WORD + 3];
    rg_table_cell (targets, row, 0, cell, sizeof cell);
    const double value = rg_table_value (targets, row, 0);
    if (is_text (targets))
        snprintf (got, sizeof got, "'%.*s'", RG_LONGEST_WORD, rg_table_column_word (targets, 0, (size_t) value));
    else
        snprintf (got, sizeof got, "%.17g", value);
    return rg_fail (job->message, RG_EINPUT, "%s: expected %s, got %s", cell, expected, got);
}

/* The class of one row. */
static rg_status
class_at (const rg_examples_job *job, const rg_table *targets, const rg_labels *labels, size_t row, int32_t *out)
{
    const double value = rg_table_value (targets, row, 0);
    if (labels->kind == RG_LABELS_SIGNS) {
        *out = value > 0;
        return value == -1 || value == 1 ? RG_OK : fail_label (job, targets, row, "a label of -1 or 1");
    }
    if (labels->kind == RG_LABELS_FROM_ONE) {
        if (!(value >= 1 && value <= labels->classes && floor (value) == value))
            return fail_label (job, targets, row, "one of the labels 1 ... of the training examples");
        *out = (int32_t) value - 1;
        return RG_OK;
    }
    *out = isnan (value) || !is_text (targets) ? -1 : class_of (labels, rg_table_column_word (targets, 0, (size_t) value));
    return *out >= 0 ? RG_OK : fail_label (job, targets, row, "a class that the training examples have");
}

rg_status
rg_labels_apply (const rg_examples_job *job, int part, rg_table *targets, const rg_labels *labels)
{
    if (is_text (targets) && labels->kind != RG_LABELS_WORDS)
        return rg_examples_fault (job, part, RG_ABOUT_TARGETS,
                                  fail_label (job, targets, 0, "a number, as the labels of the training examples are"));
    if (labels->kind == RG_LABELS_AS_THEY_ARE)
        return RG_OK;
    const size_t rows = rg_table_rows (targets);
    rg_array classes;
    if (rg_array_new (&classes, RG_INT32, 1, &rows) != RG_OK)
        return rg_fail_memory (job->message, targets->path);
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < rows; i++)
        status = class_at (job, targets, labels, i, &((int32_t *) classes.data)[i]);
    if (status != RG_OK) {
        rg_array_clear (&classes);
        return rg_examples_fault (job, part, RG_ABOUT_TARGETS, status);
    }
    rg_array_clear (&targets->array);
    targets->array = classes;
    return RG_OK;
}

void
rg_labels_clear (rg_labels *labels)
{
    rg_free (labels->word);
    *labels = (rg_labels) { 0 };
}

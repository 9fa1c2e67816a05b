/*
 * split.c -- a training part is split, of each class its share; see part.h.
 *
 * The examples of a class are shuffled; the j-th of m gets the key (j + u) / m with one u a class, and all are put in the order
 * of their keys: any stretch of that order has of each class its share, to one example. The first stretch is for validation,
 * the second for the test, the rest stays.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "data/examples/part.h"

typedef struct {
    double label, key;
    size_t row;
} card;

static int
by_label (const void *left, const void *right)
{
    const card *a = left, *b = right;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int
by_key (const void *left, const void *right)
{
    const card *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Shuffle the cards of one class, of `first` and on, and give them their keys. */
static void
deal (card *cards, size_t first, size_t count, uint64_t seed, uint32_t class)
{
    const rg_random random = { seed, RG_STREAM_SPLIT, class, 0 };
    for (size_t i = count; i > 1; i--) {
        const size_t j = rg_random_below (&random, i, (uint32_t) i);
        const size_t row = cards[first + i - 1].row;
        cards[first + i - 1].row = cards[first + j].row;
        cards[first + j].row = row;
    }
    const double start = rg_random_uniform (&random, 0);
    for (size_t i = 0; i < count; i++)
        cards[first + i].key = ((double) i + start) / (double) count;
}

/* The rows in the order of the keys. */
static rg_status
order_rows (const rg_examples_job *job, const rg_table *targets, size_t *rows)
{
    const size_t count = rg_table_rows (targets);
    card *cards = rg_malloc (count, sizeof *cards);
    if (cards == NULL)
        return rg_fail_memory (job->message, targets->path);
    for (size_t i = 0; i < count; i++) {
        const double label = job->spec->target == RG_TARGET_LABELS ? rg_table_value (targets, i, 0) : 0;
        cards[i] = (card) { isnan (label) ? 0 : label, 0, i };
    }
    qsort (cards, count, sizeof *cards, by_label);
    uint32_t class = 0;
    for (size_t first = 0, end = 0; first < count; first = end, class++) {
        while (end < count && cards[end].label == cards[first].label)
            end++;
        deal (cards, first, end - first, job->spec->seed, class);
    }
    qsort (cards, count, sizeof *cards, by_key);
    for (size_t i = 0; i < count; i++)
        rows[i] = cards[i].row;
    rg_free (cards);
    return RG_OK;
}

/* How many examples each part gets. */
static rg_status
share (const rg_examples_job *job, size_t count, size_t counts[RG_PARTS])
{
    size_t left = count;
    for (int part = RG_VALIDATION; part < RG_PARTS; part++) {
        counts[part] = (size_t) floor (job->spec->split[part] * (double) count + .5);
        if (counts[part] > left || (job->spec->split[part] > 0 && counts[part] == 0))
            return rg_fail (job->message, RG_ERANGE, "%g of %zu examples leave no %s example", job->spec->split[part], count,
                            rg_part_name (counts[part] == 0 ? part : RG_TRAINING));
        left -= counts[part];
    }
    counts[RG_TRAINING] = left;
    return left > 0 ? RG_OK : rg_fail (job->message, RG_ERANGE, "the parts of %zu examples leave no training example", count);
}

/* A part of the rows in their order, which it keeps. */
static rg_status
take_rows (const rg_examples_job *job, const rg_examples_part *whole, const size_t *rows, size_t count, rg_examples_part *out)
{
    const rg_status status = rg_examples_part_rows (whole, rows, count, out, job->message);
    if (status != RG_OK)
        return status;
    out->rows = rg_malloc (count, sizeof *out->rows);
    if (out->rows == NULL)
        return rg_fail_memory (job->message, whole->inputs->path);
    for (size_t i = 0; i < count; i++)
        out->rows[i] = job->spec->part[RG_TRAINING].first + rows[i];
    return RG_OK;
}

rg_status
rg_examples_split (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    size_t counts[RG_PARTS], first = 0;
    rg_examples_part whole = parts[RG_TRAINING];
    const size_t count = rg_table_rows (whole.inputs);
    rg_status status = rg_examples_fault (job, RG_TRAINING, RG_ABOUT_SPLIT, share (job, count, counts));
    if (status != RG_OK)
        return status;
    size_t *rows = rg_malloc (count, sizeof *rows);
    status = rows == NULL ? rg_fail_memory (job->message, whole.inputs->path) : order_rows (job, whole.targets, rows);
    parts[RG_TRAINING] = (rg_examples_part) { 0 };
    for (int i = 1; status == RG_OK && i <= RG_PARTS; i++) {
        const int part = i % RG_PARTS; /* validation, test, training */
        if (counts[part] > 0)
            status = take_rows (job, &whole, rows + first, counts[part], &parts[part]);
        first += counts[part];
    }
    rg_free (rows);
    rg_examples_part_clear (&whole);
    return status;
}

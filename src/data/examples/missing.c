/* missing.c -- missing numbers of the inputs are refused, or filled by what the training examples have; see part.h. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/examples/part.h"

static int
compare (const void *left, const void *right)
{
    const double a = *(const double *) left, b = *(const double *) right;
    return a < b ? -1 : a > b;
}

/* The mean or median of the numbers that are there; NaN without any. `numbers` is scratch. */
static double
middle (const rg_table *table, size_t column, rg_missing how, double *numbers)
{
    size_t count = 0;
    double sum = 0;
    for (size_t i = 0; i < rg_table_rows (table); i++) {
        const double value = rg_table_value (table, i, column);
        if (!isnan (value)) {
            numbers[count++] = value;
            sum += value;
        }
    }
    if (count == 0 || how == RG_MISSING_MEAN)
        return sum / (double) count;
    qsort (numbers, count, sizeof *numbers, compare);
    return count % 2 == 1 ? numbers[count / 2] : numbers[count / 2 - 1] / 2 + numbers[count / 2] / 2;
}

static size_t
count_missing (const rg_table *table, size_t column)
{
    size_t count = 0;
    for (size_t i = 0; i < rg_table_rows (table); i++)
        count += isnan (rg_table_value (table, i, column)) ? 1 : 0;
    return count;
}

static void
put (rg_table *table, size_t column, double value)
{
    for (size_t i = 0; i < rg_table_rows (table); i++) {
        const size_t at = i * table->columns + column;
        if (table->array.type == RG_FLOAT64 && isnan (((double *) table->array.data)[at]))
            ((double *) table->array.data)[at] = value;
        else if (table->array.type == RG_FLOAT32 && isnan (((float *) table->array.data)[at]))
            ((float *) table->array.data)[at] = (float) value;
    }
}

/* One column of all parts. */
static rg_status
fill_column (const rg_examples_job *job, rg_examples_part parts[RG_PARTS], size_t column, double *numbers, size_t *filled)
{
    const rg_table *training = parts[RG_TRAINING].inputs;
    double value = 0;
    int known = 0;
    for (int part = 0; part < RG_PARTS; part++) {
        rg_table *table = parts[part].inputs;
        const size_t missing = table == NULL || column >= table->columns ? 0 : count_missing (table, column);
        if (missing == 0)
            continue;
        if (!known)
            value = middle (training, column, job->spec->missing, numbers);
        known = 1;
        if (isnan (value)) {
            char cell[sizeof job->message->text];
            rg_table_cell (training, 0, column, cell, sizeof cell);
            return rg_fail (job->message, RG_EINPUT, "%s: no training example has a number in this column", cell);
        }
        put (table, column, value);
        *filled += missing;
    }
    return RG_OK;
}

/* The first number that is missing in a text; arrays are looked at when a set is made of them. */
static rg_status
refuse (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    rg_status status = RG_OK;
    for (int part = 0; status == RG_OK && part < RG_PARTS; part++)
        if (parts[part].inputs != NULL && parts[part].inputs->has_lines)
            status = rg_examples_fault (job, part, RG_ABOUT_INPUTS,
                                        rg_table_check_present (parts[part].inputs, "; missing: mean or median would fill it",
                                                                job->message));
    return status;
}

rg_status
rg_examples_fill (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    const rg_table *training = parts[RG_TRAINING].inputs;
    if (job->spec->missing == RG_MISSING_REFUSE)
        return refuse (job, parts);
    size_t filled = 0;
    double *numbers = rg_malloc (rg_table_rows (training), sizeof *numbers);
    rg_status status = numbers == NULL ? rg_fail_memory (job->message, training->path) : RG_OK;
    for (size_t column = 0; status == RG_OK && column < training->columns; column++)
        status = rg_examples_fault (job, RG_TRAINING, RG_ABOUT_MISSING, fill_column (job, parts, column, numbers, &filled));
    rg_free (numbers);
    if (status == RG_OK && filled > 0)
        rg_note (job->log, "%zu missing numbers of the inputs are filled by the training examples' %s", filled,
                 job->spec->missing == RG_MISSING_MEAN ? "means" : "medians");
    return status;
}

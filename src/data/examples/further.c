/* further.c -- examples that are none of the study's, read as the training part is; see part.h. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/examples/part.h"

static int
has_names (const rg_table *table)
{
    return table->column != NULL && rg_table_column_name (table, 0) != NULL;
}

/* The column of the target; (size_t) -1: it is not there. */
static size_t
target_in (const rg_examples_job *job, const rg_examples_part *training, rg_table *inputs)
{
    const char *number = job->spec->part[RG_FURTHER].target;
    const char *name = has_names (training->targets) ? rg_table_column_name (training->targets, 0) : NULL;
    if (inputs->array.ndim != 2)
        return (size_t) -1;
    if (has_names (inputs) && name != NULL)
        return rg_table_find_column (inputs, name);
    if (inputs->columns != training->inputs->columns + 1)
        return (size_t) -1;
    const size_t at = number == NULL ? 0 : (size_t) strtoul (number, NULL, 10);
    return at >= 1 && at <= inputs->columns ? at - 1 : inputs->columns - 1;
}

/* Zeros in place of targets that are of no interest. */
static rg_status
blank_targets (const rg_examples_job *job, const rg_examples_part *training, rg_examples_part *out)
{
    const int labels = job->spec->target == RG_TARGET_LABELS;
    const size_t shape[] = { rg_table_rows (out->inputs), labels ? 1 : training->targets->columns };
    rg_table *targets = rg_table_new (out->inputs->path);
    rg_array_clear (&out->inputs->targets);
    if (targets == NULL || rg_array_new (&targets->array, labels ? RG_INT32 : RG_FLOAT64, labels ? 1 : 2, shape) != RG_OK) {
        rg_table_free (targets);
        return rg_fail_memory (job->message, out->inputs->path);
    }
    memset (targets->array.data, 0, rg_array_count (&targets->array) * rg_element_bytes (targets->array.type));
    targets->format = out->inputs->format;
    targets->columns = shape[1];
    out->targets = targets;
    return RG_OK;
}

/* The column of the target becomes the targets, or goes. */
static rg_status
part_with_target (const rg_examples_job *job, const rg_examples_part *training, rg_examples_part *out)
{
    const size_t column = target_in (job, training, out->inputs);
    const int own = out->inputs->targets.data != NULL;
    if (!own && column == (size_t) -1 && !job->spec->bare)
        return rg_fail (job->message, RG_EINPUT, "%s: expected the column of the target, as in the training part", out->inputs->path);
    if (!own && column != (size_t) -1) {
        const rg_status status = rg_table_take_column (out->inputs, column, &out->targets, job->message);
        if (status != RG_OK || !job->spec->bare)
            return status;
        rg_table_free (out->targets);
        out->targets = NULL;
    }
    return job->spec->bare ? blank_targets (job, training, out) : RG_OK;
}

rg_status
rg_examples_further (const rg_examples_job *job, const rg_examples_part *training, rg_examples_part *out)
{
    const rg_table *like = training->inputs;
    rg_status status = rg_examples_settle (job, RG_FURTHER, out->inputs);
    const int by_name = status == RG_OK && has_names (like) && has_names (out->inputs);
    if (status == RG_OK)
        status = part_with_target (job, training, out);
    const char **names = status != RG_OK ? NULL : rg_calloc (like->columns, sizeof *names);
    if (status == RG_OK && names == NULL)
        status = rg_fail_memory (job->message, out->inputs->path);
    if (status == RG_OK) {
        rg_examples_spec spec = *job->spec;
        rg_examples_job own = *job;
        own.spec = &spec;
        for (size_t j = 0; by_name && j < like->columns; j++)
            names[j] = rg_table_column_name (like, j);
        spec.part[RG_FURTHER].columns = names;
        spec.part[RG_FURTHER].column_count = by_name ? like->columns : 0;
        status = rg_examples_part_finish (&own, RG_FURTHER, out);
    }
    rg_free (names);
    return rg_examples_fault (job, RG_FURTHER, RG_ABOUT_INPUTS, status);
}

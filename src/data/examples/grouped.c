/* grouped.c -- arrays [group x example x ...]: the classes or the functions of few-shot tasks, one after the other; see part.h. */
#include "base/memory.h"
#include "data/examples/part.h"

/* [group x example x ...] becomes [examples x ...]; returns the number of groups, 0 where there are no two dimensions. */
static size_t
merge (rg_table *table)
{
    rg_array *a = &table->array;
    const size_t groups = a->ndim < 2 ? 0 : a->shape[0];
    if (groups == 0 || a->shape[1] == 0)
        return 0;
    a->shape[0] *= a->shape[1];
    for (int i = 1; i + 1 < a->ndim; i++)
        a->shape[i] = a->shape[i + 1];
    a->shape[--a->ndim] = 0;
    table->columns = rg_array_count (a) / a->shape[0];
    return groups;
}

/* The number of its group for each of so many rows. */
static rg_status
number_groups (const rg_table *inputs, size_t groups, rg_table **out, rg_message *message)
{
    const size_t rows = inputs->array.shape[0];
    rg_table *table = *out = rg_table_new (inputs->path);
    if (table == NULL || rg_array_new (&table->array, RG_INT32, 1, &rows) != RG_OK)
        return rg_fail_memory (message, inputs->path);
    table->format = inputs->format;
    table->columns = 1;
    for (size_t i = 0; i < rows; i++)
        ((int32_t *) table->array.data)[i] = (int32_t) (i / (rows / groups));
    return RG_OK;
}

static rg_status
fail_shape (const rg_table *table, rg_message *message)
{
    return rg_fail (message, RG_ESHAPE, "%s: expected an array [class or function x example x ...], got %d dimensions", table->path,
                    table->array.ndim);
}

int
rg_examples_are_grouped (const rg_examples_job *job, int part, const rg_table *inputs)
{
    const rg_part_spec *spec = &job->spec->part[part];
    if (!job->spec->grouped || spec->tasks != NULL)
        return 0;
    return job->spec->target == RG_TARGET_REALS || (spec->targets == NULL && inputs->targets.data == NULL && spec->target == NULL
                                                    && inputs->column == NULL);
}

rg_status
rg_examples_ungroup (const rg_examples_job *job, rg_examples_part *of)
{
    const int labels = job->spec->target == RG_TARGET_LABELS;
    const size_t groups = merge (of->inputs);
    if (groups == 0)
        return fail_shape (of->inputs, job->message);
    of->task_count = labels ? 0 : (uint32_t) groups;
    return number_groups (of->inputs, groups, labels ? &of->targets : &of->tasks, job->message);
}

rg_status
rg_examples_ungroup_targets (const rg_examples_job *job, rg_examples_part *of)
{
    return merge (of->targets) > 0 ? RG_OK : fail_shape (of->targets, job->message);
}

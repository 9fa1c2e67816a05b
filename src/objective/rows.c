/* rows.c -- see rows.h. */
#include "objective/rows.h"

#include <stdint.h>

#include "base/memory.h"
#include "data/sampler/sampler.h"

static uint32_t
examples_of (const rg_rows *rows, size_t task)
{
    return (uint32_t) (rows->first[task + 1] - rows->first[task]);
}

size_t
rg_rows_of_task (const rg_rows *rows, size_t task)
{
    return rows->batch > 0 ? rows->batch : examples_of (rows, task);
}

void
rg_rows_ends (const rg_rows *rows, size_t *ends)
{
    for (size_t task = 0; task < rows->tasks; task++)
        ends[task] = (task == 0 ? 0 : ends[task - 1]) + rg_rows_of_task (rows, task);
}

/* The batches of a task. */
static rg_batches
batches_of (const rg_rows *rows, size_t task)
{
    const uint64_t seed = rows->seed + (rows->one_vs_all ? 0 : task * UINT64_C (0x9e3779b97f4a7c15));
    return (rg_batches) { rows->sampler, examples_of (rows, task), (uint32_t) rg_rows_of_task (rows, task), seed, rows->episodes,
                          rows->half };
}

void
rg_rows_choose (const rg_rows *rows, rg_instant at, uint32_t *indices)
{
    for (size_t task = 0; task < rows->tasks; task++) {
        const size_t count = rg_rows_of_task (rows, task);
        const rg_batches batches = batches_of (rows, task);
        rg_batches_indices (&batches, (uint32_t) at.iteration, (uint32_t) at.step, indices);
        for (size_t i = 0; rows->by_task != NULL && i < count; i++)
            indices[i] = rows->by_task[rows->first[task] + indices[i]];
        indices += count;
    }
}

void
rg_rows_relabel (const rg_rows *rows, rg_instant at, size_t first, size_t count, int32_t *labels)
{
    const rg_batches batches = batches_of (rows, 0);
    const int own = rows->episodes != NULL && rows->sampler->label != NULL;
    for (size_t n = 0; rows->one_vs_all && n < count; n++)
        labels[n] = labels[n] == (int32_t) ((first + n) / rg_rows_of_task (rows, 0));
    for (size_t n = 0; own && n < count; n++)
        labels[n] = rows->sampler->label (&batches, (uint32_t) at.iteration, (uint32_t) at.step, (uint32_t) (first + n));
}

/* by_task and first, by the tasks of the examples. */
static rg_status
sort_examples (rg_rows *rows, rg_message *message)
{
    const uint32_t examples = rg_dataset_count (rows->data);
    const int32_t *task = rg_dataset_task (rows->data);
    rows->by_task = rg_malloc (examples, sizeof *rows->by_task);
    if (rows->by_task == NULL)
        return RG_ENOMEM;
    size_t placed = 0;
    for (size_t k = 0; k < rows->tasks; k++) {
        for (uint32_t i = 0; i < examples; i++)
            if (task[i] == (int32_t) k)
                rows->by_task[placed++] = i;
        rows->first[k + 1] = placed;
        if (placed == rows->first[k])
            return rg_fail_about (message, RG_EINPUT, "data", "task %zu has no examples", k);
    }
    return RG_OK;
}

/* How many rows there are; whether all tasks have as many. */
static rg_status
count_rows (rg_rows *rows, int *even, rg_message *message)
{
    *even = 1;
    for (size_t k = 0; k < rows->tasks; k++) {
        if (rows->batch > examples_of (rows, k))
            return rg_fail_about (message, RG_ERANGE, "batch", "expected a batch of at most the %u examples of task %zu, got %u",
                            examples_of (rows, k), k, rows->batch);
        rows->count += rg_rows_of_task (rows, k);
        *even &= rg_rows_of_task (rows, k) == rg_rows_of_task (rows, 0);
    }
    return rows->count <= INT32_MAX ? RG_OK
                                    : rg_fail_about (message, RG_ERANGE, "batch", "expected at most %d rows a step, got %zu", INT32_MAX, rows->count);
}

/* 1 / rows of a row's task, and in an outer loss 1 / tasks of that. */
static rg_status
weigh (rg_rows *rows, rg_part_played part, int even)
{
    const double share = part == RG_INNER ? 1 : 1 / (double) rows->tasks;
    rows->factor = even ? share / (double) rg_rows_of_task (rows, 0) : 1;
    if (even)
        return RG_OK;
    rows->balance = rg_malloc (rows->count, sizeof *rows->balance);
    if (rows->balance == NULL)
        return RG_ENOMEM;
    for (size_t k = 0, row = 0; k < rows->tasks; k++)
        for (size_t i = 0; i < rg_rows_of_task (rows, k); i++)
            rows->balance[row++] = share / (double) rg_rows_of_task (rows, k);
    return RG_OK;
}

rg_status
rg_rows_init (rg_rows *rows, const rg_model_loss *loss, rg_message *message)
{
    const rg_tasks *tasks = loss->tasks;
    *rows = (rg_rows) { .data = loss->data, .tasks = tasks == NULL ? 1 : tasks->tasks, .sampler = loss->batches.sampler,
                        .one_vs_all = tasks != NULL && tasks->one_vs_all, .batch = loss->batches.batch, .seed = loss->batches.seed,
                        .episodes = loss->batches.episodes, .half = loss->batches.half };
    rows->first = rg_calloc (rows->tasks + 1, sizeof *rows->first);
    if (rows->first == NULL)
        return RG_ENOMEM;
    rg_status status = RG_OK;
    if (tasks != NULL && !tasks->one_vs_all)
        status = sort_examples (rows, message);
    else /* each task's examples are 0, 1 ...: examples_of is all of them */
        for (size_t k = 0; k <= rows->tasks; k++)
            rows->first[k] = k * rg_dataset_count (rows->data);
    int even;
    if (status == RG_OK)
        status = count_rows (rows, &even, message);
    return status == RG_OK ? weigh (rows, loss->part, even) : status;
}

void
rg_rows_clear (rg_rows *rows)
{
    rg_free (rows->by_task);
    rg_free (rows->first);
    rg_free (rows->balance);
}

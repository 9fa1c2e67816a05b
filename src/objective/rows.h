/* rows.h -- which examples the rows of a step are, and what each row counts. */
#ifndef RG_OBJECTIVE_ROWS_H
#define RG_OBJECTIVE_ROWS_H

#include <retrograde/episodes.h>
#include <retrograde/objective.h>

/* The rows of a step: those of task 0, of task 1 ...; where there are no tasks, those of one. */
typedef struct {
    const rg_dataset *data;
    size_t tasks;      /* 1 where there are none */
    int one_vs_all;
    const rg_sampler *sampler;
    uint32_t batch;    /* of each task; 0: all */
    uint64_t seed;
    const rg_episodes *episodes; /* what rows are of; NULL: the examples as they are */
    rg_half half;
    uint32_t *by_task; /* [examples] the examples of task 0, of task 1 ...; NULL where all belong to every task */
    size_t *first;     /* [tasks + 1] where each task's start */
    size_t count;      /* rows of a step */
    double factor;     /* of the losses: the reciprocal of a task's rows, and in an outer loss of the tasks; or 1, beside a balance */
    double *balance;   /* [count] the same row by row, where tasks differ in how many rows they have; or NULL */
} rg_rows;

/*
 * Find the rows of a loss that was checked.
 *   rows  [out] ended with rg_rows_clear, also on failure
 * Returns RG_OK, RG_EINPUT (a task without examples), RG_ERANGE (a task of fewer examples than a batch; too many rows) or RG_ENOMEM.
 */
rg_status rg_rows_init (rg_rows *rows, const rg_model_loss *loss, rg_message *message);
void rg_rows_clear (rg_rows *rows);

/* Rows of a task in each step. */
size_t rg_rows_of_task (const rg_rows *rows, size_t task);

/* The exclusive last row of each task: [tasks] [out]. */
void rg_rows_ends (const rg_rows *rows, size_t *ends);

/* Write the examples of a step's rows: [count] [out]. */
void rg_rows_choose (const rg_rows *rows, rg_instant at, uint32_t *indices);

/*
 * Change the labels of the rows first ... as the tasks see them: of one against all, whether the example is of the task's class; of
 * episodes, which of its classes.
 */
void rg_rows_relabel (const rg_rows *rows, rg_instant at, size_t first, size_t count, int32_t *labels);

/* What a row counts, beside the factor. */
static inline double
rg_rows_balance (const rg_rows *rows, size_t row)
{
    return rows->balance == NULL ? 1 : rows->balance[row];
}

#endif /* RG_OBJECTIVE_ROWS_H */

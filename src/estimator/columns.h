/* columns.h -- the tangents Z = ds/dlambda of a training run, for forward mode and real-time tuning. */
#ifndef RG_ESTIMATOR_COLUMNS_H
#define RG_ESTIMATOR_COLUMNS_H

#include <stdint.h>

#include "dynamics/run_tangent.h"
#include "estimator/estimator.h"

enum { RG_PANEL = 16 }; /* columns side by side: fixed, since the width may change BLAS bits */

/* What a column is the derivative in. */
typedef struct {
    uint64_t begins; /* the first step that depends on the number */
    size_t free;     /* its index among the free numbers */
    rg_number number;
} rg_column;

/*
 * A column for each free number that training depends on (of what an objective takes: for each used one); those carried now in panels of a
 * fixed width, in the order in which they begin to move: what is still zero is at the end and costs nothing.
 */
typedef struct {
    const rg_problem *problem;
    size_t columns, first, count; /* of all columns, those carried now */
    rg_column *column;            /* [columns] */
    rg_number *number;            /* [columns] the same */
    size_t most;                  /* carried at once at most */
    double *w_dot, **moment_dot;  /* [most x weights] panel by panel, each [weights x its width]; moment_dot [arrays] */
    int arrays;                   /* of a state beside the weights: moments, then slots */
    double *product_dot[RG_MOMENTS]; /* the same of the products of decays [most x slice]; NULL: all zero */
    size_t width;                 /* of a panel, but for the last */
    size_t rooms;
    rg_tangent_room *room;        /* [rooms] one for each panel that is worked on at once */
    /* Of all columns, where ranks share them: each carries every so manieth panel, and `column` has its own only. */
    size_t every_count;
    rg_column *every;
    size_t ranks, rank;
    double *value;                /* [every_count] (dE/dw) Z */
    double *square;               /* [RG_SAMPLES x panels of all] squares of the norms of panels */
} rg_columns;

/* Bytes of one column. */
size_t rg_column_bytes (const rg_run *run);

/* How many columns there are, and [out] the steps in which each moves, summed: what forward mode has to do. */
size_t rg_columns_count (const rg_problem *problem, double *column_steps);

/* How many of so many columns are held at once in `bytes` (0: 1 GiB; at least one panel). */
size_t rg_columns_most (const rg_run *run, size_t columns, size_t bytes);

/*
 * List the columns, make room for as many as fit in `bytes` (0: 1 GiB; at least one panel).
 * Returns RG_OK or RG_ENOMEM; rg_columns_clear ends it in either case.
 */
rg_status rg_columns_init (rg_columns *columns, const rg_problem *problem, rg_run *run, size_t bytes);

/* The same of this rank's part of the columns, each panel whole: of the ranks of the run's team. */
rg_status rg_columns_share (rg_columns *columns, const rg_problem *problem, rg_run *run, size_t bytes);

/* The same with one panel of columns and no others, set to their Z_0: for measurements. */
rg_status rg_columns_first (rg_columns *columns, const rg_problem *problem, rg_run *run);
void rg_columns_clear (rg_columns *columns);

/* Set Z_0 of the columns first ... first + most - 1. */
void rg_columns_begin (rg_columns *columns, const rg_run *run, size_t first);

/* Z <- A_t Z + B_t, at s_t with its gradient evaluated; `columns` is an rg_columns. */
rg_status rg_columns_step (void *columns, rg_run *run, rg_message *message);

/* Frobenius norm of the columns carried now, moments included. */
double rg_columns_norm (const rg_columns *columns, const rg_run *run);

/* Note the norms of the panels carried now as those of a sample, 0 ... RG_SAMPLES - 1. */
void rg_columns_sample (rg_columns *columns, const rg_run *run, size_t sample);

/* Note (dE/dw) Z of the columns carried now. */
void rg_columns_finish (rg_columns *columns, const rg_run *run, const double *dw);

/*
 * Let all ranks have what all have noted; add (dE/dw) Z to the derivatives, before rg_lambda_scatter and rg_hyper_chain.
 *   gradient  [rg_hyper_size]
 *   dlambda   [rg_lambda_size]
 *   norms     [samples] [out] of all panels together
 */
rg_status rg_columns_collect (rg_columns *columns, const rg_run *run, double *gradient, double *dlambda, size_t samples,
                              double *norms, rg_message *message);

/* What forward mode takes, a row's `forecast`: bytes of its tangents, steps of the training runs that tangents beyond
   tangent_bytes take, seconds. */
rg_status rg_columns_forecast (const rg_problem *problem, size_t tangent_bytes, const rg_step_seconds *measured,
                               rg_forecast *out, rg_message *message);

#endif /* RG_ESTIMATOR_COLUMNS_H */

/*
 * forward.c -- forward mode (Franceschi, Donini, Frasconi, Pontil 2017, Forward-HG; also RTRL):
 * the tangent Z_t = ds_t/dlambda is carried along the training run, Z <- A_t Z + B_t at s_t, and
 * dE/dlambda = (dE/dw) Z_T + direct term.
 *
 * A tangent is a column of Z: one for each free number that training depends on. Columns stand in panels of
 * a fixed width, in the order in which they begin to move: what is still zero is at the end and costs nothing.
 * Where not all columns fit in the memory allowed, they take several training runs. A column's bits depend on the
 * panels it is in, not on anything else.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dynamics/initial.h"
#include "dynamics/run_tangent.h"
#include "estimator/estimator.h"
#include "hyper/lambda.h"

enum { PANEL = 16 };
static const size_t default_bytes = (size_t) 1 << 30;

/* What a column is the derivative in. */
typedef struct {
    uint64_t begins; /* the first step that depends on the number */
    size_t free;     /* its index among the free numbers */
    rg_number number;
} column;

/* The columns of one training run. */
typedef struct {
    const rg_problem *problem;
    size_t columns, first, count; /* of all columns, those carried now */
    column *column;               /* [columns] */
    rg_number *number;            /* [columns] the same */
    size_t most;                  /* carried at once at most */
    double *w_dot, *moment_dot[RG_MOMENTS]; /* [most x weights] panel by panel, each [weights x its width] */
    rg_tangent_room room;
} columns;

static int
by_begin (const void *a, const void *b)
{
    const column *x = a, *y = b;
    return x->begins != y->begins ? (x->begins > y->begins) - (x->begins < y->begins)
                                  : (x->free > y->free) - (x->free < y->free);
}

/* List the free numbers that training depends on; returns how many. out may be NULL. */
static size_t
list (const rg_problem *problem, column *out)
{
    size_t count = 0, lambda = 0;
    for (size_t k = 0; k < rg_hyper_blocks (problem->hyper); k++) {
        const rg_block b = rg_hyper_block (problem->hyper, k);
        const int is_lambda = b.role != RG_RATE && b.role != RG_DECAY && b.role != RG_WEIGHTS
            && b.role != RG_WEIGHT_SCALE;
        const int reached = !b.fixed && (!is_lambda || problem->inner->lambdas > 0);
        for (size_t i = 0; reached && i < b.size; i++, count++)
            if (out != NULL)
                out[count] = (column) { b.per_step ? i / b.slice : 0, b.first + i,
                                        { b.role, is_lambda ? lambda + i : i } };
        lambda += is_lambda ? b.size : 0;
    }
    return count;
}

static void
columns_clear (columns *c)
{
    rg_free (c->column);
    rg_free (c->number);
    rg_free (c->w_dot);
    for (int m = 0; m < RG_MOMENTS; m++)
        rg_free (c->moment_dot[m]);
    rg_tangent_room_clear (&c->room);
}

static size_t
column_bytes (const rg_run *run)
{
    return run->weights * sizeof (double) * (size_t) (1 + run->dynamics->moments);
}

static rg_status
columns_init (columns *c, const rg_problem *problem, rg_run *run, size_t bytes)
{
    *c = (columns) { .problem = problem, .columns = list (problem, NULL) };
    const size_t fitting = (bytes == 0 ? default_bytes : bytes) / column_bytes (run) / PANEL * PANEL;
    const size_t allowed = fitting == 0 ? PANEL : fitting;
    c->most = c->columns < allowed ? c->columns : allowed;
    c->column = rg_malloc (c->columns, sizeof *c->column);
    c->number = rg_malloc (c->columns, sizeof *c->number);
    c->w_dot = rg_malloc (c->most, run->weights * sizeof (double));
    int complete = c->column != NULL && c->number != NULL && c->w_dot != NULL;
    for (int m = 0; m < run->dynamics->moments; m++)
        complete &= (c->moment_dot[m] = rg_malloc (c->most, run->weights * sizeof (double))) != NULL;
    if (!complete || rg_tangent_room_init (&c->room, run, c->most < PANEL ? c->most : PANEL) != RG_OK)
        return RG_ENOMEM;
    list (problem, c->column);
    qsort (c->column, c->columns, sizeof *c->column, by_begin);
    for (size_t i = 0; i < c->columns; i++)
        c->number[i] = c->column[i].number;
    return RG_OK;
}

/* The width of the panel that starts at a column. */
static size_t
panel (const columns *c, size_t at)
{
    const size_t left = c->first + c->count - at;
    return left < c->room.most ? left : c->room.most;
}

/* Z_0, of the columns first ... first + most - 1. */
static void
begin (columns *c, const rg_run *run, size_t first)
{
    const size_t left = c->columns - first;
    c->first = first;
    c->count = left < c->most ? left : c->most;
    const size_t numbers = c->count * run->weights;
    memset (c->w_dot, 0, numbers * sizeof *c->w_dot);
    for (int m = 0; m < run->dynamics->moments; m++)
        memset (c->moment_dot[m], 0, numbers * sizeof *c->w_dot);
    for (size_t at = c->first, width; at < c->first + c->count; at += width) {
        width = panel (c, at);
        for (size_t k = 0; k < width; k++)
            rg_initial_tangent (&c->problem->initial, c->problem->hyper, run->iteration, c->number[at + k].role,
                                c->number[at + k].index, width, c->w_dot + (at - c->first) * run->weights + k);
    }
}

/* Z <- A_t Z + B_t, at s_t. */
static rg_status
step (void *visitor, rg_run *run, rg_message *message)
{
    columns *c = visitor;
    rg_status status = RG_OK;
    for (size_t at = c->first, width; status == RG_OK && at < c->first + c->count; at += width) {
        if (c->column[at].begins > run->step)
            break;
        width = panel (c, at);
        double *moment_dot[RG_MOMENTS] = { NULL };
        const size_t offset = (at - c->first) * run->weights;
        for (int m = 0; m < run->dynamics->moments; m++)
            moment_dot[m] = c->moment_dot[m] + offset;
        status = rg_run_tangents (run, width, c->number + at, c->w_dot + offset, moment_dot, &c->room, message);
    }
    return status;
}

/* gradient += (dE/dw) Z_T; sums run over blocks of weights. */
static void
finish (const columns *c, const rg_run *run, const double *dw, double *gradient)
{
    enum { BLOCK = 256 };
    for (size_t at = c->first, width; at < c->first + c->count; at += width) {
        width = panel (c, at);
        const double *w_dot = c->w_dot + (at - c->first) * run->weights;
        for (size_t first = 0; first < run->weights; first += BLOCK) {
            const size_t end = run->weights - first < BLOCK ? run->weights : first + BLOCK;
            double sum[PANEL] = { 0 };
            for (size_t i = first; i < end; i++)
                for (size_t k = 0; k < width; k++)
                    sum[k] += dw[i] * w_dot[i * width + k];
            for (size_t k = 0; k < width; k++)
                gradient[c->column[at + k].free] += sum[k];
        }
    }
}

/* One training run with its columns, and what it says of the hypergradient. */
static rg_status
pass (columns *c, rg_run *run, size_t first, uint64_t iteration, double *dw, double *dlambda, double *gradient,
      rg_report *report, rg_message *message)
{
    const rg_problem *problem = c->problem;
    rg_status status = RG_OK;
    if (first > 0) {
        rg_initial_weights (&problem->initial, problem->hyper, iteration, dw);
        status = rg_run_start (run, dw, iteration, message);
    }
    if (status != RG_OK)
        return status;
    begin (c, run, first);
    status = rg_problem_forward_with (problem, run, NULL, NULL, step, c, report, message);
    if (status == RG_OK)
        status = rg_problem_outer (problem, run, dw, first == 0 ? dlambda : NULL, report, message);
    if (status == RG_OK)
        finish (c, run, dw, gradient);
    return status;
}

static rg_status
forward (const rg_problem *problem, const rg_estimator_options *options, uint64_t iteration, double *gradient,
         rg_report *report, rg_message *message)
{
    const size_t size = rg_hyper_size (problem->hyper);
    rg_run *run = NULL;
    columns c = { 0 };
    double *dw = NULL, *dlambda = rg_calloc (rg_lambda_size (problem->hyper), sizeof *dlambda);
    memset (gradient, 0, size * sizeof *gradient);
    rg_status status = dlambda == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for forward mode")
                                       : rg_problem_start (&run, problem, iteration, message);
    if (status == RG_OK
        && ((dw = rg_malloc (run->weights, sizeof *dw)) == NULL
            || columns_init (&c, problem, run, options->tangent_bytes) != RG_OK))
        status = rg_fail (message, RG_ENOMEM, "out of memory for %zu tangents of %zu weights", c.most, run->weights);
    for (size_t first = 0; status == RG_OK && (first == 0 || first < c.columns); first += c.most) {
        status = pass (&c, run, first, iteration, dw, dlambda, gradient, report, message);
        if (c.most == 0)
            break;
    }
    if (status == RG_OK) {
        report->trajectory_bytes = c.most * column_bytes (run);
        rg_lambda_scatter (problem->hyper, dlambda, gradient);
        rg_hyper_chain (problem->hyper, gradient);
        const double *values = rg_hyper_values (problem->hyper);
        for (size_t i = 0; i < size; i++)
            gradient[i] += 2 * problem->penalty * values[i];
    }
    columns_clear (&c);
    rg_free (dw);
    rg_free (dlambda);
    rg_run_free (run);
    return status;
}

const rg_estimator rg_estimator_forward = {
    .name = "forward",
    .summary = "tangents of the state carried along the training run, a column a free number",
    .estimate = forward,
};

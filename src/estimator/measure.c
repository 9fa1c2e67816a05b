/* measure.c -- seconds of the parts of a step, measured; see retrograde/forecast.h. */
#include <retrograde/forecast.h>

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "dense/blas.h"
#include "estimator/columns.h"
#include "base/sized.h"
#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "trajectory/state.h"

enum { WARM_UP = 2, MOST = 15, COPIES = 3 };
static const double enough = .3;                        /* seconds of measured steps */
static const size_t largest_panel = (size_t) 1 << 28;    /* bytes; one that is larger is not measured */

/* Times of one part. */
typedef struct {
    double seconds[MOST];
    size_t count;
} times;

static void
add (times *t, double seconds)
{
    if (t->count < MOST)
        t->seconds[t->count++] = seconds;
}

static int
ascending (const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
median (times *t)
{
    qsort (t->seconds, t->count, sizeof *t->seconds, ascending);
    return t->count == 0 ? NAN : t->seconds[t->count / 2];
}

/* What a measurement works with. */
typedef struct {
    const rg_problem *problem;
    rg_run *run;
    rg_adjoint adjoint;
    rg_columns columns;
    double *dlambda, *gradient;
    void *copy[COPIES]; /* of states, each touched once */
} bench;

/* From s_t to s_{t+1}. */
static rg_status
step (bench *b, times *gradient, times *whole, rg_message *message)
{
    const double start = rg_problem_clock ();
    rg_status status = rg_run_gradient (b->run, 0, message);
    const double middle = rg_problem_clock ();
    if (status == RG_OK)
        status = rg_run_advance (b->run, message);
    add (gradient, middle - start);
    add (whole, rg_problem_clock () - start);
    return status;
}

/* The same step of the tangents a few times: the work is that of any. */
static rg_status
measure_panel (bench *b, double *out, rg_message *message)
{
    times panel = { .count = 0 };
    rg_status status = b->columns.columns == 0 ? RG_OK : rg_run_gradient (b->run, 0, message);
    for (int i = 0; status == RG_OK && b->columns.columns > 0 && i < 3; i++) {
        const double start = rg_problem_clock ();
        status = rg_columns_step (&b->columns, b->run, message);
        add (&panel, rg_problem_clock () - start);
    }
    *out = median (&panel);
    return status;
}

static rg_status
measure_out (bench *b, rg_step_seconds *out, rg_message *message)
{
    times gradient = { .count = 0 }, whole = { .count = 0 }, copy = { .count = 0 };
    const uint64_t steps = rg_hyper_steps (b->run->hyper), warm_up = steps > 2 * WARM_UP ? WARM_UP : 0;
    const double start = rg_problem_clock ();
    rg_status status = RG_OK;
    for (uint64_t t = 0; status == RG_OK && t < steps && whole.count < MOST; t++) {
        if (t == warm_up)
            gradient.count = whole.count = 0;
        if (t > warm_up && rg_problem_clock () - start > enough)
            break;
        status = step (b, &gradient, &whole, message);
    }
    for (int i = 0; i < COPIES; i++) {
        const double begin = rg_problem_clock ();
        rg_state_save (b->run, b->copy[i]);
        add (&copy, rg_problem_clock () - begin);
    }
    out->gradient = median (&gradient);
    out->step = median (&whole);
    out->copy = median (&copy);
    return status;
}

/* Back over the steps that have been taken, or as often at the last one where steps cannot be undone. */
static rg_status
measure_back (bench *b, rg_step_seconds *out, rg_message *message)
{
    times undo = { .count = 0 }, adjoint = { .count = 0 };
    rg_run *run = b->run;
    const int reversible = run->options.arithmetic == RG_EXACT && run->dynamics->irreversible == NULL;
    const uint64_t taken = run->step < MOST ? run->step : MOST;
    rg_status status = RG_OK;
    if (!reversible) {
        run->step--; /* the last step's hyperparameters, at the state after it: the same work */
        status = rg_run_gradient (run, 0, message);
    }
    for (uint64_t i = 0; status == RG_OK && i < taken; i++) {
        const double start = rg_problem_clock ();
        if (reversible)
            status = rg_run_undo (run, message);
        const double middle = rg_problem_clock ();
        if (status == RG_OK)
            status = rg_run_adjoint (run, &b->adjoint, message);
        add (&undo, middle - start);
        add (&adjoint, rg_problem_clock () - middle);
    }
    out->undo = reversible ? median (&undo) : NAN;
    out->adjoint = median (&adjoint);
    return status;
}

static rg_status
measure_outer (bench *b, rg_step_seconds *out, rg_message *message)
{
    rg_report report = { 0 };
    const rg_status status = rg_problem_outer (b->problem, b->run, b->adjoint.dw, b->dlambda, &report, message);
    out->outer = report.outer_seconds;
    return status;
}

static int
bench_init (bench *b)
{
    b->dlambda = rg_calloc (rg_lambda_size (b->run->hyper), sizeof *b->dlambda);
    b->gradient = rg_calloc (rg_hyper_size (b->run->hyper), sizeof *b->gradient);
    int complete = b->dlambda != NULL && b->gradient != NULL;
    for (int i = 0; i < COPIES; i++)
        complete &= (b->copy[i] = rg_malloc (rg_state_bytes (b->run), 1)) != NULL;
    return complete && rg_adjoint_init (&b->adjoint, b->run) == RG_OK
        && (rg_column_bytes (b->run) > largest_panel / RG_PANEL
            || rg_columns_first (&b->columns, b->problem, b->run) == RG_OK);
}

static void
bench_clear (bench *b)
{
    rg_columns_clear (&b->columns);
    rg_adjoint_clear (&b->adjoint);
    for (int i = 0; i < COPIES; i++)
        rg_free (b->copy[i]);
    rg_free (b->dlambda);
    rg_free (b->gradient);
    rg_run_free (b->run);
}

rg_status
rg_measure_steps (const rg_problem *problem, rg_step_seconds *out, rg_message *message)
{
    rg_problem quiet;
    rg_status status = rg_problem_read (&quiet, problem, message);
    if (status != RG_OK)
        return status;
    quiet.log = (rg_log) { NULL, NULL };
    quiet.last_weights = NULL;
    quiet.run.alone = 1;
    status = rg_sized_check (out, RG_SIZE_TO (rg_step_seconds, outer), "rg_step_seconds", message);
    if (status != RG_OK)
        return status;
    bench b = { .problem = &quiet };
    rg_step_seconds found = { .size = sizeof found, .undo = NAN };
    rg_blas_enter ();
    status = rg_problem_start (&b.run, &quiet, 0, message);
    if (status == RG_OK && !bench_init (&b))
        status = rg_fail (message, RG_ENOMEM, "out of memory for a measurement");
    if (status == RG_OK)
        rg_adjoint_begin (&b.adjoint, b.run, b.gradient);
    if (status == RG_OK)
        status = measure_panel (&b, &found.panel, message);
    if (status == RG_OK)
        status = measure_out (&b, &found, message);
    if (status == RG_OK)
        status = measure_outer (&b, &found, message);
    b.adjoint.dlambda = status == RG_OK && b.run->inner->lambdas > 0 ? b.dlambda : NULL;
    if (status == RG_OK)
        status = measure_back (&b, &found, message);
    bench_clear (&b);
    rg_blas_leave ();
    rg_sized_write (out, out->size, &found, sizeof found);
    return status;
}

/*
 * lyapunov.c -- the largest Lyapunov exponent of training, by iterating one tangent (Benettin et al. 1980).
 *
 * The tangent of the state (w, moments) starts at random, is carried along the run and scaled back to norm 1 after each
 * step; the exponent is the mean logarithm of its growth over the second half of the run.
 * Known value: a quadratic with curvatures h under gradient descent has max log |1 - rate h|.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "dense/blas.h"
#include "dense/dense.h"
#include "dynamics/run_tangent.h"
#include "estimator/estimator.h"

typedef struct {
    double *w_dot, **moment_dot; /* moment_dot [arrays] */
    int arrays;
    rg_tangent_room room;
    double sum;      /* of the logarithms in the second half */
    uint64_t steps;
} iteration;

/* Scale the tangent to norm 1; returns the norm it had. */
static double
normalise (iteration *it, const rg_run *run)
{
    double sum = rg_dot_blocked (run->weights, it->w_dot, it->w_dot);
    for (int m = 0; m < it->arrays; m++)
        sum += rg_dot_blocked (run->weights, it->moment_dot[m], it->moment_dot[m]);
    const double norm = sqrt (sum), factor = norm > 0 ? 1 / norm : 0;
    for (size_t i = 0; i < run->weights; i++) {
        it->w_dot[i] *= factor;
        for (int m = 0; m < it->arrays; m++)
            it->moment_dot[m][i] *= factor;
    }
    return norm;
}

static rg_status
grow (void *visitor, rg_run *run, rg_message *message)
{
    iteration *it = visitor;
    const rg_number none = { RG_WEIGHTS, 0, SIZE_MAX }; /* no step depends on it: the tangent is homogeneous */
    const rg_state_dot dot = { .w = it->w_dot, .moment = it->moment_dot };
    const rg_status status = rg_run_tangents (run, 1, &none, &dot, &it->room, message);
    if (status != RG_OK)
        return status;
    const double norm = normalise (it, run);
    if (run->step >= it->steps / 2)
        it->sum += log (norm);
    return RG_OK;
}

static rg_status
begin (iteration *it, rg_run *run)
{
    const rg_random random = { 1, RG_STREAM_TEST, 0, 0 };
    it->w_dot = rg_malloc (run->weights, sizeof *it->w_dot);
    it->arrays = rg_dynamics_arrays (run->dynamics);
    it->moment_dot = rg_calloc ((size_t) it->arrays, sizeof *it->moment_dot);
    int complete = it->w_dot != NULL && it->moment_dot != NULL;
    for (int m = 0; complete && m < it->arrays; m++)
        complete &= (it->moment_dot[m] = rg_calloc (run->weights, sizeof (double))) != NULL;
    if (!complete || rg_tangent_room_init (&it->room, run, 0, 1) != RG_OK)
        return RG_ENOMEM;
    for (size_t i = 0; i < run->weights; i++)
        it->w_dot[i] = rg_random_normal (&random, i);
    normalise (it, run);
    return RG_OK;
}

rg_status
rg_lyapunov (const rg_problem *given, uint64_t meta_iteration, double *exponent, rg_message *message)
{
    rg_run *run;
    rg_problem own;
    rg_report report = { .size = sizeof report };
    *exponent = 0;
    rg_status status = rg_problem_read (&own, given, message);
    if (status != RG_OK)
        return status;
    own.run.alone = 1;
    iteration it = { .steps = rg_hyper_steps (own.hyper) };
    rg_blas_enter ();
    status = rg_problem_start (&run, &own, meta_iteration, message);
    if (status == RG_OK) {
        if (begin (&it, run) != RG_OK)
            status = rg_fail (message, RG_ENOMEM, "out of memory for a tangent of %zu weights", run->weights);
        else
            status = rg_problem_forward_with (&own, run, NULL, NULL, grow, &it, &report, message);
        rg_free (it.w_dot);
        for (int m = 0; it.moment_dot != NULL && m < it.arrays; m++)
            rg_free (it.moment_dot[m]);
        rg_free (it.moment_dot);
        rg_tangent_room_clear (&it.room);
        rg_run_free (run);
    }
    rg_blas_leave ();
    if (status == RG_OK)
        *exponent = it.sum / (double) (it.steps - it.steps / 2);
    return status;
}

/* problem.c -- a training run of a problem, and what a trajectory is told of it; see estimator.h. */
#include <math.h>
#include <time.h>

#include "base/memory.h"
#include "base/team.h"
#include "dense/blas.h"
#include "dynamics/initial.h"
#include "dynamics/window.h"
#include "estimator/estimator.h"

double
rg_problem_clock (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* Say which decay of a moment is resolved badly, if any. */
static int
warn_of_coarse (const rg_problem *problem, const rg_run *run, int moment)
{
    const rg_block *decay = &run->coefficient[run->dynamics->moment[moment].decay];
    const double quantum = ldexp (1, -run->ratio_bits[moment]);
    const size_t steps = decay->per_step ? rg_hyper_steps (problem->hyper) : 1;
    for (size_t i = 0; i < steps * decay->slice; i++) {
        const double value = rg_block_values (decay, i / decay->slice)[i % decay->slice];
        if (value < 1 && quantum > .01 * (1 - value)) {
            rg_note (&problem->log,
                     "%s: value %zu is applied as %.9g; the quantum 2^-%d is above 1 %% of its distance to 1: "
                     "larger ratio_bits resolve it better", decay->name, i, value, run->ratio_bits[moment]);
            return 1;
        }
    }
    return 0;
}

static void
warn_of_coarse_decays (const rg_problem *problem, const rg_run *run)
{
    int said = run->options.arithmetic != RG_EXACT || run->options.ratio.d != 0;
    for (int m = 0; !said && m < run->dynamics->moments; m++)
        said = warn_of_coarse (problem, run, m);
}

rg_status
rg_problem_run (rg_run **out, const rg_problem *problem, rg_message *message)
{
    *out = NULL;
    rg_status status = rg_problem_check (problem, message);
    if (status == RG_OK)
        status = rg_blas_place (rg_team_threads (problem->run.team), message);
    return status != RG_OK ? status
                           : rg_run_new (out, problem->dynamics, problem->inner, problem->hyper, &problem->run, message);
}

rg_status
rg_problem_restart (const rg_problem *problem, rg_run *run, uint64_t iteration, double *w0, rg_message *message)
{
    rg_initial_weights (&problem->initial, problem->hyper, iteration, w0);
    run->member = problem->member;
    const rg_status status = rg_run_start (run, w0, iteration, message);
    if (status == RG_OK && iteration == 0 && !problem->run.alone && problem->inner->shards == 1
        && rg_ranks_count (rg_team_ranks (problem->run.team)) > 1)
        rg_note (&problem->log, "the batch is one shard: every rank does the whole run; a smaller inner.shard spreads it");
    if (status == RG_OK && iteration == 0 && problem->inner->mixes > 0)
        rg_note (&problem->log, "batch norm takes its statistics of each of the batch's %zu shards alone", problem->inner->mixes);
    if (status == RG_OK && iteration == 0)
        warn_of_coarse_decays (problem, run);
    return status;
}

rg_status
rg_problem_start (rg_run **out, const rg_problem *problem, uint64_t iteration, rg_message *message)
{
    rg_status status = rg_problem_run (out, problem, message);
    if (status != RG_OK)
        return status;
    double *w0 = rg_malloc ((*out)->weights, sizeof *w0);
    status = w0 == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the initial weights")
                        : rg_problem_restart (problem, *out, iteration, w0, message);
    rg_free (w0);
    if (status != RG_OK) {
        rg_run_free (*out);
        *out = NULL;
    }
    return status;
}

rg_trajectory_options
rg_problem_trajectory (const rg_problem *problem, const rg_estimator_options *options)
{
    return (rg_trajectory_options) { .steps = rg_hyper_steps (problem->hyper), .interval = options->check_interval,
                                     .slots = options->slots, .memory_slots = options->memory_slots,
                                     .memory = options->memory,
                                     .words = options->keeper == NULL || options->keeper->off ? NULL : options->keeper->words,
                                     .slot_directory = options->slot_directory, .spill_directory = options->spill_directory,
                                     .interrupted = problem->interrupted, .user = problem->user };
}

void
rg_problem_account (const rg_policy *policy, const void *trajectory, const rg_run *run, rg_report *report)
{
    const size_t bytes = policy->bytes (trajectory, run) + (run->window == NULL ? 0 : rg_window_takes (run->window));
    if (bytes > report->trajectory_bytes)
        report->trajectory_bytes = bytes;
    report->disk_bytes = policy->disk_bytes == NULL ? 0 : policy->disk_bytes (trajectory);
    report->recomputed_steps = policy->recomputed == NULL ? 0 : policy->recomputed (trajectory);
}

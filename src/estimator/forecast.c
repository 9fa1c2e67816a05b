/* forecast.c -- bytes, steps and seconds of each trajectory; see retrograde/forecast.h. */
#include <retrograde/forecast.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "estimator/columns.h"
#include "estimator/estimator.h"
#include "exact/buffer_forecast.h"
#include "hyper/lambda.h"
#include "trajectory/overhead.h"
#include "trajectory/revolve.h"
#include "trajectory/state.h"

static const double default_memory = 1 << 30;

/* A run at its start, of which sizes are read. */
static rg_status
start (rg_run **run, const rg_problem *problem, rg_message *message)
{
    rg_problem quiet = *problem;
    quiet.log = (rg_log) { 0 };
    quiet.run.alone = 1;
    return rg_problem_start (run, &quiet, 0, message);
}

/*
 * Bits that a stream will have kept after all steps: the limit, and what 32-bit heads keep beyond it,
 * measured: 1.5e-4 bits a parameter and step at 14 ratio bits, 2^1.5 times that for each bit more.
 */
static double
stream_bits (const rg_run *run, int stream, uint64_t steps)
{
    const int varies = rg_run_limit_varies (run);
    const double each = varies ? 0 : rg_run_stream_limit (run, stream, 0);
    double bits = 0;
    for (uint64_t t = 0; t < steps; t++)
        bits += varies ? rg_run_stream_limit (run, stream, t) : each;
    if (bits > 0 && rg_run_stream_kind (run, stream) == RG_BUFFER_STREAM32)
        bits += 1.5e-4 * exp2 (1.5 * (run->ratio_bits[stream] - 14)) * (double) run->weights * (double) steps;
    return bits;
}

/* Of each stream, after all steps. */
typedef struct {
    double of[RG_STREAMS];
} kept_bits;

static kept_bits
bits_of (const rg_run *run, uint64_t steps)
{
    kept_bits bits = { { 0 } };
    for (int s = 0; s < run->streams; s++)
        bits.of[s] = stream_bits (run, s, steps);
    return bits;
}

/* After all steps, where the words of the last `share` of the run have not been forgotten. */
static double
buffer_bytes (const rg_run *run, const kept_bits *bits, double share)
{
    double bytes = 0;
    for (int s = 0; s < run->streams; s++)
        bytes += rg_buffer_forecast (run->buffer[s], bits->of[s], bits->of[s] * share);
    return bytes;
}

/* The size of a kept state is that of s_0, but with the integer buffer: then that of the middle of the run. */
static double
whole_bytes (const rg_run *run, const kept_bits *bits)
{
    double bytes = (double) rg_state_whole_bytes (run);
    for (int s = 0; run->options.buffer_kind == RG_BUFFER_INTEGER && s < run->streams; s++)
        bytes += (double) run->weights * 8 * floor ((32 + bits->of[s] / 2 / (double) run->weights) / 64);
    return bytes;
}

/* As many slots as a limit leaves room for, at most T; 0: none. */
static size_t
slots_within (double memory, double fixed, double each, uint64_t steps)
{
    const double fit = floor ((memory - fixed) / each);
    return fit <= 0 ? 0 : fit >= (double) steps ? (size_t) steps : (size_t) fit;
}

static void
forecast_checkpointed (const rg_run *run, const rg_estimator_options *options, uint64_t first,
                       const kept_bits *bits, rg_forecast *out)
{
    const uint64_t all = rg_hyper_steps (run->hyper), steps = all - first;
    rg_trajectory_options told = { .steps = all, .first = first, .interval = options->check_interval, .slots = options->slots };
    const double whole = whole_bytes (run, bits);
    const double fixed = buffer_bytes (run, bits, 1 / (double) all) + (double) rg_checkpointed_overhead (&told, 0);
    const double each = (double) (rg_checkpointed_overhead (&told, 2) - rg_checkpointed_overhead (&told, 1));
    const double memory = options->memory == 0 ? INFINITY : (double) options->memory;
    size_t slots = rg_trajectory_slots (&told), in_memory = slots;
    if (options->slots == 0 && options->memory > 0 && options->slot_directory == NULL) {
        slots = in_memory = slots_within (memory, fixed, whole + each, steps);
        slots = slots == 0 ? 1 : slots;
    } else if (options->memory_slots > 0 && options->memory_slots < slots)
        in_memory = options->memory_slots;
    else if (options->slot_directory != NULL && fixed + (double) slots * (whole + each) > memory)
        in_memory = slots_within (memory, fixed + (double) slots * each + whole, whole, slots);
    in_memory = in_memory == 0 ? 1 : in_memory;
    out->slots = slots;
    out->memory_slots = in_memory;
    out->bytes = fixed + (double) slots * each + (double) (in_memory + (in_memory < slots)) * whole;
    out->disk_bytes = (double) (slots - in_memory) * whole;
    out->recomputed_steps = rg_revolve_again (steps, slots);
}

/* What does not fit goes to a file: all but half of the memory that steps do not need. */
static void
forecast_reversible (const rg_run *run, const rg_estimator_options *options, const kept_bits *bits, rg_forecast *out)
{
    const uint64_t steps = rg_hyper_steps (run->hyper);
    const double overhead = (double) rg_reversible_overhead (steps, options->check_interval);
    const double least = (double) rg_reversible_least (run, steps, options->check_interval);
    const double memory = (double) options->memory, fixed = buffer_bytes (run, &(kept_bits) { { 0 } }, 0) + overhead;
    double all = 0;
    for (int s = 0; s < run->streams; s++)
        all += bits->of[s];
    out->bytes = buffer_bytes (run, bits, 1) + overhead;
    if (options->memory == 0 || (least > memory && out->bytes <= memory))
        return;
    const double step = (least - fixed) / 2;
    if (least > memory)
        out->bytes = fmin (out->bytes, least);
    else if (out->bytes + step > memory) {
        out->disk_bytes = fmin (all / 8, out->bytes - fixed - (memory - fixed - step) / 2);
        out->bytes = memory;
    }
}

static double
seconds_of (const rg_policy *policy, const rg_forecast *f, const rg_step_seconds *s, uint64_t steps)
{
    const double t = (double) steps;
    if (policy == &rg_policy_reversible)
        return s->outer + t * (s->step + s->undo + s->adjoint);
    if (policy == &rg_policy_stored)
        return s->outer + t * (s->step + s->gradient + s->adjoint + 2 * s->copy);
    return s->outer + t * (s->step + s->gradient + s->adjoint) + (double) f->recomputed_steps * s->step;
}

/* Of a way back to s_first. */
static rg_status
forecast_back_to (const rg_problem *problem, const rg_estimator_options *options, uint64_t first,
                  const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    *out = (rg_forecast) { .seconds = NAN };
    const rg_policy *policy = options->policy;
    rg_run *run;
    rg_status status = rg_problem_check_policy (problem, policy, message);
    if (status == RG_OK)
        status = start (&run, problem, message);
    if (status != RG_OK)
        return status;
    const uint64_t steps = rg_hyper_steps (problem->hyper);
    const kept_bits bits = bits_of (run, steps);
    if (policy == &rg_policy_checkpointed)
        forecast_checkpointed (run, options, first, &bits, out);
    else if (policy == &rg_policy_stored)
        out->bytes = (double) (steps - first) * (double) (rg_state_bytes (run) + sizeof (char *)) + buffer_bytes (run, &bits, 1);
    else
        forecast_reversible (run, options, &bits, out);
    if (options->memory > 0 && out->bytes > (double) options->memory)
        out->bytes_beyond = out->bytes - (double) options->memory;
    if (measured != NULL)
        out->seconds = seconds_of (policy, out, measured, steps);
    rg_run_free (run);
    return RG_OK;
}

rg_status
rg_forecast_trajectory (const rg_problem *problem, const rg_estimator_options *options,
                        const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    return forecast_back_to (problem, options, 0, measured, out, message);
}

rg_status
rg_problem_fit (const rg_problem *problem, const rg_estimator *estimator, rg_estimator_options *options,
                rg_message *message)
{
    const uint64_t steps = rg_hyper_steps (problem->hyper);
    const int truncated = estimator == &rg_estimator_truncated && options->steps < steps;
    if (options->memory == 0)
        return RG_OK;
    rg_forecast f;
    const rg_status status = forecast_back_to (problem, options, truncated ? steps - options->steps : 0, NULL, &f,
                                               message);
    if (status != RG_OK)
        return status;
    if (f.bytes_beyond > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a %s trajectory would take about %.0f bytes, more than %zu; retrograde plan "
                        "tells what others take", options->policy->name, f.bytes, options->memory);
    if (options->policy == &rg_policy_checkpointed) {
        options->slots = f.slots;
        options->memory_slots = f.memory_slots;
    }
    return RG_OK;
}

rg_status
rg_choose_trajectory (const rg_problem *problem, rg_estimator_options *options, rg_message *why, rg_message *message)
{
    static const rg_policy *const order[] = { &rg_policy_reversible, &rg_policy_stored, &rg_policy_reversible,
                                              &rg_policy_checkpointed };
    const rg_status complete = rg_problem_complete (problem, message);
    if (complete != RG_OK)
        return complete;
    rg_estimator_options tried = *options;
    double least = INFINITY;
    const double limit = options->memory == 0 ? default_memory : (double) options->memory;
    tried.memory = (size_t) limit;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        rg_forecast f;
        tried.policy = order[i];
        if (rg_problem_check_policy (problem, order[i], NULL) != RG_OK)
            continue;
        const rg_status status = rg_forecast_trajectory (problem, &tried, NULL, &f, message);
        if (status != RG_OK)
            return status;
        least = fmin (least, f.bytes);
        if (f.bytes_beyond > 0 || (i == 0 && f.disk_bytes > 0)) /* on disk only where nothing fits without */
            continue;
        options->policy = order[i];
        if (order[i] == &rg_policy_checkpointed) {
            options->slots = f.slots;
            options->memory_slots = f.memory_slots;
            rg_fail (why, RG_OK, "checkpointed with %zu slots: about %.0f bytes of at most %.0f, and %llu steps are taken again",
                     f.slots, f.bytes, limit, (unsigned long long) f.recomputed_steps);
        } else if (f.disk_bytes > 0) {
            options->memory = tried.memory;
            rg_fail (why, RG_OK, "%s: %.0f bytes of memory, about %.0f on disk, and no step is taken again", order[i]->name,
                     f.bytes, f.disk_bytes);
        } else
            rg_fail (why, RG_OK, "%s: about %.0f bytes of at most %.0f, and no step is taken again", order[i]->name,
                     f.bytes, limit);
        return RG_OK;
    }
    return rg_fail (message, RG_EUNSUPPORTED, "no trajectory fits %.0f bytes: the least takes about %.0f", limit, least);
}

rg_status
rg_forecast_exchange (const rg_problem *problem, rg_exchange *out, rg_message *message)
{
    *out = (rg_exchange) { 0 };
    rg_run *run;
    const rg_status status = start (&run, problem, message);
    if (status != RG_OK)
        return status;
    out->shared = run->inner->shards > 1;
    out->out = rg_run_exchange_out (run);
    out->back = out->out + rg_run_exchange_adjoint (run);
    rg_run_free (run);
    return RG_OK;
}

rg_status
rg_forecast_forward (const rg_problem *problem, const rg_estimator_options *options, const rg_step_seconds *measured,
                     rg_forecast *out, rg_message *message)
{
    *out = (rg_forecast) { .seconds = NAN };
    rg_run *run;
    const rg_status status = start (&run, problem, message);
    if (status != RG_OK)
        return status;
    double column_steps;
    const uint64_t steps = rg_hyper_steps (problem->hyper);
    const size_t columns = rg_columns_count (problem, &column_steps), panel = columns < RG_PANEL ? columns : RG_PANEL;
    const size_t most = rg_columns_most (run, columns, options->tangent_bytes);
    const size_t passes = columns == 0 ? 1 : (columns + most - 1) / most;
    const size_t threads = rg_team_threads (problem->run.team), panels = columns == 0 ? 1 : (most + panel - 1) / panel;
    const double at_once = run->inner->table->tangents == NULL ? 1 : (double) panels / (double) ((panels + threads - 1) / threads);
    out->bytes = (double) most * (double) rg_column_bytes (run);
    out->recomputed_steps = (passes - 1) * steps;
    if (measured != NULL)
        out->seconds = (double) passes * (measured->outer + (double) steps * measured->step)
            + (columns == 0 ? 0 : column_steps / (double) panel * measured->panel / at_once);
    rg_run_free (run);
    return RG_OK;
}

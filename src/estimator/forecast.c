/* forecast.c -- bytes, steps and seconds of each trajectory; see retrograde/forecast.h. */
#include <retrograde/forecast.h>

#include <math.h>

#include "base/sized.h"
#include "dynamics/window.h"
#include "estimator/estimator.h"

static const double default_memory = 1 << 30;

rg_status
rg_forecast_start (rg_run **run, const rg_problem *problem, rg_message *message)
{
    rg_problem quiet = *problem;
    quiet.log = (rg_log) { 0 };
    quiet.run.alone = 1;
    return rg_problem_start (run, &quiet, 0, message);
}

uint64_t
rg_forecast_steps (const rg_problem *problem)
{
    return problem->forecast_steps != 0 ? problem->forecast_steps : rg_hyper_steps (problem->hyper);
}

/* Those of the steps that there are, for those that a forecast is of. */
static rg_kept_bits
bits_of (const rg_problem *problem, const rg_run *run)
{
    const uint64_t steps = rg_hyper_steps (problem->hyper);
    rg_kept_bits bits = rg_kept_bits_of (run, steps);
    for (int s = 0; s < run->streams; s++)
        bits.of[s] *= (double) rg_forecast_steps (problem) / (double) steps;
    return bits;
}

/*
 * What is left for a window beside the trajectory, of which a part is an estimate: a tenth of it stays free.
 *   bytes  of the trajectory
 */
static void
add_window (const rg_run *run, const rg_estimator_options *options, uint64_t steps, double bytes, rg_forecast *out)
{
    size_t each[RG_WINDOW_PARTS];
    rg_window_step_bytes (run, each);
    const double left = options->memory == 0 ? (double) rg_window_memory (options) : (double) options->memory - 1.1 * bytes;
    const rg_window_size size = rg_window_within (each, options->window < steps ? options->window : steps, left);
    out->window = size.steps;
    out->window_whole = size.whole;
    out->window_bytes = rg_window_bytes (each, size);
    out->bytes += out->window_bytes;
}

/* Of all steps out and those after s_first back. */
static double
seconds_of (const rg_policy *policy, const rg_forecast *f, const rg_step_seconds *s, double out, double back)
{
    const double each = (policy->exact_only ? s->undo : s->gradient) + s->adjoint + policy->copies * s->copy;
    const double part = (double) (f->window - f->window_whole), whole = (double) f->window_whole;
    return s->outer + out * s->step + back * each + (double) f->recomputed_steps * s->step - (part / 2 + whole) * s->gradient;
}

rg_status
rg_forecast_back_to (const rg_problem *problem, const rg_estimator_options *options, uint64_t first,
                     const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    *out = (rg_forecast) { .size = sizeof *out, .seconds = NAN };
    rg_run *run;
    rg_status status = rg_problem_check_policy (problem, options->policy, message);
    if (status == RG_OK)
        status = rg_forecast_start (&run, problem, message);
    if (status != RG_OK)
        return status;
    rg_trajectory_options told = rg_problem_trajectory (problem, options);
    told.first = first;
    told.steps = rg_forecast_steps (problem);
    const rg_kept_bits bits = bits_of (problem, run);
    rg_trajectory_forecast found = { 0 };
    options->policy->forecast (run, &told, &bits, &found);
    *out = (rg_forecast) { .size = sizeof *out, .slots = found.slots, .memory_slots = found.memory_slots, .bytes = found.bytes,
                           .disk_bytes = found.disk_bytes, .recomputed_steps = found.recomputed, .seconds = NAN };
    add_window (run, options, told.steps - first, found.bytes, out);
    rg_run_free (run);
    if (options->memory > 0 && out->bytes > (double) options->memory)
        out->bytes_beyond = out->bytes - (double) options->memory;
    if (measured != NULL)
        out->seconds = seconds_of (options->policy, out, measured, (double) told.steps, (double) (told.steps - first));
    return RG_OK;
}

/* What a caller has given, by its size, and what is found for it. */
typedef struct {
    rg_problem problem;
    rg_step_seconds seconds;
    const rg_step_seconds *measured; /* those, or NULL */
    rg_forecast found;
} asked;

static rg_status
read (asked *own, const rg_problem *problem, const rg_step_seconds *measured, const rg_forecast *out, rg_message *message)
{
    own->found = (rg_forecast) { .size = sizeof own->found, .seconds = NAN };
    own->seconds = (rg_step_seconds) { .size = sizeof own->seconds };
    own->measured = measured == NULL ? NULL : &own->seconds;
    rg_status status = rg_sized_check (out, RG_SIZE_TO (rg_forecast, bytes), "rg_forecast", message);
    if (status == RG_OK && measured != NULL)
        status = rg_sized_read (&own->seconds, sizeof own->seconds, RG_SIZE_TO (rg_step_seconds, outer), measured, "rg_step_seconds",
                                message);
    return status == RG_OK ? rg_problem_read (&own->problem, problem, message) : status;
}

rg_status
rg_forecast_trajectory (const rg_problem *problem, const rg_estimator_options *options,
                        const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    asked own;
    rg_estimator_options how;
    rg_status status = read (&own, problem, measured, out, message);
    if (status == RG_OK)
        status = rg_estimator_options_read (&how, options, message);
    if (status == RG_OK)
        status = rg_forecast_back_to (&own.problem, &how, 0, own.measured, &own.found, message);
    rg_sized_write (out, out->size, &own.found, sizeof own.found);
    return status;
}

rg_status
rg_choose_trajectory (const rg_problem *given, rg_estimator_options *options, rg_message *why, rg_message *message)
{
    rg_problem own, *problem = &own;
    static const rg_policy *const order[] = { &rg_policy_reversible, &rg_policy_stored, &rg_policy_reversible,
                                              &rg_policy_checkpointed };
    rg_estimator_options tried;
    rg_status status = rg_problem_read (problem, given, message);
    if (status == RG_OK)
        status = rg_estimator_options_read (&tried, options, message);
    if (status != RG_OK)
        return status;
    double least = INFINITY;
    const double limit = options->memory == 0 ? default_memory : (double) options->memory;
    tried.memory = (size_t) limit;
    tried.window = 0; /* it takes what is left */
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        rg_forecast f;
        tried.policy = order[i];
        if (rg_problem_check_policy (problem, order[i], NULL) != RG_OK)
            continue;
        status = rg_forecast_back_to (problem, &tried, 0, NULL, &f, message);
        if (status != RG_OK)
            return status;
        least = fmin (least, f.bytes);
        if (f.bytes_beyond > 0 || (i == 0 && f.disk_bytes > 0)) /* on disk only where nothing fits without */
            continue;
        options->policy = order[i];
        if (f.slots > 0) {
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
rg_forecast_exchange (const rg_problem *given, rg_exchange *out, rg_message *message)
{
    rg_run *run;
    rg_problem problem;
    rg_exchange found = { .size = sizeof found };
    rg_status status = rg_sized_check (out, RG_SIZE_TO (rg_exchange, back), "rg_exchange", message);
    if (status == RG_OK)
        status = rg_problem_read (&problem, given, message);
    if (status == RG_OK)
        status = rg_forecast_start (&run, &problem, message);
    if (status != RG_OK)
        return status;
    found.shared = run->inner->shards > 1;
    found.out = rg_run_exchange_out (run);
    found.back = found.out + rg_run_exchange_adjoint (run);
    rg_run_free (run);
    rg_sized_write (out, out->size, &found, sizeof found);
    return RG_OK;
}

rg_status
rg_forecast_estimator (const rg_problem *problem, const rg_estimator *estimator, const rg_estimator_options *options,
                       const rg_step_seconds *measured, rg_forecast *out, rg_message *message)
{
    rg_how how;
    asked own;
    rg_status status = read (&own, problem, measured, out, message);
    if (status == RG_OK && estimator == NULL)
        return rg_fail (message, RG_EINPUT, "the estimator is NULL");
    if (status == RG_OK && estimator->forecast == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "what %s takes is not known before it runs", estimator->name);
    if (status == RG_OK)
        status = rg_how_read (&how, estimator, options, message);
    if (status != RG_OK)
        return status;
    status = estimator->forecast (&own.problem, &how, own.measured, &own.found, message);
    rg_how_clear (&how);
    rg_sized_write (out, out->size, &own.found, sizeof own.found);
    return status;
}

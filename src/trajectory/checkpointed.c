/*
 * checkpointed.c -- keeps some states, and computes those between them again, in the order of revolve.h.
 *
 * A kept state has the heads of the entropy buffers with it, so that the steps taken again have the
 * bits of the first time; the words that the buffers would spill are dropped. That the steps
 * are retraced is checked by digests of the state, as the reversible policy does.
 */
#include <math.h>

#include "base/memory.h"
#include "dynamics/window.h"
#include "trajectory/revolve.h"
#include "trajectory/slots.h"
#include "trajectory/state.h"
#include "trajectory/trajectory.h"

enum { CHECKS = 16 }; /* digests of a run, unless told otherwise */

typedef struct {
    rg_trajectory_options options;
    rg_revolve schedule;
    rg_revolve_action due; /* on the way out: what is to be done when its step is reached */
    rg_slots *slots; /* the schedule's steps begin at s_first */
    uint64_t interval, recomputed;
    uint64_t *digests; /* of steps 0, interval, 2 interval ...; NULL where T is not known */
} checkpointed;

size_t
rg_trajectory_slots (const rg_trajectory_options *options)
{
    const uint64_t steps = options->steps == 0 ? 0 : options->steps - options->first;
    if (options->slots != 0)
        return steps != 0 && options->slots > steps ? (size_t) steps : options->slots;
    return steps == 0 ? 32 : (size_t) ceil (sqrt ((double) steps));
}

static uint64_t
interval_of (const rg_trajectory_options *options)
{
    return options->interval != 0 ? options->interval : (options->steps + CHECKS - 1) / CHECKS;
}

static void
checkpointed_free (void *self)
{
    checkpointed *c = self;
    rg_revolve_clear (&c->schedule);
    rg_slots_free (c->slots);
    rg_free (c->digests);
    rg_free (c);
}

static rg_revolve_action
next (checkpointed *c)
{
    rg_revolve_action action = rg_revolve_next (&c->schedule);
    action.step += c->options.first;
    return action;
}

static rg_status
checkpointed_create (void **self, const rg_run *run, const rg_trajectory_options *options)
{
    *self = NULL;
    const uint64_t steps = options->steps;
    const size_t slots = rg_trajectory_slots (options);
    checkpointed *c = rg_calloc (1, sizeof *c);
    if (c == NULL)
        return RG_ENOMEM;
    c->options = *options;
    c->interval = interval_of (options);
    rg_window_aim (run, options->steps == 0 ? 0 : options->steps - 1);
    rg_status status = rg_revolve_init (&c->schedule, steps == 0 ? RG_REVOLVE_ONLINE : RG_REVOLVE_WHOLE,
                                        steps == 0 ? 0 : steps - options->first, slots);
    const size_t in_memory = options->memory_slots == 0 || options->memory_slots > slots ? slots : options->memory_slots;
    if (status == RG_OK)
        status = rg_slots_new (&c->slots, slots, slots - in_memory, options->slot_directory);
    if (status == RG_OK && steps > 0 && (c->digests = rg_calloc (steps / c->interval + 1, sizeof *c->digests)) == NULL)
        status = RG_ENOMEM;
    if (status != RG_OK) {
        checkpointed_free (c);
        return status;
    }
    c->due = next (c);
    *self = c;
    return RG_OK;
}

static rg_status
put (checkpointed *c, const rg_run *run, size_t slot, rg_message *message)
{
    void *block;
    const rg_status status = rg_slots_open_put (c->slots, slot, rg_state_whole_bytes (run), &block, message);
    if (status != RG_OK)
        return status;
    rg_state_whole_save (run, block);
    return rg_slots_close_put (c->slots, slot, message);
}

static rg_status
get (checkpointed *c, rg_run *run, const rg_revolve_action *action, rg_message *message)
{
    const void *block;
    size_t bytes;
    rg_status status = rg_slots_get (c->slots, action->slot, &block, &bytes, message);
    if (status != RG_OK)
        return status;
    status = rg_state_whole_load (run, action->step, block, bytes);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "step %llu: cannot go back to a checkpoint: %s",
                                              (unsigned long long) action->step, rg_status_text (status));
}

static rg_status
checkpointed_record (void *self, const rg_run *run, rg_message *message)
{
    checkpointed *c = self;
    rg_status status = RG_OK;
    rg_run_forget (run); /* nothing that was spilled will be needed */
    if (c->options.steps == 0)
        rg_window_aim (run, run->step);
    while (status == RG_OK && c->due.kind != RG_REVOLVE_DONE && c->due.step == run->step) {
        if (c->due.kind == RG_REVOLVE_TAKE)
            status = put (c, run, c->due.slot, message);
        c->due = next (c);
    }
    if (c->digests != NULL && run->step % c->interval == 0)
        c->digests[run->step / c->interval] = rg_run_digest (run);
    return status;
}

static rg_status
advance (checkpointed *c, rg_run *run, uint64_t t, rg_message *message)
{
    const rg_trajectory_options *o = &c->options;
    rg_status status = RG_OK;
    while (status == RG_OK && run->step < t) {
        if (rg_run_agree_to_stop (run, o->interrupted != NULL && o->interrupted (o->user) != 0))
            return rg_fail (message, RG_EINTERRUPTED, "meta-iteration %llu, step %llu: interrupted",
                            (unsigned long long) run->iteration, (unsigned long long) run->step);
        status = rg_run_gradient (run, 0, message);
        if (status == RG_OK)
            status = rg_run_advance (run, message);
        c->recomputed++;
        rg_run_forget (run);
        if (status == RG_OK && c->digests != NULL && run->step % c->interval == 0
            && rg_run_digest (run) != c->digests[run->step / c->interval])
            status = rg_fail (message, RG_EIRREVERSIBLE,
                              "steps %llu to %llu: what was computed again is not what it was (the gradient was not "
                              "bit-reproducible)", (unsigned long long) (run->step - c->interval),
                              (unsigned long long) run->step - 1);
    }
    return status;
}

static rg_status
checkpointed_rewind (void *self, rg_run *run, uint64_t t, rg_message *message)
{
    checkpointed *c = self;
    rg_status status = RG_OK;
    rg_revolve_back (&c->schedule, t - c->options.first);
    rg_window_aim (run, t); /* the last pass over a segment is the only one */
    while (status == RG_OK) {
        const rg_revolve_action action = next (c);
        switch (action.kind) {
        case RG_REVOLVE_ADVANCE: status = advance (c, run, action.step, message); break;
        case RG_REVOLVE_TAKE: status = put (c, run, action.slot, message); break;
        case RG_REVOLVE_RESTORE: status = get (c, run, &action, message); break;
        case RG_REVOLVE_ADJOINT: return rg_run_gradient (run, 0, message);
        case RG_REVOLVE_DONE: return rg_fail (message, RG_ERANGE, "the way back is over");
        }
    }
    return status;
}

static rg_status
checkpointed_certify (void *self, const rg_run *run, rg_message *message)
{
    (void) self, (void) run, (void) message;
    return RG_OK;
}

/* Bytes of its tables with so many slots. */
static size_t
overhead (const rg_trajectory_options *options, size_t slots)
{
    const size_t digests = options->steps == 0 ? 0 : (size_t) (options->steps / interval_of (options) + 1);
    return digests * sizeof (uint64_t) + rg_slots_overhead (slots) + slots * (sizeof (uint64_t) + sizeof (size_t));
}

static size_t
checkpointed_bytes (const void *self, const rg_run *run)
{
    const checkpointed *c = self;
    return overhead (&c->options, c->schedule.slots) + rg_slots_bytes (c->slots) + rg_run_buffer_bytes (run);
}

static size_t
checkpointed_disk_bytes (const void *self)
{
    const checkpointed *c = self;
    return rg_slots_disk_bytes (c->slots);
}

static uint64_t
checkpointed_recomputed (const void *self)
{
    const checkpointed *c = self;
    return c->recomputed;
}

/* As many slots as a limit leaves room for, at most T; 0: none. */
static size_t
slots_within (double memory, double fixed, double each, uint64_t steps)
{
    const double fit = floor ((memory - fixed) / each);
    return fit <= 0 ? 0 : fit >= (double) steps ? (size_t) steps : (size_t) fit;
}

/* Without slots told and without a file, as many as fit; with a file, what does not fit goes there. */
static void
checkpointed_forecast (const rg_run *run, const rg_trajectory_options *options, const rg_kept_bits *bits,
                       rg_trajectory_forecast *out)
{
    const uint64_t steps = options->steps - options->first;
    const double whole = rg_kept_state_bytes (run, bits);
    const double fixed = rg_kept_buffer_bytes (run, bits, 1 / (double) options->steps) + (double) overhead (options, 0);
    const double each = (double) (overhead (options, 2) - overhead (options, 1));
    const double memory = options->memory == 0 ? INFINITY : (double) options->memory;
    size_t slots = rg_trajectory_slots (options), in_memory = slots;
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
    out->recomputed = rg_revolve_again (steps, slots);
}

const rg_option rg_trajectory_any[] = { RG_SLOT_OPTIONS, RG_SPILL_OPTIONS, { 0 } };
static const rg_option options[] = { RG_SLOT_OPTIONS, { 0 } };

const rg_policy rg_policy_checkpointed = {
    .name = "checkpointed",
    .summary = "keeps some states and computes those between them again",
    .options = options,
    .create = checkpointed_create,
    .free = checkpointed_free,
    .record = checkpointed_record,
    .rewind = checkpointed_rewind,
    .certify = checkpointed_certify,
    .bytes = checkpointed_bytes,
    .disk_bytes = checkpointed_disk_bytes,
    .recomputed = checkpointed_recomputed,
    .forecast = checkpointed_forecast,
};

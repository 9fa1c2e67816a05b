/* sweep.c -- see sweep.h. */
#include "estimator/sweep.h"

#include <string.h>
#include <xxhash.h>

#include "base/record.h"
#include "estimator/keeping.h"
#include "trajectory/state.h"

enum { GO_ON, SAVE, SAVE_AND_STOP };

#define NUMBER(member, most) RG_UINT64 (rg_position, member, most)
static const rg_field fields[] = {
    NUMBER (step, UINT64_MAX), NUMBER (back, 1), NUMBER (state, UINT64_MAX), NUMBER (weights, UINT64_MAX),
    NUMBER (steps, UINT64_MAX), NUMBER (first, UINT64_MAX), NUMBER (shards, UINT64_MAX), NUMBER (precision, UINT64_MAX),
    NUMBER (arithmetic, UINT64_MAX), NUMBER (fraction_bits, UINT64_MAX), NUMBER (ratio_bits, UINT64_MAX),
    NUMBER (buffer_kind, UINT64_MAX), NUMBER (values_digest, UINT64_MAX),
};
enum { FIELDS = sizeof fields / sizeof *fields };
_Static_assert (sizeof (rg_position) == RG_POSITION_BYTES && FIELDS * 8 == RG_POSITION_BYTES,
                "a member of rg_position is not among the fields");

static rg_position
position_of (const rg_problem *problem, const rg_run *run, uint64_t first)
{
    const rg_hyper *hyper = problem->hyper;
    return (rg_position) { .weights = run->weights, .steps = rg_hyper_steps (hyper), .first = first,
                           .shards = run->inner->shards, .precision = run->inner->precision,
                           .arithmetic = run->options.arithmetic,
                           .fraction_bits = (uint64_t) run->options.fraction_bits,
                           .ratio_bits = (uint64_t) run->options.ratio_bits, .buffer_kind = run->options.buffer_kind,
                           .values_digest = XXH3_64bits (rg_hyper_values (problem->hyper),
                                                         rg_hyper_size (hyper) * sizeof (double)) };
}

void
rg_sweep_begin (rg_sweep *s, const rg_problem *problem, const rg_keeper *keeper, const rg_policy *policy, uint64_t first)
{
    rg_run *run = s->run;
    s->problem = problem;
    s->policy = policy;
    s->position = position_of (problem, run, first);
    rg_span of_policy[RG_POLICY_PARTS];
    if (keeper == NULL || keeper->off)
        return;
    const size_t count = policy->parts != NULL ? policy->parts (s->trajectory, of_policy) : 0;
    s->keeper = keeper;
    s->retakes = count == 0;
    rg_sweep_holds (s, s->position_block, sizeof s->position_block);
    rg_sweep_holds (s, s->report_block, sizeof s->report_block);
    if (s->retakes)
        return;
    rg_sweep_holds (s, run->w, run->weights * sizeof *run->w);
    for (int m = 0; m < run->dynamics->moments; m++)
        rg_sweep_holds (s, run->moment[m], run->weights * sizeof *run->moment[m]);
    for (size_t i = 0; i < count; i++)
        rg_sweep_holds (s, of_policy[i].data, of_policy[i].bytes);
}

void
rg_sweep_holds (rg_sweep *s, void *data, size_t bytes)
{
    if (s->keeper != NULL && data != NULL && s->count < RG_SWEEP_PARTS)
        s->parts[s->count++] = (rg_span) { data, bytes };
}

static rg_status
interrupted (const rg_run *run, rg_message *message)
{
    return rg_fail (message, RG_EINTERRUPTED, "meta-iteration %llu, step %llu: interrupted",
                    (unsigned long long) run->iteration, (unsigned long long) run->step);
}

/* Nothing to go on from: from the start. */
static rg_status
start (rg_sweep *s, rg_message *message)
{
    const rg_keeper *k = s->keeper;
    rg_message why = { "" };
    if (k == NULL)
        return RG_OK;
    k->begin (k->user);
    if (s->retakes)
        return RG_OK;
    const rg_status status = s->policy->open (s->trajectory, s->run, &why);
    if (status != RG_EUNSUPPORTED)
        return status == RG_OK ? RG_OK : rg_fail (message, status, "%s", why.text);
    k->stop (k->user, why.text);
    s->keeper = NULL;
    return RG_OK;
}

/* Another trajectory, of those steps that are still to be gone back, and the way out over them. */
static rg_status
retake (rg_sweep *s, rg_message *message)
{
    rg_run *run = s->run;
    if (run->step != 0) /* an attempt for another snapshot has moved it */
        return rg_fail (message, RG_EINPUT, "the way out cannot be taken twice");
    s->policy->free (s->trajectory);
    s->options.steps = s->position.step;
    rg_status status = s->policy->create (&s->trajectory, run, &s->options);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for a %s trajectory", s->policy->name);
    while (status == RG_OK && run->step < s->position.step) {
        status = rg_problem_look_up (s->problem, run, message);
        if (status == RG_OK)
            status = s->policy->record (s->trajectory, run, message);
        if (status == RG_OK)
            status = rg_run_gradient (run, 0, message);
        if (status == RG_OK)
            status = rg_run_advance (run, message);
    }
    if (status == RG_OK)
        status = rg_run_gather (run, message);
    return status != RG_OK || rg_state_digest (run) == s->position.state
        ? status : rg_fail (message, RG_EINPUT, "step %llu: the way out did not lead to the snapshot's state: the objective or its "
                            "data are others", (unsigned long long) run->step);
}

/* Position and report, each number within its range; what must be the same is. */
static int
take_numbers (rg_sweep *s, const rg_position *own)
{
    if (!rg_record_read (fields, FIELDS, &s->position, s->position_block) || !rg_report_read (s->report, s->report_block))
        return 0;
    rg_position same = *own;
    same.step = s->position.step;
    same.back = s->position.back;
    same.state = s->position.state;
    return memcmp (&same, &s->position, sizeof same) == 0 && same.step <= own->steps
        && (!same.back || same.step >= own->first);
}

/* Whether what was read belongs to this run; then the run is there. */
static rg_status
take_over (rg_sweep *s, const rg_position *own, rg_message *message)
{
    if (!take_numbers (s, own))
        return rg_fail (message, RG_EINPUT, "the snapshot is of another run");
    if (s->retakes)
        return retake (s, message);
    const rg_status status = s->policy->resume (s->trajectory, s->run, message);
    if (status != RG_OK)
        return status;
    s->run->step = s->position.step;
    rg_run_refresh (s->run);
    return rg_state_is_inside (s->run)
        ? RG_OK : rg_fail (message, RG_EINPUT, "the snapshot is damaged: a number of the state is out of its range");
}

rg_status
rg_sweep_resume (rg_sweep *s, int *spoiled, rg_message *message)
{
    const rg_keeper *k = s->keeper;
    rg_ranks *ranks = rg_team_ranks (s->run->options.team); /* also of those that each do the whole run */
    const rg_position own = s->position;
    int candidate = 0;
    *spoiled = 0;
    for (int found = 1; k != NULL && found;) {
        rg_status status = rg_keeping_load (k, ranks, RG_KEEP_SWEEP, s->run->iteration, &candidate, s->parts, s->count,
                                            &found, message);
        if (status != RG_OK)
            return status;
        rg_message why = { "" };
        if (found && (status = take_over (s, &own, &why)) == RG_OK) {
            *spoiled = 0;
            return RG_OK;
        }
        if (found && status != RG_EINPUT)
            return rg_fail (message, status, "%s", why.text);
        *spoiled |= found;
        if (found)
            rg_keeping_refuse (k, ranks, why.text);
    }
    s->position = own;
    return start (s, message);
}

static rg_status
save (rg_sweep *s, rg_message *message)
{
    s->position.step = s->run->step;
    rg_status status = s->retakes ? RG_OK : s->policy->keep (s->trajectory, s->run, message);
    if (status == RG_OK)
        status = rg_run_gather (s->run, message);
    s->position.state = s->retakes ? rg_state_digest (s->run) : 0;
    rg_record_write (fields, FIELDS, &s->position, s->position_block);
    rg_report_write (s->report, s->report_block);
    if (status == RG_OK && s->position.back)
        status = rg_run_gather_adjoint (s->run, s->adjoint, message);
    return status != RG_OK ? status
                           : rg_keeping_save (s->keeper, s->run->ranks, RG_KEEP_SWEEP, s->run->iteration, s->parts, s->count,
                                              message);
}

rg_status
rg_sweep_pause (void *self, rg_run *run, rg_message *message)
{
    rg_sweep *s = self;
    const rg_problem *problem = s->problem;
    const int saves = s->keeper != NULL && (!s->retakes || s->position.back);
    const int due = saves && s->keeper->due (s->keeper->user, RG_KEEP_SWEEP);
    const int stop = problem->interrupted != NULL && problem->interrupted (problem->user) != 0;
    const int wish = rg_run_agree (run, stop ? SAVE_AND_STOP : due ? SAVE : GO_ON);
    if (saves && wish != GO_ON) {
        const rg_status status = save (s, message);
        if (status != RG_OK)
            return status;
    }
    return wish >= SAVE_AND_STOP ? interrupted (run, message) : RG_OK;
}

/* check_trajectory.c -- the schedule against its recursion, and every policy against every other, bit for bit. */
#include "testing.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"

#include <retrograde/forecast.h>

#include "base/random.h"
#include "estimator/estimator.h"
#include "trajectory/revolve.h"
#include "trajectory/slots.h"

enum { MOST = 160 };

static const struct {
    uint64_t steps;
    size_t slots;
    uint64_t forward;
} golden[] = { { 10, 3, 15 }, { 30, 4, 69 }, { 60, 5, 156 }, { 100, 3, 490 }, { 1, 1, 0 }, { 7, 7, 6 }, { 10, 1, 45 } };

/* What a walk through a schedule found. */
typedef struct {
    uint64_t forward, again, ahead, adjoints;
} walked;

/* Do what a schedule says, and check that each action is possible. */
static walked
walk (rg_revolve_form form, uint64_t steps, size_t slots)
{
    rg_revolve r;
    ck_assert_int_eq (rg_revolve_init (&r, form, form == RG_REVOLVE_ONLINE ? 0 : steps, slots), RG_OK);
    uint64_t *held = calloc (slots, sizeof *held), at = 0;
    walked w = { 0 };
    for (int back = 0;;) {
        if (form != RG_REVOLVE_CLASSIC && !back && at >= steps) {
            at = steps;
            rg_revolve_back (&r, steps - 1);
            w.ahead = rg_revolve_ahead (&r);
            back = 1;
        }
        const rg_revolve_action action = rg_revolve_next (&r);
        if (action.kind == RG_REVOLVE_DONE)
            break;
        switch (action.kind) {
        case RG_REVOLVE_ADVANCE:
            ck_assert_uint_gt (action.step, at);
            *(back ? &w.again : &w.forward) += action.step - at;
            break;
        case RG_REVOLVE_TAKE:
            ck_assert_uint_lt (action.slot, slots);
            ck_assert_uint_eq (action.step, at);
            held[action.slot] = at;
            break;
        case RG_REVOLVE_RESTORE: ck_assert_uint_eq (held[action.slot], action.step); break;
        default:
            ck_assert_uint_eq (action.step, at);
            ck_assert_uint_eq (action.step, steps - 1 - w.adjoints++);
        }
        at = action.step;
    }
    ck_assert_uint_eq (w.adjoints, steps);
    free (held);
    rg_revolve_clear (&r);
    return w;
}

START_TEST (the_counts_are_the_published_ones)
{
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        ck_assert_uint_eq (rg_revolve_steps (golden[i].steps, golden[i].slots), golden[i].forward);
        ck_assert_uint_eq (walk (RG_REVOLVE_CLASSIC, golden[i].steps, golden[i].slots).forward, golden[i].forward);
    }
    ck_assert_uint_eq (rg_revolve_again (10, 3), 8);
    ck_assert_uint_eq (rg_revolve_steps (5000000000u, 1), 12499999997500000000u);
    ck_assert_uint_eq (rg_revolve_steps (UINT64_MAX, 1), UINT64_MAX);
    ck_assert_uint_eq (rg_revolve_steps (1000003, 1000003), 1000002);
}
END_TEST

/* The recursions of revolve.h and revolve.c as they stand there. */
static void
fill (uint64_t (*p)[MOST + 1], uint64_t (*q)[MOST + 1])
{
    for (uint64_t l = 1; l <= MOST; l++)
        for (size_t s = 1; s <= MOST; s++) {
            p[l][s] = q[l][s] = s == 1 ? l * (l - 1) / 2 : l == 1 ? 0 : UINT64_MAX;
            for (uint64_t m = 1; s > 1 && m < l; m++) {
                const uint64_t classic = m + p[l - m][s - 1] + p[m][s], whole = q[l - m][s - 1] + p[m][s];
                p[l][s] = classic < p[l][s] ? classic : p[l][s];
                q[l][s] = whole < q[l][s] ? whole : q[l][s];
            }
        }
}

START_TEST (the_schedule_is_the_optimum_of_dynamic_programming)
{
    static uint64_t p[MOST + 1][MOST + 1], q[MOST + 1][MOST + 1];
    fill (p, q);
    for (uint64_t l = 1; l <= MOST; l++)
        for (size_t s = 1; s <= MOST; s++) {
            ck_assert_uint_eq (rg_revolve_steps (l, s), p[l][s]);
            ck_assert_uint_eq (rg_revolve_again (l, s), q[l][s]);
        }
    for (int i = 0; i < test_scale (300); i++) {
        uint32_t random[4];
        rg_philox ((uint32_t[]) { (uint32_t) i, 0, 0, 0 }, (uint32_t[]) { (uint32_t) test_seed (), 7 }, random);
        const uint64_t l = 1 + random[0] % MOST;
        const size_t s = 1 + random[1] % (random[2] % 2 == 0 ? MOST : 8);
        ck_assert_uint_eq (walk (RG_REVOLVE_CLASSIC, l, s).forward, p[l][s]);
        const walked whole = walk (RG_REVOLVE_WHOLE, l, s);
        ck_assert_uint_eq (whole.again, q[l][s]);
        ck_assert_uint_eq (whole.ahead, q[l][s]);
    }
}
END_TEST

START_TEST (a_million_steps_are_scheduled)
{
    static const size_t slots[] = { 3, 20, 1000, 1000003 };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        ck_assert_uint_eq (walk (RG_REVOLVE_WHOLE, 1000003, slots[i]).again, rg_revolve_again (1000003, slots[i]));
}
END_TEST

/* With the last distance d, slot i's part is at most d steps, reversed with what is free: sum of P(d, s-i). */
START_TEST (the_online_schedule_comes_back_from_any_step_within_its_bound)
{
    for (size_t slots = 1; slots <= 40; slots += 1 + slots / 5)
        for (uint64_t steps = 1; steps <= 700; steps += 1 + steps / 7) {
            const walked w = walk (RG_REVOLVE_ONLINE, steps, slots);
            uint64_t d = 1, bound = 0;
            while ((steps + d - 1) / d > slots)
                d *= 2;
            for (size_t i = 0; i * d < steps; i++)
                bound += rg_revolve_steps (d, slots - i);
            ck_assert_uint_eq (w.again, w.ahead);
            ck_assert_uint_le (w.again, bound);
            ck_assert_uint_ge (w.again, rg_revolve_again (steps, slots));
        }
}
END_TEST

static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay;
    rg_buffer_kind buffer;
} runs[] = {
    { "damped, 400 steps at .9",    "momentum-damped",  400, .005,  .9,  RG_BUFFER_STREAM32 },
    { "damped, 130 steps at .5",    "momentum-damped",  130, .02,   .5,  RG_BUFFER_STREAM32 },
    { "classical, 433 steps at .9", "momentum",         433, .0004, .9,  RG_BUFFER_STREAM32 },
    { "classical, 64-bit heads",    "momentum",         150, .02,   .98, RG_BUFFER_STREAM64 },
    { "damped, integer buffer",     "momentum-damped",  120, .02,   .6,  RG_BUFFER_INTEGER },
    { "Nesterov",                   "nesterov",         90,  .005,  .8,  RG_BUFFER_STREAM32 },
    { "one step",                   "momentum-damped",  1,   .02,   .9,  RG_BUFFER_STREAM32 },
};

static rg_status
checkpointed (fixture *f, rg_estimator_options options, double *gradient, rg_report *report,
               rg_message *message)
{
    options.policy = rg_registry_trajectory ("checkpointed");
    return rg_hypergradient (&f->problem, rg_registry_estimator ("reverse"), &options, 0, gradient, report, message);
}

static void
start (fixture *f, int i)
{
    fixture_init (f, runs[i].dynamics, runs[i].steps, runs[i].rate, runs[i].decay, 1, 14);
    f->problem.run.buffer_kind = runs[i].buffer;
    f->problem.run.fraction_bits = 44;
}

START_TEST (checkpointed_is_stored_bit_for_bit)
{
    fixture f;
    start (&f, _i);
    const size_t size = rg_hyper_size (f.hyper), steps = runs[_i].steps;
    double *stored = calloc (size, sizeof *stored), *gradient = calloc (size, sizeof *gradient);
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    for (int floating = 0; floating < 2; floating++) {
        f.problem.run.arithmetic = floating ? RG_FLOATING : RG_EXACT;
        ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", stored, &report, NULL), RG_OK);
        ck_assert_uint_eq (report.recomputed_steps, 0);
        if (!floating && strcmp (runs[_i].dynamics, "nesterov") != 0) {
            ck_assert_int_eq (fixture_gradient (&f, "reverse", "reversible", gradient, &report, NULL), RG_OK);
            ck_assert_mem_eq (gradient, stored, size * sizeof *stored);
        }
        for (size_t slots = 1; slots <= steps + 1; slots += 1 + slots * slots / 9)
            for (size_t memory = 0; memory < 2; memory++) {
                const rg_estimator_options options = HOW (.slots = slots, .memory_slots = memory * (slots + 1) / 2);
                ck_assert_msg (checkpointed (&f, options, gradient, &report, &message) == RG_OK, "%s: %s",
                               runs[_i].label, message.text);
                ck_assert_msg (memcmp (gradient, stored, size * sizeof *stored) == 0, "%s, %zu slots: bits differ",
                               runs[_i].label, slots);
                ck_assert_uint_eq (report.recomputed_steps, rg_revolve_again (steps, slots));
                ck_assert_int_eq (report.disk_bytes > 0, memory == 1 && slots > 1 && steps > 1);
            }
    }
    free (gradient);
    free (stored);
    fixture_clear (&f);
}
END_TEST

/* Walks the way back of a policy that was not told T, skipping steps, beside one that keeps every state. */
START_TEST (the_way_back_may_begin_anywhere_and_skip_steps)
{
    fixture f;
    const rg_policy *policy = &rg_policy_checkpointed;
    fixture_init (&f, "momentum-damped", 200, .02, .9, 1, 14);
    for (int known = 0; known < 2; known++) {
        rg_run *run;
        void *trajectory;
        const uint64_t length = known ? 200 : 77;
        const rg_trajectory_options options = { .steps = known ? length : 0, .slots = 5 };
        uint64_t digests[200];
        ck_assert_int_eq (rg_problem_start (&run, &f.problem, 0, NULL), RG_OK);
        ck_assert_int_eq (policy->create (&trajectory, run, &options), RG_OK);
        for (uint64_t t = 0; t < length; t++) {
            ck_assert_int_eq (policy->record (trajectory, run, NULL), RG_OK);
            digests[t] = rg_run_digest (run);
            ck_assert_int_eq (rg_run_gradient (run, 0, NULL), RG_OK);
            ck_assert_int_eq (rg_run_advance (run, NULL), RG_OK);
        }
        for (uint64_t t = length; t-- > 0; t -= t < 7 ? 0 : t % 3) {
            ck_assert_int_eq (policy->rewind (trajectory, run, t, NULL), RG_OK);
            ck_assert_uint_eq (run->step, t);
            ck_assert_uint_eq (rg_run_digest (run), digests[t]);
        }
        ck_assert_int_eq (policy->certify (trajectory, run, NULL), RG_OK);
        policy->free (trajectory);
        rg_run_free (run);
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (the_last_steps_alone_are_kept_for_a_truncated_way_back)
{
    fixture f;
    const rg_policy *policy = &rg_policy_checkpointed;
    const rg_trajectory_options options = { .steps = 200, .first = 123, .slots = 5 };
    rg_run *run;
    void *trajectory;
    uint64_t digests[200];
    fixture_init (&f, "momentum-damped", 200, .02, .9, 1, 14);
    ck_assert_int_eq (rg_problem_start (&run, &f.problem, 0, NULL), RG_OK);
    ck_assert_int_eq (policy->create (&trajectory, run, &options), RG_OK);
    for (uint64_t t = 0; t < 200; t++) {
        ck_assert_int_eq (policy->record (trajectory, run, NULL), RG_OK);
        digests[t] = rg_run_digest (run);
        ck_assert_int_eq (rg_run_gradient (run, 0, NULL), RG_OK);
        ck_assert_int_eq (rg_run_advance (run, NULL), RG_OK);
    }
    for (uint64_t t = 200; t-- > 123;) {
        ck_assert_int_eq (policy->rewind (trajectory, run, t, NULL), RG_OK);
        ck_assert_uint_eq (run->step, t);
        ck_assert_uint_eq (rg_run_digest (run), digests[t]);
    }
    ck_assert_uint_eq (policy->recomputed (trajectory), rg_revolve_again (77, 5));
    policy->free (trajectory);
    rg_run_free (run);
    fixture_clear (&f);
}
END_TEST

START_TEST (what_is_not_computed_again_as_it_was_is_refused)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum-damped", 100, .1, .9, 0, 14);
    f.faults.honest = 100 + 1;
    ck_assert_int_eq (checkpointed (&f, HOW (.slots = 4, .check_interval = 1), gradient,
                                     NULL, &message), RG_EIRREVERSIBLE);
    ck_assert_msg (strstr (message.text, "what was computed again is not what it was") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_disk_that_fails_is_a_status)
{
    fixture f;
    double gradient[12];
    rg_message message = { "" };
    rg_estimator_options options = HOW (.slots = 6, .memory_slots = 2, .slot_directory = "/nonexistent");
    fixture_init (&f, "momentum-damped", 60, .1, .9, 0, 14);
    ck_assert_int_eq (checkpointed (&f, options, gradient, NULL, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/nonexistent: cannot create a checkpoint: No such file or directory");
    struct rlimit old;
    ck_assert_int_eq (getrlimit (RLIMIT_FSIZE, &old), 0);
    void (*before) (int) = signal (SIGXFSZ, SIG_IGN);
    const struct rlimit low = { 500, old.rlim_max };
    options.slot_directory = NULL;
    const int lowered = setrlimit (RLIMIT_FSIZE, &low); /* no assertion while Check's own file is limited, too */
    const rg_status status = checkpointed (&f, options, gradient, NULL, &message);
    setrlimit (RLIMIT_FSIZE, &old);
    signal (SIGXFSZ, before);
    ck_assert_int_eq (lowered, 0);
    ck_assert_int_eq (status, RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/tmp: cannot write a checkpoint: File too large");
    fixture_clear (&f);
}
END_TEST

/* The first file of this process whose name has a part. */
static int
open_file_named (const char *part)
{
    for (int fd = 3; fd < 64; fd++) {
        char link[64], name[256] = "";
        snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
        if (readlink (link, name, sizeof name - 1) > 0 && strstr (name, part) != NULL)
            return fd;
    }
    return -1;
}

START_TEST (a_block_that_changed_on_disk_is_refused)
{
    rg_slots *slots;
    void *block;
    const void *back;
    size_t bytes;
    rg_message message = { "" };
    ck_assert_int_eq (rg_slots_new (&slots, 3, 2, NULL), RG_OK);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq (rg_slots_open_put (slots, i, 100 + i, &block, NULL), RG_OK);
        memset (block, (int) (7 + i), 100 + i);
        ck_assert_int_eq (rg_slots_close_put (slots, i, NULL), RG_OK);
    }
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq (rg_slots_get (slots, i, &back, &bytes, NULL), RG_OK);
        ck_assert_uint_eq (bytes, 100 + i);
        ck_assert_int_eq (((const unsigned char *) back)[99 + i], (int) (7 + i));
    }
    ck_assert_uint_eq (rg_slots_disk_bytes (slots), 201);
    const int file = open_file_named ("/retrograde-");
    ck_assert_int_ge (file, 0);
    ck_assert_int_eq (pwrite (file, "x", 1, 150), 1);
    ck_assert_int_eq (rg_slots_get (slots, 0, &back, &bytes, &message), RG_OK);
    ck_assert_int_eq (rg_slots_get (slots, 1, &back, &bytes, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/tmp: a checkpoint was not read back as it was written");
    ck_assert_int_eq (ftruncate (file, 50), 0);
    ck_assert_int_eq (rg_slots_get (slots, 0, &back, &bytes, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/tmp: cannot read a checkpoint: Input/output error");
    rg_slots_free (slots);
    ck_assert_int_eq (open_file_named ("/retrograde-"), -1);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    fixture f;
    double gradient[12], reference[12];
    fixture_init (&f, "momentum-damped", 20, .1, .9, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", reference, NULL, NULL), RG_OK);
    for (size_t kept = 0; kept < 2; kept++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            const rg_estimator_options options = HOW (.slots = 4, .memory_slots = 2 * kept);
            FAILING (&memory, checkpointed (&f, options, gradient, NULL, NULL));
            ck_assert_int_eq (open_file_named ("/retrograde-"), -1);
        }
    ck_assert_mem_eq (gradient, reference, sizeof gradient);
    fixture_clear (&f);
}
END_TEST

START_TEST (forecasts_and_measurements_fail_cleanly_and_agree_with_the_run)
{
    fixture f;
    double gradient[12];
    rg_report report = { .size = sizeof report };
    rg_forecast forecast = { .size = sizeof forecast };
    rg_step_seconds measured = { .size = sizeof measured };
    rg_message why = { "" };
    fixture_init (&f, "momentum-damped", 300, .02, .9, 0, 14);
    rg_estimator_options options = HOW (.policy = &rg_policy_checkpointed, .slots = 9, .memory_slots = 4);
    for (failing_memory memory = failing_first (); memory.failed;) {
        failing_begin (&memory);
        rg_status status = rg_measure_steps (&f.problem, &measured, NULL);
        if (status == RG_OK)
            status = rg_forecast_trajectory (&f.problem, &options, &measured, &forecast, NULL);
        failing_end (&memory, status);
    }
    ck_assert_int_eq (checkpointed (&f, options, gradient, &report, NULL), RG_OK);
    ck_assert_uint_eq (forecast.recomputed_steps, report.recomputed_steps);
    ck_assert_uint_eq ((size_t) forecast.disk_bytes, report.disk_bytes);
    ck_assert (measured.gradient > 0 && measured.step >= measured.gradient && measured.undo > 0 && measured.adjoint > 0);
    /* too little for all states, enough for some: exact runs are undone, floating ones checkpointed */
    options = HOW (.memory = 9000);
    ck_assert_int_eq (rg_choose_trajectory (&f.problem, &options, &why, NULL), RG_OK);
    ck_assert_ptr_eq (options.policy, &rg_policy_reversible);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (rg_choose_trajectory (&f.problem, &options, &why, NULL), RG_OK);
    ck_assert_ptr_eq (options.policy, &rg_policy_checkpointed);
    ck_assert_int_eq (checkpointed (&f, options, gradient, &report, NULL), RG_OK);
    ck_assert_uint_le (report.trajectory_bytes, options.memory);
    ck_assert_uint_eq (report.recomputed_steps, rg_revolve_again (300, options.slots));
    options.memory = 100;
    options.slots = 0;
    ck_assert_int_eq (rg_choose_trajectory (&f.problem, &options, &why, NULL), RG_EUNSUPPORTED);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("trajectory");
    TCase *tcase = tcase_create ("trajectories");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, the_counts_are_the_published_ones);
    tcase_add_test (tcase, the_schedule_is_the_optimum_of_dynamic_programming);
    tcase_add_test (tcase, a_million_steps_are_scheduled);
    tcase_add_test (tcase, the_online_schedule_comes_back_from_any_step_within_its_bound);
    tcase_add_loop_test (tcase, checkpointed_is_stored_bit_for_bit, 0, (int) (sizeof runs / sizeof *runs));
    tcase_add_test (tcase, the_way_back_may_begin_anywhere_and_skip_steps);
    tcase_add_test (tcase, the_last_steps_alone_are_kept_for_a_truncated_way_back);
    tcase_add_test (tcase, what_is_not_computed_again_as_it_was_is_refused);
    tcase_add_test (tcase, a_disk_that_fails_is_a_status);
    tcase_add_test (tcase, a_block_that_changed_on_disk_is_refused);
    tcase_add_test (tcase, every_allocation_may_fail);
    tcase_add_test (tcase, forecasts_and_measurements_fail_cleanly_and_agree_with_the_run);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

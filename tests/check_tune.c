/* check_tune.c -- tuning of user's functions: against a loop by hand, without files and with a study that is left and gone on with. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"
#include "scratch.h"

enum { ITERATIONS = 9, NUMBERS = 12, PATH = 400 };

/* A kind of tuning. */
static const struct {
    const char *label, *estimator, *trajectory;
    int warm, fresh;
    uint64_t members;
    const char *settings;
} kinds[] = {
    { "reverse",                "reverse",   "reversible",   0, 0, 1, NULL },
    { "reverse, stored",        "reverse",   "stored",       0, 0, 1, NULL },
    { "forward",                "forward",   "reversible",   0, 0, 1, NULL },
    { "warm restarts",          "reverse",   "reversible",   1, 0, 1, NULL },
    { "mean of three",          "reverse",   "checkpointed", 0, 1, 3, NULL },
    { "real-time",              "real-time", "reversible",   0, 0, 1, "interval: 4" },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const double start[6] = { 10, 21, -1, -2, 1, -1 };

/* The golden quadratic: rate and lambda are tuned; without a block of initial weights. */
static void
parts_init (fixture *f, int kind)
{
    const rg_array_spec arrays[] = { { "v1", 2, 0, 0 }, { "v2", 4, 1, 0 } };
    const double lambda[4] = { 1, 2, 1, .5 };
    *f = (fixture) { .faults = { -1, 0 } };
    ck_assert_int_eq (rg_layout_new (&f->layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, 36, 0, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY), own = rg_block_defaults (RG_PARAMETER);
    rate.init = .01;
    decay.init = .75;
    own.count = 4;
    own.values = lambda;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &own, NULL), RG_OK);
    const rg_callbacks inner = { sizeof (rg_callbacks), quadratic_loss, quadratic_gradient, quadratic_tangent, quadratic_lambda_gradient, NULL, 4 };
    const rg_callbacks outer = { sizeof (rg_callbacks), outer_loss, outer_gradient, NULL, NULL, NULL, 0 };
    ck_assert_int_eq (rg_objective_from_callbacks (&f->inner, 6, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f->outer, 6, &outer, NULL, NULL), RG_OK);
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics ("momentum"), .run = rg_run_defaults () };
    f->problem.initial = kinds[kind].fresh ? (rg_initial) { .scale = 2.385, .seed = 7, .fresh = 1 }
                                           : (rg_initial) { .values = start };
}

static rg_tuning
tuning_of (const fixture *f, int kind)
{
    static rg_estimator_options both[2]; /* of the last two tunings */
    static size_t next = 0;
    rg_estimator_options *options = &both[next++ % 2];
    *options = HOW (.policy = rg_registry_trajectory (kinds[kind].trajectory), .settings = kinds[kind].settings);
    const rg_optimizer *adam = rg_registry_optimizer ("adam");
    return (rg_tuning) { .size = sizeof (rg_tuning), .problem = &f->problem, .estimator = rg_registry_estimator (kinds[kind].estimator),
                         .estimator_options = options,
                         .members = kinds[kind].members, .warm = kinds[kind].warm, .optimizer = adam,
                         .iterations = ITERATIONS };
}

/* What the caller sees. */
typedef struct {
    uint64_t calls, stop_at;
    double losses[ITERATIONS];
} witness;

static int
look_on (void *user, const rg_progress *p)
{
    witness *w = user;
    ck_assert_uint_eq (p->iterations, ITERATIONS);
    ck_assert_uint_eq (p->line->iteration, p->iteration);
    ck_assert_uint_eq (++w->calls, p->done);
    w->losses[p->iteration] = p->line->outer_loss;
    return p->iteration + 1 == w->stop_at;
}

/* ---- Without files ---------------------------------------------------------------- */

START_TEST (it_is_the_loop_that_one_would_write_bit_for_bit)
{
    enum { KIND = 0 };
    fixture f, g;
    witness seen = { 0 };
    rg_summary summary = { .size = sizeof summary };
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    double gradient[NUMBERS], losses[ITERATIONS];
    rg_outer *outer;
    parts_init (&f, KIND);
    parts_init (&g, KIND);
    rg_tuning tuning = tuning_of (&f, KIND);
    tuning.clip = .5;
    tuning.result = RG_RESULT_LAST;
    ck_assert_msg (rg_tune (&tuning, look_on, &seen, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_outer_new (&outer, tuning.optimizer, tuning.outer, rg_hyper_size (g.hyper), NULL), RG_OK);
    for (uint64_t i = 0; i < ITERATIONS; i++) {
        ck_assert_int_eq (rg_hypergradient (&g.problem, tuning.estimator, tuning.estimator_options, i, gradient, &report, NULL),
                          RG_OK);
        losses[i] = report.outer_loss;
        rg_outer_clip (gradient, rg_hyper_size (g.hyper), .5);
        ck_assert_int_eq (rg_outer_descend (outer, losses[i], gradient, g.hyper, NULL), RG_OK);
    }
    ck_assert_mem_eq (seen.losses, losses, sizeof losses);
    ck_assert_mem_eq (rg_hyper_values (f.hyper), rg_hyper_values (g.hyper), rg_hyper_size (g.hyper) * sizeof (double));
    ck_assert_int_eq (rg_train (&g.problem, ITERATIONS, NULL, &report, NULL), RG_OK);
    ck_assert (summary.after.outer_loss == report.outer_loss && summary.before.outer_loss == losses[0]);
    ck_assert (summary.concluded && !summary.stopped_early && !summary.on_its_way);
    ck_assert (summary.done == ITERATIONS && summary.saved == 0 && summary.mean_of == 5);
    ck_assert (summary.at_best.outer_loss == summary.best.value && isnan (summary.after.validation_loss));
    double sum = 0;
    for (int i = ITERATIONS - 5; i < ITERATIONS; i++)
        sum += losses[i];
    ck_assert_double_eq_tol (summary.mean_last, sum / 5, 1e-15 * sum);
    rg_outer_free (outer);
    fixture_clear (&f);
    fixture_clear (&g);
}
END_TEST

/* A rate far too large makes each meta-iteration after the first worse: patience ends it, and the best is the result. */
START_TEST (with_patience_the_best_is_the_result)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    parts_init (&f, 0);
    rg_tuning tuning = tuning_of (&f, 0);
    double before[NUMBERS];
    memcpy (before, rg_hyper_values (f.hyper), rg_hyper_size (f.hyper) * sizeof *before);
    tuning.optimizer = rg_registry_optimizer ("gradient-descent");
    rg_outer_options slow = rg_outer_defaults ();
    slow.rate = 1e-9;
    tuning.outer = &slow;
    f.problem.penalty = -0.;
    tuning.patience = 2;
    tuning.monitor = RG_MONITOR_VALIDATION_ERROR; /* NaN here: there is no best, and so no end */
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert (!summary.stopped_early && summary.done == ITERATIONS && !summary.best.known);
    memcpy (rg_hyper_values (f.hyper), before, rg_hyper_size (f.hyper) * sizeof *before);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    tuning.monitor = RG_MONITOR_OUTER_LOSS;
    tuning.optimizer = rg_registry_optimizer ("sign-descent");
    slow.rate = .4;
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert_msg (summary.stopped_early && summary.best.known, "done %llu", (unsigned long long) summary.done);
    ck_assert_uint_eq (summary.done, summary.best.iteration + 3);
    ck_assert (summary.after.outer_loss == summary.best.value);
    fixture_clear (&f);
}
END_TEST

/* Steps that are too long: some meta-iteration but the last is the best, and training again with its numbers has its bits. */
START_TEST (the_best_is_the_result_and_comes_back_bit_for_bit)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    parts_init (&f, 0);
    rg_tuning tuning = tuning_of (&f, 0);
    rg_outer_options fast = rg_outer_defaults ();
    fast.rate = .9;
    tuning.iterations = 8; /* the loss goes up and down */
    tuning.outer = &fast;
    tuning.optimizer = rg_registry_optimizer ("sign-descent");
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert (summary.result == RG_RESULT_BEST && summary.best_run.known && summary.last_run.known && !summary.stopped_early);
    ck_assert_uint_lt (summary.best.iteration, 8);
    ck_assert_uint_eq (summary.best_run.iteration, summary.best.iteration);
    ck_assert_uint_eq (summary.last_run.iteration, 8);
    ck_assert (summary.best_run.outcome.outer_loss == summary.best.value && summary.after.outer_loss == summary.best.value);
    ck_assert_double_eq (summary.at_best.outer_loss, summary.best.value);
    ck_assert_double_gt (summary.last_run.outcome.outer_loss, summary.best.value);
    ck_assert_int_eq (rg_train (&f.problem, summary.best.iteration, NULL, &report, NULL), RG_OK); /* with the numbers it has left */
    ck_assert (report.outer_loss == summary.best.value);
    fixture_clear (&f);
}
END_TEST

/* Evaluations: the tasks are those of rg_evaluate_members, with the values of the time. */
typedef struct {
    const fixture *tuned;
    rg_problem problem;
    size_t calls[2];
    uint64_t stop_at;
} evaluator;

static int
look_at_members (void *user, size_t which, uint64_t iteration, uint64_t members, const rg_outcome *outcome)
{
    evaluator *e = user;
    rg_outcome expected[3];
    ck_assert_uint_eq (members, which == 0 ? 3 : 1);
    ck_assert_uint_eq (iteration, which == 1 || e->calls[0] == 2 ? ITERATIONS : 4 * (e->calls[0] + 1));
    ck_assert_int_eq (rg_evaluate_members (&e->problem, 0, members, NULL, 0, expected, NULL), RG_OK);
    ck_assert_mem_eq (outcome, expected, members * sizeof *outcome);
    e->calls[which]++;
    return e->stop_at == iteration;
}

START_TEST (evaluations_are_made_in_time_and_at_the_end)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    parts_init (&f, 4); /* fresh initial weights */
    rg_tuning tuning = tuning_of (&f, 4);
    evaluator e = { .tuned = &f, .problem = f.problem };
    e.problem.run.steps = 50;
    const rg_evaluation_plan plans[2] = { { .problem = &e.problem, .members = 3, .every = 4 },
                                          { .problem = &e.problem, .members = 1 } };
    tuning.evaluations = plans;
    tuning.evaluation_count = 2;
    tuning.on_evaluation = look_at_members;
    ck_assert_msg (rg_tune (&tuning, NULL, &e, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert (e.calls[0] == 3 && e.calls[1] == 1); /* after 4 and 8, and at the end; at the end */
    fixture_clear (&f);
    parts_init (&f, 4);
    e = (evaluator) { .tuned = &f, .problem = f.problem, .stop_at = 4 };
    ck_assert_int_eq (rg_tune (&tuning, NULL, &e, &summary, &message), RG_EINTERRUPTED);
    ck_assert_uint_eq (summary.done, 4);
    fixture_clear (&f);
}
END_TEST

START_TEST (nothing_to_do_evaluates_the_start)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    parts_init (&f, 0);
    rg_tuning tuning = tuning_of (&f, 0);
    tuning.iterations = 0;
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, NULL), RG_OK);
    ck_assert (summary.concluded && summary.done == 0 && summary.before.outer_loss == summary.after.outer_loss);
    ck_assert (isnan (summary.mean_last) && summary.after.outer_loss > 0);
    fixture_clear (&f);
}
END_TEST

/* A copy of its problem in its place, to be changed. */
static rg_problem *
changed (rg_tuning *t)
{
    static rg_problem problem;
    problem = *t->problem;
    t->problem = &problem;
    return &problem;
}

static void
without_estimator (rg_tuning *t)
{
    t->estimator = NULL;
}

static void
without_optimizer (rg_tuning *t)
{
    t->optimizer = NULL;
}

static void
without_objective (rg_tuning *t)
{
    changed (t)->outer = NULL;
}

static void
warm_and_fresh (rg_tuning *t)
{
    t->warm = 1;
    changed (t)->initial.fresh = 1;
}

static void
several_warm (rg_tuning *t)
{
    t->members = 2;
    t->warm = 1;
}

static void
several_in_time (rg_tuning *t)
{
    t->members = 2;
    changed (t)->initial.fresh = 1;
    t->estimator = rg_registry_estimator ("real-time");
    t->estimator_options = NULL;
}

static void
search_and_clip (rg_tuning *t)
{
    t->optimizer = rg_registry_optimizer ("spectral");
    t->clip = 1;
}

static void
without_interval (rg_tuning *t)
{
    static const rg_estimator_options none = { .size = sizeof none, .settings = "interval: 0" };
    t->estimator_options = &none;
    t->estimator = rg_registry_estimator ("real-time");
}

static const struct {
    void (*spoil) (rg_tuning *tuning);
    rg_status status;
    const char *sentence;
} refusals[] = {
    { without_estimator, RG_EINPUT, "the estimator is NULL" },
    { without_optimizer, RG_EINPUT, "the optimizer is NULL" },
    { without_objective, RG_EINPUT, "the problem's outer is NULL" },
    { warm_and_fresh, RG_EUNSUPPORTED,
      "a warm restart begins with the last weights, not with fresh ones or with those of problem.last_weights" },
    { several_warm, RG_EUNSUPPORTED, "a mean over initialisations needs fresh initial weights for each" },
    { several_in_time, RG_EUNSUPPORTED,
      "real-time hypergradients belong to a run in progress: use tune; forward gives one after a whole run" },
    { search_and_clip, RG_EUNSUPPORTED,
      "the optimizer compares meta-iterations, which must differ in nothing but their hyperparameters: no fresh or warm starts, "
      "no real-time, no clipping" },
    { without_interval, RG_EINPUT, "real-time: interval: expected a whole number ≥ 1, got 0" },
};

START_TEST (what_does_not_go_together_is_refused_by_name)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    parts_init (&f, 0);
    rg_tuning tuning = tuning_of (&f, 0);
    refusals[_i].spoil (&tuning);
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, &message), refusals[_i].status);
    ck_assert_str_eq (message.text, refusals[_i].sentence);
    ck_assert (summary.done == 0 && !summary.concluded);
    fixture_clear (&f);
}
END_TEST

START_TEST (running_out_of_memory_is_a_status_and_leaks_nothing)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    parts_init (&f, _i);
    rg_tuning tuning = tuning_of (&f, _i);
    tuning.iterations = 2;
    double before[NUMBERS];
    memcpy (before, rg_hyper_values (f.hyper), rg_hyper_size (f.hyper) * sizeof *before);
    for (failing_memory memory = failing_first (); memory.failed;) {
        memcpy (rg_hyper_values (f.hyper), before, rg_hyper_size (f.hyper) * sizeof *before);
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
        FAILING (&memory, rg_tune (&tuning, NULL, NULL, &summary, NULL));
    }
    fixture_clear (&f);
}
END_TEST

/* ---- A study of user's functions --------------------------------------------------- */

static int
lines_of (const char *directory)
{
    char path[PATH + 20];
    snprintf (path, sizeof path, "%s/journal.jsonl", directory);
    FILE *file = fopen (path, "r");
    ck_assert (file != NULL);
    int lines = 0;
    for (int c; (c = getc (file)) != EOF;)
        lines += c == '\n';
    fclose (file);
    return lines;
}

/* Left by the user after each meta-iteration, and gone on with in new objects: the values are those of one go. */
START_TEST (a_study_that_is_left_and_gone_on_with_has_the_bits_of_one_go)
{
    fixture whole;
    witness one = { 0 };
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    char directory[PATH];
    snprintf (directory, sizeof directory, "%s/tune-%d", scratch, _i);
    parts_init (&whole, _i);
    const rg_tuning in_one = tuning_of (&whole, _i);
    ck_assert_msg (rg_tune (&in_one, look_on, &one, &summary, &message) == RG_OK, "%s: %s", kinds[_i].label, message.text);
    const double after = summary.after.outer_loss, mean = summary.mean_last;
    const uint64_t best = summary.best.iteration;
    for (uint64_t i = 1; i <= ITERATIONS; i++) {
        fixture part;
        parts_init (&part, _i);
        rg_tuning tuning = tuning_of (&part, _i);
        witness seen = { .stop_at = i < ITERATIONS ? i : 0 };
        const rg_sweep_options sweeps = { .size = sizeof sweeps, .minutes = 5 };
        tuning.study = directory;
        tuning.origin.config = "a quadratic of the user's own\n";
        tuning.resume = i > 1;
        tuning.sweeps = &sweeps;
        const rg_status status = rg_tune (&tuning, look_on, &seen, &summary, &message);
        ck_assert_msg (status == (i < ITERATIONS ? RG_EINTERRUPTED : RG_OK), "%s: %s", kinds[_i].label, message.text);
        ck_assert_uint_eq (summary.first, i - 1);
        ck_assert_uint_eq (summary.saved, i);
        ck_assert_int_eq (lines_of (directory), (int) i);
        ck_assert_msg (seen.losses[i - 1] == one.losses[i - 1], "%s: meta-iteration %llu", kinds[_i].label,
                       (unsigned long long) i - 1);
        if (i == ITERATIONS)
            ck_assert_mem_eq (rg_hyper_values (part.hyper), rg_hyper_values (whole.hyper),
                              rg_hyper_size (whole.hyper) * sizeof (double));
        fixture_clear (&part);
    }
    ck_assert_msg (summary.after.outer_loss == after, "%s", kinds[_i].label);
    ck_assert (summary.before.outer_loss == one.losses[0]); /* the summary is of the whole study */
    ck_assert (summary.mean_of == 5 && summary.mean_last == mean);
    ck_assert (summary.best.iteration == best && summary.at_best.outer_loss == one.losses[best]);
    fixture_clear (&whole);
}
END_TEST

/* How long a study is may change. */
static int
is_length (const char *key)
{
    return strcmp (key, "outer.iterations") == 0 || strcmp (key, "outer.patience") == 0;
}

/* 4 and then 5 more are 9 in one go, also where the identity says how many. */
START_TEST (a_study_that_is_made_longer_has_the_bits_of_one_go)
{
    fixture whole, part;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    char directory[PATH];
    snprintf (directory, sizeof directory, "%s/longer", scratch);
    parts_init (&whole, 0);
    rg_tuning in_one = tuning_of (&whole, 0);
    ck_assert_int_eq (rg_tune (&in_one, NULL, NULL, &summary, &message), RG_OK);
    const double after = summary.after.outer_loss;
    parts_init (&part, 0);
    rg_tuning tuning = tuning_of (&part, 0);
    tuning.study = directory;
    tuning.origin.config = "outer:\n  iterations: 4\n  rate: 0.1\n";
    tuning.origin.neutral = is_length;
    tuning.iterations = 4;
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    fixture_clear (&part);
    parts_init (&part, 0);
    tuning.problem = &part.problem;
    tuning.origin.config = "outer:\n  iterations: 9\n  patience: 100\n  rate: 0.1\n";
    tuning.iterations = ITERATIONS;
    tuning.resume = 1;
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert (summary.first == 4 && summary.done == 5 && summary.after.outer_loss == after);
    ck_assert_mem_eq (rg_hyper_values (part.hyper), rg_hyper_values (whole.hyper), rg_hyper_size (whole.hyper) * sizeof (double));
    ck_assert_int_eq (lines_of (directory), ITERATIONS);
    fixture_clear (&part);
    fixture_clear (&whole);
}
END_TEST

START_TEST (a_study_is_of_one_problem_by_the_callers_own_word)
{
    fixture f;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    char directory[PATH];
    snprintf (directory, sizeof directory, "%s/identity", scratch);
    parts_init (&f, 0);
    rg_tuning tuning = tuning_of (&f, 0);
    tuning.study = directory;
    tuning.origin.config = "degree: 3\n";
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, &message), RG_OK);
    ck_assert_uint_eq (summary.saved, ITERATIONS);
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, &message), RG_EINPUT); /* it exists */
    tuning.resume = 1;
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, &message), RG_OK);
    ck_assert (summary.first == ITERATIONS && summary.done == 0 && !summary.concluded && !summary.stopped_early);
    tuning.origin.config = "degree: 4\n";
    ck_assert_int_eq (rg_tune (&tuning, NULL, NULL, &summary, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "`degree: 3`, not `degree: 4`") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("tune");
    TCase *memory = tcase_create ("without files"), *files = tcase_create ("studies");
    tcase_add_test (memory, it_is_the_loop_that_one_would_write_bit_for_bit);
    tcase_add_test (memory, with_patience_the_best_is_the_result);
    tcase_add_test (memory, the_best_is_the_result_and_comes_back_bit_for_bit);
    tcase_add_test (memory, evaluations_are_made_in_time_and_at_the_end);
    tcase_add_test (memory, nothing_to_do_evaluates_the_start);
    tcase_add_loop_test (memory, what_does_not_go_together_is_refused_by_name, 0, (int) (sizeof refusals / sizeof *refusals));
    tcase_add_loop_test (memory, running_out_of_memory_is_a_status_and_leaks_nothing, 0, KINDS);
    tcase_add_unchecked_fixture (files, scratch_make, scratch_remove);
    tcase_add_loop_test (files, a_study_that_is_left_and_gone_on_with_has_the_bits_of_one_go, 0, KINDS);
    tcase_add_test (files, a_study_that_is_made_longer_has_the_bits_of_one_go);
    tcase_add_test (files, a_study_is_of_one_problem_by_the_callers_own_word);
    suite_add_tcase (suite, memory);
    suite_add_tcase (suite, files);
    return run_suite (suite);
}

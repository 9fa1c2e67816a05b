/* check_clip_network.c -- hypergradients of networks whose gradient is clipped: trajectories, estimators, precisions, threads. */
#include "testing.h"

#include <stdlib.h>

#include "how.h"
#include "network.h"

#include "dynamics/run.h"
#include "estimator/estimator.h"

/* A bound between the least and the largest norm of the run. */
static const struct {
    scenario s;
    double clip;
} cases[] = {
    { { "momentum, 400 steps at .9", "momentum", 400, .02, .9, .03, RG_TANH, 0, 0, RG_PER_LAYER, &rg_sampler_cyclic, 0, 0, 0, 0, 0 }, .25 },
    { { "damped, all per step, shards", "momentum-damped", 100, .3, .5, .1, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_cyclic, 8, 0, 0, 0, 0 }, .3 },
    { { "adamw, per step, shards", "adamw", 60, .02, .5, .1, RG_SIGMOID, 0, 1, RG_PER_WEIGHT, &rg_sampler_shuffled, 7, 0, 0, 0, 0 }, .2 },
};
enum { CASES = sizeof cases / sizeof *cases };

static double *
hypergradient (const fixture *f, int kind, double clip, const char *estimator, const char *trajectory, rg_arithmetic arithmetic,
               rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory), .slots = 5);
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    problem.run.clip = clip;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 2, gradient, report, &message) == RG_OK,
                   "%s: %s", cases[kind].s.label, message.text);
    return gradient;
}

START_TEST (trajectories_agree_bit_for_bit)
{
    for (int precision = 0; precision < 2; precision++) {
        fixture f;
        rg_report report = { .size = sizeof report }, plain = { .size = sizeof plain };
        fixture_init (&f, &cases[_i].s, precision ? RG_SINGLE : RG_DOUBLE);
        const size_t bytes = rg_hyper_size (f.hyper) * sizeof (double);
        double *reversible = hypergradient (&f, _i, cases[_i].clip, "reverse", "reversible", RG_EXACT, &report);
        double *stored = hypergradient (&f, _i, cases[_i].clip, "reverse", "stored", RG_EXACT, &plain);
        double *checkpointed = hypergradient (&f, _i, cases[_i].clip, "reverse", "checkpointed", RG_EXACT, &plain);
        double *floating = hypergradient (&f, _i, cases[_i].clip, "reverse", "stored", RG_FLOATING, &plain);
        ck_assert (report.certified);
        ck_assert_mem_eq (reversible, stored, bytes);
        ck_assert_mem_eq (reversible, checkpointed, bytes);
        blocks_agree (cases[_i].s.label, "exact against floating", &f, reversible, floating, precision ? 2e-2 : 1e-5);
        free (reversible);
        free (stored);
        free (checkpointed);
        free (floating);
        fixture_clear (&f);
    }
}
END_TEST

/* A window of kept linearisations does not keep clipped gradients: the same bits. */
START_TEST (a_window_changes_no_bit)
{
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++) {
        fixture f;
        rg_report report = { .size = sizeof report };
        fixture_init (&f, &cases[_i].s, RG_DOUBLE);
        rg_problem problem = f.problem;
        problem.run.arithmetic = (rg_arithmetic) arithmetic;
        problem.run.clip = cases[_i].clip;
        double *gradient[2];
        for (uint64_t w = 0; w < 2; w++) {
            const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"), .window = w * 1000);
            gradient[w] = calloc (rg_hyper_size (f.hyper), sizeof (double));
            ck_assert_int_eq (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 2, gradient[w], &report, NULL),
                              RG_OK);
        }
        ck_assert_mem_eq (gradient[0], gradient[1], rg_hyper_size (f.hyper) * sizeof (double));
        free (gradient[0]);
        free (gradient[1]);
        fixture_clear (&f);
    }
}
END_TEST

/* The bound matters, and not in all steps. */
START_TEST (some_steps_are_clipped_and_others_not)
{
    fixture f;
    rg_report none = { .size = sizeof none }, some = { .size = sizeof some };
    fixture_init (&f, &cases[_i].s, RG_DOUBLE);
    free (hypergradient (&f, _i, 0, "reverse", "stored", RG_EXACT, &none));
    free (hypergradient (&f, _i, cases[_i].clip, "reverse", "stored", RG_EXACT, &some));
    rg_problem problem = f.problem;
    problem.run.clip = cases[_i].clip;
    rg_run *run;
    size_t clipped = 0;
    double w0[WEIGHTS];
    ck_assert_int_eq (rg_problem_run (&run, &problem, NULL), RG_OK);
    ck_assert_int_eq (rg_problem_restart (&problem, run, 2, w0, NULL), RG_OK);
    while (run->step < cases[_i].s.steps) {
        ck_assert_int_eq (rg_run_gradient (run, 0, NULL), RG_OK);
        clipped += run->clip_factor < 1;
        ck_assert_int_eq (rg_run_advance (run, NULL), RG_OK);
    }
    rg_run_free (run);
    ck_assert_msg (clipped >= 3 && clipped + 3 <= cases[_i].s.steps, "%s: %d of %d steps", cases[_i].s.label, (int) clipped,
                   (int) cases[_i].s.steps);
    ck_assert_double_gt (fabs (none.outer_loss - some.outer_loss), 1e-4);
    fixture_clear (&f);
}
END_TEST

START_TEST (reverse_is_forward_is_differences)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    scenario s = cases[_i].s;
    s.steps = 14; /* of all numbers, forward and by differences */
    fixture_init (&f, &s, RG_DOUBLE);
    const double clip = cases[_i].clip;
    double *exact = hypergradient (&f, _i, clip, "reverse", "reversible", RG_EXACT, &report);
    double *exact_forward = hypergradient (&f, _i, clip, "forward", "stored", RG_EXACT, &report);
    double *reverse = hypergradient (&f, _i, clip, "reverse", "stored", RG_FLOATING, &report);
    double *forward = hypergradient (&f, _i, clip, "forward", "stored", RG_FLOATING, &report);
    double *differences = hypergradient (&f, _i, clip, "differences", "stored", RG_FLOATING, &report);
    blocks_agree (s.label, "forward, exact", &f, exact_forward, exact, 1e-10);
    blocks_agree (s.label, "forward", &f, forward, reverse, 1e-10);
    blocks_agree (s.label, "differences", &f, reverse, differences, 2e-6);
    free (exact);
    free (exact_forward);
    free (reverse);
    free (forward);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (threads_do_not_change_a_bit)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    rg_team *team;
    fixture_init (&f, &cases[1].s, RG_DOUBLE);
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++) {
        f.problem.run.team = NULL;
        double *alone = hypergradient (&f, 1, .3, "reverse", "stored", (rg_arithmetic) arithmetic, &report);
        ck_assert_int_eq (rg_team_new (&team, 3, NULL), RG_OK);
        f.problem.run.team = team;
        double *together = hypergradient (&f, 1, .3, "reverse", "stored", (rg_arithmetic) arithmetic, &report);
        ck_assert_mem_eq (alone, together, rg_hyper_size (f.hyper) * sizeof *alone);
        free (alone);
        free (together);
        rg_team_free (team);
    }
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("clip network");
    TCase *tcase = tcase_create ("clipped");
    tcase_add_loop_test (tcase, trajectories_agree_bit_for_bit, 0, CASES);
    tcase_add_loop_test (tcase, a_window_changes_no_bit, 0, CASES);
    tcase_add_loop_test (tcase, some_steps_are_clipped_and_others_not, 0, CASES);
    tcase_add_loop_test (tcase, reverse_is_forward_is_differences, 0, CASES);
    tcase_add_test (tcase, threads_do_not_change_a_bit);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

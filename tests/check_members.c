/* check_members.c -- training runs beside tuning: one by one, any number of threads, more steps than there are coefficients. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"
#include "network.h"

static const scenario problem_of
    = { "members", "adam", 12, .3, .9, .02, RG_TANH, 0, 1, RG_PER_LAYER, &rg_sampler_random, 8, 1, 0, 0, 0 };

enum { MOST = 3, MEMBERS = 7 };

START_TEST (members_are_training_runs_at_any_number_of_threads)
{
    fixture all[MOST];
    rg_member others[MOST - 1];
    rg_outcome found[MEMBERS];
    rg_message message = { "" };
    for (size_t k = 0; k < MOST; k++) {
        fixture_init (&all[k], &problem_of, RG_DOUBLE);
        all[k].problem.initial.fresh = 1;
        if (k > 0)
            others[k - 1] = (rg_member) { all[k].inner, all[k].outer, NULL };
    }
    rg_problem *problem = &all[0].problem;
    for (size_t threads = 1; threads <= 2; threads++)
        for (size_t count = 0; count < MOST; count++) {
            memset (found, 0, sizeof found);
            ck_assert_int_eq (rg_team_new (&problem->run.team, threads, NULL), RG_OK);
            ck_assert_msg (rg_evaluate_members (problem, 3, MEMBERS, others, count, found, &message) == RG_OK, "%s",
                           message.text);
            rg_team_free (problem->run.team);
            problem->run.team = NULL;
            for (uint64_t k = 0; k < MEMBERS; k++) {
                rg_report report = { .size = sizeof report };
                ck_assert_int_eq (rg_train (problem, 3 + k, NULL, &report, NULL), RG_OK);
                ck_assert (found[k].outer_loss == report.outer_loss && found[k].inner_loss == report.inner_loss);
                ck_assert (found[k].validation_loss == report.validation_loss);
                ck_assert (found[k].validation_error == (double) report.wrong / (double) report.examples);
            }
            ck_assert (found[0].outer_loss != found[1].outer_loss);
        }
    for (size_t k = 0; k < MOST; k++)
        fixture_clear (&all[k]);
}
END_TEST

START_TEST (every_allocation_of_an_evaluation_may_fail)
{
    fixture f;
    rg_outcome found[2];
    fixture_init (&f, &problem_of, RG_DOUBLE);
    f.problem.initial.fresh = 1;
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_evaluate_members (&f.problem, 0, 2, NULL, 0, found, NULL));
    fixture_clear (&f);
}
END_TEST

/* ---- More steps, or fewer ---------------------------------------------------------- */

static int
bowl_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = .5 * w[0] * w[0] + 2 * w[1] * w[1];
    return 0;
}

static int
bowl_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    g[0] = w[0];
    g[1] = 4 * w[1];
    return 0;
}

/* What so many steps come to with these rates and decays, of the steps that there are. */
static double
loss_of (const char *dynamics, rg_arithmetic arithmetic, size_t steps, const double *rates, const double *decays,
         uint64_t taken)
{
    static const double start[2] = { 2.385, -1.25 };
    const rg_callbacks bowl = { sizeof (rg_callbacks), bowl_loss, bowl_gradient, NULL, NULL, NULL, 0 };
    const int adam = strcmp (dynamics, "adam") == 0;
    rg_layout *layout;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_int_eq (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = 2 }), RG_OK);
    rg_problem problem = { .size = sizeof problem, .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults (),
                           .initial = { .values = start } };
    problem.run.arithmetic = arithmetic;
    problem.run.steps = taken;
    ck_assert_int_eq (rg_hyper_new (&problem.hyper, layout, steps, 0, 14), RG_OK);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (adam ? RG_BETA1 : RG_DECAY);
    rg_block_spec beta2 = rg_block_defaults (RG_BETA2), epsilon = rg_block_defaults (RG_EPSILON);
    rate.per_step = decay.per_step = 1;
    rate.values = rates;
    decay.values = decays;
    beta2.init = .9375;
    epsilon.init = 1e-3;
    ck_assert_int_eq (rg_hyper_add (problem.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (problem.hyper, &decay, NULL), RG_OK);
    if (adam) {
        ck_assert_int_eq (rg_hyper_add (problem.hyper, &beta2, NULL), RG_OK);
        ck_assert_int_eq (rg_hyper_add (problem.hyper, &epsilon, NULL), RG_OK);
    }
    ck_assert_int_eq (rg_objective_from_callbacks (&problem.inner, 2, &bowl, NULL, NULL), RG_OK);
    problem.outer = problem.inner;
    ck_assert_msg (rg_train (&problem, 0, NULL, &report, &message) == RG_OK, "%s", message.text);
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    double gradient[20];
    if (taken > 0) {
        ck_assert_int_eq (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0, gradient, NULL, &message),
                          RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, "a hypergradient is of as many steps as the hyperparameters have: run.steps is for "
                                        "training alone");
    }
    rg_objective_free (problem.inner);
    rg_hyper_free (problem.hyper);
    rg_layout_free (layout);
    return report.outer_loss;
}

static const struct {
    const char *dynamics;
    rg_arithmetic arithmetic;
} rules[] = { { "momentum", RG_EXACT }, { "momentum", RG_FLOATING }, { "adam", RG_EXACT }, { "adam", RG_FLOATING } };

START_TEST (beyond_the_coefficients_the_last_ones_are_used)
{
    const double rates[6] = { .1, .05, .2, .2, .2, .2 }, decays[6] = { .5, .75, .625, .625, .625, .625 };
    const char *dynamics = rules[_i].dynamics;
    const rg_arithmetic arithmetic = rules[_i].arithmetic;
    const double more = loss_of (dynamics, arithmetic, 3, rates, decays, 6);
    ck_assert (more == loss_of (dynamics, arithmetic, 6, rates, decays, 0));
    ck_assert (more != loss_of (dynamics, arithmetic, 3, rates, decays, 0));
    ck_assert (loss_of (dynamics, arithmetic, 6, rates, decays, 2) == loss_of (dynamics, arithmetic, 2, rates, decays, 0));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("members");
    TCase *members = tcase_create ("members"), *steps = tcase_create ("steps");
    tcase_set_timeout (members, 300);
    tcase_add_test (members, members_are_training_runs_at_any_number_of_threads);
    tcase_add_test (members, every_allocation_of_an_evaluation_may_fail);
    tcase_add_loop_test (steps, beyond_the_coefficients_the_last_ones_are_used, 0, (int) (sizeof rules / sizeof *rules));
    suite_add_tcase (suite, members);
    suite_add_tcase (suite, steps);
    return run_suite (suite);
}

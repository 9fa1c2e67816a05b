/* check_mean.c -- means of hypergradients over initialisations: their members one by one, any number of threads, refusals. */
#include "testing.h"

#include "failing_memory.h"
#include "how.h"
#include "network.h"

/* Fresh initial weights by their scales, random batches. */
static const scenario problem_of
    = { "mean", "momentum-damped", 12, .3, .9, .02, RG_TANH, 0, 1, RG_PER_LAYER, &rg_sampler_random, 8, 1, 0, 0, 0 };

enum { MOST = 4 };

typedef struct {
    fixture f[MOST];
    rg_member others[MOST - 1];
} family;

static void
family_init (family *all)
{
    for (size_t k = 0; k < MOST; k++) {
        fixture_init (&all->f[k], &problem_of, RG_DOUBLE);
        all->f[k].problem.initial.fresh = 1;
        if (k > 0)
            all->others[k - 1] = (rg_member) { all->f[k].inner, all->f[k].outer, NULL };
    }
}

static void
family_clear (family *all)
{
    for (size_t k = 0; k < MOST; k++)
        fixture_clear (&all->f[k]);
}

static const struct {
    const char *estimator, *trajectory;
    uint64_t members;
} cases[] = {
    { "reverse", "reversible", 1 }, { "reverse", "reversible", 3 }, { "reverse", "stored", 5 },
    { "forward", NULL, 2 },
};

START_TEST (a_mean_is_that_of_its_members_at_any_number_of_threads)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    const size_t size = rg_hyper_size (problem->hyper);
    const uint64_t members = cases[_i].members, iteration = 2;
    double *one = calloc (3 * size, sizeof *one), *mean = one + size, *found = mean + size, loss = 0, largest = 0;
    const rg_estimator *estimator = rg_registry_estimator (cases[_i].estimator);
    rg_estimator_options options = HOW ();
    if (cases[_i].trajectory != NULL)
        options.policy = rg_registry_trajectory (cases[_i].trajectory);
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    for (uint64_t k = 0; k < members; k++) {
        ck_assert_msg (rg_hypergradient (problem, estimator, &options, iteration * members + k, one, &report, &message) == RG_OK,
                       "%s", message.text);
        for (size_t i = 0; i < size; i++)
            mean[i] += one[i];
        loss += report.outer_loss;
    }
    for (size_t i = 0; i < size; i++) {
        mean[i] /= (double) members;
        largest = fmax (largest, fabs (mean[i] - one[i]));
    }
    ck_assert_msg (members == 1 || largest > 1e-6, "the members do not differ: %g", largest);
    for (size_t threads = 1; threads <= 3; threads++)
        for (size_t others = 0; others < MOST; others++) {
            rg_team *team;
            ck_assert_int_eq (rg_team_new (&team, threads, NULL), RG_OK);
            problem->run.team = team;
            ck_assert_msg (rg_hypergradient_mean (problem, members, all.others, others, estimator, &options, iteration, found,
                                                  &report, &message) == RG_OK, "%s", message.text);
            problem->run.team = NULL;
            rg_team_free (team);
            ck_assert_msg (memcmp (found, mean, size * sizeof *mean) == 0, "%zu threads, %zu others: other bits", threads, others);
            ck_assert_double_eq_tol (report.outer_loss, loss / (double) members, 1e-15);
            ck_assert_uint_eq (report.examples, members * VALID);
            ck_assert (report.certified == (cases[_i].trajectory != NULL && strcmp (cases[_i].trajectory, "reversible") == 0));
        }
    free (one);
    family_clear (&all);
}
END_TEST

/* What is kept from one hypergradient to the next does not show in it: values and meta-iterations change between. */
START_TEST (a_mean_that_is_kept_has_the_bits_of_new_ones)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    const size_t size = rg_hyper_size (problem->hyper);
    double *kept = calloc (2 * size, sizeof *kept), *new = kept + size;
    const rg_estimator *reverse = rg_registry_estimator ("reverse");
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (_i == 0 ? "stored" : "reversible"));
    rg_report report = { .size = sizeof report };
    rg_estimation *mean;
    ck_assert_int_eq (rg_team_new (&problem->run.team, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_estimation_mean (&mean, problem, 4, all.others, 2, reverse, &options, NULL), RG_OK);
    for (uint64_t iteration = 0; iteration < 3; iteration++) {
        ck_assert_int_eq (rg_estimation_advance (mean, iteration, kept, &report, NULL), RG_OK);
        ck_assert_int_eq (rg_hypergradient_mean (problem, 4, all.others, 2, reverse, &options, iteration, new, &report, NULL),
                          RG_OK);
        ck_assert_msg (memcmp (kept, new, size * sizeof *new) == 0, "meta-iteration %llu", (unsigned long long) iteration);
        for (size_t i = 0; i < size; i++)
            rg_hyper_values (problem->hyper)[i] -= .01 * new[i];
        ck_assert_int_eq (rg_hyper_update (problem->hyper, NULL), RG_OK);
    }
    rg_estimation_free (mean);
    rg_team_free (problem->run.team);
    free (kept);
    family_clear (&all);
}
END_TEST

/* Which instants the inner and the outer objective are asked at: of member k of n in meta-iteration i. */
typedef struct {
    uint64_t members, seen, steps;
} instants;

static int
note (instants *all, rg_instant at)
{
    all->seen |= UINT64_C (1) << at.member;
    all->steps |= UINT64_C (1) << at.step;
    return at.iteration != 3 * all->members + at.member;
}

static int
noting_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) lambda;
    *loss = .5 * w[0] * w[0];
    return note (user, at);
}

static int
noting_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) lambda;
    g[0] = w[0];
    return note (user, at);
}

START_TEST (objectives_are_told_the_member)
{
    instants inner = { 5, 0, 0 }, outer = { 5, 0, 0 };
    const rg_callbacks of_inner = { sizeof (rg_callbacks), noting_loss, noting_gradient, NULL, NULL, &inner, 0 };
    const rg_callbacks of_outer = { sizeof (rg_callbacks), noting_loss, noting_gradient, NULL, NULL, &outer, 0 };
    rg_block_spec rate = rg_block_defaults (RG_RATE);
    rg_layout *layout;
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    double gradient;
    rate.init = .1;
    ck_assert_int_eq (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = 1 }), RG_OK);
    rg_problem problem = { .size = sizeof problem, .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults (),
                           .initial = { .scale = 1, .fresh = 1 } };
    ck_assert_int_eq (rg_hyper_new (&problem.hyper, layout, 3, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (problem.hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&problem.inner, 1, &of_inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&problem.outer, 1, &of_outer, NULL, NULL), RG_OK);
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    ck_assert_msg (rg_hypergradient_mean (&problem, 5, NULL, 0, rg_registry_estimator ("reverse"), &options, 3, &gradient,
                                          &report, &message) == RG_OK, "%s", message.text);
    ck_assert (inner.seen == 0x1f && outer.seen == 0x1f);
    ck_assert (inner.steps == 7 && outer.steps == 1);
    rg_objective_free (problem.inner);
    rg_objective_free (problem.outer);
    rg_hyper_free (problem.hyper);
    rg_layout_free (layout);
}
END_TEST

START_TEST (a_mean_is_what_central_differences_and_forward_mode_say)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    problem->run.arithmetic = RG_FLOATING;
    double *reverse = calloc (3 * rg_hyper_size (problem->hyper), sizeof *reverse);
    double *forward = reverse + rg_hyper_size (problem->hyper), *differences = forward + rg_hyper_size (problem->hyper);
    rg_report report = { .size = sizeof report };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    ck_assert_int_eq (rg_team_new (&problem->run.team, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_hypergradient_mean (problem, 2, all.others, 1, rg_registry_estimator ("reverse"), &options, 3, reverse,
                                             &report, NULL), RG_OK);
    ck_assert_int_eq (rg_hypergradient_mean (problem, 2, all.others, 1, rg_registry_estimator ("forward"), &options, 3, forward,
                                             &report, NULL), RG_OK);
    ck_assert_int_eq (rg_hypergradient_mean (problem, 2, all.others, 1, rg_registry_estimator ("differences"), &options, 3,
                                             differences, &report, NULL), RG_OK);
    blocks_agree ("mean", "reverse and forward", &all.f[0], reverse, forward, 1e-10);
    blocks_agree ("mean", "reverse and differences", &all.f[0], reverse, differences, 1e-6);
    rg_team_free (problem->run.team);
    free (reverse);
    family_clear (&all);
}
END_TEST

START_TEST (what_cannot_be_averaged_is_refused)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    double gradient[1000], weights[WEIGHTS];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const rg_estimator *forward = rg_registry_estimator ("forward");
    const rg_estimator_options options = HOW ();
    ck_assert_uint_le (rg_hyper_size (problem->hyper), 1000);
    ck_assert_int_eq (rg_hypergradient_mean (problem, 0, NULL, 0, forward, &options, 0, gradient, &report, &message), RG_ERANGE);
    problem->last_weights = weights;
    ck_assert_int_eq (rg_hypergradient_mean (problem, 2, NULL, 0, forward, &options, 0, gradient, &report, &message),
                      RG_EUNSUPPORTED);
    problem->last_weights = NULL;
    problem->initial.fresh = 0;
    ck_assert_int_eq (rg_hypergradient_mean (problem, 2, NULL, 0, forward, &options, 0, gradient, &report, &message),
                      RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "a mean over initialisations needs fresh initial weights for each");
    ck_assert_int_eq (rg_hypergradient_mean (problem, 1, NULL, 0, forward, &options, 0, gradient, &report, &message), RG_OK);
    family_clear (&all);
}
END_TEST

static int
interrupted (void *user)
{
    (void) user;
    return 1;
}

START_TEST (a_member_that_fails_ends_the_mean)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    double gradient[1000];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    ck_assert_int_eq (rg_team_new (&problem->run.team, 2, NULL), RG_OK);
    problem->interrupted = interrupted;
    ck_assert_int_eq (rg_hypergradient_mean (problem, 4, all.others, 1, rg_registry_estimator ("reverse"), &options, 1, gradient,
                                             &report, &message), RG_EINTERRUPTED);
    ck_assert_str_eq (message.text, "meta-iteration 4, step 0: interrupted");
    rg_team_free (problem->run.team);
    family_clear (&all);
}
END_TEST

START_TEST (every_allocation_of_a_mean_may_fail)
{
    family all;
    family_init (&all);
    rg_problem *problem = &all.f[0].problem;
    double gradient[1000];
    rg_report report = { .size = sizeof report };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_hypergradient_mean (problem, 2, NULL, 0, rg_registry_estimator ("reverse"), &options, 0,
                                                 gradient, &report, NULL));
    family_clear (&all);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("mean");
    TCase *tcase = tcase_create ("means");
    tcase_set_timeout (tcase, 300);
    tcase_add_loop_test (tcase, a_mean_is_that_of_its_members_at_any_number_of_threads, 0,
                         (int) (sizeof cases / sizeof *cases));
    tcase_add_loop_test (tcase, a_mean_that_is_kept_has_the_bits_of_new_ones, 0, 2);
    tcase_add_test (tcase, objectives_are_told_the_member);
    tcase_add_test (tcase, a_mean_is_what_central_differences_and_forward_mode_say);
    tcase_add_test (tcase, what_cannot_be_averaged_is_refused);
    tcase_add_test (tcase, a_member_that_fails_ends_the_mean);
    tcase_add_test (tcase, every_allocation_of_a_mean_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

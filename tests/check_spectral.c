/* check_spectral.c -- the spectral projected gradient search: known values, constrained minima, resuming, refusals. */
#include "testing.h"

#include <string.h>

#include <retrograde/outer.h>
#include <retrograde/registry.h>

#include "failing_memory.h"

enum { MOST = 6 };

/* Minimise sum a_i (x_i - c_i)^2 / 2 over a box with a budget, or over a simplex. */
typedef struct {
    size_t size, simplex;
    double high, budget, a[MOST], c[MOST], start[MOST], least[MOST];
    int evaluations; /* at most */
} problem;

static const problem problems[] = {
    { 2, 0, INFINITY, INFINITY, { 1, 10 }, { 0, 0 }, { 1, 1 }, { 0, 0 }, 12 },
    { 4, 0, INFINITY, INFINITY, { 1, .05, 5, 20 }, { 1, 2, .5, 3 }, { 0, 0, 0, 0 }, { 1, 2, .5, 3 }, 150 },
    { 3, 3, 0, 0, { 2, 2, 2 }, { 1, 2, 3 }, { 1. / 3, 1. / 3, 1. / 3 }, { 0, 0, 1 }, 40 },
    { 3, 3, 0, 0, { 1, 2, 4 }, { 1, 1, 1 }, { 1, 0, 0 }, { 0, 1. / 3, 2. / 3 }, 40 },
    { 3, 0, 1, 1, { 1, 1, 1 }, { 2, 2, 2 }, { .1, .2, 0 }, { 1. / 3, 1. / 3, 1. / 3 }, 40 },
    { 2, 0, 1, 1.5, { 1, 4 }, { 2, 1 }, { 0, 0 }, { .8, .7 }, 40 },
    { 2, 0, INFINITY, .5, { 10, .1 }, { 1, 1 }, { .1, .1 }, { .5, 0 }, 40 },
    { 4, 0, 1, 2, { 1, 1, 2, .5 }, { 1, 1, 1, 1 }, { 0, 0, 0, 1 }, { 5. / 9, 5. / 9, 7. / 9, 1. / 9 }, 60 },
    { 3, 0, 1, INFINITY, { 1, 3, .5 }, { 2, -1, .4 }, { .5, .5, .5 }, { 1, 0, .4 }, 40 },
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

static double
evaluate (const problem *p, const double *x, double *g)
{
    double loss = 0;
    for (size_t i = 0; i < p->size; i++) {
        g[i] = p->a[i] * (x[i] - p->c[i]);
        loss += g[i] * (x[i] - p->c[i]) / 2;
    }
    return loss;
}

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_outer *outer;
    double *x;
} search;

static const rg_optimizer *
method (void)
{
    return rg_registry_optimizer ("spectral");
}

static search
new_search (const problem *p)
{
    search s;
    rg_message message = { "" };
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    rg_outer_options options = rg_outer_defaults ();
    spec.values = p->start;
    spec.scope = RG_PER_OWN;
    spec.count = p->size;
    spec.simplex = p->simplex;
    spec.budget = p->simplex > 0 ? INFINITY : p->budget;
    if (p->simplex == 0 && (p->high < INFINITY || p->budget < INFINITY)) {
        spec.minimum = 0;
        spec.maximum = p->high;
    }
    ck_assert_int_eq (rg_layout_new (&s.layout, 1, &(rg_array_spec) { "W", 2, 0, 0 }), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&s.hyper, s.layout, 4, 0, 14), RG_OK);
    ck_assert_msg (rg_hyper_add (s.hyper, &spec, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_outer_new (&s.outer, method (), &options, p->size, NULL), RG_OK);
    s.x = rg_hyper_values (s.hyper);
    return s;
}

static void
free_search (search *s)
{
    rg_outer_free (s->outer);
    rg_hyper_free (s->hyper);
    rg_layout_free (s->layout);
}

static void
go_on (search *s, const problem *p, int evaluations)
{
    double g[MOST];
    for (int k = 0; k < evaluations; k++) {
        const double loss = evaluate (p, s->x, g);
        ck_assert_int_eq (rg_outer_descend (s->outer, loss, g, s->hyper, NULL), RG_OK);
    }
}

START_TEST (the_search_ends_at_the_minimum)
{
    const problem *p = &problems[_i];
    search s = new_search (p);
    go_on (&s, p, p->evaluations);
    for (size_t i = 0; i < p->size; i++)
        ck_assert_msg (fabs (s.x[i] - p->least[i]) <= 1e-6, "number %zu is %.9g, not %g", i, s.x[i], p->least[i]);
    go_on (&s, p, 20); /* and stays */
    for (size_t i = 0; i < p->size; i++)
        ck_assert_msg (fabs (s.x[i] - p->least[i]) <= 1e-6, "number %zu left for %.9g", i, s.x[i]);
    free_search (&s);
}
END_TEST

/*
 * One number, E = 2 x^2 from x = 1: g = 4. The first step moves it by the rate, .1: x = .9, E = 1.62. The secant gives the length
 * 1/4: d = -.9, the trial 0 is the minimum.
 */
START_TEST (two_steps_by_hand)
{
    const problem p = { 1, 0, INFINITY, INFINITY, { 4 }, { 0 }, { 1 }, { 0 }, 2 };
    search s = new_search (&p);
    go_on (&s, &p, 1);
    ck_assert_double_eq_tol (s.x[0], .9, 1e-15);
    go_on (&s, &p, 1);
    ck_assert_double_eq_tol (s.x[0], 0, 1e-14);
    free_search (&s);
}
END_TEST

/*
 * A trial that is worse is taken back: E = 0 at 1 with slope 4, so the trial is .9; told 5 there, the parabola through
 * E (0) = 0, E' (0) = -.4 and E (1) = 5 has its minimum at .4 / 10.8, below a tenth: a half it is.
 */
START_TEST (a_worse_trial_is_taken_back)
{
    const problem p = { 1, 0, INFINITY, INFINITY, { 4 }, { 0 }, { 1 }, { 0 }, 2 };
    search s = new_search (&p);
    const double up = 4;
    ck_assert_int_eq (rg_outer_descend (s.outer, 0, &up, s.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (s.x[0], .9, 1e-15);
    ck_assert_int_eq (rg_outer_descend (s.outer, 5, &up, s.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (s.x[0], .95, 1e-15);
    /* .4 x .25 / 2 / (.2 + .2) = .125 of the half's square: s = .5 .5 .4 / (2 (.2 + .2)) = .125 */
    ck_assert_int_eq (rg_outer_descend (s.outer, .2, &up, s.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (s.x[0], 1 - .1 * .125, 1e-15);
    ck_assert_int_eq (rg_outer_descend (s.outer, -1, &up, s.hyper, NULL), RG_OK); /* accepted; no curve: ten times .1 / 4 */
    ck_assert_double_eq_tol (s.x[0], 1 - .1 * .125 - .25 * 4, 1e-14);
    free_search (&s);
}
END_TEST

/* Rosenbrock's valley, where the loss rises now and then on the way. */
START_TEST (a_curved_valley_is_followed)
{
    const problem p = { 2, 0, INFINITY, INFINITY, { 1, 1 }, { 0, 0 }, { -1.2, 1 }, { 1, 1 }, 0 };
    search s = new_search (&p);
    for (int k = 0; k < 200; k++) {
        const double x = s.x[0], y = s.x[1], bend = y - x * x;
        const double g[2] = { -400 * x * bend - 2 * (1 - x), 200 * bend };
        ck_assert_int_eq (rg_outer_descend (s.outer, 100 * bend * bend + (1 - x) * (1 - x), g, s.hyper, NULL), RG_OK);
    }
    ck_assert_double_eq_tol (s.x[0], 1, 1e-5);
    ck_assert_double_eq_tol (s.x[1], 1, 1e-5);
    free_search (&s);
}
END_TEST

START_TEST (a_search_goes_on_bit_for_bit)
{
    const problem *p = &problems[_i];
    for (int cut = 0; cut < 25; cut++) {
        search whole = new_search (p), first = new_search (p), second = new_search (p);
        double state[3 * MOST + 16] = { 0 };
        ck_assert_uint_eq (rg_outer_state_size (first.outer), 3 * p->size + 16);
        go_on (&whole, p, 25);
        go_on (&first, p, cut);
        rg_outer_save (first.outer, state);
        rg_outer_load (second.outer, state, rg_outer_steps (first.outer));
        memcpy (second.x, first.x, p->size * sizeof *second.x);
        ck_assert_int_eq (rg_hyper_update (second.hyper, NULL), RG_OK);
        go_on (&second, p, 25 - cut);
        ck_assert_mem_eq (whole.x, second.x, p->size * sizeof *second.x);
        ck_assert_uint_eq (rg_outer_steps (second.outer), 25);
        free_search (&whole);
        free_search (&first);
        free_search (&second);
    }
}
END_TEST

START_TEST (a_loss_is_needed)
{
    search s = new_search (&problems[0]);
    rg_message message = { "" };
    const double g[2] = { 1, 1 }, bad[2] = { 1, INFINITY };
    ck_assert_int_eq (rg_outer_descend (s.outer, NAN, g, s.hyper, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "spectral needs the loss, which is not finite");
    ck_assert_int_eq (rg_outer_descend (s.outer, 1, bad, s.hyper, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "the hypergradient is not finite");
    ck_assert_int_eq (rg_outer_step (s.outer, g, s.x), RG_EUNSUPPORTED);
    ck_assert_double_eq (s.x[0], 1);
    ck_assert_uint_eq (rg_outer_steps (s.outer), 0);
    ck_assert_int_ne (rg_optimizer_searches (method ()), 0);
    ck_assert_int_eq (rg_optimizer_searches (rg_registry_optimizer ("adam")), 0);
    free_search (&s);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    const rg_outer_options options = rg_outer_defaults ();
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_outer *outer;
        FAILING (&memory, rg_outer_new (&outer, method (), &options, 3, NULL));
        ck_assert_int_eq (outer == NULL, memory.failed);
        rg_outer_free (outer);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("spectral");
    TCase *tcase = tcase_create ("search");
    tcase_add_loop_test (tcase, the_search_ends_at_the_minimum, 0, PROBLEMS);
    tcase_add_test (tcase, two_steps_by_hand);
    tcase_add_test (tcase, a_worse_trial_is_taken_back);
    tcase_add_test (tcase, a_curved_valley_is_followed);
    tcase_add_loop_test (tcase, a_search_goes_on_bit_for_bit, 0, PROBLEMS);
    tcase_add_test (tcase, a_loss_is_needed);
    tcase_add_test (tcase, every_allocation_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

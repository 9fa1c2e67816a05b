/* check_descend.c -- constrained outer steps: every optimizer rests at the known minima of ten small problems. */
#include "testing.h"

#include <float.h>
#include <string.h>

#include <retrograde.h>

#include "optimizers.h"
#include "uniform.h"

#include "hyper/projection.h"

enum { MOST = 4, STEPS = 2000 };

/* Minimise sum a_i (x_i - c_i)^2 / 2 over a box with a budget, or over simplices of consecutive numbers. */
typedef struct {
    size_t size, simplex;
    double low, high, budget;
    double a[MOST], c[MOST], least[MOST];
} problem;

static const problem problems[] = {
    { 3, 3, 0, 1, 0, { 2, 2, 2 }, { 1, 2, 3 }, { 0, 0, 1 } }, /* all three want to grow */
    { 3, 3, 0, 1, 0, { 1, 1, 1 }, { .9, .5, .1 }, { .7, .3, 0 } },
    { 3, 3, 0, 1, 0, { 1, 2, 4 }, { 1, 1, 1 }, { 0, 1. / 3, 2. / 3 } },
    { 4, 2, 0, 1, 0, { 1, 1, 1, 1 }, { 1, 0, .3, .5 }, { 1, 0, .4, .6 } }, /* two simplices */
    { 3, 0, 0, 1, 1, { 1, 1, 1 }, { 2, 2, 2 }, { 1. / 3, 1. / 3, 1. / 3 } },
    { 2, 0, 0, 1, 1.5, { 1, 4 }, { 2, 1 }, { .8, .7 } },
    { 3, 0, 0, 1, 1, { 1, 1, 1 }, { .2, .3, -.5 }, { .2, .3, 0 } }, /* within the budget */
    { 2, 0, 0, INFINITY, .5, { 10, .1 }, { 1, 1 }, { .5, 0 } },
    { 4, 0, 0, 1, 2, { 1, 1, 2, .5 }, { 1, 1, 1, 1 }, { 5. / 9, 5. / 9, 7. / 9, 1. / 9 } },
    { 3, 0, 0, 1, INFINITY, { 1, 3, .5 }, { 2, -1, .4 }, { 1, 0, .4 } }, /* the box alone */
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

static double
slope (const problem *p, size_t i, double x)
{
    return p->a[i] * (x - p->c[i]);
}

/* How far a group of numbers is from the conditions of Karush, Kuhn and Tucker, with the multiplier mu. */
static double
residual (const problem *p, size_t first, size_t size, const double *x, double mu)
{
    double worst = 0;
    for (size_t i = first; i < first + size; i++) {
        const double g = slope (p, i, x[i]) + mu;
        const double wrong = x[i] <= p->low ? fmax (0, -g) : x[i] >= p->high && p->simplex == 0 ? fmax (0, g) : fabs (g);
        worst = fmax (worst, wrong);
    }
    return worst;
}

/* The same with the best multiplier: that of a number inside the box, or 0. */
static double
best_residual (const problem *p, size_t first, size_t size, const double *x)
{
    double sum = 0, least = p->simplex > 0 ? INFINITY : residual (p, first, size, x, 0);
    for (size_t i = first; i < first + size; i++)
        sum += x[i];
    const int binds = p->simplex > 0 || fabs (sum - p->budget) < 1e-9;
    for (size_t i = first; binds && i < first + size; i++) {
        const double mu = -slope (p, i, x[i]);
        if (p->simplex > 0 || mu >= 0)
            least = fmin (least, residual (p, first, size, x, mu));
    }
    return least;
}

START_TEST (the_minima_meet_their_conditions)
{
    const problem *p = &problems[_i];
    const size_t group = p->simplex > 0 ? p->simplex : p->size;
    for (size_t first = 0; first < p->size; first += group)
        ck_assert_double_le (best_residual (p, first, group, p->least), 1e-6);
}
END_TEST

static rg_hyper *
new_set (rg_layout **layout, const problem *p)
{
    rg_hyper *hyper;
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    rg_message message = { "" };
    double values[MOST];
    for (size_t i = 0; i < p->size; i++)
        values[i] = p->simplex > 0 ? 1 / (double) p->simplex : .1;
    spec.values = values;
    spec.scope = RG_PER_OWN;
    spec.count = p->size;
    spec.simplex = p->simplex;
    if (p->simplex == 0) {
        spec.minimum = p->low;
        spec.maximum = p->high;
        spec.budget = p->budget;
    }
    ck_assert_int_eq (rg_layout_new (layout, 1, &(rg_array_spec) { "W", 2, 0, 0 }), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, *layout, 4, 0, 14), RG_OK);
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
    return hyper;
}

static void
check_rests (const problem *p, const rg_outer_options *options, const rg_optimizer *optimizer, const char *name)
{
    rg_layout *layout;
    rg_hyper *hyper = new_set (&layout, p);
    rg_outer *outer;
    const double *x = rg_hyper_values (hyper);
    double g[MOST];
    ck_assert_int_eq (rg_outer_new (&outer, optimizer, options, p->size, NULL), RG_OK);
    for (int step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < p->size; i++)
            g[i] = slope (p, i, x[i]);
        ck_assert_int_eq (rg_outer_descend (outer, NAN, g, hyper, NULL), RG_OK);
    }
    for (size_t i = 0; i < p->size; i++)
        ck_assert_msg (fabs (x[i] - p->least[i]) <= 1e-3, "%s: number %zu rests at %g, not at %g", name, i, x[i], p->least[i]);
    rg_outer_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}

START_TEST (every_optimizer_rests_at_the_minimum)
{
    const struct method *m = &methods[_i / PROBLEMS];
    const rg_optimizer *optimizer = m->optimizer;
    rg_outer_options options = rg_outer_defaults ();
    options.rate = m->constrained_rate;
    options.decay = m->constrained_decay;
    check_rests (&problems[_i % PROBLEMS], &options, optimizer, m->optimizer->name);
}
END_TEST

/* ---- the same in tuning: w goes to lambda, E = |w - (1, 2, 3)|^2, lambda on the simplex: best is (0, 0, 1), E = 9 ---- */

static int
pull_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at;
    *loss = 0;
    for (int i = 0; i < 3; i++)
        *loss += .5 * (w[i] - lambda[i]) * (w[i] - lambda[i]);
    return 0;
}

static int
pull_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at;
    for (int i = 0; i < 3; i++)
        g[i] = w[i] - lambda[i];
    return 0;
}

static int
pull_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot, const double *lambda_dot,
              double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) at, (void) w, (void) lambda;
    for (int i = 0; i < 3; i++) {
        g_dot[i] = w_dot[i] - (lambda_dot == NULL ? 0 : lambda_dot[i]);
        if (lambda_g_dot != NULL)
            lambda_g_dot[i] = -w_dot[i];
    }
    return 0;
}

static int
goal_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) lambda;
    *loss = 0;
    for (int i = 0; i < 3; i++)
        *loss += (w[i] - i - 1) * (w[i] - i - 1);
    return 0;
}

static int
goal_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    for (int i = 0; i < 3; i++)
        g[i] = 2 * (w[i] - i - 1);
    return 0;
}

static rg_hyper *
pull_set (const rg_layout *layout)
{
    rg_hyper *hyper;
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY), mix = rg_block_defaults (RG_PARAMETER);
    rate.fixed = decay.fixed = 1;
    rate.init = .4;
    decay.init = .5;
    mix.count = mix.simplex = 3;
    mix.values = (double[]) { 1. / 3, 1. / 3, 1. / 3 };
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 40, 0, 14), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &mix, NULL), RG_OK);
    return hyper;
}

START_TEST (tuning_on_the_simplex_reaches_the_vertex)
{
    const struct method *m = &methods[_i];
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = pull_loss, .gradient = pull_gradient,
                                 .tangent = pull_tangent, .lambdas = 3 };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = goal_loss, .gradient = goal_gradient };
    const rg_estimator_options how = { .size = sizeof how, .policy = rg_registry_trajectory ("reversible") };
    rg_layout *layout;
    rg_objective *pull, *goal;
    rg_summary summary = { .size = sizeof summary };
    rg_message message = { "" };
    rg_outer_options options = rg_outer_defaults ();
    options.rate = m->optimizer == &rg_optimizer_adam ? .04 : m->constrained_rate;
    options.decay = m->constrained_decay;
    ck_assert_int_eq (rg_layout_new (&layout, 1, &(rg_array_spec) { "w", 3, 0, 0 }), RG_OK);
    rg_hyper *hyper = pull_set (layout);
    ck_assert_int_eq (rg_objective_from_callbacks (&pull, 3, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&goal, 3, &outer, NULL, NULL), RG_OK);
    const rg_problem whole = { .size = sizeof whole, .hyper = hyper, .inner = pull, .outer = goal, .run = rg_run_defaults (),
                                 .dynamics = rg_registry_dynamics ("momentum"), .initial = { .values = (double[3]) { 0 } } };
    const rg_tuning tuning = { .size = sizeof tuning, .problem = &whole, .estimator = rg_registry_estimator ("reverse"), .estimator_options = &how, .optimizer = m->optimizer,
                               .outer = &options, .iterations = 1000 };
    ck_assert_msg (rg_tune (&tuning, NULL, NULL, &summary, &message) == RG_OK, "%s", message.text);
    ck_assert_msg (summary.before.outer_loss > 10, "%s: %g", m->optimizer->name, summary.before.outer_loss);
    ck_assert_msg (summary.after.outer_loss <= 9.01, "%s: %g", m->optimizer->name, summary.after.outer_loss);
    rg_objective_free (pull);
    rg_objective_free (goal);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

/* The Euclidean projection takes equal steps back: what rg_outer_descend is for. */
START_TEST (the_euclidean_projection_stands_still)
{
    rg_layout *layout;
    rg_hyper *hyper = new_set (&layout, &problems[0]);
    const rg_optimizer *adam = rg_registry_optimizer ("adam");
    const rg_outer_options options = rg_outer_defaults ();
    rg_outer *outer;
    double g[MOST], *x = rg_hyper_values (hyper);
    ck_assert_int_eq (rg_outer_new (&outer, adam, &options, 3, NULL), RG_OK);
    for (int step = 0; step < 100; step++) {
        for (size_t i = 0; i < 3; i++)
            g[i] = slope (&problems[0], i, x[i]);
        ck_assert_int_eq (rg_outer_step (outer, g, x), RG_OK);
        ck_assert_int_eq (rg_hyper_update (hyper, NULL), RG_OK);
    }
    ck_assert_double_eq_tol (x[2], 1. / 3, 1e-6);
    rg_outer_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

/* ---- the projection itself in a metric ------------------------------------- */

START_TEST (a_weighted_point_by_hand)
{
    double x[3] = { .9, .5, .1 }, y[3] = { .9, .5, .1 };
    static const double h[3] = { 1, 2, 1 };
    rg_project (3, x, h, 0, 1, 1);
    rg_project_simplex (3, y, h);
    for (size_t i = 0; i < 3; i++) {
        const double expected[3] = { .9 - .8 / 3, .5 - .4 / 3, 0 };
        ck_assert_double_eq_tol (x[i], expected[i], 4e-16);
        ck_assert_double_eq_tol (y[i], expected[i], 4e-16);
    }
}
END_TEST

/* h_i (x_i - y_i) is one mu where y_i > 0, and at most mu where y_i = 0; the sum is 1; a second projection changes nothing. */
START_TEST (the_weighted_simplex_meets_its_conditions)
{
    for (uint64_t number = 0; number < 300; number++) {
        double x[40], y[40], again[40], h[40], mu = NAN, sum = 0;
        const size_t size = 1 + (size_t) uniform (79, 7000 + number, 0, 39);
        for (size_t i = 0; i < size; i++) {
            h[i] = exp (uniform (79, 100 * number + i, -8, 8));
            y[i] = x[i] = uniform (80, 100 * number + i, -2, 2);
        }
        rg_project_simplex (size, y, h);
        for (size_t i = 0; i < size; i++) {
            mu = y[i] > 0 ? h[i] * (x[i] - y[i]) : mu;
            sum += y[i];
        }
        for (size_t i = 0; i < size; i++)
            ck_assert_msg (y[i] > 0 ? fabs (h[i] * (x[i] - y[i]) - mu) < 1e-11 * (fabs (mu) + h[i])
                                    : y[i] == 0 && h[i] * x[i] <= mu + 1e-11 * fabs (mu), "problem %d: number %zu", (int) number, i);
        ck_assert_double_eq_tol (sum, 1, 1e-13);
        memcpy (again, y, sizeof y);
        rg_project_simplex (size, again, h);
        ck_assert_int_eq (memcmp (again, y, size * sizeof *y), 0);
    }
}
END_TEST

START_TEST (extreme_metrics_end_and_stay_within)
{
    static const double sizes[] = { 1e-300, 1e-8, 1, 1e8, 1e300 };
    for (size_t k = 0; k < 25; k++) {
        const double h[3] = { sizes[k / 5], sizes[k % 5], 1 };
        double x[3] = { 2, 3, 5 }, y[3] = { 2, 3, 5 };
        rg_project (3, x, h, 0, 4, 1.5);
        rg_project_simplex (3, y, h);
        ck_assert_double_le (x[0] + x[1] + x[2], 1.5);
        ck_assert_double_ge (x[0] + x[1] + x[2], 1.5 - 1e-9);
        ck_assert_double_eq_tol (y[0] + y[1] + y[2], 1, 1e-9);
    }
}
END_TEST

START_TEST (the_rate_decays_as_it_says)
{
    const rg_optimizer *descent = rg_registry_optimizer ("gradient-descent");
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .5;
    options.decay = 3;
    options.decay_power = .5;
    rg_outer *outer;
    double x = 0;
    ck_assert_int_eq (rg_outer_new (&outer, descent, &options, 1, NULL), RG_OK);
    for (int k = 0; k < 3; k++) { /* .5, .25, .5 / root 7 */
        ck_assert_double_eq_tol (rg_outer_rate (outer), .5 / sqrt (1 + 3 * k), 1e-16);
        ck_assert_int_eq (rg_outer_step (outer, &(double) { 1 }, &x), RG_OK);
    }
    ck_assert_double_eq_tol (x, -.75 - .5 / sqrt (7), 1e-15);
    rg_outer_load (outer, NULL, 8); /* a study goes on where it was */
    ck_assert_double_eq_tol (rg_outer_rate (outer), .1, 1e-16);
    rg_outer_free (outer);
}
END_TEST

START_TEST (what_does_not_fit_is_refused)
{
    rg_layout *layout;
    rg_hyper *hyper = new_set (&layout, &problems[0]);
    const rg_optimizer *adam = rg_registry_optimizer ("adam");
    const rg_outer_options options = rg_outer_defaults ();
    rg_message message = { "" };
    rg_outer *outer, *other;
    const double bad[3] = { 1, NAN, 1 };
    ck_assert_int_eq (rg_outer_new (&outer, adam, &options, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_outer_descend (outer, NAN, bad, hyper, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the optimizer is of 2 numbers, the hyperparameters have 3");
    ck_assert_int_eq (rg_outer_new (&other, adam, &options, 3, NULL), RG_OK);
    ck_assert_int_eq (rg_outer_descend (other, NAN, bad, hyper, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "the hypergradient is not finite");
    ck_assert_double_eq (rg_hyper_values (hyper)[0], 1. / 3);
    rg_outer_free (outer);
    rg_outer_free (other);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("descend");
    TCase *tcase = tcase_create ("constrained steps");
    tcase_add_loop_test (tcase, the_minima_meet_their_conditions, 0, PROBLEMS);
    tcase_add_loop_test (tcase, every_optimizer_rests_at_the_minimum, 0, METHODS * PROBLEMS);
    tcase_add_loop_test (tcase, tuning_on_the_simplex_reaches_the_vertex, 0, METHODS);
    tcase_add_test (tcase, the_euclidean_projection_stands_still);
    tcase_add_test (tcase, the_rate_decays_as_it_says);
    tcase_add_test (tcase, what_does_not_fit_is_refused);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("metric");
    tcase_add_test (tcase, a_weighted_point_by_hand);
    tcase_add_test (tcase, the_weighted_simplex_meets_its_conditions);
    tcase_add_test (tcase, extreme_metrics_end_and_stay_within);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/*
 * check_meta_quadratic.c -- meta-learning whose answer is known: tasks 1/2 (w - c_i)' A_i (w - c_i), the same for support and query.
 *
 * After K steps of rate a from theta a task is at c_i + P_i (theta - c_i), P_i = (I - a A_i)^K. The initial weights at which each
 * method rests are M^-1 sum M_i c_i, M = sum M_i, with
 *     MAML        M_i = P_i A_i P_i       Finn, Abbeel, Levine 2017
 *     first order M_i = A_i P_i
 *     Reptile     M_i = I - P_i           Nichol, Achiam, Schulman 2018
 *     joint       M_i = A_i
 */
#include "testing.h"

#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "how.h"

enum { TASKS = 5, STEPS = 3 };
static const double rate = .2;

typedef struct {
    double a, b, d; /* [[a, b], [b, d]] */
} matrix;

static matrix
product (matrix x, matrix y) /* of matrices that commute */
{
    return (matrix) { x.a * y.a + x.b * y.b, x.a * y.b + x.b * y.d, x.b * y.b + x.d * y.d };
}

/* How the tasks differ: in their centres alone, or in their curvatures, too. */
typedef struct {
    int alike;
} tasks;

static matrix
curvature (const tasks *t, int i)
{
    const double k = t->alike ? 1 : i;
    return (matrix) { 1.5 + sin (1.3 * k), .4 * cos (2.1 * k), 2 + cos (.7 * k) };
}

static void
centre (int i, double c[2])
{
    c[0] = 2 * sin (2.385 * i);
    c[1] = 1 + cos (1.7 * i);
}

static void
apply (matrix m, const double x[2], double out[2])
{
    out[0] = m.a * x[0] + m.b * x[1];
    out[1] = m.b * x[0] + m.d * x[1];
}

/* ---- The tasks, as an objective: the member of a mean says which ---------------------------- */

static void
pull (const void *user, rg_instant at, const double *w, double g[2], double off[2])
{
    double c[2];
    centre ((int) at.member, c);
    off[0] = w[0] - c[0];
    off[1] = w[1] - c[1];
    apply (curvature (user, (int) at.member), off, g);
}

static int
loss (void *user, rg_instant at, const double *w, const double *lambda, double *out)
{
    double g[2], off[2];
    (void) lambda;
    pull (user, at, w, g, off);
    *out = .5 * (g[0] * off[0] + g[1] * off[1]);
    return 0;
}

static int
gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    double off[2];
    (void) lambda;
    pull (user, at, w, g, off);
    return 0;
}

static int
tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot, const double *lambda_dot, double *g_dot,
         double *lambda_g_dot)
{
    (void) w, (void) lambda, (void) lambda_dot, (void) lambda_g_dot;
    apply (curvature (user, (int) at.member), w_dot, g_dot);
    return 0;
}

/* ---- Where each method rests -------------------------------------------------------------------- */

typedef enum { MAML, FIRST_ORDER, REPTILE, JOINT } method;

static matrix
weight_of (const tasks *t, method m, int i)
{
    const matrix a = curvature (t, i), step = { 1 - rate * a.a, -rate * a.b, 1 - rate * a.d };
    matrix p = { 1, 0, 1 };
    for (int k = 0; k < STEPS; k++)
        p = product (p, step);
    switch (m) {
    case MAML: return product (product (p, a), p);
    case FIRST_ORDER: return product (a, p);
    case REPTILE: return (matrix) { 1 - p.a, -p.b, 1 - p.d };
    default: return a;
    }
}

static void
rest_of (const tasks *t, method m, double theta[2])
{
    matrix sum = { 0, 0, 0 };
    double right[2] = { 0, 0 };
    for (int i = 0; i < TASKS; i++) {
        const matrix own = weight_of (t, m, i);
        double c[2], add[2];
        centre (i, c);
        apply (own, c, add);
        sum = (matrix) { sum.a + own.a, sum.b + own.b, sum.d + own.d };
        right[0] += add[0];
        right[1] += add[1];
    }
    const double determinant = sum.a * sum.d - sum.b * sum.b;
    theta[0] = (sum.d * right[0] - sum.b * right[1]) / determinant;
    theta[1] = (sum.a * right[1] - sum.b * right[0]) / determinant;
}

/* ---- Meta-iterations ------------------------------------------------------------------------------- */

typedef struct {
    tasks tasks;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
} bench;

static void
bench_init (bench *b, int alike, const double theta[2], double step)
{
    const rg_array_spec array = { "x", 2, 0, 0 };
    *b = (bench) { .tasks = { alike } };
    rg_callbacks callbacks = { .size = sizeof callbacks, .loss = loss, .gradient = gradient, .tangent = tangent, .user = &b->tasks };
    rg_block_spec fixed = rg_block_defaults (RG_RATE), start = rg_block_defaults (RG_WEIGHTS);
    ck_assert_int_eq (rg_layout_new (&b->layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&b->hyper, b->layout, STEPS, 0, 0), RG_OK);
    fixed.transform = RG_IDENTITY;
    fixed.fixed = 1;
    fixed.init = step;
    start.values = theta;
    start.count = 2;
    ck_assert_int_eq (rg_hyper_add (b->hyper, &fixed, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (b->hyper, &start, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&b->inner, 2, &callbacks, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&b->outer, 2, &callbacks, NULL, NULL), RG_OK);
    b->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = b->hyper, .inner = b->inner, .outer = b->outer,
                                .dynamics = rg_registry_dynamics ("gradient-descent"), .run = rg_run_defaults () };
    b->problem.run.arithmetic = RG_FLOATING;
}

static void
bench_clear (bench *b)
{
    rg_objective_free (b->inner);
    rg_objective_free (b->outer);
    rg_hyper_free (b->hyper);
    rg_layout_free (b->layout);
}

/* The mean hypergradient at theta; returns the mean outer loss. */
static double
mean_at (int alike, const double theta[2], const char *estimator, double step, double gradient_out[2])
{
    bench b;
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    bench_init (&b, alike, theta, step);
    ck_assert_msg (rg_hypergradient_mean (&b.problem, TASKS, NULL, 0, rg_registry_estimator (estimator), &options, 0, gradient_out,
                                          &report, &message) == RG_OK, "%s", message.text);
    bench_clear (&b);
    return report.outer_loss;
}

START_TEST (each_method_rests_where_theory_says)
{
    static const char *const estimators[] = { [MAML] = "reverse", [FIRST_ORDER] = "first-order", [JOINT] = "reverse" };
    static const method methods[] = { MAML, FIRST_ORDER, JOINT };
    double theta[2], g[2], other[2];
    for (int i = 0; i < 3; i++) {
        const double step = methods[i] == JOINT ? 0 : rate; /* without steps the outer loss is that of theta itself */
        rest_of (&(tasks) { 0 }, methods[i], theta);
        mean_at (0, theta, estimators[methods[i]], step, g);
        ck_assert_double_le (hypot (g[0], g[1]), 1e-14);
        rest_of (&(tasks) { 0 }, methods[(i + 1) % 3], other);
        mean_at (0, other, estimators[methods[i]], step, g);
        ck_assert_double_gt (hypot (g[0], g[1]), 1e-3); /* and not where another one does */
    }
}
END_TEST

/* The mean of theta - w_T, whose root Reptile is. */
static void
mean_way (const double theta[2], double out[2])
{
    bench b;
    double w[2];
    rg_report report = { .size = sizeof report };
    bench_init (&b, 0, theta, rate);
    out[0] = out[1] = 0;
    for (int i = 0; i < TASKS; i++) {
        b.problem.member = (uint64_t) i;
        ck_assert_int_eq (rg_train (&b.problem, 0, w, &report, NULL), RG_OK);
        out[0] += (theta[0] - w[0]) / TASKS;
        out[1] += (theta[1] - w[1]) / TASKS;
    }
    bench_clear (&b);
}

START_TEST (the_way_of_training_has_no_mean_where_reptile_rests)
{
    double theta[2], way[2];
    rest_of (&(tasks) { 0 }, REPTILE, theta);
    mean_way (theta, way);
    ck_assert_double_le (hypot (way[0], way[1]), 1e-14);
    rest_of (&(tasks) { 0 }, MAML, theta);
    mean_way (theta, way);
    ck_assert_double_gt (hypot (way[0], way[1]), 1e-3);
}
END_TEST

START_TEST (what_is_adapted_to_is_best_by_the_exact_gradient)
{
    static const method methods[] = { MAML, FIRST_ORDER, REPTILE, JOINT };
    double losses[4], theta[2], g[2];
    for (int i = 0; i < 4; i++) {
        rest_of (&(tasks) { 0 }, methods[i], theta);
        losses[i] = mean_at (0, theta, "reverse", rate, g);
    }
    for (int i = 1; i < 4; i++)
        ck_assert_double_lt (losses[MAML], losses[i]);
}
END_TEST

/* Equal curvatures: all rest at the mean of the centres. */
START_TEST (tasks_of_one_curvature_do_not_tell_methods_apart)
{
    double mean[2] = { 0, 0 }, theta[2], g[2];
    for (int i = 0; i < TASKS; i++) {
        double c[2];
        centre (i, c);
        mean[0] += c[0] / TASKS;
        mean[1] += c[1] / TASKS;
    }
    for (int m = MAML; m <= JOINT; m++) {
        rest_of (&(tasks) { 1 }, (method) m, theta);
        ck_assert_double_le (hypot (theta[0] - mean[0], theta[1] - mean[1]), 1e-14);
    }
    mean_at (1, mean, "reverse", rate, g);
    ck_assert_double_le (hypot (g[0], g[1]), 1e-14);
    mean_at (1, mean, "first-order", rate, g);
    ck_assert_double_le (hypot (g[0], g[1]), 1e-14);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("meta_quadratic");
    TCase *c = tcase_create ("all");
    tcase_add_test (c, each_method_rests_where_theory_says);
    tcase_add_test (c, the_way_of_training_has_no_mean_where_reptile_rests);
    tcase_add_test (c, what_is_adapted_to_is_best_by_the_exact_gradient);
    tcase_add_test (c, tasks_of_one_curvature_do_not_tell_methods_apart);
    suite_add_tcase (s, c);
    return run_suite (s);
}

/* check_projection.c -- onto a box with a budget: by hand, against an exact oracle, Karush-Kuhn-Tucker, idempotence; blocks with budgets. */
#include "testing.h"

#include <string.h>

#include <retrograde/hyper.h>

#include "uniform.h"

#include "hyper/projection.h"

enum { MOST = 40 };

static double
sum_of (size_t size, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += x[i];
    return sum;
}

/* ---- by hand ------------------------------------------------------------- */

static const struct {
    size_t size;
    double x[4], low, high, budget, nearest[4];
} by_hand[] = {
    { 3, { .9, .5, .1 }, 0, 1, 1, { .7, .3, 0 } },
    { 3, { .9, .5, .1 }, 0, 1, 2, { .9, .5, .1 } },             /* within the budget: as it is */
    { 3, { 2, .5, -1 }, 0, 1, 2, { 1, .5, 0 } },                /* the box alone */
    { 2, { 3, 1 }, 0, 1, 1, { 1, 0 } },                         /* not the box first: that would give .5, .5 */
    { 2, { 3, 1 }, -INFINITY, INFINITY, 1, { 1.5, -.5 } },      /* no box: the half-space */
    { 4, { 1, 2, 3, 4 }, 0, INFINITY, 0, { 0, 0, 0, 0 } },
    { 3, { 5, 6, 7 }, 2, 9, 6, { 2, 2, 2 } },                   /* the budget is the least sum of the box */
    { 2, { -1, -3 }, -4, 0, -5, { -1.5, -3.5 } },
    { 2, { .75, .25 }, 0, 1, 1, { .75, .25 } },                 /* exactly the budget */
    { 1, { 2.385 }, 0, 5, .5, { .5 } },
    { 0, { 0 }, 0, 1, 1, { 0 } },
};

START_TEST (nearest_points_by_hand)
{
    double x[4];
    memcpy (x, by_hand[_i].x, sizeof x);
    rg_project (by_hand[_i].size, x, NULL, by_hand[_i].low, by_hand[_i].high, by_hand[_i].budget);
    for (size_t i = 0; i < by_hand[_i].size; i++)
        ck_assert_double_eq_tol (x[i], by_hand[_i].nearest[i], 4e-16);
}
END_TEST

static const struct {
    double x[3], nearest[3];
} on_simplex[] = {
    { { .2, .3, .5 }, { .2, .3, .5 } },       { { .9, .5, .1 }, { .7, .3, 0 } },
    { { 0, 0, 0 }, { 1. / 3, 1. / 3, 1. / 3 } }, { { -7, -7.5, -9 }, { .75, .25, 0 } }, /* a sum below 1 */
    { { 1e9, 0, 0 }, { 1, 0, 0 } },
};

START_TEST (nearest_points_of_the_simplex_by_hand)
{
    double x[3];
    memcpy (x, on_simplex[_i].x, sizeof x);
    rg_project_simplex (3, x, NULL);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol (x[i], on_simplex[_i].nearest[i], 4e-16);
}
END_TEST

/* ---- properties ------------------------------------------------------------ */

/* A problem whose answer is not the point itself, drawn by its number. */
typedef struct {
    size_t size;
    double x[MOST], low, high, budget;
} problem;

static problem
draw (uint64_t number)
{
    problem p = { .size = 1 + (size_t) (uniform (78, number * 100, 0, MOST - 1)) };
    p.low = number % 4 == 1 ? -INFINITY : uniform (78, number * 100 + 1, -1, 0);
    p.high = number % 4 == 2 ? INFINITY : uniform (78, number * 100 + 2, .5, 2);
    for (size_t i = 0; i < p.size; i++)
        p.x[i] = uniform (78, number * 100 + 3 + i, -3, 3);
    const double most = rg_clipped_sum (p.size, p.x, NULL, 0, p.low, p.high);
    const double least = fmax ((double) p.size * p.low, most - 10);
    p.budget = least + (most - least) * uniform (78, number * 100 + 99, 1e-6, 1);
    return p;
}

/*
 * The exact multiplier: the sum is piecewise linear in mu, with its kinks where a number leaves or meets the box. The piece on which
 * it equals the budget is found by trying them all.
 */
static double
exact_shift (const problem *p)
{
    long double best = 0;
    for (size_t k = 0; k < 2 * p->size; k++) {
        const long double kink = (long double) p->x[k / 2] - (k % 2 == 0 ? p->low : p->high);
        long double sum = 0;
        if (kink <= best || !isfinite (kink))
            continue;
        for (size_t i = 0; i < p->size; i++)
            sum += fminl (fmaxl (p->x[i] - kink, p->low), p->high);
        if (sum > p->budget)
            best = kink;
    }
    long double fixed = 0, moving = 0; /* of the piece above the last kink over the budget */
    size_t count = 0;
    for (size_t i = 0; i < p->size; i++) {
        const long double y = p->x[i] - best;
        if (y > p->high)
            fixed += p->high;
        else if (y <= p->low)
            fixed += p->low;
        else
            moving += p->x[i], count++;
    }
    return (double) ((fixed + moving - p->budget) / (long double) count);
}

START_TEST (the_nearest_point_is_that_of_an_exact_search)
{
    for (uint64_t number = 0; number < 500; number++) {
        problem p = draw (number);
        const double shift = exact_shift (&p);
        double x[MOST];
        memcpy (x, p.x, sizeof x);
        rg_project (p.size, x, NULL, p.low, p.high, p.budget);
        for (size_t i = 0; i < p.size; i++)
            ck_assert_msg (fabs (x[i] - fmin (fmax (p.x[i] - shift, p.low), p.high)) < 1e-13,
                           "problem %d, number %zu: %.17g, by mu = %.17g %.17g", (int) number, i, x[i], shift,
                           fmin (fmax (p.x[i] - shift, p.low), p.high));
    }
}
END_TEST

/* x - p = mu + nu - kappa with mu >= 0 (the budget's), nu >= 0 at the top only, kappa >= 0 at the bottom only. */
START_TEST (the_conditions_of_karush_kuhn_tucker_hold)
{
    for (uint64_t number = 0; number < 500; number++) {
        problem p = draw (number);
        double x[MOST], mu = NAN;
        memcpy (x, p.x, sizeof x);
        rg_project (p.size, x, NULL, p.low, p.high, p.budget);
        const double sum = sum_of (p.size, x);
        ck_assert_msg (sum <= p.budget, "problem %d: %.17g > %.17g", (int) number, sum, p.budget);
        ck_assert_double_ge (sum, p.budget - 1e-13); /* mu > 0: the budget is used up */
        for (size_t i = 0; i < p.size; i++) {
            ck_assert (x[i] >= p.low && x[i] <= p.high);
            if (x[i] > p.low && x[i] < p.high) {
                ck_assert_double_ge (p.x[i] - x[i], 0);
                ck_assert (isnan (mu) || fabs (p.x[i] - x[i] - mu) < 1e-14);
                mu = p.x[i] - x[i];
            }
        }
        for (size_t i = 0; !isnan (mu) && i < p.size; i++) {
            ck_assert (x[i] < p.high || p.x[i] - x[i] >= mu - 1e-14);
            ck_assert (x[i] > p.low || p.x[i] - x[i] <= mu + 1e-14);
        }
    }
}
END_TEST

START_TEST (a_second_projection_changes_nothing)
{
    for (uint64_t number = 0; number < 500; number++) {
        problem p = draw (number);
        double once[MOST], twice[MOST];
        memcpy (once, p.x, sizeof once);
        rg_project (p.size, once, NULL, p.low, p.high, p.budget);
        memcpy (twice, once, sizeof once);
        rg_project (p.size, twice, NULL, p.low, p.high, p.budget);
        ck_assert_mem_eq (twice, once, p.size * sizeof *once);
    }
}
END_TEST

START_TEST (extreme_sizes_end_and_stay_within)
{
    static const double sizes[] = { 1e-300, 1e-17, 1e17, 1e300 };
    for (size_t k = 0; k < 4; k++) {
        double x[3] = { sizes[k], 2 * sizes[k], 3 * sizes[k] };
        rg_project (3, x, NULL, 0, INFINITY, sizes[k]);
        ck_assert_double_le (sum_of (3, x), sizes[k]);
        ck_assert_double_ge (sum_of (3, x), sizes[k] * (1 - 1e-15));
        ck_assert_double_eq (x[0], 0);
    }
}
END_TEST

/* ---- blocks of hyperparameters ------------------------------------------------ */

enum { EXAMPLES = 5 };

static rg_block_spec
example_weights (void)
{
    rg_block_spec spec = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    spec.init = .3;
    spec.maximum = 1;
    spec.budget = 1.5; /* 5 x .3, but for rounding */
    return spec;
}

static rg_hyper *
new_set (rg_layout **layout)
{
    rg_hyper *hyper;
    ck_assert_int_eq (rg_layout_new (layout, 1, &(rg_array_spec) { "W", 2, 0, 0 }), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, *layout, 4, EXAMPLES, 14), RG_OK);
    return hyper;
}

START_TEST (a_block_keeps_its_budget)
{
    rg_layout *layout;
    rg_hyper *hyper = new_set (&layout);
    rg_block_spec spec = example_weights ();
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_RATE);
    spec.init = .25;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    double *values = rg_hyper_values (hyper);
    static const double start[EXAMPLES] = { .25, 1.75, -.5, .5, .75 }, nearest[EXAMPLES] = { 0, 1, 0, .125, .375 };
    memcpy (values, start, sizeof start);
    ck_assert_int_eq (rg_hyper_update (hyper, NULL), RG_OK);
    for (size_t i = 0; i < EXAMPLES; i++) {
        ck_assert_double_eq_tol (rg_hyper_block (hyper, 0).natural[i], nearest[i], 1e-15);
        ck_assert_double_eq (rg_hyper_block (hyper, 0).natural[i], values[i]);
    }
    ck_assert_double_eq_tol (rg_hyper_block (hyper, 1).natural[0], .25, 1e-16);
    rg_message message = { "" };
    values[3] = NAN;
    ck_assert_int_eq (rg_hyper_update (hyper, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "example_weight: value 3 is not finite");
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

static const struct {
    double minimum, init, budget;
    rg_transform transform;
    rg_status status;
    const char *sentence;
} refused[] = {
    { 0, .3, 1.5, RG_LOG, RG_EUNSUPPORTED,
      "example_weight: a budget needs transform identity, got log: the nearest point within a budget may hold zeros" },
    { 0, .3, 1.25, RG_IDENTITY, RG_ERANGE,
      "example_weight: budget: expected initial values with a sum of at most 1.25, got 1.5" },
    { .5, .5, 2, RG_IDENTITY, RG_ERANGE,
      "example_weight: budget: expected at least 2.5, 5 times the minimum 0.5, got 2" },
    { 0, .3, NAN, RG_IDENTITY, RG_ERANGE, "example_weight: budget: expected a finite number, got nan" },
    { 0, .3, -INFINITY, RG_IDENTITY, RG_ERANGE, "example_weight: budget: expected a finite number, got -inf" },
};

START_TEST (a_budget_that_cannot_be_kept_is_refused)
{
    rg_layout *layout;
    rg_hyper *hyper = new_set (&layout);
    rg_message message = { "" };
    rg_block_spec spec = example_weights ();
    spec.minimum = refused[_i].minimum;
    spec.init = refused[_i].init;
    spec.budget = refused[_i].budget;
    spec.transform = refused[_i].transform;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, &message), refused[_i].status);
    ck_assert_str_eq (message.text, refused[_i].sentence);
    ck_assert_uint_eq (rg_hyper_blocks (hyper), 0);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

/* x - p is one number mu where p > 0, and at most mu where p = 0; the sum is 1; a second projection changes nothing. */
START_TEST (the_simplex_meets_its_conditions)
{
    for (uint64_t number = 0; number < 500; number++) {
        const size_t size = 1 + (size_t) uniform (78, 7000 + number, 0, MOST - 1);
        double x[MOST], p[MOST], again[MOST], mu = NAN;
        for (size_t i = 0; i < size; i++)
            p[i] = x[i] = uniform (78, 8000 + 100 * number + i, -2, 2 - 3 * (double) (number % 3));
        rg_project_simplex (size, p, NULL);
        for (size_t i = 0; i < size; i++)
            if (p[i] > 0)
                mu = x[i] - p[i];
        for (size_t i = 0; i < size; i++)
            ck_assert_msg (p[i] > 0 ? fabs (x[i] - p[i] - mu) < 1e-13 : p[i] == 0 && x[i] <= mu + 1e-13, "problem %d: number %zu",
                           (int) number, i);
        ck_assert_double_eq_tol (sum_of (size, p), 1, 1e-14);
        memcpy (again, p, sizeof p);
        rg_project_simplex (size, again, NULL);
        ck_assert_int_eq (memcmp (again, p, size * sizeof *p), 0);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("projection");
    TCase *tcase = tcase_create ("points");
    tcase_add_loop_test (tcase, nearest_points_by_hand, 0, (int) (sizeof by_hand / sizeof *by_hand));
    tcase_add_test (tcase, the_nearest_point_is_that_of_an_exact_search);
    tcase_add_loop_test (tcase, nearest_points_of_the_simplex_by_hand, 0, (int) (sizeof on_simplex / sizeof *on_simplex));
    tcase_add_test (tcase, the_simplex_meets_its_conditions);
    tcase_add_test (tcase, the_conditions_of_karush_kuhn_tucker_hold);
    tcase_add_test (tcase, a_second_projection_changes_nothing);
    tcase_add_test (tcase, extreme_sizes_end_and_stay_within);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("blocks");
    tcase_add_test (tcase, a_block_keeps_its_budget);
    tcase_add_loop_test (tcase, a_budget_that_cannot_be_kept_is_refused, 0, (int) (sizeof refused / sizeof *refused));
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

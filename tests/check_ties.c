/* check_ties.c -- linear maps from free to used numbers: splines, groups, matrices; their blocks and their hypergradients. */
#include "testing.h"

#include "failing_memory.h"
#include "quadratic.h"
#include "uniform.h"

enum { STEPS = 400 };

/* ---- the maps ------------------------------------------------------------- */

/* What a tie makes of the free numbers, seen through a block of a user's parameters that uses it. */
static void
apply (const rg_tie *tie, const double *free_numbers, double *used)
{
    const rg_array_spec array = { "w", 1, 0, 0 };
    rg_layout *layout;
    rg_hyper *hyper;
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 1, 0, 0), RG_OK);
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    spec.count = rg_tie_rows (tie);
    spec.slice_tie = tie;
    spec.values = free_numbers;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    const rg_block b = rg_hyper_block (hyper, 0);
    ck_assert_uint_eq (b.size, rg_tie_columns (tie));
    memcpy (used, rg_block_values (&b, 0), b.slice * sizeof *used);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}

/* Textbook recurrence (de Boor 1978) on the knots 0 (d+1 times), 1 ... n-d (d+1 times). */
static double
basis (int i, int d, double x, const double *knot, int last)
{
    if (d == 0)
        return (x >= knot[i] && x < knot[i + 1]) || (x == knot[i + 1] && i == last);
    const double a = knot[i + d] - knot[i], b = knot[i + d + 1] - knot[i + 1];
    return (a > 0 ? (x - knot[i]) / a * basis (i, d - 1, x, knot, last) : 0)
        + (b > 0 ? (knot[i + d + 1] - x) / b * basis (i + 1, d - 1, x, knot, last) : 0);
}

static const struct {
    size_t steps, knots;
    int degree;
} splines[] = { { 1, 1, 0 }, { 10, 3, 0 }, { 7, 7, 0 }, { 2, 2, 1 }, { 11, 4, 1 }, { 9, 9, 1 }, { 5, 3, 2 }, { 40, 7, 2 },
                { 4, 4, 3 }, { 31, 4, 3 }, { 100, 12, 3 }, { 13, 13, 3 } };

START_TEST (a_spline_is_that_of_the_textbook_and_a_constant_is_a_constant)
{
    const size_t steps = splines[_i].steps, knots = splines[_i].knots;
    const int d = splines[_i].degree, n = (int) knots;
    rg_tie *tie;
    double knot[64], used[128], free_numbers[64];
    ck_assert_int_eq (rg_tie_spline (&tie, steps, knots, d, NULL), RG_OK);
    ck_assert (rg_tie_is_convex (tie));
    ck_assert_uint_eq (rg_tie_rows (tie), steps);
    for (int i = 0; i < n + d + 1; i++)
        knot[i] = fmin (fmax (0, i - d), n - d);
    for (size_t k = 0; k < knots; k++)
        free_numbers[k] = uniform (91, k, -2, 2);
    apply (tie, free_numbers, used);
    for (size_t t = 0; t < steps; t++) {
        const double x = d == 0 ? floor ((double) t * n / (double) steps) : (double) t * (n - d) / (double) (steps - 1);
        double expected = 0;
        for (int i = 0; i < n; i++)
            expected += free_numbers[i] * basis (i, d, x, knot, n - 1);
        ck_assert_double_eq_tol (used[t], expected, 1e-13);
    }
    if (d > 0) { /* the ends are clamped */
        ck_assert_double_eq_tol (used[0], free_numbers[0], 1e-15);
        ck_assert_double_eq_tol (used[steps - 1], free_numbers[knots - 1], 1e-15);
    }
    for (size_t k = 0; k < knots; k++)
        free_numbers[k] = 2.385;
    apply (tie, free_numbers, used);
    for (size_t t = 0; t < steps; t++)
        ck_assert_double_eq_tol (used[t], 2.385, 1e-15);
    rg_tie_free (tie);
}
END_TEST

START_TEST (a_matrix_multiplies_and_adds_what_is_given_twice)
{
    static const rg_tie_entry entries[] = { { 2, 1, 3 }, { 0, 0, 1.5 }, { 2, 0, -1 }, { 0, 0, .5 }, { 1, 1, .25 } };
    static const double x[2] = { 10, 4 }, expected[3] = { 20, 1, 2 };
    rg_tie *tie, *copy;
    double used[3];
    ck_assert_int_eq (rg_tie_new (&tie, 3, 2, 5, entries, NULL), RG_OK);
    ck_assert (!rg_tie_is_convex (tie));
    ck_assert_int_eq (rg_tie_copy (&copy, tie), RG_OK);
    rg_tie_free (tie);
    apply (copy, x, used);
    for (int i = 0; i < 3; i++)
        ck_assert (used[i] == expected[i]);
    rg_tie_free (copy);
    ck_assert_int_eq (rg_tie_copy (&copy, NULL), RG_OK);
    ck_assert_ptr_null (copy);
}
END_TEST

START_TEST (groups_share_and_rows_mix)
{
    static const size_t group[5] = { 1, 0, 1, 2, 0 };
    static const double x[3] = { 3, 5, 7 }, expected[5] = { 5, 3, 5, 7, 3 };
    static const rg_tie_entry sharing[] = { { 0, 0, .75 }, { 0, 1, .25 }, { 1, 0, .5 }, { 1, 1, .5 } };
    static const double rows[6] = { 4, 8, 12, 0, 4, 8 }, mixed[6] = { 3, 7, 11, 2, 6, 10 };
    rg_tie *tie, *matrix;
    double used[6];
    ck_assert_int_eq (rg_tie_groups (&tie, 5, group, NULL), RG_OK);
    ck_assert (rg_tie_is_convex (tie));
    apply (tie, x, used);
    for (int i = 0; i < 5; i++)
        ck_assert (used[i] == expected[i]);
    rg_tie_free (tie);
    ck_assert_int_eq (rg_tie_new (&matrix, 2, 2, 4, sharing, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_of_rows (&tie, matrix, 3), RG_OK);
    ck_assert (rg_tie_is_convex (tie));
    apply (tie, rows, used);
    for (int i = 0; i < 6; i++)
        ck_assert (used[i] == mixed[i]);
    ck_assert_int_eq (rg_tie_of_rows (&(rg_tie *) { NULL }, matrix, SIZE_MAX / 2), RG_ENOMEM);
    rg_tie_free (tie);
    rg_tie_free (matrix);
    rg_tie_free (NULL);
}
END_TEST

START_TEST (a_map_that_cannot_be_is_refused)
{
    rg_tie *tie;
    rg_message m = { "" };
    static const size_t gap[3] = { 0, 2, 2 }, none[2] = { 0, SIZE_MAX };
    static const rg_tie_entry outside = { 2, 0, 1 }, nan_entry = { 0, 0, NAN }, one = { 1, 0, 1 };
    static const rg_tie_entry cancelled[3] = { { 0, 0, 1 }, { 0, 1, 2 }, { 0, 1, -2 } };
#define REFUSED(call, status, sentence)              \
    ck_assert_int_eq (call, status);                 \
    ck_assert_ptr_null (tie);                        \
    ck_assert_str_eq (m.text, sentence)
    REFUSED (rg_tie_groups (&tie, 3, gap, &m), RG_EINPUT, "nothing uses free number 1 of 3");
    REFUSED (rg_tie_groups (&tie, 2, gap, &m), RG_ERANGE, "expected groups 0, 1 ... with a member each, got group 2 for 2 numbers");
    REFUSED (rg_tie_groups (&tie, 2, none, &m), RG_ERANGE,
             "expected groups 0, 1 ... with a member each, got group 18446744073709551615 for 2 numbers");
    REFUSED (rg_tie_new (&tie, 2, 1, 1, &outside, &m), RG_ERANGE,
             "entry 0 is at row 2, column 0 of a matrix of 2 rows, 1 columns");
    REFUSED (rg_tie_new (&tie, 2, 1, 1, &nan_entry, &m), RG_ENONFINITE, "the coefficient at row 0, column 0 is not finite");
    REFUSED (rg_tie_new (&tie, 2, 2, 1, &one, &m), RG_EINPUT, "nothing uses free number 1 of 2");
    REFUSED (rg_tie_new (&tie, 1, 2, 3, cancelled, &m), RG_EINPUT, "nothing uses free number 1 of 2");
    REFUSED (rg_tie_new (&tie, 0, 2, 3, cancelled, &m), RG_ERANGE, "expected at least one row and one column, got 0 and 2");
    REFUSED (rg_tie_spline (&tie, 10, 3, 3, &m), RG_ERANGE, "expected 4 to 10 knots for degree 3 and 10 steps, got 3");
    REFUSED (rg_tie_spline (&tie, 10, 11, 0, &m), RG_ERANGE, "expected 1 to 10 knots for degree 0 and 10 steps, got 11");
    REFUSED (rg_tie_spline (&tie, 10, 8, 4, &m), RG_ERANGE, "expected a degree from 0 to 3, got 4");
#undef REFUSED
}
END_TEST

/* ---- blocks ---------------------------------------------------------------- */

/* How rates and decays of the problem of quadratic.h are tied; the parameter is in two groups. */
static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay;
    rg_scope scope;
    size_t knots;       /* 0: no tie over the steps */
    int degree, per_step;
    enum { ALONE, GROUPED, DENSE, SHARED } slice;
    rg_transform transform; /* of the decay */
} cases[] = {
    { "pieces",                                   "momentum-damped", 400, .005, .9, RG_PER_ALL,    5,  0, 1, ALONE,   RG_LOGIT },
    { "straight lines, each array",               "momentum-damped", 400, .005, .9, RG_PER_ARRAY,  4,  1, 1, ALONE,   RG_LOGIT },
    { "cubic, each weight",                       "momentum-damped", 100, .02,  .5, RG_PER_WEIGHT, 6,  3, 1, ALONE,   RG_LOGIT },
    { "cubic, weights in groups",                 "momentum",        400, .0004, .9, RG_PER_WEIGHT, 7, 3, 1, GROUPED, RG_IDENTITY },
    { "groups of weights, constant in time",      "momentum-damped", 400, .005, .9, RG_PER_WEIGHT, 0,  0, 0, GROUPED, RG_LOGIT },
    { "groups of weights, each step",             "momentum-damped", 100, .02,  .5, RG_PER_WEIGHT, 0,  0, 1, GROUPED, RG_LOGIT },
    { "a matrix with negative coefficients",      "momentum-damped", 400, .005, .9, RG_PER_WEIGHT, 0,  0, 0, DENSE,   RG_LOGIT },
    { "such a matrix and quadratic splines",      "momentum-damped", 400, .005, .9, RG_PER_WEIGHT, 5,  2, 1, DENSE,   RG_LOGIT },
    { "rows that share",                          "momentum-damped", 400, .005, .9, RG_PER_WEIGHT, 0,  0, 0, SHARED,  RG_LOGIT },
};
enum { CASES = sizeof cases / sizeof *cases, WEIGHTS = 6 };

/* The map over a slice of 6 weights, or NULL. */
static rg_tie *
slice_tie (int kind)
{
    static const size_t group[WEIGHTS] = { 0, 1, 1, 2, 0, 2 };
    static const rg_tie_entry shares[] = { { 0, 0, .75 }, { 0, 1, .25 }, { 1, 0, .125 }, { 1, 1, .875 } };
    rg_tie *tie = NULL, *matrix;
    rg_tie_entry dense[WEIGHTS * 4];
    for (size_t i = 0; i < WEIGHTS * 4; i++)
        dense[i] = (rg_tie_entry) { i / 4, i % 4, (i % 4 == i / 4 % 4 ? 1 : 0) + uniform (91, 500 + i, -.05, .05) };
    if (kind == GROUPED)
        ck_assert_int_eq (rg_tie_groups (&tie, WEIGHTS, group, NULL), RG_OK);
    if (kind == DENSE)
        ck_assert_int_eq (rg_tie_new (&tie, WEIGHTS, 4, WEIGHTS * 4, dense, NULL), RG_OK);
    if (kind == SHARED) {
        ck_assert_int_eq (rg_tie_new (&matrix, 2, 2, 4, shares, NULL), RG_OK);
        ck_assert_int_eq (rg_tie_of_rows (&tie, matrix, WEIGHTS / 2), RG_OK);
        rg_tie_free (matrix);
    }
    return tie;
}

/* Free numbers around a natural value. */
static void
spread_values (size_t count, double center, uint64_t stream, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = center * (1 + .1 * uniform (91, stream + i, -1, 1));
}

static void
tied_init (fixture *f, int i)
{
    fixture_init (f, cases[i].dynamics, cases[i].steps, cases[i].rate, cases[i].decay, 0, 14);
    rg_hyper_free (f->hyper);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, cases[i].steps, 0, 14), RG_OK);
    f->problem.hyper = f->hyper;
    f->problem.run.fraction_bits = 44;
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS), rate = rg_block_defaults (RG_RATE);
    rg_block_spec decay = rg_block_defaults (RG_DECAY), parameter = rg_block_defaults (RG_PARAMETER);
    double values[2048];
    weights.values = golden_start;
    weights.count = WEIGHTS;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &weights, NULL), RG_OK);
    rg_tie *over_steps = NULL, *over_slice = slice_tie ((int) cases[i].slice), *groups;
    if (cases[i].knots > 0)
        ck_assert_int_eq (rg_tie_spline (&over_steps, cases[i].steps, cases[i].knots, cases[i].degree, NULL), RG_OK);
    rate.scope = decay.scope = cases[i].scope;
    rate.per_step = decay.per_step = cases[i].per_step;
    rate.step_tie = decay.step_tie = over_steps;
    rate.slice_tie = decay.slice_tie = over_slice;
    rate.values = decay.values = values;
    decay.transform = cases[i].transform;
    spread_values (2048, cases[i].rate, 1000, values);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    spread_values (2048, cases[i].decay, 4000, values);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_groups (&groups, 4, (size_t[]) { 0, 1, 1, 0 }, NULL), RG_OK);
    parameter.count = 4;
    parameter.transform = RG_LOG;
    parameter.slice_tie = groups;
    parameter.values = (double[]) { .8, 1.3 };
    ck_assert_int_eq (rg_hyper_add (f->hyper, &parameter, NULL), RG_OK);
    rg_tie_free (over_steps);
    rg_tie_free (over_slice);
    rg_tie_free (groups);
}

/* Free numbers and shape of a block of a case. */
START_TEST (a_tied_block_has_its_free_numbers_and_keeps_one_slice)
{
    fixture f;
    size_t shape[2] = { 0 };
    rg_block b;
    tied_init (&f, _i);
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_RATE, &b), 1);
    const size_t rows = !cases[_i].per_step ? 1 : cases[_i].knots > 0 ? cases[_i].knots : cases[_i].steps;
    const size_t columns[] = { [ALONE] = cases[_i].scope == RG_PER_ALL ? 1 : cases[_i].scope == RG_PER_ARRAY ? 2 : 6,
                               [GROUPED] = 3, [DENSE] = 4, [SHARED] = 6 };
    ck_assert_uint_eq (b.size, rows * columns[cases[_i].slice]);
    ck_assert_uint_eq (b.rows, rows);
    int extents = 0;
    if (cases[_i].per_step)
        ck_assert_uint_eq ((extents++, rows), (rg_block_shape (&b, shape), shape[0]));
    if (cases[_i].scope != RG_PER_ALL)
        ck_assert_uint_eq (columns[cases[_i].slice], (rg_block_shape (&b, shape), shape[extents++]));
    ck_assert_int_eq (rg_block_shape (&b, shape), extents);
    /* Natural values of the free numbers are what was given; another step's slice and back is the same. */
    double naturals[2048], given[2048], slice[WEIGHTS];
    spread_values (2048, cases[_i].rate, 1000, given);
    rg_block_naturals (f.hyper, &b, naturals);
    ck_assert (relative_difference (naturals, given, b.size) < 1e-14);
    memcpy (slice, rg_block_values (&b, 3), b.slice * sizeof *slice);
    rg_block_values (&b, 0);
    ck_assert_mem_eq (slice, rg_block_values (&b, 3), b.slice * sizeof *slice);
    fixture_clear (&f);
}
END_TEST

START_TEST (reversible_stored_forward_and_differences_agree)
{
    fixture f;
    tied_init (&f, _i);
    const size_t size = rg_hyper_size (f.hyper);
    double *g = calloc (6 * size, sizeof *g), *exact = g, *stored = g + size, *forward = g + 2 * size;
    double *floating = g + 3 * size, *wide = g + 4 * size, *rough = g + 5 * size;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_msg (fixture_gradient (&f, "reverse", "reversible", exact, &report, &message) == RG_OK, "%s: %s",
                   cases[_i].label, message.text);
    ck_assert (report.certified);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", stored, &report, NULL), RG_OK);
    ck_assert_mem_eq (exact, stored, size * sizeof *g);
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", forward, &report, NULL), RG_OK);
    f.problem.run.arithmetic = RG_FLOATING;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", floating, &report, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", wide, &report, NULL), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "differences", "stored", rough, &report, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
#define AGREE(x, y, tolerance)                                                                             \
    ck_assert_msg (relative_difference (x + b.first, y + b.first, b.size) <= tolerance, "%s: %s: %s and %s: %g", \
                   cases[_i].label, b.name, #x, #y, relative_difference (x + b.first, y + b.first, b.size))
        AGREE (exact, forward, 1e-10);
        AGREE (exact, floating, 1e-7);
        AGREE (floating, wide, 1e-10);
        AGREE (floating, rough, 1e-6);
#undef AGREE
    }
    free (g);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_box_is_that_of_the_free_numbers_and_holds_what_is_used)
{
    const rg_array_spec array = { "w", 3, 0, 0 };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_tie *spline;
    rg_block b;
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 30, 0, 14), RG_OK);
    ck_assert_int_eq (rg_tie_spline (&spline, 30, 6, 3, NULL), RG_OK);
    spec.per_step = 1;
    spec.step_tie = spline;
    spec.init = .1;
    spec.minimum = .05;
    spec.maximum = .2;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    for (size_t k = 0; k < 6; k++)
        rg_hyper_values (hyper)[k] = log (.1) + 3 * (k % 2 == 0 ? 1 : -1);
    ck_assert_int_eq (rg_hyper_update (hyper, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_find (hyper, RG_RATE, &b), 1);
    for (size_t t = 0; t < 30; t++)
        ck_assert (rg_block_values (&b, t)[0] >= .05 * (1 - 1e-15) && rg_block_values (&b, t)[0] <= .2 * (1 + 1e-15));
    for (size_t k = 0; k < 6; k++)
        ck_assert_double_eq_tol (exp (rg_hyper_values (hyper)[k]), k % 2 == 0 ? .2 : .05, 1e-15);
    rg_tie_free (spline);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

static rg_status
add_tied (rg_block_spec spec, const rg_tie *steps, const rg_tie *slice, rg_message *message)
{
    const rg_array_spec arrays[] = { { "v1", 2, 0, 0 }, { "v2", 4, 1, 0 } };
    rg_layout *layout;
    rg_hyper *hyper;
    ck_assert_int_eq (rg_layout_new (&layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 10, 0, 14), RG_OK);
    spec.step_tie = steps;
    spec.slice_tie = slice;
    const rg_status status = rg_hyper_add (hyper, &spec, message);
    ck_assert_uint_eq (rg_hyper_blocks (hyper), status == RG_OK);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
    return status;
}

START_TEST (a_tie_that_does_not_fit_its_block_is_refused_by_name)
{
    rg_tie *spline, *dense = slice_tie (DENSE), *groups = slice_tie (GROUPED);
    rg_message m = { "" };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS), fixed = rate, budget = rate;
    ck_assert_int_eq (rg_tie_spline (&spline, 20, 5, 1, NULL), RG_OK);
    rate.init = .1;
    rate.scope = decay.scope = fixed.scope = budget.scope = RG_PER_WEIGHT;
    decay.init = .5;
    fixed.init = budget.init = .1;
    fixed.fixed = 1;
    budget.transform = RG_IDENTITY;
    budget.budget = 3;
    weights.count = 6;
#define REFUSED(call, status, sentence)              \
    ck_assert_int_eq (call, status);                 \
    ck_assert_str_eq (m.text, sentence)
    REFUSED (add_tied (rate, spline, NULL, &m), RG_EUNSUPPORTED, "rate: tie: a schedule needs a block per step");
    rate.per_step = 1;
    REFUSED (add_tied (rate, spline, NULL, &m), RG_ESHAPE, "rate: tie: a map onto 20 numbers for 10 steps");
    rate.per_step = 0;
    rate.scope = RG_PER_ARRAY;
    REFUSED (add_tied (rate, NULL, groups, &m), RG_ESHAPE, "rate: tie: a map onto 6 numbers for 2 numbers a step");
    rate.scope = RG_PER_WEIGHT;
    rate.minimum = .01;
    ck_assert_int_eq (add_tied (rate, NULL, groups, &m), RG_OK);
    REFUSED (add_tied (rate, NULL, dense, &m), RG_EUNSUPPORTED,
             "rate: tie: a constraint needs a convex matrix: no coefficient below 0, each row summing to 1");
    ck_assert_int_eq (add_tied (decay, NULL, dense, &m), RG_OK);
    decay.transform = RG_IDENTITY;
    REFUSED (add_tied (decay, NULL, dense, &m), RG_EUNSUPPORTED,
             "decay: tie: a matrix that is not convex does not keep a value at a number in [0, 1]: transform logit would");
    REFUSED (add_tied (weights, NULL, groups, &m), RG_EUNSUPPORTED,
             "weights: tie: the values of this block come from outside and cannot be tied");
    REFUSED (add_tied (fixed, NULL, groups, &m), RG_EUNSUPPORTED, "rate: tie: a constant has no free numbers");
    REFUSED (add_tied (budget, NULL, groups, &m), RG_EUNSUPPORTED, "rate: tie: a budget of tied numbers is not possible");
#undef REFUSED
    rg_tie_free (spline);
    rg_tie_free (dense);
    rg_tie_free (groups);
}
END_TEST

START_TEST (what_leaves_the_range_of_doubles_is_named)
{
    fixture f;
    rg_message m = { "" };
    tied_init (&f, 7);
    rg_block b;
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_RATE, &b), 1);
    for (size_t i = 0; i < b.size; i++)
        rg_hyper_values (f.hyper)[b.first + i] = 705;
    rg_hyper_values (f.hyper)[b.first] = 709;
    const rg_status status = rg_hyper_update (f.hyper, &m);
    ck_assert_int_eq (status, RG_ENONFINITE);
    ck_assert_msg (strncmp (m.text, "rate: used number ", 18) == 0, "%s", m.text);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_ties_may_fail)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_tie *spline = NULL, *groups = NULL, *matrix = NULL, *rows = NULL;
        rg_hyper *hyper = NULL, *copy = NULL;
        rg_layout *layout;
        const rg_array_spec array = { "w", 6, 0, 0 };
        rg_block_spec spec = rg_block_defaults (RG_DECAY);
        spec.scope = RG_PER_WEIGHT;
        spec.per_step = 1;
        spec.init = .5;
        ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
        ck_assert_int_eq (rg_hyper_new (&hyper, layout, 10, 0, 14), RG_OK);
        failing_begin (&memory);
        rg_status status = rg_tie_spline (&spline, 10, 4, 3, NULL);
        if (status == RG_OK)
            status = rg_tie_groups (&groups, 3, (size_t[]) { 0, 1, 1 }, NULL);
        if (status == RG_OK)
            status = rg_tie_new (&matrix, 2, 2, 2, (rg_tie_entry[]) { { 0, 0, 1 }, { 1, 1, 1 } }, NULL);
        if (status == RG_OK)
            status = rg_tie_of_rows (&rows, matrix, 3);
        spec.step_tie = spline;
        spec.slice_tie = rows;
        if (status == RG_OK)
            status = rg_hyper_add (hyper, &spec, NULL);
        if (status == RG_OK)
            status = rg_hyper_copy (&copy, hyper);
        failing_end (&memory, status);
        rg_tie_free (spline);
        rg_tie_free (groups);
        rg_tie_free (matrix);
        rg_tie_free (rows);
        rg_hyper_free (hyper);
        rg_hyper_free (copy);
        rg_layout_free (layout);
    }
    ck_assert_int_gt (memory.failures, 20);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("ties");
    TCase *tcase = tcase_create ("ties");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, a_spline_is_that_of_the_textbook_and_a_constant_is_a_constant, 0,
                         (int) (sizeof splines / sizeof *splines));
    tcase_add_test (tcase, a_matrix_multiplies_and_adds_what_is_given_twice);
    tcase_add_test (tcase, groups_share_and_rows_mix);
    tcase_add_test (tcase, a_map_that_cannot_be_is_refused);
    tcase_add_loop_test (tcase, a_tied_block_has_its_free_numbers_and_keeps_one_slice, 0, CASES);
    tcase_add_loop_test (tcase, reversible_stored_forward_and_differences_agree, 0, CASES);
    tcase_add_test (tcase, a_box_is_that_of_the_free_numbers_and_holds_what_is_used);
    tcase_add_test (tcase, a_tie_that_does_not_fit_its_block_is_refused_by_name);
    tcase_add_test (tcase, what_leaves_the_range_of_doubles_is_named);
    tcase_add_test (tcase, every_allocation_of_ties_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

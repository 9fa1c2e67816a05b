/* check_tied_network.c -- tied hyperparameters of a network: against PyTorch, and trajectories against each other. */
#include "testing.h"

#include "golden.h"
#include "how.h"
#include "network.h"

/* ---- The problems of golden/ties.py ---------------------------------------- */

enum { STEPS = 40, HALF = WEIGHTS / 2 };

/* Free numbers center (1 + .3 sin (a i + b)), as natural values. */
static void
add_tied (fixture *f, rg_block_spec spec, size_t count, double center, double a, double b, rg_tie *steps, rg_tie *slice)
{
    rg_message message = { "" };
    double *values = calloc (count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = center * (1 + .3 * sin (a * (double) i + b));
    spec.values = values;
    spec.per_step = steps != NULL;
    spec.step_tie = steps;
    spec.slice_tie = slice;
    ck_assert_msg (rg_hyper_add (f->hyper, &spec, &message) == RG_OK, "%s", message.text);
    const rg_block block = rg_hyper_block (f->hyper, rg_hyper_blocks (f->hyper) - 1);
    ck_assert_uint_eq (block.size, count);
    rg_tie_free (steps);
    rg_tie_free (slice);
    free (values);
}

static rg_block_spec
block_of (rg_role role, rg_scope scope)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.scope = scope;
    return spec;
}

static rg_tie *
spline (size_t knots, int degree)
{
    rg_tie *tie;
    ck_assert_int_eq (rg_tie_spline (&tie, STEPS, knots, degree, NULL), RG_OK);
    return tie;
}

static void
add_weights (fixture *f)
{
    double values[WEIGHTS];
    rg_block_spec weights = rg_block_defaults (RG_WEIGHTS);
    for (size_t i = 0; i < WEIGHTS; i++)
        values[i] = .5 * sin (2.1 * (double) i + .4);
    weights.values = values;
    weights.count = WEIGHTS;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &weights, NULL), RG_OK);
}

/* Rate: a cubic for each array; decay: pieces for all weights; L2: weights in groups. */
static void
add_schedules_of_ties (fixture *f, const scenario *s)
{
    size_t group[WEIGHTS];
    rg_tie *groups;
    for (size_t i = 0; i < WEIGHTS; i++)
        group[i] = i * i / 3 % 6;
    ck_assert_int_eq (rg_tie_groups (&groups, WEIGHTS, group, NULL), RG_OK);
    add_tied (f, block_of (RG_RATE, RG_PER_ARRAY), 7 * ARRAYS, s->rate, .5, 0, spline (7, 3), NULL);
    add_tied (f, block_of (RG_DECAY, RG_PER_ALL), 5, s->decay, .9, .4, spline (5, 0), NULL);
    add_tied (f, block_of (RG_L2, RG_PER_WEIGHT), 6, .01, 1.1, .2, NULL, groups);
    add_weights (f);
}

/* Rate and decay: two halves of the weights share; decay by straight lines over the steps, too; L2: a matrix. */
static void
add_sharing (fixture *f, const scenario *s)
{
    static const rg_tie_entry shares[] = { { 0, 0, .75 }, { 0, 1, .25 }, { 1, 0, .125 }, { 1, 1, .875 } };
    rg_tie_entry entries[2 * ARRAYS];
    rg_tie *convex, *rate, *decay, *matrix;
    for (size_t a = 0; a < ARRAYS; a++) {
        entries[2 * a] = (rg_tie_entry) { a, 0, pow (cos (.3 * (double) a), 2) };
        entries[2 * a + 1] = (rg_tie_entry) { a, 1, sin (.7 * (double) a) };
    }
    ck_assert_int_eq (rg_tie_new (&convex, 2, 2, 4, shares, NULL), RG_OK);
    ck_assert_int_eq (rg_tie_of_rows (&rate, convex, HALF), RG_OK);
    ck_assert_int_eq (rg_tie_copy (&decay, rate), RG_OK);
    ck_assert_int_eq (rg_tie_new (&matrix, ARRAYS, 2, 2 * ARRAYS, entries, NULL), RG_OK);
    rg_tie_free (convex);
    add_tied (f, block_of (RG_RATE, RG_PER_WEIGHT), WEIGHTS, s->rate, .5, 0, NULL, rate);
    add_tied (f, block_of (RG_DECAY, RG_PER_WEIGHT), 4 * WEIGHTS, s->decay, .9, .4, spline (4, 1), decay);
    add_tied (f, block_of (RG_L2, RG_PER_ARRAY), 2, .01, 1.1, .2, NULL, matrix);
    add_weights (f);
}

static void (*const adds[]) (fixture *f, const scenario *s) = { add_schedules_of_ties, add_sharing };

/* Printed by golden/ties.py. */
static const struct {
    const char *label;
    double outer;
    size_t wrong;
    size_t size[4];
    golden_block block[4];
} golden[] = {
    /* PyTorch 2.15.0, double precision */
    { "schedules", 1.974510227687, 23,
      { 42, 5, 6, 134 },
      {
        { "rate", 0.2892151553946, { 0.1088823820199, -0.0001390509916349, -0.0002593084264862 } },
        { "decay", 0.0863208060052, { -0.06815326636968, -0.01401435262656, 0.009834947454596 } },
        { "l2", 0.08878341556391, { -0.02923973106168, -0.08133077846325, 0.002956072035741 } },
        { "weights", 1.422625887472, { -0.07464860188235, -0.1126776829893, 0.08190327871787 } },
      } },
    { "sharing", 1.601129207691, 26,
      { 134, 536, 2, 134 },
      {
        { "rate", 0.08709993024342, { 0.0002305546145274, -0.003226612399178, 0.000198995973778 } },
        { "decay", 0.01317757628012, { -0.001341292527206, -5.454023883488e-05, 2.38675510286e-05 } },
        { "l2", 0.07963089657622, { -0.03185224356924, -0.07298297246028, -0.07298297246028 } },
        { "weights", 0.7223035492046, { -0.01960599320978, -0.038531964008, 0.0001440658811197 } },
      } },
};
enum { CASES = sizeof golden / sizeof *golden };

static const scenario problem = { "tied", DAMPED, STEPS, .3, .6, 0, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 8, 0, 0, 0, 0 };

/* A hypergradient [rg_hyper_size], to be freed. */
static double *
hypergradient (const fixture *f, rg_arithmetic arithmetic, const char *estimator, const char *trajectory, rg_report *report)
{
    rg_problem p = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory));
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    p.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&p, rg_registry_estimator (estimator), &options, 0, gradient, report, &message) == RG_OK,
                   "%s", message.text);
    return gradient;
}

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init_with (&f, &problem, RG_DOUBLE, adds[_i]);
    double *gradient = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    meets (golden[_i].label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    for (size_t k = 0; k < 4; k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        ck_assert_uint_eq (b.size, golden[_i].size[k]);
        block_meets (golden[_i].label, &b, gradient, &golden[_i].block[k], 0);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

START_TEST (reversible_is_stored_bit_for_bit_and_close_to_forward)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init_with (&f, &problem, RG_DOUBLE, adds[_i]);
    double *reversible = hypergradient (&f, RG_EXACT, "reverse", "reversible", &report);
    ck_assert (report.certified);
    double *stored = hypergradient (&f, RG_EXACT, "reverse", "stored", &report);
    double *forward = hypergradient (&f, RG_EXACT, "forward", "stored", &report);
    double *floating = hypergradient (&f, RG_FLOATING, "reverse", "stored", &report);
    ck_assert_mem_eq (reversible, stored, rg_hyper_size (f.hyper) * sizeof *stored);
    blocks_agree (golden[_i].label, "exact against forward", &f, reversible, forward, 1e-9);
    blocks_agree (golden[_i].label, "exact against floating", &f, reversible, floating, 1e-9);
    free (reversible);
    free (stored);
    free (forward);
    free (floating);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("tied network");
    TCase *tcase = tcase_create ("ties");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, floating_arithmetic_meets_the_golden_numbers, 0, CASES);
    tcase_add_loop_test (tcase, reversible_is_stored_bit_for_bit_and_close_to_forward, 0, CASES);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

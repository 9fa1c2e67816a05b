/* check_schedules.c -- families of schedules: values by hand, slopes, blocks of their numbers, hypergradients. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"
#include "small_set.h"

/* The formulas on paper; those of cosine, step, exponential and one-cycle are PyTorch's schedulers, whose numbers these are. */
static const struct {
    const char *name;
    double numbers[RG_SCHEDULE_NUMBERS];
    size_t steps;
    double expected[8];
} by_hand[] = {
    { "cosine", { .2, 0, .1 }, 4, { .2, .1853553390593274, .15, .1146446609406726 } },     /* CosineAnnealingLR, T_max 4 */
    { "cosine", { .4, 3, 0 }, 7, { .1, .2, .3, .4, .3414213562373095, .2, .0585786437626905 } },
    { "cosine", { .4, 9, 0 }, 4, { .04, .08, .12, .16 } },                                 /* a warm-up beyond the end */
    { "step", { .8, .5, 2 }, 5, { .8, .8, .4, .4, .2 } },                                  /* StepLR */
    { "step", { .8, .5, 2.5 }, 6, { .8, .8, .8, .4, .4, .2 } },
    { "exponential", { .8, .5 }, 4, { .8, .4, .2, .1 } },                                  /* ExponentialLR */
    { "one-cycle", { .1, .5, 2, .3 }, 5, { .1, .3, .5, .4, .3 } },                         /* OneCycleLR, pct_start 3/5 */
    { "one-cycle", { .1, .5, 0, .3 }, 3, { .5, .4, .3 } },
    { "one-cycle", { .1, .5, 2, .3 }, 3, { .1, .3, .5 } },
};

START_TEST (a_family_is_its_formula)
{
    const rg_schedule *family = rg_schedule_find (by_hand[_i].name);
    ck_assert_ptr_nonnull (family);
    for (size_t t = 0; t < by_hand[_i].steps; t++)
        ck_assert_double_eq_tol (rg_schedule_value (family, by_hand[_i].numbers, t, by_hand[_i].steps, NULL),
                                 by_hand[_i].expected[t], 1e-15);
}
END_TEST

START_TEST (families_have_names_and_numbers)
{
    size_t count = 0;
    for (const rg_schedule *family; (family = rg_schedule_at (count)) != NULL; count++) {
        ck_assert_ptr_eq (rg_schedule_find (rg_schedule_name (family)), family);
        ck_assert_int_gt ((int) strlen (rg_schedule_summary (family)), 0);
        ck_assert_uint_le (rg_schedule_numbers (family), RG_SCHEDULE_NUMBERS);
        ck_assert_ptr_nonnull (rg_schedule_number (family, rg_schedule_numbers (family) - 1));
        ck_assert_ptr_null (rg_schedule_number (family, rg_schedule_numbers (family)));
    }
    ck_assert_uint_eq (count, 4);
    ck_assert_ptr_null (rg_schedule_find ("cosinus"));
    ck_assert_ptr_null (rg_schedule_find (NULL));
}
END_TEST

/* Slopes against central differences, for numbers that are whole nowhere. */
START_TEST (slopes_are_derivatives)
{
    static const double numbers[][RG_SCHEDULE_NUMBERS] = { { .31, 5.37, .07 }, { .31, .83, 2.6 }, { .31, .93 }, { .05, .31, 5.37, .07 } };
    const rg_schedule *family = rg_schedule_at ((size_t) _i);
    const size_t steps = 13;
    for (size_t t = 0; t < steps; t++) {
        double slopes[RG_SCHEDULE_NUMBERS], unused[RG_SCHEDULE_NUMBERS];
        rg_schedule_value (family, numbers[_i], t, steps, slopes);
        for (size_t k = 0; k < rg_schedule_numbers (family); k++) {
            double moved[RG_SCHEDULE_NUMBERS], sides[2];
            for (int side = 0; side < 2; side++) {
                memcpy (moved, numbers[_i], sizeof moved);
                moved[k] += side == 0 ? -1e-6 : 1e-6;
                sides[side] = rg_schedule_value (family, moved, t, steps, unused);
            }
            ck_assert_msg (fabs ((sides[1] - sides[0]) / 2e-6 - slopes[k]) <= 1e-8, "%s: step %zu, %s: %g, differences %g",
                           rg_schedule_name (family), t, rg_schedule_number (family, k), slopes[k], (sides[1] - sides[0]) / 2e-6);
        }
    }
}
END_TEST

/* --- blocks --- */

static rg_block_spec
spec_of (rg_role role, const char *family, const double *numbers, unsigned constants)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.per_step = 1;
    spec.schedule = rg_schedule_find (family);
    spec.schedule_numbers = numbers;
    spec.schedule_constants = constants;
    return spec;
}

/* The free numbers are logarithms; those of a layer act on it alone; a constant stays. */
START_TEST (a_block_uses_its_family)
{
    const double numbers[] = { .4, 2, .125 };
    fixture f;
    rg_block rate;
    double naturals[2 * NET_LAYERS];
    size_t shape[2];
    fixture_init (&f, 14);
    rg_block_spec spec = spec_of (RG_RATE, "cosine", numbers, 1u << 2);
    spec.scope = RG_PER_LAYER;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert (rg_hyper_find (f.hyper, RG_RATE, &rate));
    ck_assert_int_eq (rg_block_shape (&rate, shape), 2);
    ck_assert_uint_eq (shape[0], 2);
    ck_assert_uint_eq (shape[1], NET_LAYERS);
    double *values = rg_hyper_values (f.hyper);
    values[1] = log (.8);                  /* peak of layer 1 */
    values[NET_LAYERS + 2] = log (1e-12);  /* warm-up of layer 2 */
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    rg_block_naturals (f.hyper, &rate, naturals);
    const double expected[] = { .4, .8, .4, 2, 2, 1e-12 };
    for (size_t i = 0; i < 2 * NET_LAYERS; i++)
        ck_assert_double_eq_tol (naturals[i], expected[i], 1e-15);
    for (size_t t = 0; t < STEPS; t++)
        for (size_t l = 0; l < NET_LAYERS; l++) {
            const double own[] = { expected[l], expected[NET_LAYERS + l], .125 };
            ck_assert_double_eq_tol (rg_block_values (&rate, t)[l], rg_schedule_value (spec.schedule, own, t, STEPS, NULL), 1e-14);
        }
    fixture_clear (&f);
}
END_TEST

/* Decays are rounded at each step; without rounding what was applied stays, and is followed from there. */
START_TEST (a_scheduled_decay_is_rounded)
{
    const double numbers[] = { .9, .4, 1.3, .7 };
    fixture f;
    rg_block decay;
    fixture_init (&f, 6);
    rg_block_spec spec = spec_of (RG_DECAY, "one-cycle", numbers, 0);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert (rg_hyper_find (f.hyper, RG_DECAY, &decay));
    double applied[STEPS];
    for (size_t t = 0; t < STEPS; t++) {
        applied[t] = rg_block_values (&decay, t)[0];
        ck_assert_double_eq (applied[t], nearbyint (64 * rg_schedule_value (spec.schedule, numbers, t, STEPS, NULL)) / 64);
    }
    rg_hyper_set_rounding (f.hyper, 0);
    for (size_t t = 0; t < STEPS; t++)
        ck_assert_double_eq (rg_block_values (&decay, t)[0], applied[t]);
    const double end = .7 + 1e-3;
    rg_hyper_values (f.hyper)[3] = log (end / (1 - end));
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (rg_block_values (&decay, STEPS - 1)[0], applied[STEPS - 1] + 1e-3, 1e-14);
    fixture_clear (&f);
}
END_TEST

static const struct {
    const char *label, *family;
    double numbers[RG_SCHEDULE_NUMBERS];
    unsigned constants;
    rg_role role;
    rg_status status;
    const char *sentence;
} refused[] = {
    { "an end of 0 by log", "cosine", { .1, 1, 0 }, 0, RG_RATE, RG_ERANGE, "rate: end: transform log needs a value in (0, inf), got 0" },
    { "a warm-up of 0", "cosine", { .1, 0, .1 }, 0, RG_RATE, RG_ERANGE, "cosine: warmup: expected a number > 0 where it is tuned, got 0" },
    { "a negative warm-up", "cosine", { .1, -1, .1 }, 2, RG_RATE, RG_ERANGE, "cosine: warmup: expected a number >= 0, got -1" },
    { "a factor of 0", "exponential", { .1, 0 }, 0, RG_RATE, RG_ERANGE, "exponential: factor: expected a number > 0, got 0" },
    { "no derivative", "step", { .1, .5, 2 }, 0, RG_RATE, RG_EUNSUPPORTED, "step: every has no derivative and cannot be tuned" },
    { "nothing tuned", "step", { .1, .5, 2 }, ~0u, RG_RATE, RG_EUNSUPPORTED, "step: no number is to be tuned" },
    { "no numbers", "step", { -1 }, 4, RG_RATE, RG_ESHAPE, "schedule: its numbers are missing" },
    { "a penalty", "cosine", { .1, 1, .1 }, 0, RG_L2, RG_EUNSUPPORTED, "l2: per step is possible for coefficients of the dynamics only" },
    { "beyond the range", "exponential", { .5, 1.5 }, 0, RG_DECAY, RG_ERANGE, "decay: used number 0 of step 2: expected a number in [0, 1], got 1.125" },
    { "a constant beyond the range", "cosine", { .5, 1, 2 }, 4, RG_DECAY, RG_ERANGE, "expected a number in [0, 1]" },
    { "not finite", "exponential", { .5, 1e300 }, 0, RG_RATE, RG_ENONFINITE, "rate: used number 0 of step 2 is not finite" },
};

START_TEST (what_is_no_schedule_is_refused)
{
    fixture f;
    rg_message message = { "" };
    fixture_init (&f, 0);
    const rg_block_spec spec = spec_of (refused[_i].role, refused[_i].family,
                                        refused[_i].status == RG_ESHAPE ? NULL : refused[_i].numbers, refused[_i].constants);
    const rg_status status = rg_hyper_add (f.hyper, &spec, &message);
    ck_assert_msg (status == refused[_i].status && strstr (message.text, refused[_i].sentence) != NULL, "%s: %d, %s", refused[_i].label,
                   status, message.text);
    ck_assert_uint_eq (rg_hyper_blocks (f.hyper), 0);
    fixture_clear (&f);
}
END_TEST

/* A box, a tie, a budget, a constant, a block that is not per step. */
START_TEST (what_goes_with_no_schedule_is_refused)
{
    static const char *const sentences[] = { "schedule: a box of its numbers is not possible", "tie: the numbers of a schedule are not tied",
                                             "schedule: a budget of tied numbers is not possible", "schedule: a constant has no free numbers",
                                             "schedule: a schedule needs a block per step" };
    const double numbers[] = { .1, 1, .05 };
    fixture f;
    rg_tie *tie;
    rg_message message = { "" };
    fixture_init (&f, 0);
    ck_assert_int_eq (rg_tie_spline (&tie, STEPS, 2, 1, NULL), RG_OK);
    for (int i = 0; i < 5; i++) {
        rg_block_spec spec = spec_of (RG_RATE, "cosine", numbers, 0);
        spec.maximum = i == 0 ? 1 : INFINITY;
        spec.step_tie = i == 1 ? tie : NULL;
        spec.budget = i == 2 ? 1 : INFINITY;
        spec.fixed = i == 3;
        spec.per_step = i != 4;
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, &message), RG_EUNSUPPORTED);
        ck_assert_msg (strstr (message.text, sentences[i]) != NULL, "%s", message.text);
    }
    rg_tie_free (tie);
    fixture_clear (&f);
}
END_TEST

START_TEST (memory_may_end_anywhere)
{
    const double numbers[] = { .1, 1, .05 };
    for (failing_memory memory = failing_first (); memory.failed;) {
        fixture f;
        rg_hyper *copy = NULL;
        fixture_init (&f, 14);
        const rg_block_spec spec = spec_of (RG_DECAY, "cosine", numbers, 0);
        failing_begin (&memory);
        rg_status status = rg_hyper_add (f.hyper, &spec, NULL);
        if (status == RG_OK)
            status = rg_hyper_copy (&copy, f.hyper);
        failing_end (&memory, status);
        ck_assert_int_eq (copy == NULL, memory.failed);
        if (copy != NULL) {
            rg_block one = rg_hyper_block (f.hyper, 0), other = rg_hyper_block (copy, 0);
            for (size_t t = 0; t < STEPS; t++)
                ck_assert_double_eq (rg_block_values (&one, t)[0], rg_block_values (&other, t)[0]);
        }
        rg_hyper_free (copy);
        fixture_clear (&f);
    }
}
END_TEST

/* --- hypergradients --- */

static const struct {
    const char *label, *inner, *blocks;
} problems[] = {
    { "cosine", "dynamics: momentum, decay: 0.9", "{name: rate, schedule: {cosine: {peak: 0.3, warmup: 2.4, end: 0.01}}}" },
    { "cosine by softplus", "dynamics: momentum, decay: 0.9",
      "{name: rate, transform: softplus, schedule: {cosine: {peak: 0.3, warmup: 2.4, end: 0.01}}}" },
    { "some numbers", "dynamics: momentum, decay: 0.9", "{name: rate, tune: [warmup, peak], schedule: {cosine: {peak: 0.3, warmup: 2.4}}}" },
    { "one number", "dynamics: gradient-descent", "{name: rate, tune: warmup, schedule: {cosine: {peak: 0.3, warmup: 2.4}}}" },
    { "one-cycle, both", "dynamics: momentum-damped",
      "{name: rate, schedule: {one-cycle: {start: 0.1, peak: 0.4, warmup: 3.3, end: 0.02}}}\n"
      "  - {name: decay, schedule: {one-cycle: {start: 0.95, peak: 0.8, warmup: 3.3, end: 0.9}}}" },
    { "a layer each", "dynamics: momentum, decay: 0.9", "{name: rate, per: layer, schedule: {exponential: {start: 0.3, factor: 0.9}}}" },
    { "a weight each", "dynamics: momentum, decay: 0.9",
      "{name: rate, per: step*weight, schedule: {exponential: {start: 0.3, factor: 0.9}}}" },
    { "stairs", "dynamics: nesterov, decay: 0.9",
      "{name: rate, per: array, tune: [start, factor], schedule: {step: {start: 0.3, factor: 0.7, every: 3}}}" },
    { "AdamW", "dynamics: adamw, beta1: {cosine: {peak: 0.9, end: 0.8}}, epsilon: 1.0e-3",
      "{name: rate, schedule: {cosine: {peak: 0.03, warmup: 2.4, end: 0.001}}}\n"
      "  - {name: beta2, tune: [peak, end], schedule: {cosine: {peak: 0.99, end: 0.9}}}\n"
      "  - {name: weight_decay, schedule: {exponential: {start: 0.1, factor: 0.9}}}" },
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

static double *
hypergradient_of (const rg_setup *setup, const char *estimator, const char *trajectory, rg_arithmetic arithmetic)
{
    rg_problem problem = setup->problem;
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory));
    double *g = calloc (rg_hyper_size (problem.hyper), sizeof *g);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 0, g, &report, &message) == RG_OK, "%s: %s",
                   estimator, message.text);
    return g;
}

static void
agree (const char *label, const char *what, size_t count, const double *a, double *b, double tolerance)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax (largest, fabs (a[i]));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg (a[i] != 0 && fabs (a[i] - b[i]) <= tolerance * largest, "%s: %s: number %zu: %.12g, reverse %.12g", label, what, i,
                       b[i], a[i]);
    free (b);
}

START_TEST (reverse_is_forward_is_differences)
{
    char directory[] = "/tmp/retrograde-XXXXXX", data[64], path[64];
    rg_config *config;
    rg_message message = { "" };
    ck_assert_ptr_nonnull (mkdtemp (directory));
    snprintf (data, sizeof data, "%s/d.csv", directory);
    snprintf (path, sizeof path, "%s/c.yaml", directory);
    FILE *file = fopen (data, "w");
    for (int i = 0; i < 12; i++)
        fprintf (file, "%g,%g,%g,%d\n", .1 * i, .3 - .05 * i * i, 1. / (i + 1), i % 3);
    ck_assert_int_eq (fclose (file), 0);
    file = fopen (path, "w");
    fprintf (file, "seed: 4\ndata: {kind: csv, train: {inputs: d.csv, count: 8}, valid: {inputs: d.csv, first: 8}, batch: 4}\n"
                   "model: {layers: [3, 4, 3], scale: 0.5}\ninner: {steps: 11, %s}\nhyper:\n  - %s\n", problems[_i].inner,
             problems[_i].blocks);
    ck_assert_int_eq (fclose (file), 0);
    ck_assert_msg (rg_config_load (&config, path, 0, NULL, NULL, &message) == RG_OK, "%s", message.text);
    const rg_setup *setup = rg_config_setup (config);
    const char *label = problems[_i].label;
    const size_t count = rg_hyper_size (setup->problem.hyper);
    double *g = hypergradient_of (setup, "reverse", "stored", RG_EXACT);
    agree (label, "forward", count, g, hypergradient_of (setup, "forward", "stored", RG_EXACT), 1e-9);
    agree (label, "differences", count, g, hypergradient_of (setup, "differences", "stored", RG_EXACT), 1e-6);
    double *other = hypergradient_of (setup, "reverse", "checkpointed", RG_EXACT);
    ck_assert_msg (memcmp (g, other, count * sizeof *g) == 0, "%s: checkpointed", label);
    free (other);
    double *floating = hypergradient_of (setup, "reverse", "stored", RG_FLOATING);
    agree (label, "floating forward", count, floating, hypergradient_of (setup, "forward", "stored", RG_FLOATING), 1e-9);
    free (floating);
    if (strstr (problems[_i].inner, "nesterov") == NULL && strstr (problems[_i].inner, "descent") == NULL) {
        other = hypergradient_of (setup, "reverse", "reversible", RG_EXACT);
        ck_assert_msg (memcmp (g, other, count * sizeof *g) == 0, "%s: reversible", label);
        free (other);
    }
    free (g);
    rg_config_free (config);
    unlink (data);
    unlink (path);
    ck_assert_int_eq (rmdir (directory), 0);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("schedules");
    TCase *tcase = tcase_create ("families");
    tcase_add_loop_test (tcase, a_family_is_its_formula, 0, (int) (sizeof by_hand / sizeof *by_hand));
    tcase_add_test (tcase, families_have_names_and_numbers);
    tcase_add_loop_test (tcase, slopes_are_derivatives, 0, 4);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("blocks");
    tcase_add_test (tcase, a_block_uses_its_family);
    tcase_add_test (tcase, a_scheduled_decay_is_rounded);
    tcase_add_loop_test (tcase, what_is_no_schedule_is_refused, 0, (int) (sizeof refused / sizeof *refused));
    tcase_add_test (tcase, what_goes_with_no_schedule_is_refused);
    tcase_add_test (tcase, memory_may_end_anywhere);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("hypergradients");
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, reverse_is_forward_is_differences, 0, PROBLEMS);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/* check_perturbation.c -- simultaneous perturbation against reverse: one sample along its signs, and the mean of many. */
#include "testing.h"

#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"
#include "quadratic.h"

enum { STEPS = 20, NUMBERS = 64, SAMPLES = 4096 };

static rg_status
ask (const fixture *f, const char *settings, uint64_t iteration, double *gradient, rg_message *message)
{
    const rg_estimator_options options = HOW (.settings = settings);
    return rg_hypergradient (&f->problem, rg_registry_estimator ("perturbation"), &options, iteration, gradient, NULL, message);
}

/* How far a number is moved, over the relative step. */
static double
reach (const fixture *f, size_t i)
{
    return fmax (1, fabs (rg_hyper_values (f->hyper)[i]));
}

static size_t
init (fixture *f, double *exact)
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    fixture_init (f, "momentum-damped", STEPS, .1, .5, 0, 14);
    f->problem.run.arithmetic = RG_FLOATING;
    f->problem.initial.seed = test_seed ();
    ck_assert_uint_le (rg_hyper_size (f->hyper), NUMBERS);
    ck_assert_int_eq (rg_hypergradient (&f->problem, rg_registry_estimator ("reverse"), &options, 0, exact, NULL, NULL), RG_OK);
    return rg_hyper_size (f->hyper);
}

/* Along the signs d it is the slope: g_i h_i = d_i <grad E, h d>, whichever of d and -d was drawn. */
START_TEST (a_sample_is_the_slope_along_its_signs)
{
    fixture f;
    double exact[NUMBERS], gradient[NUMBERS], again[NUMBERS], slope = 0;
    const size_t size = init (&f, exact);
    ck_assert_int_eq (ask (&f, NULL, 3, gradient, NULL), RG_OK);
    for (size_t i = 0; i < size; i++)
        slope += exact[i] * copysign (reach (&f, i), gradient[i]);
    for (size_t i = 0; i < size; i++)
        ck_assert_double_eq_tol (fabs (gradient[i]) * reach (&f, i), slope, 1e-6 * slope);
    ck_assert_int_eq (ask (&f, NULL, 3, again, NULL), RG_OK);
    ck_assert_mem_eq (gradient, again, size * sizeof *gradient);
    ck_assert_int_eq (ask (&f, NULL, 4, again, NULL), RG_OK);
    ck_assert (memcmp (gradient, again, size * sizeof *gradient) != 0);
    fixture_clear (&f);
}
END_TEST

START_TEST (the_mean_of_samples_is_the_gradient)
{
    fixture f;
    double exact[NUMBERS], gradient[NUMBERS], squares = 0;
    char settings[64];
    const size_t size = init (&f, exact);
    snprintf (settings, sizeof settings, "samples: %d, perturbation: 1e-4", SAMPLES);
    ck_assert_int_eq (ask (&f, settings, 0, gradient, NULL), RG_OK);
    for (size_t i = 0; i < size; i++)
        squares += exact[i] * reach (&f, i) * exact[i] * reach (&f, i);
    for (size_t i = 0; i < size; i++) /* its deviation is at most the root of squares / samples */
        ck_assert_double_eq_tol (gradient[i] * reach (&f, i), exact[i] * reach (&f, i), 5 * sqrt (squares / SAMPLES));
    fixture_clear (&f);
}
END_TEST

START_TEST (bad_settings_are_refused)
{
    fixture f;
    double gradient[NUMBERS];
    rg_message message = { "" };
    init (&f, gradient);
    ck_assert_int_eq (ask (&f, "samples: 0", 0, gradient, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "samples: expected a whole number from 1 to") != NULL, "%s", message.text);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    fixture f;
    double gradient[NUMBERS];
    init (&f, gradient);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, ask (&f, NULL, 0, gradient, NULL));
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("perturbation");
    TCase *c = tcase_create ("samples");
    tcase_add_test (c, a_sample_is_the_slope_along_its_signs);
    tcase_add_test (c, the_mean_of_samples_is_the_gradient);
    tcase_add_test (c, bad_settings_are_refused);
    tcase_add_test (c, every_allocation_may_fail);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

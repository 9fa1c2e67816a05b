/* testing.h -- what the suites share: seeds, scales, and the run of a suite. */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <check.h>

/* The seed of random inputs: SEED of the environment, or a fixed one. */
static inline uint64_t
test_seed (void)
{
    static uint64_t seed = 20261123u;
    static int known = 0;
    const char *text = known ? NULL : getenv ("SEED");
    if (text != NULL)
        seed = strtoull (text, NULL, 10);
    known = 1;
    return seed;
}

/* How many cases of a random test: scaled by RG_TEST_SCALE of the environment. */
static inline int
test_scale (int cases)
{
    const char *text = getenv ("RG_TEST_SCALE");
    const double scaled = text == NULL ? cases : cases * strtod (text, NULL);
    return scaled < 1 ? 1 : (int) scaled;
}

/* The largest |x_i - y_i|, relative to the largest |y_i|. */
static inline double
relative_difference (const double *x, const double *y, size_t count)
{
    double largest = 0, difference = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax (largest, fabs (y[i]));
        if (!(fabs (x[i] - y[i]) <= difference))
            difference = fabs (x[i] - y[i]);
    }
    return largest == 0 ? difference : difference / largest;
}

/* Run a suite as its program's main does. */
static inline int
run_suite (Suite *suite)
{
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    const int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif /* TESTS_TESTING_H */

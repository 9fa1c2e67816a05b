/* check_random.c -- Philox gives the published numbers, and streams look independent and uniform. */
#include "testing.h"

#include <string.h>

#include "base/random.h"

/* Random123's kat_vectors, philox4x32 10. */
static const struct {
    const char *label;
    uint32_t counter[4], key[2], expect[4];
} known[] = {
    { "zeros", { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { "ones", { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { "digits of pi", { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

START_TEST (philox_gives_the_published_numbers)
{
    uint32_t out[4];
    rg_philox (known[_i].counter, known[_i].key, out);
    ck_assert_msg (memcmp (out, known[_i].expect, sizeof out) == 0, "%s", known[_i].label);
}
END_TEST

static rg_random
stream (void)
{
    return (rg_random) { test_seed (), RG_STREAM_TEST, 3, 5 };
}

static void
check_near (const char *what, double got, double expect, double tolerance)
{
    ck_assert_msg (fabs (got - expect) <= tolerance, "%s: got %.9g, expected %.9g; again with SEED=%llu make check", what,
                   got, expect, (unsigned long long) stream ().seed);
}

enum { DRAWS = 200000 };

START_TEST (uniform_numbers_have_the_moments_of_the_unit_interval)
{
    const rg_random random = stream ();
    double moments[4] = { 0 }, cells[64] = { 0 }, chi = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const double x = rg_random_uniform (&random, i);
        ck_assert (x > 0 && x < 1);
        for (int p = 0; p < 4; p++)
            moments[p] += pow (x, p + 1) / DRAWS;
        cells[(int) (x * 64)]++;
    }
    for (int p = 0; p < 4; p++)
        check_near ("moment", moments[p], 1. / (p + 2), 6 * .3 / sqrt (DRAWS));
    for (int c = 0; c < 64; c++)
        chi += pow (cells[c] - DRAWS / 64., 2) / (DRAWS / 64.);
    check_near ("chi square of 63 degrees", chi, 63, 6 * sqrt (2 * 63.));
}
END_TEST

START_TEST (normal_numbers_have_the_moments_of_the_normal_law)
{
    static const double expect[] = { 0, 1, 0, 3 }, deviation[] = { 1, 1.4143, 3.873, 9.798 };
    const rg_random random = stream ();
    double moments[4] = { 0 };
    for (uint64_t i = 0; i < DRAWS; i++)
        for (int p = 0; p < 4; p++)
            moments[p] += pow (rg_random_normal (&random, i), p + 1) / DRAWS;
    for (int p = 0; p < 4; p++)
        check_near ("moment", moments[p], expect[p], 6 * deviation[p] / sqrt (DRAWS));
}
END_TEST

static const uint32_t bounds[] = { 1, 2, 3, 7, 10, 1000, 65537, 0x80000001u, 0xffffffffu };

START_TEST (below_stays_below_and_fills_its_range)
{
    const rg_random random = stream ();
    const uint32_t bound = bounds[_i];
    double mean = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        const uint32_t x = rg_random_below (&random, i, bound);
        ck_assert_msg (x < bound, "%u is not below %u", x, bound);
        mean += x / 20000.;
    }
    check_near ("mean", mean, (bound - 1.) / 2, 6 * .3 * bound / sqrt (20000) * (bound > 1));
}
END_TEST

/* A stream differs from the one that differs in any one member, and is not correlated with it. */
START_TEST (streams_are_independent)
{
    const rg_random base = stream ();
    rg_random others[6] = { base, base, base, base, base, base };
    others[0].seed ^= 1;
    others[1].seed ^= (uint64_t) 1 << 32;
    others[2].stream = RG_STREAM_BATCH;
    others[3].iteration++;
    others[4].step++;
    others[5].iteration = base.step, others[5].step = base.iteration;
    for (int which = 0; which < 6; which++) {
        double correlation = 0;
        for (uint64_t i = 0; i < 50000; i++)
            correlation += (rg_random_uniform (&base, i) - .5) * (rg_random_uniform (&others[which], i) - .5) * 12 / 50000;
        check_near ("correlation", correlation, 0, 6 / sqrt (50000));
    }
}
END_TEST

START_TEST (numbers_do_not_repeat_along_a_stream)
{
    const rg_random random = stream ();
    double correlation = 0;
    for (uint64_t i = 0; i < 50000; i++) {
        ck_assert (rg_random_uniform (&random, i) == rg_random_uniform (&random, i));
        correlation += (rg_random_uniform (&random, i) - .5) * (rg_random_uniform (&random, i + 1) - .5) * 12 / 50000;
    }
    check_near ("correlation of neighbours", correlation, 0, 6 / sqrt (50000));
    ck_assert (rg_random_uniform (&random, 7) != rg_random_uniform (&random, 7 + ((uint64_t) 1 << 33)));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("random");
    TCase *cases = tcase_create ("philox");
    tcase_add_loop_test (cases, philox_gives_the_published_numbers, 0, (int) (sizeof known / sizeof *known));
    tcase_add_test (cases, uniform_numbers_have_the_moments_of_the_unit_interval);
    tcase_add_test (cases, normal_numbers_have_the_moments_of_the_normal_law);
    tcase_add_loop_test (cases, below_stays_below_and_fills_its_range, 0, (int) (sizeof bounds / sizeof *bounds));
    tcase_add_test (cases, streams_are_independent);
    tcase_add_test (cases, numbers_do_not_repeat_along_a_stream);
    tcase_set_timeout (cases, 60);
    suite_add_tcase (suite, cases);
    return run_suite (suite);
}

/* check_batches.c -- batches are what their formulas say. */
#include "testing.h"

#include <string.h>

#include <retrograde/data.h>

#define COUNT(table) ((int) (sizeof (table) / sizeof *(table)))

START_TEST (cyclic_batches_follow_their_formula)
{
    const rg_batches batches = { &rg_sampler_cyclic, 23, 7, 1 };
    uint32_t out[7];
    ck_assert_int_eq (rg_batches_check (&batches, NULL), RG_OK);
    for (uint32_t step = 0; step < 100; step++) {
        rg_batches_indices (&batches, step % 3, step, out);
        for (uint32_t i = 0; i < 7; i++)
            ck_assert_uint_eq (out[i], (step * 7 + i) % 23);
    }
    rg_batches_indices (&batches, 0, UINT32_MAX, out);
    ck_assert_uint_eq (out[6], (uint32_t) ((UINT32_MAX * (uint64_t) 7 + 6) % 23));
}
END_TEST

static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 64, 100, 255, 256, 257, 1000, 4099, 60000 };

/* Positions run on over epochs; each epoch has every example once. */
START_TEST (shuffled_batches_are_a_new_permutation_each_epoch)
{
    enum { EPOCHS = 3 };
    const uint32_t n = sizes[_i], batch = n < 6 ? n : n / 6 + 1;
    const rg_batches batches = { &rg_sampler_shuffled, n, batch, test_seed () };
    uint32_t *out = calloc (n, sizeof *out), *previous = calloc (n, sizeof *out), *now = calloc (n, sizeof *out);
    unsigned char *seen = calloc (n, 1);
    uint64_t position = 0;
    for (uint32_t step = 0; position < EPOCHS * (uint64_t) n; step++) {
        rg_batches_indices (&batches, 2, step, out);
        for (uint32_t i = 0; i < batch && position < EPOCHS * (uint64_t) n; i++) {
            ck_assert_uint_lt (out[i], n);
            ck_assert_msg (!seen[out[i]], "n = %u: example %u twice; SEED=%llu", n, out[i],
                           (unsigned long long) batches.seed);
            seen[out[i]] = 1;
            now[position++ % n] = out[i];
            if (position % n == 0) {
                ck_assert (n < 16 || memcmp (now, previous, n * sizeof *now) != 0);
                memcpy (previous, now, n * sizeof *now);
                memset (seen, 0, n);
            }
        }
    }
    free (out);
    free (previous);
    free (now);
    free (seen);
}
END_TEST

/* Every order of 4 examples comes up, about equally often; neighbours in a large set are spread. */
START_TEST (shuffled_batches_are_uniform)
{
    enum { EPOCHS = 24000 };
    const rg_batches small = { &rg_sampler_shuffled, 4, 4, test_seed () };
    double cells[256] = { 0 }, chi = 0;
    int orders = 0;
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        uint32_t out[4];
        rg_batches_indices (&small, 0, epoch, out);
        cells[out[0] * 64 + out[1] * 16 + out[2] * 4 + out[3]]++;
    }
    for (int c = 0; c < 256; c++)
        if (cells[c] > 0) {
            orders++;
            chi += pow (cells[c] - EPOCHS / 24., 2) / (EPOCHS / 24.);
        }
    ck_assert_int_eq (orders, 24);
    ck_assert_msg (chi < 23 + 6 * sqrt (2 * 23.), "chi square %g; SEED=%llu", chi, (unsigned long long) small.seed);

    const rg_batches large = { &rg_sampler_shuffled, 60000, 60000, test_seed () };
    uint32_t *out = calloc (60000, sizeof *out);
    double correlation = 0, neighbours = 0;
    rg_batches_indices (&large, 0, 0, out);
    for (int i = 0; i < 60000; i++)
        correlation += (out[i] / 60000. - .5) * (i / 60000. - .5) * 12 / 60000;
    for (int i = 1; i < 60000; i++)
        neighbours += (out[i] / 60000. - .5) * (out[i - 1] / 60000. - .5) * 12 / 60000;
    free (out);
    ck_assert_msg (fabs (correlation) < 6 / sqrt (60000) && fabs (neighbours) < 6 / sqrt (60000), "%g %g", correlation,
                   neighbours);
}
END_TEST

START_TEST (batches_shuffled_once_repeat_the_first_epoch)
{
    const rg_batches once = { rg_sampler_find ("shuffled-once"), 23, 5, test_seed () }, anew = { &rg_sampler_shuffled, 23, 5, once.seed };
    uint32_t first[25], later[25], seen[23] = { 0 };
    for (uint32_t step = 0; step < 5; step++) {
        rg_batches_indices (&once, 3, step, first + 5 * step);
        rg_batches_indices (&once, 3, 23 + step, later + 5 * step); /* five whole epochs on */
    }
    for (int i = 0; i < 23; i++)
        seen[first[i]]++;
    for (int i = 0; i < 23; i++)
        ck_assert_uint_eq (seen[i], 1);
    ck_assert (first[23] == first[0] && first[24] == first[1]);
    ck_assert_mem_eq (first, later, sizeof first);
    rg_batches_indices (&anew, 3, 0, later);
    ck_assert_mem_eq (first, later, 5 * sizeof *first); /* it is the first epoch of `shuffled` */
    rg_batches_indices (&once, 4, 0, later);
    ck_assert (memcmp (first, later, 5 * sizeof *first) != 0);
}
END_TEST

START_TEST (samplers_are_found_by_the_names_of_their_table)
{
    for (size_t row = 0; rg_sampler_at (row) != NULL; row++) {
        ck_assert_ptr_eq (rg_sampler_find (rg_sampler_name (rg_sampler_at (row))), rg_sampler_at (row));
        ck_assert_uint_gt (strlen (rg_sampler_summary (rg_sampler_at (row))), 0);
    }
    ck_assert_ptr_null (rg_sampler_find ("episodes of nothing"));
    uint32_t named[4], unnamed[4];
    rg_batches_indices (&(rg_batches) { &rg_sampler_cyclic, 9, 4, 1 }, 2, 5, named);
    rg_batches_indices (&(rg_batches) { NULL, 9, 4, 1 }, 2, 5, unnamed);
    ck_assert_mem_eq (named, unnamed, sizeof named);
}
END_TEST

START_TEST (orders_depend_on_seed_iteration_and_step)
{
    for (size_t row = 1; rg_sampler_at (row) != &rg_sampler_episodes; row++) { /* which check_episodes.c has */
        const rg_batches batches = { rg_sampler_at (row), 1000, 50, 7 }, other = { rg_sampler_at (row), 1000, 50, 8 };
        uint32_t base[50], again[50], out[50];
        rg_batches_indices (&batches, 3, 4, base);
        rg_batches_indices (&batches, 3, 5, out);
        ck_assert_mem_ne (out, base, sizeof out);
        rg_batches_indices (&batches, 2, 4, out);
        ck_assert_mem_ne (out, base, sizeof out);
        rg_batches_indices (&other, 3, 4, out);
        ck_assert_mem_ne (out, base, sizeof out);
        rg_batches_indices (&batches, 3, 4, again);
        ck_assert_mem_eq (again, base, sizeof base);
    }
}
END_TEST

START_TEST (random_batches_draw_with_replacement)
{
    const rg_batches batches = { &rg_sampler_random, 10, 10, test_seed () };
    double cells[10] = { 0 }, chi = 0;
    int repeated = 0;
    for (uint32_t step = 0; step < 2000; step++) {
        uint32_t out[10], mask = 0;
        rg_batches_indices (&batches, 1, step, out);
        for (int i = 0; i < 10; i++) {
            ck_assert_uint_lt (out[i], 10);
            cells[out[i]]++;
            mask |= 1u << out[i];
        }
        repeated += mask != 1023;
    }
    for (int c = 0; c < 10; c++)
        chi += pow (cells[c] - 2000, 2) / 2000;
    ck_assert_int_gt (repeated, 1950);
    ck_assert_msg (chi < 9 + 6 * sqrt (2 * 9.), "chi square %g; SEED=%llu", chi, (unsigned long long) batches.seed);
}
END_TEST

START_TEST (batches_refuse_what_cannot_be)
{
    rg_message message;
    ck_assert_int_eq (rg_batches_check (&(rg_batches) { &rg_sampler_cyclic, 0, 1, 0 }, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "expected at least 1 example, got 0");
    ck_assert_int_eq (rg_batches_check (&(rg_batches) { &rg_sampler_cyclic, 5, 0, 0 }, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "expected a batch of 1 to 5 examples, got 0");
    ck_assert_int_eq (rg_batches_check (&(rg_batches) { &rg_sampler_random, 5, 6, 0 }, &message), RG_ERANGE);
    ck_assert_int_eq (rg_batches_check (&(rg_batches) { &rg_sampler_shuffled, UINT32_MAX, UINT32_MAX, 0 }, &message), RG_OK);
}
END_TEST

/* The largest set: the image of a position stays inside, and small batches of it are cheap. */
START_TEST (shuffled_batches_of_the_largest_set)
{
    const rg_batches batches = { &rg_sampler_shuffled, UINT32_MAX, 64, 5 };
    uint32_t out[64];
    for (uint32_t step = 0; step < 100; step++) {
        rg_batches_indices (&batches, 0, step * 40000000u, out);
        for (int i = 0; i < 64; i++)
            ck_assert_uint_lt (out[i], UINT32_MAX);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("batches");
    TCase *batches = tcase_create ("batches");
    tcase_set_timeout (batches, 120);
    tcase_add_test (batches, cyclic_batches_follow_their_formula);
    tcase_add_loop_test (batches, shuffled_batches_are_a_new_permutation_each_epoch, 0, COUNT (sizes));
    tcase_add_test (batches, shuffled_batches_are_uniform);
    tcase_add_test (batches, batches_shuffled_once_repeat_the_first_epoch);
    tcase_add_test (batches, samplers_are_found_by_the_names_of_their_table);
    tcase_add_test (batches, orders_depend_on_seed_iteration_and_step);
    tcase_add_test (batches, random_batches_draw_with_replacement);
    tcase_add_test (batches, batches_refuse_what_cannot_be);
    tcase_add_test (batches, shuffled_batches_of_the_largest_set);
    suite_add_tcase (suite, batches);
    return run_suite (suite);
}

/* check_episodes.c -- few-shot tasks: what an episode takes, halves and parts that are apart, turned classes, refusals. */
#include "testing.h"

#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"

enum { CLASSES = 13, EACH = 9, EXAMPLES = CLASSES * EACH, SIDE = 3, PIXELS = SIDE * SIDE, WAY = 4, SHOT = 2, QUERY = 3 };

/* Characters 3 x 3; example i is of class i mod 13, its pixel k is 100 i + k. Of functions, example i is of function i mod 13. */
static rg_dataset *
characters (int real)
{
    const size_t shape[] = { EXAMPLES, SIDE, SIDE }, count = EXAMPLES;
    rg_array x, y, tasks;
    rg_dataset *data;
    const rg_dataset_options options = { .size = sizeof options, .target = real ? RG_TARGET_REALS : RG_TARGET_LABELS };
    ck_assert_int_eq (rg_array_new (&x, RG_FLOAT64, 3, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&y, RG_FLOAT64, 1, &count), RG_OK);
    ck_assert_int_eq (rg_array_new (&tasks, RG_INT32, 1, &count), RG_OK);
    for (int i = 0; i < EXAMPLES; i++) {
        ((double *) y.data)[i] = i % CLASSES;
        ((int32_t *) tasks.data)[i] = i % CLASSES;
        for (int k = 0; k < PIXELS; k++)
            ((double *) x.data)[i * PIXELS + k] = 100 * i + k;
    }
    ck_assert_int_eq (rg_dataset_new (&data, &x, &y, &options, "x", "y", NULL), RG_OK);
    if (real)
        ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, NULL, NULL), RG_OK);
    rg_array_clear (&tasks);
    return data;
}

static rg_episodes_spec
spec_of (uint32_t way, uint32_t shot, uint32_t query)
{
    return (rg_episodes_spec) { .size = sizeof (rg_episodes_spec), .way = way, .shot = shot, .query = query, .seed = test_seed () };
}

static rg_episodes *
episodes_of (const rg_dataset *data, const rg_episodes_spec *spec)
{
    rg_episodes *episodes;
    rg_message message = { "" };
    ck_assert_msg (rg_episodes_new (&episodes, data, spec, &message) == RG_OK, "%s", message.text);
    return episodes;
}

START_TEST (an_episode_takes_classes_once_and_examples_once)
{
    rg_dataset *data = characters (0);
    const rg_episodes_spec spec = spec_of (WAY, SHOT, QUERY);
    rg_episodes *e = episodes_of (data, &spec);
    uint32_t support[WAY * SHOT], query[WAY * QUERY], drawn[CLASSES] = { 0 };
    ck_assert_uint_eq (rg_episodes_groups (e), CLASSES);
    ck_assert_uint_eq (rg_episodes_rows (e, RG_SUPPORT), WAY * SHOT);
    ck_assert_uint_eq (rg_episodes_rows (e, RG_QUERY), WAY * QUERY);
    for (uint32_t episode = 0; episode < 2000; episode++) {
        int seen[EXAMPLES] = { 0 }, classes[CLASSES] = { 0 };
        rg_episodes_draw (e, episode, RG_SUPPORT, NULL, WAY * SHOT, support);
        rg_episodes_draw (e, episode, RG_QUERY, NULL, WAY * QUERY, query);
        for (int k = 0; k < WAY; k++) {
            const uint32_t class = support[k * SHOT] % CLASSES;
            ck_assert_int_eq (classes[class]++, 0);
            drawn[class]++;
            for (int i = 0; i < SHOT; i++) {
                ck_assert_uint_eq (support[k * SHOT + i] % CLASSES, class);
                ck_assert_int_eq (seen[support[k * SHOT + i]]++, 0);
            }
            for (int i = 0; i < QUERY; i++) {
                ck_assert_uint_eq (query[k * QUERY + i] % CLASSES, class);
                ck_assert_int_eq (seen[query[k * QUERY + i]]++, 0);
            }
        }
    }
    const double expected = 2000. * WAY / CLASSES; /* each class as often as another: within 5 deviations */
    for (int c = 0; c < CLASSES; c++)
        ck_assert_double_le (fabs (drawn[c] - expected), 5 * sqrt (expected));
    rg_episodes_free (e);
    rg_dataset_free (data);
}
END_TEST

START_TEST (an_episode_is_a_function_of_seed_and_number)
{
    rg_dataset *data = characters (0);
    rg_episodes_spec spec = spec_of (WAY, SHOT, QUERY);
    rg_episodes *e = episodes_of (data, &spec);
    spec.seed++;
    rg_episodes *other = episodes_of (data, &spec);
    uint32_t base[WAY * QUERY], again[WAY * QUERY];
    static const uint32_t positions[] = { 11, 3, 4, 0 };
    rg_episodes_draw (e, 7, RG_QUERY, NULL, WAY * QUERY, base);
    rg_episodes_draw (e, 8, RG_QUERY, NULL, WAY * QUERY, again);
    ck_assert_mem_ne (base, again, sizeof base);
    rg_episodes_draw (other, 7, RG_QUERY, NULL, WAY * QUERY, again);
    ck_assert_mem_ne (base, again, sizeof base);
    rg_episodes_draw (e, 7, RG_QUERY, positions, 4, again);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq (again[i], base[positions[i]]);
    rg_episodes_free (e);
    rg_episodes_free (other);
    rg_dataset_free (data);
}
END_TEST

/* Batches of 3 of the 8 rows of a support: in 8 steps each row 3 times, in each epoch once. */
START_TEST (small_batches_go_through_the_half_in_epochs)
{
    rg_dataset *data = characters (0);
    const rg_episodes_spec spec = spec_of (WAY, SHOT, QUERY);
    rg_episodes *e = episodes_of (data, &spec);
    rg_batches batches = rg_episodes_batches (e, RG_SUPPORT);
    uint32_t support[WAY * SHOT], rows[8 * 3];
    ck_assert_int_eq (rg_batches_check (&batches, NULL), RG_OK);
    rg_batches_indices (&batches, 5, 3, rows);
    rg_episodes_draw (e, 5, RG_SUPPORT, NULL, WAY * SHOT, support);
    ck_assert_mem_eq (rows, support, sizeof support);
    batches.batch = 3;
    for (uint32_t step = 0; step < 8; step++)
        rg_batches_indices (&batches, 5, step, rows + 3 * step);
    ck_assert_mem_ne (rows, rows + 8, 8 * sizeof *rows);
    for (int epoch = 0; epoch < 3; epoch++)
        for (int i = 0; i < WAY * SHOT; i++) {
            int times = 0;
            for (int k = 0; k < WAY * SHOT; k++)
                times += rows[epoch * WAY * SHOT + k] == support[i];
            ck_assert_int_eq (times, 1);
        }
    rg_episodes_free (e);
    rg_dataset_free (data);
}
END_TEST

/* Training, validation and test: of 13 classes 6, 4 and 3, each class in one of them. */
START_TEST (parts_have_classes_of_their_own)
{
    static const uint32_t skip[] = { 0, 6, 10 }, take[] = { 6, 4, 0 };
    rg_dataset *data = characters (0);
    int owner[CLASSES] = { 0 }, total = 0;
    for (int part = 0; part < 3; part++) {
        rg_episodes_spec spec = spec_of (2, 1, 1);
        spec.skip = skip[part];
        spec.take = take[part];
        rg_episodes *e = episodes_of (data, &spec);
        total += (int) rg_episodes_groups (e);
        for (uint32_t episode = 0; episode < 200; episode++) {
            uint32_t rows[2];
            rg_episodes_draw (e, episode, RG_QUERY, NULL, 2, rows);
            for (int k = 0; k < 2; k++) {
                int *of = &owner[rows[k] % CLASSES];
                ck_assert_int_eq (*of == 0 || *of == part + 1, 1);
                *of = part + 1;
            }
        }
        rg_episodes_free (e);
    }
    ck_assert_int_eq (total, CLASSES);
    for (int c = 0; c < CLASSES; c++)
        ck_assert_int_gt (owner[c], 0);
    rg_dataset_free (data);
}
END_TEST

START_TEST (a_turned_image_is_a_class_of_its_own)
{
    static const int turned[4][PIXELS] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, { 2, 5, 8, 1, 4, 7, 0, 3, 6 },
                                           { 8, 7, 6, 5, 4, 3, 2, 1, 0 }, { 6, 3, 0, 7, 4, 1, 8, 5, 2 } };
    rg_dataset *data = characters (0);
    double x[PIXELS];
    float single[PIXELS];
    ck_assert_int_eq (rg_dataset_turn (data, 4, NULL), RG_OK);
    ck_assert_uint_eq (rg_dataset_count (data), 4 * EXAMPLES);
    ck_assert_uint_eq (rg_dataset_classes (data), 4 * CLASSES);
    for (uint32_t k = 0; k < 4; k++) {
        const uint32_t at = k * EXAMPLES + 40;
        ck_assert_int_eq (rg_dataset_labels (data)[at], (int) (k * CLASSES + 40 % CLASSES));
        rg_dataset_gather_double (data, &at, 1, x);
        rg_dataset_gather_single (data, &at, 1, single);
        for (int p = 0; p < PIXELS; p++) {
            ck_assert_double_eq (x[p], 4000 + turned[k][p]);
            ck_assert_double_eq ((double) single[p], 4000 + turned[k][p]);
        }
    }
    rg_episodes_spec spec = spec_of (WAY, SHOT, QUERY);
    spec.take = 6;
    rg_episodes *all = episodes_of (data, &spec);
    ck_assert_uint_eq (rg_episodes_groups (all), 24);
    spec.upright = 1;
    rg_episodes *upright = episodes_of (data, &spec);
    ck_assert_uint_eq (rg_episodes_groups (upright), 6);
    rg_episodes_free (all);
    rg_episodes_free (upright);
    rg_dataset_free (data);
}
END_TEST

START_TEST (an_episode_of_functions_is_of_one)
{
    rg_dataset *data = characters (1);
    const rg_episodes_spec spec = spec_of (1, 4, 5);
    rg_episodes *e = episodes_of (data, &spec);
    uint32_t support[4], query[5];
    int seen[EXAMPLES] = { 0 };
    rg_episodes_draw (e, 3, RG_SUPPORT, NULL, 4, support);
    rg_episodes_draw (e, 3, RG_QUERY, NULL, 5, query);
    for (int i = 0; i < 9; i++) {
        const uint32_t example = i < 4 ? support[i] : query[i - 4];
        ck_assert_uint_eq (example % CLASSES, support[0] % CLASSES);
        ck_assert_int_eq (seen[example]++, 0);
    }
    rg_episodes_free (e);
    rg_dataset_free (data);
}
END_TEST

static void
refused (const rg_dataset *data, rg_episodes_spec spec, rg_status status, const char *sentence)
{
    rg_episodes *e;
    rg_message message = { "" };
    ck_assert_int_eq (rg_episodes_new (&e, data, &spec, &message), status);
    ck_assert_ptr_null (e);
    ck_assert_str_eq (message.text, sentence);
}

START_TEST (what_is_no_episode_is_refused_with_a_sentence)
{
    rg_dataset *data = characters (0), *functions = characters (1), *part;
    rg_episodes_spec beyond = spec_of (2, 1, 1);
    beyond.skip = 10;
    beyond.take = 4;
    refused (data, spec_of (5, 0, 1), RG_ERANGE, "expected a way, a shot and a query of at least 1, got 5, 0 and 1");
    refused (data, spec_of (14, 1, 1), RG_ERANGE, "expected at least the 14 classes of an episode, got 13");
    refused (data, spec_of (5, 4, 6), RG_EINPUT, "class 0 has 9 examples, an episode takes 4 + 6");
    refused (data, beyond, RG_ERANGE, "expected a part of the 13 classes, got 4 from 10 on");
    refused (functions, spec_of (5, 1, 1), RG_ERANGE, "an episode takes one function: expected a way of 1, got 5");
    ck_assert_int_eq (rg_dataset_turn (functions, 1, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_turn (functions, 2, NULL), RG_EUNSUPPORTED);
    ck_assert_int_eq (rg_dataset_turn (data, 5, NULL), RG_ERANGE);
    ck_assert_int_eq (rg_dataset_turn (data, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_turn (data, 2, NULL), RG_EUNSUPPORTED);
    ck_assert_int_eq (rg_dataset_subset (&part, data, 0, 4, NULL), RG_EUNSUPPORTED);
    const rg_batches without = { .sampler = &rg_sampler_episodes, .examples = EXAMPLES, .batch = 4 };
    ck_assert_int_eq (rg_batches_check (&without, NULL), RG_ERANGE);
    rg_dataset_free (data);
    rg_dataset_free (functions);
}
END_TEST

START_TEST (failing_allocations_leave_nothing_behind)
{
    rg_dataset *data = characters (0);
    const rg_episodes_spec spec = spec_of (WAY, SHOT, QUERY);
    rg_message message;
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_episodes *e;
        FAILING (&memory, rg_episodes_new (&e, data, &spec, &message));
        ck_assert_int_eq (e == NULL, memory.failed);
        rg_episodes_free (e);
    }
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_dataset_turn (data, 3, &message));
    ck_assert_uint_eq (rg_dataset_count (data), 3 * EXAMPLES);
    rg_dataset_free (data);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("episodes");
    TCase *c = tcase_create ("all");
    tcase_add_test (c, an_episode_takes_classes_once_and_examples_once);
    tcase_add_test (c, an_episode_is_a_function_of_seed_and_number);
    tcase_add_test (c, small_batches_go_through_the_half_in_epochs);
    tcase_add_test (c, parts_have_classes_of_their_own);
    tcase_add_test (c, a_turned_image_is_a_class_of_its_own);
    tcase_add_test (c, an_episode_of_functions_is_of_one);
    tcase_add_test (c, what_is_no_episode_is_refused_with_a_sentence);
    tcase_add_test (c, failing_allocations_leave_nothing_behind);
    suite_add_tcase (s, c);
    return run_suite (s);
}

/* check_distort.c -- crops, shifts and flips of training images: which they are, how often, and that a step always has the same. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "data/distort.h"

enum { HEIGHT = 5, WIDTH = 4, CHANNELS = 2, SIZE = HEIGHT * WIDTH * CHANNELS, ROWS = 3000 };

static const rg_distort_at here = { 7, 3, 11 };

static rg_distortion
of (uint32_t crop, uint32_t shift, int flip)
{
    return (rg_distortion) { crop, shift, flip, HEIGHT, WIDTH, CHANNELS };
}

/* No number twice, and none is 0. */
static void
fill (double *image)
{
    for (int i = 0; i < SIZE; i++)
        image[i] = 2.385 + i;
}

/* The pixel of an image that is moved by (down, right): from outside 0, or the nearest one of the edge. */
static double
pixel (const double *image, int y, int x, int c, int edge)
{
    if (edge) {
        y = y < 0 ? 0 : y >= HEIGHT ? HEIGHT - 1 : y;
        x = x < 0 ? 0 : x >= WIDTH ? WIDTH - 1 : x;
    }
    return y < 0 || y >= HEIGHT || x < 0 || x >= WIDTH ? 0 : image[(y * WIDTH + x) * CHANNELS + c];
}

/* Whether `found` is the image, moved so and flipped or not. */
static int
is_moved (const double *image, const double *found, int down, int right, int flip, int edge)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < CHANNELS; c++)
                if (found[(y * WIDTH + x) * CHANNELS + c] != pixel (image, y + down, (flip ? WIDTH - 1 - x : x) + right, c, edge))
                    return 0;
    return 1;
}

/* In which way an image is moved, 0 ... 2 (2 most + 1)^2 - 1; fails where it is none. */
static int
way_of (const double *image, const double *found, int most, int edge)
{
    const int side = 2 * most + 1;
    for (int way = 0; way < 2 * side * side; way++)
        if (is_moved (image, found, way / 2 % side - most, way / 2 / side - most, way % 2, edge))
            return way;
    ck_abort_msg ("no move by at most %d", most);
    return 0;
}

/* Each way as often as another: the sum of squared deviations is what 3,000 fair throws give, and some standard deviations more. */
static void
ways_are_even (const rg_distortion *d, int most, int edge, int ways)
{
    double image[SIZE], found[SIZE], squares = 0;
    int times[64] = { 0 };
    fill (image);
    for (size_t row = 0; row < ROWS; row++) {
        rg_distort (d, &here, row, sizeof *image, image, found);
        times[way_of (image, found, most, edge)]++;
    }
    int seen = 0;
    for (int i = 0; i < 64; i++)
        seen += times[i] > 0;
    ck_assert_int_eq (seen, ways);
    const double expected = (double) ROWS / ways;
    for (int i = 0; i < 64; i++)
        squares += times[i] == 0 ? 0 : (times[i] - expected) * (times[i] - expected) / expected;
    ck_assert_double_le (squares, ways - 1 + 4.5 * sqrt (2. * ways) + 8);
}

START_TEST (crops_put_zeros_around_in_all_ways)
{
    const rg_distortion d = of (1, 0, 0);
    ways_are_even (&d, 1, 0, 9);
}
END_TEST

START_TEST (shifts_repeat_the_edges_in_all_ways)
{
    const rg_distortion d = of (0, 2, 0);
    ways_are_even (&d, 2, 1, 25);
}
END_TEST

START_TEST (flips_are_half_of_all)
{
    const rg_distortion d = of (0, 0, 1), both = of (1, 0, 1);
    ways_are_even (&d, 0, 0, 2);
    ways_are_even (&both, 1, 0, 18);
}
END_TEST

START_TEST (a_crop_is_shifted_then_flipped)
{
    double image[SIZE], cropped[SIZE], shifted[SIZE], found[SIZE];
    const rg_distortion crop = of (1, 0, 0), all = of (1, 1, 1);
    int ways = 0;
    fill (image);
    for (size_t row = 0; row < 50; row++) {
        rg_distort (&crop, &here, row, sizeof *image, image, cropped);
        rg_distort (&all, &here, row, sizeof *image, image, found);
        const int way = way_of (cropped, found, 1, 1);
        const rg_distortion shift = of (0, 1, 1);
        rg_distort (&shift, &here, row, sizeof *image, cropped, shifted);
        ck_assert_mem_eq (shifted, found, sizeof found);
        ways |= 1 << way % 16;
    }
    ck_assert_int_gt (ways, 255);
}
END_TEST

START_TEST (a_row_of_a_step_always_has_the_same_and_others_have_others)
{
    double image[SIZE], first[SIZE], again[SIZE];
    const rg_distortion d = of (3, 2, 1);
    const rg_distort_at other[] = { { 8, 3, 11 }, { 7, 4, 11 }, { 7, 3, 12 } };
    fill (image);
    for (int i = 0; i < 3; i++) {
        int same = 0;
        for (size_t row = 0; row < 100; row++) {
            rg_distort (&d, &here, row, sizeof *image, image, first);
            rg_distort (&d, &other[i], row, sizeof *image, image, again);
            same += memcmp (first, again, sizeof first) == 0;
            rg_distort (&d, &here, row, sizeof *image, image, again);
            ck_assert_mem_eq (first, again, sizeof first);
        }
        ck_assert_int_lt (same, 10);
    }
}
END_TEST

START_TEST (single_precision_is_moved_alike)
{
    double image[SIZE], found[SIZE];
    float narrow[SIZE], moved[SIZE];
    const rg_distortion d = of (2, 1, 1);
    fill (image);
    for (int i = 0; i < SIZE; i++)
        narrow[i] = (float) image[i];
    for (size_t row = 0; row < 20; row++) {
        rg_distort (&d, &here, row, sizeof *image, image, found);
        rg_distort (&d, &here, row, sizeof *narrow, narrow, moved);
        for (int i = 0; i < SIZE; i++)
            ck_assert_float_eq (moved[i], (float) found[i]);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("distort");
    TCase *tcase = tcase_create ("distort");
    tcase_add_test (tcase, crops_put_zeros_around_in_all_ways);
    tcase_add_test (tcase, shifts_repeat_the_edges_in_all_ways);
    tcase_add_test (tcase, flips_are_half_of_all);
    tcase_add_test (tcase, a_crop_is_shifted_then_flipped);
    tcase_add_test (tcase, a_row_of_a_step_always_has_the_same_and_others_have_others);
    tcase_add_test (tcase, single_precision_is_moved_alike);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

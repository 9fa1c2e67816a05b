/* check_exact_update.c -- the fixed-point kernels of an update: levels, rounding, ranges. */
#include "testing.h"

#include <string.h>

#include <retrograde/exact.h>

#include "uniform.h"

#include "base/processor.h"
#include "exact/update.h"

#define LIMIT RG_FIXED_LIMIT

enum { KERNEL_COUNT = 1037 };

START_TEST (all_levels_give_the_same_bits)
{
    static int64_t x[KERNEL_COUNT], start[KERNEL_COUNT], expected[KERNEL_COUNT], found[KERNEL_COUNT];
    static int64_t undone[KERNEL_COUNT];
    static double scale[KERNEL_COUNT], real[2][KERNEL_COUNT];
    static float single[2][KERNEL_COUNT], g[KERNEL_COUNT];
    const rg_level best = rg_processor_level ();
    for (int trial = 0; trial < test_scale (40); trial++) {
        const uint32_t stream = (uint32_t) trial;
        const size_t count = trial < 20 ? (size_t) trial : KERNEL_COUNT - (size_t) trial;
        for (size_t i = 0; i < count; i++) {
            x[i] = (int64_t) uniform (stream, 3 * i, -0x1p49, 0x1p49);
            start[i] = (int64_t) uniform (stream, 3 * i + 1, -0x1p51, 0x1p51);
            scale[i] = uniform (stream, 3 * i + 2, -1, 1);
            g[i] = (float) scale[i];
        }
        for (int level = RG_LEVEL_BASE; level <= (int) best; level++) {
            rg_processor_cap ((rg_level) level);
            const rg_update *kernels = rg_kernels_here ()->update;
            int64_t *out = level == RG_LEVEL_BASE ? expected : found;
            const int which = level != RG_LEVEL_BASE;
            memcpy (out, start, sizeof start);
            ck_assert_int_eq (kernels->add_scaled (count, 0, scale, x, out), 0);
            for (size_t i = 0; i < count; i++)
                ck_assert (out[i] == start[i] + (int64_t) nearbyint (scale[i] * (double) x[i]));
            ck_assert_int_eq (kernels->add_single (count, 0, g, 0x1p40, out), 0);
            ck_assert_int_eq (kernels->add_double (count, 0, scale, 0x1p40, out), 0);
            kernels->to_single (count, out, 0x1p-40, single[which]);
            kernels->to_double (count, out, 0x1p-40, real[which]);
            if (which) {
                ck_assert_mem_eq (found, expected, count * sizeof *found);
                ck_assert_mem_eq (single[1], single[0], count * sizeof (float));
                ck_assert_mem_eq (real[1], real[0], count * sizeof (double));
            }
            memcpy (undone, out, sizeof undone);
            for (size_t i = 0; i < count; i++) {
                undone[i] -= (int64_t) nearbyint ((double) g[i] * 0x1p40) + (int64_t) nearbyint (scale[i] * 0x1p40);
                ck_assert (single[which][i] == (float) real[which][i]);
            }
            ck_assert_int_eq (kernels->subtract_scaled (count, 0, scale, x, undone), 0);
            ck_assert_mem_eq (undone, start, count * sizeof *out);
        }
        rg_processor_cap (RG_LEVEL_V4);
    }
}
END_TEST

/* The kernels of a level; the highest there is where the processor has it not. */
static const rg_update *
kernels_at (int level)
{
    rg_processor_cap ((rg_level) level);
    const rg_update *kernels = rg_kernels_here ()->update;
    rg_processor_cap (RG_LEVEL_V4);
    return kernels;
}

START_TEST (addends_are_rounded_to_nearest_even)
{
    static const struct {
        double scale;
        int64_t x, rounded;
    } cases[] = {
        { .5, 1, 0 },    { .5, 3, 2 },       { .5, 5, 2 },       { .5, 7, 4 },
        { .5, -1, 0 },   { .5, -3, -2 },     { .5, -5, -2 },     { .25, 3, 1 },
        { .25, -3, -1 }, { .25, 9, 2 },      { .25, -11, -3 },   { .5, ((int64_t) 1 << 51) + 1, (int64_t) 1 << 50 },
        { .5, ((int64_t) 1 << 51) + 3, ((int64_t) 1 << 50) + 2 },
        { -.5, ((int64_t) 1 << 51) + 3, -((int64_t) 1 << 50) - 2 },
        { .5, LIMIT - 2, LIMIT / 2 - 1 },    { -.5, LIMIT - 2, 1 - LIMIT / 2 },
    };
    const rg_update *kernels = kernels_at (_i);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t up = 1000003, down = -41, sum = 5;
        const double g = cases[k].scale * (double) cases[k].x * 0x1p-20;
        ck_assert_int_eq (kernels->add_scaled (1, _i % 2, &cases[k].scale, &cases[k].x, &up), 0);
        ck_assert_int_eq (kernels->subtract_scaled (1, _i % 2, &cases[k].scale, &cases[k].x, &down), 0);
        ck_assert_int_eq (kernels->add_double (1, 0, &g, 0x1p20, &sum), 0);
        ck_assert_msg (up == 1000003 + cases[k].rounded, "case %zu", k);
        ck_assert_msg (down == -41 - cases[k].rounded, "case %zu", k);
        ck_assert_msg (sum == 5 + cases[k].rounded, "case %zu", k);
    }
    int64_t sum[2] = { 0, 0 };
    ck_assert_int_eq (kernels->add_single (2, 0, (const float[]) { 2.5f, -3.5f }, 1, sum), 0);
    ck_assert_int_eq (sum[0], 2);
    ck_assert_int_eq (sum[1], -4);
}
END_TEST

START_TEST (what_leaves_the_range_is_marked_wherever_it_stands)
{
    static const struct {
        double g; /* an addend, in units */
        int64_t y;
        int bad;
    } cases[] = {
        { 1, LIMIT - 2, 0 },       { 1, LIMIT - 1, 1 },         { -1, -(LIMIT - 2), 0 },   { -1, -(LIMIT - 1), 1 },
        { .5, LIMIT - 1, 0 },      { 1.5, LIMIT - 2, 1 },       { 0x1p51, 0, 1 },          { -0x1p51, 0, 1 },
        { 0x1p51 - 1, 0, 0 },      { 1 - 0x1p51, 0, 0 },        { 0x1p51, -LIMIT / 2, 1 }, { 0x1p63, 0, 1 },
        { 1e300, 0, 1 },           { (double) INFINITY, 0, 1 }, { -(double) INFINITY, 0, 1 },
        { (double) NAN, 0, 1 },
    };
    const rg_update *kernels = kernels_at (_i);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t at = 0; at < 19; at++) {
            double g[19] = { 0 }, minus[19] = { 0 };
            float single[19] = { 0 };
            int64_t one[19], y[3][19] = { { 0 } };
            for (size_t i = 0; i < 19; i++)
                one[i] = 1;
            g[at] = cases[k].g;
            minus[at] = -cases[k].g;
            single[at] = (float) cases[k].g;
            y[0][at] = y[1][at] = y[2][at] = cases[k].y;
            ck_assert_msg (kernels->add_scaled (19, 0, g, one, y[0]) == cases[k].bad, "case %zu at %zu", k, at);
            ck_assert_msg (kernels->subtract_scaled (19, 0, minus, one, y[1]) == cases[k].bad, "case %zu at %zu", k, at);
            ck_assert_msg (kernels->add_double (19, 0, g, 1, y[2]) == cases[k].bad, "case %zu at %zu", k, at);
            y[2][at] = cases[k].y;
            if ((double) single[at] == g[at] || isnan (g[at]))
                ck_assert_msg (kernels->add_single (19, 0, single, 1, y[2]) == cases[k].bad, "case %zu at %zu", k, at);
        }
    ck_assert (rg_fixed_fits (LIMIT - 1) && rg_fixed_fits (1 - LIMIT));
    ck_assert (!rg_fixed_fits (LIMIT) && !rg_fixed_fits (-LIMIT));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("exact update");
    TCase *kernels = tcase_create ("kernels");
    tcase_add_test (kernels, all_levels_give_the_same_bits);
    tcase_add_loop_test (kernels, addends_are_rounded_to_nearest_even, RG_LEVEL_BASE, RG_LEVEL_V4 + 1);
    tcase_add_loop_test (kernels, what_leaves_the_range_is_marked_wherever_it_stands, RG_LEVEL_BASE, RG_LEVEL_V4 + 1);
    suite_add_tcase (suite, kernels);
    return run_suite (suite);
}

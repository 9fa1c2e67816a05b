/* check_hyper_values.c -- from free numbers to those that act: transforms, boxes, rounding of decays, coefficients. */
#include "testing.h"

#include <string.h>

#include "small_set.h"
#include "uniform.h"

#include "hyper/coefficient.h"
#include "hyper/layout.h"
#include "hyper/transform.h"

/* ---- transforms --------------------------------------------------------- */

static const struct {
    rg_transform transform;
    double free_value, natural, derivative; /* derivative in the free value */
} known[] = {
    { RG_IDENTITY, -2.385, -2.385, 1 },
    { RG_LOG, 0, 1, 1 },
    { RG_LOG, 0.69314718055994531, 2, 2 },
    { RG_LOGIT, 0, .5, .25 },
    { RG_LOGIT, 2.1972245773362196, .9, .09 },
    { RG_SOFTPLUS, 0, 0.69314718055994531, .5 },
    { RG_SOFTPLUS, 0.54132485461291810, 1, 0.63212055882855768 },
};

START_TEST (transforms_have_their_known_values)
{
    const rg_transform_row *row = rg_transform_get ((int) known[_i].transform);
    ck_assert_double_eq_tol (row->natural (known[_i].free_value), known[_i].natural, 4e-16);
    ck_assert_double_eq_tol (row->free_value (known[_i].natural), known[_i].free_value, 2e-15);
    ck_assert_double_eq_tol (row->derivative (known[_i].natural), known[_i].derivative, 4e-16);
}
END_TEST

START_TEST (a_transform_goes_there_and_back_and_its_derivative_is_that_of_differences)
{
    const rg_transform_row *row = rg_transform_get (_i);
    for (int k = 0; k < test_scale (2000); k++) {
        const double x = uniform (77, (uint64_t) k, -30, 30), natural = row->natural (x);
        ck_assert (natural > row->minimum && natural < row->maximum);
        const double slope = row->derivative (natural); /* x is known from natural to one rounding of it */
        ck_assert_double_le (fabs (row->free_value (natural) - x), 4e-16 * (fabs (natural) / slope + fabs (x) + 1));
        if (fabs (x) < 8) {
            const double h = 1e-5, difference = (row->natural (x + h) - row->natural (x - h)) / (2 * h);
            ck_assert_msg (fabs (slope - difference) <= 1e-9 * fmax (1, slope), "%s at %.17g: %.17g, differences %.17g",
                           row->name, x, slope, difference);
        }
    }
    ck_assert_ptr_null (rg_transform_get (-1));
    ck_assert_ptr_null (rg_transform_get (4));
}
END_TEST

START_TEST (extreme_natural_values_keep_their_digits)
{
    const rg_transform_row *softplus = rg_transform_get (RG_SOFTPLUS), *logit = rg_transform_get (RG_LOGIT);
    ck_assert_double_eq_tol (softplus->natural (softplus->free_value (1e-12)), 1e-12, 1e-26);
    ck_assert_double_eq (softplus->natural (800), 800);
    ck_assert_double_eq (softplus->free_value (800), 800);
    ck_assert_double_eq_tol (logit->natural (logit->free_value (1e-12)), 1e-12, 1e-26);
    ck_assert_double_eq_tol (logit->natural (logit->free_value (1 - 1e-9)), 1 - 1e-9, 4e-16);
}
END_TEST

START_TEST (the_chain_rule_is_that_of_differences_through_the_set)
{
    fixture f;
    fixture_init (&f, 0);
    double values[9], chained[9];
    for (size_t i = 0; i < 9; i++)
        values[i] = uniform (77, i, .1, .9);
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    spec.transform = (rg_transform) _i;
    spec.count = 9;
    spec.values = values;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    for (size_t i = 0; i < 9; i++)
        chained[i] = uniform (77, 50 + i, -2, 2);
    rg_hyper_chain (f.hyper, chained);
    double *free_values = rg_hyper_values (f.hyper);
    for (size_t i = 0; i < 9; i++) {
        const double h = 1e-6, at = free_values[i], cotangent = uniform (77, 50 + i, -2, 2);
        free_values[i] = at + h;
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
        const double above = rg_hyper_block (f.hyper, 0).natural[i];
        free_values[i] = at - h;
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
        const double below = rg_hyper_block (f.hyper, 0).natural[i];
        free_values[i] = at;
        ck_assert_double_eq_tol (chained[i], cotangent * (above - below) / (2 * h), 1e-8);
    }
    fixture_clear (&f);
}
END_TEST

/* ---- boxes and what is not finite --------------------------------------- */

START_TEST (values_outside_the_box_are_put_on_it_in_free_numbers_too)
{
    static const struct {
        rg_transform transform;
        double minimum, maximum, start, free_value, natural;
    } boxes[] = {
        { RG_IDENTITY, -1, 2, 0, 3.5, 2 },      { RG_IDENTITY, -1, 2, 0, -7, -1 },
        { RG_IDENTITY, -1, 2, 0, 1.25, 1.25 },  { RG_LOG, .01, 5, 1, 1000, 5 }, /* exp (1000) is infinite */
        { RG_LOG, .01, 5, 1, -50, .01 },        { RG_LOGIT, .125, .75, .5, 9, .75 },
        { RG_LOGIT, .125, .75, .5, -9, .125 },  { RG_SOFTPLUS, .5, 2, 1, 90, 2 },
        { RG_SOFTPLUS, .5, 2, 1, -90, .5 },
    };
    for (size_t k = 0; k < sizeof boxes / sizeof *boxes; k++) {
        fixture f;
        fixture_init (&f, 0);
        rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
        spec.transform = boxes[k].transform;
        spec.minimum = boxes[k].minimum;
        spec.maximum = boxes[k].maximum;
        spec.init = boxes[k].start;
        spec.count = 2;
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
        rg_hyper_values (f.hyper)[1] = boxes[k].free_value;
        const double inside = rg_hyper_values (f.hyper)[0];
        for (int again = 0; again < 2; again++) { /* a projection: twice is once */
            ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
            const rg_block b = rg_hyper_block (f.hyper, 0);
            ck_assert_double_eq (b.natural[0], boxes[k].start);
            ck_assert (rg_hyper_values (f.hyper)[0] == inside);
            ck_assert_double_eq_tol (b.natural[1], boxes[k].natural, 4e-15);
            ck_assert_double_eq_tol (rg_hyper_values (f.hyper)[1],
                                     rg_transform_get ((int) boxes[k].transform)->free_value (boxes[k].natural), 1e-14);
        }
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (a_role_keeps_its_own_range)
{
    fixture f;
    fixture_init (&f, 0);
    rg_block_spec spec = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    spec.init = .5;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_DECAY);
    spec.init = .5;
    spec.transform = RG_IDENTITY;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    rg_hyper_values (f.hyper)[3] = -.25;
    rg_hyper_values (f.hyper)[EXAMPLES] = 1.125;
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[3], 0);
    ck_assert_double_eq (rg_hyper_block (f.hyper, 0).natural[3], 0);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[EXAMPLES], 1);
    ck_assert_double_eq (rg_hyper_block (f.hyper, 1).natural[0], 1);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_number_that_is_not_finite_is_named)
{
    static const struct {
        double value;
        const char *sentence;
    } cases[] = { { NAN, "decay: value 2 is not finite" },
                  { INFINITY, "decay: value 2 is not finite" },
                  { 1000, "scale: value 1 left the range of its transform" } };
    for (int k = 0; k < 3; k++) {
        fixture f;
        fixture_init (&f, 14);
        rg_message message = { "" };
        rg_block_spec spec = rg_block_defaults (RG_DECAY);
        spec.per_step = 1;
        spec.init = .9;
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
        spec = rg_block_defaults (RG_WEIGHT_SCALE);
        spec.init = .1;
        spec.name = "scale";
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
        rg_hyper_values (f.hyper)[k < 2 ? 2 : STEPS + 1] = cases[k].value;
        ck_assert_int_eq (rg_hyper_update (f.hyper, &message), RG_ENONFINITE);
        ck_assert_str_eq (message.text, cases[k].sentence);
        fixture_clear (&f);
    }
}
END_TEST

/* ---- rounding of decays -------------------------------------------------- */

static void
add_decay (fixture *f, double decay, rg_transform transform)
{
    rg_block_spec spec = rg_block_defaults (RG_DECAY);
    spec.init = decay;
    spec.transform = transform;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
}

START_TEST (a_decay_becomes_the_ratio_that_is_applied)
{
    static const struct {
        int bits;
        double decay, applied;
    } cases[] = {
        { 14, .9, 14746. / 16384 }, { 12, .9, 3686. / 4096 }, { 2, .9, .75 }, { 14, 1e-9, 1. / 16384 },
        { 14, 0, 0 },               { 14, 1, 1 },             { 1, .2, .5 }, { 28, .9, 241591910. / 268435456 },
        { 4, 2.5 / 16, 2. / 16 },   { 4, 3.5 / 16, 4. / 16 }, /* ties to even */
        { 0, .9, .9 },              { 14, .99999, 16383. / 16384 }, /* only 1 is applied as 1 */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        fixture f;
        fixture_init (&f, cases[k].bits);
        add_decay (&f, cases[k].decay, RG_IDENTITY);
        ck_assert_msg (rg_hyper_block (f.hyper, 0).natural[0] == cases[k].applied, "case %zu: %.17g", k,
                       rg_hyper_block (f.hyper, 0).natural[0]);
        ck_assert (rg_hyper_values (f.hyper)[0] == cases[k].decay); /* the free number is not rounded */
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
        ck_assert (rg_hyper_block (f.hyper, 0).natural[0] == cases[k].applied);
        ck_assert (rg_hyper_values (f.hyper)[0] == cases[k].decay);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (random_decays_become_the_nearest_ratios)
{
    for (int k = 0; k < test_scale (500); k++) {
        const int bits = 1 + k % 28;
        const double decay = uniform (77, (uint64_t) k, 0, 1), scale = ldexp (1, bits);
        fixture f;
        fixture_init (&f, bits);
        add_decay (&f, decay, RG_LOGIT);
        const double applied = rg_hyper_block (f.hyper, 0).natural[0];
        ck_assert (applied * scale == floor (applied * scale));
        ck_assert (applied * scale >= 1 && applied < 1);
        ck_assert (fabs (applied - decay) * scale <= .5 || (applied * scale == 1 && decay * scale < 1)
                   || (applied * scale == scale - 1 && decay > applied));
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (the_chain_rule_uses_the_applied_decay)
{
    fixture f;
    fixture_init (&f, 4);
    add_decay (&f, .9, RG_LOGIT); /* applied: 14/16 */
    double gradient = 2;
    rg_hyper_chain (f.hyper, &gradient);
    ck_assert_double_eq (gradient, 2 * .875 * .125);
    fixture_clear (&f);
}
END_TEST

START_TEST (when_rounding_stops_the_free_numbers_become_those_in_force)
{
    fixture f;
    fixture_init (&f, 4);
    add_decay (&f, .9, RG_LOGIT);
    rg_hyper_set_rounding (f.hyper, 0);
    ck_assert_double_eq_tol (rg_hyper_values (f.hyper)[0], log (7), 1e-15);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (rg_hyper_block (f.hyper, 0).natural[0], .875, 2e-16);
    rg_hyper_values (f.hyper)[0] = log (9);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (rg_hyper_block (f.hyper, 0).natural[0], .9, 2e-16);
    rg_hyper_set_rounding (f.hyper, 1);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq (rg_hyper_block (f.hyper, 0).natural[0], .875);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[0], log (9));
    fixture_clear (&f);
}
END_TEST

START_TEST (a_decay_of_one_keeps_its_free_number_when_rounding_stops)
{
    fixture f;
    fixture_init (&f, 4);
    add_decay (&f, .99, RG_LOGIT);
    const double before = rg_hyper_values (f.hyper)[0] = 50; /* applied: 1, whose free number is infinite */
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert (rg_hyper_block (f.hyper, 0).natural[0] == 1);
    rg_hyper_set_rounding (f.hyper, 0);
    ck_assert (rg_hyper_values (f.hyper)[0] == before);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    fixture_clear (&f);
}
END_TEST

/* ---- coefficients --------------------------------------------------------- */

START_TEST (gathering_is_the_transpose_of_expanding)
{
    for (int k = 0; k < test_scale (400); k++) {
        const rg_random random = { test_seed (), RG_STREAM_TEST, 1, (uint32_t) k };
        rg_array_spec specs[12];
        const size_t arrays = 1 + rg_random_below (&random, 0, 12);
        for (size_t a = 0; a < arrays; a++)
            specs[a] = (rg_array_spec) { "A", 1 + rg_random_below (&random, 1 + a, 60),
                                         a == 0 ? 0 : specs[a - 1].layer + rg_random_below (&random, 20 + a, 2), 0 };
        rg_layout *layout;
        ck_assert_int_eq (rg_layout_new (&layout, arrays, specs), RG_OK);
        const size_t weights = rg_layout_weights (layout);
        const size_t first = rg_random_below (&random, 40, (uint32_t) weights);
        const size_t count = rg_random_below (&random, 41, (uint32_t) (weights - first) + 1);
        rg_coefficient c = { .values = NULL };
        c.segments = rg_layout_segments (layout, (rg_scope) (k % 4), &c.offsets);
        double *values = calloc (2 * c.segments + 2 * weights, sizeof *values);
        double *gathered = values + c.segments, *expanded = gathered + c.segments, *b = expanded + weights;
        c.values = values;
        for (size_t i = 0; i < c.segments; i++)
            values[i] = rg_random_normal (&random, 100 + i);
        for (size_t i = 0; i < count; i++)
            b[i] = rg_random_normal (&random, 2000 + i);
        rg_coefficient_expand (&c, first, count, expanded);
        rg_coefficient_gather (&c, first, count, b, gathered);
        double left = 0, right = 0, size = 1;
        int same = 1;
        for (size_t i = 0; i < count; i++) {
            left += expanded[i] * b[i];
            size += fabs (expanded[i] * b[i]);
            same &= expanded[i] == expanded[0];
        }
        for (size_t i = 0; i < c.segments; i++)
            right += values[i] * gathered[i];
        ck_assert_msg (fabs (left - right) <= 1e-14 * size, "case %d: %.17g, %.17g (SEED=%llu)", k, left, right,
                       (unsigned long long) test_seed ());
        double value;
        if (count > 0) {
            const int is_uniform = rg_coefficient_uniform (&c, first, count, &value);
            ck_assert_int_eq (is_uniform, c.offsets != NULL && same);
            if (is_uniform)
                ck_assert (value == expanded[0]);
        }
        free (values);
        rg_layout_free (layout);
    }
}
END_TEST

START_TEST (gathering_adds)
{
    fixture f;
    fixture_init (&f, 0);
    const size_t *offsets;
    rg_layout_segments (f.layout, RG_PER_LAYER, &offsets);
    const rg_coefficient c = { (const double[]) { 1, 2, 3 }, 3, offsets };
    const double ones[NET_WEIGHTS] = { [0] = 1, [13] = 2, [15] = 4, [22] = 8, [27] = 16 };
    double gradient[3] = { 100, 200, 300 };
    rg_coefficient_gather (&c, 0, NET_WEIGHTS, ones, gradient);
    ck_assert_double_eq (gradient[0], 103);
    ck_assert_double_eq (gradient[1], 212);
    ck_assert_double_eq (gradient[2], 316);
    double value;
    ck_assert_int_eq (rg_coefficient_uniform (&c, 15, 8, &value), 1);
    ck_assert_double_eq (value, 2);
    ck_assert_int_eq (rg_coefficient_uniform (&c, 15, 9, &value), 0);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("hyper values");
    TCase *transforms = tcase_create ("transforms and boxes");
    tcase_add_loop_test (transforms, transforms_have_their_known_values, 0, (int) (sizeof known / sizeof *known));
    tcase_add_loop_test (transforms, a_transform_goes_there_and_back_and_its_derivative_is_that_of_differences, 0, 4);
    tcase_add_test (transforms, extreme_natural_values_keep_their_digits);
    tcase_add_loop_test (transforms, the_chain_rule_is_that_of_differences_through_the_set, 0, 4);
    tcase_add_test (transforms, values_outside_the_box_are_put_on_it_in_free_numbers_too);
    tcase_add_test (transforms, a_role_keeps_its_own_range);
    tcase_add_test (transforms, a_number_that_is_not_finite_is_named);
    suite_add_tcase (suite, transforms);
    TCase *decays = tcase_create ("decays");
    tcase_add_test (decays, a_decay_becomes_the_ratio_that_is_applied);
    tcase_add_test (decays, random_decays_become_the_nearest_ratios);
    tcase_add_test (decays, the_chain_rule_uses_the_applied_decay);
    tcase_add_test (decays, when_rounding_stops_the_free_numbers_become_those_in_force);
    tcase_add_test (decays, a_decay_of_one_keeps_its_free_number_when_rounding_stops);
    suite_add_tcase (suite, decays);
    TCase *coefficients = tcase_create ("coefficients");
    tcase_add_test (coefficients, gathering_is_the_transpose_of_expanding);
    tcase_add_test (coefficients, gathering_adds);
    suite_add_tcase (suite, coefficients);
    return run_suite (suite);
}

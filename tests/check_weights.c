/* check_weights.c -- weights in a file, with what the examples say of themselves. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "scratch.h"

enum { WEIGHTS = 11 };

static char path[128];
static rg_layout *layout;
static double w[WEIGHTS];

static void
begin (void)
{
    const rg_array_spec arrays[] = { { "dense1.W", 6, 0, 3 }, { "dense1.b", 2, 0, 0 }, { "row", 3, 1, 1 } };
    scratch_make ();
    snprintf (path, sizeof path, "%s/w.npz", scratch);
    ck_assert_int_eq (rg_layout_new (&layout, 3, arrays), RG_OK);
    for (int i = 0; i < WEIGHTS; i++)
        w[i] = sin (2.385 * i + 1);
}

static void
end (void)
{
    rg_layout_free (layout);
    scratch_remove ();
}

/* Examples of two inputs that are standardised, as are their targets. */
static rg_dataset *
make_set (void)
{
    static const double inputs[] = { 1, 10, 3, 40, 5, 10 }, targets[] = { 2, 4, 9 };
    const size_t x_shape[] = { 3, 2 }, y_shape[] = { 3 };
    const rg_dataset_options options = { .size = sizeof options, .target = RG_TARGET_REALS };
    rg_array x, y;
    rg_dataset *set;
    ck_assert (rg_array_new (&x, RG_FLOAT64, 2, x_shape) == RG_OK && rg_array_new (&y, RG_FLOAT64, 1, y_shape) == RG_OK);
    memcpy (x.data, inputs, sizeof inputs);
    memcpy (y.data, targets, sizeof targets);
    ck_assert_int_eq (rg_dataset_new (&set, &x, &y, &options, "x", "y", NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_standardize (set, set, NULL), RG_OK);
    return set;
}

static rg_array
read_array (const char *name)
{
    rg_array array;
    rg_message message = { "" };
    ck_assert_msg (rg_npz_read (path, name, &array, &message) == RG_OK, "%s", message.text);
    return array;
}

START_TEST (arrays_have_their_names_and_shapes)
{
    static const struct {
        const char *name;
        int ndim;
        size_t rows, columns, first;
    } arrays[] = { { "dense1.W", 2, 3, 2, 0 }, { "dense1.b", 1, 2, 0, 6 }, { "row", 2, 1, 3, 8 } };
    double back[WEIGHTS];
    rg_message message = { "" };
    ck_assert_msg (rg_weights_write (path, layout, w, NULL, &message) == RG_OK, "%s", message.text);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        rg_array array = read_array (arrays[i].name);
        ck_assert_int_eq (array.ndim, arrays[i].ndim);
        ck_assert_uint_eq (array.shape[0], arrays[i].rows);
        ck_assert_uint_eq (array.shape[1], arrays[i].columns);
        ck_assert_mem_eq (array.data, w + arrays[i].first, rg_array_count (&array) * sizeof *w);
        rg_array_clear (&array);
    }
    ck_assert_int_eq (rg_weights_read (path, layout, back, NULL), RG_OK);
    ck_assert_mem_eq (back, w, sizeof w);
}
END_TEST

START_TEST (what_examples_were_scaled_by_is_there)
{
    rg_dataset *set = make_set ();
    static const char *const names[] = { "mean", "scale", "target_mean", "target_scale" };
    const double *const numbers[] = { rg_dataset_mean (set), rg_dataset_divisor (set), rg_dataset_target_mean (set),
                                      rg_dataset_target_divisor (set) };
    ck_assert_int_eq (rg_weights_write (path, layout, w, set, NULL), RG_OK);
    for (int i = 0; i < 4; i++) {
        rg_array array = read_array (names[i]);
        ck_assert_uint_eq (rg_array_count (&array), i < 2 ? 2 : 1);
        ck_assert_mem_eq (array.data, numbers[i], rg_array_count (&array) * sizeof (double));
        rg_array_clear (&array);
    }
    rg_dataset_free (set);
}
END_TEST

START_TEST (other_files_are_refused_by_name)
{
    const rg_array_spec other[] = { { "dense1.W", 5, 0, 0 } }, missing[] = { { "dense2.W", 6, 0, 0 } };
    rg_layout *wrong;
    rg_message message;
    double back[WEIGHTS];
    char text[300];
    ck_assert_int_eq (rg_weights_write (path, layout, w, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_layout_new (&wrong, 1, other), RG_OK);
    ck_assert_int_eq (rg_weights_read (path, wrong, back, &message), RG_ESHAPE);
    snprintf (text, sizeof text, "%s:dense1.W: expected 5 weights, got 6", path);
    ck_assert_str_eq (message.text, text);
    rg_layout_free (wrong);
    ck_assert_int_eq (rg_layout_new (&wrong, 1, missing), RG_OK);
    ck_assert_int_eq (rg_weights_read (path, wrong, back, &message), RG_EINPUT);
    rg_layout_free (wrong);
    w[7] = NAN;
    ck_assert_int_eq (rg_weights_write (path, layout, w, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_weights_read (path, layout, back, &message), RG_ENONFINITE);
    snprintf (text, sizeof text, "%s:dense1.b: weight 1: expected a finite number, got nan", path);
    ck_assert_str_eq (message.text, text);
}
END_TEST

START_TEST (running_out_of_memory_is_a_status)
{
    rg_dataset *set = make_set ();
    double back[WEIGHTS];
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_weights_write (path, layout, w, set, NULL));
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_weights_read (path, layout, back, NULL));
    rg_dataset_free (set);
}
END_TEST

/* The rows of a matrix are its inputs, also where that is one; a bias is a vector. */
START_TEST (a_models_matrices_are_two_dimensional)
{
    const size_t width[] = { 1, 3, 2 };
    const rg_network network = { 3, width, RG_TANH };
    static const int ndim[] = { 2, 1, 2, 1 };
    double weights[3 + 3 + 6 + 2] = { 0 };
    rg_model *model;
    rg_layout *own;
    ck_assert_int_eq (rg_model_mlp (&model, &network, RG_LINEAR, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_model_layout (&own, model, NULL), RG_OK);
    ck_assert_int_eq (rg_weights_write (path, own, weights, NULL, NULL), RG_OK);
    for (size_t a = 0; a < 4; a++) {
        rg_array array = read_array (rg_layout_name (own, a));
        ck_assert_int_eq (array.ndim, ndim[a]);
        ck_assert_uint_eq (array.shape[0], a == 0 ? 1 : a < 3 ? 3 : 2);
        rg_array_clear (&array);
    }
    rg_layout_free (own);
    rg_model_free (model);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("weights");
    TCase *tcase = tcase_create ("files");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_add_test (tcase, arrays_have_their_names_and_shapes);
    tcase_add_test (tcase, what_examples_were_scaled_by_is_there);
    tcase_add_test (tcase, other_files_are_refused_by_name);
    tcase_add_test (tcase, running_out_of_memory_is_a_status);
    tcase_add_test (tcase, a_models_matrices_are_two_dimensional);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/* check_data_sets.c -- sets of examples keep what they are given, and what files give them. */
#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <retrograde/data.h>

#include "failing_memory.h"

#include "base/random.h"

#define COUNT(table) ((int) (sizeof (table) / sizeof *(table)))

/* An array of high entropy. */
static rg_array
make_array (rg_element type, int ndim, const size_t *shape)
{
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 0 };
    rg_array array;
    ck_assert_int_eq (rg_array_new (&array, type, ndim, shape), RG_OK);
    for (size_t i = 0; i < rg_array_count (&array); i++)
        switch (type) {
        case RG_UINT8: ((uint8_t *) array.data)[i] = (uint8_t) rg_random_below (&random, i, 256); break;
        case RG_BOOL: ((uint8_t *) array.data)[i] = (uint8_t) rg_random_below (&random, i, 2); break;
        case RG_INT32: ((int32_t *) array.data)[i] = (int32_t) rg_random_below (&random, i, 1000) - 500; break;
        case RG_INT64: ((int64_t *) array.data)[i] = (int64_t) rg_random_below (&random, i, 1000) - 500; break;
        case RG_FLOAT32: ((float *) array.data)[i] = (float) rg_random_normal (&random, i); break;
        case RG_FLOAT64: ((double *) array.data)[i] = rg_random_normal (&random, i); break;
        }
    return array;
}

static rg_array
make_labels (size_t count, int32_t classes)
{
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 0 };
    rg_array array;
    ck_assert_int_eq (rg_array_new (&array, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < count; i++)
        ((int32_t *) array.data)[i] = (int32_t) rg_random_below (&random, i, (uint32_t) classes);
    ((int32_t *) array.data)[count / 2] = classes - 1;
    return array;
}

static rg_dataset *
make_set (rg_array *inputs, rg_array *targets, const rg_dataset_options *options)
{
    rg_dataset *set;
    rg_message message = { "" };
    ck_assert_msg (rg_dataset_new (&set, inputs, targets, options, "x", "y", &message) == RG_OK, "%s", message.text);
    ck_assert (inputs->data == NULL && targets->data == NULL);
    return set;
}

/* ---- Gathering ------------------------------------------------------- */

enum { EXAMPLES = 41, FEATURES = 53, GATHERED = 17 };

/* Every type, with and without a mean, equals the obvious loop bit for bit. */
START_TEST (gathering_equals_the_obvious_loop)
{
    const rg_element type = (rg_element) (_i / 2);
    const int centred = _i % 2;
    const size_t shape[2] = { EXAMPLES, FEATURES };
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 0 };
    static double raw[EXAMPLES * FEATURES], out[GATHERED * FEATURES];
    static float single[GATHERED * FEATURES];
    uint32_t indices[GATHERED];
    int32_t labels[GATHERED];
    rg_array inputs = make_array (type, 2, shape), targets = make_labels (EXAMPLES, 4);
    rg_array_to_double (&inputs, raw);
    rg_dataset *set = make_set (&inputs, &targets, NULL);
    const double scale = type == RG_UINT8 ? 1 / 255. : 1;
    if (centred)
        ck_assert_int_eq (rg_dataset_center (set, set, NULL), RG_OK);
    ck_assert (centred == (rg_dataset_mean (set) != NULL));
    for (int i = 0; i < GATHERED; i++)
        indices[i] = rg_random_below (&random, (uint64_t) i, EXAMPLES);
    indices[3] = indices[2]; /* twice the same */
    rg_dataset_gather_double (set, indices, GATHERED, out);
    rg_dataset_gather_single (set, indices, GATHERED, single);
    rg_dataset_gather_labels (set, indices, GATHERED, labels);
    for (size_t i = 0; i < GATHERED; i++) {
        ck_assert_int_eq (labels[i], rg_dataset_labels (set)[indices[i]]);
        for (size_t j = 0; j < FEATURES; j++) {
            const double mean = centred ? rg_dataset_mean (set)[j] : 0;
            const double x = raw[indices[i] * FEATURES + j];
            ck_assert_msg (out[i * FEATURES + j] == x * scale - mean, "type %d", (int) type);
            ck_assert_msg (single[i * FEATURES + j] == (float) x * (float) scale - (float) mean, "type %d", (int) type);
        }
    }
    rg_dataset_free (set);
}
END_TEST

START_TEST (centring_makes_the_mean_zero_and_serves_other_sets)
{
    const size_t shape[2] = { EXAMPLES, FEATURES };
    rg_array inputs = make_array (RG_UINT8, 2, shape), targets = make_labels (EXAMPLES, 4);
    rg_dataset *set = make_set (&inputs, &targets, NULL), *part;
    ck_assert_int_eq (rg_dataset_subset (&part, set, 7, 30, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_center (set, set, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_center (part, set, NULL), RG_OK);
    ck_assert_mem_eq (rg_dataset_mean (part), rg_dataset_mean (set), FEATURES * sizeof (double));
    double sum[FEATURES] = { 0 }, row[FEATURES], again[FEATURES];
    for (uint32_t i = 0; i < EXAMPLES; i++) {
        rg_dataset_gather_double (set, &i, 1, row);
        for (int j = 0; j < FEATURES; j++)
            sum[j] += row[j];
        if (i >= 7 && i < 37) {
            rg_dataset_gather_double (part, &(uint32_t) { i - 7 }, 1, again);
            ck_assert_mem_eq (row, again, sizeof row);
        }
    }
    for (int j = 0; j < FEATURES; j++)
        ck_assert_double_le (fabs (sum[j]), 1e-13);
    rg_dataset_free (set);
    rg_dataset_free (part);
}
END_TEST

START_TEST (pooling_averages_blocks_of_pixels)
{
    static const rg_element types[] = { RG_UINT8, RG_BOOL, RG_INT32, RG_INT64, RG_FLOAT32, RG_FLOAT64 };
    const rg_element type = types[_i];
    const size_t shape[3] = { 5, 8, 12 };
    static double raw[5 * 8 * 12], row[6];
    rg_array inputs = make_array (type, 3, shape), targets = make_labels (5, 4);
    rg_array_to_double (&inputs, raw);
    rg_dataset *set = make_set (&inputs, &targets, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .pool = 4 });
    size_t image[RG_MAX_DIMENSIONS];
    ck_assert_int_eq (rg_dataset_shape (set, image), 2);
    ck_assert (image[0] == 2 && image[1] == 3 && rg_dataset_features (set) == 6);
    for (uint32_t i = 0; i < 5; i++) {
        rg_dataset_gather_double (set, &i, 1, row);
        for (size_t at = 0; at < 6; at++) {
            double sum = 0;
            for (size_t k = 0; k < 16; k++)
                sum += raw[i * 96 + (at / 3 * 4 + k / 4) * 12 + at % 3 * 4 + k % 4];
            const double expect = sum / 16 * (type == RG_UINT8 ? 1 / 255. : 1);
            ck_assert_double_le (fabs (row[at] - expect), type == RG_FLOAT32 ? 1e-7 : 1e-13);
        }
    }
    rg_dataset_free (set);
}
END_TEST

START_TEST (a_set_describes_itself)
{
    const size_t shape[4] = { 6, 2, 3, 5 }, reals_shape[2] = { 6, 2 };
    rg_array inputs = make_array (RG_FLOAT32, 4, shape), targets = make_array (RG_FLOAT64, 2, reals_shape);
    double expect[12], got[4];
    float single[4];
    rg_array_to_double (&targets, expect);
    rg_dataset *set = make_set (&inputs, &targets, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .target = RG_TARGET_REALS });
    size_t image[RG_MAX_DIMENSIONS];
    ck_assert_int_eq (rg_dataset_shape (set, image), 3);
    ck_assert (image[0] == 2 && image[1] == 3 && image[2] == 5);
    ck_assert (rg_dataset_count (set) == 6 && rg_dataset_features (set) == 30 && rg_dataset_classes (set) == 0);
    ck_assert (rg_dataset_targets (set) == 2 && rg_dataset_labels (set) == NULL);
    rg_dataset_gather_targets_double (set, (const uint32_t[]) { 5, 1 }, 2, got);
    rg_dataset_gather_targets_single (set, (const uint32_t[]) { 5, 1 }, 2, single);
    for (int i = 0; i < 4; i++) {
        ck_assert (got[i] == expect[i < 2 ? 10 + i : i]);
        ck_assert (single[i] == (float) got[i]);
    }
    rg_dataset_free (set);
    const size_t flat = 3;
    inputs = make_array (RG_UINT8, 1, &flat);
    ((uint8_t *) inputs.data)[1] = 2;
    targets = make_labels (3, 7);
    set = make_set (&inputs, &targets, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .classes = 9, .scale = .5 });
    ck_assert (rg_dataset_shape (set, image) == 0 && rg_dataset_features (set) == 1 && rg_dataset_classes (set) == 9);
    rg_dataset_gather_double (set, (const uint32_t[]) { 1 }, 1, got);
    ck_assert (got[0] == 1);
    rg_dataset_free (set);
}
END_TEST

START_TEST (single_precision_must_hold_the_values)
{
    const size_t shape[2] = { 3, 2 };
    rg_message message;
    for (int where = 0; where < 3; where++) {
        rg_array inputs = make_array (RG_FLOAT64, 2, shape), targets = make_array (RG_FLOAT64, 2, shape);
        if (where < 2)
            ((double *) (where == 0 ? inputs : targets).data)[3] = -1e39;
        rg_dataset *set = make_set (&inputs, &targets, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .target = RG_TARGET_REALS });
        ck_assert_int_eq (rg_dataset_fits_single (set, &message), where < 2 ? RG_ENONFINITE : RG_OK);
        if (where < 2)
            ck_assert_str_eq (message.text, where == 0 ? "example 1, feature 1: too large for single precision"
                                                       : "example 1, target 1: too large for single precision");
        rg_dataset_free (set);
    }
}
END_TEST

/* ---- What sets refuse ------------------------------------------------ */

#define ALL .size = sizeof (rg_dataset_options)
static const struct {
    const char *label;
    int ndim;
    size_t shape[3];
    int targets_ndim;
    size_t targets_shape[3];
    rg_dataset_options options;
    size_t at;       /* element to replace, */
    double input;    /* of the inputs, unless 0 */
    double target;   /* of the targets, unless 0 */
    rg_status status;
    const char *sentence;
} bad_sets[] = {
    { "no dimension", 0, { 0 }, 1, { 4 }, { ALL }, 0, 0, 0, RG_ESHAPE, "x: expected at least 1 dimension, got 0" },
    { "no example", 2, { 0, 3 }, 1, { 0 }, { ALL }, 0, 0, 0, RG_EINPUT, "x: expected 1 to 4294967294 examples, got 0" },
    { "no feature", 2, { 4, 0 }, 1, { 4 }, { ALL }, 0, 0, 0, RG_ESHAPE, "x: expected inputs of at least one number, got none" },
    { "fewer labels", 2, { 4, 3 }, 1, { 3 }, { ALL }, 0, 0, 0, RG_ESHAPE,
      "y: expected targets for the 4 examples of x, got 3" },
    { "more labels", 2, { 4, 3 }, 1, { 5 }, { ALL }, 0, 0, 0, RG_ESHAPE, "y: expected targets for the 4 examples of x, got 5" },
    { "no labels", 2, { 4, 3 }, 1, { 0 }, { ALL }, 0, 0, 0, RG_ESHAPE, "y: expected targets for the 4 examples of x, got 0" },
    { "one label as a number", 2, { 1, 3 }, 0, { 0 }, { ALL }, 0, 0, 0, RG_ESHAPE, "y: expected 1 or 2 dimensions, got 0" },
    { "labels in a cube", 2, { 4, 3 }, 3, { 4, 1, 1 }, { ALL }, 0, 0, 0, RG_ESHAPE, "y: expected 1 or 2 dimensions, got 3" },
    { "two labels each", 2, { 4, 3 }, 2, { 4, 2 }, { ALL }, 0, 0, 0, RG_ESHAPE,
      "y: expected one label for each example, got 2" },
    { "no label each", 2, { 4, 3 }, 2, { 4, 0 }, { ALL }, 0, 0, 0, RG_ESHAPE, "y: expected one label for each example, got 0" },
    { "no target each", 2, { 4, 3 }, 2, { 4, 0 }, { ALL, .target = RG_TARGET_REALS }, 0, 0, 0, RG_ESHAPE,
      "y: expected at least one target for each example, got none" },
    { "reals in a cube", 2, { 4, 3 }, 3, { 4, 1, 1 }, { ALL, .target = RG_TARGET_REALS }, 0, 0, 0, RG_ESHAPE,
      "y: expected 1 or 2 dimensions, got 3" },
    { "half a label", 2, { 4, 3 }, 1, { 4 }, { ALL }, 2, 0, 2.5, RG_EINPUT,
      "y: example 2: expected a whole number as label, got 2.5" },
    { "nan for a label", 2, { 4, 3 }, 1, { 4 }, { ALL }, 2, 0, NAN, RG_EINPUT,
      "y: example 2: expected a whole number as label, got nan" },
    { "negative label", 2, { 4, 3 }, 1, { 4 }, { ALL }, 3, 0, -1, RG_ERANGE,
      "y: example 3: expected a label of 0 to 2147483646, got -1" },
    { "huge label", 2, { 4, 3 }, 1, { 4 }, { ALL }, 1, 0, 2147483647., RG_ERANGE,
      "y: example 1: expected a label of 0 to 2147483646, got 2147483647" },
    { "infinite label", 2, { 4, 3 }, 1, { 4 }, { ALL }, 1, 0, INFINITY, RG_ERANGE,
      "y: example 1: expected a label of 0 to 2147483646, got inf" },
    { "label beyond the classes", 2, { 4, 3 }, 1, { 4 }, { ALL, .classes = 10 }, 1, 0, 10, RG_ERANGE,
      "y: example 1: expected a label of 0 to 9, got 10" },
    { "input nan", 2, { 4, 3 }, 1, { 4 }, { ALL }, 7, NAN, 0, RG_ENONFINITE,
      "x: example 2, feature 1: expected a finite number, got nan" },
    { "input inf", 2, { 4, 3 }, 1, { 4 }, { ALL }, 11, INFINITY, 0, RG_ENONFINITE,
      "x: example 3, feature 2: expected a finite number, got inf" },
    { "input -inf", 3, { 4, 2, 2 }, 1, { 4 }, { ALL }, 5, -INFINITY, 0, RG_ENONFINITE,
      "x: example 1, feature 1: expected a finite number, got -inf" },
    { "target nan", 2, { 4, 3 }, 2, { 4, 2 }, { ALL, .target = RG_TARGET_REALS }, 5, 0, NAN, RG_ENONFINITE,
      "y: example 2, target 1: expected a finite number, got nan" },
    { "pool of flat inputs", 2, { 4, 4 }, 1, { 4 }, { ALL, .pool = 2 }, 0, 0, 0, RG_ESHAPE,
      "x: expected images of 2 dimensions to pool, got 1" },
    { "pool of inputs without dimensions", 1, { 4 }, 1, { 4 }, { ALL, .pool = 2 }, 0, 0, 0, RG_ESHAPE,
      "x: expected images of 2 dimensions to pool, got 0" },
    { "pool does not divide the rows", 3, { 4, 3, 2 }, 1, { 4 }, { ALL, .pool = 2 }, 0, 0, 0, RG_ESHAPE,
      "x: expected images that blocks of 2 x 2 pixels divide, got 3 x 2" },
    { "pool does not divide the columns", 3, { 4, 2, 3 }, 1, { 4 }, { ALL, .pool = 2 }, 0, 0, 0, RG_ESHAPE,
      "x: expected images that blocks of 2 x 2 pixels divide, got 2 x 3" },
    { "pool and wrong labels", 3, { 4, 2, 2 }, 1, { 3 }, { ALL, .pool = 2 }, 0, 0, 0, RG_ESHAPE,
      "y: expected targets for the 4 examples of x, got 3" },
};

START_TEST (sets_refuse_with_a_sentence_and_leave_the_arrays)
{
    rg_array inputs, targets;
    rg_message message = { "" };
    rg_dataset *set;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, bad_sets[_i].ndim, bad_sets[_i].shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&targets, RG_FLOAT64, bad_sets[_i].targets_ndim, bad_sets[_i].targets_shape), RG_OK);
    if (bad_sets[_i].input != 0)
        ((double *) inputs.data)[bad_sets[_i].at] = bad_sets[_i].input;
    if (bad_sets[_i].target != 0)
        ((double *) targets.data)[bad_sets[_i].at] = bad_sets[_i].target;
    const rg_array inputs_before = inputs, targets_before = targets;
    const rg_status status = rg_dataset_new (&set, &inputs, &targets, &bad_sets[_i].options, "x", "y", &message);
    ck_assert_msg (status == bad_sets[_i].status && strcmp (message.text, bad_sets[_i].sentence) == 0,
                   "%s:\n got      %d %s\n expected %d %s", bad_sets[_i].label, status, message.text,
                   bad_sets[_i].status, bad_sets[_i].sentence);
    ck_assert_ptr_null (set);
    ck_assert_mem_eq (&inputs, &inputs_before, sizeof inputs);
    ck_assert_mem_eq (&targets, &targets_before, sizeof targets);
    rg_array_clear (&inputs);
    rg_array_clear (&targets);
}
END_TEST

START_TEST (subsets_and_means_refuse_with_a_sentence)
{
    const size_t shape[2] = { 3, 2 }, narrow[2] = { 3, 1 };
    rg_array inputs = make_array (RG_FLOAT64, 2, shape), targets = make_labels (3, 2);
    ((double *) inputs.data)[1] = ((double *) inputs.data)[3] = 1.7e308;
    rg_dataset *set = make_set (&inputs, &targets, NULL), *part = set, *other;
    inputs = make_array (RG_FLOAT64, 2, narrow);
    targets = make_labels (3, 2);
    other = make_set (&inputs, &targets, NULL);
    rg_message message;
    ck_assert_int_eq (rg_dataset_subset (&part, set, 0, 0, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "expected a part of the 3 examples, got 0 from 0 on");
    ck_assert_ptr_null (part);
    ck_assert_int_eq (rg_dataset_subset (&part, set, 2, 2, &message), RG_ERANGE);
    ck_assert_int_eq (rg_dataset_subset (&part, set, 2, SIZE_MAX, &message), RG_ERANGE);
    ck_assert_int_eq (rg_dataset_center (set, other, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "expected the mean of 2 features, got 1");
    ck_assert_int_eq (rg_dataset_center (set, set, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "the mean of feature 1 is too large");
    ck_assert_ptr_null (rg_dataset_mean (set));
    rg_dataset_free (set);
    rg_dataset_free (other);
    rg_dataset_free (NULL);
}
END_TEST

START_TEST (sets_survive_any_failing_allocation)
{
    static const struct {
        rg_element type;
        rg_dataset_options options;
    } cases[] = { { RG_UINT8, { ALL } }, { RG_INT32, { ALL } }, { RG_UINT8, { ALL, .pool = 2 } },
                  { RG_FLOAT64, { ALL, .target = RG_TARGET_REALS } } };
    const size_t shape[3] = { 5, 4, 2 };
    for (int c = 0; c < COUNT (cases); c++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_array inputs = make_array (cases[c].type, 3, shape), targets = make_labels (5, 3);
            rg_dataset *set = NULL, *part = NULL;
            failing_begin (&memory);
            rg_status status = rg_dataset_new (&set, &inputs, &targets, &cases[c].options, "x", "y", NULL);
            if (status == RG_OK)
                status = rg_dataset_center (set, set, NULL);
            if (status == RG_OK)
                status = rg_dataset_subset (&part, set, 1, 3, NULL);
            failing_end (&memory, status);
            rg_array_clear (&inputs);
            rg_array_clear (&targets);
            rg_dataset_free (set);
            rg_dataset_free (part);
        }
}
END_TEST

/* ---- Loaders --------------------------------------------------------- */

static char folder[64];

static const char *
in_folder (const char *name, const char *text, size_t size)
{
    static char paths[2][128];
    static int which;
    char *path = paths[which ^= 1];
    snprintf (path, sizeof paths[0], "%s/%s", folder, name);
    if (text != NULL) {
        FILE *file = fopen (path, "wb");
        ck_assert_ptr_nonnull (file);
        ck_assert_uint_eq (fwrite (text, 1, size, file), size);
        ck_assert_int_eq (fclose (file), 0);
    }
    return path;
}

static void
make_folder (void)
{
    strcpy (folder, "/tmp/rg-check-sets-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
}

static void
remove_folder (void)
{
    static const char *const names[] = { "x.npy", "y.npy", "t.csv", "x.csv", "train-images-idx3-ubyte",
                                         "train-labels-idx1-ubyte" };
    for (int i = 0; i < COUNT (names); i++)
        unlink (in_folder (names[i], NULL, 0));
    ck_assert_int_eq (rmdir (folder), 0);
}

static const char table[] = "a,label,b,c\n1.5,2,3,1\n4,0,6.25,0\n";

START_TEST (csv_tables_give_up_a_column)
{
    const char *path = in_folder ("t.csv", table, sizeof table - 1);
    rg_dataset *set;
    rg_message message = { "" };
    double row[3];
    ck_assert_msg (rg_dataset_load_csv (&set, path, NULL, NULL, &message) == RG_OK, "%s", message.text);
    ck_assert (rg_dataset_features (set) == 3 && rg_dataset_classes (set) == 2 && rg_dataset_labels (set)[0] == 1);
    rg_dataset_gather_double (set, (const uint32_t[]) { 1 }, 1, row);
    ck_assert (row[0] == 4 && row[1] == 0 && row[2] == 6.25);
    rg_dataset_free (set);
    ck_assert_int_eq (rg_dataset_load_csv (&set, path, NULL, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .column = 2 }, &message), RG_OK);
    ck_assert (rg_dataset_classes (set) == 3 && rg_dataset_labels (set)[0] == 2 && rg_dataset_labels (set)[1] == 0);
    rg_dataset_gather_double (set, (const uint32_t[]) { 1 }, 1, row);
    ck_assert (row[0] == 4 && row[1] == 6.25 && row[2] == 0);
    rg_dataset_free (set);
    char sentence[256];
    ck_assert_int_eq (rg_dataset_load_csv (&set, path, NULL, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .column = 5 }, &message), RG_ERANGE);
    snprintf (sentence, sizeof sentence, "%s: expected the targets in column 5, got 4 columns", path);
    ck_assert_str_eq (message.text, sentence);
    ck_assert_int_eq (rg_dataset_load_csv (&set, path, NULL, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .column = 1 }, &message), RG_EINPUT);
    const char *one = in_folder ("x.csv", "1\n2\n", 4);
    ck_assert_int_eq (rg_dataset_load_csv (&set, one, NULL, NULL, &message), RG_ESHAPE);
    snprintf (sentence, sizeof sentence, "%s: expected at least 2 columns, inputs and a target, got 1", one);
    ck_assert_str_eq (message.text, sentence);
    ck_assert_int_eq (rg_dataset_load_csv (&set, path, one, NULL, &message), RG_OK);
    ck_assert (rg_dataset_features (set) == 4 && rg_dataset_classes (set) == 3 && rg_dataset_labels (set)[1] == 2);
    rg_dataset_free (set);
}
END_TEST

START_TEST (npy_pairs_load)
{
    const size_t shape[2] = { 3, 5 };
    rg_array inputs = make_array (RG_FLOAT32, 2, shape), targets = make_labels (3, 6);
    const char *x = in_folder ("x.npy", NULL, 0), *y = in_folder ("y.npy", NULL, 0);
    rg_dataset *set;
    rg_message message = { "" };
    ck_assert (rg_npy_write (x, &inputs, NULL) == RG_OK && rg_npy_write (y, &targets, NULL) == RG_OK);
    ck_assert_msg (rg_dataset_load_npy (&set, x, y, NULL, &message) == RG_OK, "%s", message.text);
    ck_assert (rg_dataset_count (set) == 3 && rg_dataset_features (set) == 5 && rg_dataset_classes (set) == 6);
    ck_assert_mem_eq (rg_dataset_labels (set), targets.data, 3 * sizeof (int32_t));
    rg_dataset_free (set);
    rg_array_clear (&inputs);
    rg_array_clear (&targets);
}
END_TEST

START_TEST (mnist_folders_load)
{
    rg_dataset *set;
    rg_message message = { "" };
    char sentence[256];
    ck_assert_int_eq (rg_dataset_load_mnist (&set, folder, RG_PART_TRAIN, NULL, &message), RG_EINPUT);
    snprintf (sentence, sizeof sentence,
              "%s: expected a file train-images-idx3-ubyte or train-images-idx3-ubyte.gz in this folder", folder);
    ck_assert_str_eq (message.text, sentence);
    in_folder ("train-images-idx3-ubyte", "\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\2" "abcdefgh", 24);
    ck_assert_int_eq (rg_dataset_load_mnist (&set, folder, RG_PART_TRAIN, NULL, &message), RG_EINPUT);
    in_folder ("train-labels-idx1-ubyte", "\0\0\x08\1\0\0\0\2\1\0", 10);
    ck_assert_msg (rg_dataset_load_mnist (&set, folder, RG_PART_TRAIN, NULL, &message) == RG_OK, "%s", message.text);
    double row[4];
    rg_dataset_gather_double (set, (const uint32_t[]) { 1 }, 1, row);
    ck_assert (row[0] == 'e' * (1 / 255.) && rg_dataset_labels (set)[0] == 1 && rg_dataset_classes (set) == 2);
    rg_dataset_free (set);
}
END_TEST

/* Facts that the makers of both sets published, and the labels that everyone sees first. */
static void
check_mnist (const char *where, const int32_t first[5])
{
    for (int part = RG_PART_TRAIN; part <= RG_PART_TEST; part++) {
        rg_dataset *set;
        rg_message message = { "" };
        size_t image[RG_MAX_DIMENSIONS];
        ck_assert_msg (rg_dataset_load_mnist (&set, where, (rg_part) part, NULL, &message) == RG_OK, "%s", message.text);
        ck_assert_uint_eq (rg_dataset_count (set), part == RG_PART_TRAIN ? 60000 : 10000);
        ck_assert_int_eq (rg_dataset_shape (set, image), 2);
        ck_assert (image[0] == 28 && image[1] == 28 && rg_dataset_classes (set) == 10);
        if (part == RG_PART_TRAIN)
            ck_assert_mem_eq (rg_dataset_labels (set), first, 5 * sizeof *first);
        rg_dataset_free (set);
    }
}

START_TEST (fashion_mnist_is_what_it_is_known_to_be)
{
    const char *where = rg_fashion_mnist_directory ();
    if (where == NULL)
        fprintf (stderr, "skipped: Debian's package dataset-fashion-mnist is not installed\n");
    else
        check_mnist (where, (const int32_t[]) { 9, 0, 0, 3, 0 });
}
END_TEST

START_TEST (mnist_is_what_it_is_known_to_be)
{
    const char *where = getenv ("RG_TEST_MNIST");
    if (where == NULL)
        fprintf (stderr, "skipped: RG_TEST_MNIST does not name a folder with the files of MNIST\n");
    else
        check_mnist (where, (const int32_t[]) { 5, 0, 4, 1, 9 });
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("sets of examples");
    TCase *sets = tcase_create ("sets"), *files = tcase_create ("loaders");
    tcase_add_loop_test (sets, gathering_equals_the_obvious_loop, 0, 12);
    tcase_add_test (sets, centring_makes_the_mean_zero_and_serves_other_sets);
    tcase_add_loop_test (sets, pooling_averages_blocks_of_pixels, 0, 6);
    tcase_add_test (sets, a_set_describes_itself);
    tcase_add_test (sets, single_precision_must_hold_the_values);
    tcase_add_loop_test (sets, sets_refuse_with_a_sentence_and_leave_the_arrays, 0, COUNT (bad_sets));
    tcase_add_test (sets, subsets_and_means_refuse_with_a_sentence);
    tcase_add_test (sets, sets_survive_any_failing_allocation);
    tcase_add_checked_fixture (files, make_folder, remove_folder);
    tcase_add_test (files, csv_tables_give_up_a_column);
    tcase_add_test (files, npy_pairs_load);
    tcase_add_test (files, mnist_folders_load);
    tcase_add_test (files, fashion_mnist_is_what_it_is_known_to_be);
    tcase_add_test (files, mnist_is_what_it_is_known_to_be);
    TCase *all[] = { sets, files };
    for (int i = 0; i < COUNT (all); i++) {
        tcase_set_timeout (all[i], 120);
        suite_add_tcase (suite, all[i]);
    }
    return run_suite (suite);
}

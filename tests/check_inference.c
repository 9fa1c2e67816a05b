/* check_inference.c -- a trained model on one example, and the running statistics of its batch norms. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"

enum { EXAMPLES = 13, PART = 6, PICTURE = 36, OUTPUTS = 3 };

#define END { .kind = NULL }

static const rg_layer layers[] = {
    { .kind = "conv", .settings = { { "filters", 3, NULL }, { "kernel", 3, NULL }, { "pad", 1, NULL } } }, { .kind = "batch-norm" },
    { .kind = "tanh" },
    { .kind = "conv", .settings = { { "filters", 2, NULL }, { "kernel", 2, NULL } } },
    { .kind = "batch-norm", .settings = { { "epsilon", 1e-3, NULL } } }, { .kind = "tanh" }, { .kind = "dropout", .settings = { { "rate", .5, NULL } } },
    { .kind = "global-average-pool" }, { .kind = "dense", .settings = { { "units", OUTPUTS, NULL } } }, END
};

/* What golden/inference.py prints. */
static const double statistics[] = {
    0.0015706322451743999, 0.0044971335515312048, -0.0061113529558860817, 0.10763674033313778, 0.15603456757741407, 0.52554159544895307,
    -0.43306784930167358, 1.2451567848755687, 0.011383820009159561, 0.07240356593565514
};
static const double outputs[OUTPUTS] = { 0.13896599446341962, -0.50179251365288446, 0.36768999720663342 };

static void
example (size_t i, double *out)
{
    for (size_t k = 0; k < PICTURE; k++)
        out[k] = sin (1.3 * (double) i + .7 * (double) k + .29 * (double) (i * k));
}

static rg_dataset *
examples (size_t features)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t count = EXAMPLES, shape[] = { count, features };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; features == PICTURE && i < count; i++)
        example (i, (double *) inputs.data + i * PICTURE);
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, &(rg_dataset_options) { .size = sizeof (rg_dataset_options), .classes = OUTPUTS }, "x", "y", NULL), RG_OK);
    return data;
}

static rg_model *
model_of (const rg_layer *list, size_t height, size_t width, size_t channels)
{
    const rg_model_spec spec = { .size = sizeof spec, .input = { height, width, channels }, .layers = list };
    rg_model *model;
    rg_message message = { "" };
    ck_assert_msg (rg_model_new (&model, &spec, &message) == RG_OK, "%s", message.text);
    return model;
}

static double *
weights_of (const rg_model *model)
{
    double *w = calloc (rg_model_weights (model), sizeof *w);
    for (size_t k = 0; k < rg_model_weights (model); k++)
        w[k] = .5 * sin (2.1 * (double) k + .4);
    return w;
}

static void
refused (const rg_model *model, const rg_dataset *data, uint32_t batch, rg_status expected, const char *sentence)
{
    rg_inference *p;
    rg_message message = { "" };
    double *w = weights_of (model);
    ck_assert_int_eq (rg_inference_new (&p, model, w, data, batch, &message), expected);
    ck_assert_ptr_null (p);
    ck_assert_str_eq (message.text, sentence);
    free (w);
}

/* The thirteenth example is in no part. */
START_TEST (running_statistics_and_outputs_are_those_of_pytorch)
{
    rg_model *model = model_of (layers, 6, 6, 1);
    rg_dataset *data = examples (PICTURE);
    double *w = weights_of (model), x[PICTURE], z[OUTPUTS];
    const double *found;
    rg_inference *p;
    ck_assert_int_eq (rg_inference_new (&p, model, w, data, PART, NULL), RG_OK);
    ck_assert_uint_eq (rg_inference_statistics (p, &found), sizeof statistics / sizeof *statistics);
    ck_assert_double_le (relative_difference (found, statistics, sizeof statistics / sizeof *statistics), 1e-13);
    memset (w, 0, rg_model_weights (model) * sizeof *w); /* they were copied */
    for (int again = 0; again < 2; again++) {
        example (20, x);
        ck_assert_int_eq (rg_infer (p, x, z, NULL), RG_OK);
        ck_assert_double_le (relative_difference (z, outputs, OUTPUTS), 1e-12);
        example (3, x);
        ck_assert_int_eq (rg_infer (p, x, z, NULL), RG_OK);
        ck_assert_double_gt (relative_difference (z, outputs, OUTPUTS), 1e-3);
    }
    rg_inference_free (p);
    rg_dataset_free (data);
    rg_model_free (model);
    free (w);
}
END_TEST

START_TEST (a_model_without_batch_norm_needs_no_examples)
{
    const rg_layer list[] = { { .kind = "embedding", .settings = { { "entries", 4, NULL }, { "width", 2, NULL } } }, { .kind = "global-average-pool" },
                              { .kind = "dense", .settings = { { "units", 2, NULL } } }, END };
    rg_model *model = model_of (list, 3, 0, 0);
    const double w[] = { 1, 0, 0, 1, 2, 2, 5, 7, 1, 10, 100, 1000, -3, -4 }, x[] = { 0, 1, 3 }, far[] = { 0, 4, 1 };
    double z[2];
    rg_inference *p;
    rg_message message = { "" };
    ck_assert_int_eq (rg_inference_new (&p, model, w, NULL, 0, NULL), RG_OK);
    ck_assert_uint_eq (rg_inference_statistics (p, NULL), 0);
    ck_assert_int_eq (rg_infer (p, x, z, NULL), RG_OK);
    ck_assert_double_eq_tol (z[0], 2 * 1 + 8. / 3 * 100 - 3, 1e-12);
    ck_assert_double_eq_tol (z[1], 2 * 10 + 8. / 3 * 1000 - 4, 1e-11);
    ck_assert_int_eq (rg_infer (p, far, z, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "expected whole numbers from 0 to 3, got 4");
    rg_inference_free (p);
    rg_model_free (model);
}
END_TEST

START_TEST (what_does_not_fit_is_refused)
{
    const rg_layer flat[] = { { .kind = "batch-norm" }, { .kind = "dense", .settings = { { "units", 1, NULL } } }, END };
    rg_model *model = model_of (layers, 6, 6, 1), *vector = model_of (flat, PICTURE, 0, 0);
    rg_dataset *data = examples (PICTURE), *small = examples (5);
    refused (model, NULL, PART, RG_EINPUT, "a batch norm needs training examples for its running mean and variance");
    refused (model, small, PART, RG_ESHAPE, "the model takes 36 inputs, the examples have 5");
    refused (model, data, EXAMPLES + 1, RG_ERANGE, "expected parts of 1 to 13 examples, got 14");
    refused (vector, data, 1, RG_ERANGE, "expected parts of 2 to 13 examples, got 1");
    const rg_model_spec noisy = { .size = sizeof noisy, .input = { PICTURE }, .noise = 2, .layers = flat + 1 };
    rg_model *random;
    ck_assert_int_eq (rg_model_new (&random, &noisy, NULL), RG_OK);
    refused (random, data, 1, RG_EUNSUPPORTED, "a model that takes noise predicts nothing by itself");
    rg_dataset_free (data);
    rg_dataset_free (small);
    rg_model_free (model);
    rg_model_free (vector);
    rg_model_free (random);
}
END_TEST

START_TEST (numbers_that_are_not_finite_are_refused)
{
    rg_model *model = model_of (layers, 6, 6, 1);
    rg_dataset *data = examples (PICTURE);
    double *w = weights_of (model);
    rg_inference *p;
    w[0] = NAN;
    ck_assert_int_eq (rg_inference_new (&p, model, w, data, PART, NULL), RG_ENONFINITE);
    ck_assert_ptr_null (p);
    rg_dataset_free (data);
    rg_model_free (model);
    free (w);
}
END_TEST

START_TEST (each_allocation_may_fail)
{
    rg_model *model = model_of (layers, 6, 6, 1);
    rg_dataset *data = examples (PICTURE);
    double *w = weights_of (model);
    rg_inference *p;
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_inference_new (&p, model, w, data, PART, NULL));
        ck_assert_int_eq (p == NULL, memory.failed);
        rg_inference_free (p);
    }
    rg_dataset_free (data);
    rg_model_free (model);
    free (w);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("inference");
    TCase *tcase = tcase_create ("inference");
    tcase_add_test (tcase, running_statistics_and_outputs_are_those_of_pytorch);
    tcase_add_test (tcase, a_model_without_batch_norm_needs_no_examples);
    tcase_add_test (tcase, what_does_not_fit_is_refused);
    tcase_add_test (tcase, numbers_that_are_not_finite_are_refused);
    tcase_add_test (tcase, each_allocation_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

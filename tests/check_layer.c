/* check_layer.c -- each kind of layer: its derivatives, bits and allocations, and what it is by hand. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "graph/operators.h"
#include "model_case.h"

enum { WIDE = 2 * MOST };

static const rg_layer squashed[] = { LAYER ("softsign"), DENSE (4), LAYER ("softsign"), DENSE (3), END };
static const rg_layer softsign_only[] = { LAYER ("softsign"), DENSE (3), END };
static const rg_layer around[] = { { .kind = "residual", .body = (const rg_layer[]) { DENSE (6), LAYER ("relu"), END } }, DENSE (3), END };
static const rg_layer images[] = {
    { .kind = "conv", .settings = { { "filters", 4, NULL }, TEXT ("kernel", "[2, 3]"), TEXT ("pad", "same") } }, LAYER ("tanh"),
    { .kind = "conv", .settings = { { "filters", 4, NULL }, { "kernel", 2, NULL }, { "groups", 2, NULL }, TEXT ("pad", "[0, 1]") } },
    { .kind = "average-pool", .settings = { TEXT ("kernel", "[2, 1]"), { "stride", 1, NULL } } }, LAYER ("flatten"), DENSE (3), END
};
static const rg_layer normed[] = {
    { .kind = "group-norm", .settings = { { "groups", 1, NULL } } },
    { .kind = "conv", .settings = { { "filters", 4, NULL }, { "kernel", 2, NULL }, { "pad", 1, NULL } } },
    { .kind = "group-norm", .settings = { { "groups", 2, NULL } } }, LAYER ("tanh"), LAYER ("layer-norm"), DENSE (5), LAYER ("layer-norm"),
    LAYER ("tanh"), DENSE (3), END
};
static const rg_layer norm_alone[] = { { .kind = "layer-norm", .settings = { { "epsilon", .25, NULL } } }, DENSE (3), END };
static const rg_layer strided[] = {
    { .kind = "conv", .settings = { { "filters", 5, NULL }, { "kernel", 2, NULL }, { "pad", 2, NULL }, { "dilation", 2, NULL } } },
    { .kind = "max-pool", .settings = { { "kernel", 2, NULL } } },
    { .kind = "conv", .settings = { { "filters", 3, NULL }, { "kernel", 2, NULL }, { "bias", 0, NULL }, { "pad", 1, NULL } } },
    LAYER ("global-average-pool"), END
};

static const rg_layer batch_normed[] = {
    { .kind = "conv", .settings = { { "filters", 4, NULL }, { "kernel", 2, NULL }, { "pad", 1, NULL } } }, LAYER ("batch-norm"), LAYER ("tanh"),
    DENSE (5), LAYER ("batch-norm"), LAYER ("tanh"), DENSE (3), END
};
static const rg_layer tied_batch_norm[] = { LAYER ("batch-norm"), DENSE (3), END };
static const rg_layer batch_norm_alone[] = { { .kind = "batch-norm", .settings = { { "epsilon", .25, NULL } } }, DENSE (3), END };
static const rg_layer dropped[] = {
    DENSE (8), LAYER ("tanh"), { .kind = "dropout", .settings = { { "rate", .4, NULL } } }, DENSE (3), END
};

#define LAYERS(...) (const rg_layer[]) { __VA_ARGS__, DENSE (3), END }

static const struct {
    const char *label;
    const rg_layer *layers;
    rg_tasks tasks;
    int image;
    uint32_t batch; /* 0: all examples */
    int tokens;     /* whether the examples are of whole numbers below 5 */
} kinds[] = {
    { "nested residuals", deep, { 0 } },
    { "nested residuals of two tasks", deep, { 2, NULL, 0 } },
    { "nested residuals of two tasks, some tied", deep,
      { 2, (const rg_sharing[]) { RG_SEPARATE, RG_TIED, RG_SEPARATE, RG_TIED, RG_TIED, RG_SEPARATE }, 0 } },
    { "a body around the inputs", around, { 0 } },
    { "norms", normed, { 0 }, 1 },
    { "a norm alone", norm_alone, { 0 } },
    { "an rms norm", LAYERS (LAYER ("rms-norm"), { .kind = "gru", .settings = { { "units", 4, NULL } } }, LAYER ("rms-norm")), { 0 }, 1 },
    { "batch norms", batch_normed, { 0 }, 1, 8 },
    { "a batch norm of two tied tasks", tied_batch_norm, { 2, (const rg_sharing[]) { RG_TIED, RG_SEPARATE }, 0 } },
    { "dropout", dropped, { 0 } },
    { "an lstm", LAYERS ({ .kind = "lstm", .settings = { { "units", 4, NULL } } }), { 0 }, 1 },
    { "two lstm", LAYERS ({ .kind = "lstm", .settings = { { "units", 3, NULL }, TEXT ("output", "sequence") } },
                          { .kind = "lstm", .settings = { { "units", 4, NULL } } }), { 0 }, 1 },
    { "a gru", LAYERS ({ .kind = "gru", .settings = { { "units", 4, NULL } } }), { 0 }, 1 },
    { "all steps of a gru", LAYERS ({ .kind = "gru", .settings = { { "units", 4, NULL }, TEXT ("output", "sequence") } },
                                    LAYER ("global-average-pool")), { 0 }, 1 },
    { "attention", LAYERS ({ .kind = "attention", .settings = { { "heads", 2, NULL } } }), { 0 }, 1 },
    { "causal attention", LAYERS ({ .kind = "attention", .settings = { { "causal", 1, NULL } } }), { 0 }, 1 },
    { "a transformer", LAYERS ({ .kind = "transformer", .settings = { { "heads", 2, NULL }, { "causal", 1, NULL } } }), { 0 }, 1 },
    { "a transformer, norms after", LAYERS ({ .kind = "transformer", .settings = { { "hidden", 5, NULL }, TEXT ("norm", "post") } }), { 0 }, 1 },
    { "an embedding", LAYERS ({ .kind = "embedding", .settings = { { "entries", 5, NULL }, { "width", 4, NULL } } },
                              LAYER ("global-average-pool"), LAYER ("tanh")), { 0 }, .tokens = 1 },
    { "an embedding with positions", LAYERS ({ .kind = "embedding", .settings = { { "entries", 5, NULL }, { "width", 4, NULL },
      { "positions", 1, NULL } } }, { .kind = "transformer", .settings = { { "hidden", 5, NULL } } }), { 0 }, .tokens = 1 },
    { "convolutions and a mean", images, { 0 }, 1 },
    { "convolutions, the greatest, the mean of all", strided, { 0 }, 1 },
#define NONE(...)
#define ACTIVATION(function, layer, least) { layer, (const rg_layer[]) { DENSE (5), LAYER (layer), DENSE (3), END }, { 0 } },
    RG_OPERATOR_TABLE (NONE, ACTIVATION)
#undef ACTIVATION
#undef NONE
};

static rg_model *
kind_of (int i)
{
    return kinds[i].image ? model_of (kinds[i].layers, 3, 2, 1, NULL, 0) : model_of (kinds[i].layers, 6, 0, 0, NULL, 0);
}

static const rg_tasks *
tasks_of (int i)
{
    return kinds[i].tasks.tasks > 0 ? &kinds[i].tasks : NULL;
}

/* Examples of whole numbers below 5. */
static rg_dataset *
tokens (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t shape[] = { EXAMPLES, FEATURES }, count = EXAMPLES;
    const rg_dataset_options options = { .size = sizeof options, .classes = CLASSES };
    ck_assert_int_eq (rg_array_new (&inputs, RG_INT32, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < EXAMPLES; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) (i * i % CLASSES);
        for (size_t k = 0; k < FEATURES; k++)
            ((int32_t *) inputs.data)[i * FEATURES + k] = (int32_t) ((i * i + 3 * k + i * k) % 5);
    }
    rg_message message = { "" };
    ck_assert_msg (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", &message) == RG_OK, "%s", message.text);
    return data;
}

static problem
problem_of_kind (int i, const rg_model *model)
{
    const rg_tasks *tasks = kinds[i].tasks.tasks > 0 ? &kinds[i].tasks : NULL;
    return problem_on (kinds[i].tokens ? tokens () : examples (tasks != NULL), model, tasks, kinds[i].batch > 0 ? kinds[i].batch : EXAMPLES);
}

/* A problem's objective again, in the other precision. */
static rg_objective *
single_of (const problem *p, const rg_model *model, const rg_tasks *tasks)
{
    rg_model_loss loss = loss_of (p, model, tasks);
    rg_objective *objective;
    loss.precision = RG_SINGLE;
    ck_assert_int_eq (rg_objective_from_model (&objective, &loss, NULL), RG_OK);
    return objective;
}

/* The same bits twice, gradient and product against differences, symmetry, single precision. */
START_TEST (derivatives_are_what_differences_say_in_both_precisions)
{
    rg_model *model = kind_of (_i);
    problem p = problem_of_kind (_i, model);
    rg_objective *single = single_of (&p, model, tasks_of (_i));
    const double lambda = .01;
    double w[WIDE];
    const size_t count = rg_layout_weights (p.layout);
    ck_assert_uint_le (count, WIDE);
    for (size_t i = 0; i < count; i++)
        w[i] = .6 * sin (2.1 * (double) i + .4);
    const rg_check_options options = { .size = sizeof options, .tolerance = 1e-7, .precision_tolerance = 1e-4 };
    rg_check_report report = { .size = sizeof report };
    rg_message message = { "" };
    ck_assert_msg (rg_check_objective (p.objective, single, (rg_instant) { 0 }, w, &lambda, &options, &report, &message) == RG_OK, "%s: %s",
                   kinds[_i].label, message.text);
    rg_objective_free (single);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

START_TEST (threads_do_not_change_a_bit)
{
    rg_model *model = kind_of (_i);
    problem p = problem_of_kind (_i, model);
    const double lambda = .01;
    double w[WIDE], g[2][WIDE];
    rg_evaluation found[2];
    const size_t count = rg_layout_weights (p.layout);
    for (size_t i = 0; i < count; i++)
        w[i] = .6 * sin (2.1 * (double) i + .4);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        rg_team *team;
        ck_assert_int_eq (rg_team_new (&team, threads, NULL), RG_OK);
        ck_assert_int_eq (rg_objective_total (p.objective, team, (rg_instant) { 0 }, w, &lambda, &found[threads / 2], g[threads / 2],
                                              NULL, NULL), RG_OK);
        rg_team_free (team);
    }
    ck_assert_mem_eq (&found[0].loss, &found[1].loss, sizeof (double));
    ck_assert_mem_eq (g[0], g[1], count * sizeof *w);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

START_TEST (every_allocation_of_a_layer_may_fail)
{
    rg_model *made = kind_of (_i);
    problem p = problem_of_kind (_i, made);
    const rg_model_spec spec = { .size = sizeof spec, .input = { kinds[_i].image ? 3 : 6, kinds[_i].image ? 2 : 0, kinds[_i].image ? 1 : 0 }, .layers = kinds[_i].layers };
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_model *model;
        rg_objective *objective = NULL;
        failing_begin (&memory);
        rg_status status = rg_model_new (&model, &spec, NULL);
        const rg_model_loss loss = loss_of (&p, model, tasks_of (_i));
        if (status == RG_OK)
            status = rg_objective_from_model (&objective, &loss, NULL);
        failing_end (&memory, status);
        rg_objective_free (objective);
        rg_model_free (model);
    }
    problem_clear (&p);
    rg_model_free (made);
}
END_TEST

/* y = x + relu (x W + b), then a dense layer: by hand, for one example. */
START_TEST (a_residual_adds_what_goes_around_it)
{
    rg_model *model = model_of (around, FEATURES, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL);
    double w[MOST], expected = 0, squares = 0, x[EXAMPLES * FEATURES];
    const size_t count = start (&p, w);
    const double *b = w + FEATURES * FEATURES, *last = b + FEATURES, *c = last + FEATURES * CLASSES;
    uint32_t all[EXAMPLES];
    for (uint32_t i = 0; i < EXAMPLES; i++)
        all[i] = i;
    rg_dataset_gather_double (p.data, all, EXAMPLES, x);
    for (size_t n = 0; n < EXAMPLES; n++) {
        double y[FEATURES], z[CLASSES], sum = 0;
        for (size_t k = 0; k < FEATURES; k++) {
            y[k] = b[k];
            for (size_t i = 0; i < FEATURES; i++)
                y[k] += x[n * FEATURES + i] * w[i * FEATURES + k];
            y[k] = x[n * FEATURES + k] + fmax (y[k], 0);
        }
        for (size_t k = 0; k < CLASSES; k++) {
            z[k] = c[k];
            for (size_t i = 0; i < FEATURES; i++)
                z[k] += y[i] * last[i * CLASSES + k];
            sum += exp (z[k]);
        }
        expected += (log (sum) - z[rg_dataset_labels (p.data)[n]]) / EXAMPLES;
    }
    for (size_t i = 0; i < count; i++)
        squares += w[i] * w[i];
    ck_assert_double_eq_tol (total (&p, w, NULL), expected + .01 * squares, 1e-13);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

/* A dense layer of x / (1 + |x|), by hand; and both derivatives of a network of it against differences. */
START_TEST (softsign_is_what_it_says)
{
    rg_model *model = model_of (softsign_only, FEATURES, 0, 0, NULL, 0), *network = model_of (squashed, FEATURES, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL), q = problem_of (network, NULL);
    double w[MOST], x[EXAMPLES * FEATURES], expected = 0;
    const double lambda = .01;
    uint32_t all[EXAMPLES];
    const size_t count = start (&p, w);
    for (uint32_t i = 0; i < EXAMPLES; i++)
        all[i] = i;
    rg_dataset_gather_double (p.data, all, EXAMPLES, x);
    for (size_t n = 0; n < EXAMPLES; n++) {
        double z[CLASSES], sum = 0;
        for (size_t k = 0; k < CLASSES; k++) {
            z[k] = w[FEATURES * CLASSES + k];
            for (size_t i = 0; i < FEATURES; i++)
                z[k] += x[n * FEATURES + i] / (1 + fabs (x[n * FEATURES + i])) * w[i * CLASSES + k];
            sum += exp (z[k]);
        }
        expected += (log (sum) - z[rg_dataset_labels (p.data)[n]]) / EXAMPLES;
    }
    for (size_t i = 0; i < count; i++)
        expected += lambda * w[i] * w[i];
    ck_assert_double_eq_tol (total (&p, w, NULL), expected, 1e-13);
    rg_check_report report = { .size = sizeof report };
    rg_message message = { "" };
    start (&q, w);
    ck_assert_msg (rg_check_objective (q.objective, NULL, (rg_instant) { 0 }, w, &lambda, NULL, &report, &message) == RG_OK, "%s",
                   message.text);
    problem_clear (&p);
    problem_clear (&q);
    rg_model_free (model);
    rg_model_free (network);
}
END_TEST

/* One window over all of an image is a dense layer; a mean of one channel is that of its numbers. */
START_TEST (a_filter_as_large_as_the_image_is_a_dense_layer)
{
    static const rg_layer filters[] = { { .kind = "conv", .settings = { { "filters", 3, NULL }, TEXT ("kernel", "[3, 2]") } }, END };
    static const rg_layer dense[] = { DENSE (3), END };
    rg_model *models[] = { model_of (filters, 3, 2, 1, NULL, 0), model_of (dense, 3, 2, 1, NULL, 0) };
    double w[MOST], g[2][MOST], loss[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        problem p = problem_of (models[i], NULL);
        count = start (&p, w);
        if (i == 0)
            ck_assert_str_eq (rg_layout_name (p.layout, 0), "conv1.W");
        loss[i] = total (&p, w, g[i]);
        problem_clear (&p);
        rg_model_free (models[i]);
    }
    ck_assert_uint_eq (count, 21);
    ck_assert_double_eq_tol (loss[0], loss[1], 1e-14);
    ck_assert (relative_difference (g[0], g[1], count) < 1e-13);
}
END_TEST

/* y = scale (x - mean) / sqrt (variance + .25) + shift and a dense layer, by hand; no bias is dropped but that before a norm. */
START_TEST (a_layer_norm_is_what_it_says)
{
    rg_model *model = model_of (norm_alone, FEATURES, 0, 0, "he", 0), *many = model_of (normed, 3, 2, 1, NULL, 0);
    problem p = problem_of (model, NULL);
    double w[MOST], expected = 0, squares = 0, x[EXAMPLES * FEATURES];
    const size_t count = start (&p, w);
    const double *dense = w + 2 * FEATURES, *c = dense + FEATURES * CLASSES;
    uint32_t all[EXAMPLES];
    for (uint32_t i = 0; i < EXAMPLES; i++)
        all[i] = i;
    rg_dataset_gather_double (p.data, all, EXAMPLES, x);
    for (size_t n = 0; n < EXAMPLES; n++) {
        const double *row = x + n * FEATURES;
        double mean = 0, variance = 0, z[CLASSES], sum = 0;
        for (size_t k = 0; k < FEATURES; k++)
            mean += row[k] / FEATURES;
        for (size_t k = 0; k < FEATURES; k++)
            variance += (row[k] - mean) * (row[k] - mean) / FEATURES;
        for (size_t j = 0; j < CLASSES; j++) {
            z[j] = c[j];
            for (size_t k = 0; k < FEATURES; k++)
                z[j] += (w[k] * (row[k] - mean) / sqrt (variance + .25) + w[FEATURES + k]) * dense[k * CLASSES + j];
            sum += exp (z[j]);
        }
        expected += (log (sum) - z[rg_dataset_labels (p.data)[n]]) / EXAMPLES;
    }
    for (size_t i = 0; i < count; i++)
        squares += w[i] * w[i];
    ck_assert_double_eq_tol (total (&p, w, NULL), expected + .01 * squares, 1e-13);
    ck_assert_uint_eq (rg_model_weights (many), 2 + 16 + 8 + 8 + 4 * 12 * 5 + 10 + 18);
    ck_assert_int_eq (rg_model_draw (model, NULL, 1, 0, w), RG_OK);
    for (size_t k = 0; k < 2 * FEATURES; k++)
        ck_assert_double_eq (w[k], k < FEATURES);
    problem_clear (&p);
    rg_model_free (model);
    rg_model_free (many);
}
END_TEST

static const struct {
    rg_layer layer;
    size_t channels;
    const char *sentence;
} unfit[] = {
    { { .kind = "conv", .settings = { { "filters", 4, NULL }, { "kernel", 5, NULL } } }, 1,
      "layers.0.conv: a window of 5 x 5 does not fit into an image of 4 x 4 x 1" },
    { { .kind = "conv", .settings = { { "filters", 4, NULL }, { "kernel", 3, NULL }, { "groups", 2, NULL } } }, 3,
      "layers.0.conv: 2 groups do not divide 3 channels into 4 filters" },
    { { .kind = "max-pool", .settings = { { "kernel", 6, NULL } } }, 2,
      "layers.0.max-pool: a window of 6 x 6 does not fit into an image of 4 x 4 x 2" },
    { { .kind = "max-pool", .settings = { { "kernel", 2, NULL }, { "pad", 2, NULL } } }, 2,
      "layers.0.max-pool: a window of 2 x 2 would lie in the padding alone" },
    { { .kind = "group-norm", .settings = { { "groups", 2, NULL } } }, 3,
      "layers.0.group-norm: 2 groups do not divide the 3 channels of 4 x 4 x 3" },
    { { .kind = "average-pool", .settings = { { "kernel", 2, NULL } } }, 0,
      "layers.0.average-pool: expected an image of height x width x channels, got 4 x 4" },
    { { .kind = "lstm", .settings = { { "units", 2, NULL } } }, 2, "layers.0.lstm: expected a sequence of steps x channels, got 4 x 4 x 2" },
    { { .kind = "attention", .settings = { { "heads", 3, NULL } } }, 0, "layers.0.attention: 3 heads do not divide the 4 channels of 4 x 4" },
    { { .kind = "transformer", .settings = { { "heads", 8, NULL } } }, 1,
      "layers.0.transformer: 8 heads do not divide the 4 channels of 4 x 4" },
};

START_TEST (a_window_that_does_not_fit_is_refused_with_the_shapes)
{
    const rg_layer layers[] = { unfit[_i].layer, DENSE (3), END };
    const rg_model_spec spec = { .size = sizeof spec, .input = { 4, 4, unfit[_i].channels }, .layers = layers };
    rg_model *model;
    rg_message message = { "" };
    ck_assert_int_eq (rg_model_new (&model, &spec, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, unfit[_i].sentence);
    ck_assert_ptr_null (model);
}
END_TEST

/* Tasks that have filters of their own are refused; tied ones are not. */
START_TEST (a_convolution_of_several_tasks_must_be_tied)
{
    static const rg_sharing tied[] = { RG_TIED, RG_TIED, RG_SEPARATE };
    rg_model *model = model_of (images, 3, 2, 1, NULL, 0);
    problem p = problem_of (model, &(rg_tasks) { 2, tied, 0 });
    problem_clear (&p);
    const rg_tasks separate = { 2, NULL, 0 };
    rg_message message = { "" };
    p = (problem) { .data = examples (1) };
    ck_assert_int_eq (rg_model_layout (&p.layout, model, &separate), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&p.hyper, p.layout, 5, EXAMPLES, 14), RG_OK);
    const rg_model_loss loss = loss_of (&p, model, &separate);
    ck_assert_int_eq (rg_objective_from_model (&p.objective, &loss, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "layers.0.conv: the arrays of several tasks must be tied");
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

/* Numbers that are none of a table's are refused, by the example. */
START_TEST (an_embedding_takes_whole_numbers_of_its_table)
{
    static const rg_layer small[] = { { .kind = "embedding", .settings = { { "entries", 4, NULL }, { "width", 2, NULL } } }, DENSE (3), END };
    rg_model *model = model_of (small, FEATURES, 0, 0, NULL, 0);
    const char *const sentences[] = { "example 0: an embedding takes whole numbers from 0 to 3, got 0.644218",
                                      "example 0: an embedding takes whole numbers from 0 to 3, got 4" };
    for (int k = 0; k < 2; k++) {
        problem p = { .data = k == 0 ? examples (0) : tokens (), .batch = EXAMPLES };
        rg_message message = { "" };
        ck_assert_int_eq (rg_model_layout (&p.layout, model, NULL), RG_OK);
        ck_assert_int_eq (rg_hyper_new (&p.hyper, p.layout, 5, EXAMPLES, 14), RG_OK);
        const rg_model_loss loss = loss_of (&p, model, NULL);
        ck_assert_int_eq (rg_objective_from_model (&p.objective, &loss, &message), RG_EINPUT);
        ck_assert_str_eq (message.text, sentences[k]);
        problem_clear (&p);
    }
    rg_model_free (model);
}
END_TEST

/* ---- Batch norm ------------------------------------------------------------------- */

/* The mean loss of (scale (x - mean) / sqrt (variance + .25) + shift) W + b over rows, mean and variance those of other rows. */
static double
normed_loss (const rg_dataset *data, const double *w, const uint32_t *of, size_t ofs, const uint32_t *rows, size_t count)
{
    double x[EXAMPLES * FEATURES], mean[FEATURES] = { 0 }, variance[FEATURES] = { 0 }, loss = 0;
    rg_dataset_gather_double (data, of, ofs, x);
    for (size_t k = 0; k < FEATURES; k++) {
        for (size_t n = 0; n < ofs; n++)
            mean[k] += x[n * FEATURES + k] / (double) ofs;
        for (size_t n = 0; n < ofs; n++)
            variance[k] += pow (x[n * FEATURES + k] - mean[k], 2) / (double) ofs;
    }
    rg_dataset_gather_double (data, rows, count, x);
    for (size_t n = 0; n < count; n++) {
        double sum = 0, z[CLASSES];
        for (size_t c = 0; c < CLASSES; c++) {
            z[c] = w[2 * FEATURES + FEATURES * CLASSES + c];
            for (size_t k = 0; k < FEATURES; k++)
                z[c] += (w[k] * (x[n * FEATURES + k] - mean[k]) / sqrt (variance[k] + .25) + w[FEATURES + k])
                    * w[2 * FEATURES + k * CLASSES + c];
            sum += exp (z[c]);
        }
        loss += log (sum) - z[rg_dataset_labels (data)[rows[n]]];
    }
    return loss;
}

static const uint32_t counted[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

START_TEST (a_batch_norm_takes_the_statistics_of_its_shard)
{
    rg_model *model = model_of (batch_norm_alone, FEATURES, 0, 0, NULL, 0);
    problem p = problem_with (model, NULL, 8);
    double w[MOST], squares = 0;
    const size_t count = start (&p, w);
    for (size_t i = 0; i < count; i++)
        squares += .01 * w[i] * w[i];
    const double expected = normed_loss (p.data, w, counted, 4, counted, 4) + normed_loss (p.data, w, counted + 4, 4, counted + 4, 4);
    ck_assert_double_eq_tol (total (&p, w, NULL), expected / 8 + squares, 1e-13);
    ck_assert_uint_eq (p.objective->mixes, 2);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

/* An outer loss over shards of any size, with three reference rows before each: by hand. */
START_TEST (reference_rows_stand_before_each_shard_and_count_for_nothing)
{
    static const rg_layer by_reference[] = {
        { .kind = "batch-norm", .settings = { { "epsilon", .25, NULL }, TEXT ("evaluate", "reference"), { "reference", 3, NULL } } }, DENSE (3), END
    };
    rg_model *model = model_of (by_reference, FEATURES, 0, 0, NULL, 0);
    problem p = problem_with (model, NULL, 8);
    double w[MOST], g[2][MOST];
    const double lambda = .01;
    const size_t count = start (&p, w);
    rg_evaluation found[2];
    rg_model_loss loss = loss_of (&p, model, NULL);
    loss.part = RG_OUTER;
    loss.reference = p.data;
    loss.batches.batch = EXAMPLES;
    for (int k = 0; k < 2; k++) {
        rg_objective *outer;
        loss.shard = k == 0 ? 1 : 4;
        ck_assert_int_eq (rg_objective_from_model (&outer, &loss, NULL), RG_OK);
        ck_assert_int_eq (rg_objective_total (outer, NULL, (rg_instant) { 0 }, w, &lambda, &found[k], g[k], NULL, NULL), RG_OK);
        ck_assert_double_eq_tol (found[k].loss, normed_loss (p.data, w, counted, 3, counted, EXAMPLES) / EXAMPLES, 1e-13);
        rg_objective_free (outer);
    }
    ck_assert_uint_eq (found[0].wrong, found[1].wrong);
    ck_assert_uint_gt (found[0].wrong, 0);
    ck_assert_uint_eq (found[0].examples, EXAMPLES);
    ck_assert (relative_difference (g[0], g[1], count) < 1e-13);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

#define NORM(...) { { .kind = "batch-norm", .settings = { __VA_ARGS__ } }, DENSE (3), END }
static const rg_layer norm[] = NORM ({ NULL, 0, NULL }), many[] = NORM (TEXT ("evaluate", "reference"), { "reference", 12, NULL }),
                      single_row[] = NORM (TEXT ("evaluate", "reference"), { "reference", 1, NULL }),
                      no_rows[] = NORM (TEXT ("evaluate", "reference")), no_word[] = NORM ({ "reference", 3, NULL });

static const struct {
    const rg_layer *layers;
    rg_part_played part;
    uint32_t batch, shard;
    rg_status status;
    const char *sentence;
} wrong_norms[] = {
    { norm, RG_INNER, 10, 4, RG_ESHAPE, "batch norm: expected shards of the same size, got 10 examples in shards of 4" },
    { norm, RG_INNER, 10, 1, RG_ESHAPE, "batch norm: expected at least 2 values a channel, got a shard of 1 example" },
    { norm, RG_OUTER, 9, 4, RG_ESHAPE, "batch norm: expected at least 2 values a channel, got a shard of 1 example" },
    { many, RG_OUTER, 11, 4, RG_ERANGE, "batch norm: expected at least 12 training examples as reference rows, got 11" },
    { single_row, RG_OUTER, 11, 4, RG_ERANGE, "layers.0.batch-norm: expected at least 2 reference rows, got 1" },
    { no_rows, RG_OUTER, 11, 4, RG_EINPUT, "layers.0.batch-norm: expected evaluate: reference and reference: rows, both or neither" },
    { no_word, RG_OUTER, 11, 4, RG_EINPUT, "layers.0.batch-norm: expected evaluate: reference and reference: rows, both or neither" },
};

START_TEST (statistics_that_are_none_are_refused)
{
    rg_model *model, *plain_model = model_of (norm, FEATURES, 0, 0, NULL, 0);
    problem p = problem_with (plain_model, NULL, 8);
    rg_message message = { "" };
    const rg_model_spec spec = { .size = sizeof spec, .input = { FEATURES }, .layers = wrong_norms[_i].layers };
    rg_status status = rg_model_new (&model, &spec, &message);
    rg_model_loss loss = loss_of (&p, model, NULL);
    rg_objective *objective = NULL;
    loss.part = wrong_norms[_i].part;
    loss.reference = p.data;
    loss.batches.batch = wrong_norms[_i].batch;
    loss.shard = wrong_norms[_i].shard;
    if (status == RG_OK)
        status = rg_objective_from_model (&objective, &loss, &message);
    ck_assert_ptr_null (objective);
    ck_assert_int_eq (status, wrong_norms[_i].status);
    ck_assert_str_eq (message.text, wrong_norms[_i].sentence);
    rg_model_free (model);
    problem_clear (&p);
    rg_model_free (plain_model);
}
END_TEST

/* ---- Dropout ------------------------------------------------------------------------ */

/* The loss of a dropout of no dense layer before it, at an instant, in shards of some size. */
static double
dropped_loss (const problem *p, const rg_model *model, rg_part_played part, rg_instant at, uint32_t shard, const double *w)
{
    const double lambda = 0;
    rg_model_loss loss = loss_of (p, model, NULL);
    rg_evaluation found;
    rg_objective *objective;
    loss.shard = shard;
    loss.part = part;
    ck_assert_int_eq (rg_objective_from_model (&objective, &loss, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_total (objective, NULL, at, w, &lambda, &found, NULL, NULL, NULL), RG_OK);
    rg_objective_free (objective);
    return found.loss;
}

START_TEST (a_mask_is_a_function_of_the_instant_and_the_row)
{
    rg_model *model = model_of (dropped, FEATURES, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL);
    const rg_instant instants[] = { { 0 }, { .step = 1 }, { .iteration = 1 }, { .member = 1 } };
    double w[MOST], loss[4];
    start (&p, w);
    for (int i = 0; i < 4; i++) {
        loss[i] = dropped_loss (&p, model, RG_INNER, instants[i], 4, w);
        ck_assert_double_eq_tol (dropped_loss (&p, model, RG_INNER, instants[i], EXAMPLES, w), loss[i], 1e-14);
        for (int k = 0; k < i; k++)
            ck_assert (fabs (loss[i] - loss[k]) > 1e-6);
    }
    const rg_instant again = { .way = RG_WAY_BACK };
    ck_assert_double_eq (dropped_loss (&p, model, RG_INNER, again, 4, w), loss[0]);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

/* Nothing is dropped in an outer loss; over many masks the mean of what a layer puts out is what it would put out. */
START_TEST (an_outer_loss_drops_nothing)
{
    static const rg_layer without[] = { DENSE (8), LAYER ("tanh"), DENSE (3), END };
    rg_model *model = model_of (dropped, FEATURES, 0, 0, NULL, 0), *full = model_of (without, FEATURES, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL);
    double w[MOST];
    start (&p, w);
    const double outer = dropped_loss (&p, full, RG_OUTER, (rg_instant) { 0 }, 4, w);
    ck_assert_double_eq (dropped_loss (&p, model, RG_OUTER, (rg_instant) { .step = 3 }, 4, w), outer);
    ck_assert (fabs (dropped_loss (&p, model, RG_INNER, (rg_instant) { 0 }, 4, w) - outer) > 1e-6);
    ck_assert_ptr_nonnull (p.objective->varies);
    problem_clear (&p);
    rg_model_free (model);
    rg_model_free (full);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("layer");
    TCase *all = tcase_create ("all layers"), *each = tcase_create ("each"), *across = tcase_create ("rows and masks");
    const int number = sizeof kinds / sizeof *kinds;
    tcase_add_loop_test (all, derivatives_are_what_differences_say_in_both_precisions, 0, number);
    tcase_add_loop_test (all, threads_do_not_change_a_bit, 0, number);
    tcase_add_loop_test (all, every_allocation_of_a_layer_may_fail, 0, number);
    tcase_add_test (each, a_residual_adds_what_goes_around_it);
    tcase_add_test (each, softsign_is_what_it_says);
    tcase_add_test (each, a_filter_as_large_as_the_image_is_a_dense_layer);
    tcase_add_test (each, a_layer_norm_is_what_it_says);
    tcase_add_loop_test (each, a_window_that_does_not_fit_is_refused_with_the_shapes, 0, sizeof unfit / sizeof *unfit);
    tcase_add_test (each, an_embedding_takes_whole_numbers_of_its_table);
    tcase_add_test (each, a_convolution_of_several_tasks_must_be_tied);
    tcase_add_test (across, a_batch_norm_takes_the_statistics_of_its_shard);
    tcase_add_test (across, reference_rows_stand_before_each_shard_and_count_for_nothing);
    tcase_add_loop_test (across, statistics_that_are_none_are_refused, 0, sizeof wrong_norms / sizeof *wrong_norms);
    tcase_add_test (across, a_mask_is_a_function_of_the_instant_and_the_row);
    tcase_add_test (across, an_outer_loss_drops_nothing);
    suite_add_tcase (suite, all);
    suite_add_tcase (suite, each);
    suite_add_tcase (suite, across);
    return run_suite (suite);
}

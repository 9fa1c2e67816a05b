/* check_model.c -- models: one description gives arrays and loss; layers, initial weights, refusals. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "model_case.h"

/* ---- Arrays ---------------------------------------------------------------------- */

static void
arrays_are (const rg_layout *layout, const char *const *names, const size_t *counts, size_t arrays)
{
    ck_assert_uint_eq (rg_layout_arrays (layout), arrays);
    for (size_t a = 0; a < arrays; a++) {
        const size_t end = a + 1 < arrays ? rg_layout_offset (layout, a + 1) : rg_layout_weights (layout);
        ck_assert_str_eq (rg_layout_name (layout, a), names[a]);
        ck_assert_uint_eq (end - rg_layout_offset (layout, a), counts[a]);
    }
}

START_TEST (arrays_are_named_after_their_layers_and_a_body_comes_before_its_shortcut)
{
    static const char *const names[] = { "dense1.W", "dense1.b", "dense2.W", "dense2.b", "dense3.W", "dense3.b", "dense4.W",
                                         "dense4.b", "dense5.W", "dense6.W", "dense6.b" };
    static const size_t counts[] = { 24, 4, 16, 4, 20, 5, 20, 5, 20, 15, 3 };
    rg_model *model = model_of (deep, 3, 2, 1, NULL, 0);
    rg_layout *layout;
    ck_assert_int_eq (rg_model_layout (&layout, model, NULL), RG_OK);
    arrays_are (layout, names, counts, 11);
    ck_assert_uint_eq (rg_layout_layers (layout), 6);
    ck_assert_uint_eq (rg_model_layers (model), 6);
    ck_assert_uint_eq (rg_model_inputs (model), 6);
    ck_assert_uint_eq (rg_model_outputs (model), 3);
    ck_assert_uint_eq (rg_model_weights (model), 136);
    ck_assert_uint_eq (rg_layout_units (layout), 6 + 1 + 4 + 1 + 4 + 1 + 4 + 1 + 4 + 5 + 1);
    rg_layout_free (layout);
    rg_model_free (model);
    rg_model_free (NULL);
}
END_TEST

START_TEST (widths_have_the_short_names)
{
    static const char *const names[] = { "W1", "b1", "W2", "b2", "W3", "b3" };
    static const size_t width[] = { 6, 5, 4, 3 }, counts[] = { 30, 5, 20, 4, 12, 3 };
    rg_model *model = mlp_of (4, width, RG_TANH);
    rg_layout *layout;
    ck_assert_int_eq (rg_model_layout (&layout, model, NULL), RG_OK);
    arrays_are (layout, names, counts, 6);
    rg_layout_free (layout);
    rg_model_free (model);
}
END_TEST

/* ---- The loss ---------------------------------------------------------------------- */

START_TEST (a_network_written_both_ways_has_the_same_bits)
{
    static const size_t width[] = { 6, 5, 4, 3 };
    rg_model *models[] = { mlp_of (4, width, RG_TANH), model_of (plain, 3, 1, 2, NULL, 0) };
    double w[MOST], g[2][MOST], loss[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        problem p = problem_of (models[i], NULL);
        count = start (&p, w);
        loss[i] = total (&p, w, g[i]);
        problem_clear (&p);
        rg_model_free (models[i]);
    }
    ck_assert_mem_eq (&loss[0], &loss[1], sizeof *loss);
    ck_assert_mem_eq (g[0], g[1], count * sizeof *w);
}
END_TEST

/* The term 1/2 sum lambda_i (w_i - c_i)^2, its derivatives in w, lambda and c: by hand. */
START_TEST (a_proximal_term_pulls_to_its_centre)
{
    static const rg_layer small[] = { DENSE (3), END };
    enum { N = 21 };
    rg_model *model = model_of (small, FEATURES, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL);
    double without[N], g[N], w[N], lambda[1 + 2 * N] = { .01 }, direct[1 + 2 * N] = { 0 };
    ck_assert_uint_eq (start (&p, w), N);
    const double loss = total (&p, w, without);
    const rg_role roles[] = { RG_PROXIMAL, RG_WEIGHTS };
    for (int k = 0; k < 2; k++) {
        rg_block_spec spec = rg_block_defaults (roles[k]);
        spec.scope = k == 0 ? RG_PER_WEIGHT : spec.scope;
        spec.count = N;
        spec.values = lambda + 1 + k * N;
        for (int i = 0; i < N; i++)
            lambda[1 + k * N + i] = k == 0 ? .3 + .02 * i : cos (1.7 * i);
        const rg_model_loss again = loss_of (&p, model, NULL);
        ck_assert_int_eq (rg_hyper_add (p.hyper, &spec, NULL), RG_OK);
        rg_objective_free (p.objective);
        rg_message message = { "" };
        ck_assert_int_eq (rg_objective_from_model (&p.objective, &again, &message), k == 0 ? RG_EUNSUPPORTED : RG_OK);
        if (k == 0)
            ck_assert_str_eq (message.text, "proximal needs the hyperparameters weights, tuned or fixed: its centre");
    }
    rg_evaluation found;
    ck_assert_int_eq (rg_objective_total (p.objective, NULL, (rg_instant) { 0 }, w, lambda, &found, g, direct, NULL), RG_OK);
    double pull = 0;
    for (int i = 0; i < N; i++) {
        const double way = w[i] - lambda[1 + N + i], strength = lambda[1 + i];
        pull += .5 * strength * way * way;
        ck_assert_double_eq_tol (g[i], without[i] + strength * way, 1e-14);
        ck_assert_double_eq_tol (direct[1 + i], .5 * way * way, 1e-14);
        ck_assert_double_eq_tol (direct[1 + N + i], -strength * way, 1e-14);
    }
    ck_assert_double_eq_tol (found.loss, loss + pull, 1e-13);
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

/* ---- Initial weights ------------------------------------------------------------------ */

enum { ROWS = 300, COLS = 200 };
static const rg_layer wide[] = { DENSE (COLS), LAYER ("relu"), DENSE (ROWS), END };

static const struct {
    const char *name;
    double scale, variance1, variance2, most; /* of the two matrices, most in units of a standard deviation */
} draws[] = {
    { "he", 0, 2. / ROWS, 2. / COLS, 6 },
    { "glorot", 0, 2. / (ROWS + COLS), 2. / (ROWS + COLS), 1.7320509 },
    { "lecun", 0, 1. / ROWS, 1. / COLS, 6 },
    { "normal", .3, .09, .09, 6 },
    { "truncated", .3, .09 * .7737413, .09 * .7737413, 2.2737 },
    { "orthogonal", 2, 4. / ROWS, 4. / ROWS, 6 },
    { "he", .5, .5 / ROWS, .5 / COLS, 6 },
};

static void
is_drawn (const double *values, double variance, double most, const char *label)
{
    const size_t count = (size_t) ROWS * COLS;
    double mean = 0, square = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        mean += values[i] / (double) count;
        square += values[i] * values[i] / (double) count;
        largest = fmax (largest, fabs (values[i]));
    }
    ck_assert_msg (fabs (mean) < 5 * sqrt (variance / (double) count), "%s: mean %g", label, mean);
    ck_assert_msg (fabs (square / variance - 1) < .03, "%s: variance %g, not %g", label, square, variance);
    ck_assert_msg (largest <= most * sqrt (variance), "%s: largest %g", label, largest);
}

START_TEST (initial_weights_have_their_variance_and_biases_are_zero)
{
    rg_model *model = model_of (wide, ROWS, 0, 0, draws[_i].name, draws[_i].scale);
    const size_t matrix = (size_t) ROWS * COLS, count = rg_model_weights (model);
    double *w = calloc (count, sizeof *w), *again = calloc (count, sizeof *w);
    ck_assert_int_eq (rg_model_draw (model, NULL, test_seed (), 3, w), RG_OK);
    is_drawn (w, draws[_i].variance1, draws[_i].most, draws[_i].name);
    is_drawn (w + matrix + COLS, draws[_i].variance2, draws[_i].most, draws[_i].name);
    for (size_t i = 0; i < COLS; i++)
        ck_assert_double_eq (w[matrix + i], 0);
    ck_assert_int_eq (rg_model_draw (model, NULL, test_seed (), 3, again), RG_OK);
    ck_assert_mem_eq (w, again, count * sizeof *w);
    ck_assert_int_eq (rg_model_draw (model, NULL, test_seed (), 4, again), RG_OK);
    ck_assert (memcmp (w, again, matrix * sizeof *w) != 0);
    free (w);
    free (again);
    rg_model_free (model);
}
END_TEST

START_TEST (orthogonal_weights_are_orthonormal_on_their_shorter_side)
{
    static const rg_layer small[] = { DENSE (4), LAYER ("tanh"), DENSE (7), END };
    rg_model *model = model_of (small, 6, 0, 0, "orthogonal", 0);
    double w[MOST];
    ck_assert_int_eq (rg_model_draw (model, NULL, test_seed (), 0, w), RG_OK);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            double columns = 0, rows = 0;
            for (size_t k = 0; k < 6; k++)
                columns += w[k * 4 + i] * w[k * 4 + j];
            for (size_t k = 0; k < 7; k++)
                rows += w[28 + i * 7 + k] * w[28 + j * 7 + k];
            ck_assert_double_eq_tol (columns, i == j, 1e-14);
            ck_assert_double_eq_tol (rows, i == j, 1e-14);
        }
    rg_model_free (model);
}
END_TEST

START_TEST (each_task_draws_weights_of_its_own_unless_they_are_tied)
{
    static const rg_layer one[] = { DENSE (2), DENSE (2), END };
    static const rg_sharing sharing[] = { RG_SEPARATE, RG_TIED };
    const rg_tasks tasks = { 3, sharing, 0 };
    rg_model *model = model_of (one, 2, 0, 0, "normal", 1);
    double w[24];
    ck_assert_int_eq (rg_model_draw (model, &tasks, 7, 0, w), RG_OK);
    ck_assert (memcmp (w, w + 4, 4 * sizeof *w) != 0 && memcmp (w + 4, w + 8, 4 * sizeof *w) != 0);
    for (size_t i = 0; i < 24; i++) /* W1 three times, b1 three times, W2, b2 */
        ck_assert_int_eq (w[i] == 0, (i >= 12 && i < 18) || i >= 22);
    rg_model_free (model);
}
END_TEST

START_TEST (a_model_without_init_draws_nothing)
{
    rg_model *model = model_of (plain, 6, 0, 0, NULL, 0);
    double w[MOST];
    ck_assert_int_eq (rg_model_draw (model, NULL, 7, 0, w), RG_EUNSUPPORTED);
    rg_model_free (model);
}
END_TEST

/* ---- Refusals ------------------------------------------------------------------------ */

static const rg_layer empty[] = { END };
static const rg_layer unknown[] = { DENSE (3), LAYER ("tahn"), END };
static const rg_layer no_units[] = { DENSE (3), LAYER ("dense"), END };
static const rg_layer zero_units[] = { DENSE (3), DENSE (0), END };
static const rg_layer half_units[] = { DENSE (2.5), END };
static const rg_layer other_setting[] = { { .kind = "dense", .settings = { { "units", 3, NULL }, { "filters", 3, NULL } } }, END };
static const rg_layer setting_of_none[] = { { .kind = "tanh", .settings = { { "units", 3, NULL } } }, END };
static const rg_layer no_body[] = { { .kind = "residual" }, END };
static const rg_layer body_of_dense[] = { { .kind = "dense", .settings = { { "units", 3, NULL } }, .body = plain }, END };
static const rg_layer other_shape[] = { DENSE (3), { .kind = "residual", .body = plain, .shortcut = inner }, END };
static const rg_layer bad_within[] = { DENSE (3), { .kind = "residual", .body = body, .shortcut = zero_units }, END };
static const rg_layer vast[] = { DENSE (2147483647.), DENSE (2147483647.), END };
static const rg_layer late_noise[] = { LAYER ("tanh"), DENSE (3), END };
static const rg_layer late_embedding[] = { DENSE (3), { .kind = "embedding", .settings = { { "entries", 4, NULL }, { "width", 2, NULL } } }, END };
static const rg_layer no_dense[] = { LAYER ("flatten"), END };

#define ALL sizeof (rg_model_spec)
static const struct {
    rg_model_spec spec;
    rg_status status;
    const char *sentence;
} refusals[] = {
    { { ALL, { 6 }, 0, empty, NULL, 0 }, RG_ERANGE, "layers: expected at least one layer" },
    { { ALL, { 0 }, 0, plain, NULL, 0 }, RG_ERANGE, "input: expected at least one number in an example" },
    { { ALL, { 65536, 65536 }, 0, plain, NULL, 0 }, RG_ERANGE, "input: expected fewer numbers in an example" },
    { { ALL, { 6 }, 0, unknown, NULL, 0 }, RG_EINPUT, "layers.1: expected a kind of layer, got tahn" },
    { { ALL, { 6 }, 0, no_units, NULL, 0 }, RG_EINPUT, "layers.1.dense.units: missing: expected a whole number ≥ 1" },
    { { ALL, { 6 }, 0, zero_units, NULL, 0 }, RG_EINPUT, "layers.1.dense.units: expected a whole number ≥ 1, got 0" },
    { { ALL, { 6 }, 0, half_units, NULL, 0 }, RG_EINPUT, "layers.0.dense.units: expected a whole number ≥ 1, got 2.5" },
    { { ALL, { 6 }, 0, other_setting, NULL, 0 }, RG_EINPUT, "layers.0.dense.filters: unknown key" },
    { { ALL, { 6 }, 0, setting_of_none, NULL, 0 }, RG_EINPUT, "layers.0.tanh.units: unknown key" },
    { { ALL, { 6 }, 0, no_body, NULL, 0 }, RG_EINPUT, "layers.0.residual.body: missing: expected a list, each a layer or {layer: options}" },
    { { ALL, { 6 }, 0, body_of_dense, NULL, 0 }, RG_EINPUT, "layers.0.dense.body: dense has no body" },
    { { ALL, { 6 }, 0, other_shape, NULL, 0 }, RG_ESHAPE, "layers.1.residual: the body puts out 3, the way around it 5" },
    { { ALL, { 6 }, 0, bad_within, NULL, 0 }, RG_EINPUT, "layers.1.residual.shortcut.1.dense.units: expected a whole number ≥ 1, got 0" },
    { { ALL, { 6 }, 0, vast, NULL, 0 }, RG_ERANGE, "layers.1.dense: expected fewer weights in all" },
    { { ALL, { 6 }, 2, late_noise, NULL, 0 }, RG_EUNSUPPORTED, "layers.0.tanh: noise enters by a dense layer that comes first" },
    { { ALL, { 6 }, 2, no_dense, NULL, 0 }, RG_EUNSUPPORTED, "layers: noise enters by a dense layer that comes first" },
    { { ALL, { 6 }, 0, late_embedding, NULL, 0 }, RG_EUNSUPPORTED,
      "layers.1.embedding: an embedding comes first: it takes the whole numbers of the data" },
    { { ALL, { 6 }, 0, no_dense, NULL, 0 }, RG_ERANGE, "layers: expected a layer with weights" },
    { { ALL, { 6 }, 0, plain, "xavier", 0 }, RG_EINPUT, "init: expected a kind of initial weights, got xavier" },
    { { ALL, { 6 }, 0, plain, "normal", 0 }, RG_EINPUT, "init.scale: missing: expected a number ≥ 0" },
    { { ALL, { 6 }, 0, plain, "he", -1 }, RG_EINPUT, "init.scale: expected a number ≥ 0, got -1" },
};

START_TEST (layers_that_do_not_fit_are_refused_with_a_sentence)
{
    rg_model *model;
    rg_message message = { "" };
    ck_assert_int_eq (rg_model_new (&model, &refusals[_i].spec, &message), refusals[_i].status);
    ck_assert_ptr_null (model);
    ck_assert_str_eq (message.text, refusals[_i].sentence);
    ck_assert_int_eq (rg_model_new (&model, &refusals[_i].spec, NULL), refusals[_i].status);
}
END_TEST

START_TEST (layers_are_nested_to_a_depth)
{
    rg_layer lists[12][2] = { { DENSE (6), END } };
    rg_message message = { "" };
    rg_model *model;
    for (int i = 1; i < 12; i++)
        lists[i][0] = (rg_layer) { .kind = "residual", .body = lists[i - 1] };
    ck_assert_int_eq (rg_model_new (&model, &(rg_model_spec) { .size = sizeof (rg_model_spec), .input = { 6 }, .layers = lists[8] }, &message), RG_OK);
    rg_model_free (model);
    ck_assert_int_eq (rg_model_new (&model, &(rg_model_spec) { .size = sizeof (rg_model_spec), .input = { 6 }, .layers = lists[11] }, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, "expected layers nested at most 8 deep") != NULL, "%s", message.text);
}
END_TEST

START_TEST (widths_out_of_range_are_refused)
{
    static const size_t none[] = { 6, 0, 3 }, many[] = { 6, SIZE_MAX / 4, 3 };
    const rg_network networks[] = { { 1, none, RG_TANH }, { 513, none, RG_TANH }, { 3, none, RG_TANH }, { 3, many, RG_TANH } };
    for (int i = 0; i < 4; i++) {
        rg_model *model;
        rg_message message = { "" };
        ck_assert_int_eq (rg_model_mlp (&model, &networks[i], RG_LINEAR, 0, &message), RG_ERANGE);
        ck_assert_ptr_null (model);
        ck_assert (strlen (message.text) > 0);
    }
}
END_TEST

START_TEST (a_loss_of_no_precision_is_refused)
{
    rg_model *model = model_of (plain, 6, 0, 0, NULL, 0);
    problem p = problem_of (model, NULL);
    rg_model_loss loss = loss_of (&p, model, NULL);
    rg_objective *objective;
    rg_message message = { "" };
    loss.precision = 0;
    ck_assert_int_eq (rg_objective_from_model (&objective, &loss, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "expected single or double precision");
    problem_clear (&p);
    rg_model_free (model);
}
END_TEST

START_TEST (one_task_has_no_layout_of_several)
{
    rg_model *model = model_of (plain, 6, 0, 0, NULL, 0);
    rg_layout *layout;
    ck_assert_int_eq (rg_model_layout (&layout, model, &(rg_tasks) { 1, NULL, 0 }), RG_ERANGE);
    ck_assert_int_eq (rg_model_layout (&layout, model, &(rg_tasks) { SIZE_MAX / 2, NULL, 0 }), RG_ERANGE);
    ck_assert_ptr_null (layout);
    rg_model_free (model);
}
END_TEST

START_TEST (every_allocation_of_a_model_may_fail)
{
    const rg_model_spec spec = { .size = sizeof spec, .input = { 6 }, .layers = deep, .init = "orthogonal" };
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_model *model;
        rg_message message = { "" };
        FAILING (&memory, rg_model_new (&model, &spec, &message));
        ck_assert_int_eq (model == NULL, memory.failed);
        ck_assert (!memory.failed || strlen (message.text) > 0);
        rg_model_free (model);
    }
}
END_TEST

START_TEST (every_allocation_of_a_layout_and_an_objective_may_fail)
{
    rg_model *model = model_of (deep, 6, 0, 0, NULL, 0);
    static const rg_tasks two = { 2, NULL, 0 };
    for (int k = 0; k < 2; k++) {
        const rg_tasks *tasks = k == 0 ? NULL : &two;
        problem p = problem_of (model, tasks);
        const rg_model_loss loss = loss_of (&p, model, tasks);
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_layout *layout;
            rg_objective *objective = NULL;
            failing_begin (&memory);
            rg_status status = rg_model_layout (&layout, model, tasks);
            if (status == RG_OK)
                status = rg_objective_from_model (&objective, &loss, NULL);
            failing_end (&memory, status);
            rg_objective_free (objective);
            rg_layout_free (layout);
        }
        problem_clear (&p);
    }
    rg_model_free (model);
}
END_TEST

START_TEST (kinds_are_listed)
{
    size_t layers = 0, inits = 0;
    for (; rg_layer_name (layers) != NULL; layers++)
        ck_assert (strlen (rg_layer_sentence (layers)) > 0);
    for (; rg_initialiser_name (inits) != NULL; inits++)
        ck_assert (strlen (rg_initialiser_sentence (inits)) > 0);
    ck_assert_uint_ge (layers, 11);
    ck_assert_uint_eq (inits, 6);
    ck_assert_ptr_null (rg_layer_sentence (layers));
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("model");
    TCase *arrays = tcase_create ("arrays"), *loss = tcase_create ("loss"), *initial = tcase_create ("initial"),
          *refused = tcase_create ("refused");
    tcase_add_test (arrays, arrays_are_named_after_their_layers_and_a_body_comes_before_its_shortcut);
    tcase_add_test (arrays, widths_have_the_short_names);
    tcase_add_test (arrays, kinds_are_listed);
    tcase_add_test (loss, a_network_written_both_ways_has_the_same_bits);
    tcase_add_test (loss, a_proximal_term_pulls_to_its_centre);
    tcase_add_loop_test (initial, initial_weights_have_their_variance_and_biases_are_zero, 0, sizeof draws / sizeof *draws);
    tcase_add_test (initial, orthogonal_weights_are_orthonormal_on_their_shorter_side);
    tcase_add_test (initial, each_task_draws_weights_of_its_own_unless_they_are_tied);
    tcase_add_test (initial, a_model_without_init_draws_nothing);
    tcase_add_loop_test (refused, layers_that_do_not_fit_are_refused_with_a_sentence, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test (refused, layers_are_nested_to_a_depth);
    tcase_add_test (refused, widths_out_of_range_are_refused);
    tcase_add_test (refused, a_loss_of_no_precision_is_refused);
    tcase_add_test (refused, one_task_has_no_layout_of_several);
    tcase_add_test (refused, every_allocation_of_a_model_may_fail);
    tcase_add_test (refused, every_allocation_of_a_layout_and_an_objective_may_fail);
    suite_add_tcase (suite, arrays);
    suite_add_tcase (suite, loss);
    suite_add_tcase (suite, initial);
    suite_add_tcase (suite, refused);
    return run_suite (suite);
}

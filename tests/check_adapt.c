/* check_adapt.c -- which arrays of a model the inner problem adapts: the others are a block of hyperparameters. */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "how.h"
#include "model/model.h"
#include "model_case.h"

enum { STEPS = 9 };

static const char *const head[] = { "dense3.*", "dense?.b" };

/* `plain` with an initialiser: dense1.b, dense2.b and the last layer are adapted, or all. */
static rg_model *
model_with (int split)
{
    rg_model *model = model_of (plain, FEATURES, 0, 0, "glorot", 0);
    rg_message message = { "" };
    if (split)
        ck_assert_msg (rg_model_adapt (model, 2, head, &message) == RG_OK, "%s", message.text);
    return model;
}

START_TEST (the_layout_is_that_of_what_is_adapted)
{
    static const char *const names[] = { "dense1.b", "dense2.b", "dense3.W", "dense3.b" };
    static const size_t offsets[] = { 0, 5, 9, 21 };
    rg_model *model = model_with (1);
    rg_layout *layout;
    ck_assert_int_eq (rg_model_layout (&layout, model, NULL), RG_OK);
    ck_assert_uint_eq (rg_layout_arrays (layout), 4);
    ck_assert_uint_eq (rg_layout_layers (layout), 3);
    ck_assert_uint_eq (rg_layout_weights (layout), 24);
    ck_assert_uint_eq (rg_model_shared (model), 30 + 20);
    ck_assert_uint_eq (rg_model_weights (model), 74);
    for (size_t a = 0; a < 4; a++) {
        ck_assert_str_eq (rg_layout_name (layout, a), names[a]);
        ck_assert_uint_eq (rg_layout_offset (layout, a), offsets[a]);
    }
    rg_layout_free (layout);
    static const char *const last[] = { "dense3.W" };
    ck_assert_int_eq (rg_model_adapt (model, 1, last, NULL), RG_OK); /* a layer without an adapted array is none of the layout's */
    ck_assert_int_eq (rg_model_layout (&layout, model, NULL), RG_OK);
    ck_assert_uint_eq (rg_layout_layers (layout), 1);
    ck_assert_uint_eq (rg_layout_weights (layout), 12);
    rg_layout_free (layout);
    rg_model_free (model);
}
END_TEST

START_TEST (both_parts_are_drawn_as_the_whole_is)
{
    double all[74], parts[2][74], drawn[2][74];
    rg_model *whole = model_with (0), *split = model_with (1);
    ck_assert_int_eq (rg_model_draw (whole, NULL, 5, 2, all), RG_OK);
    ck_assert_int_eq (rg_model_draw (split, NULL, 5, 2, drawn[0]), RG_OK);
    ck_assert_int_eq (rg_model_draw_shared (split, 5, 2, drawn[1]), RG_OK);
    for (int shared = 0; shared < 2; shared++)
        rg_model_part (split, shared, all, parts[shared]);
    ck_assert_mem_eq (parts[0], drawn[0], 24 * sizeof (double));
    ck_assert_mem_eq (parts[1], drawn[1], 50 * sizeof (double));
    rg_model_free (whole);
    rg_model_free (split);
    rg_model *bare = model_of (plain, FEATURES, 0, 0, NULL, 0);
    ck_assert_int_eq (rg_model_draw_shared (bare, 5, 2, all), RG_EUNSUPPORTED);
    rg_model_free (bare);
}
END_TEST

/* A training run of a model whose parts start with these numbers. */
typedef struct {
    rg_model *model;
    rg_dataset *data;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_problem problem;
} bench;

static void
add (rg_hyper *hyper, rg_role role, double init, const double *values, size_t count)
{
    rg_block_spec spec = rg_block_defaults (role);
    rg_message message = { "" };
    spec.init = init;
    spec.values = values;
    spec.count = count;
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
}

static rg_status
objective (const bench *b, rg_part_played part, rg_objective **out, rg_message *message)
{
    const rg_model_loss loss = { .size = sizeof loss, .model = b->model, .precision = RG_DOUBLE, .part = part, .data = b->data, .hyper = b->hyper,
                                 .batches = { &rg_sampler_cyclic, EXAMPLES, part == RG_INNER ? 6 : EXAMPLES, 0 }, .shard = 4 };
    return rg_objective_from_model (out, &loss, message);
}

static void
bench_init (bench *b, int split)
{
    double all[74], part[74];
    rg_message message = { "" };
    *b = (bench) { .model = model_with (split), .data = examples (0) };
    for (int i = 0; i < 74; i++)
        all[i] = .6 * sin (2.1 * i + .4);
    ck_assert_int_eq (rg_model_layout (&b->layout, b->model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&b->hyper, b->layout, STEPS, 0, 0), RG_OK);
    add (b->hyper, RG_RATE, .4, NULL, 0);
    add (b->hyper, RG_DECAY, .5, NULL, 0);
    rg_model_part (b->model, false, all, part);
    add (b->hyper, RG_WEIGHTS, 0, part, rg_layout_weights (b->layout));
    rg_model_part (b->model, true, all, part);
    if (split)
        add (b->hyper, RG_SHARED_ARRAYS, 0, part, rg_model_shared (b->model));
    b->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = b->hyper, .dynamics = rg_registry_dynamics ("momentum"), .run = rg_run_defaults () };
    b->problem.run.arithmetic = RG_FLOATING;
    ck_assert_msg (objective (b, RG_INNER, &b->problem.inner, &message) == RG_OK, "%s", message.text);
    ck_assert_msg (objective (b, RG_OUTER, &b->problem.outer, &message) == RG_OK, "%s", message.text);
}

static void
bench_clear (bench *b)
{
    rg_objective_free (b->problem.inner);
    rg_objective_free (b->problem.outer);
    rg_hyper_free (b->hyper);
    rg_layout_free (b->layout);
    rg_dataset_free (b->data);
    rg_model_free (b->model);
}

START_TEST (loss_and_gradients_are_those_of_the_whole_model)
{
    bench whole, split;
    double w[74], g[74], part[2][74], own[74], direct[74], lambda[74];
    rg_evaluation found[2];
    rg_message message = { "" };
    bench_init (&whole, 0);
    bench_init (&split, 1);
    for (int i = 0; i < 74; i++)
        w[i] = .5 * cos (1.3 * i);
    ck_assert_int_eq (rg_objective_evaluate (whole.problem.outer, (rg_instant) { 0 }, w, NULL, &found[0], g, NULL, &message), RG_OK);
    rg_model_part (split.model, false, w, own);
    rg_model_part (split.model, true, w, lambda);
    ck_assert_int_eq (rg_objective_evaluate (split.problem.outer, (rg_instant) { 0 }, own, lambda, &found[1], part[0], direct, &message),
                      RG_OK);
    ck_assert_mem_eq (&found[0].loss, &found[1].loss, sizeof (double));
    rg_model_part (split.model, false, g, own);
    ck_assert_mem_eq (own, part[0], 24 * sizeof (double));
    rg_model_part (split.model, true, g, own);
    ck_assert_mem_eq (own, direct, 50 * sizeof (double));
    bench_clear (&whole);
    bench_clear (&split);
}
END_TEST

static void
gradient_by (const bench *b, const char *estimator, double *gradient)
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"));
    rg_message message = { "" };
    ck_assert_msg (rg_hypergradient (&b->problem, rg_registry_estimator (estimator), &options, 0, gradient, NULL, &message) == RG_OK,
                   "%s: %s", estimator, message.text);
}

START_TEST (hypergradients_of_both_parts_meet_differences)
{
    bench b;
    double reverse[80], forward[80], differences[80];
    bench_init (&b, 1);
    const size_t size = rg_hyper_size (b.hyper);
    ck_assert_uint_eq (size, 2 + 24 + 50);
    gradient_by (&b, "reverse", reverse);
    gradient_by (&b, "forward", forward);
    gradient_by (&b, "differences", differences);
    for (size_t k = 0; k < rg_hyper_blocks (b.hyper); k++) {
        const rg_block block = rg_hyper_block (b.hyper, k);
        ck_assert_double_le (relative_difference (forward + block.first, reverse + block.first, block.size), 1e-11);
        ck_assert_double_le (relative_difference (differences + block.first, reverse + block.first, block.size), 1e-6);
    }
    bench_clear (&b);
}
END_TEST

START_TEST (what_does_not_fit_is_refused_with_a_sentence)
{
    static const char *const wrong[] = { "dense3.W", "dense4.*" };
    bench b;
    rg_objective *out;
    rg_message message = { "" };
    bench_init (&b, 1);
    ck_assert_int_eq (rg_model_adapt (b.model, 0, NULL, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "expected at least one array to adapt");
    ck_assert_uint_eq (rg_model_shared (b.model), 0);
    ck_assert_int_eq (rg_model_adapt (b.model, 2, wrong, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "dense4.*: the model has no such array; it has dense1.W ... dense3.b");
    ck_assert_uint_eq (rg_model_shared (b.model), 0);
    ck_assert_int_eq (objective (&b, RG_OUTER, &out, &message), RG_ESHAPE); /* the layout is not that of all arrays */
    static const char *const other[] = { "dense?.b", "dense3.W" };
    ck_assert_int_eq (rg_model_adapt (b.model, 2, other, &message), RG_OK);
    rg_hyper *hyper = b.hyper;
    ck_assert_int_eq (rg_hyper_new (&b.hyper, b.layout, STEPS, 0, 0), RG_OK);
    ck_assert_int_eq (objective (&b, RG_OUTER, &out, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "the arrays that are not adapted need the hyperparameters shared, tuned or fixed");
    add (b.hyper, RG_SHARED_ARRAYS, 0, NULL, 49);
    ck_assert_int_eq (objective (&b, RG_OUTER, &out, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "shared: expected the 50 numbers of the arrays that are not adapted, got 49");
    rg_hyper_free (b.hyper);
    b.hyper = hyper;
    bench_clear (&b);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("adapt");
    TCase *c = tcase_create ("all");
    tcase_add_test (c, the_layout_is_that_of_what_is_adapted);
    tcase_add_test (c, both_parts_are_drawn_as_the_whole_is);
    tcase_add_test (c, loss_and_gradients_are_those_of_the_whole_model);
    tcase_add_test (c, hypergradients_of_both_parts_meet_differences);
    tcase_add_test (c, what_does_not_fit_is_refused_with_a_sentence);
    suite_add_tcase (s, c);
    return run_suite (s);
}

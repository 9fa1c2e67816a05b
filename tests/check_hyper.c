/* check_hyper.c -- layouts, blocks, transforms, boxes, rounding of decays, lambda, coefficients. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/hyper.h>

#include "failing_memory.h"
#include "uniform.h"

#include "hyper/coefficient.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"
#include "hyper/transform.h"

static const rg_array_spec net[] = { { "W1", 12, 0, 4 }, { "b1", 3, 0, 1 }, { "W2", 6, 1, 3 }, { "b2", 2, 1, 0 }, { "out", 5, 2, 0 } };
enum { NET_ARRAYS = 5, NET_WEIGHTS = 28, NET_LAYERS = 3, STEPS = 4, EXAMPLES = 7, SCOPES = 7 };

/* A layout and an empty set over it. */
typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
} fixture;

static void
fixture_init (fixture *f, int ratio_bits)
{
    ck_assert_int_eq (rg_layout_new (&f->layout, NET_ARRAYS, net), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, STEPS, EXAMPLES, ratio_bits), RG_OK);
}

static void
fixture_clear (fixture *f)
{
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
}

/* ---- layouts ----------------------------------------------------------- */

START_TEST (a_layout_knows_names_offsets_and_layers)
{
    rg_layout *layout;
    ck_assert_int_eq (rg_layout_new (&layout, NET_ARRAYS, net), RG_OK);
    ck_assert_uint_eq (rg_layout_weights (layout), NET_WEIGHTS);
    ck_assert_uint_eq (rg_layout_arrays (layout), NET_ARRAYS);
    ck_assert_uint_eq (rg_layout_layers (layout), NET_LAYERS);
    size_t weight = 0;
    for (size_t a = 0; a < NET_ARRAYS; a++) {
        ck_assert_str_eq (rg_layout_name (layout, a), net[a].name);
        ck_assert_uint_eq (rg_layout_offset (layout, a), weight);
        for (size_t i = 0; i < net[a].count; i++)
            ck_assert_uint_eq (rg_layout_array_of (layout, weight++), a);
    }
    rg_layout_free (layout);
    rg_layout_free (NULL);
}
END_TEST

START_TEST (a_layout_is_cut_into_the_segments_of_a_scope)
{
    static const size_t all[] = { 0, 28 }, layers[] = { 0, 15, 23, 28 }, arrays[] = { 0, 12, 15, 21, 23, 28 };
    static const size_t units[] = { 0, 3, 6, 9, 12, 15, 17, 19, 21, 23, 28 };
    rg_layout *layout;
    const size_t *offsets;
    ck_assert_int_eq (rg_layout_new (&layout, NET_ARRAYS, net), RG_OK);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_ALL, &offsets), 1);
    ck_assert_mem_eq (offsets, all, sizeof all);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_LAYER, &offsets), 3);
    ck_assert_mem_eq (offsets, layers, sizeof layers);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_ARRAY, &offsets), 5);
    ck_assert_mem_eq (offsets, arrays, sizeof arrays);
    ck_assert_uint_eq (rg_layout_units (layout), 10);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_UNIT, &offsets), 10);
    ck_assert_mem_eq (offsets, units, sizeof units);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_WEIGHT, &offsets), NET_WEIGHTS);
    ck_assert_ptr_null (offsets);
    rg_layout_free (layout);
}
END_TEST

static const struct {
    const char *label;
    size_t arrays;
    rg_array_spec specs[3];
} refused_layouts[] = {
    { "no array", 0, { { "W", 1, 0, 0 } } },
    { "units of unequal size", 1, { { "W", 10, 0, 4 } } },
    { "an empty array", 2, { { "W", 4, 0, 0 }, { "b", 0, 0, 0 } } },
    { "a first layer that is not 0", 1, { { "W", 4, 1, 0 } } },
    { "a layer left out", 2, { { "W", 4, 0, 0 }, { "V", 4, 2, 0 } } },
    { "a layer that comes back", 3, { { "W", 4, 0, 0 }, { "V", 4, 1, 0 }, { "b", 4, 0, 0 } } },
};

START_TEST (a_layout_out_of_order_is_refused)
{
    rg_layout *layout = (rg_layout *) &net;
    ck_assert_msg (rg_layout_new (&layout, refused_layouts[_i].arrays, refused_layouts[_i].specs) == RG_ERANGE, "%s",
                   refused_layouts[_i].label);
    ck_assert_ptr_null (layout);
}
END_TEST

START_TEST (a_long_name_is_cut)
{
    rg_layout *layout;
    const rg_array_spec spec = { "a_name_of_an_array_of_37_characters_..", 3, 0, 0 };
    ck_assert_int_eq (rg_layout_new (&layout, 1, &spec), RG_OK);
    ck_assert_str_eq (rg_layout_name (layout, 0), "a_name_of_an_array_of_3");
    rg_layout_free (layout);
}
END_TEST

/* ---- blocks: what each role takes --------------------------------------- */

/* Numbers a block of the net has per scope: all, layer, array, unit, weight, example, own (count 9); 0: refused. */
static const struct {
    rg_role role;
    const char *name;
    size_t slices[SCOPES];
    int per_step;
    rg_transform transform;
    double init;
} roles[] = {
    { RG_RATE, "rate", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOG, .1 },
    { RG_DECAY, "decay", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOGIT, .9 },
    { RG_BETA1, "beta1", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOGIT, .9 },
    { RG_BETA2, "beta2", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOGIT, .999 },
    { RG_EPSILON, "epsilon", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOG, 1e-8 },
    { RG_WEIGHT_DECAY, "weight_decay", { 1, 3, 5, 10, 28, 0, 0 }, 1, RG_LOG, .01 },
    { RG_L2, "l2", { 1, 3, 5, 10, 28, 0, 0 }, 0, RG_LOG, 1e-3 },
    { RG_EXAMPLE_WEIGHT, "example_weight", { 1, 0, 0, 0, 0, 7, 0 }, 0, RG_IDENTITY, 1 },
    { RG_WEIGHTS, "weights", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_WEIGHT_SCALE, "weight_scale", { 1, 3, 5, 0, 0, 0, 0 }, 0, RG_LOG, .3 },
    { RG_INPUTS, "inputs", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_SHARING, "sharing", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_INTERACTION, "interaction", { 1, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_PARAMETER, "parameter", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
};
static const char *const scopes[] = { "all", "layer", "array", "unit", "weight", "example", "own" };
#define ROLES ((int) (sizeof roles / sizeof *roles))

START_TEST (a_role_takes_its_scopes_and_refuses_the_others_by_name)
{
    const int role = _i / SCOPES, scope = _i % SCOPES;
    fixture f;
    fixture_init (&f, 14);
    rg_block_spec spec = rg_block_defaults (roles[role].role);
    ck_assert_int_eq ((int) spec.transform, (int) roles[role].transform);
    spec.scope = (rg_scope) scope;
    spec.init = roles[role].init;
    spec.count = 9;
    const size_t expected = roles[role].slices[scope];
    rg_message message = { "" };
    const rg_status status = rg_hyper_add (f.hyper, &spec, &message);
    ck_assert_int_eq (rg_role_takes_scope (roles[role].role, (rg_scope) scope), expected != 0);
    if (expected == 0) {
        char sentence[100];
        snprintf (sentence, sizeof sentence, "%s: per %s is not possible", roles[role].name, scopes[scope]);
        ck_assert_int_eq (status, RG_EUNSUPPORTED);
        ck_assert_str_eq (message.text, sentence);
        ck_assert_uint_eq (rg_hyper_blocks (f.hyper), 0);
        ck_assert_uint_eq (rg_hyper_size (f.hyper), 0);
    } else {
        ck_assert_msg (status == RG_OK, "%s", message.text);
        const rg_block b = rg_hyper_block (f.hyper, 0);
        ck_assert_str_eq (b.name, roles[role].name);
        ck_assert_uint_eq (b.slice, expected);
        ck_assert_uint_eq (b.size, expected);
        ck_assert_uint_eq (rg_hyper_size (f.hyper), expected);
        ck_assert_int_eq (b.offsets != NULL, scope <= RG_PER_UNIT);
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (per_step_is_for_rate_and_decay)
{
    fixture f;
    fixture_init (&f, 0);
    rg_message message = { "" };
    rg_block_spec spec = rg_block_defaults (roles[_i].role);
    spec.init = roles[_i].init;
    spec.count = 9;
    spec.per_step = 1;
    const rg_status status = rg_hyper_add (f.hyper, &spec, &message);
    if (roles[_i].per_step) {
        ck_assert_int_eq (status, RG_OK);
        const rg_block b = rg_hyper_block (f.hyper, 0);
        ck_assert_uint_eq (b.slice, 1);
        ck_assert_uint_eq (b.size, STEPS);
        ck_assert_int_eq (b.per_step, 1);
    } else {
        ck_assert_int_eq (status, RG_EUNSUPPORTED);
        ck_assert_msg (strstr (message.text, ": per step is possible for coefficients of the dynamics only") != NULL, "%s",
                       message.text);
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (a_step_uses_its_own_slice)
{
    fixture f;
    fixture_init (&f, 0);
    double values[STEPS * NET_ARRAYS];
    for (size_t i = 0; i < STEPS * NET_ARRAYS; i++)
        values[i] = uniform (77, i, .01, 2);
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    spec.scope = RG_PER_ARRAY;
    spec.per_step = 1;
    spec.values = values;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    memset (values, 0, sizeof values); /* they were copied */
    rg_block b;
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_RATE, &b), 1);
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_DECAY, &b), 0);
    ck_assert_uint_eq (b.size, STEPS * NET_ARRAYS);
    for (size_t t = 0; t < STEPS; t++) {
        const rg_coefficient c = rg_coefficient_at (&b, t);
        double each[NET_WEIGHTS];
        rg_coefficient_expand (&c, 0, NET_WEIGHTS, each);
        for (size_t w = 0; w < NET_WEIGHTS; w++)
            ck_assert (each[w] == uniform (77, t * NET_ARRAYS + rg_layout_array_of (f.layout, w), .01, 2));
    }
    fixture_clear (&f);
}
END_TEST

static const struct {
    rg_block_spec spec;
    rg_status status;
    const char *sentence;
} refused[] = {
    { { .role = RG_RATE, .init = NAN, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: expected a finite number, got nan" },
    { { .role = RG_RATE, .init = -.1, .transform = RG_LOG, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: transform log needs a value in (0, inf), got -0.1" },
    { { .role = RG_RATE, .init = 0, .transform = RG_SOFTPLUS, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: transform softplus needs a value in (0, inf), got 0" },
    { { .role = RG_DECAY, .init = 1, .transform = RG_LOGIT, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "decay: value 0: transform logit needs a value in (0, 1), got 1" },
    { { .role = RG_DECAY, .init = 1.5, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "decay: value 0: expected a number in [0, 1], got 1.5" },
    { { .role = RG_L2, .init = -1e-3, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "l2: value 0: expected a number >= 0, got -0.001" },
    { { .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = 0, .maximum = .25 }, RG_ERANGE,
      "rate: value 0: expected a number in [0, 0.25], got 0.5" },
    { { .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = 1, .maximum = 0 }, RG_ERANGE,
      "rate: constraint: expected min <= max, got 1 and 0" },
    { { .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = NAN, .maximum = 0 }, RG_ERANGE,
      "rate: constraint: expected min <= max, got nan and 0" },
    { { .role = RG_RATE, .init = .5, .transform = (rg_transform) 17, .minimum = 0, .maximum = 1 }, RG_ERANGE,
      "rate: unknown transform" },
    { { .role = RG_PARAMETER, .scope = RG_PER_OWN, .count = 0, .minimum = 0, .maximum = 1 }, RG_ESHAPE,
      "parameter: there is nothing to have a value per own" },
};

START_TEST (a_block_that_cannot_be_is_refused_by_name_and_leaves_the_set_alone)
{
    fixture f;
    fixture_init (&f, 14);
    rg_message message = { "" };
    rg_block_spec first = rg_block_defaults (RG_WEIGHT_SCALE);
    first.init = .3;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &first, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &refused[_i].spec, &message), refused[_i].status);
    ck_assert_str_eq (message.text, refused[_i].sentence);
    ck_assert_uint_eq (rg_hyper_blocks (f.hyper), 1);
    ck_assert_uint_eq (rg_hyper_size (f.hyper), NET_ARRAYS);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    fixture_clear (&f);
}
END_TEST

START_TEST (examples_need_examples)
{
    fixture f;
    fixture_init (&f, 14);
    rg_hyper_free (f.hyper);
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, STEPS, 0, 14), RG_OK);
    rg_message message = { "" };
    const rg_block_spec spec = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "example_weight: there is nothing to have a value per example");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_role_or_a_name_given_twice_is_refused)
{
    fixture f;
    fixture_init (&f, 14);
    rg_message message = { "" };
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    spec.init = .1;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    spec.name = "another";
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "another: given twice");
    spec = rg_block_defaults (RG_PARAMETER);
    spec.count = 2;
    spec.name = "a";
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "a: given twice");
    spec.name = "b"; /* parameters may be many, by different names */
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert_uint_eq (rg_hyper_size (f.hyper), 5);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_set_holds_32_blocks)
{
    fixture f;
    fixture_init (&f, 14);
    rg_message message = { "" };
    char name[16];
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    spec.count = 1;
    spec.name = name;
    for (int i = 0; i < 33; i++) {
        snprintf (name, sizeof name, "p%d", i);
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, &message), i < 32 ? RG_OK : RG_ERANGE);
    }
    ck_assert_str_eq (message.text, "more than 32 blocks of hyperparameters");
    ck_assert_str_eq (rg_hyper_block (f.hyper, 31).name, "p31");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_set_of_no_steps_or_odd_ratio_bits_is_refused)
{
    fixture f;
    rg_hyper *hyper = (rg_hyper *) &f;
    fixture_init (&f, 0);
    ck_assert_int_eq (rg_hyper_new (&hyper, f.layout, 0, 0, 14), RG_ERANGE);
    ck_assert_ptr_null (hyper);
    ck_assert_int_eq (rg_hyper_new (&hyper, f.layout, 1, 0, -1), RG_ERANGE);
    ck_assert_int_eq (rg_hyper_new (&hyper, f.layout, 1, 0, 29), RG_ERANGE);
    fixture_clear (&f);
}
END_TEST

START_TEST (names_end_with_null)
{
    for (int i = 0; i < ROLES; i++)
        ck_assert_str_eq (rg_role_name ((rg_role) i), roles[i].name);
    ck_assert_ptr_null (rg_role_name ((rg_role) ROLES));
    for (int i = 0; i < SCOPES; i++)
        ck_assert_str_eq (rg_scope_name ((rg_scope) i), scopes[i]);
    ck_assert_ptr_null (rg_scope_name ((rg_scope) SCOPES));
    static const char *const transforms[] = { "identity", "log", "logit", "softplus" };
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq (rg_transform_name ((rg_transform) i), transforms[i]);
    ck_assert_ptr_null (rg_transform_name ((rg_transform) 4));
}
END_TEST

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

START_TEST (a_fixed_block_has_no_free_numbers)
{
    fixture f;
    fixture_init (&f, 14);
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    spec.init = 0; /* outside the transform's range, which a constant does not need */
    spec.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert_uint_eq (rg_hyper_size (f.hyper), 0);
    spec = rg_block_defaults (RG_DECAY);
    spec.init = .9;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    ck_assert_uint_eq (rg_hyper_size (f.hyper), 1);
    ck_assert_uint_eq (rg_hyper_block (f.hyper, 1).first, 0);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_double_eq (rg_hyper_block (f.hyper, 0).natural[0], 0);
    double gradient = 1;
    rg_hyper_chain (f.hyper, &gradient);
    ck_assert_double_eq_tol (gradient, .09, 1e-4);
    fixture_clear (&f);
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
        { 14, .9, 14746. / 16384 }, { 12, .9, 3686. / 4096 }, { 2, .9, 1 },  { 14, 1e-9, 1. / 16384 },
        { 14, 0, 0 },               { 14, 1, 1 },             { 1, .2, .5 }, { 28, .9, 241591910. / 268435456 },
        { 4, 2.5 / 16, 2. / 16 },   { 4, 3.5 / 16, 4. / 16 }, /* ties to even */
        { 0, .9, .9 },              { 14, .99999, 1 },
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
        ck_assert (applied * scale >= 1 && applied <= 1);
        ck_assert (fabs (applied - decay) * scale <= .5 || (applied * scale == 1 && decay * scale < 1));
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

START_TEST (a_decay_rounded_to_one_keeps_its_free_number_when_rounding_stops)
{
    fixture f;
    fixture_init (&f, 4);
    add_decay (&f, .99, RG_LOGIT); /* applied: 1, whose free number is infinite */
    const double before = rg_hyper_values (f.hyper)[0];
    rg_hyper_set_rounding (f.hyper, 0);
    ck_assert (rg_hyper_values (f.hyper)[0] == before);
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    fixture_clear (&f);
}
END_TEST

/* ---- whole sets ----------------------------------------------------------- */

/* A set with all kinds of blocks; lambda is l2 (5), example weights (7) and two parameters (3, 2: fixed). */
static void
add_all (fixture *f)
{
    static const double parameters[] = { 2.385, -1.5, .75 };
    rg_block_spec spec = rg_block_defaults (RG_RATE);
    spec.init = .125;
    spec.per_step = 1;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_L2);
    spec.init = .25;
    spec.scope = RG_PER_ARRAY;
    spec.transform = RG_IDENTITY;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_DECAY);
    spec.init = .9;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    spec.init = 1;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec = rg_block_defaults (RG_PARAMETER);
    spec.name = "mine";
    spec.values = parameters;
    spec.count = 3;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    spec.name = "constant";
    spec.count = 2;
    spec.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
}
enum { LAMBDAS = 5 + 7 + 3 + 2, SIZE = STEPS + 5 + 1 + 7 + 3 };

START_TEST (lambda_is_collected_and_scattered_in_order)
{
    fixture f;
    fixture_init (&f, 14);
    add_all (&f);
    ck_assert_uint_eq (rg_hyper_size (f.hyper), SIZE);
    ck_assert_uint_eq (rg_lambda_size (f.hyper), LAMBDAS);
    ck_assert_uint_eq (rg_lambda_offset (f.hyper, RG_L2), 0);
    ck_assert_uint_eq (rg_lambda_offset (f.hyper, RG_EXAMPLE_WEIGHT), 5);
    ck_assert_uint_eq (rg_lambda_offset (f.hyper, RG_PARAMETER), 12);
    ck_assert_uint_eq (rg_lambda_offset (f.hyper, RG_INPUTS), SIZE_MAX);
    static const double expected[LAMBDAS] = { .25, .25, .25, .25, .25, 1,   1,     1,    1,
                                              1,   1,   1,   2.385, -1.5, .75, 2.385, -1.5 };
    double lambda[LAMBDAS];
    rg_lambda_collect (f.hyper, lambda);
    ck_assert_mem_eq (lambda, expected, sizeof lambda);
    double gradient[SIZE];
    for (int i = 0; i < SIZE; i++)
        gradient[i] = 1000 * i;
    for (int i = 0; i < LAMBDAS; i++)
        lambda[i] = 1 + i;
    rg_lambda_scatter (f.hyper, lambda, gradient);
    for (int i = 0; i < SIZE; i++) {
        const int in_l2 = i >= STEPS && i < STEPS + 5, later = i >= STEPS + 6;
        ck_assert_double_eq (gradient[i], 1000 * i + (in_l2 ? i - STEPS + 1 : later ? i - STEPS : 0));
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (a_copy_is_equal_and_independent)
{
    fixture f;
    rg_hyper *copy;
    fixture_init (&f, 14);
    add_all (&f);
    rg_hyper_values (f.hyper)[2] = -1;
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_copy (&copy, f.hyper), RG_OK);
    ck_assert_uint_eq (rg_hyper_steps (copy), STEPS);
    ck_assert_ptr_eq (rg_hyper_layout (copy), f.layout);
    ck_assert_uint_eq (rg_hyper_blocks (copy), rg_hyper_blocks (f.hyper));
    ck_assert_mem_eq (rg_hyper_values (copy), rg_hyper_values (f.hyper), SIZE * sizeof (double));
    for (size_t i = 0; i < rg_hyper_blocks (copy); i++) {
        const rg_block one = rg_hyper_block (copy, i), other = rg_hyper_block (f.hyper, i);
        ck_assert_str_eq (one.name, other.name);
        ck_assert_ptr_ne (one.natural, other.natural);
        ck_assert_mem_eq (one.natural, other.natural, one.size * sizeof (double));
    }
    rg_hyper_values (copy)[2] = -2;
    ck_assert_int_eq (rg_hyper_update (copy, NULL), RG_OK);
    ck_assert_double_eq (rg_hyper_values (f.hyper)[2], -1);
    ck_assert_double_eq (rg_hyper_block (f.hyper, 0).natural[2], exp (-1));
    rg_hyper_free (f.hyper);
    ck_assert_double_eq (rg_hyper_block (copy, 0).natural[2], exp (-2));
    f.hyper = copy;
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

/* ---- memory --------------------------------------------------------------- */

START_TEST (every_allocation_of_a_layout_may_fail)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_layout *layout;
        FAILING (&memory, rg_layout_new (&layout, NET_ARRAYS, net));
        ck_assert_int_eq (layout == NULL, memory.failed);
        rg_layout_free (layout);
    }
    ck_assert_int_ge (memory.failures, 2);
}
END_TEST

START_TEST (every_allocation_of_a_set_may_fail_and_leaves_it_as_it_was)
{
    fixture f;
    rg_block_spec spec = rg_block_defaults (RG_WEIGHTS);
    spec.count = NET_WEIGHTS;
    for (failing_memory memory = failing_first (); memory.failed;) {
        fixture_init (&f, 14);
        add_all (&f);
        FAILING (&memory, rg_hyper_add (f.hyper, &spec, NULL));
        ck_assert_uint_eq (rg_hyper_size (f.hyper), SIZE + (memory.failed ? 0 : NET_WEIGHTS));
        ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
        fixture_clear (&f);
    }
    fixture_init (&f, 14);
    add_all (&f);
    rg_hyper *made;
    for (int copies = 0; copies < 2; copies++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            FAILING (&memory, copies ? rg_hyper_copy (&made, f.hyper) : rg_hyper_new (&made, f.layout, STEPS, 0, 14));
            ck_assert_int_eq (made == NULL, memory.failed);
            rg_hyper_free (made);
        }
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("hyper");
    TCase *layouts = tcase_create ("layouts");
    tcase_add_test (layouts, a_layout_knows_names_offsets_and_layers);
    tcase_add_test (layouts, a_layout_is_cut_into_the_segments_of_a_scope);
    tcase_add_loop_test (layouts, a_layout_out_of_order_is_refused, 0,
                         (int) (sizeof refused_layouts / sizeof *refused_layouts));
    tcase_add_test (layouts, a_long_name_is_cut);
    suite_add_tcase (suite, layouts);
    TCase *blocks = tcase_create ("blocks");
    tcase_add_loop_test (blocks, a_role_takes_its_scopes_and_refuses_the_others_by_name, 0, SCOPES * ROLES);
    tcase_add_loop_test (blocks, per_step_is_for_rate_and_decay, 0, ROLES);
    tcase_add_test (blocks, a_step_uses_its_own_slice);
    tcase_add_loop_test (blocks, a_block_that_cannot_be_is_refused_by_name_and_leaves_the_set_alone, 0,
                         (int) (sizeof refused / sizeof *refused));
    tcase_add_test (blocks, examples_need_examples);
    tcase_add_test (blocks, a_role_or_a_name_given_twice_is_refused);
    tcase_add_test (blocks, a_set_holds_32_blocks);
    tcase_add_test (blocks, a_set_of_no_steps_or_odd_ratio_bits_is_refused);
    tcase_add_test (blocks, names_end_with_null);
    tcase_add_test (blocks, a_fixed_block_has_no_free_numbers);
    tcase_add_test (blocks, lambda_is_collected_and_scattered_in_order);
    tcase_add_test (blocks, a_copy_is_equal_and_independent);
    suite_add_tcase (suite, blocks);
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
    tcase_add_test (decays, a_decay_rounded_to_one_keeps_its_free_number_when_rounding_stops);
    suite_add_tcase (suite, decays);
    TCase *coefficients = tcase_create ("coefficients");
    tcase_add_test (coefficients, gathering_is_the_transpose_of_expanding);
    tcase_add_test (coefficients, gathering_adds);
    suite_add_tcase (suite, coefficients);
    TCase *memory = tcase_create ("memory");
    tcase_add_test (memory, every_allocation_of_a_layout_may_fail);
    tcase_add_test (memory, every_allocation_of_a_set_may_fail_and_leaves_it_as_it_was);
    suite_add_tcase (suite, memory);
    return run_suite (suite);
}

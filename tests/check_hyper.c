/* check_hyper.c -- sets of hyperparameters: the blocks a role takes, refusals, lambda, copies. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "failing_memory.h"
#include "small_set.h"
#include "uniform.h"

#include "hyper/coefficient.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"

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
    { RG_REPRESENTATION, "representation", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_AUGMENTATION, "augmentation", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_WEIGHTING, "weighting", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_PROXIMAL, "proximal", { 1, 3, 5, 10, 28, 0, 0 }, 0, RG_LOG, 1e-3 },
    { RG_SHARED_ARRAYS, "shared", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_PARAMETER, "parameter", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
    { RG_RULE, "rule", { 0, 0, 0, 0, 0, 0, 9 }, 0, RG_IDENTITY, 0 },
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

enum { SPEC = sizeof (rg_block_spec) };

static const struct {
    rg_block_spec spec;
    rg_status status;
    const char *sentence;
} refused[] = {
    { { .struct_size = SPEC, .role = RG_RATE, .init = NAN, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: expected a finite number, got nan" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = -.1, .transform = RG_LOG, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: transform log needs a value in (0, inf), got -0.1" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = 0, .transform = RG_SOFTPLUS, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "rate: value 0: transform softplus needs a value in (0, inf), got 0" },
    { { .struct_size = SPEC, .role = RG_DECAY, .init = 1, .transform = RG_LOGIT, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "decay: value 0: transform logit needs a value in (0, 1), got 1" },
    { { .struct_size = SPEC, .role = RG_DECAY, .init = 1.5, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "decay: value 0: expected a number in [0, 1], got 1.5" },
    { { .struct_size = SPEC, .role = RG_L2, .init = -1e-3, .transform = RG_IDENTITY, .minimum = -INFINITY, .maximum = INFINITY }, RG_ERANGE,
      "l2: value 0: expected a number >= 0, got -0.001" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = 0, .maximum = .25 }, RG_ERANGE,
      "rate: value 0: expected a number in [0, 0.25], got 0.5" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = 1, .maximum = 0 }, RG_ERANGE,
      "rate: constraint: expected min <= max, got 1 and 0" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = .5, .transform = RG_IDENTITY, .minimum = NAN, .maximum = 0 }, RG_ERANGE,
      "rate: constraint: expected min <= max, got nan and 0" },
    { { .struct_size = SPEC, .role = RG_RATE, .init = .5, .transform = (rg_transform) 17, .minimum = 0, .maximum = 1 }, RG_ERANGE,
      "rate: unknown transform" },
    { { .struct_size = SPEC, .role = RG_PARAMETER, .scope = RG_PER_OWN, .count = 0, .minimum = 0, .maximum = 1 }, RG_ESHAPE,
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

static const char *const bad_names[] = { "", "../../escaped", "a/b", "/etc", ".", "..", ".hidden", "two\nlines", "\x7f" };

START_TEST (a_name_that_could_leave_a_directory_is_refused)
{
    rg_layout *layout, *none;
    rg_hyper *hyper;
    rg_message message = { "" };
    const rg_array_spec array = { .name = "w", .count = 1 }, bad = { .name = bad_names[_i], .count = 1 };
    ck_assert_int_eq (rg_layout_new (&none, 1, &bad), RG_ERANGE);
    ck_assert_ptr_null (none);
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, 3, 0, 14), RG_OK);
    rg_block_spec spec = rg_block_defaults (RG_PARAMETER);
    spec.name = bad_names[_i];
    spec.scope = RG_PER_OWN;
    spec.count = 1;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, &message), RG_ERANGE);
    ck_assert_msg (strstr (message.text, ": expected a name that can be a file's: 1 to 200 bytes without '/', not beginning with '.'")
                   != NULL && strncmp (message.text, bad_names[_i], strlen (bad_names[_i])) == 0, "%s", message.text);
    spec.name = "a name, \xc3\xa9t\xc3\xa9, of ours.1";
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, &message), RG_OK);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("hyper");
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
    tcase_add_loop_test (blocks, a_name_that_could_leave_a_directory_is_refused, 0, (int) (sizeof bad_names / sizeof *bad_names));
    suite_add_tcase (suite, blocks);
    TCase *memory = tcase_create ("memory");
    tcase_add_test (memory, every_allocation_of_a_set_may_fail_and_leaves_it_as_it_was);
    suite_add_tcase (suite, memory);
    return run_suite (suite);
}

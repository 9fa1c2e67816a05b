/* check_outer.c -- outer optimizers against values by hand, refusals, saving and loading. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/outer.h>

#include "failing_memory.h"
#include "optimizers.h"

#include "base/settings.h"
#include "outer/outer.h"

enum { SIZE = 4 };

static const double gradients[6][SIZE] = { { 1, -2, .5, 2.385 },    { -2, 1, .25, -1.75 }, { .125, 0, -3, 1.5 },
                                           { 4.75, -.375, 1, -.5 }, { -1, -1, 2, .0625 },  { .75, 1e-3, -1e3, 6.5 } };

static rg_outer *
new_outer (const rg_optimizer *optimizer, const rg_outer_options *options)
{
    rg_outer *outer;
    rg_message message = { "" };
    ck_assert_msg (rg_outer_new (&outer, optimizer, options, SIZE, &message) == RG_OK, "%s", message.text);
    return outer;
}

START_TEST (gradient_descent_by_hand)
{
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .25;
    rg_outer *outer = new_outer (&rg_optimizer_gradient_descent, &options);
    double x[SIZE] = { 1, 2, 3, 4 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 4, .5 }, x), RG_OK);
    ck_assert_mem_eq (x, ((const double[]) { .75, 2.5, 2, 3.875 }), sizeof x);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 4, .5 }, x), RG_OK);
    ck_assert_mem_eq (x, ((const double[]) { .5, 3, 1, 3.75 }), sizeof x);
    ck_assert_uint_eq (rg_outer_steps (outer), 2);
    ck_assert_uint_eq (rg_outer_state_size (outer), 0);
    rg_outer_free (outer);
    rg_outer_free (NULL);
}
END_TEST

START_TEST (momentum_by_hand)
{
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .5;
    options.settings = "momentum: .5";
    rg_outer *outer = new_outer (&rg_optimizer_momentum, &options);
    double x[SIZE] = { 0, 0, 1, 0 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 0, 4 }, x), RG_OK);
    ck_assert_mem_eq (x, ((const double[]) { -.5, 1, 1, -2 }), sizeof x);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 2, 0, 0, -2 }, x), RG_OK); /* v = 2.5, -1, 0, 0 */
    ck_assert_mem_eq (x, ((const double[]) { -1.75, 1.5, 1, -2 }), sizeof x);
    ck_assert_uint_eq (rg_outer_state_size (outer), SIZE);
    double memory[SIZE];
    rg_outer_save (outer, memory);
    ck_assert_mem_eq (memory, ((const double[]) { 2.5, -1, 0, 0 }), sizeof memory);
    rg_outer_free (outer);
}
END_TEST

/*
 * Rate .1, gradients 1, -2. Step 1: m/(1-.9) = 1, u/(1-.999) = 1: x = -.1 / (1 + 1e-8).
 * Step 2: m = .9 * .1 - .1 * 2 = -.11, over 1 - .81 = .19; u = .999 * .001 + .001 * 4 = .004999,
 * over 1 - .998001 = .001999: x += .1 * (.11/.19) / (sqrt (4999/1999) + 1e-8).
 */
START_TEST (nesterovs_momentum_by_hand)
{
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .5;
    options.settings = "momentum: .5, nesterov: true";
    rg_outer *outer = new_outer (&rg_optimizer_momentum, &options);
    double x[SIZE] = { 0, 0, 1, 0 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 0, 4 }, x), RG_OK); /* g + .5 v = 1.5, -3, 0, 6 */
    ck_assert_mem_eq (x, ((const double[]) { -.75, 1.5, 1, -3 }), sizeof x);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 2, 0, 0, -2 }, x), RG_OK); /* v = 2.5, -1, 0, 0 */
    ck_assert_mem_eq (x, ((const double[]) { -2.375, 1.75, 1, -2 }), sizeof x);
    rg_outer_free (outer);
}
END_TEST

START_TEST (adam_by_hand)
{
    const rg_outer_options options = rg_outer_defaults ();
    ck_assert_double_eq (options.rate, .1);
    rg_outer *outer = new_outer (&rg_optimizer_adam, &options);
    double x[SIZE] = { 0, 0, 0, 0 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -1, 0, 1e6 }, x), RG_OK);
    ck_assert_double_eq_tol (x[0], -.1 / (1 + 1e-8), 1e-16);
    ck_assert_double_eq_tol (x[0], -.0999999990, 1e-12);
    ck_assert_double_eq_tol (x[1], .0999999990, 1e-12);
    ck_assert_double_eq (x[2], 0);
    ck_assert_double_eq_tol (x[3], -.1, 1e-14);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { -2, 2, 0, 1e6 }, x), RG_OK);
    ck_assert_double_eq_tol (x[0], -.1 / (1 + 1e-8) + .1 * (.11 / .19) / (sqrt (4999. / 1999) + 1e-8), 1e-13);
    ck_assert_double_eq_tol (x[0], -.0633896465, 1e-10);
    ck_assert_double_eq_tol (x[1], .0633896465, 1e-10);
    ck_assert_uint_eq (rg_outer_state_size (outer), 2 * SIZE);
    rg_outer_free (outer);
}
END_TEST

/*
 * Steps of one size: gradients 1, -2, 0, 1e-300 move by a rate each, whatever their size.
 */
START_TEST (sign_descent_by_hand)
{
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .25;
    rg_outer *outer = new_outer (&rg_optimizer_sign_descent, &options);
    double x[SIZE] = { 1, 2, 3, 4 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 0, 1e-300 }, x), RG_OK);
    ck_assert_mem_eq (x, ((const double[]) { .75, 2.25, 3, 3.75 }), sizeof x);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { -1, -2e9, -0., .5 }, x), RG_OK);
    ck_assert_mem_eq (x, ((const double[]) { 1, 2.5, 3, 3.5 }), sizeof x);
    ck_assert_uint_eq (rg_outer_state_size (outer), 0);
    rg_outer_free (outer);
}
END_TEST

/* After the six gradients, from (1, 2, 3, 4): tests/golden/outer.py, PyTorch in double. */
static const struct {
    const char *settings;
    double values[SIZE];
} rmsprop_golden[] = {
    { NULL, { -.01935339626305285, 3.128142151866683, 2.689051044572791, 2.37754457622387 } },
    { "momentum: .75", { -1.616992527526476, 5.022891596202513, .3756935030317134, .7007552062930377 } },
    { "alpha: .5, epsilon: .1, momentum: .25", { .8204324489449557, 2.271083516910283, 2.887756661600589, 3.739091210938105 } },
};

START_TEST (rmsprop_is_pytorchs)
{
    rg_outer_options options = rg_outer_defaults ();
    options.settings = rmsprop_golden[_i].settings;
    rg_outer *outer = new_outer (&rg_optimizer_rmsprop, &options);
    double x[SIZE] = { 1, 2, 3, 4 };
    for (size_t k = 0; k < 6; k++)
        ck_assert_int_eq (rg_outer_step (outer, gradients[k], x), RG_OK);
    for (size_t i = 0; i < SIZE; i++)
        ck_assert_double_eq_tol (x[i], rmsprop_golden[_i].values[i], 1e-14);
    rg_outer_free (outer);
}
END_TEST

START_TEST (the_first_steps_are_those_by_hand)
{
    const struct method *m = &methods[_i];
    rg_outer *outer = new_outer (m->optimizer, NULL);
    double x[SIZE] = { 0 };
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, 1, 0, 1 }, x), RG_OK);
    ck_assert_double_eq_tol (x[1], m->after_one, 1e-9);
    ck_assert_int_eq (rg_outer_step (outer, (const double[]) { 1, -2, 0, 1 }, x), RG_OK);
    ck_assert_double_eq_tol (x[1], m->after_two, 1e-9);
    ck_assert_double_eq (x[2], 0);
    rg_outer_free (outer);
}
END_TEST

START_TEST (every_optimizer_descends_a_quadratic)
{
    const struct method *m = &methods[_i];
    rg_outer_options options = rg_outer_defaults ();
    options.rate = m->rate;
    rg_outer *outer = new_outer (m->optimizer, &options);
    double x[SIZE] = { 1, -2, .5, 2.385 }, g[SIZE];
    for (int step = 0; step < m->steps; step++) {
        for (size_t i = 0; i < SIZE; i++)
            g[i] = (double) (i + 1) * x[i];
        ck_assert_int_eq (rg_outer_step (outer, g, x), RG_OK);
    }
    for (size_t i = 0; i < SIZE; i++)
        ck_assert_double_le (fabs (x[i]), m->within);
    rg_outer_free (outer);
}
END_TEST

static const struct {
    double rate, decay, decay_power;
    const char *sentence;
} refused[] = {
    { 0, 0, 1, "outer.rate: expected a number > 0, got 0" },
    { -1, 0, 1, "outer.rate: expected a number > 0, got -1" },
    { NAN, 0, 1, "outer.rate: expected a number > 0, got nan" },
    { INFINITY, 0, 1, "outer.rate: expected a number > 0, got inf" },
    { .1, -1, 1, "outer.decay: expected a number >= 0, got -1" },
    { .1, INFINITY, 1, "outer.decay: expected a number >= 0, got inf" },
    { .1, 0, 0, "outer.decay_power: expected a number in (0, 1], got 0" },
    { .1, 0, 1.5, "outer.decay_power: expected a number in (0, 1], got 1.5" },
};

START_TEST (options_out_of_range_are_refused_by_name)
{
    rg_message message = { "" };
    rg_outer *outer = (rg_outer *) &message;
    rg_outer_options options = rg_outer_defaults ();
    options.rate = refused[_i].rate;
    options.decay = refused[_i].decay;
    options.decay_power = refused[_i].decay_power;
    ck_assert_int_eq (rg_outer_new (&outer, methods[_i % METHODS].optimizer, &options, SIZE, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, refused[_i].sentence);
    ck_assert_ptr_null (outer);
}
END_TEST

/* The methods' own settings. */
static const struct {
    const rg_optimizer *optimizer;
    const char *settings, *sentence;
} unfit[] = {
    { &rg_optimizer_momentum, "momentum: 1", "momentum: momentum: expected a number ≥ 0 and < 1, got 1" },
    { &rg_optimizer_rmsprop, "momentum: -0.1", "rmsprop: momentum: expected a number ≥ 0 and < 1, got -0.1" },
    { &rg_optimizer_rmsprop, "alpha: 1", "rmsprop: alpha: expected a number ≥ 0 and < 1, got 1" },
    { &rg_optimizer_rmsprop, "alpha: .5, epsilon: 0", "rmsprop: epsilon: expected a number > 0, got 0" },
    { &rg_optimizer_adam, "beta1: 1.5", "adam: beta1: expected a number ≥ 0 and < 1, got 1.5" },
    { &rg_optimizer_adam, "beta2: nan", "adam: beta2: expected a number ≥ 0 and < 1, got nan" },
    { &rg_optimizer_adam, "epsilon: 0", "adam: epsilon: expected a number > 0, got 0" },
    { &rg_optimizer_adam, "beta3: .9", "adam: beta3: unknown key; did you mean beta1?" },
    { &rg_optimizer_adam, "beta1 .9", "adam: expected `key: value`, got `beta1 .9`" },
    { &rg_optimizer_sign_descent, "beta1: .9", "sign-descent: beta1: unknown key" },
};

START_TEST (settings_that_do_not_fit_are_refused_by_name)
{
    rg_message message = { "" };
    rg_outer *outer = (rg_outer *) &message;
    rg_outer_options options = rg_outer_defaults ();
    options.settings = unfit[_i].settings;
    ck_assert_int_eq (rg_outer_new (&outer, unfit[_i].optimizer, &options, SIZE, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, unfit[_i].sentence);
    ck_assert_ptr_null (outer);
}
END_TEST

/* Those of a configuration: each method takes its own among them, one that has none there its presets; a text wins. */
START_TEST (settings_that_are_read_already_are_taken_by_their_own_method)
{
    static const struct {
        const rg_optimizer *optimizer;
        const char *text, *same;
    } rows[] = { { &rg_optimizer_momentum, NULL, "momentum: .25" },
                 { &rg_optimizer_momentum, "momentum: .5", "momentum: .5" },
                 { &rg_optimizer_rmsprop, NULL, "momentum: 0" } };
    rg_choice choice;
    const rg_optimizer *row = &rg_optimizer_momentum;
    const rg_kind kind = { .name = row->name, .options = row->options, .bytes = row->settings_bytes, .row = row };
    const char *const keys[] = { "momentum" };
    const rg_given quarter = rg_given_real (.25), map = rg_given_map (1, keys, &quarter);
    ck_assert_int_eq (rg_choice_new (&choice, &kind, &map, NULL), RG_OK);
    const rg_settings known = { 1, &choice };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double x[SIZE] = { 1, 2, 3, 4 }, y[SIZE] = { 1, 2, 3, 4 };
        rg_outer_options options = rg_outer_defaults (), told = rg_outer_defaults ();
        options.settings = rows[i].text;
        options.known = &known;
        told.settings = rows[i].same;
        rg_outer *a = new_outer (rows[i].optimizer, &options), *b = new_outer (rows[i].optimizer, &told);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_int_eq (rg_outer_step (a, gradients[k], x), RG_OK);
            ck_assert_int_eq (rg_outer_step (b, gradients[k], y), RG_OK);
        }
        ck_assert_mem_eq (x, y, sizeof x);
        rg_outer_free (a);
        rg_outer_free (b);
    }
    rg_choice_clear (&choice);
}
END_TEST

START_TEST (a_gradient_that_is_not_finite_changes_nothing)
{
    const rg_outer_options options = rg_outer_defaults ();
    rg_outer *outer = new_outer (methods[_i].optimizer, &options);
    double x[SIZE] = { 1, 2, 3, 4 }, before[SIZE], memory[2][2 * SIZE] = { { 0 } };
    ck_assert_int_eq (rg_outer_step (outer, gradients[0], x), RG_OK);
    memcpy (before, x, sizeof x);
    rg_outer_save (outer, memory[0]);
    const double bad[] = { NAN, INFINITY, -INFINITY };
    for (size_t k = 0; k < 3; k++) {
        double g[SIZE] = { 1, 1, 1, 1 };
        g[k + 1] = bad[k];
        ck_assert_int_eq (rg_outer_step (outer, g, x), RG_ENONFINITE);
        rg_outer_save (outer, memory[1]);
        ck_assert_mem_eq (x, before, sizeof x);
        ck_assert_mem_eq (memory[1], memory[0], sizeof memory[0]);
        ck_assert_uint_eq (rg_outer_steps (outer), 1);
    }
    rg_outer_free (outer);
}
END_TEST

START_TEST (a_loaded_optimizer_goes_on_bit_for_bit)
{
    const rg_outer_options options = rg_outer_defaults ();
    for (size_t cut = 0; cut < 6; cut++) {
        rg_outer *whole = new_outer (methods[_i].optimizer, &options), *first = new_outer (methods[_i].optimizer, &options);
        rg_outer *second = new_outer (methods[_i].optimizer, &options);
        double x[SIZE] = { 1, 2, 3, 4 }, y[SIZE] = { 1, 2, 3, 4 }, memory[2 * SIZE] = { 0 };
        for (size_t k = 0; k < 6; k++) {
            ck_assert_int_eq (rg_outer_step (whole, gradients[k], x), RG_OK);
            if (k == cut) {
                rg_outer_save (first, memory);
                rg_outer_load (second, memory, rg_outer_steps (first));
            }
            ck_assert_int_eq (rg_outer_step (k < cut ? first : second, gradients[k], y), RG_OK);
        }
        ck_assert_mem_eq (x, y, sizeof x);
        ck_assert_uint_eq (rg_outer_steps (second), 6);
        rg_outer_free (whole);
        rg_outer_free (first);
        rg_outer_free (second);
    }
}
END_TEST

START_TEST (a_gradient_is_shortened_to_a_norm_and_only_then)
{
    double g[3] = { 3, 0, -4 };
    ck_assert_double_eq (rg_outer_clip (g, 3, 5), 1);
    ck_assert_mem_eq (g, ((const double[]) { 3, 0, -4 }), sizeof g);
    ck_assert_double_eq_tol (rg_outer_clip (g, 3, .5), .1, 1e-16);
    ck_assert_double_eq_tol (g[0], .3, 1e-16);
    ck_assert_double_eq_tol (g[2], -.4, 1e-16);
    ck_assert_double_eq (rg_outer_clip (g, 3, 2.385), 1);
    double sizes[2] = { 3e200, 4e200 }; /* their squares overflow, or vanish */
    ck_assert_double_eq_tol (rg_outer_clip (sizes, 2, 1e200), .2, 1e-16);
    ck_assert_double_eq_tol (sizes[1], 8e199, 1e184);
    double small[2] = { 3e-200, 4e-200 };
    ck_assert_double_eq_tol (rg_outer_clip (small, 2, 1e-200), .2, 1e-16);
    double bad[2] = { 1, NAN }, none[2] = { 0, 0 }, endless[2] = { INFINITY, 1 };
    ck_assert_double_eq (rg_outer_clip (bad, 2, 1e9), 1);
    ck_assert_double_eq (rg_outer_clip (none, 2, 1), 1);
    ck_assert_double_eq (rg_outer_clip (endless, 2, 1), 1);
    ck_assert_double_eq (endless[1], 1);
    ck_assert_double_eq (rg_outer_clip (none, 0, 1), 1);
}
END_TEST

START_TEST (an_optimizer_of_nothing_works)
{
    const rg_outer_options options = rg_outer_defaults ();
    rg_outer *outer;
    double nothing = 2.385;
    ck_assert_int_eq (rg_outer_new (&outer, methods[_i].optimizer, &options, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_outer_step (outer, &nothing, &nothing), RG_OK);
    ck_assert_uint_eq (rg_outer_state_size (outer), 0);
    ck_assert_double_eq (nothing, 2.385);
    rg_outer_free (outer);
}
END_TEST

START_TEST (every_allocation_of_an_optimizer_may_fail)
{
    rg_outer_options options = rg_outer_defaults ();
    const rg_option *first = methods[_i].optimizer->options;
    char text[64];
    snprintf (text, sizeof text, "%s: %s", first == NULL ? "" : first->key, first == NULL ? "" : first->preset);
    options.settings = first == NULL ? NULL : text;
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_outer *outer;
        FAILING (&memory, rg_outer_new (&outer, methods[_i].optimizer, &options, SIZE, NULL));
        ck_assert_int_eq (outer == NULL, memory.failed);
        rg_outer_free (outer);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("outer");
    TCase *tcase = tcase_create ("optimizers");
    tcase_add_test (tcase, gradient_descent_by_hand);
    tcase_add_test (tcase, momentum_by_hand);
    tcase_add_test (tcase, nesterovs_momentum_by_hand);
    tcase_add_test (tcase, adam_by_hand);
    tcase_add_test (tcase, sign_descent_by_hand);
    tcase_add_loop_test (tcase, rmsprop_is_pytorchs, 0, (int) (sizeof rmsprop_golden / sizeof *rmsprop_golden));
    tcase_add_loop_test (tcase, the_first_steps_are_those_by_hand, 0, METHODS);
    tcase_add_loop_test (tcase, every_optimizer_descends_a_quadratic, 0, METHODS);
    tcase_add_loop_test (tcase, options_out_of_range_are_refused_by_name, 0, (int) (sizeof refused / sizeof *refused));
    tcase_add_loop_test (tcase, settings_that_do_not_fit_are_refused_by_name, 0, (int) (sizeof unfit / sizeof *unfit));
    tcase_add_test (tcase, settings_that_are_read_already_are_taken_by_their_own_method);
    tcase_add_loop_test (tcase, a_gradient_that_is_not_finite_changes_nothing, 0, METHODS);
    tcase_add_loop_test (tcase, a_loaded_optimizer_goes_on_bit_for_bit, 0, METHODS);
    tcase_add_test (tcase, a_gradient_is_shortened_to_a_norm_and_only_then);
    tcase_add_loop_test (tcase, an_optimizer_of_nothing_works, 0, METHODS);
    tcase_add_loop_test (tcase, every_allocation_of_an_optimizer_may_fail, 0, METHODS);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

/* check_range.c -- outer steps that would leave what a run can use are shortened, said, and gone on from. */
#include "testing.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include <retrograde.h>

#include "how.h"
#include "quadratic.h"
#include "scratch.h"

enum { ITERATIONS = 5, STEPS = 5, PATH = 400 };

/* What falls until it would leave its range, and where it is held. */
static const struct {
    const char *label, *dynamics;
    int floating, scheduled;
    double rate, least;
    const char *note;
} kinds[] = {
    { "decay", "momentum", 0, 0, .6, 0x1p-14,
      "decay: the outer step is shortened: 1 of 1 numbers would leave [6.10352e-05, 1], which is what this run can use, and stay at its end" },
    { "epsilon in fixed point", "adam", 0, 0, 9, 0x1p-28, "epsilon: the outer step is shortened: 1 of 1 numbers would leave [3.72529e-09, inf]" },
    { "epsilon in floating point", "adam", 1, 0, 300, DBL_MIN, "epsilon: the outer step is shortened: 1 of 1 numbers would leave" },
    { "schedule", "momentum", 0, 1, .01, 0, "decay: the outer step is shortened to " },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void
add (rg_hyper *hyper, rg_role role, double init, int fixed)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.init = init;
    spec.fixed = fixed;
    spec.transform = role == RG_DECAY ? RG_IDENTITY : spec.transform;
    ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
}

static void
add_scheduled (rg_hyper *hyper)
{
    rg_block_spec spec = rg_block_defaults (RG_DECAY);
    spec.per_step = 1;
    spec.transform = RG_IDENTITY;
    spec.schedule = rg_schedule_find ("exponential"); /* .9 1.02^t */
    spec.schedule_numbers = (double[]) { .9, 1.02 };
    rg_message message = { "" };
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
}

static void
notes_to (void *user, const char *sentence)
{
    char *all = user;
    snprintf (all + strlen (all), 4000 - strlen (all), "%s\n", sentence);
}

static void
make (fixture *f, int kind, char notes[4000])
{
    const rg_array_spec arrays[] = { { "v1", 2, 0, 0 }, { "v2", 4, 1, 0 } };
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient,
                                 .tangent = quadratic_tangent, .lambda_gradient = quadratic_lambda_gradient, .lambdas = 4 };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = outer_loss, .gradient = outer_gradient };
    *f = (fixture) { .faults = { -1, 0 } };
    ck_assert_int_eq (rg_layout_new (&f->layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, STEPS, 0, 14), RG_OK);
    const int adam = strcmp (kinds[kind].dynamics, "adam") == 0;
    add (f->hyper, RG_RATE, kinds[kind].scheduled ? .001 : adam ? .1 : .3, 1);
    if (adam) {
        add (f->hyper, RG_BETA1, .9, 1);
        add (f->hyper, RG_BETA2, .99, 1);
        add (f->hyper, RG_EPSILON, 1e-3, 0);
    } else if (kinds[kind].scheduled)
        add_scheduled (f->hyper);
    else
        add (f->hyper, RG_DECAY, .5, 0);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    parameter.fixed = 1;
    parameter.count = 4;
    parameter.init = 1;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &parameter, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f->inner, 6, &inner, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&f->outer, 6, &outer, NULL, NULL), RG_OK);
    notes[0] = '\0';
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics (kinds[kind].dynamics), .run = rg_run_defaults (),
                                .initial = { .values = golden_start }, .log = { notes_to, notes } };
    if (kinds[kind].floating)
        f->problem.run.arithmetic = RG_FLOATING;
}

static int
stop_at (void *user, const rg_progress *p)
{
    return p->iteration + 1 == *(const uint64_t *) user;
}

static rg_status
tune (fixture *f, int kind, const char *study, int resume, uint64_t until, rg_message *message)
{
    const rg_estimator_options how = HOW (.policy = rg_registry_trajectory ("stored"));
    rg_outer_options outer = rg_outer_defaults ();
    rg_summary summary = { .size = sizeof summary };
    outer.rate = kinds[kind].rate;
    const rg_tuning tuning = { .size = sizeof (rg_tuning), .problem = &f->problem, .estimator = rg_registry_estimator ("reverse"), .estimator_options = &how,
                               .optimizer = rg_registry_optimizer ("sign-descent"), .outer = &outer, .iterations = ITERATIONS,
                               .study = study, .resume = resume, .result = RG_RESULT_LAST };
    return rg_tune (&tuning, stop_at, &until, &summary, message);
}

/* The least or the largest number that any step uses. */
static double
extreme_used (const fixture *f, rg_role role, double (*of) (double, double))
{
    rg_block b;
    ck_assert (rg_hyper_find (f->hyper, role, &b));
    double extreme = rg_block_values (&b, 0)[0];
    for (size_t t = 0; t < STEPS; t++)
        extreme = of (extreme, rg_block_values (&b, t)[0]);
    return extreme;
}

static rg_role
role_of (int kind)
{
    return strcmp (kinds[kind].dynamics, "adam") == 0 ? RG_EPSILON : RG_DECAY;
}

START_TEST (the_step_ends_at_the_range_and_it_is_said)
{
    fixture f;
    char notes[4000];
    rg_message message = { "" };
    make (&f, _i, notes);
    ck_assert_msg (tune (&f, _i, NULL, 0, 0, &message) == RG_OK, "%s: %s", kinds[_i].label, message.text);
    ck_assert_msg (strstr (notes, kinds[_i].note) != NULL, "%s: %s", kinds[_i].label, notes);
    if (kinds[_i].scheduled) {
        const double most = extreme_used (&f, RG_DECAY, fmax);
        ck_assert_msg (most > .98 && most <= 1, "%g", most);
    } else
        ck_assert_double_eq_tol (extreme_used (&f, role_of (_i), fmin), kinds[_i].least, 1e-12 * kinds[_i].least);
    fixture_clear (&f);
}
END_TEST

/* Left after each meta-iteration, gone on with in new objects. */
START_TEST (a_study_goes_on_from_there_to_the_same_bits)
{
    fixture whole;
    char notes[4000], directory[PATH];
    rg_message message = { "" };
    snprintf (directory, sizeof directory, "%s/range-%d", scratch, _i);
    make (&whole, _i, notes);
    ck_assert_int_eq (tune (&whole, _i, NULL, 0, 0, &message), RG_OK);
    for (uint64_t i = 1; i <= ITERATIONS; i++) {
        fixture part;
        make (&part, _i, notes);
        const rg_status status = tune (&part, _i, directory, i > 1, i < ITERATIONS ? i : 0, &message);
        ck_assert_msg (status == (i < ITERATIONS ? RG_EINTERRUPTED : RG_OK), "%s: %s", kinds[_i].label, message.text);
        if (i == ITERATIONS)
            ck_assert_mem_eq (rg_hyper_values (part.hyper), rg_hyper_values (whole.hyper),
                              rg_hyper_size (whole.hyper) * sizeof (double));
        fixture_clear (&part);
    }
    fixture_clear (&whole);
}
END_TEST

/* A loop of one's own: what rg_tune does by itself. .9 times the fourth power of a factor is at most 1 up to e^.02634. */
START_TEST (a_schedule_takes_the_part_that_fits)
{
    fixture f;
    char notes[4000];
    rg_outer *outer;
    rg_outer_options options = rg_outer_defaults ();
    make (&f, KINDS - 1, notes);
    options.rate = 1;
    double *values = rg_hyper_values (f.hyper);
    const double before = log (1.02); /* .0198 */
    ck_assert_int_eq (rg_problem_narrow (&f.problem, NULL), RG_OK);
    ck_assert_int_eq (rg_outer_new (&outer, rg_registry_optimizer ("gradient-descent"), &options, 2, NULL), RG_OK);
    ck_assert_int_eq (rg_outer_descend (outer, 0, (double[]) { 0, -.02 }, f.hyper, NULL), RG_OK);
    ck_assert_double_eq_tol (values[1], before + .005, 1e-15);
    rg_hyper_note_shortened (f.hyper, &f.problem.log);
    ck_assert_str_eq (notes, "decay: the outer step is shortened to 0.25 of itself: beyond, a step would use a number that is not finite, or not "
                      "a number in [0, 1] and at least 6.10352e-05\n");
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_OK);
    notes[0] = '\0';
    rg_hyper_note_shortened (f.hyper, &f.problem.log);
    ck_assert_str_eq (notes, "");
    values[1] = 1; /* that is no step: it is refused as before */
    ck_assert_int_eq (rg_hyper_update (f.hyper, NULL), RG_ERANGE);
    rg_outer_free (outer);
    fixture_clear (&f);
}
END_TEST

START_TEST (narrowing_needs_a_problem)
{
    rg_message message = { "" };
    const rg_problem nothing = { .size = sizeof nothing, .hyper = NULL };
    ck_assert_int_eq (rg_problem_narrow (&nothing, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "the problem's hyper is NULL");
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("range");
    TCase *tcase = tcase_create ("steps that would leave it");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_add_loop_test (tcase, the_step_ends_at_the_range_and_it_is_said, 0, KINDS);
    tcase_add_loop_test (tcase, a_study_goes_on_from_there_to_the_same_bits, 0, KINDS);
    tcase_add_test (tcase, a_schedule_takes_the_part_that_fits);
    tcase_add_test (tcase, narrowing_needs_a_problem);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

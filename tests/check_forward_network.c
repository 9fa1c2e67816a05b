/* check_forward_network.c -- forward mode of a whole network, whose tangents stand side by side. */
#include "testing.h"

#include "failing_memory.h"
#include "how.h"
#include "network.h"

#include "objective/objective.h"

static double *
hypergradient (const fixture *f, const char *estimator, rg_arithmetic arithmetic, size_t bytes, rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("stored"),
                                              .settings = bytes == 0 ? NULL : settings_of (estimator, "tangent_bytes: %zu", bytes));
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 2, gradient, report, &message)
                       == RG_OK, "%s", message.text);
    return gradient;
}

static void
forward_is_reverse (const scenario *s, rg_arithmetic arithmetic, rg_precision precision, size_t bytes, double tolerance)
{
    fixture f;
    rg_report forward = { .size = sizeof forward }, reverse = { .size = sizeof reverse };
    fixture_init (&f, s, precision);
    double *x = hypergradient (&f, "forward", arithmetic, bytes, &forward);
    double *y = hypergradient (&f, "reverse", arithmetic, 0, &reverse);
    ck_assert (memcmp (&forward.outer_loss, &reverse.outer_loss, sizeof (double)) == 0);
    if (bytes > 0)
        ck_assert_uint_le (forward.trajectory_bytes, bytes);
    blocks_agree (s->label, "forward against reverse", &f, x, y, tolerance);
    free (x);
    free (y);
    fixture_clear (&f);
}

START_TEST (forward_is_reverse_in_floating_arithmetic)
{
    forward_is_reverse (&scenarios[_i], RG_FLOATING, RG_DOUBLE, 0, 1e-10);
}
END_TEST

START_TEST (forward_is_reverse_in_exact_arithmetic)
{
    forward_is_reverse (&scenarios[_i], RG_EXACT, RG_DOUBLE, 0, 1e-10);
}
END_TEST

START_TEST (single_precision_agrees_to_its_rounding)
{
    forward_is_reverse (&scenarios[4], RG_EXACT, RG_SINGLE, 0, 1e-4);
}
END_TEST

START_TEST (several_training_runs_give_what_one_gives)
{
    forward_is_reverse (&scenarios[2], RG_EXACT, RG_DOUBLE, 200 * WEIGHTS * 2 * sizeof (double), 1e-10);
}
END_TEST

/* Tangents of a shard side by side, of any width, against one by one: weights and one hyperparameter move. */
START_TEST (tangents_of_a_shard_are_those_one_by_one)
{
    enum { MOST = 7 };
    static const size_t several[] = { 1, 2, 5, MOST };
    fixture f;
    fixture_init (&f, &scenarios[_i], RG_DOUBLE);
    rg_objective *o = f.inner;
    double w[WEIGHTS], g[WEIGHTS], one[WEIGHTS], g_dot[WEIGHTS], wide[WEIGHTS * MOST], wide_g_dot[WEIGHTS * MOST];
    double *lambda = calloc (o->lambdas, sizeof *lambda), *lambda_dot = calloc (o->lambdas, sizeof *lambda_dot);
    size_t moving[MOST];
    for (size_t i = 0; i < WEIGHTS; i++)
        w[i] = .5 * sin (2.1 * (double) i + .4);
    for (size_t k = 0, at = 0; k < rg_hyper_blocks (f.hyper); k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        if (b.role == RG_RATE || b.role == RG_DECAY || b.role == RG_WEIGHTS || b.role == RG_WEIGHT_SCALE)
            continue;
        memcpy (lambda + at, b.natural, b.size * sizeof *lambda);
        at += b.size;
    }
    ck_assert_int_eq (o->table->widen (o->self, 2, MOST), RG_OK);
    for (size_t which = 0; which < 4; which++)
        for (size_t shard = 0; shard < o->shards; shard++) {
            const size_t width = several[which];
            ck_assert_int_eq (o->table->gradient (o->self, shard, (rg_instant) { .step = 3 }, shard, w, lambda, NULL, g, NULL),
                              RG_OK);
            for (size_t k = 0; k < width; k++)
                moving[k] = k % 3 == 1 ? SIZE_MAX : (k * 97 + which * 31 + shard) % o->lambdas;
            for (size_t i = 0; i < WEIGHTS * width; i++)
                wide[i] = cos (2.385 * (double) i);
            ck_assert_int_eq (o->table->tangents (o->self, shard, which % 2, width, wide, moving, wide_g_dot, NULL), RG_OK);
            for (size_t k = 0; k < width; k++) {
                for (size_t i = 0; i < WEIGHTS; i++)
                    one[i] = wide[i * width + k];
                if (moving[k] != SIZE_MAX)
                    lambda_dot[moving[k]] = 1;
                ck_assert_int_eq (o->table->tangent (o->self, shard, one, lambda_dot, g_dot, NULL, NULL), RG_OK);
                if (moving[k] != SIZE_MAX)
                    lambda_dot[moving[k]] = 0;
                for (size_t i = 0; i < WEIGHTS; i++)
                    one[i] = wide_g_dot[i * width + k];
                ck_assert_double_le (relative_difference (one, g_dot, WEIGHTS), 1e-12);
            }
        }
    free (lambda);
    free (lambda_dot);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    scenario s = scenarios[2];
    s.steps = 3;
    fixture f;
    fixture_init (&f, &s, RG_DOUBLE);
    const rg_estimator_options options = HOW ();
    double *gradient = calloc (rg_hyper_size (f.hyper), sizeof *gradient);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_hypergradient (&f.problem, rg_registry_estimator ("forward"), &options, 0, gradient, NULL, NULL));
    free (gradient);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("forward network");
    TCase *tcase = tcase_create ("forward mode of a network");
    tcase_set_timeout (tcase, 300);
    tcase_add_loop_test (tcase, forward_is_reverse_in_floating_arithmetic, 0, SCENARIOS);
    tcase_add_loop_test (tcase, forward_is_reverse_in_exact_arithmetic, 0, SCENARIOS);
    tcase_add_test (tcase, single_precision_agrees_to_its_rounding);
    tcase_add_test (tcase, several_training_runs_give_what_one_gives);
    tcase_add_loop_test (tcase, tangents_of_a_shard_are_those_one_by_one, 0, SCENARIOS);
    tcase_add_test (tcase, every_allocation_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

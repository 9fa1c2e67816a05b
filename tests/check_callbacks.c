/* check_callbacks.c -- what callbacks may offer beyond the least: shards, errors, single precision, several tangents, the way. */
#include "testing.h"

#include <string.h>

#include "failing_memory.h"
#include "quadratic.h"

#include "base/memory.h"
#include "objective/objective.h"

/*
 * J = sum over the shards k of 1/2 sum_i (k + 1 + l_0) w_i^2 + l_1 w_0; whatever the precision, the numbers are such
 * that nothing is rounded.
 */
enum { WEIGHTS = 3, LAMBDAS = 2, SHARDS = 3 };

typedef struct {
    size_t outward, backward;
    int fails;
} counts;

#define REAL double
#define NAME(x) x##_double
#include "callbacks_case.h"
#undef REAL
#undef NAME
#define REAL float
#define NAME(x) x##_single
#include "callbacks_case.h"
#undef REAL
#undef NAME

static const double lambda[LAMBDAS] = { .5, .25 };

/* J's Hessian in w is this much times the identity. */
static double
curvature (size_t shards)
{
    double sum = 0;
    for (size_t k = 0; k < shards; k++)
        sum += (double) (k + 1) + lambda[0];
    return sum;
}

static rg_objective *
make (int single, size_t shards, int parallel, counts *user)
{
    const rg_single_callbacks floats = { .size = sizeof (rg_single_callbacks), .loss = loss_single,
                                         .gradient = gradient_single, .tangent = tangent_single,
                                         .lambda_gradient = lambda_gradient_single, .tangents = tangents_single,
                                         .errors = errors_single };
    const rg_callbacks doubles = { .size = sizeof (rg_callbacks), .loss = loss_double, .gradient = gradient_double,
                                   .tangent = tangent_double,
                                   .lambda_gradient = lambda_gradient_double, .tangents = tangents_double,
                                   .errors = errors_double,
                                   .user = user, .lambdas = LAMBDAS, .shards = shards, .parallel = parallel };
    const rg_callbacks of_floats = { .size = sizeof (rg_callbacks), .user = user, .lambdas = LAMBDAS, .shards = shards,
                                     .parallel = parallel,
                                     .single = &floats };
    rg_objective *objective;
    rg_message message = { "" };
    const rg_status status = rg_objective_from_callbacks (&objective, WEIGHTS, single ? &of_floats : &doubles, NULL, &message);
    ck_assert_msg (status == RG_OK, "%s", message.text);
    return objective;
}

static const double w_double[WEIGHTS] = { 1, -2, .5 };
static const float w_single[WEIGHTS] = { 1, -2, .5f };

START_TEST (shards_are_asked_for_one_by_one_in_both_precisions)
{
    const int single = _i % 2, parallel = _i / 2;
    counts user = { 0 };
    rg_team *team;
    rg_objective *objective = make (single, SHARDS, parallel, &user);
    ck_assert_int_eq ((int) rg_objective_precision (objective), single ? RG_SINGLE : RG_DOUBLE);
    ck_assert_int_eq (rg_team_new (&team, 3, NULL), RG_OK);
    rg_evaluation found;
    double g[WEIGHTS], h[LAMBDAS] = { 0 };
    const void *w = single ? (const void *) w_single : (const void *) w_double;
    ck_assert_int_eq (rg_objective_total (objective, team, (rg_instant) { .step = 1 }, w, lambda, &found, g, h, NULL), RG_OK);
    ck_assert_double_eq (found.loss, .5 * curvature (SHARDS) * 5.25 + SHARDS * lambda[1]);
    ck_assert_uint_eq (found.wrong, 0 + 1 + 2);
    ck_assert_uint_eq (found.examples, 4 * SHARDS);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert_double_eq (g[i], curvature (SHARDS) * w_double[i] + (i == 0 ? SHARDS * lambda[1] : 0));
    ck_assert_double_eq (h[0], SHARDS * .5 * 5.25);
    ck_assert_double_eq (h[1], SHARDS * 1);
    rg_team_free (team);
    rg_objective_free (objective);
}
END_TEST

/* What shard k says of lambda comes when it is asked for, in any order. */
START_TEST (what_a_tangent_says_of_lambda_is_kept_for_each_shard)
{
    rg_objective *o = make (0, SHARDS, 0, NULL);
    double g[WEIGHTS], g_dot[WEIGHTS], h[LAMBDAS] = { 0 };
    const double w_dot[WEIGHTS] = { 2, 0, 4 };
    for (size_t k = 0; k < SHARDS; k++)
        ck_assert_int_eq (o->table->gradient (o->self, k, (rg_instant) { .step = 0 }, k, w_double, lambda, NULL, g, NULL), RG_OK);
    for (size_t k = SHARDS; k-- > 0;) {
        ck_assert_int_eq (o->table->tangent (o->self, k, w_dot, NULL, g_dot, NULL, NULL), RG_OK);
        ck_assert_double_eq (g_dot[2], ((double) (k + 1) + lambda[0]) * 4);
    }
    for (size_t k = 0; k < SHARDS; k++)
        o->table->lambda_tangent (o->self, k, h);
    ck_assert_double_eq (h[0], SHARDS * (1 * 2 + .5 * 4));
    ck_assert_double_eq (h[1], SHARDS * 2);
    rg_objective_free (o);
}
END_TEST

START_TEST (several_tangents_are_those_one_by_one)
{
    enum { WIDTH = 4 };
    const int single = _i;
    const size_t moves[WIDTH] = { SIZE_MAX, 0, 1, SIZE_MAX };
    rg_objective *o = make (single, 1, 1, NULL);
    float g[WEIGHTS * 2], narrow[WEIGHTS * 2], wide[WEIGHTS * WIDTH * 2], directions[WEIGHTS * WIDTH * 2]; /* floats or doubles */
    for (size_t i = 0; i < WEIGHTS * WIDTH; i++)
        if (single)
            directions[i] = (float) i - 3;
        else
            ((double *) (void *) directions)[i] = (double) i - 3;
    const void *w = single ? (const void *) w_single : (const void *) w_double;
    ck_assert_int_eq (o->table->gradient (o->self, 0, (rg_instant) { .step = 0 }, 0, w, lambda, NULL, g, NULL), RG_OK);
    ck_assert_int_eq (o->table->widen (o->self, 2, WIDTH), RG_OK);
    ck_assert_int_eq (o->table->tangents (o->self, 0, 1, WIDTH, directions, moves, wide, NULL), RG_OK);
    for (size_t k = 0; k < WIDTH; k++) {
        double w_dot[WEIGHTS], lambda_dot[LAMBDAS] = { 0 };
        float w_dot_single[WEIGHTS];
        for (size_t i = 0; i < WEIGHTS; i++) {
            w_dot[i] = (double) (i * WIDTH + k) - 3;
            w_dot_single[i] = (float) w_dot[i];
        }
        if (moves[k] != SIZE_MAX)
            lambda_dot[moves[k]] = 1;
        const void *direction = single ? (const void *) w_dot_single : (const void *) w_dot;
        ck_assert_int_eq (o->table->tangent (o->self, 0, direction, lambda_dot, narrow, NULL, NULL), RG_OK);
        for (size_t i = 0; i < WEIGHTS; i++)
            ck_assert_double_eq (single ? (double) wide[i * WIDTH + k] : ((double *) (void *) wide)[i * WIDTH + k],
                                 single ? (double) narrow[i] : ((double *) (void *) narrow)[i]);
    }
    rg_objective_free (o);
}
END_TEST

START_TEST (differences_serve_in_single_precision_too)
{
    const rg_single_callbacks floats = { .size = sizeof (rg_single_callbacks), .loss = loss_single,
                                         .gradient = gradient_single, .lambda_gradient = lambda_gradient_single };
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .lambdas = LAMBDAS, .single = &floats };
    const float w_dot[WEIGHTS] = { 2, 0, 4 };
    float g[WEIGHTS], g_dot[WEIGHTS];
    double h[LAMBDAS] = { 0 };
    rg_objective *o;
    ck_assert_int_eq (rg_objective_from_callbacks (&o, WEIGHTS, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (o->table->gradient (o->self, 0, (rg_instant) { .step = 0 }, 0, w_single, lambda, NULL, g, NULL), RG_OK);
    ck_assert_int_eq (o->table->tangent (o->self, 0, w_dot, NULL, g_dot, h, NULL), RG_OK);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert_double_le (fabs ((double) g_dot[i] - 1.5 * (double) w_dot[i]), 1e-3);
    ck_assert_double_le (fabs (h[0] - (1 * 2 + .5 * 4)), 1e-3);
    ck_assert_double_le (fabs (h[1] - 2), 1e-3);
    rg_objective_free (o);
}
END_TEST

START_TEST (callbacks_in_both_precisions_are_refused)
{
    const rg_single_callbacks floats = { .size = sizeof (rg_single_callbacks), .loss = loss_single,
                                         .gradient = gradient_single }, none = { .size = sizeof (rg_single_callbacks), .loss = loss_single };
    const rg_callbacks both = { .size = sizeof (rg_callbacks), .loss = loss_double, .gradient = gradient_double,
                                .single = &floats }, half = { .size = sizeof (rg_callbacks), .single = &none };
    rg_objective *objective;
    rg_message message;
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, WEIGHTS, &both, NULL, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "an objective is of one precision: expected callbacks in single or in double, got both");
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, WEIGHTS, &half, NULL, &message), RG_ERANGE);
    ck_assert_ptr_null (objective);
}
END_TEST

START_TEST (a_failure_in_single_precision_is_named)
{
    counts user = { .fails = 5 };
    rg_message message = { "" };
    float g[WEIGHTS];
    rg_objective *o = make (1, 1, 0, &user);
    ck_assert_int_eq (o->table->gradient (o->self, 0, (rg_instant) { .step = 7 }, 0, w_single, lambda, NULL, g,
                      &message), RG_ECALLBACK);
    ck_assert_str_eq (message.text, "step 7: the gradient callback returned 5");
    rg_objective_free (o);
}
END_TEST

static int
counting_gradient (void *user, rg_instant at, const double *w, const double *l, double *g)
{
    counts *c = user;
    *(at.way == RG_WAY_OUT ? &c->outward : &c->backward) += 1;
    return quadratic_gradient (NULL, at, w, l, g);
}

/* Each step is evaluated once on the way out, and once on the way back. */
START_TEST (callbacks_are_told_the_way)
{
    enum { STEPS = 6 };
    counts user = { 0 };
    fixture f;
    double gradient[12];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    fixture_init (&f, "momentum-damped", STEPS, .1, .5, 0, 14);
    rg_objective_free (f.inner);
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = counting_gradient,
                                .tangent = quadratic_tangent,
                                .lambda_gradient = quadratic_lambda_gradient, .user = &user, .lambdas = 4 };
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 6, &call, NULL, NULL), RG_OK);
    f.problem.inner = f.inner;
    for (int again = 1; again < 3; again++) {
        const rg_status status = fixture_gradient (&f, "reverse", "reversible", gradient, &report, &message);
        ck_assert_msg (status == RG_OK, "%s", message.text);
        ck_assert_uint_eq (user.outward, (size_t) again * STEPS);
        ck_assert_uint_eq (user.backward, (size_t) again * STEPS);
    }
    fixture_clear (&f);
}
END_TEST

/* Callbacks that say nothing of lambda: what would be a silent zero is refused; forward mode and differences follow the gradient. */
START_TEST (what_nothing_tells_of_lambda_is_refused)
{
    enum { STEPS = 6 };
    fixture f;
    double told[12], followed[12], differences[12];
    rg_message message = { "" };
    fixture_init (&f, "momentum-damped", STEPS, .1, .5, 0, 14);
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", told, NULL, &message), RG_OK);
    rg_objective_free (f.inner);
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = quadratic_loss, .gradient = quadratic_gradient, .user = &f.faults,
                                .lambdas = 4 };
    ck_assert_int_eq (rg_objective_from_callbacks (&f.inner, 6, &call, NULL, NULL), RG_OK);
    f.problem.inner = f.inner;
    ck_assert_int_eq (fixture_gradient (&f, "reverse", "stored", followed, NULL, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "reverse cannot differentiate `parameter`: the callbacks of the inner objective do not tell how it "
                                    "depends on it; give them lambda_gradient or tangent");
    ck_assert_int_eq (fixture_gradient (&f, "forward", "stored", followed, NULL, &message), RG_OK);
    ck_assert_int_eq (fixture_gradient (&f, "differences", "stored", differences, NULL, &message), RG_OK);
    for (size_t i = 0; i < 12; i++) {
        ck_assert_double_eq_tol (followed[i], told[i], 1e-6 * fmax (1, fabs (told[i])));
        ck_assert_double_eq_tol (differences[i], told[i], 1e-5 * fmax (1, fabs (told[i])));
    }
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    for (failing_memory memory = failing_first (); memory.failed;) {
        const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = loss_double, .gradient = gradient_double,
                                    .tangents = tangents_double,
                                    .lambdas = LAMBDAS, .shards = 2 };
        rg_objective *o;
        FAILING (&memory, rg_objective_from_callbacks (&o, WEIGHTS, &call, NULL, NULL));
        ck_assert_int_eq (o == NULL, memory.failed);
        rg_objective_free (o);
    }
    rg_objective *o = make (0, 1, 0, NULL);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, o->table->widen (o->self, 3, 5));
    rg_objective_free (o);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("callbacks");
    TCase *c = tcase_create ("beyond the least");
    tcase_add_loop_test (c, shards_are_asked_for_one_by_one_in_both_precisions, 0, 4);
    tcase_add_test (c, what_a_tangent_says_of_lambda_is_kept_for_each_shard);
    tcase_add_loop_test (c, several_tangents_are_those_one_by_one, 0, 2);
    tcase_add_test (c, differences_serve_in_single_precision_too);
    tcase_add_test (c, callbacks_in_both_precisions_are_refused);
    tcase_add_test (c, a_failure_in_single_precision_is_named);
    tcase_add_test (c, callbacks_are_told_the_way);
    tcase_add_test (c, what_nothing_tells_of_lambda_is_refused);
    tcase_add_test (c, every_allocation_may_fail);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}

/* check_objective.c -- objectives of callbacks: refusals, failures with their step, the fallback, the total. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "failing_memory.h"

#include "base/memory.h"
#include "objective/objective.h"

enum { WEIGHTS = 4, LAMBDAS = 2 };

/*
 * J = l0 sum sin (w_i w_{i+1}) + exp (l1 w_0), indices modulo WEIGHTS, plus the step times w_3. The one failure to
 * rehearse: which callback, what it returns, and which value it spoils.
 */
typedef struct {
    char loss, gradient, tangent, lambda_gradient; /* whether it is the one */
    int returned;
    double spoil; /* not 0: written in place of the value at `at` */
    size_t at;
    rg_instant seen;
} faults;

static int
fail_as_told (const faults *f, char chosen, double *values)
{
    if (f == NULL || !chosen)
        return 0;
    if (f->spoil != 0)
        values[f->at] = f->spoil;
    return f->returned;
}

static int
loss (void *user, rg_instant at, const double *w, const double *lambda, double *out)
{
    *out = exp (lambda[1] * w[0]) + (double) at.step * w[3];
    for (size_t i = 0; i < WEIGHTS; i++)
        *out += lambda[0] * sin (w[i] * w[(i + 1) % WEIGHTS]);
    if (user != NULL)
        ((faults *) user)->seen = at;
    return fail_as_told (user, user != NULL && ((faults *) user)->loss, out);
}

static int
gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    for (size_t i = 0; i < WEIGHTS; i++) {
        const double next = w[(i + 1) % WEIGHTS], last = w[(i + WEIGHTS - 1) % WEIGHTS];
        g[i] = lambda[0] * (cos (w[i] * next) * next + cos (last * w[i]) * last);
    }
    g[0] += lambda[1] * exp (lambda[1] * w[0]);
    g[3] += (double) at.step;
    return fail_as_told (user, user != NULL && ((faults *) user)->gradient, g);
}

static int
lambda_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    (void) at;
    h[0] = 0;
    for (size_t i = 0; i < WEIGHTS; i++)
        h[0] += sin (w[i] * w[(i + 1) % WEIGHTS]);
    h[1] = w[0] * exp (lambda[1] * w[0]);
    return fail_as_told (user, user != NULL && ((faults *) user)->lambda_gradient, h);
}

static int
tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
         const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    (void) at;
    const double l0_dot = lambda_dot == NULL ? 0 : lambda_dot[0], l1_dot = lambda_dot == NULL ? 0 : lambda_dot[1];
    const double e = exp (lambda[1] * w[0]), e_dot = e * (l1_dot * w[0] + lambda[1] * w_dot[0]);
    double sines_dot = 0;
    for (size_t i = 0; i < WEIGHTS; i++)
        g_dot[i] = 0;
    for (size_t i = 0; i < WEIGHTS; i++) { /* one term sin (p), p = w_i w_k */
        const size_t k = (i + 1) % WEIGHTS;
        const double p = w[i] * w[k], p_dot = w_dot[i] * w[k] + w[i] * w_dot[k];
        const double c = lambda[0] * cos (p), c_dot = l0_dot * cos (p) - lambda[0] * sin (p) * p_dot;
        g_dot[i] += c_dot * w[k] + c * w_dot[k];
        g_dot[k] += c_dot * w[i] + c * w_dot[i];
        sines_dot += cos (p) * p_dot;
    }
    g_dot[0] += l1_dot * e + lambda[1] * e_dot;
    if (lambda_g_dot != NULL) {
        lambda_g_dot[0] = sines_dot;
        lambda_g_dot[1] = w_dot[0] * e + w[0] * e_dot;
    }
    return fail_as_told (user, user != NULL && ((faults *) user)->tangent, g_dot);
}

static const double w[WEIGHTS] = { .75, -1.5, 2.385, .25 }, lambda[LAMBDAS] = { .8, -.6 };
static const double w_dot[WEIGHTS] = { 1.25, -.5, .3, 2 }, lambda_dot[LAMBDAS] = { -.7, 1.1 };

static rg_objective *
new_objective (faults *user, int with_tangent, const rg_log *log)
{
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient,
                                .tangent = with_tangent ? tangent : NULL,
                                .lambda_gradient = lambda_gradient, .user = user, .lambdas = LAMBDAS };
    rg_objective *objective;
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, WEIGHTS, &call, log, NULL), RG_OK);
    return objective;
}

START_TEST (an_objective_knows_its_sizes)
{
    rg_objective *objective = new_objective (NULL, 1, NULL);
    ck_assert_uint_eq (rg_objective_weights (objective), WEIGHTS);
    ck_assert_uint_eq (rg_objective_lambdas (objective), LAMBDAS);
    ck_assert_int_eq ((int) rg_objective_precision (objective), RG_DOUBLE);
    rg_objective_free (objective);
    rg_objective_free (NULL);
}
END_TEST

START_TEST (a_missing_callback_is_refused)
{
    rg_message message = { "" };
    rg_objective *objective = (rg_objective *) &message;
    for (int k = 0; k < 3; k++) {
        const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = k == 0 ? NULL : loss,
                                    .gradient = k == 1 ? NULL : gradient, .lambdas = LAMBDAS };
        ck_assert_int_eq (rg_objective_from_callbacks (&objective, k == 2 ? 0 : WEIGHTS, &call, NULL, &message), RG_ERANGE);
        ck_assert_ptr_null (objective);
        ck_assert_str_eq (message.text, "an objective needs at least one weight, a loss and a gradient callback");
    }
}
END_TEST

static const struct {
    faults f;
    rg_status status;
    const char *sentence;
} failures[] = {
    { { .loss = 1, .returned = 7 }, RG_ECALLBACK, "step 3: the loss callback returned 7" },
    { { .gradient = 1, .returned = -2 }, RG_ECALLBACK, "step 3: the gradient callback returned -2" },
    { { .tangent = 1, .returned = 1 }, RG_ECALLBACK, "step 3: the tangent callback returned 1" },
    { { .lambda_gradient = 1, .returned = 9 }, RG_ECALLBACK, "step 3: the lambda_gradient callback returned 9" },
    { { .loss = 1, .spoil = NAN }, RG_ENONFINITE, "step 3: the loss callback gave a value that is not finite at 0" },
    { { .gradient = 1, .spoil = INFINITY, .at = 2 }, RG_ENONFINITE,
      "step 3: the gradient callback gave a value that is not finite at 2" },
    { { .tangent = 1, .spoil = -INFINITY, .at = 3 }, RG_ENONFINITE,
      "step 3: the tangent callback gave a value that is not finite at 3" },
    { { .lambda_gradient = 1, .spoil = NAN, .at = 1 }, RG_ENONFINITE,
      "step 3: the lambda_gradient callback gave a value that is not finite at 1" },
};

/* Everything that can be asked of an objective, in the order of a step back. */
static rg_status
ask_all (rg_objective *objective, rg_instant at, double *g_dot, double *lambda_g_dot, double *h, rg_message *message)
{
    const rg_objective_table *table = objective->table;
    double value, g[WEIGHTS];
    rg_status status = table->gradient (objective->self, 0, at, 0, w, lambda, &value, g, message);
    if (status == RG_OK)
        status = table->tangent (objective->self, 0, w_dot, lambda_dot, g_dot, lambda_g_dot, message);
    if (status == RG_OK && table->lambda_gradient != NULL)
        status = table->lambda_gradient (objective->self, 0, h, message);
    return status;
}

START_TEST (a_callback_that_fails_is_named_with_its_step)
{
    faults f = failures[_i].f;
    rg_objective *objective = new_objective (&f, 1, NULL);
    rg_message message = { "" };
    double g_dot[WEIGHTS], lambda_g_dot[LAMBDAS] = { 0 }, h[LAMBDAS] = { 0 };
    ck_assert_int_eq (ask_all (objective, (rg_instant) { .iteration = 5, .step = 3 }, g_dot, lambda_g_dot, h, &message),
                      failures[_i].status);
    ck_assert_str_eq (message.text, failures[_i].sentence);
    ck_assert_uint_eq (f.seen.iteration, 5);
    ck_assert_uint_eq (f.seen.step, 3);
    rg_objective_free (objective);
}
END_TEST

START_TEST (the_fallback_reports_failing_gradients_too)
{
    faults f = { 0 };
    rg_objective *objective = new_objective (&f, 0, NULL);
    const rg_instant at = { .step = 3 };
    rg_message message = { "" };
    double g_dot[WEIGHTS], lambda_g_dot[LAMBDAS] = { 0 }, h[LAMBDAS] = { 0 };
    ck_assert_int_eq (ask_all (objective, at, g_dot, lambda_g_dot, h, &message), RG_OK);
    f.gradient = 1;
    f.returned = 4;
    ck_assert_int_eq (objective->table->tangent (objective->self, 0, w_dot, NULL, g_dot, NULL, &message), RG_ECALLBACK);
    ck_assert_str_eq (message.text, "step 3: the gradient callback returned 4");
    f = (faults) { .lambda_gradient = 1, .spoil = NAN };
    ck_assert_int_eq (objective->table->tangent (objective->self, 0, w_dot, NULL, g_dot, lambda_g_dot, &message),
                      RG_ENONFINITE);
    ck_assert_str_eq (message.text, "step 3: the lambda_gradient callback gave a value that is not finite at 0");
    rg_objective_free (objective);
}
END_TEST

/* What a log received: how many sentences, and the last. */
typedef struct {
    int count;
    char last[512];
} notes;

static void
take_note (void *user, const char *sentence)
{
    notes *n = user;
    n->count++;
    snprintf (n->last, sizeof n->last, "%s", sentence);
}

START_TEST (the_fallback_is_accurate_and_announced_once)
{
    notes n = { 0, "" };
    const rg_log log = { take_note, &n };
    rg_objective *exact = new_objective (NULL, 1, &log), *fallen = new_objective (NULL, 0, &log);
    double g_dot[2][WEIGHTS], lambda_g_dot[2][LAMBDAS] = { { 10, 20 }, { 10, 20 } }, h[2][LAMBDAS] = { { 0 } };
    ck_assert_int_eq (ask_all (exact, (rg_instant) { .step = 1 }, g_dot[0], lambda_g_dot[0], h[0], NULL), RG_OK);
    ck_assert_int_eq (n.count, 0);
    ck_assert_int_eq (ask_all (fallen, (rg_instant) { .step = 1 }, g_dot[1], lambda_g_dot[1], h[1], NULL), RG_OK);
    ck_assert_double_le (relative_difference (g_dot[1], g_dot[0], WEIGHTS), 1e-9);
    ck_assert_double_le (relative_difference (lambda_g_dot[1], lambda_g_dot[0], LAMBDAS), 1e-9);
    ck_assert_mem_eq (h[1], h[0], sizeof h[0]);
    for (int again = 0; again < 3; again++)
        ck_assert_int_eq (ask_all (fallen, (rg_instant) { .step = 1 }, g_dot[1], lambda_g_dot[1], h[1], NULL), RG_OK);
    ck_assert_int_eq (n.count, 1);
    ck_assert_str_eq (n.last, "the objective has no tangent callback: central differences of its gradient are used");
    /* directions of any length, in w alone */
    for (double scale = 1e-12; scale < 1e13; scale *= 1e6) {
        double direction[WEIGHTS];
        for (size_t i = 0; i < WEIGHTS; i++)
            direction[i] = scale * w_dot[i];
        ck_assert_int_eq (exact->table->tangent (exact->self, 0, direction, NULL, g_dot[0], NULL, NULL), RG_OK);
        ck_assert_int_eq (fallen->table->tangent (fallen->self, 0, direction, NULL, g_dot[1], NULL, NULL), RG_OK);
        ck_assert_double_le (relative_difference (g_dot[1], g_dot[0], WEIGHTS), 1e-9);
    }
    const double nowhere[WEIGHTS] = { 0 };
    ck_assert_int_eq (fallen->table->tangent (fallen->self, 0, nowhere, NULL, g_dot[1], lambda_g_dot[1], NULL), RG_OK);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert_double_eq (g_dot[1][i], 0);
    rg_objective_free (exact);
    rg_objective_free (fallen);
}
END_TEST

START_TEST (tangent_and_derivative_in_lambda_are_added)
{
    rg_objective *objective = new_objective (NULL, 1, NULL);
    double g_dot[WEIGHTS], once[2][LAMBDAS] = { { 0 } }, more[2][LAMBDAS] = { { 1, 2 }, { 3, 4 } };
    ck_assert_int_eq (ask_all (objective, (rg_instant) { .step = 0 }, g_dot, once[0], once[1], NULL), RG_OK);
    ck_assert_int_eq (ask_all (objective, (rg_instant) { .step = 0 }, g_dot, more[0], more[1], NULL), RG_OK);
    for (size_t i = 0; i < LAMBDAS; i++) {
        ck_assert_double_eq (more[0][i], once[0][i] + (double) (1 + i));
        ck_assert_double_eq (more[1][i], once[1][i] + (double) (3 + i));
    }
    rg_objective_free (objective);
}
END_TEST

START_TEST (the_tangent_is_taken_where_the_last_gradient_was)
{
    rg_objective *objective = new_objective (NULL, 1, NULL);
    const rg_instant at = { .step = 0 };
    double value, g[WEIGHTS], g_dot[2][WEIGHTS], elsewhere[WEIGHTS] = { 1, 2, 3, 4 }, here[WEIGHTS];
    memcpy (here, w, sizeof here);
    const rg_objective_table *table = objective->table;
    ck_assert_int_eq (table->gradient (objective->self, 0, at, 0, here, lambda, NULL, g, NULL), RG_OK);
    ck_assert_int_eq (table->tangent (objective->self, 0, w_dot, NULL, g_dot[0], NULL, NULL), RG_OK);
    ck_assert_int_eq (table->loss (objective->self, 0, at, 0, elsewhere, lambda, &value, NULL), RG_OK);
    memset (here, 0, sizeof here); /* the caller's array may change meanwhile */
    ck_assert_int_eq (table->tangent (objective->self, 0, w_dot, NULL, g_dot[1], NULL, NULL), RG_OK);
    ck_assert_mem_eq (g_dot[0], g_dot[1], sizeof g_dot[0]);
    rg_objective_free (objective);
}
END_TEST

START_TEST (the_total_is_loss_gradient_and_direct_term)
{
    rg_objective *objective = new_objective (NULL, 1, NULL);
    const rg_instant at = { .step = 2 };
    rg_evaluation found = { 99, 99, 99 };
    double value, expected[WEIGHTS], h[LAMBDAS], g[WEIGHTS] = { 9, 9, 9, 9 }, direct[LAMBDAS] = { 1, 2 };
    loss (NULL, at, w, lambda, &value);
    gradient (NULL, at, w, lambda, expected);
    lambda_gradient (NULL, at, w, lambda, h);
    ck_assert_int_eq (rg_objective_total (objective, NULL, at, w, lambda, &found, g, direct, NULL), RG_OK);
    ck_assert_double_eq (found.loss, value);
    ck_assert_uint_eq (found.wrong, 0);
    ck_assert_uint_eq (found.examples, 0);
    ck_assert_mem_eq (g, expected, sizeof g);
    ck_assert_double_eq (direct[0], 1 + h[0]);
    ck_assert_double_eq (direct[1], 2 + h[1]);
    ck_assert_int_eq (rg_objective_total (objective, NULL, at, w, lambda, &found, NULL, NULL, NULL), RG_OK);
    ck_assert_double_eq (found.loss, value);
    rg_objective_free (objective);
}
END_TEST

/* A kind of objective in single precision, of three shards: shard k has loss k + 1, gradient (k + 1) w, k wrong of 5. */
static int freed, spoilt;

static void
shards_free (void *self)
{
    (void) self;
    freed++;
}

static rg_status
shards_loss (void *self, size_t slot, rg_instant at, size_t shard, const void *weights, const double *l, double *value,
             rg_message *message)
{
    (void) slot, (void) at, (void) weights, (void) l, (void) message;
    *(size_t *) self = shard;
    *value = spoilt ? 1e308 : (double) (shard + 1);
    return RG_OK;
}

static rg_status
shards_gradient (void *self, size_t slot, rg_instant at, size_t shard, const void *weights, const double *l,
                 double *value, void *g, rg_message *message)
{
    for (size_t i = 0; i < WEIGHTS; i++)
        ((float *) g)[i] = (float) (shard + 1) * ((const float *) weights)[i];
    return shards_loss (self, slot, at, shard, weights, l, value, message);
}

static void
shards_errors (void *self, size_t slot, size_t *wrong, size_t *examples)
{
    (void) slot;
    *wrong = *(size_t *) self;
    *examples = 5;
}

START_TEST (shards_are_added_up)
{
    static const rg_objective_table table = { .name = "shards", .free = shards_free, .gradient = shards_gradient,
                                              .loss = shards_loss, .errors = shards_errors };
    size_t last = 0;
    rg_objective *objective;
    const float point[WEIGHTS] = { 1, -2, .5f, .25f };
    double g[WEIGHTS], direct[1] = { 7 };
    rg_evaluation found;
    rg_message message = { "" };
    freed = spoilt = 0;
    ck_assert_int_eq (rg_objective_wrap (&objective, &table, &last, WEIGHTS, 1, 3, 1, RG_SINGLE), RG_OK);
    ck_assert_int_eq (rg_objective_total (objective, NULL, (rg_instant) { .step = 0 }, point, NULL, &found, g, direct, NULL),
                      RG_OK);
    ck_assert_double_eq (found.loss, 6);
    ck_assert_uint_eq (found.wrong, 3);
    ck_assert_uint_eq (found.examples, 15);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert_double_eq (g[i], 6 * (double) point[i]);
    ck_assert_double_eq (direct[0], 7);
    spoilt = 1; /* each shard is finite, their sum is not */
    ck_assert_int_eq (rg_objective_total (objective, NULL, (rg_instant) { .step = 4 }, point, NULL, &found, NULL, NULL,
                      &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "step 4: the loss is not finite");
    rg_objective_free (objective);
    ck_assert_int_eq (freed, 1);
    rg_memory_fail_at (0); /* the handle takes over what it is given, also on failure */
    ck_assert_int_eq (rg_objective_wrap (&objective, &table, &last, WEIGHTS, 1, 3, 1, RG_SINGLE), RG_ENOMEM);
    rg_memory_fail_at (-1);
    ck_assert_ptr_null (objective);
    ck_assert_int_eq (freed, 2);
}
END_TEST

START_TEST (an_objective_without_lambda_has_no_direct_term)
{
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .lambdas = LAMBDAS };
    rg_objective *objective;
    double g_dot[WEIGHTS], lambda_g_dot[LAMBDAS] = { 1, 2 }, h[LAMBDAS] = { 3, 4 };
    ck_assert_int_eq (rg_objective_from_callbacks (&objective, WEIGHTS, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (ask_all (objective, (rg_instant) { .step = 0 }, g_dot, lambda_g_dot, h, NULL), RG_OK);
    ck_assert_mem_eq (lambda_g_dot, ((const double[]) { 1, 2 }), sizeof lambda_g_dot);
    ck_assert_mem_eq (h, ((const double[]) { 3, 4 }), sizeof h);
    rg_objective_free (objective);
}
END_TEST

START_TEST (every_allocation_of_an_objective_may_fail)
{
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .tangent = tangent,
                                .lambda_gradient = lambda_gradient, .lambdas = LAMBDAS };
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_objective *objective;
        FAILING (&memory, rg_objective_from_callbacks (&objective, WEIGHTS, &call, NULL, NULL));
        ck_assert_int_eq (objective == NULL, memory.failed);
        rg_objective_free (objective);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("objective");
    TCase *tcase = tcase_create ("callbacks");
    tcase_add_test (tcase, an_objective_knows_its_sizes);
    tcase_add_test (tcase, a_missing_callback_is_refused);
    tcase_add_loop_test (tcase, a_callback_that_fails_is_named_with_its_step, 0,
                         (int) (sizeof failures / sizeof *failures));
    tcase_add_test (tcase, the_fallback_reports_failing_gradients_too);
    tcase_add_test (tcase, the_fallback_is_accurate_and_announced_once);
    tcase_add_test (tcase, tangent_and_derivative_in_lambda_are_added);
    tcase_add_test (tcase, the_tangent_is_taken_where_the_last_gradient_was);
    tcase_add_test (tcase, the_total_is_loss_gradient_and_direct_term);
    tcase_add_test (tcase, shards_are_added_up);
    tcase_add_test (tcase, an_objective_without_lambda_has_no_direct_term);
    tcase_add_test (tcase, every_allocation_of_an_objective_may_fail);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

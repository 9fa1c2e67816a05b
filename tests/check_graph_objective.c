/* check_graph_objective.c -- a user's own graph as an objective: shards, penalties, against the built-in network, refusals. */
#include <string.h>

#include "failing_memory.h"
#include "uniform.h"

#include "objective/objective.h"
#include "testing.h"

enum { ROWS = 11, INPUTS = 3, UNITS = 4, WEIGHTS = INPUTS * UNITS + UNITS + UNITS, HYPERS = 2 };

typedef struct {
    rg_graph *graph, *penalty;
    rg_tensor x, y;
    int returned; /* by fill */
} model;

/* tanh (x W + b) v against y, and as many rows a shard; a penalty of two coefficients apart. */
static rg_status
build (model *net, rg_precision precision, size_t shard)
{
    *net = (model) { 0 };
    rg_status status = rg_graph_new (&net->graph, precision, shard, WEIGHTS, HYPERS);
    if (status == RG_OK)
        status = rg_graph_new (&net->penalty, precision, 1, WEIGHTS, HYPERS);
    if (status != RG_OK)
        return status;
    rg_graph *graph = net->graph;
    net->x = rg_graph_batch (graph, INPUTS, 0);
    net->y = rg_graph_batch (graph, 1, 0);
    const rg_tensor w = rg_graph_weights (graph, 0, INPUTS, UNITS),
                    b = rg_graph_weights (graph, INPUTS * UNITS, 1, UNITS);
    const rg_tensor v = rg_graph_weights (graph, INPUTS * UNITS + UNITS, UNITS, 1);
    const rg_tensor h = rg_graph_tanh (graph, rg_graph_affine (graph, net->x, w, b));
    const rg_tensor fit =
        rg_graph_squared_error (graph, rg_graph_affine (graph, h, v, RG_NO_TENSOR), net->y, RG_NO_TENSOR);
    status = rg_graph_finish (graph, rg_graph_scale (graph, fit, rg_graph_hyper (graph, 1, 1, 1)), NULL);
    const rg_tensor pull = rg_graph_penalty_l2 (net->penalty, rg_graph_weights (net->penalty, 0, WEIGHTS, 1),
                                                rg_graph_hyper (net->penalty, 0, 1, 1), 0, NULL);
    return status == RG_OK ? rg_graph_finish (net->penalty, pull, NULL) : status;
}

static int
fill (void *user, rg_instant at, size_t first, size_t count, rg_executor *executor)
{
    const model *net = user;
    void *x = rg_executor_leaf (executor, net->x), *y = rg_executor_leaf (executor, net->y);
    const int single = rg_graph_precision (net->graph) == RG_SINGLE;
    for (size_t i = 0; i < count * INPUTS; i++) {
        const double number = uniform ((uint32_t) at.step, first * INPUTS + i, -1, 1);
        if (single)
            ((float *) x)[i] = (float) number;
        else
            ((double *) x)[i] = number;
        if (i % INPUTS == 0 && single)
            ((float *) y)[i / INPUTS] = (float) (number * number);
        else if (i % INPUTS == 0)
            ((double *) y)[i / INPUTS] = number * number;
    }
    return net->returned;
}

static rg_status
make (rg_objective **out, model *net, rg_message *message)
{
    const rg_graph_batches batches = {
        .size = sizeof batches,
        .graph = net->graph, .penalty = net->penalty, .rows = ROWS, .fill = fill, .user = net
    };
    return rg_objective_from_graph (out, &batches, message);
}

static void
tear_down (model *net, rg_objective *objective)
{
    rg_objective_free (objective);
    rg_graph_free (net->graph);
    rg_graph_free (net->penalty);
}

static void
draw (uint32_t stream, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = uniform (20 + stream, i, -.9, .9);
}

/* Everything that an objective offers, summed over its shards: loss, gradient, in lambda, and along a direction. */
typedef struct {
    double loss, g[WEIGHTS], h[HYPERS], g_dot[WEIGHTS], h_dot[HYPERS], wide[WEIGHTS * 3];
} found;

static void
evaluate (rg_objective *objective, found *f)
{
    double w[WEIGHTS], lambda[HYPERS], w_dot[WEIGHTS], lambda_dot[HYPERS], block[WEIGHTS * 3], out[WEIGHTS * 3], loss;
    const size_t moving[3] = { SIZE_MAX, 0, 1 };
    rg_message message;
    const rg_instant at = { 0, 4 };
    draw (0, WEIGHTS, w), draw (1, HYPERS, lambda), draw (2, WEIGHTS, w_dot), draw (3, HYPERS, lambda_dot);
    draw (4, WEIGHTS * 3, block);
    *f = (found) { 0 };
    ck_assert_int_eq (objective->table->widen (objective->self, 2, 3), RG_OK);
    for (size_t s = 0; s < objective->shards; s++) {
        ck_assert_int_eq (objective->table->gradient (objective->self, s, at, s, w, lambda, &loss, out, &message),
                          RG_OK);
        f->loss += loss;
        for (size_t i = 0; i < WEIGHTS; i++)
            f->g[i] += out[i];
        ck_assert_int_eq (objective->table->lambda_gradient (objective->self, s, f->h, &message), RG_OK);
    }
    for (size_t s = 0; s < objective->shards; s++) {
        ck_assert_int_eq (objective->table->tangent (objective->self, s, w_dot, lambda_dot, out, f->h_dot, &message),
                          RG_OK);
        for (size_t i = 0; i < WEIGHTS; i++)
            f->g_dot[i] += out[i];
        ck_assert_int_eq (objective->table->tangents (objective->self, s, s % 2, 3, block, moving, out, &message),
                          RG_OK);
        for (size_t i = 0; i < WEIGHTS * 3; i++)
            f->wide[i] += out[i];
    }
}

static void
near (const double *got, const double *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol (got[i], expected[i], 1e-13);
}

START_TEST (shards_of_any_size_add_up_to_the_same)
{
    static const size_t shards[] = { ROWS, 4, 1 };
    found whole, f;
    for (size_t k = 0; k < 3; k++) {
        model net;
        rg_objective *objective;
        ck_assert_int_eq (build (&net, RG_DOUBLE, shards[k]), RG_OK);
        ck_assert_int_eq (make (&objective, &net, NULL), RG_OK);
        ck_assert_uint_eq (objective->shards, (ROWS + shards[k] - 1) / shards[k] + 1);
        ck_assert_uint_eq (rg_objective_weights (objective), WEIGHTS);
        ck_assert_uint_eq (rg_objective_lambdas (objective), HYPERS);
        evaluate (objective, k == 0 ? &whole : &f);
        if (k > 0) {
            near (&f.loss, &whole.loss, 1);
            near (f.g, whole.g, WEIGHTS), near (f.h, whole.h, HYPERS);
            near (f.g_dot, whole.g_dot, WEIGHTS), near (f.h_dot, whole.h_dot, HYPERS);
            near (f.wide, whole.wide, WEIGHTS * 3);
        }
        tear_down (&net, objective);
    }
}
END_TEST

/* The loss, and its gradient along a direction of everything, against central differences. */
START_TEST (derivatives_agree_with_central_differences)
{
    const double step = 1e-5;
    double w[WEIGHTS], lambda[HYPERS], w_dot[WEIGHTS], lambda_dot[HYPERS], g[2][WEIGHTS], loss[2];
    model net;
    rg_objective *objective;
    rg_evaluation evaluation;
    found f;
    ck_assert_int_eq (build (&net, RG_DOUBLE, 4), RG_OK);
    ck_assert_int_eq (make (&objective, &net, NULL), RG_OK);
    evaluate (objective, &f);
    for (int side = 0; side < 2; side++) {
        draw (0, WEIGHTS, w), draw (1, HYPERS, lambda), draw (2, WEIGHTS, w_dot), draw (3, HYPERS, lambda_dot);
        for (size_t i = 0; i < WEIGHTS; i++)
            w[i] += (side == 0 ? -step : step) * w_dot[i];
        for (size_t i = 0; i < HYPERS; i++)
            lambda[i] += (side == 0 ? -step : step) * lambda_dot[i];
        ck_assert_int_eq (
            rg_objective_total (objective, NULL, (rg_instant) { 0, 4 }, w, lambda, &evaluation, g[side], NULL, NULL),
            RG_OK);
        loss[side] = evaluation.loss;
    }
    double slope = 0;
    for (size_t i = 0; i < WEIGHTS; i++) {
        slope += f.g[i] * w_dot[i];
        ck_assert_double_eq_tol (f.g_dot[i], (g[1][i] - g[0][i]) / (2 * step), 1e-8);
    }
    for (size_t i = 0; i < HYPERS; i++)
        slope += f.h[i] * lambda_dot[i];
    ck_assert_double_eq_tol (slope, (loss[1] - loss[0]) / (2 * step), 1e-8);
    tear_down (&net, objective);
}
END_TEST

START_TEST (what_does_not_fit_or_fails_is_told)
{
    model net, other;
    rg_objective *objective;
    rg_message message = { "" };
    rg_evaluation evaluation;
    double w[WEIGHTS] = { 0 }, lambda[HYPERS] = { 0 };
    rg_graph *open;
    ck_assert_int_eq (rg_graph_new (&open, RG_DOUBLE, 1, WEIGHTS, HYPERS), RG_OK);
    ck_assert_int_eq (rg_objective_from_graph (&objective, &(rg_graph_batches) { .size = sizeof (rg_graph_batches), .graph = open, .rows = 1 }, &message),
                      RG_ERANGE);
    ck_assert_ptr_null (objective);
    ck_assert_int_eq (build (&net, RG_DOUBLE, 4), RG_OK);
    ck_assert_int_eq (build (&other, RG_SINGLE, 4), RG_OK);
    ck_assert_int_eq (rg_objective_from_graph (&objective, &(rg_graph_batches) { .size = sizeof (rg_graph_batches), .graph = net.graph }, &message),
                      RG_ERANGE);
    ck_assert_int_eq (
        rg_objective_from_graph (
            &objective, &(rg_graph_batches) { .size = sizeof (rg_graph_batches), .graph = net.graph, .penalty = other.penalty, .rows = 4 }, &message),
        RG_ESHAPE);
    ck_assert_int_eq (make (&objective, &net, NULL), RG_OK);
    net.returned = 3;
    ck_assert_int_eq (
        rg_objective_total (objective, NULL, (rg_instant) { 0, 7 }, w, lambda, &evaluation, NULL, NULL, &message),
        RG_ECALLBACK);
    ck_assert_str_eq (message.text, "step 7: the fill callback returned 3");
    net.returned = 0;
    w[2] = INFINITY;
    ck_assert_int_eq (
        rg_objective_total (objective, NULL, (rg_instant) { 0, 7 }, w, lambda, &evaluation, NULL, NULL, &message),
        RG_ENONFINITE);
    ck_assert_ptr_nonnull (strstr (message.text, "step 7: value is not finite: node "));
    ck_assert_ptr_nonnull (strstr (message.text, "is the first that is not finite"));
    tear_down (&net, objective);
    tear_down (&other, NULL);
    rg_graph_free (open);
}
END_TEST

START_TEST (running_out_of_memory_anywhere_is_a_status)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        model net;
        rg_objective *objective = NULL;
        ck_assert_int_eq (build (&net, RG_SINGLE, 4), RG_OK);
        if (FAILING (&memory, make (&objective, &net, NULL)) == RG_OK)
            ck_assert_ptr_nonnull (objective);
        else
            ck_assert_ptr_null (objective);
        tear_down (&net, objective);
    }
    ck_assert_int_ge (memory.failures, 7);
}
END_TEST

/* ------------------------------------------------------------------ by name */

START_TEST (operators_are_applied_by_name_with_options_as_text)
{
    static const struct {
        const char *name, *options, *sentence;
        size_t count;
    } wrong[] = {
        { "afine", NULL, "there is no operator afine; did you mean affine?", 2 },
        { "tanh", "speed: 3", "tanh: speed: ", 1 },
        { "penalty_l2", "ends: 0", "penalty_l2: ends: expected", 2 },
        { "penalty_l2", "ends", "penalty_l2: expected `key: value`, got `ends`", 2 },
        { "penalty_l2", "ends: [1, 2]", "penalty_l2: shapes do not fit", 2 },
        { "tanh", NULL, "tanh: 2 operands, expected 1 to 1", 2 },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rg_graph *graph;
        rg_message message = { "" };
        ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 4, 2), RG_OK);
        const rg_tensor operands[] = { rg_graph_weights (graph, 0, 4, 1), rg_graph_hyper (graph, 0, 2, 1) };
        const rg_tensor y = rg_graph_apply (graph, wrong[i].name, operands, wrong[i].count, wrong[i].options);
        ck_assert_int_eq (y, RG_NO_TENSOR);
        ck_assert_int_ne (rg_graph_finish (graph, y, &message), RG_OK);
        ck_assert_msg (strstr (message.text, wrong[i].sentence) != NULL, "%s", message.text);
        rg_graph_free (graph);
    }
    rg_graph *graph;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 4, 2), RG_OK);
    const rg_tensor operands[] = { rg_graph_weights (graph, 0, 4, 1), rg_graph_hyper (graph, 0, 2, 1) };
    const rg_tensor y = rg_graph_apply (graph, "penalty_l2", operands, 2, " ends: [1, 4] ");
    ck_assert_int_eq (rg_graph_finish (graph, y, NULL), RG_OK);
    rg_graph_free (graph);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph objective");
    TCase *tcase = tcase_create ("a graph of one's own");
    tcase_add_test (tcase, shards_of_any_size_add_up_to_the_same);
    tcase_add_test (tcase, derivatives_agree_with_central_differences);
    tcase_add_test (tcase, what_does_not_fit_or_fails_is_told);
    tcase_add_test (tcase, running_out_of_memory_anywhere_is_a_status);
    tcase_add_test (tcase, operators_are_applied_by_name_with_options_as_text);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

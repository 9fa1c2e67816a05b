/* check_graph.c -- the graph of a whole network: gradients, R-operator, executors, what they refuse. */
#include <string.h>

#include "failing_memory.h"
#include "uniform.h"

#include "base/processor.h"
#include "graph/graph.h"
#include "graph/linearisation.h"
#include "graph/tangents.h"
#include "testing.h"

/*
 * A network 5-4-3 with everything in one graph: example weights and inputs that
 * are hyperparameters, a penalty whose leaf overlaps those of the layers, and
 * weights in front that no leaf covers.
 */
enum { SPARE = 3, INPUTS = 5, HIDDEN = 4, CLASSES = 3, ROWS = 7 };
enum { WEIGHTS = SPARE + INPUTS * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES, HYPERS = WEIGHTS + 2 };

typedef rg_tensor activation (rg_graph *graph, rg_tensor x);

static const struct network_case {
    const char *label;
    activation *apply;
    bool classes;          /* cross entropy, else squared error */
    bool weighted, inputs; /* differentiable example weights, inputs */
    size_t coefficients;   /* 0: no penalty; 1; 4: one an array; more: one a weight */
} cases[] = {
    { "plain", rg_graph_tanh, true, false, false, 0 },
    { "example weights", rg_graph_tanh, true, true, false, 0 },
    { "inputs", rg_graph_sigmoid, true, false, true, 0 },
    { "one coefficient", rg_graph_tanh, true, false, false, 1 },
    { "a coefficient an array", rg_graph_softplus, true, true, true, 4 },
    { "a coefficient a weight", rg_graph_tanh, true, true, true, WEIGHTS - SPARE },
    { "regression", rg_graph_tanh, false, false, false, 0 },
    { "regression, all hyperparameters", rg_graph_softplus, false, true, true, 4 },
    { "relu", rg_graph_relu, true, true, true, 1 },
};

typedef struct {
    rg_graph *graph;
    rg_executor *executor;
    rg_tensor inputs, targets, example_weight, coefficient, scale, logits;
    size_t rows;
    double w[WEIGHTS]; /* bound until the last tangent */
} network;

static rg_tensor
add_penalty (network *net, const struct network_case *c, rg_tensor loss)
{
    static const size_t ends[] = { INPUTS * HIDDEN, INPUTS * HIDDEN + HIDDEN,
                                   INPUTS * HIDDEN + HIDDEN + HIDDEN * CLASSES, WEIGHTS - SPARE };
    rg_graph *graph = net->graph;
    const rg_tensor all = rg_graph_weights (graph, SPARE, WEIGHTS - SPARE, 1);
    net->coefficient = rg_graph_hyper (graph, 2, c->coefficients, true);
    net->scale = rg_graph_hyper (graph, 1, 1, true);
    const size_t segments = c->coefficients == 4 ? 4 : 0;
    const rg_tensor penalty = rg_graph_penalty_l2 (graph, all, net->coefficient, segments, segments == 0 ? NULL : ends);
    return rg_graph_add (graph, loss, rg_graph_scale (graph, penalty, net->scale));
}

/* Build everything; with an allocation that fails, free what there is and return the status. */
static rg_status
build (network *net, const struct network_case *c, rg_precision precision, size_t rows)
{
    *net = (network) { .example_weight = RG_NO_TENSOR, .coefficient = RG_NO_TENSOR, .scale = RG_NO_TENSOR, .rows = rows };
    rg_status status = rg_graph_new (&net->graph, precision, rows, WEIGHTS, HYPERS);
    if (status != RG_OK)
        return status;
    rg_graph *graph = net->graph;
    size_t at = SPARE;
    rg_tensor x = net->inputs = rg_graph_batch (graph, INPUTS, c->inputs);
    x = rg_graph_affine (graph, x, rg_graph_weights (graph, at, INPUTS, HIDDEN),
                         rg_graph_weights (graph, at + INPUTS * HIDDEN, 1, HIDDEN));
    at += INPUTS * HIDDEN + HIDDEN;
    x = c->apply (graph, x);
    net->logits = rg_graph_affine (graph, x, rg_graph_weights (graph, at, HIDDEN, CLASSES),
                                   rg_graph_weights (graph, at + HIDDEN * CLASSES, 1, CLASSES));
    if (c->weighted)
        net->example_weight = rg_graph_batch (graph, 1, true);
    net->targets = c->classes ? rg_graph_labels (graph, CLASSES) : rg_graph_batch (graph, CLASSES, false);
    rg_tensor loss = c->classes ? rg_graph_cross_entropy (graph, net->logits, net->targets, net->example_weight)
                                : rg_graph_squared_error (graph, net->logits, net->targets, net->example_weight);
    if (c->coefficients != 0)
        loss = add_penalty (net, c, loss);
    status = rg_graph_finish (graph, loss, NULL);
    if (status == RG_OK)
        status = rg_executor_new (&net->executor, graph);
    if (status != RG_OK)
        rg_graph_free (graph);
    return status;
}

static void
tear_down (network *net)
{
    rg_executor_free (net->executor);
    rg_graph_free (net->graph);
}

static const rg_dense *
dense_of (const network *net)
{
    return net->executor->dense;
}

/* All that the loss depends on, in double, one vector: weights, hyperparameters, inputs, example weights. */
enum { POINT_INPUTS = WEIGHTS + HYPERS, POINT_EXAMPLES = POINT_INPUTS + ROWS * INPUTS, POINT = POINT_EXAMPLES + ROWS };

static void
draw (double *point, uint64_t stream)
{
    for (size_t i = 0; i < POINT; i++)
        point[i] = uniform (1, stream * 1000 + i, -0.9, 0.9);
}

/* Bind a point; w is the executor's weights [real, WEIGHTS] and stays with the caller. */
static void
bind (network *net, rg_executor *executor, const struct network_case *c, const double *point, size_t rows, void *w)
{
    const rg_dense *dense = dense_of (net);
    double targets[ROWS * CLASSES];
    ck_assert_int_eq (rg_executor_bind_rows (executor, rows, 1.0 / 11), RG_OK);
    dense->convert (WEIGHTS, point, w);
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, point + WEIGHTS);
    dense->convert (rows * INPUTS, point + POINT_INPUTS, rg_executor_leaf (executor, net->inputs));
    if (c->weighted)
        dense->convert (rows, point + POINT_EXAMPLES, rg_executor_leaf (executor, net->example_weight));
    for (size_t i = 0; i < rows * CLASSES; i++)
        targets[i] = uniform (1, 90000 + i, -1, 1);
    if (!c->classes)
        dense->convert (rows * CLASSES, targets, rg_executor_leaf (executor, net->targets));
    for (size_t i = 0; c->classes && i < rows; i++)
        ((int32_t *) rg_executor_leaf (executor, net->targets))[i] = (int32_t) (i * 2 % CLASSES);
}

static void
widen (const network *net, const void *x, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = net->graph->precision == RG_SINGLE ? (double) ((const float *) x)[i] : ((const double *) x)[i];
}

/* The derivatives in all leaves as one vector; zeros where a leaf is not differentiable. */
static void
gather (const network *net, const rg_executor *executor, const struct network_case *c, size_t rows, const void *flat,
        const void *(*adjoint) (const rg_executor *executor, rg_tensor leaf), double *out)
{
    memset (out, 0, POINT * sizeof *out);
    widen (net, flat, WEIGHTS, out);
    if (c->coefficients != 0) {
        widen (net, adjoint (executor, net->coefficient), c->coefficients, out + WEIGHTS + 2);
        widen (net, adjoint (executor, net->scale), 1, out + WEIGHTS + 1);
    }
    if (c->inputs)
        widen (net, adjoint (executor, net->inputs), rows * INPUTS, out + POINT_INPUTS);
    if (c->weighted)
        widen (net, adjoint (executor, net->example_weight), rows, out + POINT_EXAMPLES);
}

/* Loss and whole gradient at a point. Outputs are poisoned first. */
static double
gradient_at (network *net, const struct network_case *c, const double *point, double *out)
{
    double g[WEIGHTS], loss;
    memset (g, 0xff, sizeof g);
    memset (net->executor->memory, 0xff, net->executor->bytes); /* nothing of an earlier run is read */
    memset (net->executor->tangents->memory, 0xff, net->executor->tangents->bytes);
    bind (net, net->executor, c, point, net->rows, net->w);
    ck_assert_int_eq (rg_executor_gradient (net->executor, &loss, g), RG_OK);
    gather (net, net->executor, c, net->rows, g, rg_executor_adjoint, out);
    return loss;
}

static void
set_leaf_tangent (network *net, rg_tensor leaf, const double *direction, size_t count)
{
    dense_of (net)->convert (count, direction, rg_executor_leaf_tangent (net->executor, leaf));
}

/* After a gradient: its derivative in a direction of all differentiable leaves. */
static void
tangent_in (network *net, const struct network_case *c, const double *direction, double *out)
{
    double w_dot[WEIGHTS], g_dot[WEIGHTS];
    memset (g_dot, 0xff, sizeof g_dot);
    dense_of (net)->convert (WEIGHTS, direction, w_dot);
    rg_executor_clear_tangents (net->executor);
    if (c->coefficients != 0) {
        set_leaf_tangent (net, net->coefficient, direction + WEIGHTS + 2, c->coefficients);
        set_leaf_tangent (net, net->scale, direction + WEIGHTS + 1, 1);
    }
    if (c->inputs)
        set_leaf_tangent (net, net->inputs, direction + POINT_INPUTS, net->rows * INPUTS);
    if (c->weighted)
        set_leaf_tangent (net, net->example_weight, direction + POINT_EXAMPLES, net->rows);
    rg_executor_tangent (net->executor, w_dot, g_dot);
    gather (net, net->executor, c, net->rows, g_dot, rg_executor_adjoint_tangent, out);
}

/* Only the differentiable part of a direction, so that a displaced point moves nothing else. */
static void
restrict_to (const struct network_case *c, double *direction)
{
    for (size_t i = 0; i < POINT; i++) {
        const bool hyper = i >= WEIGHTS && i < POINT_INPUTS, input = i >= POINT_INPUTS && i < POINT_EXAMPLES;
        if ((hyper && (c->coefficients == 0 || i == WEIGHTS || i >= WEIGHTS + 2 + c->coefficients))
            || (input && !c->inputs) || (i >= POINT_EXAMPLES && !c->weighted))
            direction[i] = 0;
    }
}

static void
displace (const double *point, const double *direction, double step, double *out)
{
    for (size_t i = 0; i < POINT; i++)
        out[i] = point[i] + step * direction[i];
}

static double
inner_product (const double *x, const double *y)
{
    return rg_dot_blocked (POINT, x, y);
}

START_TEST (gradients_agree_with_central_differences_of_the_loss)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], unit[POINT] = { 0 }, moved[POINT], g[POINT], unwanted[POINT];
    const double h = 1e-5;
    network net;
    ck_assert_int_eq (build (&net, c, RG_DOUBLE, ROWS), RG_OK);
    draw (point, 0);
    gradient_at (&net, c, point, g);
    for (size_t i = 0; i < POINT; i++) {
        unit[i] = 1;
        restrict_to (c, unit);
        displace (point, unit, h, moved);
        const double above = gradient_at (&net, c, moved, unwanted);
        displace (point, unit, -h, moved);
        const double below = gradient_at (&net, c, moved, unwanted);
        unit[i] = 0;
        ck_assert_msg (fabs (g[i] - (above - below) / (2 * h)) < 1e-9, "%s: number %zu", c->label, i);
    }
    tear_down (&net);
}
END_TEST

START_TEST (tangents_agree_with_central_differences_of_the_gradient)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], direction[POINT], moved[POINT], below[POINT], above[POINT], got[POINT];
    const double h = 1e-5;
    network net;
    ck_assert_int_eq (build (&net, c, RG_DOUBLE, ROWS), RG_OK);
    draw (point, 0);
    draw (direction, 1);
    restrict_to (c, direction);
    displace (point, direction, h, moved);
    gradient_at (&net, c, moved, above);
    displace (point, direction, -h, moved);
    gradient_at (&net, c, moved, below);
    gradient_at (&net, c, point, moved);
    tangent_in (&net, c, direction, got);
    for (size_t i = 0; i < POINT; i++)
        ck_assert_msg (fabs (got[i] - (above[i] - below[i]) / (2 * h)) < 1e-8, "%s: number %zu: %g", c->label, i,
                       got[i]);
    tear_down (&net);
}
END_TEST

START_TEST (the_whole_second_derivative_is_symmetric)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], u[POINT], v[POINT], hu[POINT], hv[POINT];
    for (int p = RG_SINGLE; p <= RG_DOUBLE; p++) {
        network net;
        ck_assert_int_eq (build (&net, c, (rg_precision) p, ROWS), RG_OK);
        draw (point, 0);
        draw (u, 1);
        draw (v, 2);
        restrict_to (c, u);
        restrict_to (c, v);
        gradient_at (&net, c, point, hu);
        tangent_in (&net, c, u, hu);
        tangent_in (&net, c, v, hv);
        ck_assert_double_eq_tol (inner_product (v, hu), inner_product (u, hv), p == RG_SINGLE ? 1e-5 : 1e-13);
        tear_down (&net);
    }
}
END_TEST

START_TEST (single_precision_is_close_to_double)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], direction[POINT], out[2][2][POINT];
    for (int p = 0; p < 2; p++) {
        network net;
        ck_assert_int_eq (build (&net, c, p == 0 ? RG_SINGLE : RG_DOUBLE, ROWS), RG_OK);
        draw (point, 0);
        draw (direction, 1);
        gradient_at (&net, c, point, out[p][0]);
        tangent_in (&net, c, direction, out[p][1]);
        tear_down (&net);
    }
    ck_assert_double_lt (relative_difference (out[0][0], out[1][0], POINT), 2e-6);
    ck_assert_double_lt (relative_difference (out[0][1], out[1][1], POINT), 2e-6);
}
END_TEST

/* ------------------------------------------------------------------ executors */

START_TEST (fewer_rows_than_planned_equal_a_graph_planned_for_them)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], direction[POINT], w[WEIGHTS], g[WEIGHTS], out[2][POINT], loss[2];
    network small, large;
    ck_assert_int_eq (build (&small, c, RG_SINGLE, 4), RG_OK);
    ck_assert_int_eq (build (&large, c, RG_SINGLE, ROWS), RG_OK);
    draw (point, 0);
    draw (direction, 1);
    gradient_at (&large, c, point, out[0]); /* leaves all rows full */
    large.rows = 4;
    loss[0] = gradient_at (&small, c, point, out[0]);
    loss[1] = gradient_at (&large, c, point, out[1]);
    ck_assert_double_eq (loss[0], loss[1]);
    ck_assert_int_eq (memcmp (out[0], out[1], sizeof *out), 0);
    tangent_in (&small, c, direction, out[0]);
    tangent_in (&large, c, direction, out[1]);
    ck_assert_int_eq (memcmp (out[0], out[1], sizeof *out), 0);
    bind (&large, large.executor, c, point, 4, w);
    ck_assert_int_eq (rg_executor_loss (large.executor, &loss[1]), RG_OK);
    ck_assert_double_eq (loss[0], loss[1]);
    ck_assert_int_eq (rg_executor_bind_rows (large.executor, 0, 1), RG_ERANGE);
    ck_assert_int_eq (rg_executor_bind_rows (large.executor, ROWS + 1, 1), RG_ERANGE);
    ck_assert_int_eq (rg_executor_gradient (large.executor, &loss[1], g), RG_OK);
    ck_assert_double_eq (loss[0], loss[1]);
    tear_down (&small);
    tear_down (&large);
}
END_TEST

START_TEST (two_executors_of_one_graph_do_not_disturb_each_other)
{
    const struct network_case *c = &cases[_i];
    double a[POINT], b[POINT], direction[POINT], alone[POINT], between[POINT], w[WEIGHTS], g[WEIGHTS], loss;
    network net;
    rg_executor *other;
    ck_assert_int_eq (build (&net, c, RG_DOUBLE, ROWS), RG_OK);
    ck_assert_int_eq (rg_executor_new (&other, net.graph), RG_OK);
    draw (a, 0);
    draw (b, 3);
    draw (direction, 1);
    gradient_at (&net, c, a, alone);
    tangent_in (&net, c, direction, alone);
    gradient_at (&net, c, a, between);
    bind (&net, other, c, b, 3, w);
    ck_assert_int_eq (rg_executor_gradient (other, &loss, g), RG_OK);
    rg_executor_tangent (other, w, g);
    tangent_in (&net, c, direction, between);
    ck_assert_int_eq (memcmp (alone, between, sizeof alone), 0);
    rg_executor_free (other);
    tear_down (&net);
}
END_TEST

START_TEST (tangents_after_one_gradient_are_independent_and_leave_it_alone)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], u[POINT], v[POINT], g[POINT], again[POINT], first[POINT], second[POINT];
    network net;
    ck_assert_int_eq (build (&net, c, RG_SINGLE, ROWS), RG_OK);
    draw (point, 0);
    draw (u, 1);
    draw (v, 2);
    const double loss = gradient_at (&net, c, point, g);
    tangent_in (&net, c, u, first);
    tangent_in (&net, c, v, second);
    tangent_in (&net, c, u, second);
    ck_assert_int_eq (memcmp (first, second, sizeof first), 0);
    ck_assert_double_eq (gradient_at (&net, c, point, again), loss);
    ck_assert_int_eq (memcmp (g, again, sizeof g), 0);
    tear_down (&net);
}
END_TEST

START_TEST (a_direction_in_one_kind_of_leaf_is_the_difference_of_two_others)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], all[POINT], rest[POINT], w_dot[WEIGHTS], g_dot[WEIGHTS], expect[POINT], got[POINT];
    network net;
    ck_assert_int_eq (build (&net, c, RG_DOUBLE, ROWS), RG_OK);
    draw (point, 0);
    draw (all, 1);
    restrict_to (c, all);
    memcpy (rest, all, sizeof all);
    memset (rest, 0, WEIGHTS * sizeof *rest);
    gradient_at (&net, c, point, got);
    tangent_in (&net, c, all, expect);
    tangent_in (&net, c, rest, got);
    for (size_t i = 0; i < POINT; i++)
        expect[i] -= got[i];
    memcpy (w_dot, all, sizeof w_dot);
    memset (g_dot, 0xff, sizeof g_dot);
    rg_executor_clear_tangents (net.executor);
    rg_executor_tangent (net.executor, w_dot, g_dot);
    gather (&net, net.executor, c, ROWS, g_dot, rg_executor_adjoint_tangent, got);
    for (size_t i = 0; i < POINT; i++)
        ck_assert_double_eq_tol (got[i], expect[i], 1e-13);
    memset (g_dot, 0xff, sizeof g_dot);
    rg_executor_tangent (net.executor, NULL, g_dot);
    gather (&net, net.executor, c, ROWS, g_dot, rg_executor_adjoint_tangent, got);
    for (size_t i = 0; i < POINT; i++)
        ck_assert_double_eq (got[i], 0);
    ck_assert (!net.executor->tangents->calls.array[net.logits].tangent.present);
    tear_down (&net);
}
END_TEST

START_TEST (all_levels_give_the_same_gradient)
{
    const struct network_case *c = &cases[_i];
    double point[POINT], direction[POINT], out[2][POINT];
    draw (point, 0);
    draw (direction, 1);
    for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++) {
        network net;
        rg_processor_cap ((rg_level) level);
        ck_assert_int_eq (build (&net, c, RG_SINGLE, ROWS), RG_OK);
        double *here = out[level == RG_LEVEL_BASE ? 0 : 1];
        gradient_at (&net, c, point, here);
        tangent_in (&net, c, direction, here);
        tear_down (&net);
        ck_assert (level == RG_LEVEL_BASE || memcmp (out[0], out[1], sizeof *out) == 0);
    }
}
END_TEST

/* Put the k-th of several directions into a leaf, in double precision. */
static void
set_wide (rg_tangents *wide, rg_tensor leaf, const double *direction, size_t count, size_t width, size_t k)
{
    double *tangent = rg_tangents_leaf (wide, leaf);
    for (size_t i = 0; i < count; i++)
        tangent[i * width + k] = direction[i];
}

/* At every level, with fewer rows than planned, and with nothing left of an earlier use. */
START_TEST (tangents_side_by_side_are_those_one_by_one)
{
    enum { MOST = 5, WIDTH = 3 };
    const struct network_case *c = &cases[_i];
    double point[POINT], u[WIDTH][POINT], g[POINT], one[POINT], w_dot[WEIGHTS * WIDTH], g_dot[WEIGHTS * WIDTH];
    draw (point, 0);
    for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++)
        for (int leaves = 1; leaves >= 0; leaves--) {
            network net;
            rg_tangents *wide;
            rg_processor_cap ((rg_level) level);
            ck_assert_int_eq (build (&net, c, RG_DOUBLE, ROWS), RG_OK);
            ck_assert_int_eq (rg_tangents_new (&wide, net.graph, MOST, RG_WANT_WEIGHTS), RG_OK);
            net.rows = ROWS - 2;
            gradient_at (&net, c, point, g);
            memset (wide->memory, 0xff, wide->bytes);
            for (int use = 0; use < 2; use++) {
                rg_tangents_begin (wide, net.executor, WIDTH);
                for (size_t k = 0; k < WIDTH; k++) {
                    draw (u[k], 1 + k + 10 * (uint64_t) use);
                    for (size_t i = 0; i < WEIGHTS; i++)
                        w_dot[i * WIDTH + k] = u[k][i];
                    if (!leaves || use == 0) {
                        memset (u[k] + WEIGHTS, 0, (POINT - WEIGHTS) * sizeof (double));
                        continue;
                    }
                    if (c->coefficients != 0) {
                        set_wide (wide, net.coefficient, u[k] + WEIGHTS + 2, c->coefficients, WIDTH, k);
                        set_wide (wide, net.scale, u[k] + WEIGHTS + 1, 1, WIDTH, k);
                    }
                    if (c->inputs)
                        set_wide (wide, net.inputs, u[k] + POINT_INPUTS, net.rows * INPUTS, WIDTH, k);
                    if (c->weighted)
                        set_wide (wide, net.example_weight, u[k] + POINT_EXAMPLES, net.rows, WIDTH, k);
                }
                memset (g_dot, 0xff, sizeof g_dot);
                rg_tangents_run (wide, w_dot, g_dot);
                for (size_t k = 0; k < WIDTH; k++) {
                    tangent_in (&net, c, u[k], one);
                    for (size_t i = 0; i < WEIGHTS; i++)
                        ck_assert_double_eq_tol (g_dot[i * WIDTH + k], one[i], 1e-13);
                }
            }
            rg_tangents_free (wide);
            tear_down (&net);
        }
}
END_TEST

/* ------------------------------------------------------------------ refusals */

START_TEST (a_loss_that_is_not_finite_is_refused)
{
    double point[POINT], w[WEIGHTS], g[WEIGHTS] = { 7 }, loss;
    network net;
    ck_assert_int_eq (build (&net, &cases[0], RG_DOUBLE, ROWS), RG_OK);
    draw (point, 0);
    point[SPARE] = NAN;
    bind (&net, net.executor, &cases[0], point, ROWS, w);
    ck_assert_int_eq (rg_executor_gradient (net.executor, &loss, g), RG_ENONFINITE);
    ck_assert (!isfinite (loss));
    ck_assert_double_eq (g[0], 7);
    tear_down (&net);
}
END_TEST

START_TEST (a_label_outside_its_classes_is_refused)
{
    double point[POINT], w[WEIGHTS], loss;
    network net;
    ck_assert_int_eq (build (&net, &cases[0], RG_DOUBLE, ROWS), RG_OK);
    draw (point, 0);
    bind (&net, net.executor, &cases[0], point, ROWS, w);
    ((int32_t *) rg_executor_leaf (net.executor, net.targets))[2] = CLASSES;
    ck_assert_int_eq (rg_executor_loss (net.executor, &loss), RG_ERANGE);
    ((int32_t *) rg_executor_leaf (net.executor, net.targets))[2] = -1;
    ck_assert_int_eq (rg_executor_loss (net.executor, &loss), RG_ERANGE);
    tear_down (&net);
}
END_TEST

START_TEST (running_out_of_memory_anywhere_is_a_status)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        network net;
        if (FAILING (&memory, build (&net, &cases[4], RG_SINGLE, ROWS)) == RG_OK)
            tear_down (&net);
    }
    ck_assert_int_ge (memory.failures, 7);
}
END_TEST

START_TEST (room_for_tangents_is_a_status)
{
    network net;
    rg_tangents *wide;
    ck_assert_int_eq (build (&net, &cases[4], RG_SINGLE, ROWS), RG_OK);
    ck_assert_int_eq (rg_tangents_new (&wide, net.graph, 0, RG_WANT_WEIGHTS), RG_ERANGE);
    ck_assert_int_eq (rg_tangents_new (&wide, net.graph, SIZE_MAX / 1000, RG_WANT_WEIGHTS), RG_ENOMEM);
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_tangents_new (&wide, net.graph, 3, RG_WANT_WEIGHTS));
        ck_assert_int_eq (wide == NULL, memory.failed);
        rg_tangents_free (wide);
    }
    tear_down (&net);
}
END_TEST

int
main (void)
{
    const int count = (int) (sizeof cases / sizeof *cases);
    Suite *suite = suite_create ("graph");
    TCase *derivatives = tcase_create ("derivatives");
    tcase_add_loop_test (derivatives, gradients_agree_with_central_differences_of_the_loss, 0, count);
    tcase_add_loop_test (derivatives, tangents_agree_with_central_differences_of_the_gradient, 0, count);
    tcase_add_loop_test (derivatives, the_whole_second_derivative_is_symmetric, 0, count);
    tcase_add_loop_test (derivatives, single_precision_is_close_to_double, 0, count);
    suite_add_tcase (suite, derivatives);
    TCase *executors = tcase_create ("executors");
    tcase_add_loop_test (executors, fewer_rows_than_planned_equal_a_graph_planned_for_them, 0, count);
    tcase_add_loop_test (executors, two_executors_of_one_graph_do_not_disturb_each_other, 0, count);
    tcase_add_loop_test (executors, tangents_after_one_gradient_are_independent_and_leave_it_alone, 0, count);
    tcase_add_loop_test (executors, a_direction_in_one_kind_of_leaf_is_the_difference_of_two_others, 0, count);
    tcase_add_loop_test (executors, all_levels_give_the_same_gradient, 0, count);
    tcase_add_loop_test (executors, tangents_side_by_side_are_those_one_by_one, 0, count);
    suite_add_tcase (suite, executors);
    TCase *refused = tcase_create ("refusals");
    tcase_add_test (refused, a_loss_that_is_not_finite_is_refused);
    tcase_add_test (refused, a_label_outside_its_classes_is_refused);
    tcase_add_test (refused, running_out_of_memory_anywhere_is_a_status);
    tcase_add_test (refused, room_for_tangents_is_a_status);
    suite_add_tcase (suite, refused);
    return run_suite (suite);
}

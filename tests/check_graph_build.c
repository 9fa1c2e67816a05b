/* check_graph_build.c -- building graphs: refusals, constants, losses that are not asked for, names of operators. */
#include "testing.h"

#include <string.h>

#include "graph/graph.h"
#include "graph/linearisation.h"
#include "graph/tangents.h"

static rg_tensor
wrong_product (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_affine (graph, rg_graph_batch (graph, 4, false),
                                                 rg_graph_weights (graph, 0, 3, 2), RG_NO_TENSOR));
}

static rg_tensor
wrong_bias (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_affine (graph, rg_graph_batch (graph, 3, false),
                                                 rg_graph_weights (graph, 0, 3, 2), rg_graph_weights (graph, 6, 1, 3)));
}

static rg_tensor
weights_outside (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_weights (graph, 5, 3, 2));
}

static rg_tensor
endless_weights (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_weights (graph, 0, SIZE_MAX / 2, 4));
}

static rg_tensor
hyper_outside (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_hyper (graph, 1, 2, true));
}

static rg_tensor
no_scalar (rg_graph *graph)
{
    return rg_graph_tanh (graph, rg_graph_weights (graph, 0, 3, 2));
}

static rg_tensor
no_operand (rg_graph *graph)
{
    return rg_graph_add (graph, rg_graph_weights (graph, 0, 1, 1), RG_NO_TENSOR);
}

static rg_tensor
foreign (rg_graph *graph)
{
    return rg_graph_sum (graph, 17);
}

static rg_tensor
labels_as_numbers (rg_graph *graph)
{
    return rg_graph_sum (graph, rg_graph_labels (graph, 3));
}

static rg_tensor
too_many_classes (rg_graph *graph)
{
    return rg_graph_cross_entropy (graph, rg_graph_batch (graph, 3, true), rg_graph_labels (graph, 4), RG_NO_TENSOR);
}

static rg_tensor
wide_example_weight (rg_graph *graph)
{
    return rg_graph_squared_error (graph, rg_graph_batch (graph, 3, true), rg_graph_batch (graph, 3, false),
                                   rg_graph_batch (graph, 2, false));
}

static rg_tensor
too_few_coefficients (rg_graph *graph)
{
    return rg_graph_penalty_l2 (graph, rg_graph_weights (graph, 0, 3, 1), rg_graph_hyper (graph, 0, 2, true), 0, NULL);
}

static rg_tensor
short_segments (rg_graph *graph)
{
    return rg_graph_penalty_l2 (graph, rg_graph_weights (graph, 0, 4, 1), rg_graph_hyper (graph, 0, 2, true), 2,
                                (size_t[]) { 1, 3 });
}

static rg_tensor
falling_segments (rg_graph *graph)
{
    return rg_graph_penalty_l2 (graph, rg_graph_weights (graph, 0, 4, 1), rg_graph_hyper (graph, 0, 2, true), 2,
                                (size_t[]) { 4, 4 });
}

static rg_tensor
different_shapes (rg_graph *graph)
{
    return rg_graph_sum (graph,
                         rg_graph_add (graph, rg_graph_weights (graph, 0, 2, 3), rg_graph_weights (graph, 0, 3, 2)));
}

static const struct {
    rg_tensor (*build) (rg_graph *graph);
    rg_status expect;
    const char *sentence; /* part of it */
} refusals[] = {
    { wrong_product, RG_ESHAPE, "affine: shapes do not fit: n x 4, 3 x 2" },
    { wrong_bias, RG_ESHAPE, "affine" },
    { weights_outside, RG_ERANGE, "outside the vector of 9" },
    { endless_weights, RG_ERANGE, "outside" },
    { hyper_outside, RG_ERANGE, "hyperparameters: 2 x 1 from 1" },
    { no_scalar, RG_ESHAPE, "not a scalar" },
    { no_operand, RG_ERANGE, "operand 2" },
    { foreign, RG_ERANGE, "operand 1" },
    { labels_as_numbers, RG_ESHAPE, "labels" },
    { too_many_classes, RG_ESHAPE, "softmax_cross_entropy" },
    { wide_example_weight, RG_ESHAPE, "mean_squared_error" },
    { too_few_coefficients, RG_ESHAPE, "penalty_l2" },
    { short_segments, RG_ESHAPE, "segments" },
    { falling_segments, RG_ESHAPE, "segments" },
    { different_shapes, RG_ESHAPE, "2 x 3, 3 x 2" },
};

START_TEST (a_graph_that_does_not_fit_is_refused_with_a_sentence)
{
    rg_graph *graph;
    rg_message message = { "" };
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 4, 9, 2), RG_OK);
    const rg_status status = rg_graph_finish (graph, refusals[_i].build (graph), &message);
    ck_assert_msg (status == refusals[_i].expect, "%d: %s", status, message.text);
    ck_assert_msg (strstr (message.text, refusals[_i].sentence) != NULL, "%s", message.text);
    rg_graph_free (graph);
}
END_TEST

START_TEST (a_graph_without_rows_or_precision_is_refused)
{
    rg_graph *graph;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 0, 9, 2), RG_ERANGE);
    ck_assert_ptr_null (graph);
    ck_assert_int_eq (rg_graph_new (&graph, (rg_precision) 7, 1, 9, 2), RG_ERANGE);
    rg_graph_free (NULL);
    rg_executor_free (NULL);
}
END_TEST

START_TEST (a_graph_without_weights_or_with_constants_works)
{
    rg_graph *graph;
    rg_executor *executor;
    double loss, g[2] = { 7, 7 };
    const double constant[2] = { 3, 4 };
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 2, 1), RG_OK);
    const rg_tensor s = rg_graph_hyper (graph, 0, 1, true), unused = rg_graph_hyper (graph, 0, 1, true);
    const rg_tensor total = rg_graph_sum (graph, rg_graph_scale (graph, rg_graph_constant (graph, 1, 2, constant), s));
    ck_assert_int_eq (rg_graph_finish (graph, total, NULL), RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    rg_executor_bind_hyper (executor, (double[]) { 2 });
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, g), RG_OK);
    ck_assert_double_eq (loss, 14);
    ck_assert_double_eq (g[0], 0);
    ck_assert_double_eq (g[1], 0);
    ck_assert_double_eq (*(const double *) rg_executor_adjoint (executor, s), 7);
    ck_assert_double_eq (*(const double *) rg_executor_adjoint (executor, unused), 0);
    *(double *) rg_executor_leaf_tangent (executor, s) = 10;
    rg_executor_tangent (executor, NULL, g);
    ck_assert_double_eq (rg_real_get (executor->dense, executor->tangents->calls.array[total].tangent.data), 70);
    ck_assert_double_eq (*(const double *) rg_executor_adjoint_tangent (executor, s), 0);
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

/* A penalty alone, with a coefficient an element: all derivatives, with its value or without. */
START_TEST (a_loss_that_is_not_asked_for_changes_no_derivative)
{
    enum { N = 5 };
    rg_graph *graph;
    rg_executor *executor;
    double w[N], lambda[N], w_dot[N], lambda_dot[N], loss, got[2][4][N];
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, N, N), RG_OK);
    const rg_tensor coefficient = rg_graph_hyper (graph, 0, N, true);
    const rg_tensor penalty = rg_graph_penalty_l2 (graph, rg_graph_weights (graph, 0, N, 1), coefficient, 0, NULL);
    ck_assert_int_eq (rg_graph_finish (graph, penalty, NULL), RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    for (int i = 0; i < N; i++) {
        w[i] = cos (2.385 * i);
        w_dot[i] = sin (1.3 * i + .2);
        lambda[i] = 1 + .5 * sin (i);
        lambda_dot[i] = cos (.7 * i);
    }
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, lambda);
    for (int k = 0; k < 2; k++) {
        rg_executor_clear_tangents (executor);
        ck_assert_int_eq (rg_executor_gradient (executor, k == 0 ? &loss : NULL, got[k][0]), RG_OK);
        rg_executor_seed_hyper (executor, lambda_dot);
        rg_executor_tangent (executor, w_dot, got[k][1]);
        ck_assert_int_eq (executor->tangents->calls.array[penalty].tangent.present, k == 0);
        memcpy (got[k][2], rg_executor_adjoint (executor, coefficient), sizeof got[k][2]);
        memcpy (got[k][3], rg_executor_adjoint_tangent (executor, coefficient), sizeof got[k][3]);
    }
    ck_assert_mem_eq (got[0], got[1], sizeof got[0]);
    w[0] = 1e155; /* its square is not finite, the derivative is */
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, got[0][0]), RG_ENONFINITE);
    ck_assert_int_eq (rg_executor_gradient (executor, NULL, got[0][0]), RG_OK);
    ck_assert_double_eq (got[0][0][0], 2e155 * lambda[0]);
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

START_TEST (every_operator_has_a_name_of_its_own)
{
    size_t count = 0;
    for (; rg_graph_operator_name (count) != NULL; count++)
        for (size_t i = 0; i < count; i++)
            ck_assert_str_ne (rg_graph_operator_name (i), rg_graph_operator_name (count));
    ck_assert_uint_ge (count, 13);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph build");
    TCase *tcase = tcase_create ("small graphs");
    tcase_add_loop_test (tcase, a_graph_that_does_not_fit_is_refused_with_a_sentence, 0,
                         (int) (sizeof refusals / sizeof *refusals));
    tcase_add_test (tcase, a_graph_without_rows_or_precision_is_refused);
    tcase_add_test (tcase, a_graph_without_weights_or_with_constants_works);
    tcase_add_test (tcase, a_loss_that_is_not_asked_for_changes_no_derivative);
    tcase_add_test (tcase, every_operator_has_a_name_of_its_own);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

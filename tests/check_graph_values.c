/* check_graph_values.c -- operators by hand: small cases, what they refuse, bits that depend on no other example. */
#include <string.h>

#include "failing_memory.h"
#include "uniform.h"

#include "graph/operators.h"
#include "testing.h"

enum { OPERANDS = 3, NUMBERS = 24 };

/* An operand: hyperparameters of a shape, or whole numbers below a bound. */
typedef struct {
    size_t dimensions, dim[4], bound;
    double value[NUMBERS];
} operand;

typedef struct {
    const char *name, *options;
    operand operand[OPERANDS];
    size_t dim[4]; /* of the result */
    double expect[NUMBERS];
} hand;

static const hand hands[] = {
    { "exp", NULL, { { 1, { 2 }, 0, { 0, 1 } } }, { 2 }, { 1, 2.718281828459045 } },
    { "log", NULL, { { 1, { 2 }, 0, { 1, 2 } } }, { 2 }, { 0, .6931471805599453 } },
    { "sqrt", NULL, { { 1, { 2 }, 0, { 0, 4 } } }, { 2 }, { 0, 2 } },
    { "abs", NULL, { { 1, { 3 }, 0, { -2, 0, 3 } } }, { 3 }, { 2, 0, 3 } },
    { "square", NULL, { { 1, { 2 }, 0, { -3, 2 } } }, { 2 }, { 9, 4 } },
    { "reciprocal", NULL, { { 1, { 2 }, 0, { -4, 2 } } }, { 2 }, { -.25, .5 } },
    { "clip", "high: 2", { { 1, { 3 }, 0, { -3, 1.5, 3 } } }, { 3 }, { -1, 1.5, 2 } },
    { "hard_tanh", NULL, { { 1, { 3 }, 0, { -3, .5, 3 } } }, { 3 }, { -1, .5, 1 } },
    { "leaky_relu", NULL, { { 1, { 3 }, 0, { -3, 0, 3 } } }, { 3 }, { -.03, 0, 3 } },
    { "elu", "alpha: 2", { { 1, { 2 }, 0, { -1, 3 } } }, { 2 }, { 2 * (.36787944117144233 - 1), 3 } },
    { "gelu", NULL, { { 1, { 3 }, 0, { -1, 0, 1 } } }, { 3 }, { -.15865525393145707, 0, .8413447460685429 } },
    { "silu", NULL, { { 1, { 2 }, 0, { 0, 1 } } }, { 2 }, { 0, .7310585786300049 } },
    { "sin", NULL, { { 1, { 3 }, 0, { -1, 0, 2 } } }, { 3 }, { -0.8414709848078965, 0, 0.90929742682568171 } },
    { "mish", NULL, { { 1, { 3 }, 0, { -1, 0, 2 } } }, { 3 }, { -0.30340146137410895, 0, 1.9439589595339946 } },
    { "softsign", NULL, { { 1, { 3 }, 0, { -3, 0, 1 } } }, { 3 }, { -.75, 0, .5 } },
    { "huber", "delta: 2", { { 1, { 3 }, 0, { -3, 1, 2 } } }, { 3 }, { 4, .5, 2 } },
    { "subtract", NULL, { { 1, { 2 }, 0, { 2, 3 } }, { 1, { 2 }, 0, { 5, -1 } } }, { 2 }, { -3, 4 } },
    { "multiply", NULL, { { 1, { 2 }, 0, { 2, 3 } }, { 1, { 2 }, 0, { 5, -1 } } }, { 2 }, { 10, -3 } },
    { "matmul",
      NULL,
      { { 3, { 2, 1, 2 }, 0, { 1, 2, 3, 4 } }, { 3, { 2, 2, 1 }, 0, { 5, 6, 7, 8 } } },
      { 2, 1, 1 },
      { 17, 53 } },
    { "reshape", "shape: [3, 2]", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 3, 2 }, { 1, 2, 3, 4, 5, 6 } },
    { "transpose", "order: [1, 0]", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 3, 2 }, { 1, 4, 2, 5, 3, 6 } },
    { "slice", "axis: 1, start: 1, size: 2", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 2, 2 }, { 2, 3, 5, 6 } },
    { "slice", "axis: 0, start: 1, size: 1", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 1, 3 }, { 4, 5, 6 } },
    { "concatenate",
      "axis: 1",
      { { 2, { 2, 1 }, 0, { 1, 2 } }, { 2, { 2, 2 }, 0, { 3, 4, 5, 6 } } },
      { 2, 3 },
      { 1, 3, 4, 2, 5, 6 } },
    { "pad", "axis: 1, before: 1, after: 2", { { 2, { 2, 1 }, 0, { 7, 8 } } }, { 2, 4 }, { 0, 7, 0, 0, 0, 8, 0, 0 } },
    { "expand", NULL, { { 2, { 1, 2 }, 0, { 7, 8 } }, { 2, { 3, 2 }, 0, { 0 } } }, { 3, 2 }, { 7, 8, 7, 8, 7, 8 } },
    { "expand", NULL, { { 1, { 2 }, 0, { 7, 8 } }, { 2, { 3, 2 }, 0, { 0 } } }, { 3, 2 }, { 7, 8, 7, 8, 7, 8 } },
    { "sum_axes", "axes: 0", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 1, 3 }, { 5, 7, 9 } },
    { "mean_axes", "axes: [0, 1]", { { 2, { 2, 3 }, 0, { 1, 2, 3, 4, 5, 6 } } }, { 1, 1 }, { 3.5 } },
    { "gather",
      NULL,
      { { 2, { 3, 2 }, 0, { 1, 2, 3, 4, 5, 6 } }, { 1, { 3 }, 3, { 2, 0, 2 } } },
      { 3, 2 },
      { 5, 6, 1, 2, 5, 6 } },
    { "softmax", NULL, { { 2, { 1, 2 }, 0, { 3, 3 } } }, { 1, 2 }, { .5, .5 } },
    { "log_softmax", NULL, { { 2, { 1, 2 }, 0, { -700, 700 } } }, { 1, 2 }, { -1400, 0 } },
    { "conv2d",
      NULL,
      { { 4, { 1, 2, 2, 1 }, 0, { 1, 2, 3, 4 } }, { 4, { 2, 2, 1, 1 }, 0, { 1, 1, 1, 1 } } },
      { 1, 1, 1, 1 },
      { 10 } },
    { "conv2d",
      "pad: 1, stride: 2",
      { { 4, { 1, 2, 2, 1 }, 0, { 1, 2, 3, 4 } }, { 4, { 2, 2, 1, 1 }, 0, { 1, 10, 100, 1000 } } },
      { 1, 2, 2, 1 },
      { 1000, 200, 30, 4 } },
    { "conv2d",
      "pad: same",
      { { 4, { 1, 1, 3, 1 }, 0, { 1, 2, 3 } }, { 4, { 1, 3, 1, 1 }, 0, { 1, 10, 100 } } },
      { 1, 1, 3, 1 },
      { 210, 321, 32 } },
    { "conv2d",
      "groups: 2",
      { { 4, { 1, 1, 1, 2 }, 0, { 3, 5 } }, { 4, { 1, 1, 1, 4 }, 0, { 1, 10, 1, 10 } } },
      { 1, 1, 1, 4 },
      { 3, 30, 5, 50 } },
    { "max_pool", "kernel: 2", { { 4, { 1, 2, 4, 1 }, 0, { 1, 2, 8, 3, 4, 3, 5, 8 } } }, { 1, 1, 2, 1 }, { 4, 8 } },
    { "max_pool",
      "kernel: 3, stride: 1, pad: 1",
      { { 4, { 1, 1, 3, 1 }, 0, { -4, -2, -3 } } },
      { 1, 1, 3, 1 },
      { -2, -2, -2 } },
    { "average_pool",
      "kernel: [1, 2], pad: 0",
      { { 4, { 1, 1, 4, 1 }, 0, { 1, 2, 8, 3 } } },
      { 1, 1, 2, 1 },
      { 1.5, 5.5 } },
    { "batch_norm", "epsilon: 1e-300", { { 2, { 2, 2 }, 0, { 1, 2, 3, 8 } } }, { 2, 2 }, { -1, -1, 1, 1 } },
    { "batch_norm", "epsilon: 1e-300, reference: 2", { { 2, { 3, 1 }, 0, { 1, 3, 5 } } }, { 3, 1 }, { -1, 1, 3 } },
    { "layer_norm", "epsilon: 1e-300", { { 2, { 2, 2 }, 0, { 1, 3, 8, 2 } } }, { 2, 2 }, { -1, 1, 1, -1 } },
    { "group_norm",
      "epsilon: 1e-300, groups: 2",
      { { 3, { 1, 2, 2 }, 0, { 1, 10, 3, 30 } } },
      { 1, 2, 2 },
      { -1, -1, 1, 1 } },
};

static rg_tensor
add_operand (rg_graph *graph, const operand *o, size_t offset)
{
    rg_shape shape = { o->dimensions, { 1, 1, 1, 1 }, 0 };
    memcpy (shape.dim, o->dim, o->dimensions * sizeof *o->dim);
    return o->bound > 0 ? rg_graph_integers (graph, &shape, o->bound) : rg_graph_hyper_array (graph, offset, &shape, 1);
}

/* Build sum (operator (operands)); the numbers of operand k are hyperparameters from k NUMBERS on. */
static rg_tensor
build (rg_graph *graph, const char *name, const char *options, const operand *operands, rg_tensor *leaf)
{
    size_t count = 0;
    for (; count < OPERANDS && operands[count].dimensions > 0; count++)
        leaf[count] = add_operand (graph, &operands[count], count * NUMBERS);
    return rg_graph_apply (graph, name, leaf, count, options);
}

START_TEST (an_operator_equals_a_case_by_hand)
{
    const hand *h = &hands[_i];
    double hyper[OPERANDS * NUMBERS], loss, unused;
    rg_tensor leaf[OPERANDS] = { RG_NO_TENSOR, RG_NO_TENSOR, RG_NO_TENSOR };
    rg_graph *graph;
    rg_executor *executor;
    rg_message message = { "" };
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 1, OPERANDS * NUMBERS), RG_OK);
    const rg_tensor result = build (graph, h->name, h->options, h->operand, leaf);
    ck_assert_msg (rg_graph_finish (graph, rg_graph_sum (graph, result), &message) == RG_OK, "%s", message.text);
    const rg_shape shape = rg_graph_shape (graph, result);
    size_t count = 1;
    for (size_t d = 0; d < shape.dimensions; d++) {
        ck_assert_uint_eq (shape.dim[d], h->dim[d]);
        count *= shape.dim[d];
    }
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    for (size_t k = 0; k < OPERANDS; k++) {
        memcpy (hyper + k * NUMBERS, h->operand[k].value, NUMBERS * sizeof *hyper);
        for (size_t i = 0; h->operand[k].bound > 0 && i < h->operand[k].dim[0]; i++)
            ((int32_t *) rg_executor_leaf (executor, leaf[k]))[i] = (int32_t) h->operand[k].value[i];
    }
    rg_executor_bind_hyper (executor, hyper);
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, &unused), RG_OK);
    const double *value = rg_executor_value (executor, result);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg (fabs (value[i] - h->expect[i]) < 1e-14 * fmax (1, fabs (h->expect[i])),
                       "%s: number %zu: %.17g, expected %.17g", h->name, i, value[i], h->expect[i]);
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

/* Of equal numbers the first is the greatest: it alone has the derivative. */
START_TEST (ties_of_a_max_pool_go_to_the_first)
{
    const rg_shape shape = { 4, { 1, 2, 2, 1 }, 0 };
    double loss, unused;
    rg_graph *graph;
    rg_executor *executor;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 1, 4), RG_OK);
    const rg_tensor x = rg_graph_hyper_array (graph, 0, &shape, 1);
    ck_assert_int_eq (
        rg_graph_finish (graph, rg_graph_sum (graph, rg_graph_apply (graph, "max_pool", &x, 1, "kernel: 2")), NULL),
        RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    rg_executor_bind_hyper (executor, (double[]) { 1, 3, 3, 3 });
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, &unused), RG_OK);
    ck_assert_mem_eq (rg_executor_adjoint (executor, x), ((double[]) { 0, 1, 0, 0 }), 4 * sizeof (double));
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

/* ------------------------------------------------------------------ refusals */

static const struct {
    const char *name, *options;
    operand operand[OPERANDS];
    const char *sentence;
} refused[] = {
    { "multiply",
      NULL,
      { { 2, { 2, 3 }, 0, { 0 } }, { 2, { 3, 2 }, 0, { 0 } } },
      "multiply: shapes do not fit: 2 x 3, 3 x 2" },
    { "matmul", NULL, { { 2, { 2, 3 }, 0, { 0 } }, { 2, { 3, 2 }, 0, { 0 } } }, "matmul: shapes do not fit" },
    { "reshape", "shape: [2, 2]", { { 2, { 2, 3 }, 0, { 0 } } }, "reshape: shapes do not fit: 2 x 3" },
    { "reshape", NULL, { { 2, { 2, 3 }, 0, { 0 } } }, "reshape: " },
    { "reshape", "shape: [1, 1, 1, 2, 3]", { { 2, { 2, 3 }, 0, { 0 } } }, "reshape: shape: expected" },
    { "transpose", "order: [0, 0]", { { 2, { 2, 3 }, 0, { 0 } } }, "transpose: shapes do not fit" },
    { "transpose", "order: [0, 2]", { { 2, { 2, 3 }, 0, { 0 } } }, "transpose: shapes do not fit" },
    { "slice", "axis: 1, start: 2, size: 2", { { 2, { 2, 3 }, 0, { 0 } } }, "slice: shapes do not fit" },
    { "slice", "axis: 3, size: 2", { { 2, { 2, 3 }, 0, { 0 } } }, "slice: shapes do not fit" },
    { "concatenate",
      "axis: 1",
      { { 2, { 2, 3 }, 0, { 0 } }, { 2, { 3, 3 }, 0, { 0 } } },
      "concatenate: shapes do not fit" },
    { "pad", "axis: 2", { { 2, { 2, 3 }, 0, { 0 } } }, "pad: shapes do not fit" },
    { "expand", NULL, { { 2, { 2, 2 }, 0, { 0 } }, { 2, { 3, 2 }, 0, { 0 } } }, "expand: shapes do not fit" },
    { "sum_axes", "axes: 2", { { 2, { 2, 3 }, 0, { 0 } } }, "sum_axes: shapes do not fit" },
    { "gather", NULL, { { 2, { 2, 3 }, 0, { 0 } }, { 1, { 2 }, 3, { 0 } } }, "gather: shapes do not fit" },
    { "gather",
      NULL,
      { { 2, { 2, 3 }, 0, { 0 } }, { 2, { 2, 3 }, 0, { 0 } } },
      "gather: operand 2 is numbers, expected labels or indices" },
    { "exp", NULL, { { 1, { 3 }, 5, { 0 } } }, "exp: operand 1 is labels or indices" },
    { "conv2d",
      NULL,
      { { 4, { 1, 2, 2, 1 }, 0, { 0 } }, { 4, { 3, 2, 1, 1 }, 0, { 0 } } },
      "conv2d: shapes do not fit: 1 x 2 x 2 x 1, 3 x 2 x 1 x 1" },
    { "conv2d",
      "groups: 2",
      { { 4, { 1, 2, 2, 1 }, 0, { 0 } }, { 4, { 2, 2, 1, 2 }, 0, { 0 } } },
      "conv2d: shapes do not fit" },
    { "conv2d",
      "stride: 0",
      { { 4, { 1, 2, 2, 1 }, 0, { 0 } }, { 4, { 2, 2, 1, 2 }, 0, { 0 } } },
      "conv2d: stride: expected" },
    { "conv2d",
      "pad: full",
      { { 4, { 1, 2, 2, 1 }, 0, { 0 } }, { 4, { 2, 2, 1, 2 }, 0, { 0 } } },
      "conv2d: pad: expected" },
    { "max_pool", "kernel: 3", { { 4, { 1, 2, 2, 1 }, 0, { 0 } } }, "max_pool: shapes do not fit" },
    { "max_pool", "kernel: 2, pad: 2", { { 4, { 1, 2, 2, 1 }, 0, { 0 } } }, "max_pool: shapes do not fit" },
    { "average_pool", "kernel: 3", { { 3, { 1, 2, 2 }, 0, { 0 } } }, "average_pool: shapes do not fit" },
    { "batch_norm", "reference: 3", { { 2, { 2, 2 }, 0, { 0 } } }, "batch_norm: shapes do not fit" },
    { "batch_norm", "epsilon: 0", { { 2, { 2, 2 }, 0, { 0 } } }, "batch_norm: epsilon: expected" },
    { "group_norm", "groups: 2", { { 2, { 2, 3 }, 0, { 0 } } }, "group_norm: shapes do not fit" },
};

START_TEST (what_does_not_fit_is_refused_with_a_sentence)
{
    rg_graph *graph;
    rg_message message = { "" };
    rg_tensor leaf[OPERANDS];
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, 1, OPERANDS * NUMBERS), RG_OK);
    const rg_tensor result = build (graph, refused[_i].name, refused[_i].options, refused[_i].operand, leaf);
    ck_assert_int_eq (result, RG_NO_TENSOR);
    ck_assert_int_ne (rg_graph_finish (graph, rg_graph_sum (graph, result), &message), RG_OK);
    ck_assert_msg (strstr (message.text, refused[_i].sentence) != NULL, "%s", message.text);
    rg_graph_free (graph);
}
END_TEST

/* ------------------------------------------------------------------ constants, masks, losses of parts */

enum { POINTS = 6 };

/* Loss, gradient and Hessian product of a graph of six weights. */
static double
derivatives_of (rg_graph *graph, rg_tensor loss, const double *w, const double *v, double *g, double *h,
                const rg_draw *draw)
{
    rg_executor *executor;
    rg_message message = { "" };
    double value;
    ck_assert_msg (rg_graph_finish (graph, loss, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_draw (executor, draw);
    ck_assert_int_eq (rg_executor_gradient (executor, &value, g), RG_OK);
    rg_executor_tangent (executor, v, h);
    rg_executor_free (executor);
    rg_graph_free (graph);
    return value;
}

static const double point[POINTS] = { -2, -.5, .25, 1, 1.5, 3 }, along[POINTS] = { 1, -1, .5, 2, -.25, 3 };

static rg_graph *
open_graph (rg_tensor *x)
{
    rg_graph *graph;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, POINTS, 0), RG_OK);
    *x = rg_graph_weights (graph, 0, 2, 3);
    return graph;
}

/* x stop(x²) has the derivative stop(x²), and no second one; straight through a square, a value has that of its stand-in. */
START_TEST (constants_and_stand_ins_are_what_they_say_in_all_derivatives)
{
    double g[POINTS], h[POINTS];
    rg_tensor x;
    rg_graph *graph = open_graph (&x);
    const rg_tensor square = rg_graph_apply (graph, "square", &x, 1, NULL);
    const rg_tensor frozen = rg_graph_apply (graph, "stop_gradient", &square, 1, NULL);
    derivatives_of (graph,
                    rg_graph_sum (graph, rg_graph_apply (graph, "multiply", (rg_tensor[]) { x, frozen }, 2, NULL)),
                    point, along, g, h, NULL);
    for (size_t i = 0; i < POINTS; i++) {
        ck_assert_double_eq (g[i], point[i] * point[i]);
        ck_assert_double_eq (h[i], 0);
    }
    graph = open_graph (&x);
    const rg_tensor sign = rg_graph_apply (graph, "hard_tanh", &x, 1, NULL),
                    bent = rg_graph_apply (graph, "square", &x, 1, NULL);
    const rg_tensor y = rg_graph_apply (graph, "straight_through", (rg_tensor[]) { sign, bent }, 2, NULL);
    const double value = derivatives_of (graph, rg_graph_sum (graph, y), point, along, g, h, NULL);
    ck_assert_double_eq (value, -1 - .5 + .25 + 3);
    for (size_t i = 0; i < POINTS; i++) {
        ck_assert_double_eq (g[i], 2 * point[i]);
        ck_assert_double_eq (h[i], 2 * along[i]);
    }
}
END_TEST

static void
run_dropout (const rg_draw *draw, double *g, double *h)
{
    rg_tensor x;
    rg_graph *graph = open_graph (&x);
    const rg_tensor square = rg_graph_apply (graph, "square", &x, 1, NULL);
    derivatives_of (graph, rg_graph_sum (graph, rg_graph_apply (graph, "dropout", &square, 1, "rate: .5")), point,
                    along, g, h, draw);
}

START_TEST (a_mask_is_a_function_of_its_draw)
{
    rg_draw draw = { .seed = 7, .iteration = 2, .step = 3, .on = 1 };
    double g[3][POINTS], h[3][POINTS];
    int different = 0, zeros = 0;
    run_dropout (&draw, g[0], h[0]);
    run_dropout (&draw, g[1], h[1]);
    ck_assert_mem_eq (g[0], g[1], sizeof *g);
    ck_assert_mem_eq (h[0], h[1], sizeof *h);
    for (int other = 0; other < 20; other++) {
        draw.step++;
        run_dropout (&draw, g[1], h[1]);
        different += memcmp (g[0], g[1], sizeof *g) != 0;
        for (size_t i = 0; i < POINTS; i++) {
            zeros += g[1][i] == 0;
            ck_assert (g[1][i] == 0 || g[1][i] == 4 * point[i]);
            ck_assert_double_eq (h[1][i], g[1][i] == 0 ? 0 : 4 * along[i]);
        }
    }
    ck_assert_int_ge (different, 15);
    ck_assert_int_gt (zeros, 40);
    ck_assert_int_lt (zeros, 80);
    run_dropout (NULL, g[2], h[2]);
    for (size_t i = 0; i < POINTS; i++)
        ck_assert_double_eq (g[2][i], 2 * point[i]);
}
END_TEST

/* The mask of an example is that of its place in the whole batch, in whatever shard it is. */
START_TEST (masks_do_not_depend_on_shards)
{
    enum { ROWS = 4, COLS = 3 };
    float mask[2][ROWS * COLS];
    for (size_t shard = 1; shard <= 4; shard += 3)
        for (size_t first = 0; first < ROWS; first += shard) {
            const rg_draw draw = { .seed = 1, .first_row = first, .member = 3, .on = 1 };
            rg_graph *graph;
            rg_executor *executor;
            double loss;
            ck_assert_int_eq (rg_graph_new (&graph, RG_SINGLE, shard, 1, 0), RG_OK);
            const rg_tensor x = rg_graph_batch (graph, COLS, 0),
                            y = rg_graph_apply (graph, "dropout", &x, 1, "rate: .5");
            ck_assert_int_eq (rg_graph_finish (graph, rg_graph_sum (graph, y), NULL), RG_OK);
            ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
            rg_executor_bind_draw (executor, &draw);
            for (size_t i = 0; i < shard * COLS; i++)
                ((float *) rg_executor_leaf (executor, x))[i] = 1;
            ck_assert_int_eq (rg_executor_loss (executor, &loss), RG_OK);
            memcpy (mask[shard == 1] + first * COLS, rg_executor_value (executor, y), shard * COLS * sizeof (float));
            rg_executor_free (executor);
            rg_graph_free (graph);
        }
    ck_assert_mem_eq (mask[0], mask[1], sizeof *mask);
}
END_TEST

/* The cross-entropy of labels is that of targets that are 1 at the label, built of parts. */
START_TEST (a_loss_of_parts_equals_the_operator_of_its_own)
{
    enum { ROWS = 3, CLASSES = 4 };
    double loss[2], g[2][CLASSES * CLASSES], h[2][CLASSES * CLASSES], w[CLASSES * CLASSES], v[CLASSES * CLASSES];
    for (size_t i = 0; i < CLASSES * CLASSES; i++) {
        w[i] = uniform (1, i, -1, 1);
        v[i] = uniform (2, i, -1, 1);
    }
    for (int parts = 0; parts < 2; parts++) {
        rg_graph *graph;
        rg_executor *executor;
        ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, ROWS, CLASSES * CLASSES, 0), RG_OK);
        const rg_tensor x = rg_graph_batch (graph, CLASSES, 0);
        const rg_tensor z = rg_graph_affine (graph, x, rg_graph_weights (graph, 0, CLASSES, CLASSES), RG_NO_TENSOR);
        const rg_tensor labels = parts ? rg_graph_batch (graph, CLASSES, 0) : rg_graph_labels (graph, CLASSES);
        rg_tensor end = RG_NO_TENSOR;
        if (parts) {
            const double minus = -CLASSES; /* the mean over classes becomes their sum */
            const rg_tensor log_p = rg_graph_apply (graph, "log_softmax", &z, 1, NULL);
            const rg_tensor terms = rg_graph_apply (graph, "multiply", (rg_tensor[]) { log_p, labels }, 2, NULL);
            const rg_tensor scaled = rg_graph_scale (graph, terms, rg_graph_constant (graph, 1, 1, &minus));
            end = rg_graph_apply (graph, "example_mean", &scaled, 1, NULL);
        } else
            end = rg_graph_cross_entropy (graph, z, labels, RG_NO_TENSOR);
        ck_assert_int_eq (rg_graph_finish (graph, end, NULL), RG_OK);
        ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
        rg_executor_bind_weights (executor, w);
        for (size_t i = 0; i < ROWS * CLASSES; i++)
            ((double *) rg_executor_leaf (executor, x))[i] = uniform (3, i, -1, 1);
        for (size_t i = 0; i < ROWS * CLASSES; i++)
            if (parts)
                ((double *) rg_executor_leaf (executor, labels))[i] = i % CLASSES == i / CLASSES;
            else
                ((int32_t *) rg_executor_leaf (executor, labels))[i / CLASSES] = (int32_t) (i / CLASSES);
        ck_assert_int_eq (rg_executor_gradient (executor, &loss[parts], g[parts]), RG_OK);
        rg_executor_tangent (executor, v, h[parts]);
        rg_executor_free (executor);
        rg_graph_free (graph);
    }
    ck_assert_double_eq_tol (loss[0], loss[1], 1e-15);
    for (size_t i = 0; i < CLASSES * CLASSES; i++) {
        ck_assert_double_eq_tol (g[0][i], g[1][i], 1e-15);
        ck_assert_double_eq_tol (h[0][i], h[1][i], 1e-15);
    }
}
END_TEST

/* ------------------------------------------------------------------ whole networks */

static rg_tensor
apply (rg_graph *graph, const char *name, rg_tensor x, const char *options)
{
    return rg_graph_apply (graph, name, &x, 1, options);
}

static rg_tensor
apply_two (rg_graph *graph, const char *name, rg_tensor a, rg_tensor b, const char *options)
{
    return rg_graph_apply (graph, name, (rg_tensor[]) { a, b }, 2, options);
}

/* A scale a channel. */
static rg_tensor
scale_channels (rg_graph *graph, rg_tensor x, rg_tensor scale)
{
    return apply_two (graph, "multiply", x, apply_two (graph, "expand", scale, x, NULL), NULL);
}

/* A residual block with batch norm, a pool and a layer: images, filters, filters, scales, matrix. */
static rg_tensor
residual_network (rg_graph *graph, const rg_tensor *operands, void *user)
{
    (void) user;
    const rg_tensor x = apply_two (graph, "conv2d", operands[0], operands[1], "pad: 1, stride: 2");
    rg_tensor y = scale_channels (graph, apply (graph, "batch_norm", x, NULL), operands[3]);
    y = apply_two (graph, "conv2d", apply (graph, "silu", y, NULL), operands[2], "pad: same");
    y = apply (graph, "average_pool", rg_graph_add (graph, x, y), "kernel: 2, stride: 1");
    y = apply (graph, "reshape", y, "shape: [1, 8]");
    return rg_graph_affine (graph, y, operands[4], RG_NO_TENSOR);
}

/* Attention of one head and a residual layer norm: tokens, embedding, query, key, value. */
static rg_tensor
attention (rg_graph *graph, const rg_tensor *operands, void *user)
{
    const double scale = .5;
    (void) user;
    const rg_tensor x = apply_two (graph, "gather", operands[1], operands[0], NULL);
    const rg_tensor q = rg_graph_affine (graph, x, operands[2], RG_NO_TENSOR);
    const rg_tensor k =
        apply (graph, "transpose", rg_graph_affine (graph, x, operands[3], RG_NO_TENSOR), "order: [0, 2, 1]");
    const rg_tensor v = rg_graph_affine (graph, x, operands[4], RG_NO_TENSOR);
    const rg_tensor scores =
        rg_graph_scale (graph, apply_two (graph, "matmul", q, k, NULL), rg_graph_constant (graph, 1, 1, &scale));
    const rg_tensor seen = apply_two (graph, "matmul", apply (graph, "softmax", scores, NULL), v, NULL);
    return apply (graph, "gelu", apply (graph, "layer_norm", rg_graph_add (graph, x, seen), NULL), NULL);
}

START_TEST (whole_networks_pass_the_test_of_operators)
{
    const rg_operand images[] = { { { 4, { 1, 5, 5, 1 }, 1 }, 1, 0, 0, 0 },
                                  { { 4, { 3, 3, 1, 2 }, 0 }, 1, 0, -.5, .6 },
                                  { { 4, { 3, 3, 2, 2 }, 0 }, 1, 0, -.5, .6 },
                                  { { 2, { 1, 2, 1, 1 }, 0 }, 1, 0, .5, 1.5 },
                                  { { 2, { 8, 3, 1, 1 }, 0 }, 1, 0, -.5, .6 } };
    const rg_operand tokens[] = { { { 2, { 1, 3, 1, 1 }, 1 }, 0, 5, 0, 0 },
                                  { { 2, { 5, 4, 1, 1 }, 0 }, 1, 0, -1, 1.1 },
                                  { { 2, { 4, 4, 1, 1 }, 0 }, 1, 0, -.8, .9 },
                                  { { 2, { 4, 4, 1, 1 }, 0 }, 1, 0, -.8, .9 },
                                  { { 2, { 4, 4, 1, 1 }, 0 }, 1, 0, -.8, .9 } };
    rg_message message = { "" };
    rg_operator_gaps gaps;
    ck_assert_msg (rg_graph_check_operator (residual_network, NULL, 5, images, 3, &gaps, &message) == RG_OK, "%s",
                   message.text);
    ck_assert_msg (rg_graph_check_operator (attention, NULL, 5, tokens, 3, &gaps, &message) == RG_OK, "%s",
                   message.text);
}
END_TEST

static rg_status
build_residual (rg_graph **out, rg_executor **executor)
{
    const rg_shape image = { 4, { 1, 5, 5, 1 }, 1 }, shapes[4] = { { 4, { 3, 3, 1, 2 }, 0 },
                                                                   { 4, { 3, 3, 2, 2 }, 0 },
                                                                   { 2, { 1, 2, 1, 1 }, 0 },
                                                                   { 2, { 8, 3, 1, 1 }, 0 } };
    rg_tensor operands[5];
    *executor = NULL;
    rg_status status = rg_graph_new (out, RG_SINGLE, 2, 100, 0);
    if (status != RG_OK)
        return status;
    operands[0] = rg_graph_batch_array (*out, &image, 0);
    for (size_t k = 0; k < 4; k++)
        operands[k + 1] = rg_graph_weight_array (*out, 20 * k, &shapes[k]);
    const rg_tensor y = rg_graph_name (*out, residual_network (*out, operands, NULL), "outputs");
    status = rg_graph_finish (*out, rg_graph_sum (*out, y), NULL);
    return status == RG_OK ? rg_executor_new (executor, *out) : status;
}

START_TEST (running_out_of_memory_anywhere_is_a_status)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_graph *graph = NULL;
        rg_executor *executor = NULL;
        const rg_status status = FAILING (&memory, build_residual (&graph, &executor));
        ck_assert_int_eq (status == RG_OK, executor != NULL);
        rg_executor_free (executor);
        rg_graph_free (graph);
    }
    ck_assert_int_ge (memory.failures, 40);
}
END_TEST

/* ------------------------------------------------------------------ bits */

/* An image's convolution and the gradient in its pixels are the same alone and among others, wherever tiles end. */
START_TEST (an_image_is_convolved_alone_as_among_others)
{
    enum { IMAGES = 5, PIXELS = 9 * 11 * 2, FILTERS = 3 * 3 * 2 * 5 };
    const rg_shape image = { 4, { 1, 9, 11, 2 }, 1 }, filters = { 4, { 3, 3, 2, 5 }, 0 };
    float together[2][IMAGES * 9 * 11 * 5], w[FILTERS], g[FILTERS];
    double loss;
    rg_graph *graph;
    rg_executor *executor;
    ck_assert_int_eq (rg_graph_new (&graph, RG_SINGLE, IMAGES, FILTERS, 0), RG_OK);
    const rg_tensor x = rg_graph_batch_array (graph, &image, 1);
    const rg_tensor y = rg_graph_apply (
        graph, "conv2d", (rg_tensor[]) { x, rg_graph_weight_array (graph, 0, &filters) }, 2, "pad: same");
    ck_assert_int_eq (
        rg_graph_finish (graph, rg_graph_sum (graph, rg_graph_apply (graph, "square", &y, 1, NULL)), NULL), RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    for (size_t i = 0; i < FILTERS; i++)
        w[i] = (float) uniform (1, i, -1, 1);
    rg_executor_bind_weights (executor, w);
    for (size_t first = 0; first <= IMAGES; first++) { /* at first all, then one after the other */
        const size_t begin = first == 0 ? 0 : first - 1, count = first == 0 ? IMAGES : 1;
        ck_assert_int_eq (rg_executor_bind_rows (executor, count, 1), RG_OK);
        for (size_t i = 0; i < count * PIXELS; i++)
            ((float *) rg_executor_leaf (executor, x))[i] = (float) uniform (2, begin * PIXELS + i, -1, 1);
        ck_assert_int_eq (rg_executor_gradient (executor, &loss, g), RG_OK);
        const float *value = rg_executor_value (executor, y), *adjoint = rg_executor_adjoint (executor, x);
        const size_t outputs = 9 * 11 * 5;
        if (first == 0) {
            memcpy (together[0], value, IMAGES * outputs * sizeof *value);
            memcpy (together[1], adjoint, IMAGES * PIXELS * sizeof *adjoint);
        }
        ck_assert_mem_eq (value, together[0] + begin * outputs, count * outputs * sizeof *value);
        ck_assert_mem_eq (adjoint, together[1] + begin * PIXELS, count * PIXELS * sizeof *adjoint);
    }
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph values");
    TCase *tcase = tcase_create ("by hand");
    tcase_add_loop_test (tcase, an_operator_equals_a_case_by_hand, 0, (int) (sizeof hands / sizeof *hands));
    tcase_add_test (tcase, ties_of_a_max_pool_go_to_the_first);
    tcase_add_loop_test (tcase, what_does_not_fit_is_refused_with_a_sentence, 0,
                         (int) (sizeof refused / sizeof *refused));
    tcase_add_test (tcase, constants_and_stand_ins_are_what_they_say_in_all_derivatives);
    tcase_add_test (tcase, a_mask_is_a_function_of_its_draw);
    tcase_add_test (tcase, masks_do_not_depend_on_shards);
    tcase_add_test (tcase, a_loss_of_parts_equals_the_operator_of_its_own);
    tcase_add_test (tcase, whole_networks_pass_the_test_of_operators);
    tcase_add_test (tcase, running_out_of_memory_anywhere_is_a_status);
    tcase_add_test (tcase, an_image_is_convolved_alone_as_among_others);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}

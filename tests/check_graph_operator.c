/* check_graph_operator.c -- every operator's four kernels, by properties: one row of the table an operator and a case. */
#include <string.h>

#include "testing.h"

#include "graph/kept.h"
#include "graph/operators.h"
#include "graph/probe.h"

/* Operands of a row: numbers a derivative is taken in, numbers that stay, whole numbers below a bound. */
#define MOVING(...)                                                                                                    \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ } }, 1, 0, 0, 0    \
    }
#define FIXED(...)                                                                                                     \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ } }, 0, 0, 0, 0    \
    }
#define MOVING_ROWS(...)                                                                                               \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ }, .batched = 1 }, \
            1, 0, 0, 0                                                                                                 \
    }
#define FIXED_ROWS(...)                                                                                                \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ }, .batched = 1 }, \
            0, 0, 0, 0                                                                                                 \
    }
#define ABOVE_ZERO(...)                                                                                                \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ }, .batched = 1 }, \
            1, 0, .3, 2.4                                                                                              \
    }
#define INDICES(bound, ...)                                                                                            \
    {                                                                                                                  \
        { .dimensions = sizeof ((size_t[]) { __VA_ARGS__ }) / sizeof (size_t), .dim = { __VA_ARGS__ }, .batched = 1 }, \
            0, bound, 0, 0                                                                                             \
    }
#define LABELS(bound) { { .dimensions = 2, .dim = { 1, 1 }, .batched = 1 }, 0, bound, 0, 0 }

enum { EXAMPLES = 5, MOST = 4 };

typedef struct {
    const char *label;
    const rg_operator *op;
    rg_operand operand[MOST];
    const char *options;
} row;

/* Each activation by its row in the table, with its presets; others stand below, and those with settings once more. */
#define NO_ROW(name)
#define ACTIVATION_ROW(name, layer, above) { layer, &rg_operator_##name, { MOVING_ROWS (1, 7) }, NULL },

static const row rows[] = {
    RG_OPERATOR_TABLE (NO_ROW, ACTIVATION_ROW)
    { "affine, all moving", &rg_operator_affine, { MOVING_ROWS (1, 4), MOVING (4, 3), MOVING (1, 3) }, NULL },
    { "affine, fixed input", &rg_operator_affine, { FIXED_ROWS (1, 4), MOVING (4, 3), MOVING (3, 1) }, NULL },
    { "affine, fixed weight", &rg_operator_affine, { MOVING_ROWS (1, 4), FIXED (4, 3), FIXED (1, 3) }, NULL },
    { "affine, no bias", &rg_operator_affine, { MOVING_ROWS (1, 4), MOVING (4, 1) }, NULL },
    { "affine, not batched", &rg_operator_affine, { MOVING (2, 4), MOVING (4, 3), MOVING (1, 3) }, NULL },
    { "affine, sequences", &rg_operator_affine, { MOVING_ROWS (1, 3, 4), MOVING (4, 2), MOVING (1, 2) }, NULL },
    { "affine, two rows an example", &rg_operator_affine, { MOVING_ROWS (2, 4), MOVING (4, 3), MOVING (1, 3) }, NULL },
    { "softplus", &rg_operator_softplus, { MOVING (3, 7) }, NULL },
    { "cross entropy", &rg_operator_cross_entropy, { MOVING_ROWS (1, 4), LABELS (4) }, NULL },
    { "cross entropy, fixed weights",
      &rg_operator_cross_entropy,
      { MOVING_ROWS (1, 4), LABELS (4), FIXED_ROWS (1, 1) },
      NULL },
    { "cross entropy, moving weights",
      &rg_operator_cross_entropy,
      { MOVING_ROWS (1, 4), LABELS (4), MOVING_ROWS (1, 1) },
      NULL },
    { "cross entropy, only weights moving",
      &rg_operator_cross_entropy,
      { FIXED_ROWS (1, 4), LABELS (3), MOVING_ROWS (1, 1) },
      NULL },
    { "squared error", &rg_operator_squared_error, { MOVING_ROWS (1, 3), FIXED_ROWS (1, 3) }, NULL },
    { "squared error, moving targets and weights",
      &rg_operator_squared_error,
      { MOVING_ROWS (1, 3), MOVING_ROWS (1, 3), MOVING_ROWS (1, 1) },
      NULL },
    { "squared error, only targets moving",
      &rg_operator_squared_error,
      { FIXED_ROWS (1, 3), MOVING_ROWS (1, 3) },
      NULL },
    { "sum", &rg_operator_sum, { MOVING_ROWS (1, 7) }, NULL },
    { "scale", &rg_operator_scale, { MOVING_ROWS (1, 3), MOVING (1, 1) }, NULL },
    { "scale, fixed factor", &rg_operator_scale, { MOVING (2, 3), FIXED (1, 1) }, NULL },
    { "scale, fixed array", &rg_operator_scale, { FIXED (2, 3), MOVING (1, 1) }, NULL },
    { "add", &rg_operator_add, { MOVING_ROWS (1, 3), MOVING_ROWS (1, 3) }, NULL },
    { "add, one fixed", &rg_operator_add, { FIXED (2, 3), MOVING (2, 3) }, NULL },
    { "add, four dimensions", &rg_operator_add, { MOVING_ROWS (1, 2, 3, 2), MOVING_ROWS (1, 2, 3, 2) }, NULL },
    { "penalty, one coefficient", &rg_operator_penalty_l2, { MOVING (4, 3), MOVING (1, 1) }, NULL },
    { "penalty, one a segment", &rg_operator_penalty_l2, { MOVING (12, 1), MOVING (3, 1) }, "ends: [2, 5, 12]" },
    { "penalty, one a weight", &rg_operator_penalty_l2, { MOVING (4, 3), MOVING (12, 1) }, NULL },
    { "penalty, fixed coefficients", &rg_operator_penalty_l2, { MOVING (4, 3), FIXED (12, 1) }, NULL },
    { "penalty, fixed weights", &rg_operator_penalty_l2, { FIXED (4, 3), MOVING (3, 1) }, "ends: [2, 5, 12]" },
    { "block affine, all moving",
      &rg_operator_block_affine,
      { MOVING_ROWS (1, 4), MOVING (3, 8), MOVING (3, 2) },
      "ends: [1, 3, 5]" },
    { "block affine, fixed input",
      &rg_operator_block_affine,
      { FIXED_ROWS (1, 4), MOVING (3, 8), MOVING (3, 2) },
      "ends: [1, 3, 5]" },
    { "block affine, fixed weights",
      &rg_operator_block_affine,
      { MOVING_ROWS (1, 4), FIXED (3, 8), FIXED (3, 2) },
      "ends: [1, 3, 5]" },
    { "interaction", &rg_operator_interaction, { MOVING (4, 3), MOVING (6, 1) }, NULL },
    { "interaction, fixed strength", &rg_operator_interaction, { MOVING (3, 5), FIXED (3, 1) }, NULL },
    { "interaction, fixed weights", &rg_operator_interaction, { FIXED (3, 5), MOVING (3, 1) }, NULL },
    { "sin", &rg_operator_sin, { MOVING_ROWS (1, 7) }, NULL },
    { "exp", &rg_operator_exp, { MOVING_ROWS (1, 7) }, NULL },
    { "log", &rg_operator_log, { ABOVE_ZERO (1, 7) }, NULL },
    { "sqrt", &rg_operator_sqrt, { ABOVE_ZERO (1, 7) }, NULL },
    { "abs", &rg_operator_abs, { MOVING_ROWS (1, 7) }, NULL },
    { "square", &rg_operator_square, { MOVING (3, 7) }, NULL },
    { "reciprocal", &rg_operator_reciprocal, { ABOVE_ZERO (1, 7) }, NULL },
    { "clip", &rg_operator_clip, { MOVING_ROWS (1, 7) }, "low: -1.5, high: .7" },
    { "leaky relu", &rg_operator_leaky_relu, { MOVING_ROWS (1, 7) }, "slope: .2" },
    { "elu", &rg_operator_elu, { MOVING_ROWS (1, 7) }, "alpha: 1.3" },
    { "silu", &rg_operator_silu, { MOVING_ROWS (1, 60) }, NULL }, /* more than a part of the family's loop */
    { "multiply", &rg_operator_multiply, { MOVING_ROWS (1, 2, 3), MOVING_ROWS (1, 2, 3) }, NULL },
    { "multiply, one fixed", &rg_operator_multiply, { FIXED (2, 3), MOVING (2, 3) }, NULL },
    { "matmul", &rg_operator_matmul, { MOVING_ROWS (1, 2, 3), MOVING_ROWS (1, 3, 4) }, NULL },
    { "matmul, heads", &rg_operator_matmul, { MOVING_ROWS (1, 2, 3, 2), FIXED_ROWS (1, 2, 2, 3) }, NULL },
    { "reshape", &rg_operator_reshape, { MOVING_ROWS (1, 2, 6) }, "shape: [1, 3, 4]" },
    { "reshape, rows of examples", &rg_operator_reshape, { MOVING_ROWS (1, 2, 3) }, "shape: [2, 3]" },
    { "transpose", &rg_operator_transpose, { MOVING_ROWS (1, 2, 3, 4) }, "order: [0, 3, 1, 2]" },
    { "transpose, a matrix", &rg_operator_transpose, { MOVING (3, 4) }, "order: [1, 0]" },
    { "slice", &rg_operator_slice, { MOVING_ROWS (1, 5, 3) }, "axis: 1, start: 1, size: 3" },
    { "slice, a matrix's rows", &rg_operator_slice, { MOVING (5, 3) }, "axis: 0, start: 2, size: 3" },
    { "concatenate",
      &rg_operator_concatenate,
      { MOVING_ROWS (1, 2, 3), FIXED_ROWS (1, 1, 3), MOVING_ROWS (1, 4, 3) },
      "axis: 1" },
    { "concatenate, one operand", &rg_operator_concatenate, { MOVING (2, 3) }, "axis: 1" },
    { "pad", &rg_operator_pad, { MOVING_ROWS (1, 2, 3) }, "axis: 2, before: 1, after: 2" },
    { "expand, a bias", &rg_operator_expand, { MOVING (1, 3), FIXED_ROWS (1, 2, 3) }, NULL },
    { "expand, a scalar", &rg_operator_expand, { MOVING (1, 1), FIXED (4, 3) }, NULL },
    { "expand, pixels", &rg_operator_expand, { MOVING_ROWS (1, 1, 1, 3), FIXED_ROWS (1, 2, 2, 3) }, NULL },
    { "sum over axes", &rg_operator_sum_axes, { MOVING_ROWS (1, 2, 3, 4) }, "axes: [1, 3]" },
    { "mean over axes", &rg_operator_mean_axes, { MOVING_ROWS (1, 2, 3, 4) }, "axes: [1, 2]" },
    { "mean over rows", &rg_operator_mean_axes, { MOVING (5, 4) }, "axes: 0" },
    { "gather", &rg_operator_gather, { MOVING (4, 3), INDICES (4, 1, 3) }, NULL },
    { "softmax", &rg_operator_softmax, { MOVING_ROWS (1, 2, 4) }, NULL },
    { "log softmax", &rg_operator_log_softmax, { MOVING_ROWS (1, 4) }, NULL },
    { "convolution", &rg_operator_conv2d, { MOVING_ROWS (1, 5, 4, 2), MOVING (3, 2, 2, 3) }, NULL },
    { "convolution, stride and pad",
      &rg_operator_conv2d,
      { MOVING_ROWS (1, 5, 5, 1), MOVING (3, 3, 1, 2) },
      "stride: [2, 1], pad: [1, 0]" },
    { "convolution, same",
      &rg_operator_conv2d,
      { MOVING_ROWS (1, 5, 4, 1), MOVING (2, 3, 1, 2) },
      "pad: same, stride: 2" },
    { "convolution, dilated",
      &rg_operator_conv2d,
      { MOVING_ROWS (1, 5, 5, 1), MOVING (2, 2, 1, 2) },
      "dilation: 3, pad: 1" },
    { "convolution, groups", &rg_operator_conv2d, { MOVING_ROWS (1, 3, 3, 4), MOVING (2, 2, 2, 6) }, "groups: 2" },
    { "convolution, depthwise",
      &rg_operator_conv2d,
      { MOVING_ROWS (1, 3, 3, 3), MOVING (2, 2, 1, 3) },
      "groups: 3, pad: 1" },
    { "convolution, fixed images", &rg_operator_conv2d, { FIXED_ROWS (1, 6, 6, 1), MOVING (3, 3, 1, 2) }, NULL },
    { "convolution, fixed filters", &rg_operator_conv2d, { MOVING_ROWS (1, 4, 4, 1), FIXED (3, 3, 1, 2) }, "pad: 1" },
    { "max pool", &rg_operator_max_pool, { MOVING_ROWS (1, 4, 5, 2) }, "kernel: 2" },
    { "max pool, padded", &rg_operator_max_pool, { MOVING_ROWS (1, 4, 5, 1) }, "kernel: 3, stride: 2, pad: 1" },
    { "average pool", &rg_operator_average_pool, { MOVING_ROWS (1, 4, 5, 2) }, "kernel: [2, 3], stride: 1" },
    { "average pool, padded", &rg_operator_average_pool, { MOVING_ROWS (1, 4, 5, 1) }, "kernel: 3, stride: 2, pad: 1" },
    { "batch norm", &rg_operator_batch_norm, { MOVING_ROWS (1, 3) }, NULL },
    { "batch norm, images", &rg_operator_batch_norm, { MOVING_ROWS (1, 2, 3, 2) }, "epsilon: 1e-3" },
    { "batch norm, reference rows", &rg_operator_batch_norm, { MOVING_ROWS (1, 2, 2, 2) }, "reference: 2" },
    { "subtract", &rg_operator_subtract, { MOVING_ROWS (1, 2, 3), MOVING_ROWS (1, 2, 3) }, NULL },
    { "huber", &rg_operator_huber, { MOVING_ROWS (1, 7) }, "delta: 1.2" },
    { "example mean", &rg_operator_example_mean, { MOVING_ROWS (1, 2, 3) }, NULL },
    { "example mean, weighted", &rg_operator_example_mean, { MOVING_ROWS (1, 3), MOVING_ROWS (1, 1) }, NULL },
    { "dropout", &rg_operator_dropout, { MOVING_ROWS (1, 7) }, "rate: .4" },
    { "softmax, long rows", &rg_operator_softmax, { MOVING_ROWS (1, 41) }, NULL },
    { "log softmax, long rows", &rg_operator_log_softmax, { MOVING_ROWS (1, 41) }, NULL },
    { "layer norm, long rows", &rg_operator_layer_norm, { MOVING_ROWS (1, 141) }, NULL },
    { "layer norm, many rows", &rg_operator_layer_norm, { MOVING_ROWS (7, 6) }, NULL },
    { "batch norm, many channels", &rg_operator_batch_norm, { MOVING_ROWS (1, 141) }, NULL },
    { "transpose, long", &rg_operator_transpose, { MOVING_ROWS (1, 3, 37) }, "order: [0, 2, 1]" },
    { "mean over axes, long", &rg_operator_mean_axes, { MOVING_ROWS (1, 37, 19) }, "axes: 1" },
    { "layer norm", &rg_operator_layer_norm, { MOVING_ROWS (1, 2, 5) }, NULL },
    { "group norm", &rg_operator_group_norm, { MOVING_ROWS (1, 2, 2, 6) }, "groups: 3" },
};

enum { ROWS = sizeof rows / sizeof *rows };

static size_t
operands_of (const row *r)
{
    size_t count = 0;
    while (count < MOST && r->operand[count].shape.dimensions > 0)
        count++;
    return count;
}

/* Add a row's operator, or a broken copy of it. */
typedef struct {
    const row *row;
    const rg_operator *op;
} choice;

static rg_tensor
build (rg_graph *graph, const rg_tensor *operands, void *user)
{
    const choice *c = user;
    const rg_tensor result = rg_graph_apply (graph, c->row->op->name, operands, operands_of (c->row), c->row->options);
    if (result != RG_NO_TENSOR)
        graph->node[result].op = c->op;
    return result;
}

static rg_status
check (const row *r, const rg_operator *op, rg_operator_gaps *gaps, rg_message *message)
{
    choice c = { r, op };
    return rg_graph_check_operator (build, &c, operands_of (r), r->operand, EXAMPLES, gaps, message);
}

START_TEST (an_operator_passes_the_test_of_operators)
{
    rg_message message = { "" };
    rg_operator_gaps gaps;
    const rg_status status = check (&rows[_i], rows[_i].op, &gaps, &message);
    ck_assert_msg (status == RG_OK, "%s: %s", rows[_i].label, message.text);
    ck_assert_double_lt (gaps.gradient, 1e-7);
    ck_assert_double_lt (gaps.tangent, 1e-7);
}
END_TEST

/* ------------------------------------------------------------------ linearisations that are kept */

enum { NUMBERS = 600, ALL = 20000, BLOCK = 1 << 18 }; /* ALL: gradient, product, leaves */

/* A row's operator in a graph of its own: the loss of its result and of its operands, which move. */
static rg_tensor
loss_of (rg_graph *graph, const row *r, rg_tensor *leaf)
{
    choice c = { r, r->op };
    size_t at = 0;
    for (size_t k = 0; k < operands_of (r); k++) {
        const rg_operand *o = &r->operand[k];
        leaf[k] = o->bound > 0        ? rg_graph_integers (graph, &o->shape, o->bound)
            : o->shape.batched        ? rg_graph_batch_array (graph, &o->shape, o->moves)
                                      : rg_graph_weight_array (graph, at, &o->shape);
        at += o->shape.batched ? 0 : rg_shape_size (&o->shape, 1);
    }
    return rg_probe_add (graph, RG_NO_TENSOR, build (graph, leaf, &c), 100, 1);
}

/* Another point, or the same: leaves and weights. */
static void
bind_point (rg_executor *executor, const row *r, const rg_tensor *leaf, double *w, uint64_t stream)
{
    for (size_t i = 0; i < NUMBERS; i++)
        w[i] = rg_probe_draw (stream, i, .3, 1.9);
    rg_executor_bind_weights (executor, w);
    for (size_t k = 0; k < operands_of (r); k++) {
        const rg_operand *o = &r->operand[k];
        void *data = rg_executor_leaf (executor, leaf[k]);
        for (size_t i = 0; o->shape.batched && i < rg_shape_size (&o->shape, EXAMPLES); i++)
            if (o->bound > 0)
                ((int32_t *) data)[i] = (int32_t) ((i + stream) % o->bound);
            else
                ((double *) data)[i] = rg_probe_draw (stream + k, i, .3, 1.9);
    }
}

/* Move leaves that are batched along fixed directions. */
static void
move_leaves (rg_executor *executor, const row *r, const rg_tensor *leaf)
{
    rg_executor_clear_tangents (executor);
    for (size_t k = 0; k < operands_of (r); k++) {
        const rg_operand *o = &r->operand[k];
        double *tangent = o->moves && o->shape.batched ? rg_executor_leaf_tangent (executor, leaf[k]) : NULL;
        for (size_t i = 0; tangent != NULL && i < rg_shape_size (&o->shape, EXAMPLES); i++)
            tangent[i] = rg_probe_draw (50 + k, i, -1, 1);
    }
}

/* Gradient and product at a point, the product with the leaves behind: of a new linearisation, or of one that is held. */
static void
differentiate (rg_executor *executor, const row *r, const rg_tensor *leaf, int held, int whole, const double *w_dot, double *out)
{
    double *product = out + NUMBERS;
    if (!held)
        ck_assert_int_eq (rg_executor_gradient (executor, NULL, out), RG_OK);
    else
        rg_executor_again (executor, whole != 0, NULL, out);
    move_leaves (executor, r, leaf);
    rg_executor_tangent (executor, w_dot, product);
    product += NUMBERS;
    for (size_t k = 0; k < operands_of (r); k++) {
        const double *x = r->operand[k].moves && r->operand[k].shape.batched ? rg_executor_adjoint_tangent (executor, leaf[k]) : NULL;
        for (size_t i = 0; x != NULL && i < rg_shape_size (&r->operand[k].shape, EXAMPLES); i++)
            *product++ = x[i];
    }
    ck_assert (product <= out + ALL);
}

/* Two points in turn, each in blocks of its own, on whose ways the executor's own memory holds nothing. */
START_TEST (a_linearisation_that_is_kept_has_the_same_bits)
{
    const row *r = &rows[_i];
    static _Alignas (64) char block[2][RG_KEPT_PARTS][BLOCK];
    static double w[NUMBERS], w_dot[NUMBERS], expected[2][ALL], got[ALL];
    rg_tensor leaf[MOST];
    rg_graph *graph;
    rg_executor *executor;
    size_t bytes[RG_KEPT_PARTS];
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, EXAMPLES, NUMBERS, 1), RG_OK);
    ck_assert_int_eq (rg_graph_finish (graph, loss_of (graph, r, leaf), NULL), RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    rg_executor_kept_bytes (executor, bytes);
    ck_assert_uint_le (bytes[0], BLOCK);
    ck_assert_uint_le (bytes[1], BLOCK);
    for (size_t i = 0; i < NUMBERS; i++)
        w_dot[i] = rg_probe_draw (7, i, -1, 1);
    for (uint64_t p = 0; p < 2; p++) {
        bind_point (executor, r, leaf, w, 20 * p);
        rg_executor_keep (executor, (void *[]) { NULL, NULL });
        differentiate (executor, r, leaf, 0, 0, w_dot, expected[p]);
        rg_executor_keep (executor, (void *[]) { block[p][0], block[p][1] });
        differentiate (executor, r, leaf, 0, 0, w_dot, got);
        ck_assert_mem_eq (got, expected[p], sizeof got);
    }
    for (int k = 0; k < 4; k++) {
        const uint64_t p = (uint64_t) k % 2, whole = k < 2;
        bind_point (executor, r, leaf, w, 20 * p);
        rg_executor_keep (executor, (void *[]) { block[p][0], whole ? block[p][1] : NULL });
        memset (got, 0, sizeof got);
        if (whole) /* the gradient is not written */
            memcpy (got, expected[p], NUMBERS * sizeof *got);
        differentiate (executor, r, leaf, 1, (int) whole, w_dot, got);
        ck_assert_msg (memcmp (got, expected[p], sizeof got) == 0, "%s: %s", r->label, whole ? "whole" : "values alone");
    }
    rg_executor_free (executor);
    rg_graph_free (graph);
}
END_TEST

/* Every operator has a row. */
START_TEST (no_operator_is_left_out)
{
    for (size_t i = 0; rg_graph_operator_name (i) != NULL; i++) {
        /* These two are not what differences say: see check_graph_values. */
        int tested =
            rg_operator_at (i) == &rg_operator_stop_gradient || rg_operator_at (i) == &rg_operator_straight_through;
        for (size_t k = 0; k < ROWS; k++)
            tested |= strcmp (rows[k].op->name, rg_graph_operator_name (i)) == 0;
        ck_assert_msg (tested, "%s", rg_graph_operator_name (i));
    }
}
END_TEST

/* ------------------------------------------------------------------ negative control */

static const rg_operator *intact;

/* Spoil a number of the first derivative of a kind that was wanted. */
static void
spoil (const rg_call *call, size_t slot)
{
    for (size_t k = 0; k < call->node->operands; k++) {
        rg_slot *s = call->operand[k] == NULL ? NULL : (rg_slot *) ((char *) call->operand[k] + slot);
        if (s != NULL && s->data != NULL) {
            call->dense->fill (call->width, 1e-3, s->data, rg_claim (s));
            return;
        }
    }
}

static void
broken_backward (rg_call *call)
{
    intact->backward (call);
    spoil (call, offsetof (rg_graph_array, adjoint));
}

static void
broken_adjoint_tangents (rg_call *call)
{
    intact->adjoint_tangents (call);
    spoil (call, offsetof (rg_graph_array, adjoint_tangent));
}

static void
broken_tangents (rg_call *call)
{
    intact->tangents (call);
    call->dense->fill (1, 1e-3, call->result->tangent.data, true);
}

START_TEST (a_broken_kernel_is_seen)
{
    const row *r = &rows[_i];
    rg_operator broken = *(intact = r->op);
    rg_operator_gaps gaps;
    broken.tangents = broken_tangents;
    ck_assert_int_eq (check (r, &broken, &gaps, NULL), RG_EINPUT);
    ck_assert_double_gt (gaps.duality, 1e-9);
    broken = *intact;
    broken.backward = broken_backward;
    ck_assert_int_eq (check (r, &broken, &gaps, NULL), RG_EINPUT);
    ck_assert_double_gt (gaps.gradient, 1e-8);
    broken = *intact;
    broken.adjoint_tangents = broken_adjoint_tangents;
    ck_assert_int_eq (check (r, &broken, &gaps, NULL), RG_EINPUT);
    ck_assert_double_gt (gaps.tangent, 1e-5);
}
END_TEST

static const row *
row_of (const rg_operator *op)
{
    const row *r = rows;
    while (r->op != op)
        r++;
    return r;
}

static void
wide_is_worse (rg_call *call)
{
    intact->tangents (call);
    if (call->width == 5)
        call->dense->fill (1, 1e-3, call->result->tangent.data, true);
}

START_TEST (a_wrong_second_derivative_or_block_is_seen)
{
    rg_operator broken = rg_operator_tanh;
    rg_operator_gaps gaps;
    broken.adjoint_tangents = rg_operator_sigmoid.adjoint_tangents;
    ck_assert_int_eq (check (row_of (&rg_operator_tanh), &broken, &gaps, NULL), RG_EINPUT);
    ck_assert_double_gt (gaps.tangent, 1e-3);
    ck_assert_double_lt (gaps.duality, 1e-12);
    broken = *(intact = &rg_operator_tanh);
    broken.tangents = wide_is_worse;
    ck_assert_int_eq (check (row_of (&rg_operator_tanh), &broken, &gaps, NULL), RG_EINPUT);
    ck_assert_double_gt (gaps.block, 1e-5);
    ck_assert_double_lt (gaps.duality, 1e-12);
}
END_TEST

START_TEST (an_operator_that_does_not_fit_is_told)
{
    rg_message message = { "" };
    const row wrong = { "", &rg_operator_affine, { MOVING_ROWS (1, 4), MOVING (3, 3) }, NULL };
    ck_assert_int_eq (check (&wrong, wrong.op, NULL, &message), RG_ESHAPE);
    ck_assert_ptr_nonnull (strstr (message.text, "n x 4, 3 x 3"));
}
END_TEST

/* ------------------------------------------------------------------ by hand */

/* Loss and gradient of an operator of weights, batches and labels, for one example. */
static double
value_of (rg_graph *graph, rg_tensor loss, const double *w, const double *hyper, double *g, rg_tensor leaf,
          double *adjoint)
{
    rg_executor *executor;
    double value;
    ck_assert_int_eq (rg_graph_finish (graph, loss, NULL), RG_OK);
    ck_assert_int_eq (rg_executor_new (&executor, graph), RG_OK);
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, hyper);
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].kind == RG_NODE_INTEGERS)
            *(int32_t *) rg_executor_leaf (executor, (rg_tensor) i) = 1;
        else if (graph->node[i].kind == RG_NODE_BATCH)
            for (size_t k = 0; k < rg_node_size (&graph->node[i], 1); k++)
                ((double *) rg_executor_leaf (executor, (rg_tensor) i))[k] = hyper[k];
    ck_assert_int_eq (rg_executor_bind_rows (executor, 1, 0.37), RG_OK);
    ck_assert_int_eq (rg_executor_gradient (executor, &value, g), RG_OK);
    if (leaf != RG_NO_TENSOR)
        memcpy (adjoint, rg_executor_adjoint (executor, leaf), rg_node_size (&graph->node[leaf], 1) * sizeof *adjoint);
    rg_executor_free (executor);
    rg_graph_free (graph);
    return value;
}

static rg_graph *
graph_of (size_t weights, size_t hypers)
{
    rg_graph *graph;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, 1, weights, hypers), RG_OK);
    return graph;
}

START_TEST (losses_equal_a_case_by_hand)
{
    double g[2], a[2];
    rg_graph *graph = graph_of (1, 2);
    rg_tensor leaf = rg_graph_batch (graph, 2, 1);
    double value = value_of (graph, rg_graph_cross_entropy (graph, leaf, rg_graph_labels (graph, 2), RG_NO_TENSOR), g,
                             (double[]) { .3, .3 }, g, leaf, a);
    ck_assert_double_eq_tol (value, .37 * log (2), 1e-15);
    ck_assert_double_eq_tol (a[0], .37 / 2, 1e-16);
    ck_assert_double_eq_tol (a[1], -.37 / 2, 1e-16);
    graph = graph_of (1, 1);
    leaf = rg_graph_batch (graph, 1, 1);
    value = value_of (
        graph,
        rg_graph_squared_error (graph, rg_graph_scale (graph, leaf, rg_graph_constant (graph, 1, 1, (double[]) { 3 })),
                                leaf, RG_NO_TENSOR),
        g, (double[]) { 1 }, g, leaf, a);
    ck_assert_double_eq_tol (value, .37 * 4, 1e-15);
    ck_assert_double_eq_tol (a[0], .37 * (3 * 4 - 4), 1e-15);
    graph = graph_of (1, 1);
    leaf = rg_graph_hyper (graph, 0, 1, 1);
    value = value_of (graph, rg_graph_penalty_l2 (graph, rg_graph_weights (graph, 0, 1, 1), leaf, 0, NULL),
                      (double[]) { 2 }, (double[]) { 3 }, g, leaf, a);
    ck_assert_double_eq (value, 12);
    ck_assert_double_eq (g[0], 12);
    ck_assert_double_eq (a[0], 4);
    graph = graph_of (2, 1);
    leaf = rg_graph_hyper (graph, 0, 1, 1);
    value = value_of (graph, rg_graph_interaction (graph, rg_graph_weights (graph, 0, 2, 1), leaf), (double[]) { 1, 3 },
                      (double[]) { 5 }, g, leaf, a);
    ck_assert_double_eq (value, 20);
    ck_assert_double_eq (g[0], -20);
    ck_assert_double_eq (g[1], 20);
    ck_assert_double_eq (a[0], 4);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph operator");
    TCase *kernels = tcase_create ("kernels"), *control = tcase_create ("negative control"),
          *hand = tcase_create ("by hand");
    tcase_add_loop_test (kernels, a_linearisation_that_is_kept_has_the_same_bits, 0, (int) ROWS);
    tcase_add_loop_test (kernels, an_operator_passes_the_test_of_operators, 0, ROWS);
    tcase_add_test (kernels, no_operator_is_left_out);
    tcase_add_loop_test (control, a_broken_kernel_is_seen, 0, ROWS);
    tcase_add_test (control, a_wrong_second_derivative_or_block_is_seen);
    tcase_add_test (control, an_operator_that_does_not_fit_is_told);
    tcase_add_test (hand, losses_equal_a_case_by_hand);
    suite_add_tcase (suite, kernels);
    suite_add_tcase (suite, control);
    suite_add_tcase (suite, hand);
    return run_suite (suite);
}

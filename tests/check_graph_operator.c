/* check_graph_operator.c -- every operator's four kernels, by properties, one operator at a time. */
#include <string.h>

#include "uniform.h"

#include "graph/node.h"
#include "testing.h"

enum { EXAMPLES = 5, ROOM = 64 };

typedef enum { ABSENT, FIXED, MOVING, LABELS } operand_kind; /* MOVING: differentiable */

typedef struct {
    operand_kind kind;
    size_t rows, cols; /* rows 0: batched */
} operand_spec;

static const size_t three_ends[] = { 2, 5, 12 }, group_ends[] = { 1, 3, 5 };

static const struct operator_case {
    const char *label;
    const rg_operator *op;
    operand_spec operand[RG_OPERANDS];
    size_t segments; /* 3 or 0 */
} cases[] = {
    { "affine, all moving", &rg_operator_affine, { { MOVING, 0, 4 }, { MOVING, 4, 3 }, { MOVING, 1, 3 } }, 0 },
    { "affine, fixed input", &rg_operator_affine, { { FIXED, 0, 4 }, { MOVING, 4, 3 }, { MOVING, 3, 1 } }, 0 },
    { "affine, fixed weight", &rg_operator_affine, { { MOVING, 0, 4 }, { FIXED, 4, 3 }, { FIXED, 1, 3 } }, 0 },
    { "affine, no bias", &rg_operator_affine, { { MOVING, 0, 4 }, { MOVING, 4, 1 } }, 0 },
    { "affine, not batched", &rg_operator_affine, { { MOVING, 2, 4 }, { MOVING, 4, 3 }, { MOVING, 1, 3 } }, 0 },
    { "tanh", &rg_operator_tanh, { { MOVING, 0, 7 } }, 0 },
    { "relu", &rg_operator_relu, { { MOVING, 0, 7 } }, 0 },
    { "sigmoid", &rg_operator_sigmoid, { { MOVING, 0, 7 } }, 0 },
    { "softplus", &rg_operator_softplus, { { MOVING, 3, 7 } }, 0 },
    { "cross entropy", &rg_operator_cross_entropy, { { MOVING, 0, 4 }, { LABELS, 0, 4 } }, 0 },
    { "cross entropy, fixed weights", &rg_operator_cross_entropy,
      { { MOVING, 0, 4 }, { LABELS, 0, 4 }, { FIXED, 0, 1 } }, 0 },
    { "cross entropy, moving weights", &rg_operator_cross_entropy,
      { { MOVING, 0, 4 }, { LABELS, 0, 4 }, { MOVING, 0, 1 } }, 0 },
    { "cross entropy, only weights moving", &rg_operator_cross_entropy,
      { { FIXED, 0, 4 }, { LABELS, 0, 3 }, { MOVING, 0, 1 } }, 0 },
    { "squared error", &rg_operator_squared_error, { { MOVING, 0, 3 }, { FIXED, 0, 3 } }, 0 },
    { "squared error, moving targets and weights", &rg_operator_squared_error,
      { { MOVING, 0, 3 }, { MOVING, 0, 3 }, { MOVING, 0, 1 } }, 0 },
    { "squared error, only targets moving", &rg_operator_squared_error, { { FIXED, 0, 3 }, { MOVING, 0, 3 } }, 0 },
    { "sum", &rg_operator_sum, { { MOVING, 0, 7 } }, 0 },
    { "scale", &rg_operator_scale, { { MOVING, 0, 3 }, { MOVING, 1, 1 } }, 0 },
    { "scale, fixed factor", &rg_operator_scale, { { MOVING, 2, 3 }, { FIXED, 1, 1 } }, 0 },
    { "scale, fixed array", &rg_operator_scale, { { FIXED, 2, 3 }, { MOVING, 1, 1 } }, 0 },
    { "add", &rg_operator_add, { { MOVING, 0, 3 }, { MOVING, 0, 3 } }, 0 },
    { "add, one fixed", &rg_operator_add, { { FIXED, 2, 3 }, { MOVING, 2, 3 } }, 0 },
    { "penalty, one coefficient", &rg_operator_penalty_l2, { { MOVING, 4, 3 }, { MOVING, 1, 1 } }, 0 },
    { "penalty, one a segment", &rg_operator_penalty_l2, { { MOVING, 12, 1 }, { MOVING, 3, 1 } }, 3 },
    { "penalty, one a weight", &rg_operator_penalty_l2, { { MOVING, 4, 3 }, { MOVING, 12, 1 } }, 0 },
    { "penalty, fixed coefficients", &rg_operator_penalty_l2, { { MOVING, 4, 3 }, { FIXED, 12, 1 } }, 0 },
    { "penalty, fixed weights", &rg_operator_penalty_l2, { { FIXED, 4, 3 }, { MOVING, 3, 1 } }, 3 },
    { "block affine, all moving", &rg_operator_block_affine, { { MOVING, 0, 4 }, { MOVING, 3, 8 }, { MOVING, 3, 2 } }, 3 },
    { "block affine, fixed input", &rg_operator_block_affine, { { FIXED, 0, 4 }, { MOVING, 3, 8 }, { MOVING, 3, 2 } }, 3 },
    { "block affine, fixed weights", &rg_operator_block_affine, { { MOVING, 0, 4 }, { FIXED, 3, 8 }, { FIXED, 3, 2 } }, 3 },
    { "interaction", &rg_operator_interaction, { { MOVING, 4, 3 }, { MOVING, 6, 1 } }, 0 },
    { "interaction, fixed strength", &rg_operator_interaction, { { MOVING, 3, 5 }, { FIXED, 3, 1 } }, 0 },
    { "interaction, fixed weights", &rg_operator_interaction, { { FIXED, 3, 5 }, { MOVING, 3, 1 } }, 0 },
};

/* One operator with its operands and room for all it computes. */
typedef struct {
    const rg_dense *dense;
    const rg_operator *op;
    rg_node operand_node[RG_OPERANDS], node;
    rg_array operand[RG_OPERANDS], result;
    rg_call call;
    double room[4 * RG_OPERANDS + 4][ROOM], kept[8 * ROOM], scratch[4 * ROOM];
} rig;

/* A random array; high-entropy numbers, and none within 0.1 of the kink of relu. */
static void
randomise (const rig *r, void *data, size_t count, uint64_t stream)
{
    double x[ROOM];
    for (size_t i = 0; i < count; i++) {
        x[i] = uniform (0, stream * 1000 + i, -2.385, 2.385);
        x[i] += x[i] < 0 ? -0.1 : 0.1;
    }
    r->dense->convert (count, x, data);
}

static void
set_operand (rig *r, int k, const operand_spec *spec)
{
    rg_node *node = &r->operand_node[k];
    rg_array *array = &r->operand[k];
    const bool batched = spec->rows == 0;
    *node = (rg_node) { .kind = spec->kind == LABELS ? RG_NODE_LABELS : RG_NODE_BATCH,
                        .rows = batched ? 1 : spec->rows, .cols = spec->kind == LABELS ? 1 : spec->cols,
                        .batched = batched, .classes = spec->cols, .differentiable = spec->kind == MOVING };
    *array = (rg_array) { .rows = batched ? EXAMPLES : spec->rows, .cols = node->cols, .value = r->room[4 * k] };
    if (spec->kind == MOVING) {
        array->tangent.data = r->room[4 * k + 1];
        array->adjoint.data = r->room[4 * k + 2];
        array->adjoint_tangent.data = r->room[4 * k + 3];
    }
    if (spec->kind != LABELS)
        randomise (r, array->value, rg_array_size (array), (uint64_t) k);
    for (int32_t i = 0; spec->kind == LABELS && i < EXAMPLES; i++)
        ((int32_t *) array->value)[i] = (i * 2 + 1) % (int32_t) spec->cols;
}

static void
set_up (rig *r, const struct operator_case *c, const rg_operator *op, rg_precision precision)
{
    const rg_node *operand[RG_OPERANDS] = { NULL };
    memset (r, 0, sizeof *r);
    r->dense = rg_dense_get (precision);
    r->op = op;
    r->call = (rg_call) { .dense = r->dense, .node = &r->node, .result = &r->result, .kept = r->kept, .scratch = r->scratch,
                          .factor = 0.37 };
    r->node.segments = c->segments;
    r->node.ends = (size_t *) (uintptr_t) (op->shape == rg_operator_block_affine.shape ? group_ends : three_ends);
    for (int k = 0; k < RG_OPERANDS; k++)
        if (c->operand[k].kind != ABSENT) {
            set_operand (r, k, &c->operand[k]);
            operand[k] = &r->operand_node[k];
            r->call.operand[k] = &r->operand[k];
        }
    ck_assert_int_eq (op->shape (&r->node, operand, EXAMPLES), RG_OK);
    ck_assert_uint_le (r->node.kept, 8 * ROOM);
    ck_assert_uint_le (r->node.scratch, 4 * ROOM);
    double (*room)[ROOM] = r->room + 4 * RG_OPERANDS;
    r->result = (rg_array) { .rows = r->node.batched ? EXAMPLES : r->node.rows, .cols = r->node.cols,
                             .value = room[0], .tangent = { room[1], false }, .adjoint = { room[2], false },
                             .adjoint_tangent = { room[3], false } };
    ck_assert_uint_le (rg_array_size (&r->result), ROOM);
}

static bool
moves (const rig *r, int k)
{
    return r->call.operand[k] != NULL && r->operand_node[k].differentiable;
}

/* <x, y> over all moving operands, by slots chosen with offsetof. */
static double
operand_dot (const rig *r, size_t slot, double (*other)[ROOM])
{
    double total = 0;
    for (int k = 0; k < RG_OPERANDS; k++) {
        const rg_slot *s = (const rg_slot *) ((const char *) &r->operand[k] + slot);
        if (moves (r, k) && s->present)
            total += r->dense->dot (rg_array_size (&r->operand[k]), s->data, other[k]);
    }
    return total;
}

static void
draw_direction (const rig *r, double (*direction)[ROOM], uint64_t stream)
{
    for (int k = 0; k < RG_OPERANDS; k++)
        if (moves (r, k))
            randomise (r, direction[k], rg_array_size (&r->operand[k]), stream + (uint64_t) k);
}

static void
forget (rg_slot *slot)
{
    slot->present = false;
}

static void
run_gradient (rig *r)
{
    for (int k = 0; k < RG_OPERANDS; k++)
        forget (&r->operand[k].adjoint);
    r->op->forward (&r->call);
    r->result.adjoint.present = true;
    r->op->backward (&r->call);
}

/* After run_gradient: the tangent kernels in a direction; outer: with the tangent of the adjoint. */
static void
run_tangent (rig *r, double (*direction)[ROOM], bool outer)
{
    for (int k = 0; k < RG_OPERANDS; k++) {
        forget (&r->operand[k].adjoint_tangent);
        r->operand[k].tangent.present = moves (r, k);
        if (moves (r, k))
            memcpy (r->operand[k].tangent.data, direction[k], rg_array_size (&r->operand[k]) * r->dense->size);
    }
    forget (&r->result.tangent);
    r->op->forward_tangent (&r->call);
    r->result.adjoint_tangent.present = outer;
    r->op->backward_tangent (&r->call);
}

/* |<ȳ, J ẋ> - <Jᵀ ȳ, ẋ>|, relative. */
static double
duality_gap (const struct operator_case *c, const rg_operator *op, rg_precision precision)
{
    static rig r;
    double direction[RG_OPERANDS][ROOM];
    set_up (&r, c, op, precision);
    draw_direction (&r, direction, 10);
    randomise (&r, r.result.adjoint.data, rg_array_size (&r.result), 20);
    run_gradient (&r);
    run_tangent (&r, direction, false);
    const double out = r.dense->dot (rg_array_size (&r.result), r.result.adjoint.data, r.result.tangent.data);
    const double in = operand_dot (&r, offsetof (rg_array, adjoint), direction);
    return fabs (out - in) / fmax (1, fabs (out));
}

/* x + s ẋ into the operands' values. */
static void
move_operands (rig *r, double (*x)[ROOM], double (*direction)[ROOM], double s)
{
    for (int k = 0; k < RG_OPERANDS; k++)
        if (moves (r, k))
            for (size_t i = 0; i < rg_array_size (&r->operand[k]); i++)
                ((double *) r->operand[k].value)[i] = x[k][i] + s * direction[k][i];
}

/* The adjoints of the operands, zeros where absent, at x + s ẋ and ȳ + s ȳ̇. */
static void
adjoints_at (rig *r, double (*x)[ROOM], double (*direction)[ROOM], const double *y_bar, const double *y_bar_dot,
             double s, double (*out)[ROOM])
{
    move_operands (r, x, direction, s);
    for (size_t i = 0; i < rg_array_size (&r->result); i++)
        ((double *) r->result.adjoint.data)[i] = y_bar[i] + s * y_bar_dot[i];
    run_gradient (r);
    memset (out, 0, RG_OPERANDS * sizeof *out);
    for (int k = 0; k < RG_OPERANDS; k++)
        if (moves (r, k) && r->operand[k].adjoint.present)
            memcpy (out[k], r->operand[k].adjoint.data, rg_array_size (&r->operand[k]) * sizeof (double));
}

/* The largest relative error of backward (gradient) and backward_tangent against central differences. */
static double
difference_gap (const struct operator_case *c, const rg_operator *op, bool second)
{
    static rig r;
    double x[RG_OPERANDS][ROOM], direction[RG_OPERANDS][ROOM], below[RG_OPERANDS][ROOM], above[RG_OPERANDS][ROOM],
        at[RG_OPERANDS][ROOM], y_bar[ROOM], y_bar_dot[ROOM];
    const double h = 1e-5;
    set_up (&r, c, op, RG_DOUBLE);
    draw_direction (&r, direction, 10);
    const size_t n = rg_array_size (&r.result);
    randomise (&r, y_bar, n, 20);
    randomise (&r, y_bar_dot, n, 21);
    for (int k = 0; k < RG_OPERANDS; k++)
        memcpy (x[k], r.room[4 * k], sizeof x[k]);
    double value[2] = { 0 }, worst = 0;
    for (int side = 0; side < 2; side++) {
        adjoints_at (&r, x, direction, y_bar, y_bar_dot, side == 0 ? -h : h, side == 0 ? below : above);
        value[side] = r.dense->dot (n, y_bar, r.result.value);
    }
    adjoints_at (&r, x, direction, y_bar, y_bar_dot, 0, at);
    if (!second) {
        const double slope = (value[1] - value[0]) / (2 * h);
        return fabs (operand_dot (&r, offsetof (rg_array, adjoint), direction) - slope) / fmax (1, fabs (slope));
    }
    memcpy (r.result.adjoint_tangent.data, y_bar_dot, sizeof y_bar_dot);
    run_tangent (&r, direction, true);
    for (int k = 0; k < RG_OPERANDS; k++)
        for (size_t i = 0; moves (&r, k) && i < rg_array_size (&r.operand[k]); i++) {
            const rg_slot *slot = &r.operand[k].adjoint_tangent;
            const double got = slot->present ? ((double *) slot->data)[i] : 0;
            const double expect = (above[k][i] - below[k][i]) / (2 * h);
            worst = fmax (worst, fabs (got - expect) / fmax (1, fabs (expect)));
        }
    return worst;
}

/* |uᵀHv - vᵀHu|, relative, H the second derivative of <ȳ, f>. */
static double
symmetry_gap (const struct operator_case *c, const rg_operator *op, rg_precision precision)
{
    static rig r;
    double u[RG_OPERANDS][ROOM], v[RG_OPERANDS][ROOM];
    set_up (&r, c, op, precision);
    draw_direction (&r, u, 30);
    draw_direction (&r, v, 40);
    randomise (&r, r.result.adjoint.data, rg_array_size (&r.result), 20);
    run_gradient (&r);
    run_tangent (&r, u, false);
    const double vhu = operand_dot (&r, offsetof (rg_array, adjoint_tangent), v);
    run_tangent (&r, v, false);
    const double uhv = operand_dot (&r, offsetof (rg_array, adjoint_tangent), u);
    return fabs (vhu - uhv) / fmax (1, fabs (vhu));
}

static const rg_precision precisions[] = { RG_SINGLE, RG_DOUBLE };
static const double rounding[] = { 2e-5, 1e-12 };

START_TEST (forward_tangent_and_backward_are_transposes)
{
    for (int p = 0; p < 2; p++) {
        const double gap = duality_gap (&cases[_i], cases[_i].op, precisions[p]);
        ck_assert_msg (gap < rounding[p], "%s: %g", cases[_i].label, gap);
    }
}
END_TEST

START_TEST (backward_agrees_with_central_differences)
{
    const double gap = difference_gap (&cases[_i], cases[_i].op, false);
    ck_assert_msg (gap < 1e-8, "%s: %g", cases[_i].label, gap);
}
END_TEST

START_TEST (backward_tangent_agrees_with_central_differences)
{
    const double gap = difference_gap (&cases[_i], cases[_i].op, true);
    ck_assert_msg (gap < 1e-7, "%s: %g", cases[_i].label, gap);
}
END_TEST

START_TEST (the_second_derivative_is_symmetric)
{
    for (int p = 0; p < 2; p++) {
        const double gap = symmetry_gap (&cases[_i], cases[_i].op, precisions[p]);
        ck_assert_msg (gap < rounding[p], "%s: %g", cases[_i].label, gap);
    }
}
END_TEST

/* A kernel that adds: it is run twice and must give twice the result. */
START_TEST (backward_adds_to_what_is_present)
{
    static rig r;
    double once[RG_OPERANDS][ROOM];
    set_up (&r, &cases[_i], cases[_i].op, RG_DOUBLE);
    randomise (&r, r.result.adjoint.data, rg_array_size (&r.result), 20);
    run_gradient (&r);
    for (int k = 0; k < RG_OPERANDS; k++)
        if (moves (&r, k))
            memcpy (once[k], r.operand[k].adjoint.data, sizeof once[k]);
    r.op->backward (&r.call);
    for (int k = 0; k < RG_OPERANDS; k++)
        for (size_t i = 0; moves (&r, k) && i < rg_array_size (&r.operand[k]); i++)
            ck_assert_double_eq_tol (((double *) r.operand[k].adjoint.data)[i], 2 * once[k][i], 1e-14);
}
END_TEST

/* ------------------------------------------------------------------ negative control */

static const rg_operator *intact;

/* Spoil the first number of the first derivative of a kind that was wanted. */
static void
spoil (const rg_call *call, size_t slot)
{
    for (int k = 0; k < RG_OPERANDS; k++) {
        rg_slot *s = call->operand[k] == NULL ? NULL : (rg_slot *) ((char *) call->operand[k] + slot);
        if (s != NULL && s->data != NULL) {
            call->dense->fill (1, 1e-3, s->data, rg_claim (s));
            return;
        }
    }
}

static void
broken_backward (rg_call *call)
{
    intact->backward (call);
    spoil (call, offsetof (rg_array, adjoint));
}

static void
broken_backward_tangent (rg_call *call)
{
    intact->backward_tangent (call);
    spoil (call, offsetof (rg_array, adjoint_tangent));
}

static void
broken_forward_tangent (rg_call *call)
{
    intact->forward_tangent (call);
    call->dense->fill (1, 1e-3, call->result->tangent.data, true);
}

START_TEST (a_broken_kernel_is_seen)
{
    rg_operator broken = *(intact = cases[_i].op);
    broken.forward_tangent = broken_forward_tangent;
    ck_assert_msg (duality_gap (&cases[_i], &broken, RG_DOUBLE) > 1e-7, "%s", cases[_i].label);
    broken = *intact;
    broken.backward = broken_backward;
    ck_assert_msg (duality_gap (&cases[_i], &broken, RG_DOUBLE) > 1e-7, "%s", cases[_i].label);
    ck_assert_msg (difference_gap (&cases[_i], &broken, false) > 1e-7, "%s", cases[_i].label);
    broken = *intact;
    broken.backward_tangent = broken_backward_tangent;
    ck_assert_msg (difference_gap (&cases[_i], &broken, true) > 1e-5, "%s", cases[_i].label);
}
END_TEST

START_TEST (a_wrong_second_derivative_is_seen)
{
    rg_operator broken = rg_operator_tanh;
    broken.backward_tangent = rg_operator_sigmoid.backward_tangent;
    const struct operator_case *c = cases;
    while (c->op != &rg_operator_tanh)
        c++;
    ck_assert_double_gt (difference_gap (c, &broken, true), 1e-3);
}
END_TEST

/* ------------------------------------------------------------------ several tangents side by side */

enum { WIDTH = 5 };

/* A tensor's derivatives [element][tangent], and what the single kernels found for one tangent after the other. */
typedef struct {
    double direction[ROOM * WIDTH], out[ROOM * WIDTH], expect[ROOM * WIDTH];
    bool expected;
} wide_slot;

static double
real_of (const rig *r, const void *data, size_t i)
{
    return r->dense->precision == RG_SINGLE ? (double) ((const float *) data)[i] : ((const double *) data)[i];
}

/* Copy one tangent of an array to its place among several, or back. */
static void
interleave (const rig *r, void *wide, void *one, size_t n, size_t width, size_t k, bool into)
{
    for (size_t i = 0; i < n; i++) {
        char *a = (char *) wide + (i * width + k) * r->dense->size, *b = (char *) one + i * r->dense->size;
        memcpy (into ? a : b, into ? b : a, r->dense->size);
    }
}

/* The k-th direction through the single kernels; operands outside the mask do not move. */
static void
run_one (rig *r, unsigned mask, bool outer, size_t width, size_t k, wide_slot *operand, wide_slot *result)
{
    for (int o = 0; o < RG_OPERANDS; o++) {
        forget (&r->operand[o].adjoint_tangent);
        r->operand[o].tangent.present = moves (r, o) && (mask >> o & 1) != 0;
        if (moves (r, o))
            interleave (r, operand[o].direction, r->operand[o].tangent.data, rg_array_size (&r->operand[o]), width, k,
                        false);
    }
    forget (&r->result.tangent);
    interleave (r, result->direction, r->result.adjoint_tangent.data, rg_array_size (&r->result), width, k, false);
    if (mask != 0)
        r->op->forward_tangent (&r->call);
    r->result.adjoint_tangent.present = outer;
    r->op->backward_tangent (&r->call);
    result->expected = r->result.tangent.present;
    interleave (r, result->expect, r->result.tangent.data, rg_array_size (&r->result), width, k, true);
    for (int o = 0; o < RG_OPERANDS; o++)
        if (moves (r, o)) {
            operand[o].expected = r->operand[o].adjoint_tangent.present;
            interleave (r, operand[o].expect, r->operand[o].adjoint_tangent.data, rg_array_size (&r->operand[o]), width,
                        k, true);
        }
}

/* All directions at once. */
static void
run_wide (rig *r, unsigned mask, bool outer, size_t width, wide_slot *operand, wide_slot *result)
{
    static double room[8 * ROOM * WIDTH];
    rig w = *r;
    ck_assert_uint_le (r->node.room * WIDTH, sizeof room / sizeof *room);
    w.call.width = width;
    w.call.room = room;
    w.call.result = &w.result;
    w.call.node = &w.node;
    w.call.kept = r->kept;
    for (int o = 0; o < RG_OPERANDS; o++)
        if (r->call.operand[o] != NULL) {
            w.call.operand[o] = &w.operand[o];
            if (moves (r, o)) {
                w.operand[o].tangent = (rg_slot) { operand[o].direction, (mask >> o & 1) != 0 };
                w.operand[o].adjoint_tangent = (rg_slot) { operand[o].out, false };
            }
        }
    w.result.tangent = (rg_slot) { result->out, false };
    w.result.adjoint_tangent = (rg_slot) { result->direction, false };
    if (mask != 0)
        w.op->forward_tangents (&w.call);
    ck_assert (w.result.tangent.present == result->expected);
    w.result.adjoint_tangent.present = outer;
    /* where the operator does not say so, backward must not need the result's tangent */
    if (!w.op->bends)
        w.result.tangent = (rg_slot) { NULL, false };
    w.op->backward_tangents (&w.call);
    for (int o = 0; o < RG_OPERANDS; o++)
        if (moves (r, o))
            ck_assert (w.operand[o].adjoint_tangent.present == operand[o].expected);
}

static void
wide_equals (const rig *r, const char *label, const wide_slot *slot, size_t count)
{
    const double tolerance = r->dense->precision == RG_SINGLE ? 1e-5 : 1e-12;
    for (size_t i = 0; slot->expected && i < count; i++) {
        const double got = real_of (r, slot->out, i), expect = real_of (r, slot->expect, i);
        ck_assert_msg (fabs (got - expect) <= tolerance * fmax (1, fabs (expect)), "%s: number %zu: %.17g, expected %.17g",
                       label, i, got, expect);
    }
}

START_TEST (tangents_side_by_side_are_those_one_by_one)
{
    static rig r;
    static wide_slot operand[RG_OPERANDS], result;
    static const size_t widths[] = { 1, 2, WIDTH };
    for (unsigned which = 0; which < 2 * 3 * 2 * 8; which++) {
        const rg_precision precision = precisions[which & 1];
        const bool outer = (which >> 1 & 1) != 0;
        const unsigned mask = which >> 2 & 7;
        const size_t width = widths[which >> 5];
        unsigned moving = 0;
        set_up (&r, &cases[_i], cases[_i].op, precision);
        randomise (&r, r.result.adjoint.data, rg_array_size (&r.result), 20);
        for (unsigned o = 0; o < RG_OPERANDS; o++)
            moving |= (unsigned) moves (&r, (int) o) << o;
        if ((mask & ~moving) != 0 || (mask == 0 && !outer))
            continue;
        for (size_t k = 0; k < width; k++) { /* draw by way of the single slots: few numbers at a time */
            for (int o = 0; o < RG_OPERANDS; o++)
                if (moves (&r, o)) {
                    const size_t n = rg_array_size (&r.operand[o]);
                    randomise (&r, r.operand[o].tangent.data, n, 100 + 10 * k + (uint64_t) o);
                    interleave (&r, operand[o].direction, r.operand[o].tangent.data, n, width, k, true);
                }
            randomise (&r, r.result.adjoint_tangent.data, rg_array_size (&r.result), 200 + k);
            interleave (&r, result.direction, r.result.adjoint_tangent.data, rg_array_size (&r.result), width, k, true);
        }
        run_gradient (&r);
        for (size_t k = 0; k < width; k++)
            run_one (&r, mask, outer, width, k, operand, &result);
        run_wide (&r, mask, outer, width, operand, &result);
        wide_equals (&r, cases[_i].label, &result, rg_array_size (&r.result) * width);
        for (int o = 0; o < RG_OPERANDS; o++)
            if (moves (&r, o))
                wide_equals (&r, cases[_i].label, &operand[o], rg_array_size (&r.operand[o]) * width);
    }
}
END_TEST

/* ------------------------------------------------------------------ by hand */

START_TEST (losses_equal_a_case_by_hand)
{
    static rig r;
    const struct operator_case entropy = { "", &rg_operator_cross_entropy, { { MOVING, 0, 2 }, { LABELS, 0, 2 } }, 0 },
                               error = { "", &rg_operator_squared_error, { { MOVING, 0, 1 }, { FIXED, 0, 1 } }, 0 },
                               penalty = { "", &rg_operator_penalty_l2, { { MOVING, 1, 1 }, { MOVING, 1, 1 } }, 0 },
                               pull = { "", &rg_operator_interaction, { { MOVING, 2, 1 }, { MOVING, 1, 1 } }, 0 };
    set_up (&r, &entropy, entropy.op, RG_DOUBLE);
    r.dense->fill (2 * EXAMPLES, 0.3, r.operand[0].value, false);
    r.dense->fill (1, 1, r.result.adjoint.data, false);
    run_gradient (&r);
    ck_assert_double_eq_tol (*(double *) r.result.value, 0.37 * EXAMPLES * log (2), 1e-14);
    ck_assert_double_eq_tol (fabs (*(double *) r.operand[0].adjoint.data), 0.37 / 2, 1e-15);
    set_up (&r, &error, error.op, RG_DOUBLE);
    r.dense->fill (EXAMPLES, 3, r.operand[0].value, false);
    r.dense->fill (EXAMPLES, 1, r.operand[1].value, false);
    r.dense->fill (1, 1, r.result.adjoint.data, false);
    run_gradient (&r);
    ck_assert_double_eq_tol (*(double *) r.result.value, 0.37 * EXAMPLES * 4, 1e-14);
    ck_assert_double_eq_tol (*(double *) r.operand[0].adjoint.data, 0.37 * 4, 1e-15);
    set_up (&r, &penalty, penalty.op, RG_DOUBLE);
    *(double *) r.operand[0].value = 2;
    *(double *) r.operand[1].value = 3;
    r.dense->fill (1, 1, r.result.adjoint.data, false);
    run_gradient (&r);
    ck_assert_double_eq (*(double *) r.result.value, 12);
    ck_assert_double_eq (*(double *) r.operand[0].adjoint.data, 12);
    ck_assert_double_eq (*(double *) r.operand[1].adjoint.data, 4);
    set_up (&r, &pull, pull.op, RG_DOUBLE);
    memcpy (r.operand[0].value, (double[]) { 1, 3 }, 2 * sizeof (double));
    *(double *) r.operand[1].value = 5;
    r.dense->fill (1, 1, r.result.adjoint.data, false);
    run_gradient (&r);
    ck_assert_double_eq (*(double *) r.result.value, 20);
    ck_assert_double_eq (((double *) r.operand[0].adjoint.data)[0], -20);
    ck_assert_double_eq (((double *) r.operand[0].adjoint.data)[1], 20);
    ck_assert_double_eq (*(double *) r.operand[1].adjoint.data, 4);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph operator");
    TCase *kernels = tcase_create ("kernels"), *control = tcase_create ("negative control"),
          *hand = tcase_create ("by hand");
    const int count = (int) (sizeof cases / sizeof *cases);
    tcase_add_loop_test (kernels, forward_tangent_and_backward_are_transposes, 0, count);
    tcase_add_loop_test (kernels, backward_agrees_with_central_differences, 0, count);
    tcase_add_loop_test (kernels, backward_tangent_agrees_with_central_differences, 0, count);
    tcase_add_loop_test (kernels, the_second_derivative_is_symmetric, 0, count);
    tcase_add_loop_test (kernels, backward_adds_to_what_is_present, 0, count);
    tcase_add_loop_test (kernels, tangents_side_by_side_are_those_one_by_one, 0, count);
    tcase_add_loop_test (control, a_broken_kernel_is_seen, 0, count);
    tcase_add_test (control, a_wrong_second_derivative_is_seen);
    tcase_add_test (hand, losses_equal_a_case_by_hand);
    suite_add_tcase (suite, kernels);
    suite_add_tcase (suite, control);
    suite_add_tcase (suite, hand);
    return run_suite (suite);
}

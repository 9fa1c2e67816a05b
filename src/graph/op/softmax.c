/*
 * softmax.c -- the operators p = softmax x and y = log p, along the last dimension.
 *
 * For a row, with <.,.> its inner product:
 *   ṗ = p∘(ẋ - <p, ẋ>)   x̄ = p∘(p̄ - <p, p̄>)   x̄̇ = ṗ∘(p̄ - <p, p̄>) + p∘(p̄̇ - <ṗ, p̄> - <p, p̄̇>)
 *   ẏ = ẋ - <p, ẋ>   x̄ = ȳ - p Σ ȳ   x̄̇ = ȳ̇ - p Σ ȳ̇ - ṗ Σ ȳ
 * all in double precision, rounded once. Example by hand: two equal numbers give p = 1/2, y = -log 2.
 */
#include <math.h>

#include "graph/op/unary.h"
#include "graph/operators.h"

static double
get (const rg_call *call, const void *data, size_t i)
{
    return call->dense->precision == RG_SINGLE ? (double) ((const float *) data)[i] : ((const double *) data)[i];
}

static void
put (const rg_call *call, void *data, size_t i, double value, bool accumulate)
{
    if (call->dense->precision == RG_SINGLE)
        ((float *) data)[i] = (float) (accumulate ? (double) ((float *) data)[i] + value : value);
    else
        ((double *) data)[i] = accumulate ? ((double *) data)[i] + value : value;
}

/* The rows of a call, [rows x cols]. */
typedef struct {
    size_t rows, cols;
} rows_of_call;

static rows_of_call
rows_of (const rg_call *call)
{
    const size_t cols = rg_array_last (call->result);
    return (rows_of_call) { rg_array_size (call->result) / cols, cols };
}

/* Σ_c p_c x_c over a row from i on; NULL p: 1; NULL x: 0. */
static double
inner (const rg_call *call, const void *p, const void *x, size_t i, size_t cols)
{
    double total = 0;
    for (size_t c = i; x != NULL && c < i + cols; c++)
        total += (p == NULL ? 1 : get (call, p, c)) * get (call, x, c);
    return total;
}

/* p is kept; log: the result is its logarithm. */
static void
run (rg_call *call, bool log_of)
{
    const rows_of_call r = rows_of (call);
    const void *x = call->operand[0]->value;
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        double most = get (call, x, i), total = 0;
        for (size_t c = i + 1; c < i + r.cols; c++)
            most = get (call, x, c) > most ? get (call, x, c) : most;
        for (size_t c = i; c < i + r.cols; c++)
            total += exp (get (call, x, c) - most);
        for (size_t c = i; c < i + r.cols; c++) {
            const double y = get (call, x, c) - most - log (total);
            put (call, call->kept, c, exp (y), false);
            put (call, call->result->value, c, log_of ? y : exp (y), false);
        }
    }
}

static void
forward (rg_call *call)
{
    run (call, false);
}

static void
backward (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *p_bar = call->result->adjoint.data;
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double mean = inner (call, p, p_bar, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++)
            put (call, out->data, c, get (call, p, c) * (get (call, p_bar, c) - mean), accumulate);
    }
}

static void
tangents (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *x_dot = call->operand[0]->tangent.data;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double mean = inner (call, p, x_dot, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++)
            put (call, out->data, c, get (call, p, c) * (get (call, x_dot, c) - mean), accumulate);
    }
}

/* A slot's numbers; NULL: zeros. */
static const void *
data_of (const rg_slot *slot)
{
    return slot->present ? slot->data : NULL;
}

static double
or_zero (const rg_call *call, const void *data, size_t i)
{
    return data == NULL ? 0 : get (call, data, i);
}

static void
adjoint_tangents (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *p_bar = call->result->adjoint.data, *x_dot = data_of (&call->operand[0]->tangent),
               *p_bar_dot = data_of (&call->result->adjoint_tangent);
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double mean = inner (call, p, p_bar, i, r.cols), moved = inner (call, p, x_dot, i, r.cols);
        double mean_dot = inner (call, p, p_bar_dot, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++)
            mean_dot += get (call, p, c) * (or_zero (call, x_dot, c) - moved) * get (call, p_bar, c);
        for (size_t c = i; c < i + r.cols; c++) {
            const double p_dot = get (call, p, c) * (or_zero (call, x_dot, c) - moved);
            put (call, out->data, c, p_dot * (get (call, p_bar, c) - mean)
                 + get (call, p, c) * (or_zero (call, p_bar_dot, c) - mean_dot), accumulate);
        }
    }
}

const rg_operator rg_operator_softmax = {
    .name = "softmax", .formula = "exp (x_c) / sum_c exp (x_c), along the last dimension", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

static void
log_forward (rg_call *call)
{
    run (call, true);
}

static void
log_backward (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *y_bar = call->result->adjoint.data;
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double total = inner (call, NULL, y_bar, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++)
            put (call, out->data, c, get (call, y_bar, c) - get (call, p, c) * total, accumulate);
    }
}

static void
log_tangents (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *x_dot = call->operand[0]->tangent.data;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double mean = inner (call, p, x_dot, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++)
            put (call, out->data, c, get (call, x_dot, c) - mean, accumulate);
    }
}

static void
log_adjoint_tangents (rg_call *call)
{
    const rows_of_call r = rows_of (call);
    const void *p = call->kept, *y_bar = call->result->adjoint.data, *x_dot = data_of (&call->operand[0]->tangent),
               *y_bar_dot = data_of (&call->result->adjoint_tangent);
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t i = 0; i < r.rows * r.cols; i += r.cols) {
        const double total = inner (call, NULL, y_bar, i, r.cols), total_dot = inner (call, NULL, y_bar_dot, i, r.cols),
                     moved = inner (call, p, x_dot, i, r.cols);
        for (size_t c = i; c < i + r.cols; c++) {
            const double p_dot = get (call, p, c) * (or_zero (call, x_dot, c) - moved);
            put (call, out->data, c, or_zero (call, y_bar_dot, c) - get (call, p, c) * total_dot - p_dot * total,
                 accumulate);
        }
    }
}

const rg_operator rg_operator_log_softmax = {
    .name = "log_softmax", .formula = "x_c - log sum_c exp (x_c), along the last dimension", .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = log_forward, .backward = log_backward, .tangents = log_tangents,
    .adjoint_tangents = log_adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

/*
 * penalty_l2.c -- the operator P = Σ_i λ_i w_i², where λ is one coefficient, one
 * for each segment of w, or one an element.
 *
 *   Ṗ = Σ 2 λ w ẇ + λ̇ w²   w̄ = 2 P̄ λ w   λ̄ = P̄ Σ w²
 *   w̄̇ = 2 (P̄̇ λ w + P̄ λ̇ w + P̄ λ ẇ)   λ̄̇ = Σ P̄̇ w² + 2 P̄ w ẇ
 * Example by hand: λ = 3, w = 2 gives P = 12, w̄ = 12, λ̄ = 4.
 */
#include "base/memory.h"
#include "graph/node.h"

#include <string.h>

enum { WEIGHT, LAMBDA };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    const rg_node *w = operand[WEIGHT], *lambda = operand[LAMBDA];
    const size_t n = rg_node_size (w, examples), coefficients = rg_node_size (lambda, examples);
    if (w->batched || lambda->batched)
        return RG_ESHAPE;
    if (node->segments != 0 ? coefficients != node->segments : coefficients != 1 && coefficients != n)
        return RG_ESHAPE;
    node->rows = node->cols = 1;
    node->kept = coefficients == n ? n : 0; /* a product on its way into a sum */
    return RG_OK;
}

/* The elements of w that share a coefficient. */
typedef struct {
    const rg_call *call;
    size_t first, count;
} range;

static void *
at (const range *r, void *data)
{
    return rg_real_at (r->call->dense, data, r->first);
}

/* The k-th range of elements that share a coefficient. */
static range
segment (const rg_call *call, size_t k)
{
    const rg_node *node = call->node;
    const size_t n = rg_array_size (call->operand[WEIGHT]);
    if (node->segments == 0)
        return (range) { call, 0, n };
    const size_t first = k == 0 ? 0 : node->ends[k - 1];
    return (range) { call, first, node->ends[k] - first };
}

/* Whether every element has its own coefficient. */
static bool
is_elementwise (const rg_call *call)
{
    return call->node->segments == 0 && rg_array_size (call->operand[LAMBDA]) != 1;
}

/* Σ_i s λ_i x_i y_i */
static double
weighted_dot (const rg_call *call, double s, void *lambda, void *x, void *y)
{
    const rg_dense *dense = call->dense;
    const size_t coefficients = rg_array_size (call->operand[LAMBDA]);
    if (is_elementwise (call)) {
        dense->scaled_product (coefficients, s, x, y, call->kept, false);
        return dense->dot (coefficients, lambda, call->kept);
    }
    double total = 0;
    for (size_t k = 0; k < coefficients; k++) {
        const range r = segment (call, k);
        total += s * rg_real_get (dense, rg_real_at (dense, lambda, k))
            * dense->dot (r.count, at (&r, x), at (&r, y));
    }
    return total;
}

/* out_i (+)= s λ_i x_i */
static void
weighted_add (const rg_call *call, double s, void *lambda, void *x, rg_slot *out)
{
    const rg_dense *dense = call->dense;
    const size_t coefficients = rg_array_size (call->operand[LAMBDA]);
    const bool accumulate = rg_claim (out);
    if (is_elementwise (call)) {
        dense->scaled_product (coefficients, s, lambda, x, out->data, accumulate);
        return;
    }
    for (size_t k = 0; k < coefficients; k++) {
        const range r = segment (call, k);
        dense->scaled (r.count, s * rg_real_get (dense, rg_real_at (dense, lambda, k)), at (&r, x),
                       at (&r, out->data), accumulate);
    }
}

/* out_k (+)= s Σ x_i y_i over the elements of the k-th coefficient */
static void
dots_add (const rg_call *call, double s, void *x, void *y, rg_slot *out)
{
    const rg_dense *dense = call->dense;
    const size_t coefficients = rg_array_size (call->operand[LAMBDA]);
    const bool accumulate = rg_claim (out);
    if (is_elementwise (call)) {
        dense->scaled_product (coefficients, s, x, y, out->data, accumulate);
        return;
    }
    for (size_t k = 0; k < coefficients; k++) {
        const range r = segment (call, k);
        dense->fill (1, s * dense->dot (r.count, at (&r, x), at (&r, y)),
                     rg_real_at (dense, out->data, k), accumulate);
    }
}

static void
forward (rg_call *call)
{
    const rg_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    rg_real_set (call->dense, call->result->value,
                 weighted_dot (call, 1, lambda->value, w->value, w->value));
}

static void
forward_tangent (rg_call *call)
{
    const rg_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    rg_slot *out = &call->result->tangent;
    if (w->tangent.present)
        rg_slot_add (call->dense, out,
                     weighted_dot (call, 2, lambda->value, w->value, w->tangent.data));
    if (lambda->tangent.present)
        rg_slot_add (call->dense, out,
                     weighted_dot (call, 1, lambda->tangent.data, w->value, w->value));
}

static void
backward (rg_call *call)
{
    rg_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    if (w->adjoint.data != NULL)
        weighted_add (call, 2 * p_bar, lambda->value, w->value, &w->adjoint);
    if (lambda->adjoint.data != NULL)
        dots_add (call, p_bar, w->value, w->value, &lambda->adjoint);
}

static void
backward_tangent (rg_call *call)
{
    rg_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    const double p_bar_dot = rg_slot_scalar (call->dense, &call->result->adjoint_tangent);
    rg_slot *w_out = &w->adjoint_tangent, *lambda_out = &lambda->adjoint_tangent;
    const bool outer = call->result->adjoint_tangent.present;
    if (w_out->data != NULL && outer)
        weighted_add (call, 2 * p_bar_dot, lambda->value, w->value, w_out);
    if (w_out->data != NULL && lambda->tangent.present)
        weighted_add (call, 2 * p_bar, lambda->tangent.data, w->value, w_out);
    if (w_out->data != NULL && w->tangent.present)
        weighted_add (call, 2 * p_bar, lambda->value, w->tangent.data, w_out);
    if (lambda_out->data != NULL && outer)
        dots_add (call, p_bar_dot, w->value, w->value, lambda_out);
    if (lambda_out->data != NULL && w->tangent.present)
        dots_add (call, 2 * p_bar, w->value, w->tangent.data, lambda_out);
}

const rg_operator rg_operator_penalty_l2 = {
    "penalty_l2", 2, shape, forward, forward_tangent, backward, backward_tangent,
};

/* Whether the ends cut n elements into segments. */
static bool
ends_fit (size_t segments, const size_t *ends, size_t n)
{
    for (size_t k = 0; k < segments; k++)
        if (ends[k] <= (k == 0 ? 0 : ends[k - 1]))
            return false;
    return ends[segments - 1] == n;
}

rg_tensor
rg_graph_penalty_l2 (rg_graph *graph, rg_tensor w, rg_tensor lambda, size_t segments,
                     const size_t *ends)
{
    if (graph->status != RG_OK || segments == 0)
        return rg_graph_apply (graph, &rg_operator_penalty_l2, w, lambda, RG_NO_TENSOR);
    if (w < 0 || (size_t) w >= graph->nodes
        || !ends_fit (segments, ends, rg_node_size (&graph->node[w], graph->rows)))
        return rg_graph_refuse (graph, RG_ESHAPE, "penalty_l2: the segments do not cut up the weights");
    size_t *copy = rg_malloc (segments, sizeof *copy);
    if (copy == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    memcpy (copy, ends, segments * sizeof *copy);
    return rg_graph_apply_cut (graph, &rg_operator_penalty_l2, w, lambda, segments, copy);
}

/*
 * penalty_l2.c -- the operator P = Σ_i λ_i w_i², where λ is one coefficient, one
 * for each segment of w, or one an element.
 *
 *   Ṗ = Σ 2 λ w ẇ + λ̇ w²   w̄ = 2 P̄ λ w   λ̄ = P̄ Σ w²
 *   w̄̇ = 2 (P̄̇ λ w + P̄ λ̇ w + P̄ λ ẇ)   λ̄̇ = Σ P̄̇ w² + 2 P̄ w ẇ
 * Example by hand: λ = 3, w = 2 gives P = 12, w̄ = 12, λ̄ = 4.
 */
#include "base/memory.h"
#include "graph/op/pieces.h"
#include "graph/operators.h"

enum { WEIGHT, LAMBDA };

/* Products on their way into a sum are taken so many at a time: they stay in the cache. */
enum { CHUNK = 2048 };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_graph_node *w = operand[WEIGHT], *lambda = operand[LAMBDA];
    const rg_pieces *segments = rg_pieces_of (node);
    const size_t n = rg_node_size (w, examples), coefficients = rg_node_size (lambda, examples);
    if (w->shape.batched || lambda->shape.batched)
        return RG_ESHAPE;
    if (segments != NULL ? coefficients != segments->ends.count || !rg_pieces_fit (segments, n)
                         : coefficients != 1 && coefficients != n)
        return RG_ESHAPE;
    node->shape = rg_shape_matrix (1, 1, 0);
    node->scratch = coefficients == n ? (n < CHUNK ? n : CHUNK) : 0;
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
    const rg_pieces *segments = rg_pieces_of (call->node);
    if (segments == NULL)
        return (range) { call, 0, rg_array_size (call->operand[WEIGHT]) };
    const size_t first = rg_piece_start (segments, k);
    return (range) { call, first, rg_piece_end (segments, k) - first };
}

/* So many elements from the first. */
static range
chunk (const rg_call *call, size_t first)
{
    const size_t left = rg_array_size (call->operand[WEIGHT]) - first;
    return (range) { call, first, left < CHUNK ? left : CHUNK };
}

/* Whether every element has its own coefficient. */
static bool
is_elementwise (const rg_call *call)
{
    return rg_pieces_of (call->node) == NULL && rg_array_size (call->operand[LAMBDA]) != 1;
}

/* Σ_i s λ_i x_i y_i */
static double
weighted_dot (const rg_call *call, double s, void *lambda, void *x, void *y)
{
    const rg_dense *dense = call->dense;
    const size_t coefficients = rg_array_size (call->operand[LAMBDA]);
    double total = 0;
    for (size_t first = 0; is_elementwise (call) && first < coefficients; first += CHUNK) {
        const range r = chunk (call, first);
        dense->scaled_product (r.count, s, at (&r, x), at (&r, y), call->scratch, false);
        total += dense->dot (r.count, at (&r, lambda), call->scratch);
    }
    if (is_elementwise (call))
        return total;
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
    const rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    rg_real_set (call->dense, call->result->value,
                 weighted_dot (call, 1, lambda->value, w->value, w->value));
}

static void
tangent (rg_call *call)
{
    const rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
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
    rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    if (w->adjoint.data != NULL)
        weighted_add (call, 2 * p_bar, lambda->value, w->value, &w->adjoint);
    if (lambda->adjoint.data != NULL)
        dots_add (call, p_bar, w->value, w->value, &lambda->adjoint);
}

static void
adjoint_tangent (rg_call *call)
{
    rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
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

/* ---- A block of directions ------------------------------------------------ */

static void *
wide_at (const range *r, void *data)
{
    return rg_real_at (r->call->dense, data, r->first * r->call->width);
}

/* λ_k as a number, and its tangents. */
static double
lambda_value (const rg_call *call, size_t k)
{
    return rg_real_get (call->dense, rg_real_at (call->dense, call->operand[LAMBDA]->value, k));
}

/* Σ_i s x_i y_i ż_ik: elementwise products with two arrays that do not move, by way of `scratch`. */
static void
elementwise_sums (const rg_call *call, double s, void *x, void *y, void *moving, rg_slot *out)
{
    for (size_t first = 0; first < rg_array_size (call->operand[WEIGHT]); first += CHUNK) {
        const range r = chunk (call, first);
        call->dense->scaled_product (r.count, s, at (&r, x), at (&r, y), call->scratch, false);
        call->dense->wide_sums (1, r.count, call->width, 1, call->scratch, wide_at (&r, moving), out->data,
                                rg_claim (out));
    }
}

static void
tangents (rg_call *call)
{
    const rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    const rg_dense *dense = call->dense;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    if (call->width == 1) {
        tangent (call);
        return;
    }
    if (is_elementwise (call)) {
        if (w->tangent.present)
            elementwise_sums (call, 2, lambda->value, w->value, w->tangent.data, out);
        if (lambda->tangent.present)
            elementwise_sums (call, 1, w->value, w->value, lambda->tangent.data, out);
        return;
    }
    for (size_t k = 0; k < rg_array_size (lambda); k++) {
        const range r = segment (call, k);
        if (w->tangent.present)
            dense->wide_sums (1, r.count, call->width, 2 * lambda_value (call, k), at (&r, w->value),
                              wide_at (&r, w->tangent.data), out->data, rg_claim (out));
        if (lambda->tangent.present)
            dense->scaled (call->width, dense->dot (r.count, at (&r, w->value), at (&r, w->value)),
                           rg_real_at (dense, lambda->tangent.data, k * call->width), out->data, rg_claim (out));
    }
}

/* w̄̇ = 2 (P̄̇ λ w + P̄ λ̇ w + P̄ λ ẇ) */
static void
weight_tangents (const rg_call *call, rg_slot *out)
{
    const rg_graph_array *w = call->operand[WEIGHT], *lambda = call->operand[LAMBDA];
    const rg_dense *dense = call->dense;
    const rg_slot *p_bar_dot = &call->result->adjoint_tangent;
    const size_t width = call->width, coefficients = rg_array_size (lambda);
    const double s = 2 * rg_slot_scalar (dense, &call->result->adjoint);
    const bool elementwise = is_elementwise (call);
    if (out->data == NULL || (!p_bar_dot->present && !lambda->tangent.present && !w->tangent.present))
        return;
    const bool accumulate = rg_claim (out);
    const size_t parts = elementwise ? (coefficients + CHUNK - 1) / CHUNK : coefficients;
    for (size_t k = 0; k < parts; k++) {
        const range r = elementwise ? chunk (call, k * CHUNK) : segment (call, k);
        void *to = wide_at (&r, out->data);
        const double value = elementwise ? 0 : lambda_value (call, k);
        bool more = accumulate;
        if (w->tangent.present && elementwise)
            dense->wide_product (r.count, width, s, at (&r, lambda->value), wide_at (&r, w->tangent.data), to, more);
        else if (w->tangent.present)
            dense->scaled (r.count * width, s * value, wide_at (&r, w->tangent.data), to, more);
        more |= w->tangent.present;
        if (lambda->tangent.present && elementwise)
            dense->wide_product (r.count, width, s, at (&r, w->value), wide_at (&r, lambda->tangent.data), to, more);
        else if (lambda->tangent.present)
            dense->wide_outer (1, r.count, width, s, at (&r, w->value),
                               rg_real_at (dense, lambda->tangent.data, k * width), to, more);
        more |= lambda->tangent.present;
        if (p_bar_dot->present && elementwise)
            dense->scaled_product (r.count, 1, at (&r, lambda->value), at (&r, w->value), call->scratch, false);
        if (p_bar_dot->present)
            dense->wide_outer (1, r.count, width, elementwise ? 2 : 2 * value,
                               elementwise ? call->scratch : at (&r, w->value), p_bar_dot->data, to, more);
    }
}

/* λ̄̇ = Σ P̄̇ w² + 2 P̄ w ẇ */
static void
lambda_tangents (const rg_call *call, rg_slot *out)
{
    const rg_graph_array *w = call->operand[WEIGHT];
    const rg_dense *dense = call->dense;
    const rg_slot *p_bar_dot = &call->result->adjoint_tangent;
    const size_t width = call->width, coefficients = rg_array_size (call->operand[LAMBDA]);
    const double s = 2 * rg_slot_scalar (dense, &call->result->adjoint);
    if (out->data == NULL || (!p_bar_dot->present && !w->tangent.present))
        return;
    const bool accumulate = rg_claim (out);
    if (is_elementwise (call)) {
        if (w->tangent.present)
            dense->wide_product (coefficients, width, s, w->value, w->tangent.data, out->data, accumulate);
        for (size_t first = 0; p_bar_dot->present && first < coefficients; first += CHUNK) {
            const range r = chunk (call, first);
            dense->scaled_product (r.count, 1, at (&r, w->value), at (&r, w->value), call->scratch, false);
            dense->wide_outer (1, r.count, width, 1, call->scratch, p_bar_dot->data, wide_at (&r, out->data),
                               accumulate || w->tangent.present);
        }
        return;
    }
    for (size_t k = 0; k < coefficients; k++) {
        const range r = segment (call, k);
        void *to = rg_real_at (dense, out->data, k * width);
        if (w->tangent.present)
            dense->wide_sums (1, r.count, width, s, at (&r, w->value), wide_at (&r, w->tangent.data), to, accumulate);
        if (p_bar_dot->present)
            dense->scaled (width, dense->dot (r.count, at (&r, w->value), at (&r, w->value)), p_bar_dot->data, to,
                           accumulate || w->tangent.present);
    }
}

static void
adjoint_tangents (rg_call *call)
{
    if (call->width == 1) {
        adjoint_tangent (call);
        return;
    }
    weight_tangents (call, &call->operand[WEIGHT]->adjoint_tangent);
    lambda_tangents (call, &call->operand[LAMBDA]->adjoint_tangent);
}

const rg_operator rg_operator_penalty_l2 = {
    .name = "penalty_l2", .formula = "sum_i lambda_i w_i^2; one lambda, one a segment or one an element",
    .options = rg_pieces_options, .settings_bytes = sizeof (rg_pieces), .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .terminal = true,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_penalty_l2 (rg_graph *graph, rg_tensor w, rg_tensor lambda, size_t segments, const size_t *ends)
{
    rg_pieces *settings = segments == 0 ? NULL : rg_pieces_new (segments, ends);
    if (settings == NULL && segments != 0)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    const rg_shape shape = rg_graph_shape (graph, w);
    if (settings != NULL && shape.dimensions > 0 && !rg_pieces_fit (settings, rg_shape_size (&shape, graph->rows)))
        rg_graph_refuse (graph, RG_ESHAPE, "penalty_l2: the segments do not cut up the weights");
    return rg_graph_add_node (graph, &rg_operator_penalty_l2, 2, (rg_tensor[]) { w, lambda }, settings);
}

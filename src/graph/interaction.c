/*
 * interaction.c -- the operator P = Σ_{j<k} c_jk |w_j - w_k|², w_j the rows of a matrix: how strongly tasks pull at each
 * other (Evgeniou, Micchelli, Pontil 2005; learned in Franceschi et al. 2017, section 5.2).
 *
 * With the Laplacian L of c (L_jk = -c_jk, rows that add up to 0) and the distances d_jk(x, y) = <x_j - x_k, y_j - y_k>:
 *   P = <c, d(w, w)>   Ṗ = 2 <L w, ẇ> + <ċ, d(w, w)>   w̄ = 2 P̄ L w   c̄ = P̄ d(w, w)
 *   w̄̇ = 2 (P̄̇ L w + P̄ L(ċ) w + P̄ L ẇ)   c̄̇ = P̄̇ d(w, w) + 2 P̄ d(w, ẇ)
 * Example by hand: w = (1, 3), c = 5 gives P = 20, w̄ = (-20, 20), c̄ = 4.
 */
#include "graph/node.h"

enum { WEIGHTS, STRENGTH };

static size_t
pairs_of (size_t tasks)
{
    return tasks * (tasks - 1) / 2;
}

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    (void) examples;
    const rg_node *w = operand[WEIGHTS], *c = operand[STRENGTH];
    if (w->batched || c->batched || w->rows < 2 || c->rows * c->cols != pairs_of (w->rows))
        return RG_ESHAPE;
    node->rows = node->cols = 1;
    node->scratch = w->rows * w->rows + w->rows * w->cols + pairs_of (w->rows) + w->cols;
    return RG_OK;
}

/* Workspaces. */
typedef struct {
    const rg_dense *dense;
    size_t tasks, m;   /* rows and columns of w */
    void *laplacian;   /* [tasks x tasks] */
    void *product;     /* [tasks x m] */
    void *distances;   /* [pairs] */
    void *difference;  /* [m] */
} rooms;

static rooms
rooms_of (const rg_call *call)
{
    const rg_dense *dense = call->dense;
    const size_t tasks = call->operand[WEIGHTS]->rows, m = call->operand[WEIGHTS]->cols;
    void *product = rg_real_at (dense, call->scratch, tasks * tasks);
    void *distances = rg_real_at (dense, product, tasks * m);
    return (rooms) { dense, tasks, m, call->scratch, product, distances, rg_real_at (dense, distances, pairs_of (tasks)) };
}

static void *
row (const rooms *r, void *w, size_t j)
{
    return rg_real_at (r->dense, w, j * r->m);
}

/* difference = x_j - x_k */
static void
subtract (const rooms *r, void *x, size_t j, size_t k)
{
    r->dense->scaled (r->m, 1, row (r, x, j), r->difference, false);
    r->dense->scaled (r->m, -1, row (r, x, k), r->difference, true);
}

/* out (+)= s d(x, y): pairs of numbers; product holds one of the differences. */
static void
distances (const rooms *r, double s, void *x, void *y, void *out, bool accumulate)
{
    size_t pair = 0;
    for (size_t j = 0; j < r->tasks; j++)
        for (size_t k = j + 1; k < r->tasks; k++, pair++) {
            subtract (r, y, j, k);
            r->dense->scaled (r->m, 1, r->difference, r->product, false);
            subtract (r, x, j, k);
            r->dense->fill (1, s * r->dense->dot (r->m, r->product, r->difference), rg_real_at (r->dense, out, pair),
                            accumulate);
        }
}

/* laplacian = s L(c) */
static void
set_laplacian (const rooms *r, double s, void *c)
{
    const rg_dense *dense = r->dense;
    size_t pair = 0;
    dense->fill (r->tasks * r->tasks, 0, r->laplacian, false);
    for (size_t j = 0; j < r->tasks; j++)
        for (size_t k = j + 1; k < r->tasks; k++, pair++) {
            const double strength = s * rg_real_get (dense, rg_real_at (dense, c, pair));
            dense->fill (1, strength, rg_real_at (dense, r->laplacian, j * r->tasks + j), true);
            dense->fill (1, strength, rg_real_at (dense, r->laplacian, k * r->tasks + k), true);
            dense->fill (1, -strength, rg_real_at (dense, r->laplacian, j * r->tasks + k), false);
            dense->fill (1, -strength, rg_real_at (dense, r->laplacian, k * r->tasks + j), false);
        }
}

/* out (+)= s L(c) x; x and out of `width` tangents side by side. */
static void
pull (const rooms *r, double s, void *c, const void *x, size_t width, void *out, bool accumulate)
{
    set_laplacian (r, s, c);
    r->dense->multiply_nn (r->tasks, r->m * width, r->tasks, r->laplacian, x, out, accumulate);
}

static void
forward (rg_call *call)
{
    const rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    distances (&r, 1, w->value, w->value, r.distances, false);
    rg_real_set (call->dense, call->result->value, call->dense->dot (rg_array_size (c), c->value, r.distances));
}

static void
forward_tangent (rg_call *call)
{
    const rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    rg_slot *out = &call->result->tangent;
    if (c->tangent.present) {
        distances (&r, 1, w->value, w->value, r.distances, false);
        rg_slot_add (call->dense, out, call->dense->dot (rg_array_size (c), c->tangent.data, r.distances));
    }
    if (w->tangent.present) {
        pull (&r, 2, c->value, w->value, 1, r.product, false);
        rg_slot_add (call->dense, out, call->dense->dot (rg_array_size (w), r.product, w->tangent.data));
    }
}

static void
backward (rg_call *call)
{
    rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    if (w->adjoint.data != NULL)
        pull (&r, 2 * p_bar, c->value, w->value, 1, w->adjoint.data, rg_claim (&w->adjoint));
    if (c->adjoint.data != NULL)
        distances (&r, p_bar, w->value, w->value, c->adjoint.data, rg_claim (&c->adjoint));
}

static void
backward_tangent (rg_call *call)
{
    rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    const double p_bar_dot = rg_slot_scalar (call->dense, &call->result->adjoint_tangent);
    rg_slot *w_out = &w->adjoint_tangent, *c_out = &c->adjoint_tangent;
    const bool outer = call->result->adjoint_tangent.present;
    if (w_out->data != NULL && outer)
        pull (&r, 2 * p_bar_dot, c->value, w->value, 1, w_out->data, rg_claim (w_out));
    if (w_out->data != NULL && c->tangent.present)
        pull (&r, 2 * p_bar, c->tangent.data, w->value, 1, w_out->data, rg_claim (w_out));
    if (w_out->data != NULL && w->tangent.present)
        pull (&r, 2 * p_bar, c->value, w->tangent.data, 1, w_out->data, rg_claim (w_out));
    if (c_out->data != NULL && outer)
        distances (&r, p_bar_dot, w->value, w->value, c_out->data, rg_claim (c_out));
    if (c_out->data != NULL && w->tangent.present)
        distances (&r, 2 * p_bar, w->value, w->tangent.data, c_out->data, rg_claim (c_out));
}

/* ---- Several tangents side by side --------------------------------------- */

static void
forward_tangents (rg_call *call)
{
    const rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    if (c->tangent.present) {
        distances (&r, 1, w->value, w->value, r.distances, false);
        r.dense->wide_sums (1, rg_array_size (c), call->width, 1, r.distances, c->tangent.data, out->data,
                            rg_claim (out));
    }
    if (w->tangent.present) {
        pull (&r, 1, c->value, w->value, 1, r.product, false);
        r.dense->wide_sums (1, rg_array_size (w), call->width, 2, r.product, w->tangent.data, out->data,
                            rg_claim (out));
    }
}

/* out_j += s ċ_jk (w_j - w_k), out_k -= the same, over all pairs */
static void
pull_tangents (const rooms *r, double s, const rg_array *w, const rg_array *c, size_t width, void *out)
{
    size_t pair = 0;
    for (size_t j = 0; j < r->tasks; j++)
        for (size_t k = j + 1; k < r->tasks; k++, pair++) {
            const void *strength = rg_real_at (r->dense, c->tangent.data, pair * width);
            subtract (r, w->value, j, k);
            r->dense->wide_outer (1, r->m, width, s, r->difference, strength,
                                  rg_real_at (r->dense, out, j * r->m * width), true);
            r->dense->wide_outer (1, r->m, width, -s, r->difference, strength,
                                  rg_real_at (r->dense, out, k * r->m * width), true);
        }
}

/* w̄̇ = 2 (P̄̇ L w + P̄ L(ċ) w + P̄ L ẇ) */
static void
weight_tangents (const rg_call *call, rg_slot *out)
{
    const rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    const rg_slot *p_bar_dot = &call->result->adjoint_tangent;
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    if (out->data == NULL)
        return;
    if (w->tangent.present)
        pull (&r, 2 * p_bar, c->value, w->tangent.data, call->width, out->data, rg_claim (out));
    if (p_bar_dot->present) {
        pull (&r, 2, c->value, w->value, 1, r.product, false);
        r.dense->wide_outer (1, rg_array_size (w), call->width, 1, r.product, p_bar_dot->data, out->data,
                             rg_claim (out));
    }
    if (!c->tangent.present)
        return;
    if (!rg_claim (out))
        r.dense->fill (rg_array_size (w) * call->width, 0, out->data, false);
    pull_tangents (&r, 2 * p_bar, w, c, call->width, out->data);
}

/* c̄̇ = P̄̇ d(w, w) + 2 P̄ d(w, ẇ) */
static void
strength_tangents (const rg_call *call, rg_slot *out)
{
    const rg_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const rooms r = rooms_of (call);
    const rg_slot *p_bar_dot = &call->result->adjoint_tangent;
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    const size_t width = call->width;
    if (out->data == NULL)
        return;
    if (p_bar_dot->present) {
        distances (&r, 1, w->value, w->value, r.distances, false);
        r.dense->wide_outer (1, rg_array_size (c), width, 1, r.distances, p_bar_dot->data, out->data, rg_claim (out));
    }
    if (!w->tangent.present)
        return;
    const bool accumulate = rg_claim (out);
    size_t pair = 0;
    for (size_t j = 0; j < r.tasks; j++)
        for (size_t k = j + 1; k < r.tasks; k++, pair++) {
            void *to = rg_real_at (r.dense, out->data, pair * width);
            subtract (&r, w->value, j, k);
            r.dense->wide_sums (1, r.m, width, 2 * p_bar, r.difference,
                                rg_real_at (r.dense, w->tangent.data, j * r.m * width), to, accumulate);
            r.dense->wide_sums (1, r.m, width, -2 * p_bar, r.difference,
                                rg_real_at (r.dense, w->tangent.data, k * r.m * width), to, true);
        }
}

static void
backward_tangents (rg_call *call)
{
    weight_tangents (call, &call->operand[WEIGHTS]->adjoint_tangent);
    strength_tangents (call, &call->operand[STRENGTH]->adjoint_tangent);
}

const rg_operator rg_operator_interaction = {
    .name = "interaction", .formula = "sum_{j<k} c_jk |w_j - w_k|^2", .needs = 2,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_interaction (rg_graph *graph, rg_tensor weights, rg_tensor strength)
{
    return rg_graph_apply (graph, &rg_operator_interaction, weights, strength, RG_NO_TENSOR);
}

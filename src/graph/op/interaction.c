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
#include "graph/operators.h"

enum { WEIGHTS, STRENGTH };

static size_t
pairs_of (size_t tasks)
{
    return tasks * (tasks - 1) / 2;
}

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) examples;
    const rg_graph_node *w = operand[WEIGHTS], *c = operand[STRENGTH];
    const size_t tasks = rg_node_rows (w), m = rg_node_cols (w);
    if (w->shape.batched || c->shape.batched || tasks < 2 || rg_node_size (c, 1) != pairs_of (tasks))
        return RG_ESHAPE;
    node->shape = rg_shape_matrix (1, 1, 0);
    node->scratch = tasks * tasks + tasks * m + pairs_of (tasks) + m;
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
} workspace;

static workspace
workspace_of (const rg_call *call)
{
    const rg_dense *dense = call->dense;
    const size_t tasks = call->operand[WEIGHTS]->rows, m = call->operand[WEIGHTS]->cols;
    void *product = rg_real_at (dense, call->scratch, tasks * tasks);
    void *distances = rg_real_at (dense, product, tasks * m);
    return (workspace) {
        dense, tasks, m, call->scratch, product, distances, rg_real_at (dense, distances, pairs_of (tasks))
    };
}

static void *
row (const workspace *r, void *w, size_t j)
{
    return rg_real_at (r->dense, w, j * r->m);
}

/* difference = x_j - x_k */
static void
subtract (const workspace *r, void *x, size_t j, size_t k)
{
    r->dense->scaled (r->m, 1, row (r, x, j), r->difference, false);
    r->dense->scaled (r->m, -1, row (r, x, k), r->difference, true);
}

/* out (+)= s d(x, y): pairs of numbers; product holds one of the differences. */
static void
distances (const workspace *r, double s, void *x, void *y, void *out, bool accumulate)
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
set_laplacian (const workspace *r, double s, void *c)
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

/* out (+)= s L(c) x */
static void
pull (const workspace *r, double s, void *c, const void *x, void *out, bool accumulate)
{
    set_laplacian (r, s, c);
    r->dense->multiply_nn (r->tasks, r->m, r->tasks, r->laplacian, x, out, accumulate);
}

static void
forward (rg_call *call)
{
    const rg_graph_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const workspace r = workspace_of (call);
    distances (&r, 1, w->value, w->value, r.distances, false);
    rg_real_set (call->dense, call->result->value, call->dense->dot (rg_array_size (c), c->value, r.distances));
}

static void
tangents (rg_call *call)
{
    const rg_graph_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const workspace r = workspace_of (call);
    rg_slot *out = &call->result->tangent;
    if (c->tangent.present) {
        distances (&r, 1, w->value, w->value, r.distances, false);
        rg_slot_add (call->dense, out, call->dense->dot (rg_array_size (c), c->tangent.data, r.distances));
    }
    if (w->tangent.present) {
        pull (&r, 2, c->value, w->value, r.product, false);
        rg_slot_add (call->dense, out, call->dense->dot (rg_array_size (w), r.product, w->tangent.data));
    }
}

static void
backward (rg_call *call)
{
    rg_graph_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const workspace r = workspace_of (call);
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    if (w->adjoint.data != NULL)
        pull (&r, 2 * p_bar, c->value, w->value, w->adjoint.data, rg_claim (&w->adjoint));
    if (c->adjoint.data != NULL)
        distances (&r, p_bar, w->value, w->value, c->adjoint.data, rg_claim (&c->adjoint));
}

static void
adjoint_tangents (rg_call *call)
{
    rg_graph_array *w = call->operand[WEIGHTS], *c = call->operand[STRENGTH];
    const workspace r = workspace_of (call);
    const double p_bar = rg_slot_scalar (call->dense, &call->result->adjoint);
    const double p_bar_dot = rg_slot_scalar (call->dense, &call->result->adjoint_tangent);
    rg_slot *w_out = &w->adjoint_tangent, *c_out = &c->adjoint_tangent;
    const bool outer = call->result->adjoint_tangent.present;
    if (w_out->data != NULL && outer)
        pull (&r, 2 * p_bar_dot, c->value, w->value, w_out->data, rg_claim (w_out));
    if (w_out->data != NULL && c->tangent.present)
        pull (&r, 2 * p_bar, c->tangent.data, w->value, w_out->data, rg_claim (w_out));
    if (w_out->data != NULL && w->tangent.present)
        pull (&r, 2 * p_bar, c->value, w->tangent.data, w_out->data, rg_claim (w_out));
    if (c_out->data != NULL && outer)
        distances (&r, p_bar_dot, w->value, w->value, c_out->data, rg_claim (c_out));
    if (c_out->data != NULL && w->tangent.present)
        distances (&r, 2 * p_bar, w->value, w->tangent.data, c_out->data, rg_claim (c_out));
}

const rg_operator rg_operator_interaction = {
    .name = "interaction", .formula = "sum_{j<k} c_jk |w_j - w_k|^2", .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_interaction (rg_graph *graph, rg_tensor weights, rg_tensor strength)
{
    return rg_graph_add_node (graph, &rg_operator_interaction, 2, (rg_tensor[]) { weights, strength }, NULL);
}

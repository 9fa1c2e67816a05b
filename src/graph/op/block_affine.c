/*
 * block_affine.c -- the operator y_n = x_n W_k(n) + b_k(n): a layer of several networks side by side, the rows of the
 * k-th group through the k-th matrix. Each kernel is affine's, group by group.
 */
#include "base/memory.h"
#include "graph/op/pieces.h"
#include "graph/operators.h"

enum { X, W, B, OPERANDS };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_graph_node *x = operand[X], *w = operand[W], *b = operand[B];
    const rg_pieces *groups = rg_pieces_of (node);
    const size_t rows = rg_node_size (x, examples) / rg_node_cols (x), units = rg_node_cols (b);
    if (groups == NULL || w->shape.batched || b->shape.batched || rg_node_rows (w) != groups->ends.count
        || rg_node_rows (b) != groups->ends.count || !rg_pieces_fit (groups, rows) || x->shape.dimensions != 2
        || rg_node_cols (w) / units != rg_node_cols (x) || rg_node_cols (w) % units != 0)
        return RG_ESHAPE;
    node->shape = rg_shape_matrix (rg_node_rows (x), units, x->shape.batched);
    return RG_OK;
}

/* The part of a slot from one of its numbers on. */
static rg_slot
slot_from (const rg_dense *dense, const rg_slot *slot, size_t at)
{
    return (rg_slot) { slot->data == NULL ? NULL : rg_real_at (dense, slot->data, at), slot->present };
}

/* Rows of an array as an array of that many columns. */
static rg_graph_array
part_of (const rg_call *call, const rg_graph_array *array, size_t first, size_t rows, size_t cols)
{
    const size_t at = first * cols;
    return (rg_graph_array) { .shape = rg_shape_matrix (rows, cols, 0),
                              .rows = rows,
                              .cols = cols,
                              .value = rg_real_at (call->dense, array->value, at),
                              .tangent = slot_from (call->dense, &array->tangent, at * call->width),
                              .adjoint = slot_from (call->dense, &array->adjoint, at),
                              .adjoint_tangent = slot_from (call->dense, &array->adjoint_tangent, at * call->width) };
}

/* What a kernel wrote in one group it wrote in all. */
static void
claim_as (rg_graph_array *array, const rg_graph_array *part)
{
    array->tangent.present = part->tangent.present;
    array->adjoint.present = part->adjoint.present;
    array->adjoint_tangent.present = part->adjoint_tangent.present;
}

/* Let a kernel of affine work on each group. */
static void
each_group (rg_call *call, void (*kernel) (rg_call *call))
{
    const rg_pieces *groups = rg_pieces_of (call->node);
    rg_graph_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B], *y = call->result;
    rg_graph_array part[OPERANDS + 1] = { 0 };
    rg_call group = *call;
    group.operand = (rg_graph_array *[]) { &part[X], &part[W], &part[B] };
    group.result = &part[OPERANDS];
    for (size_t k = 0; k < groups->ends.count; k++) {
        const size_t first = rg_piece_start (groups, k), rows = rg_piece_end (groups, k) - first;
        part[X] = part_of (call, x, first, rows, x->cols);
        part[W] = part_of (call, w, k * x->cols, x->cols, y->cols);
        part[B] = part_of (call, b, k, 1, y->cols);
        part[OPERANDS] = part_of (call, y, first, rows, y->cols);
        kernel (&group);
    }
    claim_as (x, &part[X]);
    claim_as (w, &part[W]);
    claim_as (b, &part[B]);
    claim_as (y, &part[OPERANDS]);
}

static void
forward (rg_call *call)
{
    each_group (call, rg_operator_affine.forward);
}

static void
backward (rg_call *call)
{
    each_group (call, rg_operator_affine.backward);
}

static void
tangents (rg_call *call)
{
    each_group (call, rg_operator_affine.tangents);
}

static void
adjoint_tangents (rg_call *call)
{
    each_group (call, rg_operator_affine.adjoint_tangents);
}

static double
work (const rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    return 2 * (double) rg_node_size (node, examples) * (double) rg_node_cols (operand[X]);
}

const rg_operator rg_operator_block_affine = {
    .name = "block_affine", .formula = "x_n W_k + b_k for the rows n of the k-th group: layers side by side",
    .options = rg_pieces_options, .settings_bytes = sizeof (rg_pieces), .needs = OPERANDS, .takes = OPERANDS,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .work = work,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_block_affine (rg_graph *graph, rg_tensor x, rg_tensor weights, rg_tensor biases, size_t groups,
                       const size_t *ends)
{
    rg_pieces *settings = rg_pieces_new (groups, ends);
    if (settings == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    return rg_graph_add_node (graph, &rg_operator_block_affine, OPERANDS, (rg_tensor[]) { x, weights, biases },
                              settings);
}

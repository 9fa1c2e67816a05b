/*
 * block_affine.c -- the operator y_n = x_n W_k(n) + b_k(n): a layer of several networks side by side, the rows of the
 * k-th group through the k-th matrix. Each kernel is affine's, group by group.
 */
#include <string.h>

#include "base/memory.h"
#include "graph/node.h"

enum { X, W, B };

static rg_status
shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    const rg_node *x = operand[X], *w = operand[W], *b = operand[B];
    const size_t rows = x->batched ? examples : x->rows, groups = node->segments;
    if (w->batched || b->batched || w->rows != groups || b->rows != groups || node->ends[groups - 1] != rows
        || w->cols / b->cols != x->cols || w->cols % b->cols != 0)
        return RG_ESHAPE;
    node->rows = x->rows;
    node->cols = b->cols;
    node->batched = x->batched;
    return RG_OK;
}

/* The part of a slot from one of its numbers on. */
static rg_slot
slot_from (const rg_dense *dense, const rg_slot *slot, size_t at)
{
    return (rg_slot) { slot->data == NULL ? NULL : rg_real_at (dense, slot->data, at), slot->present };
}

/* Rows of an array as an array of that many columns; width: of the tangents. */
static rg_array
part_of (const rg_dense *dense, const rg_array *array, size_t first, size_t rows, size_t cols, size_t width)
{
    return (rg_array) { .rows = rows,
                        .cols = cols,
                        .value = rg_real_at (dense, array->value, first * cols),
                        .tangent = slot_from (dense, &array->tangent, first * cols * width),
                        .adjoint = slot_from (dense, &array->adjoint, first * cols),
                        .adjoint_tangent = slot_from (dense, &array->adjoint_tangent, first * cols * width) };
}

/* What a kernel wrote in one group it wrote in all. */
static void
claim_as (rg_array *array, const rg_array *part)
{
    array->tangent.present = part->tangent.present;
    array->adjoint.present = part->adjoint.present;
    array->adjoint_tangent.present = part->adjoint_tangent.present;
}

/* Let a kernel of affine work on each group; width: tangents side by side, 1 for the single kernels. */
static void
each_group (rg_call *call, void (*kernel) (rg_call *call), size_t width)
{
    const rg_node *node = call->node;
    rg_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B], *y = call->result, part[4] = { 0 };
    rg_call group = *call;
    group.result = &part[3];
    for (int i = 0; i < RG_OPERANDS; i++)
        group.operand[i] = &part[i];
    for (size_t k = 0; k < node->segments; k++) {
        const size_t first = k == 0 ? 0 : node->ends[k - 1], rows = node->ends[k] - first;
        part[X] = part_of (call->dense, x, first, rows, x->cols, width);
        part[W] = part_of (call->dense, w, k * x->cols, x->cols, y->cols, width);
        part[B] = part_of (call->dense, b, k, 1, y->cols, width);
        part[3] = part_of (call->dense, y, first, rows, y->cols, width);
        kernel (&group);
    }
    claim_as (x, &part[X]);
    claim_as (w, &part[W]);
    claim_as (b, &part[B]);
    claim_as (y, &part[3]);
}

static void
forward (rg_call *call)
{
    each_group (call, rg_operator_affine.forward, 1);
}

static void
forward_tangent (rg_call *call)
{
    each_group (call, rg_operator_affine.forward_tangent, 1);
}

static void
backward (rg_call *call)
{
    each_group (call, rg_operator_affine.backward, 1);
}

static void
backward_tangent (rg_call *call)
{
    each_group (call, rg_operator_affine.backward_tangent, 1);
}

static void
forward_tangents (rg_call *call)
{
    each_group (call, rg_operator_affine.forward_tangents, call->width);
}

static void
backward_tangents (rg_call *call)
{
    each_group (call, rg_operator_affine.backward_tangents, call->width);
}

const rg_operator rg_operator_block_affine = {
    .name = "block_affine", .formula = "x_n W_k + b_k for the rows n of the k-th group: layers side by side",
    .needs = 3,
    .shape = shape, .forward = forward, .forward_tangent = forward_tangent,
    .backward = backward, .backward_tangent = backward_tangent,
    .forward_tangents = forward_tangents, .backward_tangents = backward_tangents,
};

rg_tensor
rg_graph_block_affine (rg_graph *graph, rg_tensor x, rg_tensor weights, rg_tensor biases, size_t groups,
                       const size_t *ends)
{
    for (size_t k = 0; k < groups; k++)
        if (ends[k] <= (k == 0 ? 0 : ends[k - 1]))
            return rg_graph_refuse (graph, RG_ESHAPE, "block_affine: group %zu has no rows", k);
    if (groups == 0)
        return rg_graph_refuse (graph, RG_ESHAPE, "block_affine: no groups");
    size_t *copy = rg_malloc (groups, sizeof *copy);
    if (copy == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    memcpy (copy, ends, groups * sizeof *copy);
    return rg_graph_apply_cut (graph, &rg_operator_block_affine, x, weights, biases, groups, copy);
}

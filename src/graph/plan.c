/* plan.c -- what a finished graph has to compute, and where everything lies in an executor's memory. */
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/node.h"

/* A node is wanted when the loss needs it and something differentiable is behind it. */
static void
mark_wanted (rg_graph *graph)
{
    for (size_t i = 0; i < graph->nodes; i++)
        graph->node[i].wanted = false;
    graph->node[graph->loss].wanted = graph->node[graph->loss].differentiable;
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;) {
        const rg_node *node = &graph->node[i];
        for (int k = 0; node->wanted && k < RG_OPERANDS; k++)
            if (node->operand[k] != RG_NO_TENSOR)
                graph->node[node->operand[k]].wanted = graph->node[node->operand[k]].differentiable;
    }
}

/* Take room for count items at the end, on a cache line; false when the size has no number. */
static bool
place (size_t *at, size_t *end, size_t count, size_t size)
{
    const size_t start = (*end + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT;
    if (count > (SIZE_MAX / 4 - start) / size)
        return false;
    *at = start;
    *end = start + count * size;
    return true;
}

/* Weights live with the caller: only the other tensors have room of their own. */
static bool
place_node (const rg_graph *graph, rg_node *node, size_t *end)
{
    const size_t size = rg_precision_size (graph->precision), n = rg_node_size (node, graph->rows);
    if (node->kind == RG_NODE_WEIGHTS)
        return true;
    if (!place (&node->value_at, end, rg_node_is_borrowed (graph, node) ? 0 : n, node->kind == RG_NODE_LABELS ? sizeof (int32_t) : size)
        || !place (&node->kept_at, end, node->kept, size) || !place (&node->scratch_at, end, node->scratch, size))
        return false;
    return !node->differentiable
        || (place (&node->tangent_at, end, n, size) && place (&node->adjoint_at, end, n, size)
            && place (&node->adjoint_tangent_at, end, n, size));
}

typedef struct {
    size_t start, end;
} interval;

static int
by_start (const void *a, const void *b)
{
    const interval *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* The gaps that the wanted leaves, sorted, leave in the flat gradient. */
static void
find_gaps (rg_graph *graph, const interval *leaf, size_t leaves)
{
    size_t covered = 0;
    graph->gaps = 0;
    graph->overlapping = false;
    for (size_t i = 0; i <= leaves; i++) {
        const size_t start = i < leaves ? leaf[i].start : graph->weights;
        graph->overlapping |= start < covered;
        if (start > covered) {
            graph->gap[2 * graph->gaps] = covered;
            graph->gap[2 * graph->gaps + 1] = start;
            graph->gaps++;
        }
        if (i < leaves && leaf[i].end > covered)
            covered = leaf[i].end;
    }
}

static rg_status
cover (rg_graph *graph)
{
    size_t leaves = 0;
    interval *leaf = rg_malloc (graph->nodes, sizeof *leaf);
    rg_free (graph->gap);
    graph->gap = rg_malloc (2 * (graph->nodes + 1), sizeof *graph->gap);
    if (leaf != NULL && graph->gap != NULL) {
        for (size_t i = 0; i < graph->nodes; i++) {
            const rg_node *node = &graph->node[i];
            if (node->kind == RG_NODE_WEIGHTS && node->wanted)
                leaf[leaves++] = (interval) { node->offset, node->offset + node->rows * node->cols };
        }
        qsort (leaf, leaves, sizeof *leaf, by_start);
        find_gaps (graph, leaf, leaves);
    }
    const rg_status status = leaf == NULL || graph->gap == NULL ? RG_ENOMEM : RG_OK;
    rg_free (leaf);
    return status;
}

rg_status
rg_graph_plan (rg_graph *graph)
{
    mark_wanted (graph);
    size_t end = 0;
    for (size_t i = 0; i < graph->nodes; i++)
        if (!place_node (graph, &graph->node[i], &end))
            return RG_ENOMEM;
    graph->bytes = end;
    return cover (graph);
}

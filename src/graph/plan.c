/* plan.c -- what a finished graph has to compute: what is wanted, what is computed in place, what no leaf covers. */
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
        const rg_graph_node *node = &graph->node[i];
        for (size_t k = 0; node->wanted && k < node->operands; k++)
            if (node->operand[k] != RG_NO_TENSOR)
                graph->node[node->operand[k]].wanted = graph->node[node->operand[k]].differentiable;
    }
}

/* The last node up to the loss that reads a tensor; the tensor itself where there is none. */
size_t
rg_graph_last_reader (const rg_graph *graph, size_t index)
{
    for (size_t i = (size_t) graph->loss + 1; i-- > index + 1;)
        for (size_t k = 0; k < graph->node[i].operands; k++)
            if (graph->node[i].operand[k] == (rg_tensor) index && graph->node[i].wanted)
                return i;
    return index;
}

/* Whether a node reads a tensor's value when its forward kernel is done. */
static bool
reads_later (const rg_graph_node *node, rg_tensor tensor)
{
    for (size_t k = 0; k < node->operands; k++)
        if (node->operand[k] == tensor && (k > 0 || (node->op->forgets & RG_FORGETS_OPERAND) == 0))
            return true;
    return false;
}

/* What was computed in its place is read in its place. */
bool
rg_graph_is_read_later (const rg_graph *graph, size_t index)
{
    const rg_graph_node *node = &graph->node[index];
    bool read = node->op == NULL || node->watched || index == (size_t) graph->loss
        || (node->op->forgets & RG_FORGETS_RESULT) == 0;
    for (size_t i = index + 1; i < graph->nodes && !read; i++)
        read = reads_later (&graph->node[i], (rg_tensor) index)
            || (graph->node[i].overwrites && graph->node[i].operand[0] == (rg_tensor) index && rg_graph_is_read_later (graph, i));
    return read;
}

static size_t
readers_of (const rg_graph *graph, rg_tensor tensor)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->nodes; i++)
        for (size_t k = 0; k < graph->node[i].operands; k++)
            count += graph->node[i].operand[k] == tensor;
    return count;
}

/* A node is computed where its first operand was, when nobody reads that again. */
static void
mark_in_place (rg_graph *graph)
{
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_graph_node *node = &graph->node[i];
        node->overwrites = false;
        if (node->op == NULL || !node->op->in_place || (node->op->forgets & RG_FORGETS_OPERAND) == 0)
            continue;
        const rg_tensor x = node->operand[0];
        const rg_graph_node *operand = &graph->node[x];
        node->overwrites = operand->op != NULL && (operand->op->forgets & RG_FORGETS_RESULT) != 0 && !operand->watched
            && x != graph->loss && readers_of (graph, x) == 1;
        graph->node[x].overwritten = node->overwrites;
    }
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
            const rg_graph_node *node = &graph->node[i];
            if (node->kind == RG_NODE_WEIGHTS && node->wanted)
                leaf[leaves++] = (interval) { node->offset, node->offset + rg_node_size (node, 1) };
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
    mark_in_place (graph);
    return cover (graph);
}

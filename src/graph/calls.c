/* calls.c -- see calls.h. */
#include "graph/calls.h"

#include <string.h>

#include "base/memory.h"

static size_t
operands_of (const rg_graph *graph)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->nodes; i++)
        count += graph->node[i].operands;
    return count;
}

rg_status
rg_calls_init (rg_calls *calls, const rg_graph *graph, const rg_dense *dense)
{
    *calls = (rg_calls) { .array = rg_calloc (graph->nodes, sizeof *calls->array),
                          .call = rg_calloc (graph->nodes, sizeof *calls->call),
                          .operand = rg_calloc (operands_of (graph), sizeof *calls->operand) };
    if (calls->array == NULL || calls->call == NULL || calls->operand == NULL) {
        rg_calls_clear (calls);
        return RG_ENOMEM;
    }
    rg_graph_array **operand = calls->operand;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_graph_node *node = &graph->node[i];
        calls->call[i] =
            (rg_call) { .dense = dense, .node = node, .operand = operand, .result = &calls->array[i], .width = 1 };
        for (size_t k = 0; k < node->operands; k++)
            *operand++ = node->operand[k] == RG_NO_TENSOR ? NULL : &calls->array[node->operand[k]];
    }
    return RG_OK;
}

void
rg_calls_clear (rg_calls *calls)
{
    rg_free (calls->array);
    rg_free (calls->call);
    rg_free (calls->operand);
    *calls = (rg_calls) { 0 };
}

/* Write zeros into the numbers of a flat vector from one of its weights on, or of an array. */
static void
clear (const rg_graph *graph, void *data, size_t first, size_t count, size_t width)
{
    const size_t size = rg_precision_size (graph->precision) * width;
    memset ((char *) data + first * size, 0, count * size);
}

void
rg_calls_begin (const rg_calls *calls, const rg_graph *graph, rg_slot_of *slot, void *flat, size_t width)
{
    const size_t size = rg_precision_size (graph->precision) * width;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_graph_node *node = &graph->node[i];
        rg_slot *s = slot (&calls->array[i]);
        s->present = false;
        if (node->kind != RG_NODE_WEIGHTS || !node->wanted)
            continue;
        s->data = flat == NULL ? NULL : (char *) flat + node->offset * size;
        s->present = flat != NULL && graph->overlapping;
    }
    if (graph->overlapping && flat != NULL)
        clear (graph, flat, 0, graph->weights, width);
}

void
rg_calls_end (const rg_calls *calls, const rg_graph *graph, rg_slot_of *slot, void *flat, size_t width)
{
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_slot *s = slot (&calls->array[i]);
        if (graph->node[i].op == NULL && s->data != NULL && !s->present)
            clear (graph, s->data, 0, rg_array_size (&calls->array[i]), width);
    }
    for (size_t i = 0; i < graph->gaps && !graph->overlapping && flat != NULL; i++)
        clear (graph, flat, graph->gap[2 * i], graph->gap[2 * i + 1] - graph->gap[2 * i], width);
}

/* wide.c -- several tangents of a graph side by side, at one executor's linearisation; see graph.h. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "graph/node.h"

struct rg_wide {
    const rg_graph *graph;
    const rg_executor *executor; /* whose linearisation is used */
    size_t most, width;
    rg_array *array; /* [nodes] values and adjoints of the executor, tangents of their own */
    void **room, **scratch; /* [nodes] of the operators */
    void *memory;
};

/* Where a node's derivatives lie, in bytes; SIZE_MAX: they are not needed. */
typedef struct {
    size_t tangent, adjoint_tangent, room, scratch;
} place;

/* Take room at the end, on a cache line. */
static size_t
take (size_t *end, size_t count, size_t size, bool *fits)
{
    const size_t start = (*end + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT;
    if (size != 0 && count > (SIZE_MAX / 4 - start) / size)
        *fits = false;
    else
        *end = start + count * size;
    return start;
}

/* Whether a node's adjoint leads to weights: no other derivative is wanted. */
static bool
leads_to_weights (const rg_graph *graph, const bool *leads, size_t index)
{
    const rg_node *node = &graph->node[index];
    for (int k = 0; k < RG_OPERANDS; k++)
        if (node->operand[k] != RG_NO_TENSOR && leads[node->operand[k]])
            return true;
    return node->kind == RG_NODE_WEIGHTS && node->wanted;
}

/* Place all nodes; returns the bytes, 0 when they have no number. */
static size_t
plan (const rg_graph *graph, size_t most, place *at, bool *leads)
{
    const size_t size = rg_precision_size (graph->precision) * most;
    size_t end = RG_ALIGNMENT;
    bool fits = true;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_node *node = &graph->node[i];
        const size_t n = rg_node_size (node, graph->rows);
        const bool own = node->kind != RG_NODE_WEIGHTS && node->differentiable && (node->op == NULL || node->wanted);
        const bool unread = i == (size_t) graph->loss && node->op != NULL && !node->op->bends;
        leads[i] = leads_to_weights (graph, leads, i);
        at[i] = (place) { SIZE_MAX, SIZE_MAX, 0, 0 };
        if (own && !unread)
            at[i].tangent = take (&end, n, size, &fits);
        if (own && node->op != NULL && leads[i])
            at[i].adjoint_tangent = take (&end, n, size, &fits);
        at[i].room = take (&end, node->room, size, &fits);
        at[i].scratch = take (&end, node->scratch, rg_precision_size (graph->precision), &fits);
    }
    return fits ? end : 0;
}

rg_status
rg_wide_new (rg_wide **out, const rg_graph *graph, size_t most)
{
    *out = NULL;
    if (most == 0)
        return RG_ERANGE;
    rg_wide *wide = rg_calloc (1, sizeof *wide);
    place *at = rg_malloc (graph->nodes, sizeof *at);
    bool *leads = rg_calloc (graph->nodes, sizeof *leads);
    if (wide != NULL && at != NULL && leads != NULL) {
        const size_t bytes = plan (graph, most, at, leads);
        wide->graph = graph;
        wide->most = most;
        wide->array = rg_calloc (graph->nodes, sizeof *wide->array);
        wide->room = rg_calloc (graph->nodes, sizeof *wide->room);
        wide->scratch = rg_calloc (graph->nodes, sizeof *wide->scratch);
        wide->memory = bytes == 0 ? NULL : rg_malloc (bytes, 1);
    }
    const bool complete = wide != NULL && at != NULL && leads != NULL && wide->array != NULL && wide->room != NULL
        && wide->scratch != NULL && wide->memory != NULL;
    for (size_t i = 0; complete && i < graph->nodes; i++) {
        char *memory = wide->memory;
        wide->array[i].tangent.data = at[i].tangent == SIZE_MAX ? NULL : memory + at[i].tangent;
        wide->array[i].adjoint_tangent.data = at[i].adjoint_tangent == SIZE_MAX ? NULL : memory + at[i].adjoint_tangent;
        wide->room[i] = memory + at[i].room;
        wide->scratch[i] = memory + at[i].scratch;
    }
    rg_free (at);
    rg_free (leads);
    if (!complete) {
        rg_wide_free (wide);
        return RG_ENOMEM;
    }
    *out = wide;
    return RG_OK;
}

void
rg_wide_free (rg_wide *wide)
{
    if (wide == NULL)
        return;
    rg_free (wide->array);
    rg_free (wide->room);
    rg_free (wide->scratch);
    rg_free (wide->memory);
    rg_free (wide);
}

void
rg_wide_begin (rg_wide *wide, const rg_executor *executor, size_t width)
{
    wide->executor = executor;
    wide->width = width;
    for (size_t i = 0; i < wide->graph->nodes; i++) {
        rg_array *array = &wide->array[i];
        const rg_array *from = &executor->array[i];
        array->rows = from->rows;
        array->cols = from->cols;
        array->value = from->value;
        array->adjoint = from->adjoint;
        array->tangent.present = false;
    }
}

static void
clear (const rg_wide *wide, void *data, size_t count)
{
    memset (data, 0, count * wide->width * wide->executor->dense->size);
}

void *
rg_wide_leaf_tangent (rg_wide *wide, rg_tensor leaf)
{
    rg_slot *tangent = &wide->array[leaf].tangent;
    if (tangent->data != NULL && !rg_claim (tangent))
        clear (wide, tangent->data, rg_array_size (&wide->array[leaf]));
    return tangent->data;
}

void
rg_wide_move_hyper (rg_wide *wide, size_t index, size_t k)
{
    const rg_dense *dense = wide->executor->dense;
    for (size_t i = 0; i < wide->graph->nodes; i++) {
        const rg_node *node = &wide->graph->node[i];
        const bool holds = node->kind == RG_NODE_HYPER && index >= node->offset
            && index - node->offset < node->rows * node->cols;
        void *tangent = holds ? rg_wide_leaf_tangent (wide, (rg_tensor) i) : NULL;
        if (tangent != NULL)
            rg_real_set (dense, rg_real_at (dense, tangent, (index - node->offset) * wide->width + k), 1);
    }
}

static rg_call
call_of (const rg_wide *wide, size_t index)
{
    const rg_node *node = &wide->graph->node[index];
    rg_call call = {
        .dense = wide->executor->dense,
        .node = node,
        .result = &wide->array[index],
        .kept = (char *) wide->executor->memory + node->kept_at,
        .factor = wide->executor->factor,
        .width = wide->width,
        .room = wide->room[index],
        .scratch = wide->scratch[index],
    };
    for (int k = 0; k < RG_OPERANDS; k++)
        if (node->operand[k] != RG_NO_TENSOR)
            call.operand[k] = &wide->array[node->operand[k]];
    return call;
}

/* Let the weights' derivatives point into the directions and the result; nothing else is there yet. */
static void
begin (rg_wide *wide, const void *weights, void *gradient)
{
    const rg_graph *graph = wide->graph;
    const rg_dense *dense = wide->executor->dense;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_array *array = &wide->array[i];
        const size_t offset = graph->node[i].offset * wide->width;
        array->adjoint_tangent.present = false;
        if (graph->node[i].op != NULL)
            array->tangent.present = false;
        if (graph->node[i].kind != RG_NODE_WEIGHTS || !graph->node[i].wanted)
            continue;
        array->tangent = (rg_slot) { rg_real_at (dense, (void *) (uintptr_t) weights, offset), true };
        array->adjoint_tangent = (rg_slot) { rg_real_at (dense, gradient, offset), graph->overlapping };
    }
    if (graph->overlapping)
        clear (wide, gradient, graph->weights);
}

/* Write the zeros of weights that nothing was added to, and of those between the leaves. */
static void
end (const rg_wide *wide, void *gradient)
{
    const rg_graph *graph = wide->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_slot *s = &wide->array[i].adjoint_tangent;
        if (graph->node[i].kind == RG_NODE_WEIGHTS && graph->node[i].wanted && !s->present)
            clear (wide, s->data, rg_array_size (&wide->array[i]));
    }
    for (size_t i = 0; i < graph->gaps && !graph->overlapping; i++)
        clear (wide, rg_real_at (wide->executor->dense, gradient, graph->gap[2 * i] * wide->width),
               graph->gap[2 * i + 1] - graph->gap[2 * i]);
}

void
rg_wide_tangents (rg_wide *wide, const void *weights, void *gradient)
{
    const rg_graph *graph = wide->graph;
    begin (wide, weights, gradient);
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_call call = call_of (wide, i);
        if (graph->node[i].op != NULL && graph->node[i].wanted && rg_call_moves (&call))
            graph->node[i].op->forward_tangents (&call);
    }
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;) {
        rg_call call = call_of (wide, i);
        if (graph->node[i].op != NULL && wide->array[i].adjoint.present
            && (wide->array[i].adjoint_tangent.present || rg_call_moves (&call)))
            graph->node[i].op->backward_tangents (&call);
    }
    end (wide, gradient);
}

/* tangents.c -- derivatives of a graph's gradient, a block of directions at a time; see retrograde/graph.h. */
#include "graph/tangents.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "graph/arena.h"
#include "graph/linearisation.h"

/* ---- Memory ----------------------------------------------------------------- */

enum { TANGENT, CARRIED, ADJOINT_TANGENT, SPANS }; /* of a node; the graph's last span is the scratch of all kernels */

/* Whether a node's derivatives lie in the arena: those of weights are the caller's. */
static bool
is_own (const rg_graph_node *node)
{
    return node->kind != RG_NODE_WEIGHTS && node->differentiable && (node->op == NULL || node->wanted);
}

/*
 * When a tangent is read last: tangents work on node i at time i, adjoint_tangents at time 2 nodes - i. Those of leaves
 * stay, for the next run, and that of the loss, for the caller.
 */
static long
last_read (const rg_graph *graph, size_t i)
{
    const rg_graph_node *node = &graph->node[i];
    const long back = (long) (2 * graph->nodes);
    if (node->op == NULL || i == (size_t) graph->loss)
        return RG_ALWAYS;
    long last = (node->op->forgets & RG_FORGETS_MOVE) != 0 ? (long) i : back - (long) i;
    for (size_t r = i + 1; r < graph->nodes; r++)
        for (size_t k = 0; k < graph->node[r].operands; k++) {
            if (graph->node[r].operand[k] != (rg_tensor) i)
                continue;
            const long at = (graph->node[r].op->forgets & RG_FORGETS_MOVES) != 0 ? (long) r : back - (long) r;
            last = at > last ? at : last;
        }
    return last;
}

/* Numbers that a node's kernels need while they work. */
static size_t
scratch_of (const rg_graph *graph, const rg_graph_node *node, size_t most)
{
    if (node->op != NULL && node->op->single && most > 1)
        return node->scratch + node->wide_scratch + rg_pack_scratch (graph, node);
    return node->scratch + most * node->wide_scratch;
}

static void
plan_node (const rg_graph *graph, size_t most, rg_wanted wanted, size_t i, rg_span *span)
{
    const rg_graph_node *node = &graph->node[i];
    const size_t size = rg_precision_size (graph->precision) * most,
                 n = is_own (node) ? rg_node_size (node, graph->rows) : 0;
    const bool read = wanted == RG_WANT_ALL || i != (size_t) graph->loss || (node->op->forgets & RG_FORGETS_MOVE) == 0;
    const bool reached = node->op != NULL || wanted == RG_WANT_ALL;
    const long there = (long) i, back = (long) (2 * graph->nodes - i);
    span[TANGENT] = rg_arena_span (read ? n : 0, size, there, last_read (graph, i));
    span[CARRIED] = rg_arena_span (n == 0 ? 0 : node->carried, size, there, back);
    span[ADJOINT_TANGENT] =
        rg_arena_span (reached ? n : 0, size, (long) (2 * graph->nodes - rg_graph_last_reader (graph, i)),
                       node->op == NULL ? RG_ALWAYS : back);
}

/* The spans of the arena; NULL: out of memory, or its size has no number. */
static rg_span *
plan (const rg_graph *graph, size_t most, rg_wanted wanted, size_t *bytes)
{
    rg_span *span = rg_malloc (SPANS * graph->nodes + 1, sizeof *span);
    size_t scratch = 0;
    if (span == NULL || most > SIZE_MAX / 64) {
        rg_free (span);
        return NULL;
    }
    for (size_t i = 0; i < graph->nodes; i++) {
        const size_t needs = scratch_of (graph, &graph->node[i], most);
        plan_node (graph, most, wanted, i, span + SPANS * i);
        scratch = needs > scratch ? needs : scratch;
    }
    span[SPANS * graph->nodes] = rg_arena_span (scratch, rg_precision_size (graph->precision), 0, RG_ALWAYS);
    if (rg_arena_place (SPANS * graph->nodes + 1, span, bytes))
        return span;
    rg_free (span);
    return NULL;
}

size_t
rg_graph_tangent_bytes (const rg_graph *graph, size_t width, rg_wanted wanted)
{
    size_t bytes = 0;
    rg_span *span = graph->finished && width > 0 ? plan (graph, width, wanted, &bytes) : NULL;
    rg_free (span);
    return span == NULL ? 0 : bytes;
}

static void *
address (void *memory, const rg_span *span)
{
    return span->bytes == 0 ? NULL : (char *) memory + span->at;
}

/* Whether some leaf whose adjoint's derivative is wanted is behind each node: no other derivative of an adjoint is. */
static void
mark_wanted (rg_tangents *tangents)
{
    const rg_graph *graph = tangents->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_graph_node *node = &graph->node[i];
        rg_slot *slot = &tangents->calls.array[i].adjoint_tangent;
        bool wanted = node->op == NULL && !tangents->refused[i];
        for (size_t k = 0; k < node->operands && !wanted; k++) {
            const rg_tensor x = node->operand[k];
            wanted = x != RG_NO_TENSOR
                && (graph->node[x].kind == RG_NODE_WEIGHTS ? graph->node[x].wanted
                                                           : tangents->calls.array[x].adjoint_tangent.data != NULL);
        }
        if (node->kind != RG_NODE_WEIGHTS)
            slot->data = wanted ? tangents->place[i] : NULL;
    }
}

/* Point the arrays and calls at the arena. */
static void
attach (rg_tangents *tangents, const rg_span *span)
{
    const size_t nodes = tangents->graph->nodes;
    for (size_t i = 0; i < nodes; i++) {
        rg_call *call = &tangents->calls.call[i];
        tangents->calls.array[i].tangent.data = address (tangents->memory, &span[SPANS * i + TANGENT]);
        tangents->place[i] = address (tangents->memory, &span[SPANS * i + ADJOINT_TANGENT]);
        call->carried = address (tangents->memory, &span[SPANS * i + CARRIED]);
        call->scratch = (char *) tangents->memory + span[SPANS * nodes].at;
    }
    mark_wanted (tangents);
}

static rg_status
allocate (rg_tangents *tangents, size_t bytes)
{
    const rg_graph *graph = tangents->graph;
    rg_status status = rg_calls_init (&tangents->calls, graph, rg_dense_get (graph->precision));
    if (status == RG_OK)
        status = rg_pack_init (&tangents->pack, graph);
    tangents->refused = rg_calloc (graph->nodes, sizeof *tangents->refused);
    tangents->place = rg_calloc (graph->nodes, sizeof *tangents->place);
    tangents->memory = rg_malloc (bytes, 1); /* what is never used is never touched */
    tangents->bytes = bytes;
    return tangents->refused == NULL || tangents->place == NULL || tangents->memory == NULL ? RG_ENOMEM : status;
}

rg_status
rg_tangents_new (rg_tangents **out, const rg_graph *graph, size_t most, rg_wanted wanted)
{
    *out = NULL;
    if (most == 0)
        return RG_ERANGE;
    size_t bytes;
    rg_span *span = plan (graph, most, wanted, &bytes);
    rg_tangents *tangents = rg_calloc (1, sizeof *tangents);
    rg_status status = span == NULL || tangents == NULL ? RG_ENOMEM : RG_OK;
    if (status == RG_OK) {
        tangents->graph = graph;
        tangents->wanted = wanted;
        tangents->most = most;
        status = allocate (tangents, bytes);
    }
    if (status == RG_OK)
        attach (tangents, span);
    rg_free (span);
    if (status != RG_OK) {
        rg_tangents_free (tangents);
        return status;
    }
    *out = tangents;
    return RG_OK;
}

void
rg_tangents_free (rg_tangents *tangents)
{
    if (tangents == NULL)
        return;
    rg_calls_clear (&tangents->calls);
    rg_pack_clear (&tangents->pack);
    rg_free (tangents->refused);
    rg_free (tangents->place);
    rg_free (tangents->memory);
    rg_free (tangents);
}

/* ---- Point and directions ------------------------------------------------------- */

/* Take shapes, values and adjoints from the executor. */
static void
look (rg_tangents *tangents)
{
    const rg_calls *from = &tangents->executor->calls;
    for (size_t i = 0; i < tangents->graph->nodes; i++) {
        rg_graph_array *array = &tangents->calls.array[i];
        rg_call *call = &tangents->calls.call[i];
        array->shape = from->array[i].shape;
        array->rows = from->array[i].rows;
        array->cols = from->array[i].cols;
        array->value = from->array[i].value;
        array->adjoint = from->array[i].adjoint;
        call->kept = from->call[i].kept;
        call->factor = from->call[i].factor;
        call->width = tangents->width;
    }
}

void
rg_tangents_begin (rg_tangents *tangents, const rg_executor *executor, size_t width)
{
    tangents->executor = executor;
    tangents->width = width;
    look (tangents);
    for (size_t i = 0; i < tangents->graph->nodes; i++)
        tangents->calls.array[i].tangent.present = false;
}

void *
rg_tangents_leaf (rg_tangents *tangents, rg_tensor leaf)
{
    rg_graph_array *array = &tangents->calls.array[leaf];
    const size_t size = rg_precision_size (tangents->graph->precision) * tangents->width;
    if (tangents->graph->node[leaf].kind == RG_NODE_WEIGHTS)
        return NULL;
    if (array->tangent.data != NULL && !rg_claim (&array->tangent))
        memset (array->tangent.data, 0, rg_array_size (array) * size);
    return array->tangent.data;
}

void
rg_tangents_move_hyper (rg_tangents *tangents, size_t index, size_t k)
{
    const rg_dense *dense = tangents->executor->dense;
    for (size_t i = 0; i < tangents->graph->nodes; i++) {
        const rg_graph_node *node = &tangents->graph->node[i];
        const bool holds = node->kind == RG_NODE_HYPER && index >= node->offset
            && index - node->offset < rg_node_size (node, 1);
        void *tangent = holds ? rg_tangents_leaf (tangents, (rg_tensor) i) : NULL;
        if (tangent != NULL)
            rg_real_set (dense, rg_real_at (dense, tangent, (index - node->offset) * tangents->width + k), 1);
    }
}

void
rg_tangents_seed_hyper (rg_tangents *tangents, const double *directions)
{
    for (size_t i = 0; i < tangents->graph->nodes; i++) {
        const rg_graph_node *node = &tangents->graph->node[i];
        rg_graph_array *array = &tangents->calls.array[i];
        if (node->kind != RG_NODE_HYPER || array->tangent.data == NULL)
            continue;
        tangents->executor->dense->convert (rg_array_size (array) * tangents->width,
                                            directions + node->offset * tangents->width, array->tangent.data);
        array->tangent.present = true;
    }
}

void
rg_tangents_want (rg_tangents *tangents, rg_tensor leaf, int wanted)
{
    tangents->refused[leaf] = !wanted;
    mark_wanted (tangents);
}

/* ---- The run --------------------------------------------------------------------- */

static rg_slot *
adjoint_tangent_of (rg_graph_array *array)
{
    return &array->adjoint_tangent;
}

/* Make the tangents of operators absent, and let those of weights point into the directions; NULL: they are 0. */
static void
set_directions (rg_tangents *tangents, const void *weights)
{
    const rg_graph *graph = tangents->graph;
    const size_t size = rg_precision_size (graph->precision) * tangents->width;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_slot *tangent = &tangents->calls.array[i].tangent;
        if (graph->node[i].op != NULL)
            tangent->present = false;
        if (graph->node[i].kind != RG_NODE_WEIGHTS)
            continue;
        tangent->present = weights != NULL && graph->node[i].wanted;
        tangent->data = weights == NULL ? NULL : (char *) (uintptr_t) weights + graph->node[i].offset * size;
    }
}

static void
run_node (rg_tangents *tangents, size_t i, bool adjoint)
{
    rg_call *call = &tangents->calls.call[i];
    if (call->node->op->single && call->width > 1)
        rg_pack_run (&tangents->pack, call, adjoint);
    else if (adjoint)
        call->node->op->adjoint_tangents (call);
    else
        call->node->op->tangents (call);
}

void
rg_tangents_run (rg_tangents *tangents, const void *weights, void *gradient)
{
    const rg_graph *graph = tangents->graph;
    const rg_graph_array *array = tangents->calls.array;
    look (tangents);
    set_directions (tangents, weights);
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].op != NULL && graph->node[i].wanted && rg_call_moves (&tangents->calls.call[i])
            && !rg_executor_is_idle (tangents->executor, i))
            run_node (tangents, i, false);
    rg_calls_begin (&tangents->calls, graph, adjoint_tangent_of, gradient, tangents->width);
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;)
        if (graph->node[i].op != NULL && array[i].adjoint.present
            && (array[i].adjoint_tangent.present || rg_call_moves (&tangents->calls.call[i])))
            run_node (tangents, i, true);
    rg_calls_end (&tangents->calls, graph, adjoint_tangent_of, gradient, tangents->width);
}

const void *
rg_tangents_adjoint (const rg_tangents *tangents, rg_tensor leaf)
{
    return tangents->calls.array[leaf].adjoint_tangent.data;
}

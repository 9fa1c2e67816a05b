/* linearisation.c -- runs a finished graph on one shard: values, adjoints, what is kept; see retrograde/graph.h. */
#include "graph/linearisation.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "graph/arena.h"
#include "graph/kept.h"
#include "graph/tangents.h"

/* ---- Memory ----------------------------------------------------------------- */

/* Spans of a node; the graph's last span is the scratch of all kernels. */
enum { VALUE = RG_VALUE_OF_NODE, KEPT = RG_KEPT_OF_NODE, ADJOINT = RG_ADJOINT_OF_NODE, SPANS = RG_ARRAYS_OF_NODE };

/* Whether a node has an adjoint in the arena: weights have theirs in the caller's gradient. */
static bool
has_adjoint (const rg_graph_node *node)
{
    return node->differentiable && node->kind != RG_NODE_WEIGHTS && (node->op == NULL || node->wanted);
}

/* forward works on node i at time i, backward at time 2 nodes - i. */
static void
plan_node (const rg_graph *graph, rg_use use, size_t i, rg_span *span)
{
    const rg_graph_node *node = &graph->node[i];
    const size_t real = rg_precision_size (graph->precision), n = rg_node_size (node, graph->rows);
    const size_t size = node->kind == RG_NODE_INTEGERS ? sizeof (int32_t) : real;
    const bool elsewhere = node->kind == RG_NODE_WEIGHTS || node->overwrites || rg_node_is_borrowed (graph, node);
    const long forward = (long) i, backward = (long) (2 * graph->nodes - i);
    const bool stays = use == RG_USE_TANGENTS || node->op == NULL;
    span[VALUE] = rg_arena_span (elsewhere ? 0 : n, size, forward, RG_ALWAYS);
    span[KEPT] = rg_arena_span (node->kept, real, forward, use == RG_USE_LOSS ? forward : RG_ALWAYS);
    span[ADJOINT] =
        rg_arena_span (has_adjoint (node) && use != RG_USE_LOSS ? n : 0, real,
                       (long) (2 * graph->nodes - rg_graph_last_reader (graph, i)), stays ? RG_ALWAYS : backward);
}

/* The spans of an executor's arena; NULL: out of memory, or its size has no number. */
static rg_span *
plan (const rg_graph *graph, rg_use use, size_t *bytes)
{
    rg_span *span = rg_malloc (SPANS * graph->nodes + 1, sizeof *span);
    size_t scratch = 0;
    if (span == NULL)
        return NULL;
    for (size_t i = 0; i < graph->nodes; i++) {
        plan_node (graph, use, i, span + SPANS * i);
        scratch = graph->node[i].scratch > scratch ? graph->node[i].scratch : scratch;
    }
    span[SPANS * graph->nodes] = rg_arena_span (scratch, rg_precision_size (graph->precision), 0, RG_ALWAYS);
    if (rg_arena_place (SPANS * graph->nodes + 1, span, bytes))
        return span;
    rg_free (span);
    return NULL;
}

size_t
rg_graph_bytes (const rg_graph *graph, rg_use use)
{
    size_t bytes = 0;
    rg_span *span = graph->finished ? plan (graph, use, &bytes) : NULL;
    rg_free (span);
    const size_t tangents = use == RG_USE_TANGENTS ? rg_graph_tangent_bytes (graph, 1, RG_WANT_ALL) : 0;
    return span == NULL || (use == RG_USE_TANGENTS && tangents == 0) ? 0 : bytes + tangents;
}

static void
set_shape (rg_graph_array *array, const rg_graph_node *node, size_t examples)
{
    array->shape = node->shape;
    if (node->shape.batched)
        array->shape.dim[0] *= examples;
    array->rows = array->shape.dim[0];
    array->cols = rg_node_cols (node);
}

/* Where the arrays of a node lie, and which of them a linearisation is. */
static void
settle (rg_executor *executor, const rg_span *span, size_t i)
{
    const rg_graph_node *node = &executor->graph->node[i];
    rg_home *home = executor->home + SPANS * i;
    for (int k = 0; k < SPANS; k++)
        home[k] = (rg_home) { .part = k == ADJOINT || (k == KEPT && node->op != NULL && node->op->late) ? RG_KEPT_ADJOINTS
                                                                                                        : RG_KEPT_VALUES };
    home[VALUE].at = executor->calls.array[i].value;
    home[KEPT].at = executor->calls.call[i].kept;
    home[ADJOINT].at = executor->calls.array[i].adjoint.data;
    if (node->op == NULL)
        return;
    for (int k = 0; k < SPANS; k++)
        home[k].bytes = k != VALUE || rg_graph_is_read_later (executor->graph, i) ? span[SPANS * i + (size_t) k].bytes : 0;
}

/* Point the arrays and the call of a node at its memory. */
static void
attach (rg_executor *executor, const rg_span *span, size_t i)
{
    const rg_graph *graph = executor->graph;
    const rg_graph_node *node = &graph->node[i];
    rg_graph_array *array = &executor->calls.array[i];
    char *memory = executor->memory;
    set_shape (array, node, graph->rows);
    if (node->overwrites)
        array->value = executor->calls.array[node->operand[0]].value;
    else if (node->kind != RG_NODE_WEIGHTS && !rg_node_is_borrowed (graph, node))
        array->value = memory + span[SPANS * i + VALUE].at;
    if (node->kind == RG_NODE_CONSTANT)
        executor->dense->convert (rg_array_size (array), node->constant, array->value);
    if (span[SPANS * i + ADJOINT].bytes != 0)
        array->adjoint.data = memory + span[SPANS * i + ADJOINT].at;
    if (node->op == NULL)
        executor->leaf_adjoint[i] = array->adjoint.data;
    executor->calls.call[i].kept = memory + span[SPANS * i + KEPT].at;
    executor->calls.call[i].scratch = memory + span[SPANS * graph->nodes].at;
    executor->calls.call[i].draw = &executor->draw;
    executor->calls.call[i].factor = 1 / (double) graph->rows;
    settle (executor, span, i);
}

/* What rg_executor_new_for allocates. */
static rg_status
allocate (rg_executor *executor, rg_use use, size_t bytes)
{
    const rg_graph *graph = executor->graph;
    rg_status status = rg_calls_init (&executor->calls, graph, executor->dense);
    executor->bytes = bytes;
    executor->memory = rg_malloc (bytes, 1); /* what is never used is never touched */
    executor->leaf_adjoint = rg_calloc (graph->nodes, sizeof *executor->leaf_adjoint);
    executor->home = rg_calloc (SPANS * graph->nodes, sizeof *executor->home);
    if (executor->memory == NULL || executor->leaf_adjoint == NULL || executor->home == NULL)
        status = RG_ENOMEM;
    if (status == RG_OK && use == RG_USE_TANGENTS)
        status = rg_tangents_new (&executor->tangents, graph, 1, RG_WANT_ALL);
    return status;
}

rg_status
rg_executor_new_for (rg_executor **out, const rg_graph *graph, rg_use use)
{
    *out = NULL;
    size_t bytes;
    rg_span *span = plan (graph, use, &bytes);
    rg_executor *executor = rg_calloc (1, sizeof *executor);
    rg_status status = span == NULL || executor == NULL ? RG_ENOMEM : RG_OK;
    if (status == RG_OK) {
        executor->graph = graph;
        executor->dense = rg_dense_get (graph->precision);
        status = allocate (executor, use, bytes);
    }
    for (size_t i = 0; status == RG_OK && i < graph->nodes; i++)
        attach (executor, span, i);
    rg_free (span);
    if (status != RG_OK) {
        rg_executor_free (executor);
        return status;
    }
    if (executor->tangents != NULL)
        rg_tangents_begin (executor->tangents, executor, 1);
    *out = executor;
    return RG_OK;
}

rg_status
rg_executor_new (rg_executor **out, const rg_graph *graph)
{
    return rg_executor_new_for (out, graph, RG_USE_TANGENTS);
}

void
rg_executor_free (rg_executor *executor)
{
    if (executor == NULL)
        return;
    rg_tangents_free (executor->tangents);
    rg_calls_clear (&executor->calls);
    rg_free (executor->leaf_adjoint);
    rg_free (executor->home);
    rg_free (executor->memory);
    rg_free (executor);
}

/* ---- What a run is given ------------------------------------------------------ */

void
rg_executor_bind_weights (rg_executor *executor, const void *weights)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].kind == RG_NODE_WEIGHTS) /* only read through this pointer */
            executor->calls.array[i].value = rg_real_at (executor->dense, (void *) (uintptr_t) weights,
                                                         graph->node[i].offset);
}

void
rg_executor_bind_hyper (rg_executor *executor, const double *hyper)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_graph_array *array = &executor->calls.array[i];
        if (rg_node_is_borrowed (graph, &graph->node[i])) /* only read through this pointer */
            array->value = (double *) (uintptr_t) hyper + graph->node[i].offset;
        else if (graph->node[i].kind == RG_NODE_HYPER)
            executor->dense->convert (rg_array_size (array), hyper + graph->node[i].offset, array->value);
    }
}

rg_status
rg_executor_bind_rows (rg_executor *executor, size_t rows, double factor)
{
    const rg_graph *graph = executor->graph;
    if (rows == 0 || rows > graph->rows)
        return RG_ERANGE;
    for (size_t i = 0; i < graph->nodes; i++) {
        set_shape (&executor->calls.array[i], &graph->node[i], rows);
        executor->calls.call[i].factor = factor;
    }
    if (executor->tangents != NULL)
        rg_tangents_begin (executor->tangents, executor, 1);
    return RG_OK;
}

void
rg_executor_bind_draw (rg_executor *executor, const rg_draw *draw)
{
    executor->draw = draw == NULL ? (rg_draw) { 0 } : *draw;
}

void *
rg_executor_leaf (rg_executor *executor, rg_tensor leaf)
{
    return executor->calls.array[leaf].value;
}

/* ---- The run ------------------------------------------------------------------ */

/* Whether all numbers of a leaf are below its bound; true of other nodes. */
static bool
is_bounded (const rg_executor *executor, size_t index)
{
    const rg_graph_node *node = &executor->graph->node[index];
    const rg_graph_array *array = &executor->calls.array[index];
    const int32_t *number = array->value;
    for (size_t k = 0; node->kind == RG_NODE_INTEGERS && k < rg_array_size (array); k++)
        if (number[k] < 0 || (size_t) number[k] >= node->bound)
            return false;
    return true;
}

static double
clock_now (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* Call a node's kernel, and take the time where a profile is made: the least of all runs. */
static void
call (const rg_executor *executor, size_t i, void (*kernel) (rg_call *call), double *least)
{
    const double start = executor->seconds == NULL ? 0 : clock_now ();
    kernel (&executor->calls.call[i]);
    if (executor->seconds != NULL)
        *least = fmin (*least, clock_now () - start);
}

/* loss NULL: not wanted */
static rg_status
forward (rg_executor *executor, double *loss)
{
    const rg_graph *graph = executor->graph;
    executor->lacks_loss = loss == NULL;
    for (size_t i = 0; i < graph->nodes; i++)
        if (!is_bounded (executor, i))
            return RG_ERANGE;
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].op != NULL && !rg_executor_is_idle (executor, i))
            call (executor, i, graph->node[i].op->forward, executor->seconds == NULL ? NULL : &executor->seconds[i].forward);
    if (rg_executor_is_idle (executor, (size_t) graph->loss))
        return RG_OK;
    const double value = rg_real_get (executor->dense, executor->calls.array[graph->loss].value);
    if (loss != NULL)
        *loss = value;
    return isfinite (value) ? RG_OK : RG_ENONFINITE;
}

rg_status
rg_executor_loss (rg_executor *executor, double *loss)
{
    return forward (executor, loss);
}

static rg_slot *
adjoint_of (rg_graph_array *array)
{
    return &array->adjoint;
}

/* Whether adjoints of hyper leaves are wanted in a backward pass. */
static void
want_hyper (rg_executor *executor, bool wanted)
{
    for (size_t i = 0; i < executor->graph->nodes; i++)
        if (executor->graph->node[i].kind == RG_NODE_HYPER)
            executor->calls.array[i].adjoint.data = wanted ? executor->leaf_adjoint[i] : NULL;
}

/* gradient NULL: not in the weights */
static void
backward (rg_executor *executor, void *gradient)
{
    const rg_graph *graph = executor->graph;
    rg_graph_array *array = executor->calls.array;
    rg_calls_begin (&executor->calls, graph, adjoint_of, gradient, 1);
    if (graph->node[graph->loss].wanted)
        rg_slot_add (executor->dense, &array[graph->loss].adjoint, 1);
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;)
        if (graph->node[i].op != NULL && array[i].adjoint.present)
            call (executor, i, graph->node[i].op->backward, executor->seconds == NULL ? NULL : &executor->seconds[i].backward);
    rg_calls_end (&executor->calls, graph, adjoint_of, gradient, 1);
}

void
rg_executor_backward (rg_executor *executor, void *gradient)
{
    if (executor->defers_hyper)
        want_hyper (executor, false);
    backward (executor, gradient);
}

rg_status
rg_executor_gradient (rg_executor *executor, double *loss, void *gradient)
{
    const rg_status status = forward (executor, loss);
    if (status != RG_OK)
        return status;
    rg_executor_backward (executor, gradient);
    return RG_OK;
}

void
rg_executor_defer_hyper (rg_executor *executor)
{
    executor->defers_hyper = true;
}

void
rg_executor_gradient_hyper (rg_executor *executor)
{
    if (!executor->defers_hyper)
        return;
    want_hyper (executor, true);
    backward (executor, NULL);
}

/* ---- What came of it ------------------------------------------------------------ */

const void *
rg_executor_value (const rg_executor *executor, rg_tensor tensor)
{
    return executor->graph->node[tensor].overwritten ? NULL : executor->calls.array[tensor].value;
}

const void *
rg_executor_adjoint (const rg_executor *executor, rg_tensor leaf)
{
    return executor->calls.array[leaf].adjoint.data;
}

static bool
is_finite (const rg_executor *executor, size_t index)
{
    const rg_graph_node *node = &executor->graph->node[index];
    const rg_graph_array *array = &executor->calls.array[index];
    const bool known = node->kind != RG_NODE_INTEGERS && !node->overwritten && array->value != NULL
        && (node->op == NULL || !rg_executor_is_idle (executor, index));
    for (size_t k = 0; known && k < rg_array_size (array); k++)
        if (!isfinite (rg_real_get (executor->dense, rg_real_at (executor->dense, array->value, k))))
            return false;
    return true;
}

void
rg_executor_explain (const rg_executor *executor, rg_message *message)
{
    const rg_graph *graph = executor->graph;
    char name[RG_SHAPE_TEXT];
    for (size_t i = 0; i < graph->nodes; i++) {
        const bool bounded = is_bounded (executor, i);
        if (bounded && is_finite (executor, i))
            continue;
        rg_graph_describe (graph, (rg_tensor) i, name, sizeof name);
        if (bounded)
            rg_fail (message, RG_ENONFINITE, "%s is the first that is not finite", name);
        else
            rg_fail (message, RG_ERANGE, "%s: expected whole numbers from 0 to %zu", name, graph->node[i].bound - 1);
        return;
    }
}

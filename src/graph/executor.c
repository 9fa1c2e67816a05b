/* executor.c -- runs a finished graph on one shard; see graph.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "graph/node.h"

/* Point the arrays of a node at its memory. */
static void
attach (rg_executor *executor, size_t index)
{
    const rg_node *node = &executor->graph->node[index];
    rg_array *array = &executor->array[index];
    char *memory = executor->memory;
    array->rows = node->batched ? executor->graph->rows : node->rows;
    array->cols = node->cols;
    if (node->kind == RG_NODE_WEIGHTS)
        return;
    if (!rg_node_is_borrowed (executor->graph, node))
        array->value = memory + node->value_at;
    if (node->kind == RG_NODE_CONSTANT)
        executor->dense->convert (rg_array_size (array), node->constant, array->value);
    if (!node->differentiable || (node->op != NULL && !node->wanted))
        return;
    array->tangent.data = memory + node->tangent_at;
    array->adjoint.data = memory + node->adjoint_at;
    array->adjoint_tangent.data = memory + node->adjoint_tangent_at;
}

rg_status
rg_executor_new (rg_executor **out, const rg_graph *graph)
{
    *out = NULL;
    rg_executor *executor = rg_calloc (1, sizeof *executor);
    if (executor == NULL)
        return RG_ENOMEM;
    executor->graph = graph;
    executor->dense = rg_dense_get (graph->precision);
    executor->factor = 1 / (double) graph->rows;
    executor->array = rg_calloc (graph->nodes, sizeof *executor->array);
    executor->memory = rg_malloc (graph->bytes, 1); /* what is never used is never touched */
    if (executor->array == NULL || executor->memory == NULL) {
        rg_executor_free (executor);
        return RG_ENOMEM;
    }
    for (size_t i = 0; i < graph->nodes; i++)
        attach (executor, i);
    *out = executor;
    return RG_OK;
}

void
rg_executor_free (rg_executor *executor)
{
    if (executor == NULL)
        return;
    rg_free (executor->memory);
    rg_free (executor->array);
    rg_free (executor);
}

void
rg_executor_bind_weights (rg_executor *executor, const void *weights)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].kind == RG_NODE_WEIGHTS) /* only read through this pointer */
            executor->array[i].value = rg_real_at (executor->dense, (void *) (uintptr_t) weights,
                                                   graph->node[i].offset);
}

void
rg_executor_bind_hyper (rg_executor *executor, const double *hyper)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++)
        if (rg_node_is_borrowed (graph, &graph->node[i])) /* only read through this pointer */
            executor->array[i].value = (double *) (uintptr_t) hyper + graph->node[i].offset;
        else if (graph->node[i].kind == RG_NODE_HYPER)
            executor->dense->convert (rg_array_size (&executor->array[i]),
                                      hyper + graph->node[i].offset, executor->array[i].value);
}

rg_status
rg_executor_bind_rows (rg_executor *executor, size_t rows, double factor)
{
    const rg_graph *graph = executor->graph;
    if (rows == 0 || rows > graph->rows)
        return RG_ERANGE;
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].batched)
            executor->array[i].rows = rows;
    executor->factor = factor;
    rg_executor_clear_tangents (executor);
    return RG_OK;
}

void *
rg_executor_leaf (rg_executor *executor, rg_tensor leaf)
{
    return executor->array[leaf].value;
}

static rg_call
call_of (const rg_executor *executor, size_t index)
{
    const rg_node *node = &executor->graph->node[index];
    rg_call call = {
        .dense = executor->dense,
        .node = node,
        .result = &executor->array[index],
        .kept = (char *) executor->memory + node->kept_at,
        .scratch = (char *) executor->memory + node->scratch_at,
        .factor = executor->factor,
    };
    for (int k = 0; k < RG_OPERANDS; k++)
        if (node->operand[k] != RG_NO_TENSOR)
            call.operand[k] = &executor->array[node->operand[k]];
    return call;
}

static bool
labels_are_classes (const rg_executor *executor)
{
    for (size_t i = 0; i < executor->graph->nodes; i++) {
        const rg_node *node = &executor->graph->node[i];
        const int32_t *label = executor->array[i].value;
        for (size_t r = 0; node->kind == RG_NODE_LABELS && r < executor->array[i].rows; r++)
            if (label[r] < 0 || (size_t) label[r] >= node->classes)
                return false;
    }
    return true;
}

/* Whether a node is a loss that nobody asked for, and nothing else comes of its forward kernels. */
static bool
is_idle (const rg_executor *executor, size_t index)
{
    const rg_graph *graph = executor->graph;
    return executor->lacks_loss && index == (size_t) graph->loss && graph->node[index].op != NULL
        && graph->node[index].op->terminal;
}

/* loss NULL: not wanted */
static rg_status
forward (rg_executor *executor, double *loss)
{
    const rg_graph *graph = executor->graph;
    executor->lacks_loss = loss == NULL;
    if (!labels_are_classes (executor))
        return RG_ERANGE;
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].op != NULL && !is_idle (executor, i)) {
            rg_call call = call_of (executor, i);
            graph->node[i].op->forward (&call);
        }
    if (is_idle (executor, (size_t) graph->loss))
        return RG_OK;
    const double value = rg_real_get (executor->dense, executor->array[graph->loss].value);
    if (loss != NULL)
        *loss = value;
    return isfinite (value) ? RG_OK : RG_ENONFINITE;
}

rg_status
rg_executor_loss (rg_executor *executor, double *loss)
{
    return forward (executor, loss);
}

static bool
moves_as_hyper (const rg_node *node)
{
    return node->kind == RG_NODE_HYPER && node->differentiable;
}

static void
clear (const rg_executor *executor, void *data, size_t count)
{
    memset (data, 0, count * executor->dense->size);
}

typedef rg_slot *slot_of (rg_array *array);

static rg_slot *
adjoint_of (rg_array *array)
{
    return &array->adjoint;
}

static rg_slot *
adjoint_tangent_of (rg_array *array)
{
    return &array->adjoint_tangent;
}

/* Make all derivatives of a kind absent, and let those of weights point into the flat vector; NULL: they are not wanted. */
static void
begin (rg_executor *executor, slot_of *slot, void *flat)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_slot *s = slot (&executor->array[i]);
        s->present = false;
        if (graph->node[i].kind != RG_NODE_WEIGHTS || !graph->node[i].wanted)
            continue;
        s->data = flat == NULL ? NULL : rg_real_at (executor->dense, flat, graph->node[i].offset);
        s->present = flat != NULL && graph->overlapping;
    }
    if (graph->overlapping && flat != NULL)
        clear (executor, flat, graph->weights);
}

/* Write the zeros that leaves which are still absent stand for, and those between the leaves. */
static void
end (rg_executor *executor, slot_of *slot, void *flat)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_slot *s = slot (&executor->array[i]);
        if (graph->node[i].op == NULL && s->data != NULL && !s->present)
            clear (executor, s->data, rg_array_size (&executor->array[i]));
    }
    for (size_t i = 0; i < graph->gaps && !graph->overlapping && flat != NULL; i++)
        clear (executor, rg_real_at (executor->dense, flat, graph->gap[2 * i]),
               graph->gap[2 * i + 1] - graph->gap[2 * i]);
}

/* Whether adjoints of hyper leaves are wanted in a backward pass. */
static void
want_hyper (rg_executor *executor, bool wanted)
{
    for (size_t i = 0; i < executor->graph->nodes; i++) {
        const rg_node *node = &executor->graph->node[i];
        if (moves_as_hyper (node))
            executor->array[i].adjoint.data = wanted ? (char *) executor->memory + node->adjoint_at : NULL;
    }
}

/* gradient NULL: not in the weights */
static void
backward (rg_executor *executor, void *gradient)
{
    const rg_graph *graph = executor->graph;
    begin (executor, adjoint_of, gradient);
    if (graph->node[graph->loss].wanted)
        rg_slot_add (executor->dense, &executor->array[graph->loss].adjoint, 1);
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;)
        if (graph->node[i].op != NULL && executor->array[i].adjoint.present) {
            rg_call call = call_of (executor, i);
            graph->node[i].op->backward (&call);
        }
    end (executor, adjoint_of, gradient);
}

rg_status
rg_executor_gradient (rg_executor *executor, double *loss, void *gradient)
{
    const rg_status status = forward (executor, loss);
    if (status != RG_OK)
        return status;
    if (executor->defers_hyper)
        want_hyper (executor, false);
    backward (executor, gradient);
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

/* Make the tangents of operators absent, and let those of weights point into the direction. */
static void
set_direction (rg_executor *executor, const void *weights)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_slot *tangent = &executor->array[i].tangent;
        if (graph->node[i].op != NULL)
            tangent->present = false;
        if (graph->node[i].kind != RG_NODE_WEIGHTS)
            continue;
        tangent->present = weights != NULL && graph->node[i].wanted;
        tangent->data = weights == NULL ? NULL
                                        : rg_real_at (executor->dense, (void *) (uintptr_t) weights,
                                                      graph->node[i].offset);
    }
}

void
rg_executor_tangent (rg_executor *executor, const void *weights, void *gradient)
{
    const rg_graph *graph = executor->graph;
    set_direction (executor, weights);
    for (size_t i = 0; i < graph->nodes; i++) {
        rg_call call = call_of (executor, i);
        if (graph->node[i].op != NULL && graph->node[i].wanted && rg_call_moves (&call) && !is_idle (executor, i))
            graph->node[i].op->forward_tangent (&call);
    }
    begin (executor, adjoint_tangent_of, gradient);
    for (size_t i = (size_t) graph->loss + 1; i-- > 0;) {
        rg_call call = call_of (executor, i);
        if (graph->node[i].op != NULL && executor->array[i].adjoint.present
            && (executor->array[i].adjoint_tangent.present || rg_call_moves (&call)))
            graph->node[i].op->backward_tangent (&call);
    }
    end (executor, adjoint_tangent_of, gradient);
}

void *
rg_executor_leaf_tangent (rg_executor *executor, rg_tensor leaf)
{
    rg_slot *tangent = &executor->array[leaf].tangent;
    if (!executor->graph->node[leaf].differentiable)
        return NULL;
    if (!rg_claim (tangent))
        clear (executor, tangent->data, rg_array_size (&executor->array[leaf]));
    return tangent->data;
}

void
rg_executor_seed_hyper (rg_executor *executor, const double *direction)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++)
        if (moves_as_hyper (&graph->node[i])) {
            rg_array *array = &executor->array[i];
            executor->dense->convert (rg_array_size (array), direction + graph->node[i].offset, array->tangent.data);
            array->tangent.present = true;
        }
}

/* Restricted arguments let compilers vectorise. */
static void
add_single (size_t count, const float *restrict x, double *restrict sum)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += (double) x[k];
}

static void
add_double (size_t count, const double *restrict x, double *restrict sum)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += x[k];
}

void
rg_executor_add_hyper (const rg_executor *executor,
                       const void *(*derivative) (const rg_executor *executor, rg_tensor leaf), double *sum)
{
    const rg_graph *graph = executor->graph;
    for (size_t i = 0; i < graph->nodes; i++)
        if (moves_as_hyper (&graph->node[i])) {
            const size_t count = rg_array_size (&executor->array[i]);
            const void *data = derivative (executor, (rg_tensor) i);
            if (graph->precision == RG_SINGLE)
                add_single (count, data, sum + graph->node[i].offset);
            else
                add_double (count, data, sum + graph->node[i].offset);
        }
}

void
rg_executor_clear_tangents (rg_executor *executor)
{
    for (size_t i = 0; i < executor->graph->nodes; i++)
        executor->array[i].tangent.present = false;
}

const void *
rg_executor_value (const rg_executor *executor, rg_tensor tensor)
{
    return executor->array[tensor].value;
}

const void *
rg_executor_adjoint (const rg_executor *executor, rg_tensor leaf)
{
    return executor->array[leaf].adjoint.data;
}

const void *
rg_executor_adjoint_tangent (const rg_executor *executor, rg_tensor leaf)
{
    return executor->array[leaf].adjoint_tangent.data;
}

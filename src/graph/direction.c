/* direction.c -- an executor's own tangent, in one direction; the flat hyperparameters of its leaves. */
#include <math.h>

#include "graph/linearisation.h"
#include "graph/tangents.h"

void
rg_executor_tangent (rg_executor *executor, const void *weights, void *gradient)
{
    if (executor->tangents != NULL)
        rg_tangents_run (executor->tangents, weights, gradient);
    else /* made for less: no number is the answer */
        executor->dense->fill (executor->graph->weights, NAN, gradient, false);
}

void *
rg_executor_leaf_tangent (rg_executor *executor, rg_tensor leaf)
{
    return executor->tangents == NULL ? NULL : rg_tangents_leaf (executor->tangents, leaf);
}

void
rg_executor_seed_hyper (rg_executor *executor, const double *direction)
{
    if (executor->tangents != NULL)
        rg_tangents_seed_hyper (executor->tangents, direction);
}

void
rg_executor_clear_tangents (rg_executor *executor)
{
    if (executor->tangents != NULL)
        rg_tangents_begin (executor->tangents, executor, 1);
}

const void *
rg_executor_adjoint_tangent (const rg_executor *executor, rg_tensor leaf)
{
    return executor->tangents == NULL ? NULL : rg_tangents_adjoint (executor->tangents, leaf);
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
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_graph_node *node = &graph->node[i];
        if (node->kind != RG_NODE_HYPER || !node->differentiable)
            continue;
        if (graph->precision == RG_SINGLE)
            add_single (rg_node_size (node, 1), derivative (executor, (rg_tensor) i), sum + node->offset);
        else
            add_double (rg_node_size (node, 1), derivative (executor, (rg_tensor) i), sum + node->offset);
    }
}

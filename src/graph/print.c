/* print.c -- a graph for the reader: names, shapes, bytes, operations. */
#include <stdio.h>

#include "base/memory.h"
#include "graph/node.h"

rg_tensor
rg_graph_name (rg_graph *graph, rg_tensor tensor, const char *name)
{
    if (graph->status != RG_OK || tensor < 0 || (size_t) tensor >= graph->nodes)
        return RG_NO_TENSOR;
    char *copy = rg_strdup (name);
    if (copy == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    rg_free (graph->node[tensor].name);
    graph->node[tensor].name = copy;
    return tensor;
}

static const char *
kind_of (const rg_graph_node *node)
{
    static const char *const kinds[] = { [RG_NODE_WEIGHTS] = "weights", [RG_NODE_HYPER] = "hyperparameters",
                                         [RG_NODE_BATCH] = "batch", [RG_NODE_INTEGERS] = "whole numbers",
                                         [RG_NODE_CONSTANT] = "constant" };
    return node->op == NULL ? kinds[node->kind] : node->op->name;
}

void
rg_graph_describe (const rg_graph *graph, rg_tensor tensor, char *text, size_t size)
{
    const rg_graph_node *node = &graph->node[tensor];
    char shape[RG_SHAPE_TEXT];
    rg_shape_describe (&node->shape, shape, sizeof shape);
    snprintf (text, size, "node %d (%s%s%s, %s)", tensor, node->name == NULL ? "" : node->name,
              node->name == NULL ? "" : ": ", kind_of (node), shape);
}

double
rg_graph_work (const rg_graph *graph, const rg_graph_node *node)
{
    if (node->op == NULL)
        return 0;
    if (node->op->work == NULL)
        return (double) rg_node_size (node, graph->rows);
    const rg_graph_node *operand[RG_WORK_OPERANDS] = { NULL };
    for (size_t k = 0; k < node->operands && k < RG_WORK_OPERANDS; k++)
        operand[k] = node->operand[k] == RG_NO_TENSOR ? NULL : &graph->node[node->operand[k]];
    return node->op->work (node, operand, graph->rows);
}

/* The line of a node; returns the bytes of its value. */
static double
print_node (const rg_graph *graph, size_t i, const rg_graph_seconds *seconds, const rg_log *log)
{
    const rg_graph_node *node = &graph->node[i];
    char shape[RG_SHAPE_TEXT], operands[64] = "", what[64], time[64] = "";
    size_t used = 0;
    const double size = (double) rg_node_size (node, graph->rows) * (double) rg_precision_size (graph->precision);
    const double bytes = node->overwrites ? 0 : size;
    rg_shape_describe (&node->shape, shape, sizeof shape);
    for (size_t k = 0; k < node->operands && used < sizeof operands; k++)
        if (node->operand[k] != RG_NO_TENSOR)
            used += (size_t) snprintf (operands + used, sizeof operands - used, "%s%d", k == 0 ? "" : " ", node->operand[k]);
    snprintf (what, sizeof what, "%s%s%s", node->name == NULL ? "" : node->name, node->name == NULL ? "" : ": ", kind_of (node));
    if (seconds != NULL)
        snprintf (time, sizeof time, " %12.2f %12.2f", 1e6 * seconds[i].forward, 1e6 * seconds[i].backward);
    rg_note (log, "%-4zu %-28s %-22s %-14s %14.0f %14.0f%s%s", i, what, shape, operands, bytes, rg_graph_work (graph, node), time,
             (rg_tensor) i == graph->loss ? "  the loss" : "");
    return bytes;
}

void
rg_graph_print_with (const rg_graph *graph, const rg_graph_seconds *seconds, const rg_log *log)
{
    double bytes = 0, work = 0;
    rg_note (log, "%-4s %-28s %-22s %-14s %14s %14s%s", "node", "what", "shape", "operands", "bytes", "operations",
             seconds == NULL ? "" : "   forward us  backward us");
    for (size_t i = 0; i < graph->nodes; i++) {
        bytes += print_node (graph, i, seconds, log);
        work += rg_graph_work (graph, &graph->node[i]);
    }
    rg_note (log, "%zu nodes, %.0f bytes of values for %zu examples, %.0f operations forward", graph->nodes, bytes,
             graph->rows, work);
}

void
rg_graph_print (const rg_graph *graph, const rg_log *log)
{
    rg_graph_print_with (graph, NULL, log);
}

rg_shape
rg_graph_shape (const rg_graph *graph, rg_tensor tensor)
{
    return tensor < 0 || (size_t) tensor >= graph->nodes ? (rg_shape) { 0 } : graph->node[tensor].shape;
}

void
rg_graph_watch (rg_graph *graph, rg_tensor tensor)
{
    if (tensor >= 0 && (size_t) tensor < graph->nodes)
        graph->node[tensor].watched = true;
}

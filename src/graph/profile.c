/* profile.c -- what each node of a graph takes; see rg_executor_profile in retrograde/graph.h. */
#include <math.h>

#include "base/memory.h"
#include "graph/linearisation.h"

/* Nothing is known of nodes that did not run. */
static void
settle (rg_graph_seconds *seconds, size_t nodes)
{
    for (size_t i = 0; i < nodes; i++) {
        seconds[i].forward = isinf (seconds[i].forward) ? 0 : seconds[i].forward;
        seconds[i].backward = isinf (seconds[i].backward) ? 0 : seconds[i].backward;
    }
}

rg_status
rg_executor_profile (rg_executor *executor, size_t repeats, const rg_log *log, rg_message *message)
{
    const rg_graph *graph = executor->graph;
    rg_graph_seconds *seconds = rg_calloc (graph->nodes, sizeof *seconds);
    void *gradient = rg_malloc (rg_graph_weight_count (graph), rg_precision_size (graph->precision));
    rg_status status = seconds == NULL || gradient == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for a profile") : RG_OK;
    for (size_t i = 0; status == RG_OK && i < graph->nodes; i++)
        seconds[i] = (rg_graph_seconds) { INFINITY, INFINITY };
    executor->seconds = seconds;
    double loss;
    for (size_t k = 0; status == RG_OK && k < repeats; k++)
        status = rg_executor_gradient (executor, &loss, gradient);
    executor->seconds = NULL;
    if (status == RG_OK) {
        settle (seconds, graph->nodes);
        rg_graph_print_with (graph, seconds, log);
    } else if (status != RG_ENOMEM)
        rg_executor_explain (executor, message);
    rg_free (gradient);
    rg_free (seconds);
    return status;
}

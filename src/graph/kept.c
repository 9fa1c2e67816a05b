/* kept.c -- see kept.h. */
#include "graph/kept.h"

#include "base/memory.h"
#include "graph/linearisation.h"

static size_t
aligned (size_t bytes)
{
    return (bytes + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT;
}

void
rg_executor_kept_bytes (const rg_executor *executor, size_t bytes[RG_KEPT_PARTS])
{
    bytes[RG_KEPT_VALUES] = bytes[RG_KEPT_ADJOINTS] = 0;
    for (size_t i = 0; i < RG_ARRAYS_OF_NODE * executor->graph->nodes; i++)
        bytes[executor->home[i].part] += aligned (executor->home[i].bytes);
}

/* Where an array is from now on: in its part, which it uses up, or at home. */
static void *
place (const rg_home *home, char *left[RG_KEPT_PARTS])
{
    char **part = &left[home->part];
    if (home->bytes == 0 || *part == NULL)
        return home->at;
    *part += aligned (home->bytes);
    return *part - aligned (home->bytes);
}

void
rg_executor_keep (rg_executor *executor, void *const part[RG_KEPT_PARTS])
{
    const rg_graph *graph = executor->graph;
    char *left[RG_KEPT_PARTS] = { part[RG_KEPT_VALUES], part[RG_KEPT_ADJOINTS] };
    for (size_t i = 0; i < graph->nodes; i++) {
        const rg_home *home = executor->home + RG_ARRAYS_OF_NODE * i;
        rg_graph_array *array = &executor->calls.array[i];
        if (graph->node[i].op == NULL)
            continue;
        void *value = place (&home[RG_VALUE_OF_NODE], left);
        array->value = graph->node[i].overwrites ? executor->calls.array[graph->node[i].operand[0]].value : value;
        executor->calls.call[i].kept = place (&home[RG_KEPT_OF_NODE], left);
        array->adjoint.data = place (&home[RG_ADJOINT_OF_NODE], left);
    }
}

void
rg_executor_again (rg_executor *executor, bool adjoints, double *loss, void *gradient)
{
    executor->lacks_loss = loss == NULL;
    if (loss != NULL)
        *loss = rg_real_get (executor->dense, executor->calls.array[executor->graph->loss].value);
    if (!adjoints)
        rg_executor_backward (executor, gradient);
}

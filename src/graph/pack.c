/* pack.c -- see pack.h. */
#include "graph/pack.h"

#include "base/memory.h"

rg_status
rg_pack_init (rg_pack *pack, const rg_graph *graph)
{
    pack->part = rg_calloc (graph->most_operands + 1, sizeof *pack->part);
    pack->operand = rg_calloc (graph->most_operands, sizeof *pack->operand);
    if (pack->part != NULL && pack->operand != NULL)
        return RG_OK;
    rg_pack_clear (pack);
    return RG_ENOMEM;
}

void
rg_pack_clear (rg_pack *pack)
{
    rg_free (pack->part);
    rg_free (pack->operand);
    *pack = (rg_pack) { 0 };
}

/* A tangent and the tangent of an adjoint, of each operand and the result. */
size_t
rg_pack_scratch (const rg_graph *graph, const rg_graph_node *node)
{
    size_t count = 2 * rg_node_size (node, graph->rows);
    for (size_t k = 0; k < node->operands; k++)
        if (node->operand[k] != RG_NO_TENSOR)
            count += 2 * rg_node_size (&graph->node[node->operand[k]], graph->rows);
    return count;
}

/* Restricted arguments let compilers vectorise. */
static void
gather_single (size_t n, size_t width, const float *restrict in, float *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i * width];
}

static void
gather_double (size_t n, size_t width, const double *restrict in, double *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i * width];
}

static void
scatter_single (size_t n, size_t width, const float *restrict in, float *restrict out, bool accumulate)
{
    for (size_t i = 0; i < n; i++)
        out[i * width] = accumulate ? out[i * width] + in[i] : in[i];
}

static void
scatter_double (size_t n, size_t width, const double *restrict in, double *restrict out, bool accumulate)
{
    for (size_t i = 0; i < n; i++)
        out[i * width] = accumulate ? out[i * width] + in[i] : in[i];
}

/* Copy direction k of a slot that is present. */
static void
gather (const rg_call *call, size_t k, size_t n, const rg_slot *from, rg_slot *to)
{
    to->present = from->present;
    if (!from->present || from->data == NULL)
        return;
    const void *in = rg_real_at (call->dense, from->data, k);
    if (call->dense->precision == RG_SINGLE)
        gather_single (n, call->width, in, to->data);
    else
        gather_double (n, call->width, in, to->data);
}

/* Put what a kernel found back as direction k. */
static void
scatter (const rg_call *call, size_t k, size_t n, const rg_slot *from, rg_slot *to, bool accumulate)
{
    if (!from->present || to->data == NULL)
        return;
    void *out = rg_real_at (call->dense, to->data, k);
    if (call->dense->precision == RG_SINGLE)
        scatter_single (n, call->width, from->data, out, accumulate);
    else
        scatter_double (n, call->width, from->data, out, accumulate);
}

/* An array with room for one direction; returns the end of that. */
static void *
part_of (const rg_call *call, const rg_graph_array *array, void *memory, rg_graph_array *part)
{
    const size_t n = rg_array_size (array);
    *part = *array;
    part->tangent = (rg_slot) { array->tangent.data == NULL && !array->tangent.present ? NULL : memory, false };
    part->adjoint_tangent =
        (rg_slot) { array->adjoint_tangent.data == NULL ? NULL : rg_real_at (call->dense, memory, n), false };
    return rg_real_at (call->dense, memory, 2 * n);
}

/* The first operand that is the same array as operand k. */
static size_t
first_of (const rg_call *call, size_t k)
{
    size_t first = 0;
    while (call->operand[first] != call->operand[k])
        first++;
    return first;
}

/* The call for one direction, but for the directions themselves. */
static rg_call
begin (const rg_pack *pack, const rg_call *call)
{
    rg_call one = *call;
    void *memory = rg_real_at (call->dense, call->scratch, call->node->scratch + call->node->wide_scratch);
    one.operand = pack->operand;
    one.width = 1;
    for (size_t o = 0; o < call->node->operands; o++) {
        const size_t first = call->operand[o] == NULL ? o : first_of (call, o);
        pack->operand[o] = call->operand[o] == NULL ? NULL : &pack->part[first];
        if (call->operand[o] != NULL && first == o)
            memory = part_of (call, call->operand[o], memory, &pack->part[o]);
    }
    one.result = &pack->part[call->node->operands];
    part_of (call, call->result, memory, one.result);
    return one;
}

/* Whether operand o is there and no earlier operand is the same array. */
static bool
is_first (const rg_call *call, size_t o)
{
    return call->operand[o] != NULL && first_of (call, o) == o;
}

static void
run_tangents (const rg_call *call, rg_call *one, size_t k)
{
    for (size_t o = 0; o < call->node->operands; o++)
        if (is_first (call, o))
            gather (call, k, rg_array_size (call->operand[o]), &call->operand[o]->tangent, &one->operand[o]->tangent);
    one->result->tangent.present = false;
    call->node->op->tangents (one);
    scatter (call, k, rg_array_size (call->result), &one->result->tangent, &call->result->tangent, false);
}

static void
run_adjoint_tangents (const rg_call *call, rg_call *one, size_t k)
{
    const unsigned forgets = call->node->op->forgets;
    const size_t n = rg_array_size (call->result);
    for (size_t o = 0; o < call->node->operands; o++) {
        if (!is_first (call, o))
            continue;
        one->operand[o]->tangent.present = call->operand[o]->tangent.present;
        one->operand[o]->adjoint_tangent.present = false;
        if ((forgets & RG_FORGETS_MOVES) == 0)
            gather (call, k, rg_array_size (call->operand[o]), &call->operand[o]->tangent, &one->operand[o]->tangent);
    }
    one->result->tangent.present = call->result->tangent.present;
    if ((forgets & RG_FORGETS_MOVE) == 0)
        gather (call, k, n, &call->result->tangent, &one->result->tangent);
    gather (call, k, n, &call->result->adjoint_tangent, &one->result->adjoint_tangent);
    call->node->op->adjoint_tangents (one);
    for (size_t o = 0; o < call->node->operands; o++)
        if (is_first (call, o))
            scatter (call, k, rg_array_size (call->operand[o]), &one->operand[o]->adjoint_tangent,
                     &call->operand[o]->adjoint_tangent, call->operand[o]->adjoint_tangent.present);
}

void
rg_pack_run (const rg_pack *pack, rg_call *call, bool adjoint)
{
    rg_call one = begin (pack, call);
    const size_t step = call->node->carried;
    for (size_t k = 0; k < call->width; k++) {
        one.carried = rg_real_at (call->dense, call->carried, k * step);
        if (adjoint)
            run_adjoint_tangents (call, &one, k);
        else
            run_tangents (call, &one, k);
    }
    /* Every direction wrote the same arrays. */
    if (!adjoint)
        call->result->tangent.present |= one.result->tangent.present;
    for (size_t o = 0; adjoint && o < call->node->operands; o++)
        if (is_first (call, o))
            call->operand[o]->adjoint_tangent.present |= one.operand[o]->adjoint_tangent.present;
}

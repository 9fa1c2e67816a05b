/* unary.c -- what elementwise functions with kernels in dense/ share; see unary.h. */
#include "graph/op/unary.h"

#include <string.h>

#include "graph/block.h"

rg_status
rg_same_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) examples;
    node->shape = operand[0]->shape;
    return RG_OK;
}

rg_status
rg_unary_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    node->kept = rg_node_size (operand[0], examples);
    return rg_same_shape (node, operand, examples);
}

/* y = f(y), by way of a part on the stack: kernels write into no operand. */
static void
map_in_place (const rg_dense *dense, rg_map *function, size_t n, void *y)
{
    enum { PART = 256 };
    double part[PART];
    for (size_t first = 0; first < n; first += PART) {
        const size_t count = n - first < PART ? n - first : PART;
        memcpy (part, rg_real_at (dense, y, first), count * dense->size);
        function (count, part, rg_real_at (dense, y, first));
    }
}

void
rg_unary_forward (rg_call *call, rg_map *function)
{
    const rg_graph_array *x = call->operand[0], *y = call->result;
    if (x->value == y->value)
        map_in_place (call->dense, function, rg_array_size (y), y->value);
    else
        function (rg_array_size (y), x->value, y->value);
}

void
rg_unary_backward (rg_call *call, rg_slope *slope, const void *x)
{
    rg_slot *out = &call->operand[0]->adjoint;
    const rg_graph_array *y = call->result;
    const size_t n = rg_array_size (y);
    slope (n, x, y->value, call->kept);
    if (out->data != NULL)
        call->dense->scaled_product (n, 1, call->kept, y->adjoint.data, out->data, rg_claim (out));
}

void
rg_unary_tangents (rg_call *call)
{
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        rg_block_product (call, rg_array_size (call->result), call->kept, call->operand[0]->tangent.data, out->data,
                          rg_claim (out));
}

void
rg_unary_adjoint_tangents (rg_call *call, double a, double b, const void *v)
{
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    const rg_graph_array *y = call->result;
    const size_t n = rg_array_size (y);
    if (out->data == NULL)
        return;
    if (y->adjoint_tangent.present)
        rg_block_product (call, n, call->kept, y->adjoint_tangent.data, out->data, rg_claim (out));
    if (!y->tangent.present || v == NULL)
        return;
    if (!rg_claim (out))
        call->dense->fill (n * call->width, 0, out->data, false);
    rg_block_bend (call, n, a, b, v, y->tangent.data, y->adjoint.data, out->data);
}

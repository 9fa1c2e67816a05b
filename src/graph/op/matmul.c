/* matmul.c -- the operator y_n = a_n b_n: matrices of the last two dimensions, for each index of those in front. */
#include "graph/op/bilinear.h"
#include "graph/operators.h"

static bool
is_like (const rg_shape *a, const rg_shape *b)
{
    if (a->dimensions != b->dimensions || a->dimensions < 3 || a->batched != b->batched)
        return false;
    for (size_t d = 0; d + 2 < a->dimensions; d++)
        if (a->dim[d] != b->dim[d])
            return false;
    return true;
}

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *a = &operand[0]->shape, *b = &operand[1]->shape;
    (void) examples;
    if (!is_like (a, b) || a->dim[a->dimensions - 1] != b->dim[b->dimensions - 2])
        return RG_ESHAPE;
    node->shape = *a;
    node->shape.dim[a->dimensions - 1] = b->dim[b->dimensions - 1];
    return RG_OK;
}

static double
work (const rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    return 2 * (double) rg_node_size (node, examples) * (double) rg_node_last (operand[0]);
}

/* a_n is m x k, b_n k x q, y_n m x q. */
typedef struct {
    size_t count, m, k, q;
} sizes;

static sizes
sizes_of (const rg_call *call)
{
    const rg_shape *a = &call->operand[0]->shape, *b = &call->operand[1]->shape;
    const size_t m = a->dim[a->dimensions - 2], k = a->dim[a->dimensions - 1], q = b->dim[b->dimensions - 1];
    return (sizes) { rg_array_size (call->result) / (m * q), m, k, q };
}

static const void *
at (const rg_call *call, const void *data, size_t i)
{
    return (const char *) data + i * call->dense->size;
}

static void
result (const rg_call *call, const void *a, const void *b, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    for (size_t n = 0; n < s.count; n++)
        call->dense->multiply_nn (s.m, s.q, s.k, at (call, a, n * s.m * s.k), at (call, b, n * s.k * s.q),
                                  rg_real_at (call->dense, out, n * s.m * s.q), accumulate);
}

static void
first (const rg_call *call, const void *y, const void *b, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    for (size_t n = 0; n < s.count; n++)
        call->dense->multiply_nt (s.m, s.k, s.q, at (call, y, n * s.m * s.q), at (call, b, n * s.k * s.q),
                                  rg_real_at (call->dense, out, n * s.m * s.k), accumulate);
}

static void
second (const rg_call *call, const void *a, const void *y, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    for (size_t n = 0; n < s.count; n++)
        call->dense->multiply_tn (s.k, s.q, s.m, at (call, a, n * s.m * s.k), at (call, y, n * s.m * s.q),
                                  rg_real_at (call->dense, out, n * s.k * s.q), accumulate);
}

static const rg_bilinear products = { .result = result, .first = first, .second = second };

static void
forward (rg_call *call)
{
    result (call, call->operand[0]->value, call->operand[1]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_bilinear_backward (call, &products);
}

static void
tangents (rg_call *call)
{
    rg_bilinear_tangents (call, &products);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_bilinear_adjoint_tangents (call, &products);
}

const rg_operator rg_operator_matmul = {
    .name = "matmul",
    .formula = "a b, matrices of the last two dimensions, for each index in front",
    .needs = 2,
    .takes = 2,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .tangents = tangents,
    .adjoint_tangents = adjoint_tangents,
    .single = true,
    .work = work,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

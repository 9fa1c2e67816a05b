/* affine.c -- the operator y = x W + 1 bᵀ: a layer without its activation. x is a matrix of its last dimension. */
#include "graph/op/bilinear.h"
#include "graph/operators.h"

enum { X, W, B };

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) examples;
    const rg_graph_node *x = operand[X], *w = operand[W], *b = operand[B];
    if (w->shape.batched || w->shape.dimensions > 2 || rg_node_last (x) != rg_node_rows (w))
        return RG_ESHAPE;
    if (b != NULL && (b->shape.batched || b->shape.dimensions > 2 || rg_node_size (b, 1) != rg_node_cols (w)
                      || (rg_node_rows (b) != 1 && rg_node_cols (b) != 1)))
        return RG_ESHAPE;
    node->shape = x->shape;
    node->shape.dim[x->shape.dimensions - 1] = rg_node_cols (w);
    return RG_OK;
}

static double
work (const rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    return 2 * (double) rg_node_size (node, examples) * (double) rg_node_rows (operand[W]);
}

/* x is n x p, y n x q. */
typedef struct {
    size_t n, p, q;
} sizes;

static sizes
sizes_of (const rg_call *call)
{
    const rg_graph_array *w = call->operand[W];
    return (sizes) { rg_array_size (call->result) / w->cols, w->rows, w->cols };
}

static void
result (const rg_call *call, const void *x, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    call->dense->multiply_nn (s.n, s.q, s.p, x, w, out, accumulate);
}

static void
first (const rg_call *call, const void *y, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    call->dense->multiply_nt (s.n, s.p, s.q, y, w, out, accumulate);
}

static void
second (const rg_call *call, const void *x, const void *y, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    call->dense->multiply_tn (s.p, s.q, s.n, x, y, out, accumulate);
}

/*
 * A block of directions, those of one number together: an n x q tangent is an n x (q width) matrix, so that a product
 * from the left is one wider product. From the right it is one product for each row, and where both factors have an
 * index to sum over the rows or the units, one for each unit of x.
 */
static void
result_w (const rg_call *call, const void *x, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    call->dense->wide_nn (s.n, s.q * call->width, s.p, x, w, out, accumulate);
}

/* The address of a number of an array that is only read. */
static const void *
at (const rg_call *call, const void *data, size_t i)
{
    return (const char *) data + i * call->dense->size;
}

static void
result_x (const rg_call *call, const void *x, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    const size_t width = call->width;
    for (size_t i = 0; i < s.n; i++)
        call->dense->multiply_tn (s.q, width, s.p, w, at (call, x, i * s.p * width),
                                  rg_real_at (call->dense, out, i * s.q * width), accumulate);
}

static void
first_y (const rg_call *call, const void *y, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    const size_t width = call->width;
    for (size_t i = 0; i < s.n; i++)
        call->dense->multiply_nn (s.p, width, s.q, w, at (call, y, i * s.q * width),
                                  rg_real_at (call->dense, out, i * s.p * width), accumulate);
}

static void
first_w (const rg_call *call, const void *y, const void *w, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    const size_t width = call->width;
    for (size_t i = 0; i < s.p; i++)
        call->dense->multiply_nn_apart (s.n, width, s.q, y, at (call, w, i * s.q * width), width,
                                        rg_real_at (call->dense, out, i * width), s.p * width, accumulate);
}

static void
second_y (const rg_call *call, const void *x, const void *y, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    call->dense->wide_tn (s.p, s.q * call->width, s.n, x, y, out, accumulate);
}

static void
second_x (const rg_call *call, const void *x, const void *y, void *out, bool accumulate)
{
    const sizes s = sizes_of (call);
    const size_t width = call->width;
    for (size_t i = 0; i < s.p; i++)
        call->dense->multiply_tn_apart (s.q, width, s.n, y, at (call, x, i * width), s.p * width,
                                        rg_real_at (call->dense, out, i * s.q * width), width, accumulate);
}

static const rg_bilinear products = {
    .result = result, .first = first, .second = second, .result_x = result_x, .result_w = result_w,
    .first_y = first_y, .first_w = first_w, .second_x = second_x, .second_y = second_y,
};

static void
forward (rg_call *call)
{
    const sizes s = sizes_of (call);
    const rg_graph_array *x = call->operand[X], *w = call->operand[W], *b = call->operand[B], *y = call->result;
    if (b != NULL)
        call->dense->fill_rows (s.n, s.q, b->value, y->value, false);
    result (call, x->value, w->value, y->value, b != NULL);
}

/* b̄ (+)= the column sums of ȳ, or of its tangents. */
static void
sum_columns (const rg_call *call, const rg_slot *from, rg_slot *out)
{
    const sizes s = sizes_of (call);
    if (from->present && out->data != NULL)
        call->dense->column_sums (s.n, s.q * call->width, from->data, out->data, rg_claim (out));
}

static void
backward (rg_call *call)
{
    if (call->operand[B] != NULL)
        sum_columns (call, &call->result->adjoint, &call->operand[B]->adjoint);
    rg_bilinear_backward (call, &products);
}

static void
tangents (rg_call *call)
{
    const sizes s = sizes_of (call);
    const rg_graph_array *b = call->operand[B];
    rg_slot *out = &call->result->tangent;
    if (b != NULL && b->tangent.present && out->data != NULL)
        call->dense->fill_rows (s.n, s.q * call->width, b->tangent.data, out->data, rg_claim (out));
    rg_bilinear_tangents (call, &products);
}

static void
adjoint_tangents (rg_call *call)
{
    if (call->operand[B] != NULL)
        sum_columns (call, &call->result->adjoint_tangent, &call->operand[B]->adjoint_tangent);
    rg_bilinear_adjoint_tangents (call, &products);
}

const rg_operator rg_operator_affine = {
    .name = "affine", .formula = "x W + b: a layer", .needs = 2, .takes = 3,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .work = work,
    .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_graph_affine (rg_graph *graph, rg_tensor x, rg_tensor weight, rg_tensor bias)
{
    return rg_graph_add_node (graph, &rg_operator_affine, 3, (rg_tensor[]) { x, weight, bias }, NULL);
}

/* elementwise.c -- see elementwise.h. The slope is kept; f'' is computed again where it is needed. */
#include "graph/op/elementwise.h"

#include "graph/block.h"
#include "graph/op/unary.h"

enum { PART = 256 };

/* A few points and what the curve is there, in double and in the call's precision. */
typedef struct {
    size_t first, count;
    double x[PART], y[PART], slope[PART], bend[PART], real[PART];
} part;

rg_status
rg_elementwise_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    return rg_unary_shape (node, operand, examples);
}

static void
evaluate (const rg_call *call, part *p)
{
    const rg_graph_array *x = call->operand[0];
    const size_t left = rg_array_size (x) - p->first;
    p->count = left < PART ? left : PART;
    const void *in = rg_real_at (call->dense, x->value, p->first);
    for (size_t i = 0; i < p->count; i++)
        p->x[i] = call->dense->precision == RG_SINGLE ? (double) ((const float *) in)[i] : ((const double *) in)[i];
    call->node->op->curve (call->node->settings, p->count, p->x, p->y, p->slope, p->bend);
}

void
rg_elementwise_forward (rg_call *call)
{
    part p;
    for (p.first = 0; p.first < rg_array_size (call->result); p.first += PART) {
        evaluate (call, &p);
        call->dense->convert (p.count, p.y, rg_real_at (call->dense, call->result->value, p.first));
    }
}

void
rg_elementwise_backward (rg_call *call)
{
    rg_slot *out = &call->operand[0]->adjoint;
    const size_t n = rg_array_size (call->result);
    part p;
    for (p.first = 0; p.first < n; p.first += PART) {
        evaluate (call, &p);
        call->dense->convert (p.count, p.slope, rg_real_at (call->dense, call->kept, p.first));
    }
    if (out->data != NULL)
        call->dense->scaled_product (n, 1, call->kept, call->result->adjoint.data, out->data, rg_claim (out));
}

void
rg_elementwise_tangents (rg_call *call)
{
    rg_unary_tangents (call);
}

/* x̄̇ += f''(x) ẋ ȳ */
static void
add_bends (rg_call *call, rg_slot *out)
{
    const rg_graph_array *x = call->operand[0], *y = call->result;
    const size_t width = call->width;
    part p;
    for (p.first = 0; p.first < rg_array_size (y); p.first += PART) {
        evaluate (call, &p);
        call->dense->convert (p.count, p.bend, p.real);
        rg_block_bend (call, p.count, 0, 1, p.real, rg_real_at (call->dense, x->tangent.data, p.first * width),
                       rg_real_at (call->dense, y->adjoint.data, p.first),
                       rg_real_at (call->dense, out->data, p.first * width));
    }
}

void
rg_elementwise_adjoint_tangents (rg_call *call)
{
    const rg_graph_array *x = call->operand[0], *y = call->result;
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    const size_t n = rg_array_size (y);
    if (out->data == NULL)
        return;
    if (y->adjoint_tangent.present)
        rg_block_product (call, n, call->kept, y->adjoint_tangent.data, out->data, rg_claim (out));
    if (!x->tangent.present || !call->node->op->bends)
        return;
    if (!rg_claim (out))
        call->dense->fill (n * call->width, 0, out->data, false);
    add_bends (call, out);
}

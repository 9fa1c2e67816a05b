/* bilinear.c -- operators that are linear in each of two operands; see bilinear.h. */
#include "graph/op/bilinear.h"

void
rg_bilinear_backward (rg_call *call, const rg_bilinear *products)
{
    rg_graph_array *x = call->operand[0], *w = call->operand[1];
    const void *y_bar = call->result->adjoint.data;
    if (w->adjoint.data != NULL)
        products->second (call, x->value, y_bar, w->adjoint.data, rg_claim (&w->adjoint));
    if (x->adjoint.data != NULL)
        products->first (call, y_bar, w->value, x->adjoint.data, rg_claim (&x->adjoint));
}

/* The product for this width. */
static rg_bilinear_product *
of_width (const rg_call *call, rg_bilinear_product *plain, rg_bilinear_product *wide)
{
    return call->width == 1 ? plain : wide;
}

void
rg_bilinear_tangents (rg_call *call, const rg_bilinear *products)
{
    const rg_graph_array *x = call->operand[0], *w = call->operand[1];
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    if (w->tangent.present)
        of_width (call, products->result, products->result_w) (call, x->value, w->tangent.data, out->data,
                                                               rg_claim (out));
    if (x->tangent.present)
        of_width (call, products->result, products->result_x) (call, x->tangent.data, w->value, out->data,
                                                               rg_claim (out));
}

/* One of the two terms of x̄̇. */
static void
add_to_first (rg_call *call, const rg_bilinear *products, bool moving)
{
    rg_graph_array *x = call->operand[0];
    const rg_graph_array *w = call->operand[1], *y = call->result;
    rg_slot *out = &x->adjoint_tangent;
    if (moving && w->tangent.present)
        of_width (call, products->first, products->first_w) (call, y->adjoint.data, w->tangent.data, out->data,
                                                             rg_claim (out));
    if (!moving && y->adjoint_tangent.present)
        of_width (call, products->first, products->first_y) (call, y->adjoint_tangent.data, w->value, out->data,
                                                             rg_claim (out));
}

/* One of the two terms of w̄̇. */
static void
add_to_second (rg_call *call, const rg_bilinear *products, bool moving)
{
    rg_graph_array *w = call->operand[1];
    const rg_graph_array *x = call->operand[0], *y = call->result;
    rg_slot *out = &w->adjoint_tangent;
    if (moving && x->tangent.present)
        of_width (call, products->second, products->second_x) (call, x->tangent.data, y->adjoint.data, out->data,
                                                               rg_claim (out));
    if (!moving && y->adjoint_tangent.present)
        of_width (call, products->second, products->second_y) (call, x->value, y->adjoint_tangent.data, out->data,
                                                               rg_claim (out));
}

/* A block's terms are added in another order than a single tangent's: both have the bits that they always had. */
void
rg_bilinear_adjoint_tangents (rg_call *call, const rg_bilinear *products)
{
    for (int term = 0; term < 2; term++) {
        const bool moving = (term == 0) == (call->width == 1);
        if (call->operand[1]->adjoint_tangent.data != NULL)
            add_to_second (call, products, moving);
        if (call->operand[0]->adjoint_tangent.data != NULL)
            add_to_first (call, products, moving);
    }
}

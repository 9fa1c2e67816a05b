/* unary.c -- what the elementwise operators share; see unary.h. */
#include "graph/unary.h"

rg_status
rg_unary_shape (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples)
{
    node->rows = operand[0]->rows;
    node->cols = operand[0]->cols;
    node->batched = operand[0]->batched;
    node->kept = rg_node_size (operand[0], examples);
    return RG_OK;
}

void
rg_unary_forward (rg_call *call, rg_map *function)
{
    function (rg_array_size (call->result), call->operand[0]->value, call->result->value);
}

/* ẏ = f'(x) ẋ */
void
rg_unary_forward_tangent (rg_call *call)
{
    rg_array *y = call->result;
    call->dense->scaled_product (rg_array_size (y), 1, call->kept, call->operand[0]->tangent.data,
                                 y->tangent.data, rg_claim (&y->tangent));
}

/* x̄ += f'(x) ȳ */
void
rg_unary_backward (rg_call *call, rg_slope *slope)
{
    rg_array *x = call->operand[0];
    const rg_array *y = call->result;
    slope (rg_array_size (x), x->value, y->value, call->kept);
    call->dense->scaled_product (rg_array_size (x), 1, call->kept, y->adjoint.data, x->adjoint.data,
                                 rg_claim (&x->adjoint));
}

/* x̄̇ += f'(x) ȳ̇ + f''(x) ẋ ȳ, and f'' ẋ = (a + b v) ẏ */
void
rg_unary_backward_tangent (rg_call *call, double a, double b, const void *v)
{
    rg_array *x = call->operand[0];
    const rg_array *y = call->result;
    const size_t n = rg_array_size (x);
    if (y->adjoint_tangent.present)
        call->dense->scaled_product (n, 1, call->kept, y->adjoint_tangent.data,
                                     x->adjoint_tangent.data, rg_claim (&x->adjoint_tangent));
    if (!y->tangent.present || v == NULL)
        return;
    if (!rg_claim (&x->adjoint_tangent))
        call->dense->fill (n, 0, x->adjoint_tangent.data, false);
    call->dense->bend (n, a, b, v, y->tangent.data, y->adjoint.data, x->adjoint_tangent.data);
}

void
rg_unary_forward_tangents (rg_call *call)
{
    const rg_array *x = call->operand[0];
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        call->dense->wide_product (rg_array_size (x), call->width, 1, call->kept, x->tangent.data, out->data,
                                   rg_claim (out));
}

void
rg_unary_backward_tangents (rg_call *call, double a, double b, const void *v)
{
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    const rg_array *y = call->result;
    const size_t n = rg_array_size (y);
    if (out->data == NULL)
        return;
    if (y->adjoint_tangent.present)
        call->dense->wide_product (n, call->width, 1, call->kept, y->adjoint_tangent.data, out->data, rg_claim (out));
    if (!y->tangent.present || v == NULL)
        return;
    if (!rg_claim (out))
        call->dense->fill (n * call->width, 0, out->data, false);
    call->dense->wide_bend (n, call->width, a, b, v, y->tangent.data, y->adjoint.data, out->data);
}

/*
 * block.h -- kernels of dense.h on a block of directions, [element][direction]. At width 1 they are the plain ones: a
 * direction alone has the same bits whether or not blocks exist.
 */
#ifndef RG_GRAPH_BLOCK_H
#define RG_GRAPH_BLOCK_H

#include "graph/node.h"

/* out_ik (+)= x_i y_ik */
static inline void
rg_block_product (const rg_call *call, size_t n, const void *x, const void *y, void *out, bool accumulate)
{
    if (call->width == 1)
        call->dense->scaled_product (n, 1, x, y, out, accumulate);
    else
        call->dense->wide_product (n, call->width, 1, x, y, out, accumulate);
}

/* out_ik += (a + b v_i) x_ik y_i */
static inline void
rg_block_bend (const rg_call *call, size_t n, double a, double b, const void *v, const void *x, const void *y,
               void *out)
{
    if (call->width == 1)
        call->dense->bend (n, a, b, v, x, y, out);
    else
        call->dense->wide_bend (n, call->width, a, b, v, x, y, out);
}

/* out_ik (+)= s x_i z_k, z the derivatives of a scalar */
static inline void
rg_block_outer (const rg_call *call, size_t n, double s, const void *x, const rg_slot *z, void *out, bool accumulate)
{
    if (call->width == 1)
        call->dense->scaled (n, s * rg_real_get (call->dense, z->data), x, out, accumulate);
    else
        call->dense->wide_outer (1, n, call->width, s, x, z->data, out, accumulate);
}

/* out_k (+)= s Σ_i x_i y_ik, out the derivatives of a scalar */
static inline void
rg_block_dot (const rg_call *call, size_t n, double s, const void *x, const void *y, rg_slot *out)
{
    if (out->data == NULL)
        return;
    if (call->width == 1)
        rg_slot_add (call->dense, out, s * call->dense->dot (n, x, y));
    else
        call->dense->wide_sums (1, n, call->width, s, x, y, out->data, rg_claim (out));
}

/* out_rk = s Σ_c x_rc y_rck */
static inline void
rg_block_row_dots (const rg_call *call, size_t rows, size_t cols, double s, const void *x, const void *y, void *out)
{
    if (call->width == 1)
        call->dense->row_dots (rows, cols, s, x, y, out);
    else
        call->dense->wide_sums (rows, cols, call->width, s, x, y, out, false);
}

/* out_rck (+)= x_rc y_rk */
static inline void
rg_block_scale_rows (const rg_call *call, size_t rows, size_t cols, const void *x, const void *y, void *out,
                     bool accumulate)
{
    if (call->width == 1)
        call->dense->scale_rows (rows, cols, y, x, out, accumulate);
    else
        call->dense->wide_outer (rows, cols, call->width, 1, x, y, out, accumulate);
}

/* out_ik (+)= s x_ik: a block is an array like any other. */
static inline void
rg_block_scaled (const rg_call *call, size_t n, double s, const rg_slot *x, rg_slot *out)
{
    if (x->present && out->data != NULL)
        call->dense->scaled (n * call->width, s, x->data, out->data, rg_claim (out));
}

#endif /* RG_GRAPH_BLOCK_H */

/*
 * bilinear.h -- what operators y = x ∘ w share that are linear in each of their first two operands: three products
 * give all four kernels.
 *
 *   x̄ = ȳ ∘₁ w   w̄ = x ∘₂ ȳ   ẏ = x ∘ ẇ + ẋ ∘ w
 *   x̄̇ = ȳ ∘₁ ẇ + ȳ̇ ∘₁ w   w̄̇ = ẋ ∘₂ ȳ + x ∘₂ ȳ̇
 */
#ifndef RG_GRAPH_BILINEAR_H
#define RG_GRAPH_BILINEAR_H

#include "graph/node.h"

/* out (+)= the product of two arrays; neither is out. */
typedef void rg_bilinear_product (const rg_call *call, const void *a, const void *b, void *out, bool accumulate);

/* The products, and each for a block of directions in one of its factors: those are NULL where it is `single`. */
typedef struct {
    rg_bilinear_product *result, *first, *second;  /* (x, w), (ȳ, w), (x, ȳ) */
    rg_bilinear_product *result_x, *result_w;      /* (ẋ, w), (x, ẇ) */
    rg_bilinear_product *first_y, *first_w;        /* (ȳ̇, w), (ȳ, ẇ) */
    rg_bilinear_product *second_x, *second_y;      /* (ẋ, ȳ), (x, ȳ̇) */
} rg_bilinear;

void rg_bilinear_backward (rg_call *call, const rg_bilinear *products);
void rg_bilinear_tangents (rg_call *call, const rg_bilinear *products);
void rg_bilinear_adjoint_tangents (rg_call *call, const rg_bilinear *products);

#endif /* RG_GRAPH_BILINEAR_H */

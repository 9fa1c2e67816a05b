/* product.h -- matrix products of row-major matrices, in two precisions, by BLAS. */
#ifndef RG_DENSE_PRODUCT_H
#define RG_DENSE_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * C = A B, or C += A B when accumulate: C is m x n. nn: A is m x k, B is k x n;
 * nt: B is given as its transpose, n x k; tn: A is given as its transpose, k x m.
 * No dimension is 0; C overlaps neither operand.
 */
typedef void rg_product (size_t m, size_t n, size_t k, const void *a, const void *b, void *c,
                         bool accumulate);

/*
 * The same with rows of B and C that stand apart: b_stride and c_stride numbers
 * from one row to the next. nn and tn only.
 */
typedef void rg_product_apart (size_t m, size_t n, size_t k, const void *a, const void *b,
                               size_t b_stride, void *c, size_t c_stride, bool accumulate);

rg_product rg_product_nn_single, rg_product_nt_single, rg_product_tn_single;
rg_product rg_product_nn_double, rg_product_nt_double, rg_product_tn_double;

rg_product_apart rg_product_nn_apart_single, rg_product_tn_apart_single;
rg_product_apart rg_product_nn_apart_double, rg_product_tn_apart_double;

/* Our own, built for level x86-64-v4 only, for B of many columns; see panel_product.h. */
rg_product rg_panel_nn_single, rg_panel_tn_single, rg_panel_nn_double, rg_panel_tn_double;

#endif /* RG_DENSE_PRODUCT_H */

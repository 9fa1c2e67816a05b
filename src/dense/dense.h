/* dense.h -- the table of kernels in which operators are written: one a precision and processor level. */
#ifndef RG_DENSE_DENSE_H
#define RG_DENSE_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/kernels.h"
#include "dense/precision.h"
#include "dense/product.h"

/*
 * Arrays are `real`: float or double, by the table; scalars come as double and
 * are rounded to real once. With `accumulate` a kernel adds to what is there,
 * else it overwrites. Outputs overlap no input. All levels give the same bits:
 * elementwise kernels use IEEE + - * / only, sums have one fixed order.
 */
typedef void rg_map (size_t n, const void *x, void *y);
typedef void rg_slope (size_t n, const void *x, const void *y, void *slope);

typedef struct rg_dense {
    rg_precision precision;
    size_t size; /* bytes of a real */

    rg_product *multiply_nn, *multiply_nt, *multiply_tn;
    rg_product_apart *multiply_nn_apart, *multiply_tn_apart;

    /* out_i = in_i, rounded. */
    void (*convert) (size_t n, const double *in, void *out);
    /* out_i (+)= value. */
    void (*fill) (size_t n, double value, void *out, bool accumulate);
    /* out_i (+)= s x_i. */
    void (*scaled) (size_t n, double s, const void *x, void *out, bool accumulate);
    /* out_i (+)= s x_i y_i. */
    void (*scaled_product) (size_t n, double s, const void *x, const void *y, void *out,
                            bool accumulate);
    /* out_i += (a + b v_i) x_i y_i. */
    void (*bend) (size_t n, double a, double b, const void *v, const void *x, const void *y,
                  void *out);

    /* Σ x_i and Σ x_i y_i, in double, over 32 interleaved partial sums. */
    double (*sum) (size_t n, const void *x);
    double (*dot) (size_t n, const void *x, const void *y);

    /* Matrices, rows x cols. */
    void (*fill_rows) (size_t rows, size_t cols, const void *row, void *out, bool accumulate);
    void (*scale_rows) (size_t rows, size_t cols, const void *scale, const void *x, void *out,
                        bool accumulate);
    void (*column_sums) (size_t rows, size_t cols, const void *x, void *out, bool accumulate);
    void (*row_dots) (size_t rows, size_t cols, double s, const void *x, const void *y, void *out);

    /* y_i = f(x_i). Errors are below 2 units in the last place (sigmoid: 2.5);
       not-a-number, infinities and signed zeros as in libm. log is for x >= 1. */
    rg_map *exp, *log, *tanh, *sigmoid, *softplus, *relu;
    /* slope_i = f'(x_i), from x and y = f(x). */
    rg_slope *tanh_slope, *sigmoid_slope, *softplus_slope, *relu_slope;

    /* p = softmax of each row of z; loss_r = log Σ_c exp z_rc - z_r,label(r). */
    void (*cross_entropy) (size_t rows, size_t cols, const void *z, const int32_t *labels, void *p,
                           void *loss);
    /* The tangents of both: p_dot = p∘(z_dot - <p, z_dot>), loss_dot = <p, z_dot> - z_dot_label. */
    void (*cross_entropy_tangent) (size_t rows, size_t cols, const void *z_dot,
                                   const int32_t *labels, const void *p, void *p_dot,
                                   void *loss_dot);
    /* out_rc (+)= scale_r (p_rc - [c = label(r)]). */
    void (*residual) (size_t rows, size_t cols, const void *p, const int32_t *labels,
                      const void *scale, void *out, bool accumulate);

    /*
     * Wide kernels: an array is `width` arrays side by side, the k-th numbers of all
     * elements at [element][k]. Sums run in the order of the elements.
     */
    /* multiply_nn and multiply_tn for B of many columns; their bits depend on the level. */
    rg_product *wide_nn, *wide_tn;
    /* out_ik (+)= s x_i y_ik. */
    void (*wide_product) (size_t n, size_t width, double s, const void *x, const void *y, void *out,
                          bool accumulate);
    /* out_ik += (a + b v_i) x_ik y_i. */
    void (*wide_bend) (size_t n, size_t width, double a, double b, const void *v, const void *x,
                       const void *y, void *out);
    /* out_rck (+)= s x_rc y_rk. */
    void (*wide_outer) (size_t rows, size_t cols, size_t width, double s, const void *x,
                        const void *y, void *out, bool accumulate);
    /* out_rk (+)= s Σ_c x_rc y_rck. */
    void (*wide_sums) (size_t rows, size_t cols, size_t width, double s, const void *x,
                       const void *y, void *out, bool accumulate);
    /* As cross_entropy_tangent, of z_dot_rck; loss_dot_rk. */
    void (*wide_cross_entropy_tangent) (size_t rows, size_t cols, size_t width, const void *z_dot,
                                        const int32_t *labels, const void *p, void *p_dot,
                                        void *loss_dot);
    /* out_rck (+)= scale_rk (p_rc - [c = label(r)]). */
    void (*wide_residual) (size_t rows, size_t cols, size_t width, const void *p,
                           const int32_t *labels, const void *scale, void *out, bool accumulate);
} rg_dense;

/* The kernels of a precision for the processor's level; never NULL. */
static inline const rg_dense *
rg_dense_get (rg_precision precision)
{
    const rg_kernels *kernels = rg_kernels_here ();
    return precision == RG_SINGLE ? kernels->dense_single : kernels->dense_double;
}

/* Σ x_i y_i and Σ x_i over doubles in the fixed order of the table, at any level the same bits. */
double rg_dot_blocked (size_t n, const double *x, const double *y);
double rg_sum_blocked (size_t n, const double *x);

#endif /* RG_DENSE_DENSE_H */

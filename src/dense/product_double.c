/* product_double.c -- matrix products in double precision; see product.h. */
#define NN rg_product_nn_double
#define NT rg_product_nt_double
#define TN rg_product_tn_double
#define NN_APART rg_product_nn_apart_double
#define TN_APART rg_product_tn_apart_double
#define GEMM cblas_dgemm
#include "dense/product_body.h"

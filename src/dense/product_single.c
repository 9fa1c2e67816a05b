/* product_single.c -- matrix products in single precision; see product.h. */
#define NN rg_product_nn_single
#define NT rg_product_nt_single
#define TN rg_product_tn_single
#define NN_APART rg_product_nn_apart_single
#define TN_APART rg_product_tn_apart_single
#define GEMM cblas_sgemm
#include "dense/product_body.h"

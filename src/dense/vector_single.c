/* vector_single.c -- kernels in single precision; built for each processor level, see dense.h. */
#include "base/levels.h"
#include "dense/series_single.h"

#define KERNELS RG_AT_LEVEL (rg_dense_single)
#define PRECISION RG_SINGLE
#define NN rg_product_nn_single
#define NT rg_product_nt_single
#define TN rg_product_tn_single
#define NN_APART rg_product_nn_apart_single
#define TN_APART rg_product_tn_apart_single
#if RG_LEVEL == 4
#define WIDE_NN rg_panel_nn_single
#define WIDE_TN rg_panel_tn_single
#endif
#include "dense/vector_body.h"

/* vector_double.c -- kernels in double precision; built for each processor level, see dense.h. */
#include "base/levels.h"
#include "dense/series_double.h"

#define KERNELS RG_AT_LEVEL (rg_dense_double)
#define PRECISION RG_DOUBLE
#define NN rg_product_nn_double
#define NT rg_product_nt_double
#define TN rg_product_tn_double
#define NN_APART rg_product_nn_apart_double
#define TN_APART rg_product_tn_apart_double
#if RG_LEVEL == 4
#define WIDE_NN rg_panel_nn_double
#define WIDE_TN rg_panel_tn_double
#endif
#include "dense/vector_body.h"

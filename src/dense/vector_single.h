/* vector_single.h -- the kernels in single precision; included once a level, with KERNELS and LEVEL defined. */
#include "dense/series_single.h"

#define PRECISION RG_SINGLE
#define NN rg_product_nn_single
#define NT rg_product_nt_single
#define TN rg_product_tn_single
#define NN_APART rg_product_nn_apart_single
#define TN_APART rg_product_tn_apart_single
#include "dense/vector_body.h"

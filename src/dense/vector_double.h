/* vector_double.h -- the kernels in double precision; included once a level, with KERNELS and LEVEL defined. */
#include "dense/series_double.h"

#define PRECISION RG_DOUBLE
#define NN rg_product_nn_double
#define NT rg_product_nt_double
#define TN rg_product_tn_double
#define NN_APART rg_product_nn_apart_double
#define TN_APART rg_product_tn_apart_double
#include "dense/vector_body.h"

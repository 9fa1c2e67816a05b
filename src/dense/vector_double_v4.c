/* vector_double_v4.c -- kernels in double precision, for x86-64-v4; see dense.h. */
#define KERNELS rg_dense_double_v4
#define LEVEL "x86-64-v4"
#define WIDE_NN rg_panel_nn_double
#define WIDE_TN rg_panel_tn_double
#include "dense/vector_double.h"

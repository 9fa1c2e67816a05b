/* vector_single_v4.c -- kernels in single precision, for x86-64-v4; see dense.h. */
#define KERNELS rg_dense_single_v4
#define LEVEL "x86-64-v4"
#define WIDE_NN rg_panel_nn_single
#define WIDE_TN rg_panel_tn_single
#include "dense/vector_single.h"

/* vector_single_v3.c -- kernels in single precision, for x86-64-v3; see dense.h. */
#define KERNELS rg_dense_single_v3
#define LEVEL "x86-64-v3"
#include "dense/vector_single.h"

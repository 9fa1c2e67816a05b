/* vector_double_v3.c -- kernels in double precision, for x86-64-v3; see dense.h. */
#define KERNELS rg_dense_double_v3
#define LEVEL "x86-64-v3"
#include "dense/vector_double.h"

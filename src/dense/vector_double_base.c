/* vector_double_base.c -- kernels in double precision, for every processor; see dense.h. */
#define KERNELS rg_dense_double_base
#define LEVEL "base"
#include "dense/vector_double.h"

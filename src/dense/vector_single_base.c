/* vector_single_base.c -- kernels in single precision, for every processor; see dense.h. */
#define KERNELS rg_dense_single_base
#define LEVEL "base"
#include "dense/vector_single.h"

/* bytes_v3.c -- bytes to reals for x86-64-v3; see bytes.h. */
#define KERNELS rg_bytes_v3
#include "data/bytes_body.h"

/* bytes_v4.c -- bytes to reals for x86-64-v4; see bytes.h. */
#define KERNELS rg_bytes_v4
#include "data/bytes_body.h"

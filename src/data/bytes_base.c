/* bytes_base.c -- bytes to reals for every processor; see bytes.h. */
#define KERNELS rg_bytes_base
#include "data/bytes_body.h"

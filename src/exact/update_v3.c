/* update_v3.c -- fixed-point kernels, for x86-64-v3; see update.h. */
#define KERNELS rg_update_v3
#include "exact/update_body.h"

/* update_v4.c -- fixed-point kernels, for x86-64-v4; see update.h. */
#define KERNELS rg_update_v4
#include "exact/update_body.h"

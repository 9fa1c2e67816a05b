/* update_base.c -- fixed-point kernels, for every processor; see update.h. */
#define KERNELS rg_update_base
#include "exact/update_body.h"

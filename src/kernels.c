/* kernels.c -- the one table of kernels, by processor level; see base/kernels.h. */
#include "base/kernels.h"

#include "base/levels.h"
#include "data/bytes.h"
#include "dense/dense.h"
#include "exact/lanes.h"
#include "exact/update.h"

RG_DECLARE_LEVELS (rg_lanes, rg_lanes);
RG_DECLARE_LEVELS (rg_update, rg_update);
RG_DECLARE_LEVELS (rg_dense, rg_dense_single);
RG_DECLARE_LEVELS (rg_dense, rg_dense_double);
RG_DECLARE_LEVELS (rg_bytes, rg_bytes);

#define KERNELS(level) { &rg_lanes_##level, &rg_update_##level, &rg_dense_single_##level, &rg_dense_double_##level, \
                         &rg_bytes_##level }
#ifdef RG_X86_LEVELS
static const rg_kernels kernels[RG_LEVELS] = { KERNELS (v1), KERNELS (v3), KERNELS (v4) };
#else
static const rg_kernels kernels[] = { KERNELS (v1) };
#endif

const rg_kernels *
rg_kernels_here (void)
{
    return &kernels[rg_processor_level ()];
}

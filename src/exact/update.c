/* update.c -- the choice of the fixed-point kernels; see update.h. */
#include "exact/update.h"

#include "base/processor.h"

const rg_update_kernels *
rg_update_get (void)
{
    switch (rg_processor_level ()) {
#ifdef RG_X86_LEVELS
    case RG_LEVEL_V4:
        return &rg_update_v4;
    case RG_LEVEL_V3:
        return &rg_update_v3;
#endif
    default:
        return &rg_update_base;
    }
}

/* bytes.c -- the choice of the kernels; see bytes.h. */
#include "data/bytes.h"

#include "base/processor.h"

const rg_bytes_kernels *
rg_bytes_get (void)
{
    switch (rg_processor_level ()) {
#ifdef RG_X86_LEVELS
    case RG_LEVEL_V4:
        return &rg_bytes_v4;
    case RG_LEVEL_V3:
        return &rg_bytes_v3;
#endif
    default:
        return &rg_bytes_base;
    }
}

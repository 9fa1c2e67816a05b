/* dense.c -- the choice of the kernels; see dense.h. */
#include "dense/dense.h"

const rg_dense *
rg_dense_get (rg_precision precision)
{
    const bool single = precision == RG_SINGLE;
    switch (rg_processor_level ()) {
#ifdef RG_X86_LEVELS
    case RG_LEVEL_V4:
        return single ? &rg_dense_single_v4 : &rg_dense_double_v4;
    case RG_LEVEL_V3:
        return single ? &rg_dense_single_v3 : &rg_dense_double_v3;
#endif
    default:
        return single ? &rg_dense_single_base : &rg_dense_double_base;
    }
}

double
rg_dot_blocked (size_t n, const double *x, const double *y)
{
    return rg_dense_get (RG_DOUBLE)->dot (n, x, y);
}

double
rg_sum_blocked (size_t n, const double *x)
{
    return rg_dense_get (RG_DOUBLE)->sum (n, x);
}

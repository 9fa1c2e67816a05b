/* dense.c -- sums in the order of the table, over doubles; see dense.h. */
#include "dense/dense.h"

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

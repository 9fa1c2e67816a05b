/* blas.c -- one BLAS thread while the library computes; see blas.h. */
#include "dense/blas.h"

#include <cblas.h>

int
rg_blas_enter (void)
{
    const int threads = openblas_get_num_threads ();
    if (threads != 1)
        openblas_set_num_threads (1);
    return threads;
}

void
rg_blas_leave (int threads)
{
    if (threads != 1)
        openblas_set_num_threads (threads);
}

const char *
rg_blas_core (void)
{
    return openblas_get_corename ();
}

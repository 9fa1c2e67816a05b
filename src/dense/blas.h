/* blas.h -- one BLAS thread while the library computes. */
#ifndef RG_DENSE_BLAS_H
#define RG_DENSE_BLAS_H

/*
 * The bits of a matrix product depend on the number of BLAS threads, and that
 * number belongs to the whole process: it is 1 between enter and leave. Called
 * by the thread that owns the computation, not by its workers.
 * Returns the number of threads there was, for rg_blas_leave.
 */
int rg_blas_enter (void);

/* Restore what rg_blas_enter returned. */
void rg_blas_leave (int threads);

/* The name of the kernels that OpenBLAS chose for this processor ("SkylakeX", ...). */
const char *rg_blas_core (void);

#endif /* RG_DENSE_BLAS_H */

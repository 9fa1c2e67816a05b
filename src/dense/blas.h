/* blas.h -- one BLAS thread while the library computes. */
#ifndef RG_DENSE_BLAS_H
#define RG_DENSE_BLAS_H

#include <stddef.h>

#include <retrograde/status.h>

/*
 * The bits of a matrix product depend on the number of BLAS threads, and that number belongs to the whole process: it is 1
 * from the first enter to the last leave, however many computations enter meanwhile. Called by the thread that owns a
 * computation, not by its workers.
 */
void rg_blas_enter (void);

/* The end of what rg_blas_enter began; the last one gives BLAS its threads back. */
void rg_blas_leave (void);

/*
 * Each thread of ours that calls BLAS while others do needs a buffer of BLAS's, which OpenBLAS would ask for without end.
 * Returns RG_OK; or RG_ENOMEM where a limit on the address space leaves no place for so many.
 */
rg_status rg_blas_place (size_t threads, rg_message *message);

/* The name of the kernels that OpenBLAS chose for this processor ("SkylakeX", ...). */
const char *rg_blas_core (void);

#endif /* RG_DENSE_BLAS_H */

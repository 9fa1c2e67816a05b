/* blas.c -- one BLAS thread while the library computes; see blas.h. */
#include "dense/blas.h"

#include <cblas.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* What OpenBLAS maps for each thread that calls it, on x86-64. */
static const size_t buffer_bytes = (size_t) 129 << 20;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static size_t users;       /* computations between enter and leave */
static int threads_before; /* of BLAS, when the first of them entered */
static size_t buffers = 1; /* that there was place for; OpenBLAS has the first from its start, and keeps them */

void
rg_blas_enter (void)
{
    pthread_mutex_lock (&mutex);
    if (users++ == 0 && (threads_before = openblas_get_num_threads ()) != 1)
        openblas_set_num_threads (1);
    pthread_mutex_unlock (&mutex);
}

void
rg_blas_leave (void)
{
    pthread_mutex_lock (&mutex);
    if (--users == 0 && threads_before != 1)
        openblas_set_num_threads (threads_before);
    pthread_mutex_unlock (&mutex);
}

/* Whether so many bytes of address space are left. */
static int
has_place (size_t bytes)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return 1;
    void *place = mmap (NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place != MAP_FAILED && munmap (place, bytes) == 0;
}

rg_status
rg_blas_place (size_t threads, rg_message *message)
{
    pthread_mutex_lock (&mutex);
    const size_t missing = threads > buffers ? threads - buffers : 0;
    const int fits = missing == 0 || has_place (missing * buffer_bytes);
    if (fits && missing > 0)
        buffers = threads;
    pthread_mutex_unlock (&mutex);
    return fits ? RG_OK
                : rg_fail (message, RG_ENOMEM, "out of memory: BLAS takes %zu MiB of address space for %zu threads",
                           threads * (buffer_bytes >> 20), threads);
}

const char *
rg_blas_core (void)
{
    return openblas_get_corename ();
}

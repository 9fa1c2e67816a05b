/*
 * ranks_mpi.c -- the ranks of an MPI job; see ranks.h. The only file that knows MPI: it is a plug-in of its own, which
 * ranks_plugin.c loads.
 *
 * All waiting is ours: MPI libraries spin, which is best where each rank has a processor, and
 * makes a step take tens of milliseconds where two share one. So calls do not block, and those who wait
 * sleep a little where there are more ranks on this machine than processors.
 */
#include "base/ranks.h"

#include <retrograde/version.h>

#include <mpi.h>
#include <sched.h>
#include <time.h>

#include "base/memory.h"
#include "base/processor.h"

typedef struct {
    MPI_Comm comm;
    int index, count;
    int own;      /* whether MPI was started here */
    int crowded;  /* whether ranks share processors */
    int *counts, *firsts; /* [count] workspaces */
} job;

/* Elements of one message at most: counts are ints. */
static const size_t most = (size_t) 1 << 28;

static rg_status
explain (const job *j, int code, rg_message *message)
{
    if (code == MPI_SUCCESS)
        return RG_OK;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length;
    MPI_Error_string (code, text, &length);
    return rg_fail (message, RG_ESYSTEM, "rank %d of %d: MPI: %s", j->index, j->count, text);
}

/* Wait for a request; `code` is that of the call that began it. */
static rg_status
finish (const job *j, int code, MPI_Request *request, rg_message *message)
{
    enum { PATIENCE = 20, SPINS = 2000 };
    const struct timespec nap = { 0, 20000 };
    int done = 0;
    for (int i = 0; code == MPI_SUCCESS && !done; i++) {
        code = MPI_Test (request, &done, MPI_STATUS_IGNORE);
        if (done)
            break;
        if (j->crowded && i > PATIENCE)
            nanosleep (&nap, NULL);
        else if (i > SPINS)
            sched_yield ();
    }
    return explain (j, code, message);
}

/* All ranks' arrays become one, piece by piece. */
static rg_status
reduce (const job *j, int64_t *x, size_t count, MPI_Op operation, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < count; i += most) {
        MPI_Request request;
        const int code = MPI_Iallreduce (MPI_IN_PLACE, x + i, (int) (count - i < most ? count - i : most), MPI_INT64_T,
                                         operation, j->comm, &request);
        status = finish (j, code, &request, message);
    }
    return status;
}

static rg_status
sum (void *self, int64_t *x, size_t count, rg_message *message)
{
    return reduce (self, x, count, MPI_SUM, message);
}

static rg_status
largest (void *self, int64_t *x, size_t count, rg_message *message)
{
    return reduce (self, x, count, MPI_MAX, message);
}

/* Cut an array as MPI wants it told. */
static rg_status
cut (const job *j, const size_t *parts, rg_message *message)
{
    if (parts[j->count] > INT32_MAX)
        return rg_fail (message, RG_EUNSUPPORTED, "several ranks take at most %d numbers, got %zu", INT32_MAX,
                        parts[j->count]);
    for (int r = 0; r < j->count; r++) {
        j->firsts[r] = (int) parts[r];
        j->counts[r] = (int) (parts[r + 1] - parts[r]);
    }
    return RG_OK;
}

static rg_status
sum_parts (void *self, const int64_t *x, const size_t *parts, int64_t *out, rg_message *message)
{
    const job *j = self;
    MPI_Request request;
    const rg_status status = cut (j, parts, message);
    if (status != RG_OK)
        return status;
    const int code = MPI_Ireduce_scatter (x, out, j->counts, MPI_INT64_T, MPI_SUM, j->comm, &request);
    return finish (j, code, &request, message);
}

static rg_status
gather (void *self, void *x, size_t size, const size_t *parts, rg_message *message)
{
    const job *j = self;
    MPI_Request request;
    const MPI_Datatype type = size == 4 ? MPI_INT32_T : MPI_INT64_T;
    const rg_status status = cut (j, parts, message);
    if (status != RG_OK)
        return status;
    const int code = MPI_Iallgatherv (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, j->counts, j->firsts, type, j->comm,
                                      &request);
    return finish (j, code, &request, message);
}

static rg_status
share (void *self, size_t from, void *data, size_t bytes, rg_message *message)
{
    const job *j = self;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < bytes; i += most) {
        MPI_Request request;
        const int code = MPI_Ibcast ((char *) data + i, (int) (bytes - i < most ? bytes - i : most), MPI_BYTE,
                                     (int) from, j->comm, &request);
        status = finish (j, code, &request, message);
    }
    return status;
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int
meet (void *self, int outcome, double seconds, int *of_first)
{
    const job *j = self;
    const struct timespec nap = { 0, 200000 };
    const double end = now () + seconds;
    MPI_Request requests[2];
    int done = 0;
    *of_first = outcome;
    if (MPI_Ibcast (of_first, 1, MPI_INT, 0, j->comm, &requests[0]) != MPI_SUCCESS
        || MPI_Ibarrier (j->comm, &requests[1]) != MPI_SUCCESS)
        return 0;
    for (int k = 0; k < 2; k++, done = 0) {
        while (MPI_Test (&requests[k], &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done && now () < end)
            nanosleep (&nap, NULL);
        if (!done)
            return 0;
    }
    return 1;
}

static void
end_all (void *self, int exit_status)
{
    const job *j = self;
    MPI_Abort (j->comm, exit_status);
}

static void
leave (void *self)
{
    job *j = self;
    MPI_Comm_free (&j->comm);
    if (j->own)
        MPI_Finalize ();
    rg_free (j->counts);
    rg_free (j->firsts);
    rg_free (j);
}

static const rg_ranks_table table = {
    .sum = sum,
    .largest = largest,
    .sum_parts = sum_parts,
    .gather = gather,
    .share = share,
    .meet = meet,
    .abort = end_all,
    .free = leave,
};

/* Whether the ranks on this machine are more than the processors. */
static int
is_crowded (MPI_Comm comm)
{
    MPI_Comm here;
    int ranks = 1;
    if (MPI_Comm_split_type (comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here) == MPI_SUCCESS) {
        MPI_Comm_size (here, &ranks);
        MPI_Comm_free (&here);
    }
    return (size_t) ranks > rg_processor_count ();
}

/* MPI by the program, or by us. */
static rg_status
begin (job *j, rg_message *message)
{
    int begun = 0, level = MPI_THREAD_FUNNELED;
    MPI_Initialized (&begun);
    j->own = !begun;
    if (!begun && MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS)
        return rg_fail (message, RG_ESYSTEM, "MPI cannot be started");
    if (level < MPI_THREAD_FUNNELED)
        return rg_fail (message, RG_EUNSUPPORTED, "this MPI does not let a process with threads use it");
    if (MPI_Comm_dup (MPI_COMM_WORLD, &j->comm) != MPI_SUCCESS)
        return rg_fail (message, RG_ESYSTEM, "MPI: no communicator");
    MPI_Comm_set_errhandler (j->comm, MPI_ERRORS_RETURN);
    MPI_Comm_rank (j->comm, &j->index);
    MPI_Comm_size (j->comm, &j->count);
    j->crowded = is_crowded (j->comm);
    return RG_OK;
}

static rg_status
join (rg_ranks *out, rg_message *message)
{
    job *j = rg_calloc (1, sizeof *j);
    if (j == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the ranks");
    rg_status status = begin (j, message);
    if (status == RG_OK) {
        j->counts = rg_calloc ((size_t) j->count, sizeof *j->counts);
        j->firsts = rg_calloc ((size_t) j->count, sizeof *j->firsts);
        if (j->counts == NULL || j->firsts == NULL)
            status = rg_fail (message, RG_ENOMEM, "out of memory for %d ranks", j->count);
    }
    if (status != RG_OK) { /* MPI stays begun: the process is about to end */
        rg_free (j->counts);
        rg_free (j->firsts);
        rg_free (j);
        return status;
    }
    *out = (rg_ranks) { &table, j, (size_t) j->index, (size_t) j->count };
    return RG_OK;
}

const rg_ranks_plugin rg_ranks_plugin_mpi = { RETROGRADE_VERSION, join };

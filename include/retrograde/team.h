/* team.h -- the threads and the processes that share the work of a run. */
#ifndef RETROGRADE_TEAM_H
#define RETROGRADE_TEAM_H

#include <stddef.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A fixed number of threads, created once and asleep between two pieces of work. Results do not depend
 * on their number: work is cut into pieces that do not either, and what the pieces give is put
 * together in one order. Used by one thread of the caller at a time.
 */
typedef struct rg_team rg_team;

enum { RG_MOST_THREADS = 1024 };

/*
 * Make a team.
 *   out      [out] ended with rg_team_free; NULL on failure
 *   threads  1 ... RG_MOST_THREADS, the caller's own one included
 * Returns RG_OK; RG_ERANGE; RG_ENOMEM; RG_ESYSTEM where the system gives no more threads.
 */
RG_API rg_status rg_team_new (rg_team **out, size_t threads, rg_message *message);

/* End the threads; NULL is allowed. */
RG_API void rg_team_free (rg_team *team);

/* How many threads; 1 for NULL. */
RG_API size_t rg_team_threads (const rg_team *team);

/*
 * The processes ("ranks") of a job that MPI started, of which this is one. All of them call the same
 * functions of the library in the same order, with the same problem; results are the same on all, and the same
 * bits as those of one process. What is written to files and terminals is rank 0's affair.
 */
typedef struct rg_ranks rg_ranks;

/*
 * Join the job. MPI is started, unless the program has done so. The library itself is not linked with MPI: what speaks with it is
 * a plug-in, retrograde-mpi.so, that is loaded here and stays loaded.
 *   out     [out] ended with rg_ranks_free; NULL on failure
 *   plugin  path of the plug-in; NULL: the one beside the library, else the one where the library was to be installed
 * Returns RG_OK; RG_EUNSUPPORTED where the plug-in is not installed, or is for another version; RG_EINPUT where there is none
 * at `plugin`; RG_ENOMEM; RG_ESYSTEM.
 */
RG_API rg_status rg_ranks_start (rg_ranks **out, const char *plugin, rg_message *message);

/* Leave it; MPI is ended where rg_ranks_start began it. All ranks must call it. NULL is allowed. */
RG_API void rg_ranks_free (rg_ranks *ranks);

RG_API size_t rg_ranks_index (const rg_ranks *ranks); /* this process, 0 ... count - 1; 0 for NULL */
RG_API size_t rg_ranks_count (const rg_ranks *ranks); /* 1 for NULL */

/*
 * The status of all: RG_OK where each brings RG_OK, else status and sentence of the lowest rank that failed.
 * All ranks must call it. Use it after what one rank does alone.
 */
RG_API rg_status rg_ranks_agree (rg_ranks *ranks, rg_status own, rg_message *message);

/*
 * Wait for all ranks to come to their end, each with an outcome of its own (0: success).
 *   seconds  how long at most
 *   of_first [out] the outcome of rank 0
 * Returns 1, or 0 where some did not come: then only rg_ranks_abort is left.
 */
RG_API int rg_ranks_meet (rg_ranks *ranks, int outcome, double seconds, int *of_first);

/*
 * End all other processes of the job at once, and commonly this one, with this exit status. Where it returns, this process is to end
 * by itself. With NULL it does nothing.
 */
RG_API void rg_ranks_abort (rg_ranks *ranks, int exit_status);

/* Let a team work together with those of the other ranks; ranks are kept by reference. */
RG_API void rg_team_join (rg_team *team, rg_ranks *ranks);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_TEAM_H */

/* team.h -- the threads that share the work of a run. */
#ifndef RETROGRADE_TEAM_H
#define RETROGRADE_TEAM_H

#include <stddef.h>

#include <retrograde/status.h>

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

#endif /* RETROGRADE_TEAM_H */

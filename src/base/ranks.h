/* ranks.h -- what processes that work together say to each other; all that is MPI's is behind one table. */
#ifndef RG_BASE_RANKS_H
#define RG_BASE_RANKS_H

#include <stdint.h>

#include <retrograde/team.h>

/*
 * The table. All ranks call the same function with the same counts; each returns RG_OK or RG_ESYSTEM with a
 * sentence. `parts` [count of ranks + 1] cuts an array: rank r has the elements parts[r] ... parts[r+1] - 1.
 */
typedef struct {
    /* x_i <- the sum of all ranks' x_i: integers, so that the order does not matter. */
    rg_status (*sum) (void *self, int64_t *x, size_t count, rg_message *message);
    /* x_i <- the largest of all ranks' x_i. */
    rg_status (*largest) (void *self, int64_t *x, size_t count, rg_message *message);
    /* The sum of x [parts[count]], of which each rank gets its part: out [its elements]. */
    rg_status (*sum_parts) (void *self, const int64_t *x, const size_t *parts, int64_t *out, rg_message *message);
    /* Give all ranks' parts of an array to all. Elements have 4 or 8 bytes. */
    rg_status (*gather) (void *self, void *x, size_t size, const size_t *parts, rg_message *message);
    /* Give what rank `from` has to all. */
    rg_status (*share) (void *self, size_t from, void *data, size_t bytes, rg_message *message);
    int (*meet) (void *self, int outcome, double seconds, int *of_first);
    void (*abort) (void *self, int exit_status);
    void (*free) (void *self);
} rg_ranks_table;

struct rg_ranks {
    const rg_ranks_table *table;
    void *self;
    size_t index, count;
};

/* The functions of the table; with one rank, or NULL, they have nothing to do. */
rg_status rg_ranks_sum (rg_ranks *ranks, int64_t *x, size_t count, rg_message *message);
rg_status rg_ranks_largest (rg_ranks *ranks, int64_t *x, size_t count, rg_message *message);
rg_status rg_ranks_sum_parts (rg_ranks *ranks, const int64_t *x, const size_t *parts, int64_t *out, rg_message *message);
rg_status rg_ranks_gather (rg_ranks *ranks, void *x, size_t size, const size_t *parts, rg_message *message);
rg_status rg_ranks_share (rg_ranks *ranks, size_t from, void *data, size_t bytes, rg_message *message);

/* Numbers of 8 bytes, each of which all ranks but one at most have as +0 (all bits 0): all get all. */
rg_status rg_ranks_unite (rg_ranks *ranks, void *x, size_t count, rg_message *message);

/* The ranks that a team has joined; NULL: none. */
rg_ranks *rg_team_ranks (const rg_team *team);

/*
 * What the plug-in (ranks_mpi.c, the one file that knows MPI) exports by this name. It is linked with nothing of the library.
 *   version  of the library that it was built with: the table of another one may be another
 *   join     start MPI where the program has not, and fill *out
 */
#define RG_RANKS_PLUGIN_NAME "rg_ranks_plugin_mpi"
typedef struct {
    const char *version;
    rg_status (*join) (rg_ranks *out, rg_message *message);
} rg_ranks_plugin;
extern RG_API const rg_ranks_plugin rg_ranks_plugin_mpi;

#endif /* RG_BASE_RANKS_H */

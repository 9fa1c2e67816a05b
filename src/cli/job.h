/* job.h -- the processes that mpirun started together, and who of them speaks. */
#ifndef RG_CLI_JOB_H
#define RG_CLI_JOB_H

#include <retrograde/team.h>

/* Join the others, where mpirun started this process. Returns 0, or an exit status after a complaint. */
int job_begin (void);

/* The job; NULL: this process is alone. */
rg_ranks *job_ranks (void);

/* Whether this process writes files and terminals: it is alone, or rank 0. */
int job_speaks (void);

/*
 * The end: wait for the others. Where some do not come, this one's failure is its own: it is said, and ends them.
 * Returns the exit status.
 */
int job_end (int exit_status);

#endif /* RG_CLI_JOB_H */

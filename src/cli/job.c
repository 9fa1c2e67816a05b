/* job.c -- see job.h. */
#include "cli/job.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/complain.h"

enum { PATIENCE = 10 }; /* seconds for the others to come to their end, after a failure */

static rg_ranks *ranks = NULL;

/* What mpirun tells its processes: MPICH's and Intel's, Open MPI's, Slurm's PMI-2 and PMIx. */
static int
is_one_of_several (void)
{
    static const char *const names[] = { "PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv (names[i]) != NULL)
            return 1;
    return 0;
}

int
job_begin (void)
{
    rg_message message = { "" };
    if (!is_one_of_several ())
        return EXIT_DONE;
    const rg_status status = rg_ranks_start (&ranks, NULL, &message);
    if (status != RG_OK)
        return fail (status, &message);
    if (job_speaks ())
        return EXIT_DONE;
    keep_complaints ();
    if (freopen ("/dev/null", "w", stdout) == NULL) {
        complain ("/dev/null: cannot open");
        return EXIT_SYSTEM;
    }
    return EXIT_DONE;
}

rg_ranks *
job_ranks (void)
{
    return ranks;
}

int
job_speaks (void)
{
    return rg_ranks_index (ranks) == 0;
}

int
job_end (int exit_status)
{
    int of_first = exit_status;
    if (ranks == NULL)
        return exit_status;
    const int all = rg_ranks_meet (ranks, exit_status, exit_status == EXIT_DONE ? 1e9 : PATIENCE, &of_first);
    const int unsaid = !job_speaks () && exit_status != EXIT_DONE && (!all || of_first == EXIT_DONE);
    if (unsaid && kept_complaint ()[0] != '\0')
        fprintf (stderr, "retrograde: rank %zu: %s\n", rg_ranks_index (ranks), kept_complaint ());
    if (!all) {
        fprintf (stderr, "retrograde: rank %zu of %zu failed alone: the job ends\n", rg_ranks_index (ranks),
                 rg_ranks_count (ranks));
        rg_ranks_abort (ranks, exit_status);
        exit (exit_status);
    }
    rg_ranks_free (ranks);
    ranks = NULL;
    return exit_status;
}

/* scratch.h -- a directory for the files of a suite. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <check.h>

static char scratch[64];

/* In memory where that is possible: the tests wait for the disk thousands of times. */
static inline void
scratch_make (void)
{
    snprintf (scratch, sizeof scratch, "%s/retrograde-check.XXXXXX", access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull (mkdtemp (scratch));
}

static inline int
remove_one (const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void) about, (void) kind, (void) walk;
    return remove (path);
}

static inline void
remove_tree (const char *path)
{
    nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
scratch_remove (void)
{
    remove_tree (scratch);
}

#endif /* TESTS_SCRATCH_H */

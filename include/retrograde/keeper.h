/* keeper.h -- where a long computation leaves snapshots of itself, and finds one to go on from. */
#ifndef RETROGRADE_KEEPER_H
#define RETROGRADE_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of memory that a snapshot holds. */
typedef struct {
    void *data;
    size_t bytes;
} rg_span;

/* Of what a snapshot is: a training run on its way; those members of a mean that are done. */
typedef enum { RG_KEEP_SWEEP, RG_KEEP_MEAN } rg_kept;
enum { RG_KEPT = 2 };

/*
 * Keeps the newest snapshots of one computation of each sort at a time; rg_study_keep_sweeps makes one. All functions get `user`,
 * and are called by one thread.
 */
typedef struct {
    size_t size;       /* sizeof (rg_keeper) */
    void *user;
    int off;           /* whether none of training runs can be taken: of those nothing is asked */
    const char *words; /* path of a file for the words of entropy buffers, which snapshots refer to */
    /* Asked before each step, or after a member: whether a snapshot is wanted now. */
    int (*due) (void *user, rg_kept what);
    /* Write a snapshot; the one before is kept until this one is safe. Returns RG_OK, RG_ESYSTEM or RG_ENOMEM. */
    rg_status (*save) (void *user, rg_kept what, uint64_t iteration, const rg_span *parts, size_t count, rg_message *message);
    /*
     * Read the newest good snapshot of a meta-iteration into parts of the same sizes.
     *   candidate  [in and out] 0: from the newest on; after a call, from the one after that found
     *   found      [out] 0: there is none, and nothing was read
     * Returns RG_OK; RG_EUNSUPPORTED for one made where the bits would differ, with the reason; RG_ESYSTEM, RG_ENOMEM.
     */
    rg_status (*load) (void *user, rg_kept what, uint64_t iteration, int *candidate, const rg_span *parts, size_t count,
                       int *found, rg_message *message);
    /* Drop all snapshots of training runs, and words: one begins, or is over. */
    void (*begin) (void *user);
    /* Say why a snapshot that load found was of no use after all. */
    void (*refuse) (void *user, const char *why);
    /* There can be no snapshots of training runs, and why: to be said once, and `off` from now on. */
    void (*stop) (void *user, const char *why);
} rg_keeper;

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_KEEPER_H */

/*
 * failing_memory.h -- each allocation of a piece of work fails once, and that is its status.
 *
 *     for (failing_memory memory = failing_first (); memory.failed;) {
 *         FAILING (&memory, rg_thing_new (&thing));
 *         ck_assert_int_eq (thing == NULL, memory.failed);
 *         rg_thing_free (thing);
 *     }
 *
 * Work of more than one call stands between failing_begin and failing_end.
 */
#ifndef TESTS_FAILING_MEMORY_H
#define TESTS_FAILING_MEMORY_H

#include <check.h>

#include <retrograde/status.h>

#include "base/memory.h"

typedef struct {
    long failures; /* rounds so far in which an allocation failed */
    int failed;    /* whether one failed in the last round, and so another round is due */
} failing_memory;

static inline failing_memory
failing_first (void)
{
    return (failing_memory) { 0, 1 };
}

/* From now on the next allocation fails in the first round, the one after it in the second, and so on. */
static inline void
failing_begin (failing_memory *memory)
{
    rg_memory_fail_at (memory->failures);
}

/* Allocations succeed again. The work's status must be RG_ENOMEM where one has failed, and else RG_OK: it is returned. */
static inline rg_status
failing_end (failing_memory *memory, rg_status status)
{
    memory->failed = rg_memory_failed ();
    rg_memory_fail_at (-1);
    ck_assert_msg (status == (memory->failed ? RG_ENOMEM : RG_OK), "allocation %ld %s, but the status is: %s",
                   memory->failures, memory->failed ? "failed" : "was not asked for", rg_status_text (status));
    memory->failures += memory->failed;
    return status;
}

/* One round around a call that returns its status. */
#define FAILING(memory, call) (failing_begin (memory), failing_end (memory, call))

#endif /* TESTS_FAILING_MEMORY_H */

/*
 * words.h -- the words of a run's entropy buffers beyond the memory allowed: in a file, the oldest first.
 *
 * They go out whenever a step might not find room; half of what a step does not need is then free again.
 */
#ifndef RG_TRAJECTORY_WORDS_H
#define RG_TRAJECTORY_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/keeper.h>

#include "dynamics/run.h"
#include "exact/buffer_spill.h"

/*
 * The file of all buffers of one run. All zero is no limit and no file. Where ranks share the run, each has the words of its
 * own ranges; a kept file is one for all, and what a snapshot holds does not tell how many they were.
 */
typedef struct {
    size_t limit;        /* bytes of words that memory may hold; 0: no limit */
    rg_spill_file *file; /* of what is beyond, or NULL */
    const char *directory;
    /* for snapshots: the file's length, and where the ranges of all buffers are in it; the buffers' heads */
    int kept;
    uint64_t file_bytes;
    rg_mark *marks;
    size_t mark_count;
    rg_span heads[RG_STREAMS];
} rg_words;

/* The least bytes of a run's buffers with which steps can be taken and undone; SIZE_MAX: a buffer has no words. */
size_t rg_words_least (const rg_run *run);

/*
 * Set up for a run at its start; no file is opened before it is needed.
 *   memory     of the buffers, in bytes; 0, or less than rg_words_least: no limit
 *   path       the file, kept, so that it can be saved; NULL: one without a name, where there is a limit
 *   directory  of the file without a name, kept by reference; NULL: the system's for temporary files
 * Returns RG_OK or RG_ENOMEM; rg_words_clear is due in either case.
 */
rg_status rg_words_init (rg_words *words, const rg_run *run, size_t memory, const char *path, const char *directory);

/*
 * Where ranks share the run: make the kept file, and see that all have it. For one process there is nothing to do.
 * Returns RG_OK; RG_EUNSUPPORTED with the reason where a rank does not see it: then it is not kept; RG_ESYSTEM; RG_ENOMEM.
 */
rg_status rg_words_open (rg_words *words, const rg_run *run, rg_message *message);

/* Free all; a kept file stays. */
void rg_words_clear (rg_words *words);

/*
 * Make room for the words of the next step.
 * Returns RG_OK; RG_ESYSTEM; RG_ENOMEM. The buffers are good in any case.
 */
rg_status rg_words_settle (const rg_words *words, const rg_run *run, rg_message *message);

/*
 * Have the words of the next step back in memory.
 * Returns RG_OK; RG_ESYSTEM, damage of the file included: the way back is lost; RG_ENOMEM.
 */
rg_status rg_words_fetch (const rg_words *words, const rg_run *run, rg_message *message);

/* All words in the kept file, too, and on the disk; then rg_words_parts are those of a snapshot. Returns as rg_words_settle. */
rg_status rg_words_keep (rg_words *words, const rg_run *run, rg_message *message);

/* What a snapshot holds of the buffers: out [2 + RG_STREAMS], returns how many; none where the file is not kept. */
size_t rg_words_parts (rg_words *words, rg_span *out);

/*
 * Take over the words that the parts tell of, once they were read back; what came later is cut off the file.
 * Returns RG_OK; RG_EINPUT where parts or file are damaged; RG_ESYSTEM; RG_ENOMEM.
 */
rg_status rg_words_resume (const rg_words *words, const rg_run *run, rg_message *message);

/* Bytes in the file. */
size_t rg_words_bytes (const rg_words *words);

#endif /* RG_TRAJECTORY_WORDS_H */

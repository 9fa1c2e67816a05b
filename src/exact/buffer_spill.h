/* buffer_spill.h -- an entropy buffer whose older words are in a file; between steps only, by one thread. */
#ifndef RG_EXACT_BUFFER_SPILL_H
#define RG_EXACT_BUFFER_SPILL_H

#include <retrograde/exact.h>

#include "exact/spill_file.h"

/*
 * Several buffers may share a file; `first` is the number of a buffer's first stack in it, and a buffer
 * takes as many as it has ranges. The integer kind has no words and is refused by rg_buffer_can_spill.
 */
int rg_buffer_can_spill (const rg_buffer *buffer);

/* Memory that words take now, and the least with which a step can be taken and undone. */
size_t rg_buffer_words_held (const rg_buffer *buffer);
size_t rg_buffer_words_least (const rg_buffer *buffer);

/*
 * Move the oldest words to the file until about `keep` bytes of them are in memory.
 * Returns RG_OK; RG_ESYSTEM; RG_EINPUT where the file is damaged. The buffer is good in any case.
 */
rg_status rg_buffer_settle (rg_buffer *buffer, rg_spill_file *file, uint64_t first, size_t keep, rg_message *message);

/*
 * Bring back what the next rg_buffer_divide of each range may ask for.
 * Returns RG_OK; RG_EINPUT where the file is damaged; RG_ESYSTEM; RG_ENOMEM.
 */
rg_status rg_buffer_fetch (rg_buffer *buffer, rg_spill_file *file, uint64_t first, rg_message *message);

/*
 * Write all words to the file, too, so that it holds the buffer but for its heads; those in memory stay there.
 *   keep  as that of rg_buffer_settle: what comes back is to fit in it
 * Returns as rg_buffer_settle.
 */
rg_status rg_buffer_file (rg_buffer *buffer, rg_spill_file *file, uint64_t first, size_t keep, rg_message *message);

/*
 * Where in a block of rg_buffer_heads_save are those of the ranges first ... end - 1: multiples of 8 bytes. Before the first
 * range is what says whose heads they are. Of a buffer with words only.
 */
void rg_buffer_heads_part (const rg_buffer *buffer, size_t first, size_t end, size_t *offset, size_t *bytes);

/* Where in the file a stack is: its length, and the block with its top. After rg_buffer_file. */
typedef struct {
    uint64_t length, block;
} rg_mark;
_Static_assert (sizeof (rg_mark) == 2 * 8, "a snapshot holds pairs of 8-byte numbers");

/* The marks of all ranges: [rg_buffer_ranges], out. */
void rg_buffer_marks (const rg_buffer *buffer, rg_mark *marks);

/*
 * Take over the words of marks; those that the buffer had are dropped. Every block of theirs is read and checked.
 * Returns RG_OK; RG_EINPUT where the file is damaged; RG_ESYSTEM. After a failure only a reset or a load makes sense.
 */
rg_status rg_buffer_attach (rg_buffer *buffer, rg_spill_file *file, uint64_t first, const rg_mark *marks,
                            rg_message *message);

#endif /* RG_EXACT_BUFFER_SPILL_H */

/* buffer_parts.h -- what an entropy buffer is, for the files that work on it. */
#ifndef RG_EXACT_BUFFER_PARTS_H
#define RG_EXACT_BUFFER_PARTS_H

#include "exact/kind.h"

struct rg_buffer {
    const rg_kind *table;
    rg_buffer_kind kind;
    int ratio_bits;
    size_t count;
    void *state;
};

#endif /* RG_EXACT_BUFFER_PARTS_H */

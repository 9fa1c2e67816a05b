/* kernels.h -- the kernels of all floors, as they are built for one processor level. */
#ifndef RG_BASE_KERNELS_H
#define RG_BASE_KERNELS_H

#include "base/processor.h"

/* Tables of functions; each floor's header says what they do. All levels give the same bits. */
typedef struct {
    const struct rg_lanes *lanes;                      /* exact/lanes.h: the streaming coder */
    const struct rg_update *update;                    /* exact/update.h: fixed-point addition */
    const struct rg_dense *dense_single, *dense_double; /* dense/dense.h: what operators are written in */
    const struct rg_bytes *bytes;                      /* data/bytes.h: bytes to reals */
} rg_kernels;

/* Those of the level in use (rg_processor_level); never NULL. */
const rg_kernels *rg_kernels_here (void);

#endif /* RG_BASE_KERNELS_H */
